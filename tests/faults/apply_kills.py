"""Kills an apply before, or in the middle of, each of its effects on files, and looks at what the next runs make of it.

Run as `python apply_kills.py DIRECTORY STRIDE`: one line of JSON for each kill point, of which it takes every STRIDEth.
It never runs a thread itself, so that forking is safe: whatever applies is a fork.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import networkx as nx

from flagstaff.apply.clock import SystemClock
from flagstaff.apply.executor import execute
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.options import Options
from flagstaff.apply.recover import recover
from flagstaff.model.recorded import Recorded
from flagstaff.plan import inputs
from flagstaff.plan.planner import make_plan
from flagstaff.providers.registry import open_provider
from flagstaff.state import invariants
from flagstaff.state.local import LocalStore
from flagstaff.state.store import LockInfo
from flagstaff.testing import building as b

assert nx  # imported on use: once here instead of in every fork
CHAINS, LENGTH = 6, 5
CLOCK = SystemClock()
NAMES = [[f"c{chain}_{place}" for place in range(LENGTH)] for chain in range(CHAINS)]
CONFIG = b.desired(
    *(
        b.toggle(name, "100", requires=names[place - 1 : place] if place else ())
        for names in NAMES
        for place, name in enumerate(names)
    )
)
EFFECTS = ("open", "write", "fsync", "replace", "rename", "ftruncate", "unlink", "pwrite")


def set_up(where: Path) -> None:
    where.mkdir()
    features = {f"{name}_enabled": b.raw("0") for names in NAMES for name in names}
    (where / "live.json").write_text(json.dumps({"version": 1, "features": features}))


def in_fork(work: Callable[[], None]) -> int:
    """The wait status: 0, or a signal, or 256 when it raised."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    try:
        work()
    except BaseException:  # noqa: BLE001  # a fork must not go on as its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def kill_at(point: int) -> list[int]:
    """Let this process die before its effect with that number; a write is two effects: none of it, half of it."""
    count = [0]

    def hit() -> bool:
        count[0] += 1
        return count[0] == point

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(name: str) -> Callable[..., object]:
        real = getattr(os, name)

        def call(*arguments: object, **named: object) -> object:
            if hit():
                die()
            if name == "write" and hit():
                file, data = arguments
                real(file, bytes(data)[: len(data) // 2])
                die()
            return real(*arguments, **named)

        return call

    for name in EFFECTS:
        setattr(os, name, wrapped(name))
    return count


def run(where: Path) -> None:
    """What `flagstaff apply -auto-approve` does."""
    store = LocalStore(where / "state.json")
    provider = open_provider(CONFIG.provider, where)
    info = LockInfo(str(os.getpid()), "apply", "ann", "host", os.getpid(), CLOCK.now(), "0.1.0")
    with store.acquire(info) as lease:
        recovery = recover(
            provider, store, clock=CLOCK, listener=print_nothing, who="ann", run="recover", took_over=lease.took_over
        )
        recorded = Recorded() if recovery.state is None else recovery.state.recorded
        options = inputs.Options(provider.name, embedded=True)
        plan = make_plan(
            CONFIG, provider.reader.read(), provider.dialect, recorded, inputs.Evidence(CLOCK.now(), "0.1.0"), options
        )
        if not plan.has_changes:
            return
        outcome = execute(
            plan,
            provider,
            store,
            lease,
            clock=CLOCK,
            listener=print_nothing,
            options=Options("ann", info.id, save_every=0.0),
            interrupt=Interrupt(),
        )
        assert outcome.succeeded, outcome


def print_nothing(_: object) -> None: ...


def look(where: Path) -> int:
    """After a kill: what is recorded is true, what was done is recorded. Returns how many moves were in flight."""
    store, provider = LocalStore(where / "state.json"), open_provider(CONFIG.provider, where)
    recovery = recover(provider, store, clock=CLOCK, listener=print_nothing, who="ann", run="look", write=False)
    live = {key: provider.dialect.live(raw).exposure for key, raw in provider.reader.read().toggles.items()}
    records = {} if recovery.state is None else recovery.state.toggles
    for record in records.values():
        assert live[record.key] == record.exposure, record
    done = {key for key, exposure in live.items() if not exposure.is_off}
    assert done == {record.key for record in records.values()}, done
    for names in NAMES:
        row = [f"{name}_enabled" in done for name in names]
        assert row == sorted(row, reverse=True), f"a requirement is broken: {row}"
    return len(recovery.moves)


def settled(where: Path) -> None:
    """At the end: everything is as declared, and state and journal agree."""
    assert look(where) == 0
    store, provider = LocalStore(where / "state.json"), open_provider(CONFIG.provider, where)
    state, _ = store.load()
    assert state is not None
    assert len(state.toggles) == CHAINS * LENGTH
    assert invariants.verify(state, store.entries()) == ()
    evidence, options = inputs.Evidence(CLOCK.now(), "0.1.0"), inputs.Options(provider.name, embedded=True)
    again = make_plan(CONFIG, provider.reader.read(), provider.dialect, state.recorded, evidence, options)
    assert not again.has_changes


def count_effects(where: Path) -> int:
    """How many effects a whole run has."""
    set_up(where)

    def counting() -> None:
        count = kill_at(-1)
        run(where)
        (where / "count").write_text(str(count[0]))

    assert in_fork(counting) == 0
    assert in_fork(lambda: settled(where)) == 0
    return int((where / "count").read_text())


def try_point(where: Path, point: int, again: int) -> dict[str, object]:
    """Kill a run at `point`, the next one at `again`, and let the third one end."""
    set_up(where)

    def killed(at: int) -> int:
        def work() -> None:
            kill_at(at)
            run(where)

        return in_fork(work)

    def looking() -> None:
        (where / "in-flight").write_text(str(look(where)))

    first, seen = killed(point), in_fork(looking)
    second, seen_again = killed(again), in_fork(looking)
    last, end = in_fork(lambda: run(where)), in_fork(lambda: settled(where))
    return {
        "point": point,
        "killed": first == signal.SIGKILL,
        "killed_again": second == signal.SIGKILL,
        "fine": (seen, seen_again, last, end) == (0, 0, 0, 0),
    }


def main(place: Path, stride: int) -> None:
    effects = count_effects(place / "whole")
    for point in range(1, effects + 1, stride):
        print(json.dumps(try_point(place / str(point), point, 1 + point * 7 % effects)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
