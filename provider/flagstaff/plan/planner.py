"""The planner: from desired, live and recorded to a plan. A pure function.

candidates (one by one) -> checks (one by one) -> selection -> order -> settlement -> plan
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from flagstaff.addresses import Address
from flagstaff.diagnostics import did_you_mean
from flagstaff.graph.edges import edges
from flagstaff.model.configuration import Desired
from flagstaff.model.live import Dialect, LiveExposure, Snapshot
from flagstaff.model.recorded import Recorded, ToggleRecord
from flagstaff.plan import checks, guards, polarity
from flagstaff.plan.assemble import Draft, assemble
from flagstaff.plan.candidates import (
    Candidate,
    declared_candidate,
    gone_candidate,
    refreshed_candidate,
    renames,
)
from flagstaff.plan.explain import checks as explain
from flagstaff.plan.explain import ends, met
from flagstaff.plan.gaps import check_gaps
from flagstaff.plan.inputs import Evidence, Options
from flagstaff.plan.order import waits_for
from flagstaff.plan.plan import Plan
from flagstaff.plan.selection import select
from flagstaff.plan.settle import Round, settle
from flagstaff.plan.share import limit_share

Candidates = Mapping[Address, Candidate]


@dataclass(frozen=True, slots=True)
class _Known:
    """The recorded side, under its present addresses."""

    records: Mapping[Address, ToggleRecord]
    names: Mapping[Address, Address]
    moved_from: Mapping[Address, Address]
    guards: guards.Guards | None


def make_plan(
    desired: Desired,
    snapshot: Snapshot,
    dialect: Dialect,
    recorded: Recorded,
    evidence: Evidence,
    options: Options,
) -> Plan:
    """What would be done, and why the rest would not. No side effects.

    Addresses in `options` must be toggles (or whole blocks) of the configuration or the record.
    """
    known = _known(desired, recorded)
    comparison = guards.compare(known.guards, guards.declared(desired))
    candidates = _candidates(desired, snapshot, dialect, known, options)
    lives = _lives(desired, snapshot, dialect, candidates)
    guesses = _guesses(desired, snapshot, evidence)
    draft = Draft(desired, snapshot, dialect, recorded, evidence, options, known.records, comparison, lives, guesses)
    if options.refresh_only:
        return assemble(draft, candidates, {}, frozenset())
    context = checks.Context(
        guesses=guesses,
        holds={known.names.get(address, address): hold for address, hold in recorded.holds.items()},
        guards=comparison,
        gives=polarity.negated(desired.experiences.values()),
        accept_drift=options.accept_drift,
        adopted=options.embedded or bool(recorded.lineage),
        trusted=not guards.need_trust(recorded, comparison.in_force, embedded=options.embedded),
    )
    candidates = {address: checks.check(candidate, context) for address, candidate in candidates.items()}
    pairs = [(edge.child, edge.parent) for edge in edges(desired.toggles.values())]
    pairs += [pair for pair in comparison.in_force.requirements if pair in comparison.waiting_requirements]
    order = waits_for(candidates, pairs)
    chosen = select(candidates, order, options.targets, options.excludes)
    left_out = frozenset(a for a, c in candidates.items() if a not in chosen and c.has_effect)
    candidates = {address: candidate for address, candidate in candidates.items() if address in chosen}
    order = {address: {b for b in befores if b in chosen} for address, befores in order.items() if address in chosen}
    candidates = _settled(draft, candidates, order)
    candidates = limit_share(candidates, comparison, _managed(desired, known))
    return assemble(draft, candidates, order, left_out)


def _known(desired: Desired, recorded: Recorded) -> _Known:
    names = renames(recorded, desired)
    records = {names.get(address, address): record for address, record in recorded.toggles.items()}
    old = guards.decode_guards(recorded.guards) if recorded.guards is not None else None
    return _Known(
        records=dict(sorted(records.items(), key=lambda item: item[0].sort_key)),
        names=names,
        moved_from={new: old for old, new in names.items()},
        guards=guards.renamed(old, names) if old is not None else None,
    )


def _candidates(
    desired: Desired, snapshot: Snapshot, dialect: Dialect, known: _Known, options: Options
) -> dict[Address, Candidate]:
    live = snapshot.toggles
    found: dict[Address, Candidate] = {}
    for address, toggle in desired.toggles.items():
        record = known.records.get(address)
        if options.refresh_only:
            candidate = refreshed_candidate(toggle, live.get(toggle.key), dialect, record) if record else None
        else:
            candidate = declared_candidate(toggle, live.get(toggle.key), dialect, record, known.moved_from.get(address))
        if candidate is not None:
            found[address] = candidate
    if options.refresh_only:
        return found
    removed = {block.address: block for block in desired.removed}
    for address, record in known.records.items():
        if address not in desired.toggles:
            block = removed.get(address) or removed.get(address.block)
            found[address] = gone_candidate(address, record, live.get(record.key), dialect, block)
    return dict(sorted(found.items(), key=lambda item: item[0].sort_key))


def _lives(
    desired: Desired, snapshot: Snapshot, dialect: Dialect, candidates: Candidates
) -> dict[Address, LiveExposure | None]:
    """Where every toggle that anything is known of stands now."""
    lives: dict[Address, LiveExposure | None] = {a: c.before for a, c in candidates.items()}
    for address, toggle in desired.toggles.items():
        if address not in lives:
            raw = snapshot.toggles.get(toggle.key)
            lives[address] = dialect.live(raw).exposure if raw is not None else None
    return lives


# Each guess looks at every live key; more than this many wrong keys have one cause, and it isn't spelling.
_MOST_GUESSES = 20


def _guesses(desired: Desired, snapshot: Snapshot, evidence: Evidence) -> dict[str, str]:
    """ "Did you mean" for the first of the keys that the store doesn't have: a live key, or one that is listed."""
    missing = (t.key for t in desired.toggles.values() if t.key not in snapshot.toggles and not t.create)
    return {key: _guess(key, snapshot, evidence) for key in islice(missing, _MOST_GUESSES)}


def _guess(key: str, snapshot: Snapshot, evidence: Evidence) -> str:
    live = did_you_mean(key, snapshot.toggles)
    if live or key in evidence.listed:
        return live
    listed = did_you_mean(key, evidence.listed)
    return f"{listed.removesuffix('?')}, which the catalogue lists?" if listed else ""


def _managed(desired: Desired, known: _Known) -> int:
    declared = {address for address, toggle in desired.toggles.items() if toggle.exposure is not None}
    return len(declared | known.records.keys())


def _settled(draft: Draft, candidates: Candidates, order: Mapping[Address, set[Address]]) -> dict[Address, Candidate]:
    """Stop what can't go because of another, with the reason."""
    wanted = tuple(guards.declared(draft.desired).requirements.values())
    in_force = tuple(draft.comparison.in_force.requirements.values())
    candidates = check_gaps(candidates, draft.lives, in_force)
    settlement = settle(candidates, draft.lives, order, wanted, in_force)
    where = ends(settlement, wanted, in_force, draft.comparison.waiting_requirements)
    result = dict(candidates)
    for address, stop in settlement.stops.items():
        candidate = result[address]
        for check in explain(address, stop, where):
            candidate = candidate.with_check(check, capped=stop.round is Round.CAPPED)
        result[address] = candidate
    for address, candidate in result.items():
        if candidate.up and settlement.goes(address):
            result[address] = replace(candidate, checks=(*candidate.checks, *met(candidate, where)))
    return result
