"""The percentage on one shared toggle: only where the configuration makes it possible, and where it helps."""

from dataclasses import replace

import pytest

from flagstaff.audience.advice import advise
from flagstaff.audience.population import made_up_uuids
from flagstaff.audience.question import Gathering
from flagstaff.model.conditions import Always, And, Is, Not, Or


@pytest.fixture
def world(small):
    """Two domains at 20 % and 10 %, behind one switch that is on."""
    a, b, shared = (small.is_(name) for name in ("a", "b", "shared"))

    def make(*experiences, kinds=None, **levels):
        courses = {"a": "20", "b": "10", "shared": "on", "other": "on"} | levels
        conditions = experiences or (And((shared, a)), And((shared, b)))
        return small.question(
            *(small.course(name, "0", level) for name, level in courses.items() if level),
            experiences=[small.experience(f"e{number}", when) for number, when in enumerate(conditions)],
            sets=(Gathering("pair", (small.toggle("a"), small.toggle("b"))),),
            kinds=kinds or {},
        )

    return make


def asked(question):
    return advise(question, made_up_uuids(2_000))


def test_the_percentage_goes_to_the_shared_toggle(small, world):
    (advice,) = asked(world())
    assert (advice.set, advice.shared, advice.exposure) == ("pair", small.toggle("shared"), small.exposure("20"))
    assert advice.others == (small.toggle("a"), small.toggle("b"))
    assert advice.planned.mixed.part == pytest.approx(0.2 * 0.9 + 0.8 * 0.1, abs=0.03)
    assert advice.advised.mixed.count == 0
    assert advice.advised.all.part == pytest.approx(0.2, abs=0.03)
    assert advice.also == ()


def test_not_for_everybody_counts_also_where_one_is(small, world):
    (advice,) = asked(world(a="on"))
    assert advice.exposure == small.exposure("10")


@pytest.mark.parametrize(
    "levels",
    [
        {"a": "0"},
        {"a": "other"},
        {"a": ""},
        {"a": "on", "b": "100"},
        {"shared": "0"},
        {"shared": "other"},
        {"shared": ""},
    ],
    ids=str,
)
def test_none_where_nothing_is_to_be_had(world, levels):
    """One is off, unknown or not there; nothing is partly on; the shared one is off, unknown or not there."""
    assert asked(world(**levels)) == ()


def test_the_one_that_decides_least_else(small, world):
    a, b, shared, other = (small.is_(name) for name in ("a", "b", "shared", "other"))
    inner = Is(small.experience("e2", Always(True)).address)
    question = world(And((shared, other, a)), And((b, inner)), And((shared, other)), And((other, Not(shared))), other)
    (advice,) = asked(question)
    assert advice.shared == small.toggle("shared")
    assert [address.name for address in advice.also] == ["e2", "e3"]


def test_each_way_to_a_toggle_has_to_ask_for_it(small, world):
    a, b, shared, other = (small.is_(name) for name in ("a", "b", "shared", "other"))
    guarded = And((shared, b))
    assert asked(world(Or((And((shared, a)), And((shared, other, a)))), guarded))
    assert asked(world(Or((And((shared, a)), a)), guarded)) == ()
    assert asked(world(And((shared, a)), guarded, b)) == ()
    assert asked(world(And((shared, a)))) == ()
    assert asked(world(guarded, And((Or((shared, Always(True))), a)))) == ()


def test_none_where_more_would_take_something_away(small, world):
    a, b, shared = (small.is_(name) for name in ("a", "b", "shared"))
    inner = Is(small.experience("e0", a).address)
    assert asked(world(And((shared, Not(a))), And((shared, b)))) == ()
    assert asked(world(And((shared, Or((Not(a), b)))), And((shared, b)))) == ()
    assert asked(world(And((shared, Not(a))), And((shared, b, inner)))) == ()


def test_only_sets_of_toggles(small, world):
    experiences = tuple(world().experiences)
    assert asked(replace(world(), sets=(Gathering("experiences", experiences),))) == ()


def test_a_store_without_a_hash(small, world):
    assert asked(replace(world(), dialect=small.no_hash)) == ()


def test_other_ids_for_one_of_them_make_no_difference_to_the_rule(small, world):
    assert asked(world(kinds={small.toggle("a"): "unheard"})) == ()
