"""The stage that a toggle's exposure comes from: as slow and obvious code finds it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flagstaff.config import ramps
from flagstaff.config.build import build
from flagstaff.diagnostics import Diagnostics
from flagstaff.language.parse import parse
from flagstaff.language.source import Source

TOGGLES = "abcd"
PROVIDER = 'provider "flipper" {\n  source = "snapshot"\n}\n'


@st.composite
def rollouts(draw):
    """The toggles, the go and the declared `after` of up to six stages; None where nothing is declared."""
    count = draw(st.integers(1, 6))
    numbers = st.integers(0, count - 1)
    stages = [
        (
            draw(st.sets(st.sampled_from(TOGGLES), max_size=3)),
            draw(st.none() | st.lists(numbers, max_size=3, unique=True)),
        )
        for _ in range(count)
    ]
    return stages, draw(st.sets(numbers))


def after_of(stages):
    """By the words of the design: the stage before, and every earlier one that shares a toggle."""
    found = []
    for number, (toggles, declared) in enumerate(stages):
        otherwise = [other for other in range(number) if other == number - 1 or stages[other][0] & toggles]
        found.append(set(otherwise if declared is None else declared))
    return found


def reachable(after, start):
    """All that a stage comes after, by walking until nothing new is found."""
    found, new = set(), set(after[start])
    while new:
        found |= new
        new = {further for stage in new for further in after[stage]} - found
    return found


def chosen(stages, go, toggle):
    """The numbers of the go stages that list the toggle and that no other such stage comes after."""
    after = after_of(stages)
    listing = [number for number in sorted(go) if toggle in stages[number][0]]
    return [one for one in listing if not any(one in reachable(after, other) for other in listing)]


def text_of(stages, go):
    lines = [f'toggle "{name}" {{\n  key = "{name}"\n}}\n' for name in TOGGLES]
    lines.append('rollout "r" {\n')
    lines.append("  go = [" + ", ".join(f'"s{number}"' for number in sorted(go)) + "]\n")
    for number, (toggles, declared) in enumerate(stages):
        lines.append(f'  stage "s{number}" {{\n')
        if toggles:
            names = ", ".join(f"toggle.{name}" for name in sorted(toggles))
            lines.append(f"    percentage = {number + 1}\n    toggles = [{names}]\n")
        if declared is not None:
            names = ", ".join(f'"s{other}"' for other in declared)
            lines.append(f"    after = [{names}]\n")
        lines.append("  }\n")
    return "".join(lines) + "}\n"


@given(rollouts())
def test_the_chosen_stage_is_the_last_in_order(rollout):
    stages, go = rollout
    found = Diagnostics()
    bodies = [parse(Source("main.hcl", text_of(stages, go) + PROVIDER), found)]
    desired = build(bodies, (), found, version="0.1.0")
    after = after_of(stages)
    summaries = {item.summary for item in found}
    if any(number in reachable(after, number) for number in range(len(stages))):
        assert "Stages in a circle" in summaries
        return
    expected = {name: chosen(stages, go, name) for name in TOGGLES}
    assert ("Two stages for one toggle" in summaries) == any(len(ones) > 1 for ones in expected.values())
    assert summaries <= {"Two stages for one toggle"}
    for address, toggle in desired.toggles.items():
        ones = expected[address.name]
        stage = toggle.stage and int(toggle.stage.name.removeprefix("s"))
        assert stage == (ones[0] if len(ones) == 1 else None)
        level = None if stage is None else (stage + 1) * 1000
        assert (toggle.exposure and toggle.exposure.level) == level
        assert (toggle.rollout is not None) == any(address.name in toggles for toggles, _ in stages)


@given(st.lists(st.lists(st.integers(0, 7), max_size=4), min_size=8, max_size=8))
def test_a_circle_is_one_and_an_order_is_the_closure(after):
    order = ramps.order(after)
    sets = [set(names) for names in after]
    if order.cycle:
        for one, other in pairwise((*order.cycle, order.cycle[0])):
            assert other in sets[one]
    else:
        for stage in range(8):
            closure = reachable(sets, stage)
            assert stage not in closure
            assert order.before[stage] == sum(1 << other for other in closure)
