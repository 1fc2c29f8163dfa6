"""Stages, over random ramps and clocks: none begins before those that it comes after have served their soak."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from flagstaff.addresses import Address
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import Blocker, Soak
from flagstaff.plan.codec import change_id, decode_plan, encode_plan
from flagstaff.plan.plan import Action, Status
from flagstaff.plan.requirements import holds
from flagstaff.testing import building as b

HOUR = timedelta(hours=1)
NAMES = "abcd"
LEVELS = ("1", "5", "20", "100")
BLOCKER = Address("blocker", "x")
RAISES = {Action.RAISE, Action.CREATE, Action.SWITCH_ON}


@st.composite
def stages(draw):
    """Two to four stages that rise, some with a soak, a meaning, a blocker; the last may move nothing."""
    made = []
    for number in range(draw(st.integers(2, 4))):
        toggles = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=0 if number else 1, max_size=3))
        hours = draw(st.sampled_from([None, 0, 24, 48]))
        made.append(
            b.stage(
                f"s{number}",
                LEVELS[number] if toggles else None,
                *toggles,
                soak=None if hours is None else Soak(hours * HOUR),
                meaning=draw(st.sampled_from(["", "", "", "other"])),
                blocked_by=(BLOCKER,) if draw(st.integers(0, 4)) == 0 else (),
            )
        )
    return made


@st.composite
def walks(draw):
    """A ramp and what happens to it: go, hours that pass, what a hand does, whether the blocker is complete."""
    made = draw(stages())
    requires = draw(st.sampled_from([(), ("a",)]))
    steps = draw(
        st.lists(
            st.tuples(
                st.lists(st.sampled_from([stage.name.name for stage in made]), unique=True),
                st.integers(0, 60),
                st.one_of(st.none(), st.none(), st.tuples(st.sampled_from(NAMES), st.sampled_from(["0", "5", "50"]))),
                st.booleans(),
            ),
            min_size=1,
            max_size=6,
        )
    )
    return made, requires, steps


def configuration(made, go, requires, *, complete):
    toggles = [b.toggle(name, requires=requires if name == "b" else (), at_least="1") for name in NAMES]
    blocker = Blocker(BLOCKER, "X", "complete" if complete else "pending")
    return b.ramped(b.rollout("r", *made, go=go), toggles=toggles, blockers={BLOCKER: blocker})


def walk(made, requires, steps):
    """Every plan on the way, with what it was made from."""
    live, record, now = b.snapshot(**dict.fromkeys(NAMES, "0")), None, b.NOW
    for go, hours, hand, complete in steps:
        now += hours * HOUR
        if hand is not None:
            live = replace(live, toggles={**live.toggles, f"{hand[0]}_enabled": b.raw(hand[1])})
        config = configuration(made, go, requires, complete=complete)
        plan = b.plan(config, live, record, evidence=b.at(now))
        yield config, live, record, now, plan
        live, record = b.applied(plan, live, record)


def served(record, name, soak, now):
    """By the record alone: whether it was verified by an earlier apply, and ran for its soak."""
    known = record.stages.get(name) if record else None
    if known is None or not (known.verified or known.stopped):
        return False
    running = now - known.verified if known.verified else timedelta(0)
    return soak is None or max(known.served, running) >= soak.minimum


@given(walks())
def test_no_stage_begins_before_its_after_stages_are_served(case):
    for config, _, record, now, plan in walk(*case):
        (rollout,) = config.rollouts.values()
        raised = {move.stage for move in plan.core.moves if move.action in RAISES and move.stage}
        quiet = {
            move.stage
            for move in plan.core.stages
            if not (move.left or move.moves or (record and record.stages.get(move.stage)))
        }
        begun = {move.stage for move in plan.core.stages if not move.left}
        for name in (raised & begun) | quiet:
            stage = rollout.stage(name.name)
            assert not (stage.blocked_by and config.blockers[BLOCKER].is_open)
            for after in stage.after:
                before = rollout.stage(after)
                assert served(record, before.name, before.soak, now), (name, after)


@given(walks())
def test_only_stages_with_a_go_are_begun_and_those_without_one_are_left(case):
    for config, _, record, _, plan in walk(*case):
        (rollout,) = config.rollouts.values()
        for move in plan.core.stages:
            assert move.left != (move.stage.name in rollout.go)
            assert not move.left or move.stage in record.stages


@given(walks(), st.integers(1, 1000))
def test_the_change_id_does_not_depend_on_the_time_at_which_the_same_is_planned(case, hours):
    for config, live, record, now, plan in walk(*case):
        again = b.plan(config, live, record, evidence=b.at(now + hours * HOUR))
        same = (again.core.moves, again.core.stages) == (plan.core.moves, plan.core.stages)
        assert (change_id(again.core) == change_id(plan.core)) == same


@given(walks())
def test_a_plan_with_stages_survives_its_json_form(case):
    for *_, plan in walk(*case):
        assert decode_plan(json.loads(json.dumps(encode_plan(plan)))) == plan


@given(walks())
def test_what_was_applied_is_not_planned_again(case):
    """The same configuration a moment later moves only what was stopped before, and begins no stage a second time."""
    for config, live, record, now, plan in walk(*case):
        again = b.plan(config, *b.applied(plan, live, record), evidence=b.at(now))
        whole = {move.stage for move in plan.core.stages if not move.partial}
        assert not whole & {move.stage for move in again.core.stages}
        stopped = {change.address for change in plan.observed.changes if change.status is not Status.ALLOWED}
        assert {move.address for move in again.core.moves} <= stopped


@given(walks())
def test_a_requirement_that_holds_now_holds_after_any_part_of_a_plan_with_stages(case):
    for config, live, _, _, plan in walk(*case):
        moves = plan.core.moves
        rules = [r for toggle in config.toggles.values() for r in toggle.requirements]
        for size in range(len(moves) + 1):
            for some in combinations(moves, size):
                done = {move.address for move in some}
                if all(done.issuperset(move.waits_for) for move in some):
                    then = b.after(live, (step for move in some for step in move.steps))
                    for rule in rules:
                        if _holds(rule, config, live):
                            assert _holds(rule, config, then)


def _holds(rule, config, live):
    at = [b.DIALECT.live(live.toggles[config.toggles[name].key]).exposure for name in (rule.child, rule.parent)]
    assert all(isinstance(one, Exposure) for one in at)
    return holds(rule, *at)


@given(walks())
def test_lowers_are_never_refused_for_their_stage(case):
    for *_, plan in walk(*case):
        for change in plan.observed.changes:
            if change.action is Action.LOWER and change.status is Status.BLOCKED:
                names = {check.name.value for check in change.checks if check.verdict is not Verdict.PASS}
                new_meaning = any("new people" in note for note in change.notes)
                assert new_meaning or not names & {"soak", "stage order", "blocker", "not before"}
