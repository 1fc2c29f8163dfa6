"""Requirements, in people: who would have the dependent without its prerequisite, at each moment."""

from __future__ import annotations

from flagstaff.audience.cohorts import Cohorts, both, opposite
from flagstaff.audience.question import Course, Question
from flagstaff.audience.reach import Reaches
from flagstaff.audience.results import Breach
from flagstaff.audience.tally import Tally
from flagstaff.model.configuration import Requirement
from flagstaff.model.live import Unrepresentable


def count_requirements(cohorts: Cohorts, tally: Tally) -> None:
    """Both are looked at with the child's kind of id, where it has one; moments at which neither moved count once."""
    question = cohorts.question
    for requirement in question.requirements:
        course = question.toggles.get(requirement.child)
        within = cohorts.members(course.product if course else None)
        kind = question.kinds.get(requirement.child, "")
        for moment in sorted(set(_standing(requirement, question))):
            child = cohorts.toggle(requirement.child, moment)
            lacking = both((child, opposite(cohorts.toggle(requirement.parent, moment, kind))))
            tally.add((requirement.child, requirement.parent, "having", moment), child, cohorts, within)
            tally.add((requirement.child, requirement.parent, "lacking", moment), lacking, cohorts, within)


def breach(requirement: Requirement, question: Question, tally: Tally, reaches: Reaches) -> Breach:
    child, parent = question.toggles.get(requirement.child), question.toggles.get(requirement.parent)
    product = child.product if child else None
    standing = _standing(requirement, question)
    of, people, moments = reaches.of(product), reaches.people(product), range(len(question.moments))
    having, lacking = (
        tuple(tally.share((requirement.child, requirement.parent, name, moment), of, people) for moment in standing)
        for name in ("having", "lacking")
    )
    testers = tuple(_testers(question, child, parent, moment) for moment in moments)
    return Breach(requirement.child, requirement.parent, having, lacking, testers)


def _standing(requirement: Requirement, question: Question) -> tuple[int, ...]:
    """For each moment the first one at which both stood as they do then."""
    courses = [question.toggles.get(address) for address in (requirement.child, requirement.parent)]
    first: dict[object, int] = {}
    return tuple(
        first.setdefault(tuple((c.key_at(moment), c.exposures[moment]) if c else None for c in courses), moment)
        for moment in range(len(question.moments))
    )


def _testers(question: Question, child: Course | None, parent: Course | None, moment: int) -> int | None:
    """How many testers of the child lack the parent; they keep the child at every percentage."""
    exposure = None if parent is None else parent.exposures[moment]
    if child is None or parent is None or exposure is None or isinstance(exposure, Unrepresentable):
        return None
    if exposure.is_on:
        return 0
    alone = [tester for tester in child.testers if tester not in parent.testers]
    buckets = question.dialect.bucket(parent.key_at(moment), alone)
    opens = question.dialect.opens(exposure)
    return None if buckets is None else sum(bucket >= opens for bucket in buckets.values)
