"""What is killed: an apply of 30 moves, the first apply of all, a rollback, `state mv`; and what must be true after it.

Each command has the toggles that are there at first, what was done before it, the run itself, and how it must end.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from kill_places import Place

from flagstaff.addresses import Address
from flagstaff.apply.clock import SystemClock
from flagstaff.apply.executor import execute
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.journalling import bring_up, record
from flagstaff.apply.options import Options
from flagstaff.apply.recover import recover
from flagstaff.model.configuration import Desired
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import LiveExposure, Raw
from flagstaff.model.recorded import Hold, Recorded
from flagstaff.plan import inputs
from flagstaff.plan.plan import Plan
from flagstaff.plan.planner import make_plan
from flagstaff.providers.protocols import Provider
from flagstaff.state import invariants
from flagstaff.state.fact_codec import decode_fact
from flagstaff.state.facts import Fact, Held, Imported, Intent, Moved, Outcome, Recovered, Result
from flagstaff.state.lease import acquire
from flagstaff.state.recovery import InFlight, fold
from flagstaff.state.state import State
from flagstaff.state.store import Lease, LockInfo, StateStore
from flagstaff.testing import building as b

WHOLE = Exposure.parse("100")
HELD = b.address("held")


class Clock(SystemClock):
    """The server of a database needs a moment to see that a process died: it is asked again soon."""

    def sleep(self, seconds, woken):
        super().sleep(min(seconds, 0.01), woken)


CLOCK = Clock()


def chains(count: int, length: int) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(f"c{chain}_{place}" for place in range(length)) for chain in range(count))


def configuration(names: Sequence[Sequence[str]], *others: str) -> Desired:
    """Each toggle of a chain requires the one before it: as many batches as a chain is long."""
    chained = [
        b.toggle(name, "100", requires=row[place - 1 : place] if place else ())
        for row in names
        for place, name in enumerate(row)
    ]
    return b.desired(*chained, *(b.toggle(name, "100") for name in others))


def info(operation: str) -> LockInfo:
    return LockInfo(f"{operation}-{os.getpid()}", operation, "ann", "host", os.getpid(), CLOCK.now(), "0.1.0")


def leased(store: StateStore, operation: str) -> Lease:
    return acquire(store, info(operation), timedelta(seconds=10), CLOCK)


def quiet(_: object) -> None: ...


def recovered(place: Place, store: StateStore, provider: Provider, took_over: LockInfo | None, *, write: bool):
    run = f"recover-{os.getpid()}"
    return recover(provider, store, clock=CLOCK, listener=quiet, who="ann", run=run, took_over=took_over, write=write)


def planned(config: Desired, provider: Provider, recorded: Recorded) -> Plan:
    options = inputs.Options(provider.name, embedded=True)
    evidence = inputs.Evidence(CLOCK.now(), "0.1.0")
    return make_plan(config, provider.reader.read(), provider.dialect, recorded, evidence, options)


def live_of(provider: Provider) -> Mapping[str, LiveExposure]:
    return {key: provider.dialect.live(raw).exposure for key, raw in provider.reader.read().toggles.items()}


def apply(config: Desired, place: Place) -> None:
    """What `flagstaff apply -auto-approve` does."""
    store, provider = place.store(), place.provider()
    with leased(store, "apply") as lease:
        recovery = recovered(place, store, provider, lease.took_over, write=True)
        plan = planned(config, provider, Recorded() if recovery.state is None else recovery.state.recorded)
        if not plan.core.moves:
            return
        options = Options("ann", lease.info.id, save_every=0.0)
        outcome = execute(
            plan, provider, store, lease, clock=CLOCK, listener=quiet, options=options, interrupt=Interrupt()
        )
        assert outcome.succeeded, outcome


@dataclass(frozen=True)
class Seen:
    """Live store, state and journal after a kill, or at the end. `saved` is stored, `state` is what a run knows."""

    live: Mapping[str, LiveExposure]
    saved: State | None
    state: Recorded
    facts: tuple[Fact, ...]
    open: tuple[InFlight, ...]


def look(place: Place) -> Seen:
    """State and journal agree, and with the live store, too: what is recorded is so, what was told is so."""
    store, provider = place.store(), place.provider()
    entries, live = tuple(store.entries()), live_of(provider)
    saved, _ = store.load()
    if saved is None:
        assert {entry.kind for entry in entries} <= {"takeover"}, "entries without a state"
    else:
        assert invariants.verify(saved, entries) == ()
    after = recovered(place, store, provider, None, write=False).state
    recorded = Recorded() if after is None else after.recorded
    for one in recorded.toggles.values():
        assert live[one.key] == one.exposure, one
    told = tuple(decode_fact(entry.kind, entry.data) for entry in entries)
    for fact in told:
        if isinstance(fact, Result | Recovered) and fact.outcome is Outcome.APPLIED:
            assert live[fact.key] == fact.exposure, f"told, and not so: {fact}"
    behind = () if saved is None else tuple(store.entries(saved.journal_head or None))
    return Seen(live, saved, recorded, told, () if saved is None else fold(saved, behind).in_flight)


@dataclass(frozen=True)
class Apply:
    """A first apply, or one in which a toggle that should be raised is held."""

    count: int = 6
    length: int = 5
    first: bool = False
    names: tuple[tuple[str, ...], ...] = field(init=False)
    config: Desired = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", chains(self.count, self.length))
        others = () if self.first else ("held",)
        object.__setattr__(self, "config", configuration(self.names, *others))

    @property
    def toggles(self) -> Mapping[str, Raw]:
        return {toggle.key: b.raw("0") for toggle in self.config.toggles.values()}

    def before(self, place: Place) -> None:
        if not self.first:
            store = place.store()
            bring_up(store)
            hold = Hold("h1", "people saw errors", CLOCK.now(), "bob")
            told = [Imported(HELD, "held_enabled", OFF), Held(HELD, "held_enabled", hold)]
            record(store, told, clock=CLOCK, who="bob", run="before")

    def run(self, place: Place) -> None:
        apply(self.config, place)

    def look(self, place: Place) -> Seen:
        """And requirements are kept, what is held stays down, and whatever was done is recorded."""
        seen = look(place)
        up = {key for key, exposure in seen.live.items() if exposure != OFF}
        begun = {fact.key for fact in seen.facts if isinstance(fact, Intent)}
        assert up <= begun, f"done, and never announced: {up - begun}"
        assert up == {one.key for one in seen.state.toggles.values() if one.exposure != OFF}
        for row in self.names:
            done = [f"{name}_enabled" in up for name in row]
            assert done == sorted(done, reverse=True), f"a requirement is broken: {row}"
        if not self.first:
            assert HELD in seen.state.holds
            assert "held_enabled" not in up | begun
        return seen

    def between(self, place: Place) -> None:
        """What somebody else does before it is run again."""

    def end(self, place: Place) -> None:
        """Everything is as declared, and there is nothing left to do."""
        seen = self.look(place)
        assert seen.open == ()
        assert seen.saved is not None
        raised = {address for address, one in seen.saved.toggles.items() if one.exposure == WHOLE}
        assert raised == self.config.toggles.keys() - {HELD}
        again = planned(self.config, place.provider(), seen.saved.recorded)
        assert not again.core.moves
        assert not again.core.records


@dataclass(frozen=True)
class Move:
    """`state mv`, of a toggle with a hold."""

    old = b.address("old")
    new = b.address("new")
    toggles: Mapping[str, Raw] = field(default_factory=lambda: {"old_enabled": b.raw("0")})

    def before(self, place: Place) -> None:
        store = place.store()
        bring_up(store)
        hold = Hold("h1", "people saw errors", CLOCK.now(), "bob")
        told = [Imported(self.old, "old_enabled", OFF), Held(self.old, "old_enabled", hold)]
        record(store, told, clock=CLOCK, who="bob", run="before")

    def run(self, place: Place) -> None:
        from flagstaff.cli.recording import Record, present_state
        from flagstaff.cli.terminal import Terminal
        from flagstaff.cli.workspace import Workspace

        workspace = Workspace(Terminal.standard(color=False), clock=CLOCK)
        under = Record(workspace, place.store(), "state mv", timedelta(seconds=10))
        with under.lease():
            present = present_state(under.store)
            moved = [] if self.new in present.toggles else [Moved(self.old, self.new, "old_enabled")]
            under.change(moved)

    def look(self, place: Place) -> Seen:
        """The record is in one place, and its hold with it."""
        seen = look(place)
        (where,) = seen.state.toggles
        assert where in {self.old, self.new}
        assert set(seen.state.holds) == {where}
        return seen

    def between(self, place: Place) -> None: ...

    def end(self, place: Place) -> None:
        seen = self.look(place)
        assert seen.saved is not None
        assert set(seen.saved.toggles) == set(seen.saved.holds) == {self.new}
        assert sum(isinstance(fact, Moved) for fact in seen.facts) == 1


@dataclass(frozen=True)
class Rollback(Apply):
    """A rollback of all 30, which takes the chains down in 5 batches, and an apply behind it that raises none."""

    first: bool = True

    @property
    def toggles(self) -> Mapping[str, Raw]:
        return {toggle.key: b.raw("100") for toggle in self.config.toggles.values()}

    @property
    def heads(self) -> tuple[Address, ...]:
        """What is named: the rest goes down with it."""
        return tuple(b.address(row[0]) for row in self.names)

    def before(self, place: Place) -> None:
        store = place.store()
        bring_up(store)
        told = [Imported(toggle.address, toggle.key, WHOLE) for toggle in self.config.toggles.values()]
        record(store, told, clock=CLOCK, who="bob", run="before")

    def run(self, place: Place) -> None:
        from flagstaff.apply.rollback.books import Books
        from flagstaff.apply.rollback.events import Options as RollbackOptions
        from flagstaff.apply.rollback.run import roll_back
        from flagstaff.plan.rollback.ground import Ground
        from flagstaff.plan.rollback.retreat import Wish, retreat

        run, provider = f"rollback-{os.getpid()}", place.provider()
        books = Books.open(place.store(), place.folder, CLOCK, "ann", run)
        assert books.state is not None, books.trouble
        ground = Ground.of(self.config, books.state.recorded)
        wish = Wish(dict.fromkeys(self.heads, OFF))
        plan = retreat(wish, ground, provider.reader.read().toggles, provider.dialect)
        books.begin(info("rollback"), "of everything by ann")
        options = RollbackOptions("ann", run, reason="people saw errors")
        outcome = roll_back(plan, provider, books, options, clock=CLOCK, interrupt=Interrupt(), listener=quiet)
        books.close()
        assert outcome.verified, outcome
        assert not books.trouble, books.trouble

    def look(self, place: Place) -> Seen:
        """Nothing goes down before it is held, and what depends on another goes first."""
        seen = look(place)
        down = {key for key, exposure in seen.live.items() if exposure == OFF}
        held = {seen.state.toggles[address].key for address in seen.state.holds}
        assert down <= held, f"down, and not held: {down - held}"
        assert down == {one.key for one in seen.state.toggles.values() if one.exposure == OFF}
        for row in self.names:
            done = [f"{name}_enabled" in down for name in row]
            assert done == sorted(done), f"a requirement is broken: {row}"
        return seen

    def between(self, place: Place) -> None:
        """An apply of what is declared, which would raise everything again."""
        down = self._down(place)
        apply(self.config, place)
        assert self._down(place) >= down

    def _down(self, place: Place) -> set[str]:
        return {key for key, exposure in live_of(place.provider()).items() if exposure == OFF}

    def end(self, place: Place) -> None:
        """All is down and held; the next apply asks about what the killed run left open, and raises nothing."""
        assert self._down(place) == {toggle.key for toggle in self.config.toggles.values()}
        apply(self.config, place)
        seen = self.look(place)
        assert seen.saved is not None
        assert set(seen.saved.holds) == set(seen.saved.toggles) == set(self.config.toggles)
        assert {one.exposure for one in seen.saved.toggles.values()} == {OFF}


COMMANDS = {
    "apply": Apply(),
    "first apply": Apply(count=1, length=1, first=True),
    "state mv": Move(),
    "rollback": Rollback(),
}
