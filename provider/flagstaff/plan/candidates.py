"""Candidates: what each toggle would become, one by one, before anything about others is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired, Removed, Toggle
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Dialect, Live, LiveExposure, Raw, Refusal, Step, Target
from flagstaff.model.recorded import Recorded, ToggleRecord
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.plan import Action, DriftKind, Status, Waived

# Stands for "nobody can agree": the role in question names nobody.
NOBODY: Final = Address("role", "none")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One toggle on its way into the plan.

    `toggle` is None where the configuration has none any more. `checks` collect what was found;
    `status` follows from them. `capped`: pending, and not to be done by this plan whoever agrees. `group`: those
    with the same name go together.
    """

    address: Address
    key: str
    action: Action
    live: Live
    toggle: Toggle | None = None
    wanted: Exposure | None = None
    record: ToggleRecord | None = None
    drift: DriftKind | None = None
    steps: tuple[Step, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    status: Status = Status.ALLOWED
    capped: bool = False
    consent: bool = False
    approvals: tuple[Address, ...] = ()
    group: str = ""
    waived: tuple[Waived, ...] = ()
    moved_from: Address | None = None

    @property
    def has_effect(self) -> bool:
        """Whether anything would be done, be it in the state only."""
        return self.action is not Action.NO_OP

    @property
    def goes(self) -> bool:
        """Whether this plan does it, at once or after somebody's yes."""
        return self.has_effect and self.status is not Status.BLOCKED and not self.capped

    @property
    def drift_expected(self) -> bool:
        """Whether its environment changes it by itself, and is known to."""
        return self.toggle is not None and self.toggle.expect_drift

    @property
    def exists(self) -> bool:
        return self.live.raw is not None

    @property
    def before(self) -> LiveExposure | None:
        return self.live.exposure if self.exists else None

    @property
    def up(self) -> bool:
        """Whether it reaches more people. What no exposure describes counts as 0 on the way up."""
        if not self.action.writes or self.wanted is None:
            return False
        return _level(self.live.exposure, other=0) < self.wanted.level

    @property
    def down(self) -> bool:
        """Whether it reaches fewer; what no exposure describes counts as all, on the way to 0."""
        return self.action.writes and not self.up

    def with_check(self, check: Check, *, capped: bool = False) -> Candidate:
        """The same with one more finding; the worst of them decides the status."""
        return replace(self.rejudged((*self.checks, check)), capped=self.capped or capped)

    def rejudged(self, checks: tuple[Check, ...]) -> Candidate:
        """The same with these findings instead of its own."""
        verdicts = {check.verdict for check in checks}
        if verdicts - {Verdict.PASS, Verdict.PENDING}:
            status = Status.BLOCKED
        else:
            status = Status.PENDING if Verdict.PENDING in verdicts else Status.ALLOWED
        return replace(self, checks=checks, status=status)


def _level(exposure: LiveExposure, other: int) -> int:
    return exposure.level if isinstance(exposure, Exposure) else other


def drift_of(record: ToggleRecord, live: Live) -> DriftKind | None:
    """How the live toggle differs from what was last applied."""
    if live.raw is None:
        return DriftKind.GONE
    match live.exposure:
        case Exposure() as exposure:
            if exposure == record.exposure:
                return None
            return DriftKind.ABOVE if exposure > record.exposure else DriftKind.BELOW
        case _:
            return DriftKind.OTHER


def declared_candidate(
    toggle: Toggle, raw: Raw | None, dialect: Dialect, record: ToggleRecord | None, moved_from: Address | None
) -> Candidate | None:
    """What a toggle of the configuration becomes; None where it is only known, and not ours."""
    live = dialect.live(raw)
    if toggle.exposure is None:
        return _disowned(toggle, live, record, moved_from)
    same = record if record and record.key == toggle.key else None
    candidate = Candidate(
        address=toggle.address,
        key=toggle.key,
        action=Action.NO_OP,
        live=live,
        toggle=toggle,
        record=same,
        drift=drift_of(same, live) if same else None,
        notes=_key_note(toggle, record),
        moved_from=moved_from,
    )
    if isinstance(toggle.exposure, OpenDecision):
        return replace(candidate, action=Action.MOVE if moved_from and same else Action.NO_OP)
    return _towards(replace(candidate, wanted=toggle.exposure), toggle, toggle.exposure, dialect)


def _disowned(toggle: Toggle, live: Live, record: ToggleRecord | None, moved_from: Address | None) -> Candidate | None:
    if record is None:
        return None
    note = "no exposure is declared any more; the live toggle is left as it is"
    return Candidate(
        toggle.address, record.key, Action.FORGET, live, toggle, record=record, notes=(note,), moved_from=moved_from
    )


def _key_note(toggle: Toggle, record: ToggleRecord | None) -> tuple[str, ...]:
    if record is None or record.key == toggle.key:
        return ()
    return (f"the key was {record.key}; another key draws other people, and the old live toggle is left as it is",)


def _towards(candidate: Candidate, toggle: Toggle, wanted: Exposure, dialect: Dialect) -> Candidate:
    """Choose the action and compile its steps."""
    live, record = candidate.live, candidate.record
    if candidate.exists and _as_declared(live.exposure, toggle, wanted):
        if record is None or record.exposure != live.exposure:
            return replace(candidate, action=Action.ADOPT)
        return replace(candidate, action=Action.MOVE if candidate.moved_from else Action.NO_OP)
    if not candidate.exists and not toggle.create:
        if wanted.is_off:
            return replace(candidate, action=Action.NO_OP)
        return replace(candidate, action=Action.RAISE)
    steps = dialect.compile(live, Target(toggle.key, wanted, create=toggle.create))
    candidate = replace(candidate, action=_action(candidate, wanted))
    if isinstance(steps, Refusal):
        return candidate.with_check(
            Check(
                CheckName.STORE,
                Verdict.FAIL,
                steps.summary,
                steps.detail,
                toggle.exposure_range,
                ways_out=steps.ways_out,
            )
        )
    return replace(candidate, steps=steps)


def _as_declared(live: LiveExposure, toggle: Toggle, wanted: Exposure) -> bool:
    """Anything from `at_least` up to it will do."""
    return isinstance(live, Exposure) and (toggle.at_least or wanted) <= live <= wanted


def _action(candidate: Candidate, wanted: Exposure) -> Action:
    before = candidate.live.exposure
    if not candidate.exists:
        return Action.CREATE
    if wanted.is_on:
        return Action.SWITCH_ON
    if isinstance(before, Exposure):
        if before.is_on:
            return Action.SWITCH_OFF
        return Action.RAISE if wanted > before else Action.LOWER
    return Action.LOWER if wanted.is_off else Action.RAISE


def gone_candidate(
    address: Address, record: ToggleRecord, raw: Raw | None, dialect: Dialect, removed: Removed | None
) -> Candidate:
    """What becomes of a recorded toggle that the configuration has no block for any more."""
    live = dialect.live(raw)
    if removed is None or not removed.delete or raw is None:
        note = "the live toggle is left as it is" if raw is not None else "the live toggle is gone already"
        return Candidate(address, record.key, Action.FORGET, live, record=record, notes=(note,))
    candidate = Candidate(address, record.key, Action.DELETE, live, record=record, wanted=OFF)
    steps = dialect.compile(live, Target(record.key, OFF, delete=True))
    if isinstance(steps, Refusal):
        return candidate.with_check(
            Check(CheckName.STORE, Verdict.FAIL, steps.summary, steps.detail, removed.range, ways_out=steps.ways_out)
        )
    return replace(candidate, steps=steps)


def refreshed_candidate(toggle: Toggle, raw: Raw | None, dialect: Dialect, record: ToggleRecord) -> Candidate | None:
    """`-refresh-only`: the record follows the live toggle; None where they agree or nothing can say it."""
    live = dialect.live(raw)
    drift = drift_of(record, live)
    if drift is None:
        return None
    wanted = live.exposure if isinstance(live.exposure, Exposure) else None
    action = Action.ADOPT if wanted not in {None, record.exposure} else Action.NO_OP
    return Candidate(toggle.address, record.key, action, live, toggle, wanted, record, drift)


def renames(recorded: Recorded, desired: Desired) -> dict[Address, Address]:
    """From the recorded address to the present one, for every toggle that has another address now.

    By its `moved` blocks; else by the live key: what is recorded and held of a live toggle
    restrains it under every name.
    """
    moved = {block.source: block.target for block in desired.moved}
    found: dict[Address, Address] = {}
    taken = set(recorded.toggles)
    for address in recorded.toggles:
        target = _moved_to(address, moved, recorded)
        if target not in taken:
            found[address] = target
            taken.add(target)
    by_key = {toggle.key: toggle.address for toggle in desired.toggles.values() if toggle.address not in taken}
    for address, record in recorded.toggles.items():
        if address not in found and address not in desired.toggles and record.key in by_key:
            found[address] = by_key.pop(record.key)
    return found


def _moved_to(address: Address, moved: Mapping[Address, Address], recorded: Recorded) -> Address:
    """Where `moved` blocks lead, one after the other; that of a whole block takes its instances along."""
    passed: set[Address] = set()
    while address not in passed:
        passed.add(address)
        target = moved.get(address)
        if target is None and address.block in moved and address.index is not None:
            target = moved[address.block].instance(address.index)
        if target is None or target in recorded.toggles:
            break
        address = target
    return address
