"""Applying over HTTP while the server fails: nothing is lost or told wrongly, and a second run converges."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import httpx
import pytest

from flagstaff.apply.events import Ended
from flagstaff.apply.options import Options
from flagstaff.providers.endpoints import Endpoint
from flagstaff.providers.flipper.api import FlipperApi
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.flipper.session import Retry, Session, Timing
from flagstaff.providers.protocols import Provider
from flagstaff.testing import building as b
from flagstaff.testing.applying import Scene
from flagstaff.testing.flipper_double import FlipperDouble, Response
from flagstaff.testing.flipper_server import (
    BROKEN,
    DROP_AFTER,
    DROP_BEFORE,
    HALF,
    HTML,
    Fault,
    no_faults,
    serving,
    too_many,
    transport,
)

TOGGLES = 12
DIALECT = FlipperDialect(atomic=False)


class Overlaid(Scene):
    """A scene whose store is reached over HTTP; plans of scenes are for a provider named memory."""

    def __init__(self, store, config):
        super().__init__(config, store)

    @property
    def provider(self):
        return Provider("memory", "flipper", DIALECT, self.live, self.live, embedded=True)


def config():
    """Half of the toggles need the one before."""
    names = [f"t{number}" for number in range(TOGGLES)]
    toggles = [b.toggle(name, "100", requires=[names[n - 1]] if n % 2 else []) for n, name in enumerate(names)]
    return b.desired(*toggles)


def double():
    made = FlipperDouble()
    for number in range(TOGGLES):
        made.put(f"t{number}_enabled", {"actors": ["tester"]})
    return made


def store(made, faults=no_faults):
    """Time passes nowhere: no sleep is one."""
    session = Session(
        Endpoint.parse("http://127.0.0.1:3000"),
        None,
        lambda: transport(made, faults),
        Timing(sleep=lambda _: None),
    )
    return FlipperApi(session)


def standing(made):
    return {key: gates["percentage_of_actors"] or "0" for key, gates in made.features.items()}


def told_right(outcome, made):
    """Every move is told, and told as it is: applied where the store has the value, and only there."""
    now = standing(made)
    assert len(outcome.results) == TOGGLES
    for result in outcome.results:
        written = now[result.move.key] == "100"
        match result.ended:
            case Ended.APPLIED:
                assert written, result
            case Ended.SKIPPED | Ended.NOT_STARTED:
                assert not written, result
            case Ended.FAILED:
                assert not written, result
                assert result.detail
            case _:
                assert result.detail
    assert [gates["actors"] for gates in made.features.values()] == [["tester"]] * TOGGLES


def second_run(scene, made):
    scene.live = store(made)
    outcome = scene.apply()
    assert {result.ended for result in outcome.results} <= {Ended.APPLIED}
    assert set(standing(made).values()) == {"100"}
    assert len(made.features) == TOGGLES
    assert scene.plan().core.moves == ()


FAULTS = {
    "500": BROKEN,
    "429": too_many("1"),
    "429 for an hour": too_many("3600"),
    "HTML": HTML,
    "half a body": HALF,
    "dropped after the write": DROP_AFTER,
    "dropped before it": DROP_BEFORE,
    "slow, not done": Fault(delay=11.0, undone=True),
    "slow, but done": Fault(delay=11.0),
    "read-only": Fault(Response(403, b'{"code":"error","message":"Token does not have API write access."}')),
    "wrong mount": Fault(Response(404, b"{}")),
}


@pytest.mark.parametrize("every", [1, 2, 5])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_writes_that_fail(fault, every):
    """Each write, or every second or fifth: with three more tries, what passes is done."""
    asked = count(1)
    made = double()
    scene = Overlaid(
        store(made, lambda method, _: fault if method == "POST" and next(asked) % every == 0 else None), config()
    )
    outcome = scene.execute(scene.plan(), Options("ann", "run-1", parallelism=1))
    told_right(outcome, made)
    second_run(scene, made)


@pytest.mark.parametrize("fault", [BROKEN, HTML, HALF, DROP_BEFORE, Fault(delay=61.0)])
@pytest.mark.parametrize("good", range(2, 6))
def test_lists_that_fail(fault, good):
    """The first lists are answered, then none: what was written and can't be read again is unknown, not applied."""
    asked = count(1)
    made = double()
    scene = Overlaid(store(made, lambda method, _: fault if method == "GET" and next(asked) > good else None), config())
    outcome = scene.execute(scene.plan(), Options("ann", "run-1", parallelism=1))
    told_right(outcome, made)
    assert any(result.ended is not Ended.APPLIED for result in outcome.results)
    second_run(scene, made)


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_server_that_is_killed(after):
    """In the middle of a batch, with requests in flight, and real sockets. It comes back on another port."""
    made = double()
    asked = count(1)
    running = []

    def kill(method, _):
        if method == "POST" and next(asked) == after:
            running[0].kill()

    def over_http(server):
        session = Session(
            Endpoint.parse(server.url),
            None,
            lambda: httpx.HTTPTransport(trust_env=False),
            Timing(sleep=lambda _: None),
            Retry(tries=2),
        )
        return FlipperApi(session)

    with serving(made, kill) as server:
        running.append(server)
        first = over_http(server)
        scene = Overlaid(first, config())
        plan = scene.plan()
        outcome = scene.execute(plan, Options("ann", "run-1", parallelism=4))
        first.close()
    told_right(outcome, made)
    assert not all(result.ended is Ended.APPLIED for result in outcome.results)
    with serving(made) as server:
        scene.live = over_http(server)
        outcome = scene.apply()
        scene.live.close()
    assert {result.ended for result in outcome.results} <= {Ended.APPLIED}
    assert set(standing(made).values()) == {"100"}


def test_a_write_that_is_done_twice_is_told_once():
    made = double()
    asked = count(1)
    live = store(made, lambda method, _: DROP_AFTER if method == "POST" and next(asked) % 2 else None)
    scene = Overlaid(live, config())
    outcome = scene.execute(scene.plan(), Options("ann", "run-1", parallelism=1))
    assert [result.ended for result in outcome.results] == [Ended.APPLIED] * TOGGLES


def test_testers_that_were_not_restored_are_a_failure():
    """The toggle reads as planned, but the move isn't done: who was a tester is out."""
    made = FlipperDouble()
    made.put("a_enabled", {"percentage_of_actors": "5", "actors": ["x", "y"]})
    live = store(made, lambda method, target: BROKEN if target.endswith("/actors") else None)
    scene = Overlaid(live, b.desired(b.toggle("a", "on")))
    outcome = scene.execute(scene.plan(), Options("ann", "run-1"))
    (result,) = outcome.results
    assert result.ended is Ended.FAILED
    assert 'not known to be back: "x", "y".' in result.detail
    assert made.features["a_enabled"]["boolean"] == "true"


def test_two_writers_at_once_are_told():
    made = double()
    made.rivals["t0_enabled"] = ["7"]
    scene = Overlaid(store(made), replace(config(), toggles=dict(list(config().toggles.items())[:1])))
    (result,) = scene.execute(scene.plan(), Options("ann", "run-1")).results
    assert result.ended is Ended.UNKNOWN
    assert "was written to 100 % and read as 7 %" in result.detail
    assert "It is at 7 % now, neither at 0 % as before nor at 100 %." in result.detail
