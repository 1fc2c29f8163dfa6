"""Waivers: what they let through, who has to agree, and what they never do."""

from datetime import UTC, timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.rollout import Rollout, Stage, StageName, Waiver
from flagstaff.plan.candidates import NOBODY
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.plan import Status, Waived
from flagstaff.plan.waivers import WAIVABLE, Allowance, allowances, declared, of_stage, waive
from flagstaff.testing import building as b

UNTIL = b.NOW + timedelta(days=2)
OWNED = b.owned("po@example.gov ssh-ed25519 AAAA")
PRODUCT = Address("product", "p")
POLICY_OWNER = Address("role", "lead")


def waiver(check="requirement", **fields):
    return b.replace(Waiver(check, "the fix is live", UNTIL), **fields)


def config(*waivers, hard=False, owned=OWNED, **fields):
    child = b.toggle("m", "5", requires=("a",), product=PRODUCT, waivers=waivers)
    hardened = tuple(b.replace(requirement, hard=hard) for requirement in child.requirements)
    return b.desired(b.toggle("a", "5"), b.replace(child, requirements=hardened), **{**owned, **fields})


def of(plan, name):
    return next(change for change in plan.observed.changes if change.address == b.address(name))


LIVE = b.snapshot(a="5", m="0")


def test_a_waived_requirement_waits_for_the_owner():
    plan = b.plan(config(waiver()), LIVE)
    assert [(m.address.name, m.approvals) for m in plan.core.moves] == [("m", (b.OWNER,))]
    assert plan.core.waived == (Waived("toggle.m", CheckName.REQUIREMENT, "the fix is live", UNTIL, b.OWNER),)
    check = of(plan, "m").checks[0]
    assert (check.verdict, check.waived, check.ways_out) == (Verdict.PENDING, True, ("an approval by role.owner",))
    assert check.detail == (
        "toggle.m requires toggle.a, which will not be where it has to be. "
        "Waived until 2026-01-29 14:00 UTC, once role.owner agrees: the fix is live"
    )


def test_a_hard_requirement_is_never_waived():
    plan = b.plan(config(waiver(), hard=True), LIVE)
    assert plan.core.moves == ()
    assert of(plan, "m").status is Status.BLOCKED


@pytest.mark.parametrize(
    "one",
    [
        waiver(until=b.NOW),
        waiver("soak"),
        waiver(of=Address("toggle", "other")),
    ],
)
def test_a_waiver_that_is_over_or_about_something_else_counts_for_nothing(one):
    plan = b.plan(config(one), LIVE)
    assert plan.core.moves == ()
    assert plan.core.waived == ()
    assert of(plan, "m").checks[0].summary == "Requirement not met"


def test_a_waiver_that_is_over_is_warned_of():
    plan = b.plan(config(waiver(until=b.NOW)), LIVE)
    assert [(w.summary, w.detail) for w in plan.observed.warnings] == [
        (
            "Waiver has expired",
            (
                'The waiver of "requirement" of toggle.m ended on 2026-01-27 14:00 UTC, and counts for nothing. '
                "Take it out."
            ),
        )
    ]


def test_where_nobody_could_agree_the_move_waits_for_ever():
    plan = b.plan(config(waiver(), owned=b.owned()), LIVE)
    assert [m.approvals for m in plan.core.moves] == [(NOBODY,)]
    [check] = of(plan, "m").checks
    assert "but no role is recorded that could agree" in check.detail
    assert check.ways_out[-1] == "or give the product an `owner`, a role with signers, that can agree to the waiver"


def test_a_lower_that_strands_a_dependent_can_be_waived_too():
    child = b.toggle("m", "5", requires=("a",), product=PRODUCT, waivers=(waiver(of=Address("toggle", "a")),))
    plan = b.plan(b.desired(b.toggle("a", "50"), child, **OWNED), b.snapshot(a="100", m="5"))
    assert [(m.address.name, m.approvals) for m in plan.core.moves] == [("a", (b.OWNER,))]


def test_all_of_several_requirements_need_their_waivers():
    child = b.toggle("m", "5", requires=("a", "c"), product=PRODUCT)
    toggles = (b.toggle("a", "5"), b.toggle("c", "5"))
    live = b.snapshot(a="5", c="5", m="0")
    one = b.desired(*toggles, b.replace(child, waivers=(waiver(of=b.address("a")),)), **OWNED)
    assert b.plan(one, live).core.moves == ()
    both = b.replace(child, waivers=(waiver(of=b.address("a")), waiver(of=b.address("c"), reason="too")))
    assert [w.reason for w in b.plan(b.desired(*toggles, both, **OWNED), live).core.waived] == [
        "the fix is live",
        "too",
    ]


def test_the_change_id_covers_what_is_waived():
    first, second = (b.plan(config(waiver(reason=reason)), LIVE).core for reason in ("one", "two"))
    assert first != second


def test_the_policy_s_limits_are_waived_by_its_owner():
    policy = b.replace(b.policy("10", "0.1"), owner=POLICY_OWNER, waivers=(waiver("max raise"), waiver("soak")))
    roles = {POLICY_OWNER: b.replace(OWNED["roles"][b.OWNER], address=POLICY_OWNER)}
    plan = b.plan(b.desired(b.toggle("a", "50"), policy=policy, roles=roles), b.snapshot(a="5"))
    assert [(m.address.name, m.approvals) for m in plan.core.moves] == [("a", (POLICY_OWNER,))]
    assert [(w.subject, w.check) for w in plan.core.waived] == [("policy", CheckName.MAX_RAISE)]


def test_too_many_changes_at_once_can_be_waived():
    policy = b.replace(b.policy(share="0.1"), owner=POLICY_OWNER, waivers=(waiver("changed share"),))
    roles = {POLICY_OWNER: b.replace(OWNED["roles"][b.OWNER], address=POLICY_OWNER)}
    names = [f"t{number}" for number in range(12)]
    world = b.desired(*(b.toggle(name, "5") for name in names), policy=policy, roles=roles)
    plan = b.plan(world, b.snapshot(**dict.fromkeys(names, "0")))
    assert {m.approvals for m in plan.core.moves} == {(POLICY_OWNER,)}
    assert [w.check for w in plan.core.waived] == [CheckName.CHANGED_SHARE]


def stage_with(*waivers, **fields):
    rollout = Address("rollout", "r")
    stage = Stage(StageName(rollout, "s"), exposure=Exposure(5000), waivers=waivers, **fields)
    return Rollout(rollout, stages=(stage,)), stage


def test_a_stage_s_waiver_is_approved_by_its_own_role_else_by_an_owner():
    world = config(roles={**OWNED["roles"], POLICY_OWNER: b.replace(OWNED["roles"][b.OWNER], address=POLICY_OWNER)})
    guards = b.declared(world)
    own, stage = stage_with(waiver("soak"), approvals=(POLICY_OWNER,))
    assert [one.role for one in of_stage(own, stage, world, guards, b.NOW)] == [POLICY_OWNER]
    plain, stage = stage_with(waiver("soak"), toggles=(b.address("m"),))
    assert [one.role for one in of_stage(plain, stage, world, guards, b.NOW)] == [b.OWNER]
    product, stage = stage_with(waiver("soak"))
    found = of_stage(b.replace(product, product=PRODUCT), stage, world, guards, b.NOW)
    assert [(one.role, one.subject) for one in found] == [(b.OWNER, "rollout.r.stage.s")]


def test_a_toggle_has_its_stage_s_waivers():
    rollout, stage = stage_with(waiver("soak"), toggles=(b.address("m"),))
    world = config(waiver("blocker"), rollouts={rollout.address: rollout})
    toggles = {**world.toggles, b.address("m"): b.replace(world.toggles[b.address("m")], stage=stage.name)}
    world = b.replace(world, toggles=toggles, policy=b.replace(b.policy(), waivers=(waiver("freeze"),)))
    found = allowances(world, b.declared(world), b.NOW)
    assert [one.waiver.check for one in found.of(b.address("m"))] == ["blocker", "soak", "freeze"]
    assert [one.waiver.check for one in found.of(b.address("a"))] == ["freeze"]
    assert [subject for subject, _ in declared(world)] == ["toggle.m", "rollout.r.stage.s", "policy"]


@pytest.mark.parametrize("name", WAIVABLE)
@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.UNDECIDED])
def test_only_what_did_not_pass_is_waived(name, verdict):
    one = Allowance(waiver(name.value), "toggle.m", b.OWNER, UTC)
    check = Check(name, verdict, "Said", "It was found.", ways_out=("wait",))
    waived, used = waive(check, (one,))
    assert (waived.verdict, waived.waived, used) == (Verdict.PENDING, True, one)
    for verdict_ in (Verdict.PASS, Verdict.PENDING):
        passed = b.replace(check, verdict=verdict_)
        assert waive(passed, (one,)) == (passed, None)


def test_a_waiver_of_one_monitor_lets_no_other_through():
    monitor, other = Address("monitor", "errors"), Address("monitor", "latency")
    one = Allowance(waiver("monitor", of=monitor), "toggle.m", b.OWNER, UTC)
    check = Check(CheckName.MONITOR, Verdict.FAIL, "Said", "It was found.", of=other)
    assert waive(check, (one,))[1] is None
    assert waive(b.replace(check, of=monitor), (one,))[1] == one
