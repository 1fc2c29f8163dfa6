"""Who a plan affects: its moves as a question, and the answer as a part of the plan.

It needs numpy, so the planner imports it only where somebody asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from flagstaff.addresses import Address
from flagstaff.audience.advice import advise
from flagstaff.audience.analysis import analyse
from flagstaff.audience.question import Course, Question
from flagstaff.audience.results import Audience, Breach, Share
from flagstaff.model.configuration import Desired, Requirement
from flagstaff.model.exposure import OFF
from flagstaff.model.live import LiveExposure, Unrepresentable
from flagstaff.plan.assemble import Draft
from flagstaff.plan.explain import Ends
from flagstaff.plan.inputs import Detail, Options
from flagstaff.plan.order import batches
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.people.asking import made_up, mentions, question, standing, titles
from flagstaff.plan.people.warnings import audience_warnings
from flagstaff.plan.plan import Move, Plan
from flagstaff.plan.settle import Unmet
from flagstaff.plan.stages.meaning import former_meaning

# Moments of a long plan that are looked at, so that a requirement doesn't cost one for each of a hundred batches.
_MOST_MOMENTS: Final = 12


def with_population(options: Options, desired: Desired) -> Options:
    """Made-up people where nobody brought any."""
    return options if options.population is not None else replace(options, population=made_up(desired))


def with_audience(plan: Plan, draft: Draft) -> Plan:
    """The plan with who is affected by it, and what to be warned of.

    Raises what reading the population raises.
    """
    moves, full = plan.core.moves, draft.options.audience is Detail.FULL
    population = draft.options.population
    if population is None or not (moves or full):
        return plan
    asked = _question(draft, batches(moves), full=full)
    audience = analyse(asked, population)
    if audience is None:
        return plan
    moved = frozenset(move.address for move in moves)
    advice = tuple(one for one in advise(asked, population) if full or moved & set(one.others))
    observed = plan.observed
    return replace(
        plan,
        observed=replace(
            observed,
            affected=Affected(
                audience if full else _short(audience, moved), advice, titles(draft.desired, asked), full
            ),
            warnings=(*observed.warnings, *audience_warnings(audience, moved)),
        ),
    )


def lacking(draft: Draft, ends: Ends) -> Mapping[tuple[Address, Address], Share]:
    """For each requirement that stops a raise: of those who would have the child, those who would lack the parent."""
    population, settlement = draft.options.population, ends.settlement
    unmet: list[Requirement] = []
    for address, stop in settlement.stops.items():
        if isinstance(stop.reason, Unmet):
            unmet += ends.unmet_by(address, stop.round) or stop.reason.requirements
    if population is None or not unmet:
        return {}
    known = {address for r in unmet for address in (r.child, r.parent) if address in draft.desired.toggles}
    now = standing(draft.desired, draft.snapshot, draft.dialect, known)
    courses = {a: replace(course, exposures=(settlement.at(a) or OFF,)) for a, course in now.items()}
    for child in {r.child for r in unmet}:
        # Also a prerequisite itself, and then not where it would be.
        wanted = settlement.candidates[child].wanted or OFF
        courses[_raised(child)] = replace(now[child], address=_raised(child), exposures=(wanted,))
    asked_of = tuple(replace(r, child=_raised(r.child)) for r in unmet)
    asked = Question(draft.dialect, courses, products=draft.desired.products, requirements=asked_of, moments=("then",))
    audience = analyse(asked, population)
    breaches = audience.requirements if audience else ()
    shares = {(one.child, one.parent): _of_those(one) for one in breaches}
    return {
        (r.child, r.parent): share for r in unmet if (share := shares.get((_raised(r.child), r.parent))) is not None
    }


def _raised(child: Address) -> Address:
    """The toggle as if it had got where it wants to."""
    return replace(child, kind="raised")


def _of_those(breach: Breach) -> Share | None:
    having, lack = breach.having[-1], breach.lacking[-1]
    if having is None or lack is None or not having.count:
        return None
    return Share(lack.count, having.count, having.number, having.exact and lack.exact)


def _question(draft: Draft, batched: Sequence[Sequence[Move]], *, full: bool) -> Question:
    moved = {move.address: move for batch in batched for move in batch}
    desired, toggles = draft.desired, draft.desired.toggles
    requirements = tuple(
        r
        for r in draft.comparison.in_force.requirements.values()
        if full or r.child in moved or r.parent in moved or not _is_off(draft.lives.get(r.child))
    )
    rollouts = tuple(r for r in desired.rollouts.values() if full or moved.keys() & set(r.toggles))
    known = {*moved, *mentions(desired), *(toggle for r in rollouts for toggle in r.toggles)}
    known |= {address for r in requirements for address in (r.child, r.parent)} | (toggles.keys() if full else set())
    courses = standing(desired, draft.snapshot, draft.dialect, known & toggles.keys(), draft.records)
    for address in sorted(moved.keys() - toggles.keys()):
        gone = moved[address].before or OFF
        courses[address] = Course(address, moved[address].key, (gone, gone))
    seen = _Moments.of(len(batched))
    arrives = {move.address: seen.at(number) for number, batch in enumerate(batched) for move in batch}
    courses = {
        address: replace(
            course,
            exposures=_way(course, moved.get(address), arrives.get(address, 0), len(seen.names)),
            same_meaning=_means_the_same(draft, address),
        )
        for address, course in courses.items()
    }
    return question(desired, draft.dialect, courses, seen.names, requirements, rollouts)


@dataclass(frozen=True, slots=True)
class _Moments:
    """Now, after batches, at the end: each batch, or of many every `stride`th."""

    names: tuple[str, ...]
    stride: int

    @classmethod
    def of(cls, batches: int) -> _Moments:
        stride = max(1, -(-batches // _MOST_MOMENTS))
        between = tuple(f"after batch {number}" for number in range(stride, batches, stride))
        return cls(("now", *between, "after"), stride)

    def at(self, batch: int) -> int:
        """The moment at which a batch, counted from 0, is done."""
        return batch // self.stride + 1


def _way(course: Course, move: Move | None, arrives: int, moments: int) -> tuple[LiveExposure, ...]:
    now, then = course.exposures
    if move is None:
        return (now, *[then] * (moments - 1))
    return (now, *[then] * (arrives - 1), *[move.after or OFF] * (moments - arrives))


def _is_off(exposure: LiveExposure | None) -> bool:
    return exposure is None or (not isinstance(exposure, Unrepresentable) and exposure.is_off)


def _means_the_same(draft: Draft, address: Address) -> bool:
    """As the note on the change has it."""
    toggle = draft.desired.toggles.get(address)
    entry = draft.entries.of(toggle.stage) if toggle else None
    entries = draft.entries
    return entry is None or former_meaning(entry.stage, address, entries.recorded.stages, entries.last) is None


def _short(audience: Audience, moved: frozenset[Address]) -> Audience:
    """What the plan is about: the toggles that it moves, and the requirements that somebody would lack."""
    return replace(
        audience,
        toggles=tuple(reach for reach in audience.toggles if reach.address in moved),
        requirements=tuple(one for one in audience.requirements if _concerns(one)),
        pairs=tuple(pair for pair in audience.pairs if {pair.first, pair.second} & moved),
    )


def _concerns(breach: Breach) -> bool:
    return any(share is None or share.count for share in breach.lacking) or any(breach.testers)
