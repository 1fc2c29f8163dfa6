"""Advice: the percentage on one shared toggle and the others at 100 %, so that nobody has some and not others.

It works only where the configuration makes it so: every experience of the set's toggles also asks for the
shared one, and no toggle of the set works without an experience.
"""

from __future__ import annotations

from dataclasses import replace

from flagstaff.addresses import Address
from flagstaff.audience.analysis import analyse
from flagstaff.audience.population import Population
from flagstaff.audience.question import Gathering, Question
from flagstaff.audience.results import Advice, Spread
from flagstaff.audience.sets import toggles_of
from flagstaff.model.conditions import And, Condition, Is, Not, Or, all_of, mentioned
from flagstaff.model.configuration import Experience
from flagstaff.model.exposure import ALL_ACTORS, Exposure
from flagstaff.model.live import Unrepresentable


def advise(question: Question, population: Population) -> tuple[Advice, ...]:
    """One for each set of toggles that would have fewer people in a mixed state."""
    found = (_advice(item, question, population) for item in question.sets)
    return tuple(advice for advice in found if advice is not None)


def _advice(item: Gathering, question: Question, population: Population) -> Advice | None:
    exposure = _partial_exposure(item.members, question)
    found = None if exposure is None else _shared(frozenset(item.members), question)
    if exposure is None or found is None:
        return None
    shared, also = found
    spreads = _spreads(item, shared, exposure, question, population)
    if spreads is None or spreads[1].mixed.count >= spreads[0].mixed.count:
        return None
    return Advice(item.name, shared, exposure, item.members, *spreads, also)


def _partial_exposure(members: tuple[Address, ...], question: Question) -> Exposure | None:
    """The highest percentage of the set's toggles, if all of them are up, and not all of them for everybody."""
    levels = []
    for member in members:
        course = question.toggles.get(member)
        if course is None or isinstance(course.exposures[-1], Unrepresentable) or course.exposures[-1].is_off:
            return None
        levels.append(course.exposures[-1])
    return max((level for level in levels if level < ALL_ACTORS), default=None)


def _shared(members: frozenset[Address], question: Question) -> tuple[Address, tuple[Address, ...]] | None:
    """The toggle that everything of the set asks for, and what else asks for it: the one with least else."""
    using = {address: toggles_of(question, address) for address in sorted(question.experiences)}
    theirs = [address for address, toggles in using.items() if toggles & members]
    if not all(any(member in using[address] for address in theirs) for member in members):
        return None
    conditions = [question.experiences[address].when for address in theirs]
    if any(_turns_off(condition, members, question) for condition in conditions):
        return None
    guards = frozenset.intersection(*(_guards(condition, question) for condition in conditions)) - members
    also = {
        guard: tuple(address for address, toggles in using.items() if guard in toggles and address not in theirs)
        for guard in guards & question.toggles.keys()
    }
    return min(also.items(), key=lambda item: (len(item[1]), item[0]), default=None)


def _guards(condition: Condition, question: Question) -> frozenset[Address]:
    """The toggles without which it is false for everybody."""
    match condition:
        case Is(address, ""):
            experience = question.experiences.get(address)
            return frozenset({address}) if experience is None else _guards(experience.when, question)
        case And(operands):
            return frozenset().union(*(_guards(operand, question) for operand in operands))
        case Or(operands):
            return frozenset.intersection(*(_guards(operand, question) for operand in operands))
        case _:
            return frozenset()


def _turns_off(condition: Condition, members: frozenset[Address], question: Question) -> bool:
    """Whether some `!` is over a toggle of the set: more of it would take something away."""
    match condition:
        case Is(address, ""):
            experience = question.experiences.get(address)
            return experience is not None and _turns_off(experience.when, members, question)
        case And(operands) | Or(operands):
            return any(_turns_off(operand, members, question) for operand in operands)
        case Not(operand):
            return any(toggles_of(question, item.address) & members for item in mentioned(operand))
        case _:
            return False


def _spreads(
    item: Gathering, shared: Address, exposure: Exposure, question: Question, population: Population
) -> tuple[Spread, Spread] | None:
    """Who has how many of the toggles together with the shared one: as planned, and as advised."""
    advised = dict.fromkeys(item.members, ALL_ACTORS) | {shared: exposure}
    courses = {
        address: replace(
            question.toggles[address], exposures=(question.toggles[address].exposures[-1], level), key_now=None
        )
        for address, level in advised.items()
    }
    pairs = {
        Address("experience", "pair", number): all_of((Is(shared), Is(member)))
        for number, member in enumerate(item.members)
    }
    found = analyse(
        Question(
            question.dialect,
            courses,
            {address: Experience(address, "", when) for address, when in pairs.items()},
            question.products,
            sets=(Gathering(item.name, tuple(pairs), item.product),),
            moments=("planned", "advised"),
            kinds=question.kinds,
        ),
        population,
    )
    if found is None or found.sets[0].before is None or found.sets[0].after is None:
        return None
    return found.sets[0].before, found.sets[0].after
