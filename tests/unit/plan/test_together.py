"""Groups: checked as one, chosen as one, contiguous, and refused where they can't be."""

import pytest

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import Hold
from flagstaff.model.rollout import Rollout, Stage, StageName
from flagstaff.plan.check import CheckName
from flagstaff.plan.order import batches
from flagstaff.plan.plan import Status
from flagstaff.testing import building as b

ROLLOUT = Address("rollout", "r")
STAGE = StageName(ROLLOUT, "limited")
GROUP = "rollout.r.stage.limited"


def config(*others, group=("a", "c"), to="20", **fields):
    """Toggles of one `together` stage, and others."""
    stage = Stage(STAGE, exposure=Exposure.parse(to), toggles=tuple(map(b.address, group)), together=True)
    members = [b.toggle(name, to, rollout=ROLLOUT, stage=STAGE, **fields.pop(name, {})) for name in group]
    rollouts = {ROLLOUT: Rollout(ROLLOUT, go=("limited",), stages=(stage,))}
    return b.desired(*members, *others, rollouts=rollouts, **fields)


def moves(plan):
    return [[move.address.name for move in batch] for batch in batches(plan.core.moves)]


def of(plan, name):
    return next(change for change in plan.observed.changes if change.address == b.address(name))


def test_the_moves_of_a_group_carry_its_name():
    plan = b.plan(config(b.toggle("z", "5")), b.snapshot(a="5", c="5", z="0"))
    assert [(move.address.name, move.group) for move in plan.core.moves] == [("a", GROUP), ("c", GROUP), ("z", "")]


def test_one_failing_check_blocks_all():
    plan = b.plan(config(b.toggle("z", "5")), b.snapshot(a="5", z="0"))
    assert [move.address.name for move in plan.core.moves] == ["z"]
    check = next(check for check in of(plan, "a").checks if check.name is CheckName.TOGETHER)
    assert check.summary == "Goes together with a change that is blocked"
    assert check.detail == (
        "It would go from 5 % to 20 % together with toggle.c, which does not go. "
        "toggle.c itself does not go from nothing (not in the live store) to 20 %: unknown toggle key."
    )
    assert check.ways_out == ("see toggle.c",)


def test_a_held_toggle_keeps_its_group_waiting():
    held = b.recorded(config(), a="5", c="5")
    hold = Hold("1", "errors", b.NOW, "ann")
    plan = b.plan(config(), b.snapshot(a="5", c="5"), b.replace(held, holds={b.address("c"): hold}))
    assert plan.core.moves == ()
    assert of(plan, "a").status is Status.PENDING
    assert [check.summary for check in of(plan, "a").checks] == ["Goes together with one that waits"]


def test_what_waits_for_a_mate_that_waits_for_a_mate_says_why():
    world = config(b.toggle("m", "5", requires=("a",), at_least="20"))
    plan = b.plan(world, b.snapshot(a="5", m="0"))
    assert "it goes together with toggle.c" in of(plan, "m").checks[-1].detail


def test_a_group_is_targeted_and_excluded_as_one():
    live = b.snapshot(a="5", c="5", z="0")
    world = config(b.toggle("z", "5"))
    assert moves(b.plan(world, live, targets=frozenset({b.address("c")}))) == [["a", "c"]]
    assert moves(b.plan(world, live, excludes=frozenset({b.address("c")}))) == [["z"]]


def test_a_group_is_contiguous_in_the_order():
    child = b.toggle("z", "5", requires=("a",), at_least="20")
    parent = b.toggle("b", "20")
    world = config(child, parent, b.toggle("lone", "5"), c={"requires": ("a", "b"), "at_least": "20"})
    plan = b.plan(world, b.snapshot(a="5", b="5", c="5", lone="0", z="0"))
    assert moves(plan) == [["b", "lone"], ["a"], ["c"], ["z"]]
    waits = {move.address.name: sorted(other.name for other in move.waits_for) for move in plan.core.moves}
    assert waits == {"a": ["b"], "b": [], "c": ["a", "b"], "lone": [], "z": ["a", "c"]}


def test_a_toggle_that_would_have_to_go_in_between_is_named():
    between = b.toggle("between", "20", requires=("a",), at_least="20")
    world = config(between, c={"requires": ("between",), "at_least": "20"})
    plan = b.plan(world, b.snapshot(a="5", between="5", c="5"))
    assert plan.core.moves == ()
    check = of(plan, "c").checks[0]
    assert check.summary == "Group is not contiguous"
    assert check.detail == (
        f"The toggles of {GROUP} go together, and toggle.between would have to go in between (toggle.between must come "
        "after a part of it, toggle.between before another)."
    )
    assert of(plan, "a").checks[0] == check


def test_two_groups_that_enclose_each_other_are_both_refused():
    other = StageName(ROLLOUT, "other")
    stages = (
        Stage(STAGE, toggles=(b.address("a"), b.address("d")), together=True),
        Stage(other, toggles=(b.address("b"), b.address("c")), together=True),
    )
    world = b.desired(
        b.toggle("a", "20", stage=STAGE),
        b.toggle("b", "20", stage=other, requires=("a",), at_least="20"),
        b.toggle("c", "20", stage=other),
        b.toggle("d", "20", stage=STAGE, requires=("c",), at_least="20"),
        rollouts={ROLLOUT: Rollout(ROLLOUT, stages=stages)},
    )
    plan = b.plan(world, b.snapshot(a="5", b="5", c="5", d="5"))
    assert plan.core.moves == ()
    assert {change.checks[0].summary for change in plan.observed.changes} == {"Group is not contiguous"}


def test_a_group_that_goes_both_ways_is_refused():
    plan = b.plan(config(), b.snapshot(a="5", c="60"))
    assert plan.core.moves == ()
    check = of(plan, "a").checks[0]
    assert check.summary == "Group goes both ways"
    assert "toggle.a (5 % -> 20 %) would go up while toggle.c (60 % -> 20 %) would go down" in check.detail
    assert check.ways_out == ("bring toggle.c (60 % -> 20 %) down in a change of its own first",)


@pytest.mark.parametrize(("transactional", "notes"), [(True, 0), (False, 1)])
def test_a_mixed_state_for_a_moment_is_said_once(transactional, notes):
    plan = b.plan(config(), b.snapshot(a="5", c="5"), transactional=transactional)
    told = [note for change in plan.observed.changes for note in change.notes if "no transactions" in note]
    assert len(told) == notes


def test_what_stands_where_it_shall_be_is_no_part_of_the_group():
    plan = b.plan(config(), b.snapshot(a="20", c="5"), transactional=False)
    assert [(move.address.name, move.group) for move in plan.core.moves] == [("c", GROUP)]
    assert not of(plan, "c").notes
