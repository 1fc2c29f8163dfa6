"""Flipper's rows: what they say, and which of them a change touches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.live import Refusal, Target, Unrepresentable
from flagstaff.providers.flipper import gates as gate
from flagstaff.providers.flipper.dialect import FlipperDialect, perform
from flagstaff.providers.flipper.rows import Changes, changes, read_rows

DIALECT = FlipperDialect()
NONE = Changes((), (), (), (), (), ())


def rows(key: str, *gates: tuple[str, str | None], listed: bool = True):
    return [(key, listed, name, value) for name, value in gates] or [(key, listed, None, None)]


def read(*gates: tuple[str, str | None], listed: bool = True):
    return read_rows(rows("a", *gates, listed=listed)).toggles.get("a")


def test_a_toggle_of_every_gate():
    raw = read(
        ("actors", "User;2"), ("actors", "User;1"), ("groups", "staff"), ("percentage_of_time", "2.5"),
        ("percentage_of_actors", "5"), ("expression", '{"All":[]}'), ("new", "x"), ("news", "y"), ("news", "x"),
    )  # fmt: skip
    assert raw == {
        "boolean": None,
        "actors": ["User;1", "User;2"],
        "groups": ["staff"],
        "percentage_of_time": "2.5",
        "percentage_of_actors": "5",
        "expression": {"All": []},
        "new": "x",
        "news": ["x", "y"],
    }


def test_without_rows_all_gates_are_closed():
    assert read() == gate.new_feature()
    assert DIALECT.live(read(("boolean", None), ("actors", None))) == DIALECT.live(gate.new_feature())


def test_toggles_come_sorted():
    table = read_rows([*rows("b"), *rows("B"), *rows("a", ("boolean", "true"))])
    assert list(table.toggles) == ["B", "a", "b"]
    assert table.counts == {("a", "boolean"): 1}


@pytest.mark.parametrize("value", ["[1]", "5", "{", "", "[" * 100_000])
def test_an_expression_that_is_none_is_open_all_the_same(value):
    raw = read(("expression", value or "x"))
    assert isinstance(DIALECT.live(raw).exposure, Unrepresentable)


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("percentage_of_actors", ["5", "20"], "percentage_of_actors = 20 and 5 at once"),
        ("percentage_of_actors", ["0", "20"], "percentage_of_actors = 0 and 20 at once"),
        ("percentage_of_time", ["0", "100"], "percentage_of_time = 0 and 100 at once"),
        ("boolean", ["true", "false"], "boolean = false and true at once"),
        ("expression", ['{"a":1}', '{"b":1}'], 'expression = {"a":1} and {"b":1} at once'),
    ],
)
def test_two_rows_of_one_gate_are_neither_of_them(name, values, reason):
    """Flipper takes the one that the server happens to send first."""
    live = DIALECT.live(read(*((name, value) for value in values)))
    assert live.exposure == Unrepresentable(
        f"{reason}, of two writers at the same moment; the next write of it leaves one"
    )
    for value in values:
        assert DIALECT.gates(live.raw) != DIALECT.gates(read((name, value)))


@pytest.mark.parametrize(
    ("name", "values", "exposure"),
    [
        ("percentage_of_actors", ["5", "5.0"], Exposure.parse("5")),
        ("percentage_of_actors", ["0", "0.0"], OFF),
        ("boolean", ["true", "1"], ON),
        ("boolean", ["false", "0"], OFF),
        ("percentage_of_time", ["100", "100.0"], ON),
    ],
)
def test_two_rows_that_say_the_same_are_one(name, values, exposure):
    assert DIALECT.live(read(*((name, value) for value in values))).exposure == exposure


def test_a_boolean_and_a_percentage_of_two_writers_are_on():
    assert DIALECT.live(read(("boolean", "true"), ("percentage_of_actors", "5"))).exposure == ON


@pytest.mark.parametrize("wanted", ["0", "5", "20", "on"])
def test_the_next_write_of_a_doubled_percentage_heals_it(wanted):
    table = read_rows(rows("a", ("percentage_of_actors", "5"), ("percentage_of_actors", "20"), ("actors", "User;1")))
    (step,) = DIALECT.compile(DIALECT.live(table.toggles["a"]), Target("a", Exposure.parse(wanted)))
    made = changes(table, {"a": perform(step, table.toggles["a"])})
    assert made.deleted == (("a", "percentage_of_actors"),)
    on = wanted == "on"
    assert made.inserted == ((("a", "boolean", "true") if on else ("a", "percentage_of_actors", wanted)),)
    assert made.updated == made.dropped == made.emptied == made.added == ()


def test_another_doubled_gate_stays_in_the_way_but_for_off():
    live = DIALECT.live(read(("percentage_of_time", "5"), ("percentage_of_time", "20")))
    assert isinstance(DIALECT.compile(live, Target("a", Exposure.parse("5"))), Refusal)
    assert not isinstance(DIALECT.compile(live, Target("a", OFF)), Refusal)


def test_a_gate_without_its_toggles_row_opens_all_the_same():
    """Flipper reads gates by the toggle's name, and does not ask whether there is such a toggle."""
    assert read(("percentage_of_actors", "5"), listed=False)["percentage_of_actors"] == "5"
    assert read(("actors", "User;1"), listed=False)["actors"] == ["User;1"]
    assert read(("percentage_of_actors", "0"), listed=False) is None
    table = read_rows(rows("a", ("percentage_of_actors", "5"), listed=False))
    made = changes(table, {"a": {**table.toggles["a"], "percentage_of_actors": "6"}})
    assert (made.added, made.updated) == (("a",), (("a", "percentage_of_actors", "6"),))
    assert changes(table, {}).dropped == ()
    assert changes(table, {}).emptied == ("a",)


def test_what_each_change_touches():
    table = read_rows(
        [*rows("a", ("boolean", "true"), ("actors", "User;1")), *rows("b", ("percentage_of_actors", "5"))]
    )
    a, b = table.toggles["a"], table.toggles["b"]
    assert changes(table, table.toggles) == NONE
    gone = changes(table, {"a": a})
    assert (gone.dropped, gone.emptied) == (("b",), ("b",))
    made = changes(table, {"a": {**a, "boolean": None, "percentage_of_actors": "5"}, "b": {**b, "actors": ["x", "y"]}})
    assert made.deleted == (("a", "boolean"),)
    assert made.inserted == (("a", "percentage_of_actors", "5"), ("b", "actors", "x"), ("b", "actors", "y"))
    assert made.updated == ()
    assert changes(table, {"a": a, "b": {**b, "percentage_of_actors": "6"}}).updated == (
        ("b", "percentage_of_actors", "6"),
    )


def test_a_new_toggle_finds_no_gates_of_an_old_one():
    """Closed gates may be left behind: they are no toggle, and go when one is made."""
    table = read_rows(rows("a", ("percentage_of_actors", "0"), listed=False))
    made = changes(table, {"a": {**gate.new_feature(), "percentage_of_actors": "5"}})
    assert (made.emptied, made.added) == (("a",), ("a",))
    assert (made.deleted, made.updated) == ((), ())
    assert made.inserted == (("a", "percentage_of_actors", "5"),)


@pytest.mark.parametrize(
    ("value", "texts"),
    [(True, ["true"]), (False, []), ("x", ["x"]), ({"größe": [1]}, ['{"größe":[1]}']), (5, ["5"]), ((), [])],
)
def test_values_as_rows(value, texts):
    table = read_rows(rows("a"))
    made = changes(table, {"a": {**table.toggles["a"], "gate": value}})
    assert [text for _, _, text in made.inserted] == texts


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
GATES = st.sampled_from(["boolean", "percentage_of_actors", "percentage_of_time", "actors", "groups", "new"])
VALUES = st.sampled_from(["true", "false", "0", "5", "5.0", "100", "User;1", "User;2"])
TABLES = st.lists(st.tuples(st.sampled_from("abc"), GATES, VALUES), max_size=8, unique=True)


def carried_out(made: Changes, listed: set[str], table: set[tuple[str, str, str]]):
    """What the statements do to the rows."""
    listed = (listed - set(made.dropped)) | set(made.added)
    table = {row for row in table if row[0] not in made.emptied and row[:2] not in made.deleted}
    changed = {(key, name): value for key, name, value in made.updated}
    table = {(key, name, changed.get((key, name), value)) for key, name, value in table}
    assert not table & set(made.inserted)
    return listed, table | set(made.inserted)


@given(TABLES, st.sets(st.sampled_from("abcd")), TABLES, st.sets(st.sampled_from("abcd")))
def test_changes_lead_from_any_rows_to_any_toggles(before, listed, after, kept):
    """Every key that has a row is listed at the end, and what is read then is what was wanted."""
    joined = [(key, key in listed, name, value) for key, name, value in before]
    joined += [(key, True, None, None) for key in listed - {key for key, _, _ in before}]
    table = read_rows(joined)
    wanted = read_rows(
        [*((key, True, name, value) for key, name, value in after), *((key, True, None, None) for key in kept)]
    )
    made = changes(table, wanted.toggles)
    now_listed, now = carried_out(made, listed, set(before))
    assert now_listed == set(wanted.toggles)
    closed = {key for key, _, _ in before} - set(table.toggles) - set(wanted.toggles)
    again = read_rows(
        [(key, True, name, value) for key, name, value in now if key not in closed]
        + [(key, True, None, None) for key in now_listed]
    )
    assert again.toggles == wanted.toggles
