"""An audience is what a slow, obvious count of the same people says: one person after the other, in plain Python."""

from __future__ import annotations

import zlib

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from flagstaff.addresses import Address
from flagstaff.audience.analysis import analyse
from flagstaff.audience.population import Chunk, Population
from flagstaff.audience.question import Course, Gathering, Question
from flagstaff.model.conditions import Always, And, Is, Not, Or
from flagstaff.model.configuration import Experience, Product, Requirement, Segment
from flagstaff.model.exposure import FULL, Exposure
from flagstaff.model.live import Unrepresentable
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.flipper.gates import opens

TOGGLES = [Address("toggle", name) for name in "abc"]
OUTER, INNER = Address("experience", "outer"), Address("experience", "inner")
PRODUCT = Address("product", "p")
SEGMENTS = ("vista", "oracle")

TIME = Unrepresentable("time")
EXPOSURES = st.sampled_from([0, 30_000, 50_000, 90_000, FULL, FULL + 1]).map(Exposure) | st.just(TIME)
COURSES = st.tuples(EXPOSURES, EXPOSURES)
LEAVES = st.sampled_from([*map(Is, TOGGLES), *(Is(PRODUCT, name) for name in SEGMENTS), Always(True), Always(False)])
PERSON = st.tuples(
    st.none() | st.text("abé9", max_size=3),
    st.none() | st.text("01", max_size=3),
    st.sampled_from([*SEGMENTS, ""]),
    st.booleans(),
)


def conditions(leaves):
    several = lambda inner: st.lists(inner, min_size=1, max_size=3).map(tuple)  # noqa: E731
    return st.recursive(
        leaves, lambda inner: inner.map(Not) | several(inner).map(And) | several(inner).map(Or), max_leaves=5
    )


def has(toggle, courses, moment, id):
    """True, False, or None where nobody can say."""
    exposure = courses[toggle][moment]
    if isinstance(exposure, Unrepresentable):
        return None
    if exposure.is_on or exposure.is_off:
        return exposure.is_on
    return id is not None and zlib.crc32((f"key_{toggle.name}" + id).encode()) % 100_000 < opens(exposure)


def holds(condition, courses, moment, id, segment, inner, everybody=None):
    """By the rules of three-valued logic. With the ids of `everybody`: only what is so for all of them decides."""
    match condition:
        case Always(value):
            return value
        case Is(address, "") if address == INNER:
            return holds(inner, courses, moment, id, segment, inner, everybody)
        case Is(address, ""):
            exposure = courses[address][moment]
            if everybody and not isinstance(exposure, Unrepresentable):
                whole = exposure.is_on or (exposure.level == FULL and None not in everybody)
                return whole if whole or exposure.is_off else "some"
            return has(address, courses, moment, id)
        case Is(_, name):
            return "some" if everybody else name == segment
        case Not(operand):
            value = holds(operand, courses, moment, id, segment, inner, everybody)
            return value if value in (None, "some") else not value
        case And(operands) | Or(operands):
            decisive = isinstance(condition, Or)
            values = [holds(operand, courses, moment, id, segment, inner, everybody) for operand in operands]
            if any(value is decisive for value in values):
                return decisive
            if None in values:
                return None
            return "some" if "some" in values else not decisive


def slow(condition, inner, courses, people, kind):
    """Before, after, gained and lost of the product's people; None where nobody can say."""
    counts = dict.fromkeys(("before", "after", "gained", "lost"), 0)
    everybody = [person[kind] for person in people]
    if None in (holds(condition, courses, moment, None, "", inner, everybody) for moment in (0, 1)):
        return None
    for person in people:
        before, after = (holds(condition, courses, moment, person[kind], person[2], inner) for moment in (0, 1))
        if person[3]:
            counts["before"] += before
            counts["after"] += after
            counts["gained"] += after and not before
            counts["lost"] += before and not after
    return counts


def told(change):
    return change and {name: getattr(change, name).count for name in ("before", "after", "gained", "lost")}


@example(  # of one chunk it can be said, as everybody in it has an id, of the other it can't
    exposures=((TIME, TIME), (Exposure(0), Exposure(FULL)), (Exposure(0), TIME)),
    outer=Is(INNER),
    inner=Is(TOGGLES[0]),
    people=[(None, None, "vista", True), (None, "", "vista", True)],
    rows=1,
    mobile=True,
)
@given(
    st.tuples(COURSES, COURSES, COURSES),
    conditions(LEAVES | st.just(Is(INNER))),
    conditions(LEAVES),
    st.lists(PERSON, min_size=1, max_size=12),
    st.integers(1, 12),
    st.booleans(),
)
def test_equal_to_the_slow_count(exposures, outer, inner, people, rows, mobile):
    courses = dict(zip(TOGGLES, exposures, strict=True))
    kind = 1 if mobile else 0

    def chunks(_):
        for start in range(0, len(people), rows):
            some = people[start : start + rows]
            encoded = [[None if id is None else id.encode() for id in ids] for ids in list(zip(*some, strict=True))[:2]]
            ids = {"web": encoded[0], "mobile": encoded[1]}
            yield Chunk(len(some), ids, [person[2] for person in some], {"p": np.array([p[3] for p in some])})

    question = Question(
        FlipperDialect(),
        {address: Course(address, f"key_{address.name}", courses[address], PRODUCT) for address in TOGGLES},
        {OUTER: Experience(OUTER, "", outer, PRODUCT), INNER: Experience(INNER, "", inner, PRODUCT)},
        {PRODUCT: Product(PRODUCT, "", people=1000, segments=tuple(Segment(name, None, "", "") for name in SEGMENTS))},
        (Requirement(TOGGLES[0], TOGGLES[1]),),
        (Gathering("all", tuple(TOGGLES), PRODUCT),),
        kinds=dict.fromkeys((OUTER, *TOGGLES), "mobile") if mobile else {},
    )
    audience = analyse(question, Population("people", chunks))
    assert audience.size == len(people)
    for reach, toggle in zip(audience.toggles, TOGGLES, strict=True):
        assert told(reach.change) == slow(Is(toggle), None, courses, people, kind)
    assert told(audience.experiences[1].change) == slow(outer, inner, courses, people, kind)
    for part in audience.experiences[1].segments:
        own = [person for person in people if person[2] == part.name]
        assert told(part.change) == slow(outer, inner, courses, own, kind)
        assert part.change.after.of == sum(person[3] for person in own)

    child, parent = TOGGLES[0], TOGGLES[1]
    for moment, lacking in enumerate(audience.requirements[0].lacking):
        alone = And((Is(child), Not(Is(parent))))
        now = {toggle: (courses[toggle][moment],) * 2 for toggle in TOGGLES}
        expected = slow(alone, None, now, people, kind)
        assert (lacking and lacking.count) == (expected and expected["after"])

    for moment, spread in enumerate((audience.sets[0].before, audience.sets[0].after)):
        if any(isinstance(courses[toggle][moment], Unrepresentable) for toggle in TOGGLES):
            assert spread is None
            continue
        held = [sum(has(toggle, courses, moment, person[kind]) for toggle in TOGGLES) for person in people if person[3]]
        assert spread.distribution == tuple(held.count(number) for number in range(4))
