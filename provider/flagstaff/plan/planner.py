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
from flagstaff.model.recorded import Hold, Recorded, ToggleRecord
from flagstaff.plan import checks, guards, polarity
from flagstaff.plan.assemble import Draft, assemble
from flagstaff.plan.candidates import (
    Candidate,
    declared_candidate,
    gone_candidate,
    refreshed_candidate,
    renames,
)
from flagstaff.plan.explain import Ends, ends, met
from flagstaff.plan.explain import checks as explain
from flagstaff.plan.gaps import check_gaps
from flagstaff.plan.inputs import Detail, Evidence, Options
from flagstaff.plan.order import waits_for
from flagstaff.plan.plan import Plan
from flagstaff.plan.selection import select
from flagstaff.plan.settle import Round, settle
from flagstaff.plan.share import limit_share
from flagstaff.plan.stages.clock import Now
from flagstaff.plan.stages.entry import entries
from flagstaff.plan.stages.staging import staged
from flagstaff.plan.together import check_groups, grouped
from flagstaff.plan.waivers import Allowances, allowances, waive_all, waive_requirement, waived_stops

Candidates = Mapping[Address, Candidate]


@dataclass(frozen=True, slots=True)
class _Known:
    """The recorded side, under its present addresses."""

    records: Mapping[Address, ToggleRecord]
    names: Mapping[Address, Address]
    moved_from: Mapping[Address, Address]
    guards: guards.Guards | None
    holds: Mapping[Address, Hold]


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
    desired = staged(desired, recorded)
    options = _with_population(desired, options)
    known = _known(desired, recorded)
    comparison = guards.compare(known.guards, guards.declared(desired), evidence.now)
    candidates = _candidates(desired, snapshot, dialect, known, options)
    lives = _lives(desired, snapshot, dialect, candidates)
    guesses = _guesses(desired, snapshot, evidence)
    waivers = allowances(desired, comparison.in_force, evidence.now)
    now = Now(evidence.now, desired, snapshot, lives, known.records, known.holds, known.names)
    stages = entries(now, recorded, evidence, comparison.in_force, waivers.policy)
    draft = Draft(
        desired, snapshot, dialect, recorded, evidence, options, known.records, comparison, lives, guesses, stages
    )
    if options.refresh_only:
        return assemble(draft, candidates, {}, frozenset())
    context = _context(draft, known)
    candidates = {address: checks.check(candidate, context) for address, candidate in candidates.items()}
    candidates = {address: waive_all(candidate, waivers.of(address)) for address, candidate in candidates.items()}
    candidates = grouped(candidates, desired, transactional=options.transactional)
    order = waits_for(candidates, _pairs(desired, comparison))
    chosen = select(candidates, order, options.targets, options.excludes)
    left_out = frozenset(a for a, c in candidates.items() if a not in chosen and c.has_effect)
    candidates = {address: candidate for address, candidate in candidates.items() if address in chosen}
    order = {address: {b for b in befores if b in chosen} for address, befores in order.items() if address in chosen}
    candidates, order = check_groups(candidates, order)
    candidates = _settled(draft, candidates, order, waivers)
    candidates = limit_share(candidates, comparison, _managed(desired, known), waivers.policy)
    return _with_audience(assemble(draft, candidates, order, left_out), draft)


def _pairs(desired: Desired, comparison: guards.Comparison) -> list[tuple[Address, Address]]:
    """(child, parent) of what is declared, and of the requirements that stay in force until a role agrees."""
    pairs = [(edge.child, edge.parent) for edge in edges(desired.toggles.values())]
    return pairs + [pair for pair in comparison.in_force.requirements if pair in comparison.waiting_requirements]


def _with_population(desired: Desired, options: Options) -> Options:
    if options.audience is Detail.NONE or options.refresh_only:
        return replace(options, population=None)
    from flagstaff.plan.people.audience import with_population  # noqa: PLC0415 - needs numpy

    return with_population(options, desired)


def _with_audience(plan: Plan, draft: Draft) -> Plan:
    if draft.options.population is None:
        return plan
    from flagstaff.plan.people.audience import with_audience  # noqa: PLC0415 - needs numpy

    return with_audience(plan, draft)


def _with_figures(where: Ends, draft: Draft) -> Ends:
    if draft.options.population is None:
        return where
    from flagstaff.plan.people.audience import lacking  # noqa: PLC0415 - needs numpy

    return replace(where, lacking=lacking(draft, where))


def _known(desired: Desired, recorded: Recorded) -> _Known:
    names = renames(recorded, desired)
    records = {names.get(address, address): record for address, record in recorded.toggles.items()}
    old = guards.decode_guards(recorded.guards) if recorded.guards is not None else None
    return _Known(
        records=dict(sorted(records.items(), key=lambda item: item[0].sort_key)),
        names=names,
        moved_from={new: old for old, new in names.items()},
        guards=guards.renamed(old, names) if old is not None else None,
        holds={names.get(address, address): hold for address, hold in recorded.holds.items()},
    )


def _context(draft: Draft, known: _Known) -> checks.Context:
    desired, options = draft.desired, draft.options
    trusts = guards.need_trust(draft.recorded, draft.comparison.in_force, embedded=options.embedded)
    return checks.Context(
        guesses=draft.guesses,
        holds=known.holds,
        guards=draft.comparison,
        gives=polarity.negated(desired.experiences.values()),
        accept_drift=options.accept_drift,
        adopted=options.embedded or _adopted(draft.recorded),
        trusted=not trusts,
        entries=draft.entries,
        now=draft.evidence.now,
        zone=desired.settings.zone,
    )


def _adopted(recorded: Recorded) -> bool:
    """Whether somebody took the store over. A rollback before that leaves a state which only knows what it lowered."""
    only_held = bool(recorded.toggles) and recorded.toggles.keys() <= recorded.holds.keys()
    return bool(recorded.lineage) and not (recorded.applied is None and only_held)


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


def _settled(
    draft: Draft, candidates: Candidates, order: Mapping[Address, set[Address]], waivers: Allowances
) -> dict[Address, Candidate]:
    """Stop what can't go because of another, with the reason."""
    wanted = tuple(guards.declared(draft.desired).requirements.values())
    in_force = tuple(draft.comparison.in_force.requirements.values())
    result = check_gaps(candidates, draft.lives, in_force)
    while True:
        settlement = settle(result, draft.lives, order, wanted, in_force)
        let = waived_stops(settlement, waivers)
        if not let:
            break
        for address, requirement, allowance in let:
            result[address] = waive_requirement(result[address], requirement, allowance)
        pairs = {(requirement.child, requirement.parent) for _, requirement, _ in let}
        wanted, in_force = (tuple(r for r in rules if (r.child, r.parent) not in pairs) for rules in (wanted, in_force))
    where = _with_figures(ends(settlement, wanted, in_force, draft.comparison.waiting_requirements), draft)
    for address, stop in settlement.stops.items():
        candidate = result[address]
        for check in explain(address, stop, where):
            candidate = candidate.with_check(check, capped=stop.round is Round.CAPPED)
        result[address] = candidate
    for address, candidate in result.items():
        if candidate.up and settlement.goes(address):
            result[address] = replace(candidate, checks=(*candidate.checks, *met(candidate, where)))
    return result
