"""Gates: what is looked at again before each batch of raises. They can only stop what a plan lets through. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo

from flagstaff.addresses import Address
from flagstaff.model.configuration import Policy
from flagstaff.model.evidence import Reading, Verdict
from flagstaff.model.recorded import Hold
from flagstaff.model.rollout import StageName
from flagstaff.model.times import moment, soonest
from flagstaff.plan.candidates import Candidate
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.plan import Move, Plan, StageMove
from flagstaff.plan.stages.calendar import frozen, is_open
from flagstaff.plan.stages.entry import Entries, Entry
from flagstaff.plan.stages.view import Gate

_TIMES = frozenset({CheckName.NOT_BEFORE, CheckName.SOAK})


def gates(stages: Iterable[StageMove], entries: Entries, candidates: Mapping[Address, Candidate]) -> tuple[Gate, ...]:
    """One for each stage that begins and asked anything: what the plan let through still has to hold then."""
    found = []
    for move in stages:
        entry = entries.of(move.stage)
        own = [c for toggle in move.moves if (c := candidates[toggle]).toggle and c.toggle.stage == move.stage]
        # One that only comes back with a later stage's moves asks nothing of its own.
        if entry is not None and not move.left and (own or not move.moves):
            found.append(_gate(entry, own))
    return tuple(found)


def _gate(entry: Entry, own: Sequence[Candidate]) -> Gate:
    found = {check for candidate in own for check in candidate.checks} if own else entry.counted
    passed = [check for check in found if check.verdict is Verdict.PASS]
    monitors = {check.of for check in passed if check.name is CheckName.MONITOR} - entry.skipped
    products = {c.toggle.product for c in own if c.toggle} if own else {entry.rollout.product}
    return Gate(
        entry.stage.name,
        max((check.earliest for check in passed if check.name in _TIMES and check.earliest), default=None),
        tuple(sorted(address for address in monitors if address)),
        toggles=tuple(candidate.address for candidate in own),
        products=tuple(sorted(product for product in products if product)),
        after=entry.relies_on,
    )


def closed(
    gates: Iterable[Gate],
    now: datetime,
    policy: Policy,
    holds: Mapping[Address, Hold],
    readings: Mapping[Address, Reading],
    zone: tzinfo,
) -> Mapping[StageName, str]:
    """Why a stage may not go on now, for those that may not; a monitor without a reading lets nothing through."""
    found: dict[StageName, str] = {}
    for gate in gates:
        why = _closed(gate, now, holds, readings, zone) or _calendar(policy, gate.products, now, zone)
        if why:
            found[gate.stage] = why
    return found


def _closed(
    gate: Gate, now: datetime, holds: Mapping[Address, Hold], readings: Mapping[Address, Reading], zone: tzinfo
) -> str:
    if gate.not_before is not None and now < gate.not_before:
        return f"not before {soonest(gate.not_before, zone)}"
    held = next((toggle for toggle in gate.toggles if toggle in holds), None)
    if held is not None:
        return f"{held} of this stage is held since the plan was made"
    for monitor in gate.monitors:
        reading = readings.get(monitor)
        if reading is None:
            return f"{monitor} was not read"
        if reading.verdict is not Verdict.PASS:
            return f"{monitor} does not pass: {reading.reason}"
    return ""


def _calendar(policy: Policy, products: Collection[Address], now: datetime, zone: tzinfo) -> str:
    for freeze in frozen(policy, products, now):
        return f'the freeze "{freeze.name}" lasts until {moment(freeze.end, zone)}'
    hours = policy.working_hours
    return "" if hours is None or is_open(hours, now) else "it is outside of working hours"


def stopped(
    plan: Plan,
    moves: Sequence[Move],
    now: datetime,
    policy: Policy,
    holds: Mapping[Address, Hold],
    readings: Mapping[Address, Reading],
) -> Mapping[Address, str]:
    """The raises among `moves` that may not start now, with the reason: those of closed stages, and whatever
    a hold, a freeze or the time of day stops.

    A freeze or a time of day that the plan lets through by a waiver stops nothing while that lasts. Whatever
    else a waiver lets through stops once it is over.
    """
    zone = plan.core.zone
    shut = closed(plan.observed.gates, now, Policy(), holds, readings, zone)
    changes = {change.address: change for change in plan.observed.changes}
    ends = {(one.subject, one.check, one.of): one.until for one in plan.core.waived}
    found = {}
    for move in moves:
        change = changes.get(move.address)
        product = change.product if change else None
        checks = tuple(check for check in change.checks if check.waived) if change else ()
        why = shut.get(move.stage, "") if move.stage else ""
        if not why and move.address in holds:
            why = f"{move.address} is held since the plan was made"
        if not why:
            why = next(
                filter(None, (_over(ends, move, check, now, zone) for check in checks if not _is_time(check))), ""
            )
        if not why and not any(_is_time(check) and not _over(ends, move, check, now, zone) for check in checks):
            why = _calendar(policy, (product,) if product else (), now, zone)
        if why:
            found[move.address] = why
    return found


def _over(
    ends: Mapping[tuple[str, CheckName, Address | None], datetime],
    move: Move,
    check: Check,
    now: datetime,
    zone: tzinfo,
) -> str:
    """That no waiver lets this check of the move through any more; "" while one does."""
    places = [(subject, of) for subject in ("policy", str(move.address), str(move.stage)) for of in (None, check.of)]
    end = max((ends[key] for subject, of in places if (key := (subject, check.name, of)) in ends), default=None)
    if end is None or end > now:
        return ""
    return f'the waiver of "{check.name}" ended at {moment(end, zone)}'


def _is_time(check: Check) -> bool:
    return check.name in {CheckName.FREEZE, CheckName.WORKING_HOURS}
