"""The analysis: a question and a population to an audience. Chunk by chunk, so that memory is bounded."""

from __future__ import annotations

from flagstaff.audience.cohorts import Cohorts
from flagstaff.audience.population import ROWS, Population
from flagstaff.audience.question import Question
from flagstaff.audience.reach import Reaches, count_reach
from flagstaff.audience.requirements import breach, count_requirements
from flagstaff.audience.results import Audience
from flagstaff.audience.sets import Pairs, count_sets, set_reach
from flagstaff.audience.tally import Tally

# Bytes that the masks of one chunk may take; a mask has one for each person.
_MASKS = 128 * 2**20
_FEWEST_ROWS = 1_024


def analyse(question: Question, population: Population) -> Audience | None:
    """None where the store has no hash, or none that is described.

    Raises what reading the population raises, and ValueError where it has nobody.
    """
    hashing = question.dialect.hashing
    if hashing is None:
        return None
    tally, pairs, size = Tally(), Pairs(question), 0
    cohorts = None
    for chunk in population.chunks(_rows(question)):
        cohorts = Cohorts.of(question, chunk, hashing)
        count_reach(cohorts, tally)
        count_requirements(cohorts, tally)
        count_sets(cohorts, tally)
        pairs.count(cohorts, tally)
        size += chunk.size
    if cohorts is None:
        raise ValueError("a population of nobody")
    reaches = Reaches(tally, cohorts, size)
    toggles, experiences = question.toggles, question.experiences
    return Audience(
        population=population.what,
        size=size,
        seed=population.seed,
        moments=question.moments,
        toggles=tuple(reaches.toggle(toggles[address]) for address in sorted(toggles)),
        experiences=tuple(reaches.experience(experiences[address]) for address in sorted(experiences)),
        requirements=tuple(breach(item, question, tally, reaches) for item in question.requirements),
        sets=tuple(set_reach(number, item, question, tally, reaches) for number, item in enumerate(question.sets)),
        pairs=tuple(pairs.odd(tally, reaches)),
        unpaired=pairs.skipped,
    )


def _rows(question: Question) -> int:
    levels = sum(len(set(course.exposures)) for course in question.toggles.values())
    masks = levels + 4 * len(question.experiences)
    return max(_FEWEST_ROWS, min(ROWS, _MASKS // max(masks, 1)))
