"""Approvals of stages as guards: what a pull request takes out stays in force until the role agrees."""

from dataclasses import replace

import pytest

from flagstaff.addresses import Address
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import Rollout, Stage, StageName
from flagstaff.plan import consents
from flagstaff.plan.check import CheckName
from flagstaff.plan.consents import Consent
from flagstaff.plan.guards import Guards, compare, declared, decode_guards, encode_guards, renamed
from flagstaff.testing import building as b

ROLLOUT = Address("rollout", "r")
STAGE = StageName(ROLLOUT, "limited")
PRODUCT = Address("product", "p")
OTHER = Address("role", "other")
SIGNED = b.owned("po@example.gov ssh-ed25519 AAAA")


def config(*, approvals=(b.OWNER,), toggles=("a", "c"), to="20", go=True, owned=SIGNED, **fields):
    exposure = Exposure.parse(to) if isinstance(to, str) else to
    stage = Stage(STAGE, exposure=exposure, toggles=tuple(map(b.address, toggles)), approvals=approvals)
    place = {"rollout": ROLLOUT, "stage": STAGE if go else None, "product": PRODUCT}
    made = [b.toggle(name, to if go and isinstance(to, str) else None, **place) for name in toggles]
    rollouts = {ROLLOUT: Rollout(ROLLOUT, go=("limited",) if go else (), stages=(stage,))}
    return b.desired(*made, rollouts=rollouts, **owned, **fields)


LIVE = b.snapshot(a="5", c="5")


def record(of=None):
    return replace(b.recorded(of or config(go=False), a="5", c="5"), applied={"outputs": {}})


def of(plan, name):
    return next(change for change in plan.observed.changes if change.address == b.address(name))


def test_an_approval_that_was_taken_out_is_still_asked_for():
    plan = b.plan(config(approvals=()), LIVE, record())
    assert [(m.address.name, m.approvals) for m in plan.core.moves] == [("a", (b.OWNER,)), ("c", (b.OWNER,))]
    assert [(g.guard, g.subject, g.before, g.after, g.loosens, g.role) for g in plan.core.guard_changes] == [
        ("approval", str(STAGE), "role.owner for 20 % of toggle.a, toggle.c", "none", True, b.OWNER)
    ]
    assert plan.observed.guards["approvals"] == [
        {"stage": str(STAGE), "roles": ["role.owner"], "toggles": ["toggle.a", "toggle.c"], "level": "20"}
    ]
    assert "approvals" not in plan.observed.agreed


def test_another_role_does_not_take_the_place_of_the_one_before():
    roles = {**SIGNED["roles"], OTHER: replace(SIGNED["roles"][b.OWNER], address=OTHER)}
    plan = b.plan(config(approvals=(OTHER,), owned={**SIGNED, "roles": roles}), LIVE, record())
    assert {m.approvals for m in plan.core.moves} == {(OTHER, b.OWNER)}


def test_a_toggle_that_left_the_stage_is_not_free():
    lone = b.toggle("a", "50", product=PRODUCT)
    rest = config(toggles=("c",))
    plan = b.plan(replace(rest, toggles={lone.address: lone, **rest.toggles}), LIVE, record())
    assert {m.address.name: m.approvals for m in plan.core.moves} == {"a": (b.OWNER,), "c": (b.OWNER,)}
    check = next(check for check in of(plan, "a").checks if check.name is CheckName.APPROVAL)
    assert check.verdict is Verdict.PENDING
    assert check.detail == (
        "role.owner must agree before it reaches 20 %: rollout.r.stage.limited said so at the last apply, and the "
        "configuration doesn't say so any more. That counts once they agree."
    )
    assert check.ways_out == ("flagstaff approve PLAN -as owner",)


def test_below_the_stage_and_above_it_nobody_is_asked_again():
    for live, wanted in (("5", "19.999"), ("20", "50")):
        lone = b.toggle("a", wanted, product=PRODUCT)
        rest = config(toggles=("c",), go=False)
        made = replace(rest, toggles={lone.address: lone, **rest.toggles})
        plan = b.plan(made, b.snapshot(a=live, c="5"), replace(record(), toggles=b.recorded(None, a=live).toggles))
        assert [(m.address.name, m.approvals) for m in plan.core.moves] == [("a", ())]


def test_where_nobody_could_agree_it_is_listed_and_gone():
    unsigned = b.owned()
    plan = b.plan(config(approvals=(), owned=unsigned), LIVE, record(config(go=False, owned=unsigned)))
    assert [(g.loosens, g.role) for g in plan.core.guard_changes] == [(True, None)]
    assert {m.approvals for m in plan.core.moves} == {()}


@pytest.mark.parametrize(
    ("new", "loosens"),
    [
        (config(to="10"), False),
        (config(to="50"), True),
        (config(toggles=("a", "c", "d")), False),
        (config(toggles=("a",)), True),
        (config(approvals=(b.OWNER, OTHER)), False),
        (config(approvals=(OTHER,)), True),
    ],
)
def test_what_loosens(new, loosens):
    found = compare(declared(config()), declared(new), b.NOW)
    assert [(c.guard, c.loosens) for c in found.changes] == [("approval", loosens)]
    assert bool(found.waiting_consents) is loosens


def test_what_is_undecided_or_moves_nothing():
    undecided = config(to=OpenDecision("later", None), go=False)
    assert declared(undecided).consents == {}
    nudging = config(toggles=(), to=None, go=False)
    stage = replace(nudging.rollouts[ROLLOUT].stages[0], exposure=None)
    moved = replace(nudging, rollouts={ROLLOUT: Rollout(ROLLOUT, stages=(stage,))})
    assert declared(moved).consents == {STAGE: Consent(STAGE, (b.OWNER,))}
    assert compare(declared(moved), Guards(roles=moved.roles), b.NOW).changes[-1].before == "role.owner"


def test_they_are_written_and_read_and_follow_their_toggles():
    guards = declared(config())
    assert decode_guards(encode_guards(guards)).consents == guards.consents
    assert "approvals" not in encode_guards(declared(config(approvals=())))
    names = {b.address("a"): b.address("z")}
    assert renamed(guards, names).consents[STAGE].toggles == (b.address("c"), b.address("z"))


def test_only_what_is_passed_is_crossed():
    one = Consent(STAGE, (b.OWNER,), (b.address("a"),), 20_000)
    assert consents.crossed([one], b.address("a"), 5_000, 20_000) == (one,)
    assert consents.crossed([one], b.address("a"), 20_000, 50_000) == ()
    assert consents.crossed([one], b.address("a"), 0, 19_999) == ()
    assert consents.crossed([one], b.address("c"), 0, 50_000) == ()
