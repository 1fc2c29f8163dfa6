"""What a plan says, case by case."""

from dataclasses import replace

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Position, Range
from flagstaff.model.conditions import And, Is, Not
from flagstaff.model.configuration import Experience, Moved, Output, Removed
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Unrepresentable
from flagstaff.model.recorded import Hold, ToggleRecord
from flagstaff.plan.check import CheckName
from flagstaff.plan.inputs import Options
from flagstaff.plan.order import batches
from flagstaff.plan.plan import Action, DriftKind
from flagstaff.testing import building as b

A, B, C = (b.address(name) for name in "abc")


def only(plan, name):
    return next(change for change in plan.observed.changes if change.address == b.address(name))


def said(plan, name):
    """The checks of a change that did not pass, as (name, verdict)."""
    return [(check.name, check.verdict) for check in only(plan, name).checks if check.verdict is not Verdict.PASS]


def moved(plan):
    return [(str(move.address), str(move.before), str(move.after)) for move in plan.core.moves]


# --- actions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("live", "wanted", "action"),
    [
        ("0", "5", Action.RAISE),
        ("5", "0", Action.LOWER),
        ("5", "5.001", Action.RAISE),
        ("100", "on", Action.SWITCH_ON),
        ("0", "on", Action.SWITCH_ON),
        ("on", "100", Action.SWITCH_OFF),
        ("on", "0", Action.SWITCH_OFF),
    ],
)
def test_an_action_says_what_happens_to_people(live, wanted, action):
    plan = b.plan(b.desired(b.toggle("a", wanted)), b.snapshot(a=live))
    assert only(plan, "a").action is action
    assert [move.action for move in plan.core.moves] == [action]
    assert plan.has_changes


def test_a_toggle_that_is_as_declared_is_adopted_once_and_then_nothing():
    config, live = b.desired(b.toggle("a", "5")), b.snapshot(a="5")
    first = b.plan(config, live)
    assert [(r.action, str(r.exposure)) for r in first.core.records] == [(Action.ADOPT, "5 %")]
    live, record = b.applied(first, live)
    second = b.plan(config, live, record)
    assert not second.has_changes
    assert only(second, "a").action is Action.NO_OP


def test_a_toggle_without_exposure_is_known_and_never_written():
    plan = b.plan(b.desired(b.toggle("a")), b.snapshot(a="20"))
    assert plan.observed.changes == ()
    assert plan.observed.known == 1
    assert plan.observed.managed == 0


def test_a_new_toggle_is_created_where_that_is_declared():
    config = b.desired(b.toggle("a", "5", create=True))
    plan = b.plan(config, b.snapshot())
    assert moved(plan) == [("toggle.a", "None", "5 %")]
    assert plan.core.moves[0].action is Action.CREATE
    assert b.exposures(b.after(b.snapshot(), plan.core.moves[0].steps)) == {"a_enabled": "5 %"}


def test_an_unknown_key_is_an_error_on_a_raise_and_names_the_nearest():
    config = b.desired(b.toggle("a", "5", key="mhv_vitals_enabled"), b.toggle("b", "5"))
    live = b.snapshot(mhv_vital_signs="0", b="0")
    plan = b.plan(config, live)
    assert said(plan, "a") == [(CheckName.UNKNOWN_KEY, Verdict.FAIL)]
    check = only(plan, "a").checks[0]
    assert check.detail.endswith('Did you mean "mhv_vital_signs_enabled"?')
    assert check.label == 'not in the live store, but there is "mhv_vital_signs_enabled"'
    assert moved(plan) == [("toggle.b", "0 %", "5 %")]


def test_an_unknown_key_at_0_is_a_warning():
    plan = b.plan(b.desired(b.toggle("a", "0"), b.toggle("b")), b.snapshot())
    assert not plan.core.moves
    assert [w.summary for w in plan.observed.warnings] == ["Toggle not in the live store"] * 2
    assert not plan.blocked


def test_only_the_first_unknown_keys_are_guessed():
    config = b.desired(*(b.toggle(f"t{i:02}", "5", key=f"some_key_{i:02}_enabledx") for i in range(30)))
    live = b.snapshot(**{f"some_key_{i:02}": "0" for i in range(30)})
    details = [change.checks[0].detail for change in b.plan(config, live).observed.changes]
    assert sum("Did you mean" in detail for detail in details) == 20


def test_a_toggle_open_in_another_way_is_shown_and_not_treated_as_0():
    live = b.snapshot(a=b.raw("0", percentage_of_time="50"), b=b.raw("0", groups=["admins"]), c="5")
    config = b.desired(b.toggle("a", "5"), b.toggle("b", "0"), b.toggle("c", "0", requires=["a"]))
    plan = b.plan(config, live)
    assert isinstance(only(plan, "a").before, Unrepresentable)
    assert said(plan, "a") == [(CheckName.STORE, Verdict.FAIL)]
    assert said(plan, "b") == [(CheckName.STORE, Verdict.FAIL)]
    assert moved(plan) == [("toggle.c", "5 %", "0 %")]
    assert [(br.child, br.parent, br.repaired) for br in plan.observed.broken] == [(C, A, True)]


def test_a_toggle_open_by_time_can_be_lowered_to_0():
    live = b.snapshot(a=b.raw("0", percentage_of_time="50"))
    plan = b.plan(b.desired(b.toggle("a", "0")), live)
    assert only(plan, "a").action is Action.LOWER
    assert b.exposures(b.after(live, plan.core.moves[0].steps)) == {"a_enabled": "0 %"}


def test_testers_stay_and_are_counted():
    live = b.snapshot(a=b.raw("on", "po@example.gov", "dev@example.gov"))
    plan = b.plan(b.desired(b.toggle("a", "20")), live)
    assert only(plan, "a").testers == 2
    after = b.after(live, plan.core.moves[0].steps)
    assert after.toggles["a_enabled"]["actors"] == ["po@example.gov", "dev@example.gov"]


def test_an_undecided_toggle_is_left_as_it_is_and_blocks_nothing():
    config = b.desired(
        b.toggle("a", OpenDecision("share for LH", None)),
        b.toggle("b", "5"),
        open_decisions=(OpenDecision("share for LH", None),),
    )
    plan = b.plan(config, b.snapshot(a="3", b="0"))
    assert moved(plan) == [("toggle.b", "0 %", "5 %")]
    assert plan.observed.open_decisions == (OpenDecision("share for LH", None),)
    assert not plan.blocked


# --- requirements --------------------------------------------------------------------------------


def test_a_raise_over_a_partial_prerequisite_is_blocked_and_the_rest_can_be_applied():
    where = Range("m.hcl", Position(3, 5, 40), Position(3, 13, 48))
    child = b.toggle("m", "5", requires=["a", "l"])
    child = replace(
        child,
        requirements=tuple(replace(r, range=where, reason="One list", hard=True) for r in child.requirements),
    )
    config = b.desired(b.toggle("a", "5"), b.toggle("l", "5"), b.toggle("o", "5"), child)
    plan = b.plan(config, b.snapshot(a="5", l="0", m="0", o="0"))
    assert said(plan, "m") == [(CheckName.REQUIREMENT, Verdict.FAIL)]
    check = only(plan, "m").checks[0]
    assert check.summary == "Requirement not met"
    assert check.detail == (
        "It would be at 5 % while toggle.a is at 5 %; it requires 100 %, and toggle.l is at 5 %; it requires 100 %."
    )
    assert check.label == "a: live and planned 5 %; l: live 0 %, planned 5 %"
    assert check.why == "One list. A share of one toggle and the same share of another are different people."
    assert check.range == where
    assert check.ways_out == (
        "leave toggle.m at 0 % until toggle.a is at 100 % and toggle.l is at 100 %",
        "declare 100 % for toggle.a, too: it is raised first then",
        "declare 100 % for toggle.l, too: it is raised first then",
        "a waiver is not possible: the requirement is hard",
    )
    assert [str(move.address) for move in plan.core.moves] == ["toggle.l", "toggle.o"]


def test_up_the_prerequisite_goes_first_and_down_the_dependent():
    config = b.desired(b.toggle("a", "100"), b.toggle("l", "100"), b.toggle("m", "5", requires=["a", "l"]))
    up = b.plan(config, b.snapshot(a="5", l="0", m="0"))
    assert [[m.address.name for m in batch] for batch in batches(up.core.moves)] == [["a", "l"], ["m"]]
    off = b.desired(b.toggle("a", "0"), b.toggle("l", "0"), b.toggle("m", "0", requires=["a", "l"]))
    down = b.plan(off, b.snapshot(a="100", l="100", m="5"))
    assert [[m.address.name for m in batch] for batch in batches(down.core.moves)] == [["m"], ["a", "l"]]


def test_one_down_and_one_up_the_down_goes_first():
    config = b.desired(b.toggle("a", "100"), b.toggle("m", "0", requires=["a"]))
    plan = b.plan(config, b.snapshot(a="5", m="5"))
    assert [[m.address.name for m in batch] for batch in batches(plan.core.moves)] == [["m"], ["a"]]
    config = b.desired(b.toggle("a", "50"), b.toggle("m", "20", requires=["a"], at_least="50"))
    plan = b.plan(config, b.snapshot(a="100", m="5"))
    assert [[m.address.name for m in batch] for batch in batches(plan.core.moves)] == [["a"], ["m"]]


def test_a_chain_is_named():
    config = b.desired(b.toggle("a", "50"), b.toggle("b", "100", requires=["a"]), b.toggle("c", "5", requires=["b"]))
    plan = b.plan(config, b.snapshot(a="0", b="0", c="0"))
    assert only(plan, "c").checks[0].detail == (
        "It would be at 5 % while toggle.b is at 0 %; it requires 100 %. "
        "toggle.b itself does not go from 0 % to 100 %: it requires toggle.a."
    )


def test_a_toggle_that_is_on_needs_its_prerequisite_on():
    child = b.toggle("m", "on", requires=["a"])
    plan = b.plan(b.desired(b.toggle("a", "100"), child), b.snapshot(a="100", m="100"))
    assert said(plan, "m") == [(CheckName.REQUIREMENT, Verdict.FAIL)]
    assert "it requires it to be on, because the toggle itself would be on" in only(plan, "m").checks[0].detail
    lax = replace(child, requirements=tuple(replace(r, actors_only=True) for r in child.requirements))
    assert not b.plan(b.desired(b.toggle("a", "100"), lax), b.snapshot(a="100", m="100")).blocked


def test_lowering_what_a_dependent_needs_is_blocked_unless_it_goes_down_too():
    config = b.desired(b.toggle("a", "5"), b.toggle("m", "5", requires=["a"]))
    plan = b.plan(config, b.snapshot(a="100", m="5"))
    assert said(plan, "a") == [(CheckName.REQUIREMENT, Verdict.FAIL)]
    check = only(plan, "a").checks[0]
    assert check.summary == "Requirement would break"
    assert check.detail == ("It would go from 100 % to 5 % while toggle.m stays at 5 %, which requires 100 % of it.")
    assert check.ways_out == ("lower toggle.m to 0 %, too: it goes down first then",)


def test_a_requirement_that_is_broken_already_is_said_and_blocks_no_lower():
    config = b.desired(b.toggle("a", "20"), b.toggle("m", "5", requires=["a"]))
    plan = b.plan(config, b.snapshot(a="50", m="5"))
    assert moved(plan) == [("toggle.a", "50 %", "20 %")]
    assert [(x.child, x.parent, x.repaired) for x in plan.observed.broken] == [(b.address("m"), A, False)]


def test_a_prerequisite_that_is_not_ours_says_who_must_move():
    plan = b.plan(b.desired(b.toggle("a"), b.toggle("m", "5", requires=["a"])), b.snapshot(a="0", m="0"))
    assert only(plan, "m").checks[0].ways_out[1] == (
        "toggle.a has no exposure in this configuration: whoever turns it must turn it up first"
    )


def test_a_prerequisite_that_the_store_lacks():
    plan = b.plan(b.desired(b.toggle("a"), b.toggle("m", "5", requires=["a"])), b.snapshot(m="0"))
    assert "toggle.a is at nothing (not in the live store)" in only(plan, "m").checks[0].detail


def test_what_comes_after_a_blocked_raise_is_blocked_with_it():
    config = b.desired(b.toggle("a", "5", key="nope"), b.toggle("b", "5", after=["a"]))
    plan = b.plan(config, b.snapshot(b="0"))
    assert said(plan, "b") == [(CheckName.ORDER, Verdict.FAIL)]
    assert only(plan, "b").checks[0].detail == (
        "It would go from 0 % to 5 % after toggle.a (nothing (not in the live store) -> 5 %), which does not go. "
        "toggle.a itself does not go from nothing (not in the live store) to 5 %: unknown toggle key."
    )


def test_a_lower_behind_a_protected_dependent_waits_with_it():
    fields = b.owned("po@example.gov ssh-ed25519 AAAA")
    product = Address("product", "p")
    config = b.desired(
        b.toggle("a", "0"), b.toggle("m", "0", requires=["a"], protected=True, product=product), **fields
    )
    plan = b.plan(config, b.snapshot(a="100", m="5"))
    assert said(plan, "m") == [(CheckName.PROTECTION, Verdict.PENDING)]
    assert said(plan, "a") == [(CheckName.REQUIREMENT, Verdict.PENDING)]
    assert [move.approvals for move in plan.core.moves] == [(), (b.OWNER,)]
    assert not plan.blocked


# --- drift and holds -----------------------------------------------------------------------------


def test_a_toggle_turned_down_by_hand_is_not_turned_up_again():
    config, live, record = b.desired(b.toggle("a", "20")), b.snapshot(a="0"), b.recorded(a="5")
    plan = b.plan(config, live, record)
    assert said(plan, "a") == [(CheckName.HOLD, Verdict.PENDING)]
    assert plan.core.moves == ()
    assert not plan.blocked
    assert [(d.kind, str(d.recorded), str(d.live)) for d in plan.observed.drift] == [(DriftKind.BELOW, "5 %", "0 %")]
    detail = only(plan, "a").checks[0].detail
    assert detail.startswith("Held at 0 %, declared 20 %. It was 5 % when it was last recorded;")


def test_a_dependent_of_a_held_toggle_waits_and_is_no_error():
    config = b.desired(b.toggle("a", "100"), b.toggle("m", "5", requires=["a"]), b.toggle("n", "5", after=["m"]))
    plan = b.plan(config, b.snapshot(a="0", m="0", n="0"), b.recorded(a="100"))
    assert said(plan, "m") == [(CheckName.REQUIREMENT, Verdict.PENDING)]
    assert "toggle.a itself does not go from 0 % to 100 %: turned down by hand." in only(plan, "m").checks[0].detail
    assert said(plan, "n") == [(CheckName.ORDER, Verdict.PENDING)]
    assert plan.core.moves == ()


def test_what_waits_behind_a_follower_names_the_chain():
    config = b.desired(
        b.toggle("a", "5", key="nope"), b.toggle("b", "100", after=["a"]), b.toggle("c", "5", requires=["b"])
    )
    plan = b.plan(config, b.snapshot(b="0", c="0"))
    assert (
        only(plan, "c")
        .checks[0]
        .detail.endswith("toggle.b itself does not go from 0 % to 100 %: it comes after toggle.a.")
    )


def test_a_recorded_hold_caps_the_value():
    hold = Hold("h1", "new class of errors", b.NOW, "oncall@example.gov")
    record = replace(b.recorded(a="0"), holds={A: hold})
    plan = b.plan(b.desired(b.toggle("a", "20")), b.snapshot(a="0"), record)
    assert said(plan, "a") == [(CheckName.HOLD, Verdict.PENDING)]
    assert only(plan, "a").checks[0].detail == (
        "Held at 0 %, declared 20 %. oncall@example.gov left the hold h1 at 2026-01-27 14:00 UTC: new class of errors."
    )
    gone = b.plan(b.desired(b.toggle("a", "20")), b.snapshot(), record)
    assert said(gone, "a")[0] == (CheckName.UNKNOWN_KEY, Verdict.FAIL)


def test_lowering_what_a_hand_raised_needs_a_yes_of_its_own():
    config, live, record = b.desired(b.toggle("a", "5")), b.snapshot(a="25"), b.recorded(a="5")
    plan = b.plan(config, live, record)
    assert said(plan, "a") == [(CheckName.DRIFT, Verdict.PENDING)]
    assert [(move.consent, str(move.after)) for move in plan.core.moves] == [(True, "5 %")]
    accepted = b.plan(config, live, record, accept_drift=frozenset({A}))
    assert said(accepted, "a") == []
    assert [move.consent for move in accepted.core.moves] == [False]


def test_an_open_gate_that_no_exposure_says_counts_as_raised_by_hand():
    live, record = b.snapshot(a=b.raw("0", expression={"Any": []})), b.recorded(a="0")
    plan = b.plan(b.desired(b.toggle("a", "0")), live, record)
    assert [move.consent for move in plan.core.moves] == [True]
    assert plan.observed.drift[0].kind is DriftKind.OTHER
    assert only(plan, "a").checks[0].ways_out[1] == "or undo by hand what was done by hand"


def test_a_hand_that_raised_less_than_declared_is_gone_on_from():
    plan = b.plan(b.desired(b.toggle("a", "50")), b.snapshot(a="25"), b.recorded(a="5"))
    assert moved(plan) == [("toggle.a", "25 %", "50 %")]
    assert plan.observed.drift[0].consequence == "goes on from there to 50 %"


def test_a_hand_that_raised_what_is_held_is_not_gone_on_from():
    held = replace(b.recorded(a="0"), holds={A: Hold("h", "errors", b.NOW, "joe")})
    plan = b.plan(b.desired(b.toggle("a", "50")), b.snapshot(a="25"), held)
    assert moved(plan) == []
    assert plan.observed.drift[0].consequence == "left as it is"


@pytest.mark.parametrize(
    ("live", "wanted", "consequence"),
    [
        ("20", "20", "this is what is declared: taken into the record"),
        ("0", "20", "held: not turned up again by Flagstaff"),
        ("25", "5", "lowered only with a separate yes, or -accept-drift"),
        ("3", "1", "lowered to 1 %"),
    ],
)
def test_drift_says_what_comes_of_it(live, wanted, consequence):
    plan = b.plan(b.desired(b.toggle("a", wanted)), b.snapshot(a=live), b.recorded(a="5"))
    assert [d.consequence for d in plan.observed.drift] == [consequence]


def test_drift_of_what_is_undecided_or_blocked_is_left():
    undecided = b.plan(b.desired(b.toggle("a", OpenDecision("X", None))), b.snapshot(a="9"), b.recorded(a="5"))
    blocked = b.plan(
        b.desired(b.toggle("a", "50", requires=["b"]), b.toggle("b")), b.snapshot(a="9", b="0"), b.recorded(a="5")
    )
    assert [p.observed.drift[0].consequence for p in (undecided, blocked)] == ["left as it is"] * 2


def test_a_toggle_that_vanished_is_held():
    plan = b.plan(b.desired(b.toggle("a", "20", create=True)), b.snapshot(), b.recorded(a="5"))
    assert plan.observed.drift[0].kind is DriftKind.GONE
    assert said(plan, "a") == [(CheckName.HOLD, Verdict.PENDING)]


def test_raises_wait_for_adoption_where_the_store_is_not_ours():
    config = b.desired(b.toggle("a", "5"), b.toggle("b", "0"))
    plan = b.plan(config, b.snapshot(a="0", b="5"), embedded=False)
    assert said(plan, "a") == [(CheckName.ADOPTION, Verdict.PENDING)]
    assert moved(plan) == [("toggle.b", "5 %", "0 %")]


# --- refresh only --------------------------------------------------------------------------------


def test_refresh_only_moves_nothing_and_lets_the_record_follow():
    config = b.desired(b.toggle("a", "20"), b.toggle("b", "5"), b.toggle("c", "5"), b.toggle("d"))
    live = b.snapshot(a="7", b="5", c=b.raw("0", percentage_of_time="9"), d="1")
    plan = b.plan(config, live, b.recorded(a="5", b="5", c="5"), refresh_only=True)
    assert plan.core.moves == ()
    assert [(r.address, str(r.exposure)) for r in plan.core.records] == [(A, "7 %")]
    assert [d.consequence for d in plan.observed.drift] == [
        "the record follows the live value",
        "no exposure says this, so the record stays",
    ]
    assert plan.observed.refresh_only


def test_a_toggle_that_is_gone_is_recorded_at_zero_once():
    config = b.desired(b.toggle("a", "20"), b.toggle("b", "0"))
    plan = b.plan(config, b.snapshot(), b.recorded(a="5", b="0"), refresh_only=True)
    assert [(r.address, str(r.exposure)) for r in plan.core.records] == [(A, "0 %")]
    assert [d.consequence for d in plan.observed.drift] == [
        "the record follows the live value",
        "recorded at 0 % already",
    ]


def test_a_toggle_that_is_gone_and_ours_to_make_is_made_again():
    plan = b.plan(b.desired(b.toggle("a", "0", create=True)), b.snapshot(), b.recorded(a="0"))
    assert [d.consequence for d in plan.observed.drift] == ["made again, at 0 %"]
    assert [m.action for m in plan.core.moves] == [Action.CREATE]


# --- forgetting, deleting, moving ----------------------------------------------------------------


def test_a_removed_block_forgets_and_touches_nothing():
    plan = b.plan(b.desired(), b.snapshot(a="5"), b.recorded(a="5"))
    assert plan.core.moves == ()
    assert [(r.address, r.action) for r in plan.core.records] == [(A, Action.FORGET)]
    assert only(plan, "a").notes == ("the live toggle is left as it is",)


def test_a_block_that_lost_its_exposure_is_forgotten():
    plan = b.plan(b.desired(b.toggle("a")), b.snapshot(a="5"), b.recorded(a="5"))
    assert [(r.address, r.action) for r in plan.core.records] == [(A, Action.FORGET)]


def test_a_delete_needs_a_toggle_of_ours_at_0_and_approval():
    removed = (Removed(A, delete=True),)
    record = b.recorded(a="5")
    plan = b.plan(b.desired(removed=removed), b.snapshot(a="5"), record)
    assert said(plan, "a") == [
        (CheckName.DELETION, Verdict.FAIL),
        (CheckName.DELETION, Verdict.FAIL),
        (CheckName.DELETION, Verdict.PENDING),
    ]
    made = replace(record, toggles={A: ToggleRecord("a_enabled", Exposure.parse("0"), created=True)})
    plan = b.plan(b.desired(removed=removed), b.snapshot(a="0"), made)
    assert said(plan, "a") == [(CheckName.DELETION, Verdict.PENDING)]
    assert [(m.action, m.after, str(m.approvals[0])) for m in plan.core.moves] == [(Action.DELETE, None, "role.none")]
    unaddressable = replace(made, toggles={A: ToggleRecord("..", Exposure.parse("0"), created=True)})
    store = replace(b.snapshot(), toggles={"..": b.raw("0")})
    assert said(b.plan(b.desired(removed=removed), store, unaddressable), "a")[0] == (CheckName.STORE, Verdict.FAIL)
    gone = b.plan(b.desired(removed=removed), b.snapshot(), made)
    assert only(gone, "a").notes == ("the live toggle is gone already",)


def test_a_moved_toggle_keeps_its_record():
    config = b.desired(b.toggle("new", "5", key="old_enabled"), moved=(Moved(b.address("old"), b.address("new")),))
    plan = b.plan(config, b.snapshot(old="5"), b.recorded(old="5"))
    assert [(str(r.address), r.action, str(r.moved_from)) for r in plan.core.records] == [
        ("toggle.new", Action.MOVE, "toggle.old")
    ]
    _, record = b.applied(plan, b.snapshot(old="5"), b.recorded(old="5"))
    assert not b.plan(config, b.snapshot(old="5"), record).has_changes


def test_moved_blocks_are_followed_to_the_end():
    one, two, three = b.address("one"), b.address("two"), b.address("three")
    config = b.desired(b.toggle("three", "50", key="one_enabled"), moved=(Moved(one, two), Moved(two, three)))
    plan = b.plan(config, b.snapshot(one="20"), b.recorded(one="50"))
    assert said(plan, "three") == [(CheckName.HOLD, Verdict.PENDING)]
    assert [(str(r.address), str(r.moved_from)) for r in plan.core.records] == [("toggle.three", "toggle.one")]
    both = b.plan(config, b.snapshot(one="20"), b.recorded(one="50", two="5"))
    assert [(str(r.address), r.action) for r in both.core.records] == [
        ("toggle.one", Action.FORGET),
        ("toggle.three", Action.MOVE),
    ]


@pytest.mark.parametrize("back", ["one", "two"])
def test_moved_blocks_that_lead_in_a_circle_come_to_an_end(back):
    one, two, three = b.address("one"), b.address("two"), b.address("three")
    config = b.desired(
        b.toggle("two", "5", key="one_enabled"),
        moved=(Moved(one, two), Moved(two, three), Moved(three, b.address(back))),
    )
    plan = b.plan(config, b.snapshot(one="5"), b.recorded(one="5"))
    assert plan.core.moves == ()
    assert {record.key for record in plan.core.records} == {"one_enabled"}


def test_a_moved_block_takes_its_instances_along_and_keeps_holds():
    old, new = Address("toggle", "site", "653"), Address("toggle", "place", "653")
    config = b.desired(b.toggle("x", "5", address=new, key="k"), moved=(Moved(old.block, new.block),))
    record = replace(
        b.recorded(), toggles={old: ToggleRecord("k", Exposure.parse("0"))}, holds={old: Hold("h", "c", b.NOW, "w")}
    )
    plan = b.plan(config, replace(b.snapshot(), toggles={"k": b.raw("0")}), record)
    change = plan.observed.changes[0]
    assert (change.address, change.moved_from) == (new, old)
    assert change.checks[0].name is CheckName.HOLD


def test_an_undecided_toggle_can_be_moved():
    config = b.desired(
        b.toggle("new", OpenDecision("X", None), key="old_enabled"), moved=(Moved(b.address("old"), b.address("new")),)
    )
    plan = b.plan(config, b.snapshot(old="5"), b.recorded(old="5"))
    assert [r.action for r in plan.core.records] == [Action.MOVE]


def test_a_changed_key_draws_other_people_and_says_so():
    config = b.desired(b.toggle("a", "5", key="other_enabled"))
    plan = b.plan(config, b.snapshot(a="5", other="0"), b.recorded(a="5"))
    assert only(plan, "a").notes[0].startswith("the key was a_enabled; another key draws other people")
    assert moved(plan) == [("toggle.a", "0 %", "5 %")]
    assert plan.observed.drift == ()


# --- policy --------------------------------------------------------------------------------------


def test_a_raise_over_the_limit_is_blocked():
    config = b.desired(b.toggle("a", "100"), b.toggle("b", "50"), policy=b.policy("50"))
    plan = b.plan(config, b.snapshot(a="5", b="0"))
    assert said(plan, "a") == [(CheckName.MAX_RAISE, Verdict.FAIL)]
    assert only(plan, "a").checks[0].detail == ("From 5 % to 100 % are 95 points; the policy allows 50 in one plan.")
    assert moved(plan) == [("toggle.b", "0 %", "50 %")]


def test_a_lower_that_gives_people_something_counts_as_a_raise():
    experience = Address("experience", "legacy")
    config = b.desired(
        b.toggle("a", "0"),
        b.toggle("b", "0"),
        experiences={experience: Experience(experience, "Old list", And((Not(Is(A)), Is(B))))},
        policy=b.policy("50"),
    )
    plan = b.plan(config, b.snapshot(a="100", b="100"))
    assert said(plan, "a") == [(CheckName.MAX_RAISE, Verdict.FAIL)]
    assert "lowering it counts as a raise: it gives people experience.legacy" in only(plan, "a").checks[0].detail
    assert moved(plan) == [("toggle.b", "100 %", "0 %")]


def test_too_many_changes_at_once_are_all_blocked():
    toggles = [b.toggle(f"t{i}", "0") for i in range(10)]
    config = b.desired(*toggles, policy=b.policy(share="0.3"))
    names = [f"t{i}" for i in range(10)]
    some = b.plan(config, b.snapshot(**{n: "5" if n < "t3" else "0" for n in names}))
    assert len(some.core.moves) == 3
    many = b.plan(config, b.snapshot(**{n: "5" if n < "t4" else "0" for n in names}))
    assert many.core.moves == ()
    assert {said(many, n)[0] for n in names if n < "t4"} == {(CheckName.CHANGED_SHARE, Verdict.FAIL)}
    assert only(many, "t0").checks[-1].detail == (
        "4 of 10 managed toggles would change or be forgotten (40 %); the policy allows 30 % in one plan."
    )


def test_an_emptied_configuration_stops_at_the_share():
    names = [f"t{i}" for i in range(12)]
    plan = b.plan(
        b.desired(policy=b.policy(share="0.3")),
        b.snapshot(**dict.fromkeys(names, "5")),
        b.recorded(**dict.fromkeys(names, "5")),
    )
    assert plan.core.records == ()
    assert len(plan.blocked) == 12


def test_a_share_says_nothing_of_few_toggles():
    config = b.desired(b.toggle("a", "5"), policy=b.policy(share="0.3"))
    assert len(b.plan(config, b.snapshot(a="0")).core.moves) == 1


# --- targets -------------------------------------------------------------------------------------


def chain():
    config = b.desired(
        b.toggle("a", "100"),
        b.toggle("m", "5", requires=["a"]),
        b.toggle("n", "5", requires=["m"], at_least="5"),
        b.toggle("z", "5"),
    )
    return config, b.snapshot(a="0", m="0", n="0", z="0")


def test_a_target_brings_its_prerequisites():
    plan = b.plan(*chain(), targets=frozenset({b.address("m")}))
    assert [m.address.name for m in plan.core.moves] == ["a", "m"]
    assert [a.name for a in plan.observed.left_out] == ["n", "z"]


def test_an_exclusion_takes_along_what_comes_after():
    plan = b.plan(*chain(), excludes=frozenset({b.address("m")}))
    assert [m.address.name for m in plan.core.moves] == ["a", "z"]


def test_lowering_a_target_brings_its_dependents():
    config = b.desired(b.toggle("a", "0"), b.toggle("m", "0", requires=["a"]), b.toggle("z", "0"))
    plan = b.plan(config, b.snapshot(a="100", m="5", z="5"), targets=frozenset({A}))
    assert [m.address.name for m in plan.core.moves] == ["a", "m"]


def test_a_diamond_of_prerequisites_is_brought_once():
    config = b.desired(
        b.toggle("a", "100"),
        b.toggle("l", "100", requires=["a"]),
        b.toggle("r", "100", requires=["a"]),
        b.toggle("m", "5", requires=["l", "r"]),
    )
    plan = b.plan(config, b.snapshot(a="0", l="0", r="0", m="0"), targets=frozenset({b.address("m")}))
    assert [m.address.name for m in plan.core.moves] == ["a", "l", "m", "r"]


def test_a_target_names_a_whole_block():
    sites = [
        replace(b.toggle("x", "5"), address=Address("toggle", "site", key), key=f"site_{key}") for key in ("1", "2")
    ]
    config = b.desired(*sites, b.toggle("z", "5"))
    live = replace(b.snapshot(z="0"), toggles={"site_1": b.raw("0"), "site_2": b.raw("0"), "z_enabled": b.raw("0")})
    plan = b.plan(config, live, targets=frozenset({Address("toggle", "site")}))
    assert [m.key for m in plan.core.moves] == ["site_1", "site_2"]


def test_checks_run_on_the_end_that_is_left():
    """The prerequisite is excluded, so the dependent is out, too."""
    plan = b.plan(*chain(), excludes=frozenset({A}))
    assert [m.address.name for m in plan.core.moves] == ["z"]


# --- what is observed ----------------------------------------------------------------------------


def test_preconditions_are_of_moved_toggles_and_their_neighbours():
    config = b.desired(b.toggle("a", "100"), b.toggle("m", "5", requires=["a"]), b.toggle("z", "5"))
    plan = b.plan(config, b.snapshot(a="100", m="0", z="5"), b.recorded(a="100", z="5"))
    assert [
        (p.address.name, str(p.live), str(p.recorded and p.recorded.exposure)) for p in plan.core.preconditions
    ] == [
        ("a", "100 %", "100 %"),
        ("m", "0 %", "None"),
    ]


def test_changed_outputs_are_a_change():
    config = b.desired(b.toggle("a", "5"), outputs={"share": Output("share", 5)})
    live, record = b.applied(b.plan(config, b.snapshot(a="0")), b.snapshot(a="0"))
    assert not b.plan(config, live, record).has_changes
    other = replace(config, outputs={"share": Output("share", 6)})
    plan = b.plan(other, live, record)
    assert plan.has_changes
    assert plan.observed.outputs_changed
    assert [item["value"] for item in plan.observed.outputs_before.values()] == [5]


def test_a_toggle_that_is_moved_and_raised_in_one_plan():
    config = b.desired(b.toggle("new", "20", key="old_enabled"), moved=(Moved(b.address("old"), b.address("new")),))
    live, record = b.snapshot(old="5"), b.recorded(old="5")
    plan = b.plan(config, live, record)
    assert [(str(r.address), r.key, r.action) for r in plan.core.records] == [
        ("toggle.new", "old_enabled", Action.MOVE)
    ]
    assert moved(plan) == [("toggle.new", "5 %", "20 %")]
    assert not b.plan(config, *b.applied(plan, live, record)).has_changes


def test_a_blocked_raise_does_not_keep_a_record_from_moving():
    child = b.toggle("new", "20", key="old_enabled", requires=["a"])
    config = b.desired(b.toggle("a"), child, moved=(Moved(b.address("old"), b.address("new")),))
    plan = b.plan(config, b.snapshot(old="0", a="0"), b.recorded(old="0"))
    assert plan.core.moves == ()
    assert [r.action for r in plan.core.records] == [Action.MOVE]


def test_a_rollback_adopts_no_store():
    """Its state knows only what it turned down."""
    real = Options("flipper.api")
    down = b.recorded(None, a="0")
    held = replace(down, holds={b.address("a"): Hold("1", "errors", b.NOW, "ann")})
    config, live = b.desired(b.toggle("a", "0"), b.toggle("z", "5")), b.snapshot(a="0", z="0")
    assert b.plan(config, live, held, real).core.moves == ()
    assert [m.address.name for m in b.plan(config, live, down, real).core.moves] == ["z"]
    assert [m.address.name for m in b.plan(config, live, replace(held, applied={}), real).core.moves] == ["z"]
