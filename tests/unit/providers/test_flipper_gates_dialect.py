"""Flipper's gates and dialect, case by case."""

from __future__ import annotations

import zlib

import pytest

from flagstaff.model import live as model
from flagstaff.model.exposure import ALL_ACTORS, OFF, ON, Exposure
from flagstaff.model.live import Live, Refusal, Step, Target, Unrepresentable
from flagstaff.providers.flipper import gates
from flagstaff.providers.flipper.dialect import FlipperDialect, perform
from flagstaff.providers.protocols import StoreError

FILE = FlipperDialect()
API = FlipperDialect(atomic=False)
FIVE = Exposure.parse("5")


def compiled(dialect, raw, exposure, **fields):
    return dialect.compile(dialect.live(raw), Target("checkout", exposure, **fields))


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (None, 0), ("0", 0), (0, 0), ("0.0", 0), ("5", 5_000), (5, 5_000), ("5.0", 5_000), (5.0, 5_000),
        ("5.001", 5_001), (100, 100_000), ("100.0", 100_000), ("0.0001", 1), (0.00001, 1), ("1.0e-05", 1),
        ("5.0005", 5_001), ("005", 5_000),
    ],
)  # fmt: skip
def test_percentages_in_every_form(value, level):
    assert FILE.live({"percentage_of_actors": value}).exposure == Exposure(level)


@pytest.mark.parametrize(
    "value",
    [
        True,
        "5abc",
        "1e-3",
        "1,5",
        "7%",
        " 7 ",
        "",
        "-1",
        -1,
        100.001,
        101,
        10**400,
        "NaN",
        float("nan"),
        float("inf"),
        [5],
        {"a": 5},
        "٥",
    ],
)
def test_percentages_that_are_none(value):
    assert gates.percentage(value) is None
    assert isinstance(FILE.live({"percentage_of_actors": value}).exposure, Unrepresentable)


@pytest.mark.parametrize("value", [True, "true", 1, "1"])
def test_boolean_on_covers_every_other_gate(value):
    raw = {"boolean": value, "percentage_of_time": 25, "groups": ["a"], "expression": {"x": 1}, "new": 1}
    assert FILE.live(raw).exposure == ON


@pytest.mark.parametrize("value", [None, False, "false", 0, "0", ""])
def test_boolean_off(value):
    assert FILE.live({"boolean": value}).exposure == OFF


def test_all_actors_is_not_on():
    assert FILE.live({"percentage_of_actors": "100"}).exposure == ALL_ACTORS
    assert ALL_ACTORS < ON


def test_the_absent_toggle():
    assert FILE.live(None) == Live(OFF, model.Testers(), None)
    assert FILE.gates(None) is None
    assert FILE.gates(gates.new_feature()) == {}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"percentage_of_time": "25"}, "percentage_of_time = 25"),
        ({"percentage_of_time": "99.999", "percentage_of_actors": 5}, "percentage_of_time = 99.999"),
        ({"groups": ["staff", "admins"]}, "groups = admins, staff"),
        ({"expression": {"FeatureEnabled": ["a"]}}, 'expression = {"FeatureEnabled":["a"]}'),
        ({"of_the_future": {"open": True}, "groups": ["a"]}, 'groups = a; of_the_future = {"open":true}'),
        ({"boolean": "yes"}, "boolean = yes"),
        ({"boolean": 1.0}, "boolean = 1.0"),
        ({"percentage_of_actors": "5abc"}, "percentage_of_actors = 5abc"),
        ({"groups": ["x" * 50, "y" * 50]}, f"groups = {'x' * 50}, {'y' * 7}…"),
    ],
)  # fmt: skip
def test_what_no_percentage_says_is_other(raw, reason):
    assert FILE.live(raw).exposure == Unrepresentable(reason)


@pytest.mark.parametrize("closed", [None, False, 0, "", "0", "false", [], {}])
def test_a_closed_gate_of_the_future_changes_nothing(closed):
    assert FILE.live({"of_the_future": closed, "percentage_of_actors": "5"}).exposure == FIVE


def test_testers_are_actors_and_groups_in_a_fixed_order():
    live = FILE.live({"actors": ["b", "a", "b"], "groups": ["z", "y"]})
    assert live.testers == model.Testers(("a", "b"), ("y", "z"))
    assert FILE.live({"actors": None}).testers == model.Testers()


def test_gates_are_equal_for_stores_that_say_the_same():
    typed = {
        "boolean": False,
        "percentage_of_actors": 5.0,
        "percentage_of_time": 0,
        "actors": ["a"],
        "groups": ["b", "a"],
    }
    texts = {"groups": ["a", "b"], "percentage_of_actors": "5", "expression": None}
    assert FILE.gates(typed) == FILE.gates(texts) == {"groups": ["a", "b"], "percentage_of_actors": "5"}
    assert FILE.gates({"boolean": 1}) == {"boolean": "true"}


def test_buckets_are_flippers_own():
    ids = ["User;1", "größe", ""]
    buckets = FILE.bucket("checkout", ids)
    assert buckets.size == 100_000
    assert buckets.values == [zlib.crc32(("checkout" + id).encode()) % 100_000 for id in ids]
    assert buckets.values == [53_999, 42_513, 94_414]
    # What a real server decided of this toggle at 5 %: no for User;1, yes for the empty id.
    assert [bucket < 5_000 for bucket in FILE.bucket("newpct", ["User;1", ""]).values] == [False, True]
    assert FILE.step == 1


@pytest.mark.parametrize(
    ("raw", "exposure", "value"),
    [
        ({}, FIVE, {"percentage_of_actors": "5"}),
        ({"percentage_of_actors": "5"}, Exposure.parse("5.001"), {"percentage_of_actors": "5.001"}),
        ({"percentage_of_actors": 5}, OFF, {"percentage_of_actors": "0"}),
        ({"percentage_of_actors": 5}, Exposure(1), {"percentage_of_actors": "0.001"}),
        ({"percentage_of_actors": 5}, ON, {"boolean": "true", "percentage_of_actors": None}),
        ({"boolean": "true", "percentage_of_actors": 50}, FIVE, {"boolean": None, "percentage_of_actors": "5"}),
        ({"boolean": True}, OFF, {"boolean": None, "percentage_of_actors": "0"}),
        ({"percentage_of_time": 5}, OFF, {"percentage_of_actors": "0", "percentage_of_time": "0"}),
        ({"expression": {"a": 1}}, OFF, {"percentage_of_actors": "0", "expression": None}),
        ({"boolean": "yes"}, OFF, {"percentage_of_actors": "0", "boolean": None}),
        (
            {"boolean": "true", "percentage_of_time": 5, "expression": {"a": 1}},
            OFF,
            {"boolean": None, "percentage_of_actors": "0", "percentage_of_time": "0", "expression": None},
        ),
    ],
)  # fmt: skip
def test_a_file_is_changed_in_one_step(raw, exposure, value):
    assert compiled(FILE, raw, exposure) == (Step("checkout", "gates", value, exposure),)


def test_creating_and_deleting():
    assert compiled(FILE, None, FIVE, create=True) == (Step("checkout", "create", {"percentage_of_actors": "5"}, FIVE),)
    assert compiled(FILE, None, OFF, create=True) == (Step("checkout", "create", {}, OFF),)
    assert compiled(API, None, OFF, create=True) == (Step("checkout", "create", {}, OFF),)
    assert compiled(API, None, FIVE, create=True) == (
        Step("checkout", "create", {}, OFF),
        Step("checkout", "percentage_of_actors", "5", FIVE),
    )
    assert compiled(FILE, {}, OFF, delete=True) == (Step("checkout", "delete", None, OFF),)


def test_nothing_to_do():
    assert compiled(FILE, None, OFF) == ()
    assert compiled(FILE, None, OFF, delete=True) == ()
    assert compiled(FILE, {"percentage_of_actors": 5.0}, FIVE, create=True) == ()
    assert compiled(FILE, {"boolean": True, "percentage_of_actors": 5, "groups": ["a"]}, ON) == ()


def step(operation, value, leaves):
    return Step("checkout", operation, value, leaves)


@pytest.mark.parametrize(
    ("raw", "exposure", "steps"),
    [
        ({"percentage_of_actors": 5, "actors": ["a"]}, OFF, (step("percentage_of_actors", "0", OFF),)),
        ({"percentage_of_actors": 100, "actors": ["a"]}, FIVE, (step("percentage_of_actors", "5", FIVE),)),
        ({"percentage_of_actors": 5}, ON, (step("boolean", True, ON),)),
        (
            {"percentage_of_actors": 5, "actors": ["b", "a"]},
            ON,
            (step("boolean", True, ON), step("actors", ["a", "b"], ON)),
        ),
        ({"boolean": True}, OFF, (step("boolean", False, OFF),)),
        ({"boolean": 1, "actors": ["a"]}, OFF, (step("boolean", False, OFF), step("actors", ["a"], OFF))),
        ({"boolean": "yes", "actors": ["a"]}, OFF, (step("boolean", False, OFF), step("actors", ["a"], OFF))),
        ({"percentage_of_time": 5, "actors": ["a"]}, OFF, (step("close", ["percentage_of_time"], OFF),)),
        ({"percentage_of_actors": "5abc"}, OFF, (step("close", ["percentage_of_actors"], OFF),)),
        (
            {"percentage_of_actors": 5, "percentage_of_time": 5, "expression": {"a": 1}},
            OFF,
            (step("close", ["percentage_of_actors", "expression", "percentage_of_time"], OFF),),
        ),
        (
            {"percentage_of_time": "100", "percentage_of_actors": 20},
            OFF,
            (step("close", ["percentage_of_actors", "percentage_of_time"], OFF),),
        ),
    ],
)  # fmt: skip
def test_one_gate_at_a_time(raw, exposure, steps):
    """Testers survive each move: nothing that wipes them is written without need, and then they come back."""
    assert compiled(API, raw, exposure) == steps


@pytest.mark.parametrize(
    "raw", [{"percentage_of_time": 100}, {"percentage_of_time": "100.0", "percentage_of_actors": "50"}]
)
def test_100_percent_of_time_is_left_without_a_gap(raw):
    """The percentage first; what holds the toggle open is closed last."""
    assert FILE.live(raw).exposure == ON
    assert compiled(API, raw, ON) == ()
    assert compiled(API, raw, FIVE) == (
        step("percentage_of_actors", "5", ON),
        step("close", ["percentage_of_time"], FIVE),
    )
    values = {"boolean": None, "percentage_of_actors": "5", "percentage_of_time": "0"}
    assert compiled(FILE, raw, FIVE) == (step("gates", values, FIVE),)
    assert isinstance(compiled(API, {**raw, "groups": ["a"]}, FIVE), Refusal)


def test_a_gap_is_refused():
    refusal = compiled(API, {"boolean": "true", "actors": ["a", "b"]}, FIVE)
    assert refusal.summary == "Change would leave a gap"
    assert refusal.detail == (
        '"checkout" is on by its boolean gate. Over the API, going from there to 5 % leaves a moment in which '
        "everybody is off, its 2 testers among them."
    )
    assert len(refusal.ways_out) == 3
    assert "allow_gap = true" in refusal.ways_out[1]
    assert compiled(API, {"boolean": True, "percentage_of_time": 100}, FIVE).detail.endswith("everybody is off.")


def test_a_gap_that_is_allowed_is_short_and_testers_come_back():
    dialect = FlipperDialect(atomic=False, allow_gap=True)
    assert compiled(dialect, {"boolean": "true", "actors": ["b", "a"]}, FIVE) == (
        step("boolean", False, OFF),
        step("percentage_of_actors", "5", FIVE),
        step("actors", ["a", "b"], FIVE),
    )


@pytest.mark.parametrize("key", [" padded", "padded ", "zero\u200bwidth"])
def test_names_that_a_newer_server_would_change_are_not_made(key):
    target = Target(key, FIVE, create=True)
    refusal = API.compile(API.live(None), target)
    assert refusal.summary == "Toggle key can't be written"
    assert "which makes another one" in refusal.detail
    assert not isinstance(FILE.compile(FILE.live(None), target), Refusal)
    assert not isinstance(API.compile(API.live({}), target), Refusal)


def test_keys_that_no_path_holds_are_refused():
    assert isinstance(compiled_key("x" * 8_001), Refusal)
    assert isinstance(compiled_key("ü" * 2_000), Refusal)
    assert isinstance(compiled_key("\ud800"), Refusal)
    assert not isinstance(compiled_key("x" * 8_000), Refusal)


def compiled_key(key):
    return FILE.compile(FILE.live({}), Target(key, FIVE))


@pytest.mark.parametrize("dialect", [FILE, API])
def test_other_is_refused_with_the_gate_and_the_way_out(dialect):
    refusal = compiled(dialect, {"groups": ["admins"]}, OFF)
    assert refusal == Refusal(
        "Toggle is open in another way",
        '"checkout" has groups = admins in the live store. No percentage says that, so 0 % would not be '
        "what people get.",
        ("Close groups by hand where the toggle lives, then plan again",),
    )
    refusal = compiled(dialect, {"percentage_of_time": 25}, FIVE)
    assert refusal.ways_out == (
        "Lower it to 0 first, which closes percentage_of_time; then raise it",
        "Close percentage_of_time by hand where the toggle lives, then plan again",
    )
    assert isinstance(compiled(dialect, {"boolean": True, "groups": ["a"]}, FIVE), Refusal)
    assert isinstance(compiled(dialect, {"percentage_of_time": 25}, ON), Refusal)
    assert isinstance(compiled(dialect, {"of_the_future": 1}, OFF), Refusal)


def test_a_toggle_that_is_not_there_is_refused():
    refusal = compiled(FILE, None, FIVE)
    assert refusal.summary == "Toggle not in the store"
    assert refusal.detail == 'The live store has no toggle "checkout", and it is not declared with create = true.'


@pytest.mark.parametrize(
    ("key", "text"), [("", '""'), (".", '"."'), ("..", '".."'), ("a\t", r'"a\t"'), ("a\x00b", r'"a\x00b"')]
)
def test_keys_that_cant_be_written(key, text):
    refusal = FILE.compile(FILE.live(None), Target(key, FIVE, create=True))
    assert refusal.summary == "Toggle key can't be written"
    assert text in refusal.detail


def test_a_write_makes_no_toggle_and_no_sense_of_unknown_words():
    with pytest.raises(StoreError, match='no toggle "a"'):
        perform(Step("a", "gates", {"percentage_of_actors": "5"}, FIVE), None)
    with pytest.raises(StoreError, match='asks for "jump" on "a"'):
        perform(Step("a", "jump", None, FIVE), {})


def test_a_write_of_the_boolean_wipes_all_other_gates():
    raw = {"actors": ["a"], "percentage_of_actors": "5"}
    assert perform(Step("a", "boolean", True, ON), raw) == {**gates.new_feature(), "boolean": "true"}
    assert perform(Step("a", "boolean", False, OFF), raw) == gates.new_feature()


def test_gates_are_closed_and_testers_come_back():
    raw = {"actors": ["b"], "percentage_of_time": "5", "expression": {"a": 1}, "of_the_future": 1}
    closed = perform(Step("a", "close", ["expression", "percentage_of_time"], OFF), raw)
    assert closed == {"actors": ["b"], "percentage_of_time": "0", "expression": None, "of_the_future": 1}
    assert perform(Step("a", "actors", ["c", "a", "b"], OFF), closed)["actors"] == ["a", "b", "c"]


def test_creating_what_is_there_keeps_it():
    assert perform(Step("a", "create", {}, OFF), {"actors": ["a"]}) == {"actors": ["a"]}
