"""A configuration beside the application's catalogue."""

from dataclasses import replace

import pytest

from flagstaff.diagnostics import Position, Range
from flagstaff.model.catalogue import Catalogue, Listed
from flagstaff.model.decisions import OpenDecision
from flagstaff.plan.catalogued import check_catalogue
from flagstaff.plan.check import CheckName
from flagstaff.testing import building as b

PLACE = Range("features.yml", Position(7, 3, 90), Position(7, 9, 96))


def found(*toggles, **listed):
    entries = {key: Listed(key, by_cookie, PLACE) for key, by_cookie in listed.items()}
    items = check_catalogue(b.desired(*toggles), Catalogue("features.yml", entries))
    return [(item.address, item.summary) for item in items], items


def test_what_is_listed_is_fine():
    assert found(b.toggle("a", "5"), a_enabled=False)[0] == []


def test_a_key_that_is_not_listed():
    said, (item,) = found(b.toggle("vitals", "5"), vital_signs_enabled=False, vital_enabled=False)
    assert said == [("toggle.vitals", "Key not in the catalogue")]
    assert item.detail == (
        'features.yml has no toggle "vitals_enabled", so the application may not read it. Did you mean "vital_enabled"?'
    )


def test_a_key_that_differs_by_case_or_white_space():
    said, (item, _) = found(
        b.toggle("a", "5", key="x_oh_y"), b.toggle("b", "5", key="tab"), x_OH_y=False, **{"tab\t": False}
    )
    assert said == [
        ("toggle.a", "Key differs by case or white space"),
        ("toggle.b", "Key differs by case or white space"),
    ]
    assert 'but "x_OH_y"' in item.detail
    assert item.related[0].range == PLACE


@pytest.mark.parametrize(
    ("exposure", "warned"),
    [("5", True), ("100", True), ("0", False), ("on", False), (None, False), (OpenDecision("?", None), False)],
)
def test_a_percentage_of_cookies(exposure, warned):
    said, items = found(b.toggle("a", exposure), a_enabled=True)
    assert said == [("toggle.a", "Percentage of cookies")] * warned
    if warned:
        assert items[0].detail.startswith('"a_enabled" is drawn by cookie_id: ')
        assert "visitors' cookies, not logged-in users" in items[0].detail


def test_guesses_are_few():
    toggles = [b.toggle(f"x{number:03}", "5", key=f"some_key_{number:03}") for number in range(100)]
    _, items = found(*toggles, some_key_9999=False)
    assert len(items) == 100
    assert sum("Did you mean" in item.detail for item in items) == 20


# --- in a plan ---------------------------------------------------------------------------------------


def unknown(listed, **live):
    evidence = replace(b.EVIDENCE, listed=frozenset(listed))
    from flagstaff.model.recorded import Recorded
    from flagstaff.plan.planner import make_plan

    plan = make_plan(
        b.desired(b.toggle("allergy", "5")), b.snapshot(**live), b.DIALECT, Recorded(), evidence, b.EMBEDDED
    )
    (check,) = [check for check in plan.observed.changes[0].checks if check.name is CheckName.UNKNOWN_KEY]
    return check


def test_a_live_key_is_the_better_guess():
    check = unknown({"allergi_enabled"}, allergies="5")
    assert check.label == 'not in the live store, but there is "allergies_enabled"'


def test_a_listed_key_is_the_next_best():
    check = unknown({"allergies_enabled"}, something_else="5")
    assert check.detail.endswith(' Did you mean "allergies_enabled", which the catalogue lists?')
    assert check.label == 'not in the live store, but there is "allergies_enabled", which the catalogue lists'


def test_a_key_that_is_listed_itself_is_no_slip():
    assert "Did you mean" not in unknown({"allergy_enabled", "allergies_enabled"}, something_else="5").detail


def test_no_guess_at_all():
    assert unknown({"quite_different_name"}, something_else="5").label == ""
