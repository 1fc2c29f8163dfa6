"""Any sequence of commands, faults and hands: the invariants of docs/reference/state.md hold behind each.

Everything is in memory, the state also on disk, and time stands still. A fault strikes at one of the effects of a
command: the process dies, a store fails before or after it did its work, or somebody else does something just then.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from flagstaff.addresses import Address
from flagstaff.apply.executor import execute
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.journalling import Journal, bring_up, record
from flagstaff.apply.local_journal import merge
from flagstaff.apply.options import Options
from flagstaff.apply.recover import recover
from flagstaff.apply.rollback.books import Books
from flagstaff.apply.rollback.events import Options as RollbackOptions
from flagstaff.apply.rollback.run import roll_back
from flagstaff.diagnostics import Failure
from flagstaff.model.evidence import Answer, Verdict
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.recorded import Recorded
from flagstaff.plan import inputs
from flagstaff.plan.plan import Action
from flagstaff.plan.planner import make_plan
from flagstaff.plan.requirements import holds
from flagstaff.plan.rollback.ground import Ground
from flagstaff.plan.rollback.retreat import Wish, retreat
from flagstaff.providers.memory import memory_provider
from flagstaff.providers.protocols import StoreError
from flagstaff.state import invariants
from flagstaff.state.appending import append
from flagstaff.state.fact_codec import decode_fact
from flagstaff.state.facts import Answered, Fact, Imported, Intent, Moved, Outcome, Released, Removed, Result
from flagstaff.state.recovery import fold
from flagstaff.state.state import State
from flagstaff.state.store import LockInfo, StateError
from flagstaff.testing import building as b
from flagstaff.testing.applying import Crash, Hook, HookedBatchWriter, HookedWriter, nothing
from flagstaff.testing.clock import FakeClock
from flagstaff.testing.shared_state import LocalState, SharedState

NAMES = "abcd"
PARENTS = {"b": "a", "c": "a", "d": "c"}
LEVELS = st.sampled_from(["0", "5", "20", "100", "on"])
RAISES = {Action.CREATE, Action.RAISE, Action.SWITCH_ON}
QUESTION = Address("monitor", "answers")


@dataclass(frozen=True)
class Fault:
    """What happens at the effect with that number; `lasting`: and at all behind it."""

    kind: str
    at: int
    lasting: bool = False
    unknown: bool = False
    name: str = "a"
    level: str = "0"


_FAULT = st.builds(
    Fault,
    st.sampled_from(["crash", "crash", "live", "state", "rollback", "apply", "hand", "answer", "unlock"]),
    st.integers(1, 25),
    st.booleans(),
    st.booleans(),
    st.sampled_from(NAMES),
    LEVELS,
)
FAULTS = _FAULT | st.none() | _FAULT


class Commands(RuleBasedStateMachine):
    """Toggles a to d; d requires c, and both b and c require a."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        self.names = {name: name for name in NAMES}
        self.levels = dict.fromkeys(NAMES, "0")
        self.runs = 0
        self.checked = 0
        # Keys that a hand has set since they were recorded last.
        self.hands: set[str] = set()
        self.stores()

    def stores(self) -> None:
        self.state = SharedState()

    @initialize(batches=st.booleans(), atomic=st.booleans(), live=st.tuples(LEVELS, LEVELS))
    def begin(self, batches, atomic, live):
        first, second = live
        toggles = b.snapshot(a=first, b="0", c=second if first == "on" else "0", d="0").toggles
        self.live = (HookedBatchWriter if batches else HookedWriter)(toggles)
        self.atomic = atomic

    def teardown(self) -> None:
        try:
            if self.runs:
                self.converge()
        finally:
            self.folder.cleanup()

    # What is there

    @property
    def provider(self):
        return memory_provider(self.live, atomic=self.atomic, embedded=True)

    @property
    def config(self):
        return b.desired(
            *(
                b.toggle(
                    self.names[name],
                    self.levels[name],
                    key=f"{name}_enabled",
                    requires=[self.names[PARENTS[name]]] if name in PARENTS else (),
                )
                for name in NAMES
            )
        )

    def address(self, name: str) -> Address:
        return b.address(self.names[name])

    def exposures(self):
        dialect = self.provider.dialect
        return {key: dialect.live(raw).exposure for key, raw in self.live.toggles.items()}

    def known(self) -> State | None:
        """What the next run would know, by asking and writing nothing."""
        with self.hooked(nothing):
            run = f"look-{self.runs}"
            provider = self.provider
            return recover(
                provider, self.state, clock=self.clock, listener=nothing, who="look", run=run, write=False
            ).state

    @contextmanager
    def hooked(self, hook: Hook) -> Iterator[None]:
        before = self.live.hook
        self.live.hook = self.state.hook = hook
        try:
            yield
        finally:
            self.live.hook = self.state.hook = before

    # Faults

    def suffer(self, command: Callable[[], object], fault: Fault | None, *, kept: bool = True) -> None:
        """Do it; whatever error there is, it is one that a user is told of. `kept`: requirements must be."""
        seen = {"effects": 0, "before": self.exposures(), "watch": kept}

        def hook(what: str) -> None:
            if what.startswith("written") and seen["watch"]:
                self.look_at_write(seen["before"])
            seen["before"] = self.exposures()
            seen["effects"] += 1
            if fault is not None and (seen["effects"] == fault.at or (fault.lasting and seen["effects"] > fault.at)):
                # What others do in between is theirs to answer for.
                seen["watch"] = seen["watch"] and fault.kind in {"crash", "live", "state", "answer"}
                self.strike(fault, what)
                seen["before"] = self.exposures()

        with self.hooked(hook), suppress(Crash, Failure, StateError, StoreError):
            command()

    def strike(self, fault: Fault, what: str) -> None:
        of_live = what.split(maxsplit=1)[0] in {"read", "write", "written"}
        match fault.kind:
            case "crash":
                raise Crash
            case "live" if of_live:
                raise StoreError("Store failed", "It is broken.", unknown=fault.unknown or what.startswith("written"))
            case "state" if not of_live:
                raise StateError("State failed", "It is broken.")
            case "live" | "state":
                return
        if fault.lasting:
            return
        others = {
            "rollback": lambda: self.rolled_back([fault.name]),
            "apply": self.applied,
            "hand": lambda: self.turned(fault.name, fault.level),
            "answer": self.answered,
            "unlock": self.unlocked,
        }
        with self.hooked(nothing), suppress(Failure, StateError, StoreError):
            others[fault.kind]()

    def look_at_write(self, before) -> None:
        """L4: no requirement that held is broken. And nothing that is held goes up."""
        now = self.exposures()
        keys = {self.address(name): f"{name}_enabled" for name in NAMES}
        for toggle in self.config.toggles.values():
            for one in toggle.requirements:
                child, parent = keys[one.child], keys[one.parent]
                assert not holds(one, before[child], before[parent]) or holds(one, now[child], now[parent]), one
        held = {self.state_key(address) for address in self.folded().holds}
        for key in held & now.keys():
            assert now[key] <= before[key], f"{key} is held, and was raised"

    def folded(self) -> State:
        return fold(State("lineage"), self.entries()).state

    def entries(self):
        return tuple(self.state.entries())

    def state_key(self, address: Address) -> str:
        found = self.folded().toggles.get(address)
        names = {self.address(name): f"{name}_enabled" for name in NAMES}
        return found.key if found is not None else names.get(address, "")

    # Commands, as those of the command line do them

    def info(self, operation: str) -> LockInfo:
        self.runs += 1
        return LockInfo(f"run-{self.runs}", operation, "ann", "host", 1, self.clock.now(), "0.1.0")

    def applied(self) -> None:
        info = self.info("apply")
        with self.state.acquire(info) as lease:
            merge(self.state, Path(self.folder.name))
            recovery = recover(
                self.provider, self.state, clock=self.clock, listener=nothing, who="ann", run=info.id,
                took_over=lease.took_over,
            )  # fmt: skip
            plan = self.planned(recovery.state)
            if plan.has_changes:
                everything = frozenset(move.address for move in plan.core.moves)
                options = Options("ann", info.id, parallelism=1, consented=everything, save_every=0.0)
                execute(
                    plan, self.provider, self.state, lease, clock=self.clock, listener=nothing, options=options,
                    interrupt=Interrupt(),
                )  # fmt: skip

    def planned(self, state: State | None):
        options = inputs.Options("memory", embedded=True)
        evidence = inputs.Evidence(self.clock.now(), "0.1.0")
        recorded = Recorded() if state is None else state.recorded
        return make_plan(self.config, self.live.read(), self.provider.dialect, recorded, evidence, options)

    def rolled_back(self, names) -> None:
        info = self.info("rollback")
        try:
            self._rolled_back(names, info)
        except Crash:
            self.state.die(info)
            raise

    def _rolled_back(self, names, info: LockInfo) -> None:
        books = Books.open(self.state, Path(self.folder.name), self.clock, "ann", info.id)
        recorded = Recorded() if books.state is None else books.state.recorded
        ground = Ground.of(self.config, recorded)
        wish = Wish({self.address(name): OFF for name in names})
        plan = retreat(wish, ground, self.live.read().toggles, self.provider.dialect)
        books.begin(info, "by ann")
        options = RollbackOptions("ann", info.id, reason="errors", parallelism=1)
        roll_back(plan, self.provider, books, options, clock=self.clock, interrupt=Interrupt(), listener=nothing)
        books.close()

    def changed(self, operation: str, facts: Callable[[State], list[Fact]]) -> None:
        """A change of the record alone."""
        info = self.info(operation)
        with self.state.acquire(info):
            merge(self.state, Path(self.folder.name))
            state, _ = self.state.load()
            if state is None:
                return
            found = fold(state, self.state.entries(state.journal_head or None))
            told = [] if found.in_flight else facts(found.state)
            if told:
                journal = Journal(self.state, self.clock, "ann", info.id, found.last or self.state.last())
                journal.append(told)
                bring_up(self.state)

    def moved(self, name: str, old: Address) -> None:
        def facts(state: State) -> list[Fact]:
            new = self.address(name)
            return [Moved(old, new, f"{name}_enabled")] if old in state.toggles and new not in state.toggles else []

        self.changed("state mv", facts)

    def forgotten(self, name: str) -> None:
        def facts(state: State) -> list[Fact]:
            found = state.toggles.get(self.address(name))
            return [] if found is None else [Removed(self.address(name), found.key)]

        self.changed("state rm", facts)

    def imported(self, name: str) -> None:
        def facts(state: State) -> list[Fact]:
            exposure = self.exposures()[f"{name}_enabled"]
            taken = self.address(name) in state.toggles or not isinstance(exposure, Exposure)
            return [] if taken else [Imported(self.address(name), f"{name}_enabled", exposure)]

        self.changed("import", facts)

    def released(self, name: str) -> None:
        merge(self.state, Path(self.folder.name))
        state = self.known()
        hold = None if state is None else state.holds.get(self.address(name))
        if state is not None and hold is not None and hold.of is None:
            own = self.address(name)
            addresses = (own, *(address for address, one in sorted(state.holds.items()) if one.of == own))
            record(
                self.state, [Released(hold.id, addresses, "mended")], clock=self.clock, who="po", run=self.info("").id
            )

    def answered(self) -> None:
        now = self.clock.now()
        answer = Answer(QUESTION, Verdict.PASS, "bob", now, now + timedelta(hours=1))
        append(self.state, [Answered(answer)], time=now, run=self.info("").id, who="bob")

    def turned(self, name: str, level: str) -> None:
        key = f"{name}_enabled"
        self.live.toggles = {**self.live.toggles, key: b.raw(level)}
        self.hands.add(key)

    def unlocked(self) -> None:
        """Somebody takes the lease away and applies at once: two runs, of which one does not know it yet."""
        self.state.break_lease()
        self.clock.advance(10)
        self.applied()

    # Rules

    @rule(levels=st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, LEVELS)), fault=FAULTS)
    def apply(self, levels, fault):
        self.levels |= levels
        self.suffer(self.applied, fault)

    @rule(levels=st.fixed_dictionaries(dict.fromkeys(NAMES, LEVELS)), fault=FAULTS, again=FAULTS)
    def apply_twice(self, levels, fault, again):
        self.levels |= levels
        self.suffer(self.applied, fault)
        self.suffer(self.applied, again)

    @rule(names=st.sets(st.sampled_from(NAMES), min_size=1), fault=FAULTS)
    def roll_back(self, names, fault):
        self.suffer(lambda: self.rolled_back(sorted(names)), fault, kept=fault is None or fault.kind == "crash")

    @rule(
        what=st.sampled_from(["move", "forget", "import", "release", "answer"]),
        name=st.sampled_from(NAMES),
        fault=FAULTS,
    )
    def record(self, what, name, fault):
        old = self.address(name)
        if what == "move":  # the block is renamed in any case
            self.names[name] = f"{name}_{self.runs}"
        commands = {
            "move": lambda: self.moved(name, old),
            "forget": lambda: self.forgotten(name),
            "import": lambda: self.imported(name),
            "release": lambda: self.released(name),
            "answer": self.answered,
        }
        self.suffer(commands[what], fault)

    @rule(name=st.sampled_from(NAMES), level=LEVELS)
    def turn(self, name, level):
        self.turned(name, level)

    def converge(self):
        """L5: without faults the second apply has nothing left to move, and all that differs is told as drift."""
        self.applied()
        self.applied()
        plan = self.planned(self.known())
        assert not plan.core.moves
        told = {drift.key for drift in plan.observed.drift}
        saved = self.state.saved()
        recorded = {} if saved is None else saved.toggles
        live = self.exposures()
        assert {one.key for one in recorded.values() if live[one.key] != one.exposure} <= told

    # What always holds

    @invariant()
    def state_and_journal_agree(self):
        saved = self.state.saved()
        if saved is not None:
            assert invariants.verify(saved, self.entries()) == ()

    @invariant()
    def what_is_recorded_is_so(self):
        """L1. But where a hand was at work, or where a rollback wrote that is not merged yet."""
        if not hasattr(self, "live") or list(Path(self.folder.name).glob("*.jsonl")):
            return
        state, live = self.known(), self.exposures()
        recorded = {} if state is None else {one.key: one.exposure for one in state.toggles.values()}
        wrong = {key for key, exposure in recorded.items() if live[key] != exposure}
        assert wrong <= self.hands
        self.hands = wrong | (self.hands - recorded.keys())

    @invariant()
    def what_is_held_is_not_meant_to_be_raised(self):
        """L2, L3. Whoever writes an intent to raise it has not read the journal's end."""
        entries = self.entries()
        for number, entry in enumerate(entries[self.checked :], self.checked):
            fact = decode_fact(entry.kind, entry.data)
            if isinstance(fact, Intent) and fact.action in RAISES:
                assert fact.address not in fold(State("lineage"), entries[:number]).state.holds
            if isinstance(fact, Result) and fact.outcome is Outcome.APPLIED:
                assert any(one.kind == "intent" and one.run == entry.run for one in entries[:number])
        self.checked = len(entries)


class CommandsOnDisk(Commands):
    """The same, with the state in files."""

    def stores(self) -> None:
        place = Path(self.folder.name) / "state" / "va.json"
        self.state = LocalState(place, self.clock.now)


TestAnyFault = Commands.TestCase
TestAnyFault.settings = settings(max_examples=2 * settings().max_examples // 5, stateful_step_count=12)
TestAnyFaultOnDisk = CommandsOnDisk.TestCase
TestAnyFaultOnDisk.settings = settings(max_examples=settings().max_examples // 10, stateful_step_count=8)
