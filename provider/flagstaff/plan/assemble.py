"""Assembling: settled candidates become a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostic, Severity
from flagstaff.graph.edges import edges
from flagstaff.model.configuration import Desired, Requirement
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Dialect, LiveExposure, Snapshot
from flagstaff.model.recorded import Recorded, Standing, ToggleRecord
from flagstaff.plan.applied.rollouts import monitor_document
from flagstaff.plan.applied.written import applied, target
from flagstaff.plan.candidates import Candidate
from flagstaff.plan.drift import cause, gate_changes, standing_of
from flagstaff.plan.guards import Comparison, encode_guards, fingerprint, need_trust
from flagstaff.plan.inputs import Evidence, Options
from flagstaff.plan.plan import (
    Action,
    Broken,
    Change,
    Core,
    Drift,
    DriftKind,
    Move,
    Observed,
    Plan,
    Precondition,
    RecordChange,
    StageMove,
    Status,
    Unmanaged,
    Waived,
)
from flagstaff.plan.requirements import by_toggle, holds, needed
from flagstaff.plan.stages.entry import Entries
from flagstaff.plan.stages.gates import gates
from flagstaff.plan.stages.overview import rollout_views
from flagstaff.plan.stages.staging import stage_moves
from flagstaff.plan.stages.warnings import stage_warnings
from flagstaff.plan.unmanaged import unmanaged
from flagstaff.plan.waivers import expired

Candidates = Mapping[Address, Candidate]


@dataclass(frozen=True, slots=True)
class Draft:
    """All that went into a plan, while it is made."""

    desired: Desired
    snapshot: Snapshot
    dialect: Dialect
    recorded: Recorded
    evidence: Evidence
    options: Options
    records: Mapping[Address, ToggleRecord]
    comparison: Comparison
    lives: Mapping[Address, LiveExposure | None]
    guesses: Mapping[str, str]
    entries: Entries


def assemble(
    draft: Draft, candidates: Candidates, order: Mapping[Address, set[Address]], left_out: Collection[Address]
) -> Plan:
    """The plan, sorted by address throughout."""
    moves = tuple(_move(draft, c, order) for c in candidates.values() if c.goes and c.action.writes)
    document, guards, agreed = _in_force(draft)
    stages = () if draft.options.refresh_only else stage_moves(draft.entries, candidates, draft.lives, draft.options)
    core = Core(
        environment=draft.desired.settings.environment,
        provider=draft.options.provider,
        lineage=draft.recorded.lineage,
        target=target(draft.desired),
        guards=fingerprint(guards, agreed),
        moves=moves,
        records=tuple(record for c in candidates.values() for record in _records(c)),
        preconditions=_preconditions(draft, moves),
        guard_changes=() if draft.options.refresh_only else draft.comparison.changes,
        stages=stages,
        waived=_waived(candidates, draft.entries.waived(stages)),
    )
    observed = _observed(draft, candidates, left_out, stages)
    return Plan(core, replace(observed, applied=document, guards=guards, agreed=agreed))


def _observed(
    draft: Draft, candidates: Candidates, left_out: Collection[Address], stages: tuple[StageMove, ...]
) -> Observed:
    desired, recorded = draft.desired, draft.recorded
    closing = gates(stages, draft.entries, candidates)
    return Observed(
        created=draft.evidence.now,
        tool=draft.evidence.tool,
        serial=recorded.serial,
        read_at=draft.snapshot.read_at,
        taken_at=draft.snapshot.taken_at,
        production=desired.settings.production,
        known=len(desired.toggles),
        managed=sum(toggle.exposure is not None for toggle in desired.toggles.values()),
        changes=tuple(_change(c) for c in candidates.values()),
        drift=_drift(draft, candidates),
        broken=_broken(draft, candidates),
        left_out=tuple(sorted(left_out)),
        open_decisions=desired.open_decisions,
        warnings=_warnings(draft, candidates, stages),
        products={str(address): product.title for address, product in desired.products.items()},
        refresh_only=draft.options.refresh_only,
        outputs_before=(recorded.applied or {}).get("outputs", {}),
        standings=_standings(draft, candidates),
        unmanaged=_unmanaged(draft) if draft.options.unmanaged else None,
        rollouts=rollout_views(desired, draft.entries),
        readings=tuple(reading for _, reading in sorted(draft.evidence.readings.items())),
        gates=closing,
        monitors={
            str(address): monitor_document(desired.monitors[address])
            for address in sorted({monitor for gate in closing for monitor in gate.monitors})
        },
        author=draft.evidence.author,
        levels=_levels(draft),
        variables=desired.variables,
    )


def _levels(draft: Draft) -> Mapping[str, LiveExposure]:
    linked = {end for edge in edges(draft.desired.toggles.values()) for end in (edge.child, edge.parent)}
    return {str(address): live for address in sorted(linked) if (live := draft.lives.get(address)) is not None}


def _standings(draft: Draft, candidates: Candidates) -> Mapping[str, Standing]:
    adopted = (c for c in candidates.values() if c.goes and c.action is Action.ADOPT)
    found = {str(c.address): standing_of(c.live.raw, draft.dialect) for c in adopted}
    return {address: standing for address, standing in found.items() if standing is not None}


def _unmanaged(draft: Draft) -> tuple[Unmanaged, ...]:
    toggles, records = draft.desired.toggles.values(), draft.recorded.toggles.values()
    return unmanaged(toggles, records, draft.snapshot, draft.dialect)


def _in_force(draft: Draft) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]:
    """What the state records as in force afterwards: what is applied, the guards, and those that need agreement.

    `-refresh-only` takes over what is there.

    No guards, where `init -trust` has not recorded the first ones and the store is a real one.
    """
    recorded = draft.recorded
    in_force = draft.comparison.in_force
    waits = need_trust(recorded, in_force, embedded=draft.options.embedded)
    guards = {} if waits else encode_guards(in_force)
    if draft.options.refresh_only:
        return recorded.applied or applied(draft.desired), recorded.guards or guards, {}
    agreed = draft.comparison.agreed
    return applied(draft.desired), guards, {} if agreed is None else encode_guards(agreed)


def _move(draft: Draft, candidate: Candidate, order: Mapping[Address, set[Address]]) -> Move:
    deleted = candidate.action is Action.DELETE
    return Move(
        address=candidate.address,
        key=candidate.key,
        action=candidate.action,
        before=candidate.before,
        after=None if deleted else candidate.wanted,
        steps=candidate.steps,
        gates=draft.dialect.gates(candidate.live.raw),
        waits_for=tuple(sorted(order.get(candidate.address, ()))),
        consent=candidate.consent,
        approvals=candidate.approvals,
        group=candidate.group,
        stage=candidate.toggle.stage if candidate.toggle else None,
    )


def _waived(candidates: Candidates, of_stages: Iterable[Waived]) -> tuple[Waived, ...]:
    """What this plan lets through, each waiver once."""
    used = {waived for candidate in candidates.values() if candidate.goes for waived in candidate.waived}
    used.update(of_stages)
    return tuple(sorted(used, key=lambda one: (one.subject, one.check, str(one.of), one.until, one.reason)))


def _records(candidate: Candidate) -> tuple[RecordChange, ...]:
    """What changes in the state only. A renamed toggle's record follows it, whatever becomes of its exposure."""
    recorded = candidate.goes and not candidate.action.writes
    if not recorded and candidate.moved_from is None:
        return ()
    exposure = candidate.live.exposure if candidate.action is Action.ADOPT else None
    return (
        RecordChange(
            address=candidate.address,
            key=candidate.record.key if candidate.record and not recorded else candidate.key,
            action=candidate.action if recorded else Action.MOVE,
            exposure=exposure if isinstance(exposure, Exposure) else None,
            moved_from=candidate.moved_from,
        ),
    )


def _preconditions(draft: Draft, moves: tuple[Move, ...]) -> tuple[Precondition, ...]:
    """Of each moved toggle, and of every toggle joined to it by a requirement."""
    joined = by_toggle(_requirements(draft))
    wanted = {move.address: move.key for move in moves}
    for move in moves:
        for requirement in joined.get(move.address, ()):
            for other in (requirement.child, requirement.parent):
                toggle = draft.desired.toggles.get(other)
                if other not in wanted and toggle is not None:
                    wanted[other] = toggle.key
    return tuple(
        Precondition(
            address=address,
            key=wanted[address],
            live=draft.lives.get(address),
            recorded=draft.records.get(address),
            hold=hold.id if (hold := draft.recorded.holds.get(address)) else None,
        )
        for address in sorted(wanted)
    )


def _requirements(draft: Draft) -> tuple[Requirement, ...]:
    return tuple(draft.comparison.in_force.requirements.values())


def _change(candidate: Candidate) -> Change:
    gone = candidate.action in {Action.DELETE, Action.FORGET}
    toggle, record = candidate.toggle, candidate.record
    after: LiveExposure | None = candidate.before
    if candidate.action.writes:
        after = candidate.wanted
    return Change(
        address=candidate.address,
        key=candidate.key,
        action=candidate.action,
        status=candidate.status,
        before=candidate.before,
        after=None if gone else after,
        wanted=candidate.wanted,
        recorded=record.exposure if record else None,
        product=toggle.product if toggle else None,
        testers=len(candidate.live.testers),
        checks=candidate.checks,
        notes=candidate.notes,
        range=(toggle.exposure_range or toggle.range) if toggle else None,
        moved_from=candidate.moved_from,
    )


def _drift(draft: Draft, candidates: Candidates) -> tuple[Drift, ...]:
    return tuple(
        _drifted(draft, candidate, candidate.record, candidate.drift)
        for candidate in candidates.values()
        if candidate.drift is not None and candidate.record is not None
    )


def _drifted(draft: Draft, candidate: Candidate, record: ToggleRecord, kind: DriftKind) -> Drift:
    then, now = record.standing, standing_of(candidate.live.raw, draft.dialect)
    return Drift(
        address=candidate.address,
        key=candidate.key,
        kind=kind,
        recorded=record.exposure,
        live=candidate.before,
        consequence=_consequence(draft, candidate),
        gates=gate_changes(then.gates, now.gates) if then and now else (),
        testers=now.testers - then.testers if then and now else None,
        cause=cause(
            then, now, candidate.live, _written_since(draft, candidate.key, record), draft.desired.settings.zone
        ),
        expected=candidate.drift_expected,
    )


def _written_since(draft: Draft, key: str, record: ToggleRecord) -> datetime | None:
    """When the store says that the toggle was last written, unless that was by us."""
    at, ours = draft.snapshot.changed_at.get(key), record.last_write_at
    return None if at is None or (ours is not None and at <= ours) else at


def _consequence(draft: Draft, candidate: Candidate) -> str:
    """What comes of a drift in this plan."""
    if draft.options.refresh_only:
        if candidate.action is Action.ADOPT:
            return "the record follows the live value"
        if candidate.wanted is not None:
            return f"recorded at {candidate.wanted} already"
        return "no exposure says this, so the record stays"
    if candidate.action is Action.ADOPT:
        return "this is what is declared: taken into the record"
    if candidate.capped and candidate.drift in {DriftKind.BELOW, DriftKind.GONE}:
        return "held: not turned up again by Flagstaff"
    if candidate.consent:
        return "lowered only with a separate yes, or -accept-drift"
    if candidate.capped or candidate.status is Status.BLOCKED:
        return "left as it is"
    if candidate.action is Action.CREATE:
        return f"made again, at {candidate.wanted}"
    if candidate.up:
        return f"goes on from there to {candidate.wanted}"
    if candidate.down:
        return f"lowered to {candidate.wanted}"
    return "left as it is"


def _broken(draft: Draft, candidates: Candidates) -> tuple[Broken, ...]:
    """Requirements that do not hold now, and whether this plan mends them."""
    found = []
    for requirement in _requirements(draft):
        child, parent = draft.lives.get(requirement.child), draft.lives.get(requirement.parent)
        if child is None or holds(requirement, child, parent):
            continue
        ends = [_end(draft, candidates, address) for address in (requirement.child, requirement.parent)]
        found.append(
            Broken(
                child=requirement.child,
                parent=requirement.parent,
                child_live=child,
                parent_live=parent,
                at_least=needed(requirement, child),
                reason=requirement.reason,
                range=requirement.range,
                repaired=holds(requirement, *ends),
            )
        )
    return tuple(found)


def _end(draft: Draft, candidates: Candidates, address: Address) -> LiveExposure | None:
    candidate = candidates.get(address)
    goes = candidate is not None and candidate.action.writes and candidate.status is Status.ALLOWED
    return candidate.wanted if candidate is not None and goes else draft.lives.get(address)


def _warnings(draft: Draft, candidates: Candidates, stages: tuple[StageMove, ...]) -> tuple[Diagnostic, ...]:
    """Waivers that are over, and toggles that the store does not have, where nothing else says it."""
    live = draft.snapshot.toggles
    found = list(expired(draft.desired, draft.evidence.now))
    found += stage_warnings(draft.desired, draft.entries, candidates, stages)
    for address, toggle in draft.desired.toggles.items():
        candidate = candidates.get(address)
        if toggle.key in live or toggle.create or (candidate is not None and candidate.action.writes):
            continue
        found.append(
            Diagnostic(
                Severity.WARNING,
                "Toggle not in the live store",
                f'The live store has no toggle with the key "{toggle.key}".' + draft.guesses.get(toggle.key, ""),
                toggle.key_range,
                context=str(address),
                address=str(address),
            )
        )
    return tuple(found)
