"""Diagnostics: collecting, ordering, and suggestions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagstaff.diagnostics import (
    Diagnostic,
    Diagnostics,
    Failure,
    Position,
    Range,
    Related,
    Severity,
    did_you_mean,
    edit_distance,
    nearest,
)


def at(filename: str, line: int, column: int = 1) -> Range:
    return Range(filename, Position(line, column, 0), Position(line, column + 1, 1))


def test_a_range_prints_as_file_and_line() -> None:
    assert str(at("main.hcl", 12, 3)) == "main.hcl:12"


def test_errors_and_warnings_are_collected_in_the_order_of_arrival() -> None:
    found = Diagnostics()
    found.warning("Unused", "It is unused.", at("a.hcl", 2), label="here", context='toggle "x"', address="toggle.x")
    assert not found.has_errors
    related = (Related(at("a.hcl", 1), "first declared here"),)
    found.error("Duplicate", "It is there twice.", at("a.hcl", 1), related=related)
    assert found.has_errors
    assert len(found) == 2
    assert list(found) == [
        Diagnostic(Severity.WARNING, "Unused", "It is unused.", at("a.hcl", 2), "here", 'toggle "x"', "toggle.x"),
        Diagnostic(Severity.ERROR, "Duplicate", "It is there twice.", at("a.hcl", 1), related=related),
    ]


def test_sorted_is_by_file_and_position_with_the_placeless_last_and_each_once() -> None:
    found = Diagnostics()
    found.error("No place", "Somewhere.")
    for place in (at("b.hcl", 1), at("a.hcl", 10), at("a.hcl", 2, 5), at("a.hcl", 2, 1), at("a.hcl", 10)):
        found.error("Bad", "It is bad.", place)
    assert [str(item.range) + f":{item.range.start.column}" if item.range else "" for item in found.sorted()] == [
        "a.hcl:2:1",
        "a.hcl:2:5",
        "a.hcl:10:1",
        "b.hcl:1:1",
        "",
    ]


def test_extend_takes_another_collection() -> None:
    first, second = Diagnostics(), Diagnostics()
    second.error("Bad", "It is bad.")
    first.extend(second)
    assert list(first) == list(second)


def test_a_failure_carries_its_diagnostics_and_says_them() -> None:
    failure = Failure(
        Diagnostic(Severity.ERROR, "Bad", "It is bad."), Diagnostic(Severity.WARNING, "Odd", "It is odd.")
    )
    assert str(failure) == "Bad: It is bad.; Odd: It is odd."
    assert [item.summary for item in failure.diagnostics] == ["Bad", "Odd"]
    assert Failure.error("Bad", "It is bad.", at("a.hcl", 1)).diagnostics == (
        Diagnostic(Severity.ERROR, "Bad", "It is bad.", at("a.hcl", 1)),
    )


@pytest.mark.parametrize(
    ("left", "right", "limit", "distance"),
    [
        ("", "", 2, 0),
        ("kitten", "kitten", 0, 0),
        ("kitten", "sitting", 3, 3),
        ("kitten", "sitting", 2, 3),
        ("a", "abcdef", 2, 3),
        ("abc", "xyz", 1, 2),
        ("flag", "falg", 2, 2),
    ],
)
def test_edit_distance_stops_at_its_limit(left: str, right: str, limit: int, distance: int) -> None:
    assert edit_distance(left, right, limit) == distance


@given(st.text("ab", max_size=8), st.text("ab", max_size=8), st.integers(0, 8))
def test_a_limit_only_caps_the_distance(left: str, right: str, limit: int) -> None:
    exact = edit_distance(left, right, 16)
    assert edit_distance(left, right, limit) == min(exact, limit + 1)
    assert edit_distance(right, left, 16) == exact


@pytest.mark.parametrize(
    ("name", "candidates", "guess"),
    [
        ("toggel", ["toggle", "product"], "toggle"),
        (
            "mhv_accelerated_delivery_vitals_enabled",
            ["mhv_accelerated_delivery_vaccines_enabled", "mhv_accelerated_delivery_vital_signs_enabled"],
            "mhv_accelerated_delivery_vital_signs_enabled",
        ),
        ("va_online_scheduling_oh_request", ["va_online_scheduling_OH_request"], "va_online_scheduling_OH_request"),
        ("key\t", ["key"], "key"),
        ("key", ["key"], None),
        ("rollout", ["toggle"], None),
        ("x", ["y"], None),
        ("ab", ["ad", "ac"], "ac"),
        ("anything", [], None),
    ],
)
def test_nearest(name: str, candidates: list[str], guess: str | None) -> None:
    assert nearest(name, candidates) == guess


def test_did_you_mean_is_a_sentence_or_nothing() -> None:
    assert did_you_mean("toggel", ["toggle"]) == ' Did you mean "toggle"?'
    assert did_you_mean("rollout", ["toggle"]) == ""


@pytest.mark.parametrize(
    ("name", "candidates", "guess"),
    [
        ("percent", ["percentage", "key"], "percentage"),
        ("percentage_of_actors", ["percentage"], "percentage"),
        ("ke", ["key_of_something_long"], None),
        ("perc", ["percentage", "perk"], "perk"),
    ],
)
def test_the_start_of_a_name_stands_for_it(name: str, candidates: list[str], guess: str | None) -> None:
    assert nearest(name, candidates) == guess
