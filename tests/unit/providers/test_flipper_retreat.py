"""A rollback's writes in Flipper: whatever keeps a toggle open, everybody but its testers is off in the end."""

from __future__ import annotations

import pytest

from flagstaff.model import live as model
from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.live import Refusal, Target, Unrepresentable
from flagstaff.providers.endpoints import Endpoint
from flagstaff.providers.flipper.api import FlipperApi
from flagstaff.providers.flipper.dialect import FlipperDialect, perform
from flagstaff.providers.flipper.session import Session
from flagstaff.providers.protocols import StoreError
from flagstaff.testing import building as b
from flagstaff.testing.flipper_double import FlipperDouble, Response
from flagstaff.testing.flipper_server import no_faults, transport

API, FILE = FlipperDialect(atomic=False), FlipperDialect(atomic=True)
TREE = {"Equal": [{"Property": ["plan"]}, "basic"]}
OPEN = {
    "percentage": {"percentage_of_actors": "20"},
    "boolean": {"boolean": "true"},
    "boolean, and a percentage behind it": {"boolean": "true", "percentage_of_actors": "5"},
    "time": {"percentage_of_time": "50"},
    "all of the time": {"percentage_of_time": "100"},
    "expression": {"expression": TREE},
    "time, expression and percentage": {"percentage_of_time": "5", "expression": TREE, "percentage_of_actors": "5"},
    "a group": {"percentage_of_actors": "5", "groups": ["admins"]},
    "a group that no server knows": {"boolean": "true", "groups": ["unknown"]},
    "a gate of a later release": {"blocks": ["everybody"], "percentage_of_actors": "5"},
    "a boolean that nobody understands": {"boolean": "maybe"},
    "two values of a percentage": {"percentage_of_actors": ["5", "7"]},
}
STEPS = pytest.mark.parametrize("dialect", [API, FILE], ids=["single writes", "one write"])
GATES = pytest.mark.parametrize("gates", OPEN.values(), ids=OPEN.keys())


def toggle(gates, *actors):
    return {**b.raw("0", *actors), **gates}


def done(dialect, raw, wanted=OFF, testers=None, key="a_enabled"):
    """The toggle after a rollback's steps."""
    live = dialect.live(raw)
    steps = dialect.retreat(live, Target(key, wanted), live.testers if testers is None else testers)
    assert not isinstance(steps, Refusal)
    for step in steps:
        raw = perform(step, raw)
    return raw


@STEPS
@GATES
def test_everybody_but_testers_is_off_whatever_was_open(dialect, gates):
    after = done(dialect, toggle(gates, "ann", "bob"))
    assert dialect.public(after) == OFF
    assert dialect.live(after).testers == model.Testers(("ann", "bob"), tuple(gates.get("groups", ())))


@STEPS
@GATES
def test_testers_go_too_if_they_are_to(dialect, gates):
    after = done(dialect, toggle(gates, "ann"), testers=model.Testers())
    assert dialect.live(after).exposure == OFF
    assert dialect.live(after).testers == model.Testers()


@STEPS
@GATES
def test_it_goes_down_to_a_percentage(dialect, gates):
    wanted = Exposure.parse("3")
    after = done(dialect, toggle(gates, "ann"), wanted)
    assert dialect.public(after) == wanted
    assert dialect.live(after).testers == model.Testers(("ann",), tuple(gates.get("groups", ())))


@STEPS
def test_what_is_down_needs_no_write(dialect):
    assert dialect.retreat(dialect.live(toggle({}, "ann")), Target("a", OFF), model.Testers(("ann",))) == ()
    assert dialect.retreat(dialect.live(None), Target("a", OFF), model.Testers()) == ()


@STEPS
def test_testers_that_were_lost_are_put_back(dialect):
    after = done(dialect, toggle({}), testers=model.Testers(("ann",), ("admins",)))
    assert dialect.live(after).testers == model.Testers(("ann",), ("admins",))


def test_one_percentage_is_one_write_that_wipes_nothing():
    live = API.live(b.raw("20", "ann"))
    (step,) = API.retreat(live, Target("a", OFF), live.testers)
    assert (step.operation, step.value, step.leaves) == ("percentage_of_actors", "0", OFF)


def test_groups_are_testers_to_a_rollback_and_make_it_other_to_a_plan():
    raw = toggle({"groups": ["admins"]})
    assert API.public(raw) == OFF
    assert isinstance(API.live(raw).exposure, Unrepresentable)
    assert API.public(toggle({"groups": ["admins"], "boolean": "true"})) == ON
    assert API.public(None) == OFF


@pytest.mark.parametrize("key", ["", ".", "..", "x" * 9000])
def test_a_key_that_no_request_reaches_is_refused_over_the_api_only(key):
    live = API.live(b.raw("20"))
    assert isinstance(API.retreat(live, Target(key, OFF), model.Testers()), Refusal)
    assert len(FILE.retreat(live, Target(key, OFF), model.Testers())) == 1


@pytest.fixture
def double():
    return FlipperDouble()


@pytest.fixture
def api(double):
    return FlipperApi(Session(Endpoint.parse("http://flipper.test"), None, lambda: transport(double, no_faults)))


@pytest.mark.parametrize("key", ["a_enabled", "tab_enabled\t", " blank ", "a/b?c"])
@pytest.mark.parametrize(
    "gates",
    [
        OPEN[name]
        for name in ("percentage", "boolean", "time, expression and percentage", "a group that no server knows")
    ],
)
def test_a_real_api_does_what_the_steps_say(double, api, key, gates):
    double.put(key, {**gates, "actors": ["ann", "bob"]})
    raw = api.read().toggles[key]
    live = API.live(raw)
    for step in API.retreat(live, Target(key, OFF), live.testers):
        raw = api.write(step, raw)
    assert API.public(raw) == OFF
    assert list(double.features) == [key]
    assert API.live(raw).testers == live.testers


def test_a_key_that_no_request_reaches_is_not_written(double, api):
    step = API.retreat(API.live(b.raw("20")), Target("a", OFF), model.Testers())[0]
    with pytest.raises(StoreError, match="can't be written"):
        api.write(type(step)("..", step.operation, step.value, step.leaves), None)
    assert double.features == {}


def test_groups_that_are_not_back_are_named(double, api):
    double.put("a", {"boolean": "true", "groups": ["admins"]})
    raw = api.read().toggles["a"]
    wipe, restore = API.retreat(API.live(raw), Target("a", OFF), model.Testers((), ("admins",)))
    raw = api.write(wipe, raw)
    double.authorized = lambda _: Response(403)
    with pytest.raises(StoreError, match='not known to be back: "admins"'):
        api.write(restore, raw)
