"""Measuring as an operation: the monitors that a plan needs, and those that are looked at again while it is applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from flagstaff.addresses import Address
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs, load
from flagstaff.model.configuration import Desired, Policy
from flagstaff.model.evidence import Answer, Reading, Verdict
from flagstaff.model.live import Dialect, LiveExposure, Snapshot
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Monitor, MonitorSource
from flagstaff.monitors.needs import asked, needed
from flagstaff.monitors.protocols import Asked
from flagstaff.plan.applied.monitors import credentials, read_monitor
from flagstaff.plan.guards import decode_guards
from flagstaff.plan.inputs import Evidence
from flagstaff.plan.plan import Move, Plan
from flagstaff.plan.stages.gates import stopped
from flagstaff.providers.surroundings import Surroundings
from flagstaff.state.appending import append
from flagstaff.state.fact_codec import decode_fact
from flagstaff.state.facts import Answered, Measured
from flagstaff.state.store import Head, StateStore

NO_NETWORK: Final = "It was not read, because of -no-network."
# How old, in seconds, a reading may be that lets a batch of raises through.
_FRESH: Final = 30.0


def with_readings(
    workspace: Workspace,
    evidence: Evidence,
    desired: Desired,
    recorded: Recorded,
    lives: Mapping[Address, LiveExposure | None],
    *,
    network: bool,
) -> Evidence:
    """The evidence with what the monitors say that a plan needs; without a network, with why they say nothing."""
    wanted = needed(desired, recorded, lives)
    what = asked(desired, recorded, lives, evidence.now)
    if not network:
        silent = [monitor for monitor in wanted if not _asks_a_server(monitor)]
        return replace(evidence, readings=_read(silent, what), unread=NO_NETWORK)
    readings = _read(wanted, what)
    verdicts = {str(address): reading.verdict.value for address, reading in readings.items()}
    workspace.log.info("monitors read", readings=verdicts)
    return replace(evidence, readings=readings)


def lives_of(desired: Desired, snapshot: Snapshot, dialect: Dialect) -> Mapping[Address, LiveExposure | None]:
    """Where the toggles of rollouts stand; None: the store doesn't have them."""
    found: dict[Address, LiveExposure | None] = {}
    for rollout in desired.rollouts.values():
        for address in rollout.toggles:
            raw = snapshot.toggles.get(desired.toggles[address].key) if address in desired.toggles else None
            found[address] = dialect.live(raw).exposure if raw is not None else None
    return found


def _asks_a_server(monitor: Monitor) -> bool:
    return isinstance(monitor.source, MonitorSource) and monitor.source.kind != "manual"


def _read(monitors: Sequence[Monitor], what: Asked) -> Mapping[Address, Reading]:
    if not monitors:
        return {}
    from flagstaff.monitors.registry import read_all

    return read_all(monitors, what, Surroundings.of_process())


@dataclass(slots=True)
class Remeasuring:
    """The monitors, times and policy of a plan, looked at again before each batch of raises.

    `missing` are monitors that can't be asked any more, with the reason. `now` is the time that counts,
    `monotonic` paces the reading, `write_down` keeps the readings that stopped something. `answered`: what people
    answered since the apply began.
    """

    plan: Plan
    monitors: Mapping[Address, Monitor]
    missing: Mapping[Address, str]
    known: Asked
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    write_down: Callable[[Sequence[Measured]], object]
    answered: Callable[[], Mapping[Address, Answer]]
    readings: Mapping[Address, Reading] = field(default_factory=dict)
    read_at: float | None = None
    _written: set[Address] = field(default_factory=set)

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        plan: Plan,
        desired: Desired,
        recorded: Recorded,
        store: StateStore,
        *,
        inputs: Inputs | None = None,
    ) -> Remeasuring:
        """`inputs`: the plan was saved, so that its monitors and their secrets are taken from the plan and the
        configuration of today; else it was just made from `desired`."""
        monitors: Mapping[Address, Monitor] = desired.monitors
        missing: Mapping[Address, str] = {}
        if inputs is not None:
            monitors, missing = _restored(workspace, plan, inputs)
        clock = workspace.clock
        frozen = {monitor: one for (_, monitor), one in sorted(recorded.baselines.items(), key=lambda item: item[0])}
        planned = {reading.monitor: reading for reading in plan.observed.readings}
        # What the plan was compared with: a baseline that is measured again would have this rollout's people in it.
        frozen |= {address: reading.baseline for address, reading in planned.items() if reading.baseline is not None}

        def write_down(facts: Sequence[Measured]) -> object:
            return append(store, facts, time=clock.now(), run=workspace.run, who=workspace.who)

        made = cls(
            plan=plan,
            monitors=monitors,
            missing=missing,
            known=Asked(plan.observed.created, frozen, recorded.answers, zone=plan.core.zone),
            now=clock.now,
            monotonic=clock.monotonic,
            write_down=write_down,
            answered=_Answers(store, store.head()),
        )
        if inputs is None:
            # Somebody may have thought about the plan for a while before they agreed to it.
            age = (clock.now() - plan.observed.created).total_seconds()
            made.readings, made.read_at = planned, clock.monotonic() - max(0.0, age)
        return made

    def stopped(self, moves: Sequence[Move]) -> Mapping[Address, str]:
        """Of raises: those that may not start now, and why. A `RaiseCheck`; raises `StateError`."""
        self._read_again()
        guards = self.plan.observed.guards
        policy = decode_guards(guards).policy if guards else Policy()
        found = stopped(self.plan, moves, self.now(), policy, {}, self.readings)
        shut = {move.stage for move in moves if move.address in found}
        self._keep({monitor for gate in self.plan.observed.gates if gate.stage in shut for monitor in gate.monitors})
        return found

    def _read_again(self) -> None:
        """Unless that was done a moment ago."""
        wanted = sorted({monitor for gate in self.plan.observed.gates for monitor in gate.monitors})
        moment = self.monotonic()
        if self.read_at is not None and moment - self.read_at < _FRESH:
            return
        now = self.now()
        readings = {
            address: Reading(address, Verdict.INCONCLUSIVE, now, self.missing.get(address, "It is not known any more."))
            for address in wanted
        }
        known = [self.monitors[address] for address in wanted if address in self.monitors]
        answers = {**self.known.answers, **self.answered()}
        self.readings = {**readings, **_read(known, replace(self.known, now=now, answers=answers))}
        self.read_at = self.monotonic()

    def _keep(self, monitors: set[Address]) -> None:
        """Write the readings down that stopped something, each once."""
        new = [
            reading
            for address, reading in sorted(self.readings.items())
            if address in monitors and address not in self._written and reading.verdict is not Verdict.PASS
        ]
        if new:
            self._written.update(reading.monitor for reading in new)
            self.write_down([Measured(reading) for reading in new])


@dataclass(slots=True)
class _Answers:
    """The answers in the journal behind `head`."""

    store: StateStore
    head: Head
    found: dict[Address, Answer] = field(default_factory=dict)

    def __call__(self) -> Mapping[Address, Answer]:
        for entry in self.store.entries(self.head or None):
            self.head = entry.hash
            fact = decode_fact(entry.kind, entry.data)
            if isinstance(fact, Answered):
                self.found[fact.answer.subject] = fact.answer
        return self.found


def _restored(
    workspace: Workspace, plan: Plan, inputs: Inputs
) -> tuple[Mapping[Address, Monitor], Mapping[Address, str]]:
    """The monitors of a saved plan, with their secrets; and why the rest can't be asked."""
    found: dict[Address, Monitor] = {}
    missing: dict[Address, str] = {}
    documents = plan.observed.monitors
    secret = any(credentials(document) for document in documents.values())
    loaded = load(workspace.directory, inputs).partial if secret else None
    declared: Mapping[Address, Monitor] = loaded.monitors if loaded is not None else {}
    for text, document in documents.items():
        address = Address.parse(text)
        try:
            monitor = read_monitor(address, document)
        except ValueError as error:
            missing[address] = f"{error}. Plan again."
            continue
        names = credentials(document)
        source = _with_secrets(monitor, declared.get(address), names)
        if source is None:
            missing[address] = (
                f"Its source needs {', '.join(names)}, which a plan never holds, and the configuration of this "
                "directory has another source for it now, or none. Plan again."
            )
        else:
            found[address] = replace(monitor, source=source)
    return found, missing


def _with_secrets(planned: Monitor, declared: Monitor | None, names: Sequence[str]) -> MonitorSource | None:
    """Secrets go only where the plan's source would have sent them."""
    source = planned.source
    assert isinstance(source, MonitorSource)
    if not names:
        return source
    here = declared.source if declared is not None else None
    if not isinstance(here, MonitorSource) or here.kind != source.kind or dict(here.settings) != dict(source.settings):
        return None
    if any(name not in here.sensitive for name in names):
        return None
    return replace(source, sensitive={name: here.sensitive[name] for name in names})
