"""Guards: what is in force, what loosening one needs."""

import json
from dataclasses import replace

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import Moved, Policy, Role
from flagstaff.model.evidence import Verdict
from flagstaff.model.recorded import Recorded
from flagstaff.plan.check import CheckName
from flagstaff.plan.guards import Guards, compare, declared, decode_guards, encode_guards, renamed
from flagstaff.plan.requirements import strictest
from flagstaff.testing import building as b

SIGNED = b.owned("po@example.gov ssh-ed25519 AAAA")
UNSIGNED = b.owned()
PRODUCT = Address("product", "p")


def config(*, requires=("a",), at_least="100", protected=False, owned=SIGNED, exposure="5", **fields):
    child = b.toggle("m", exposure, requires=requires, at_least=at_least, protected=protected, product=PRODUCT)
    return b.desired(b.toggle("a", "5"), child, **{**owned, **fields})


def record(of):
    return replace(b.recorded(of), applied={"outputs": {}})


def texts(plan):
    return [(g.guard, g.subject, g.before, g.after, g.loosens, str(g.role)) for g in plan.core.guard_changes]


def test_the_first_apply_records_and_changes_nothing():
    plan = b.plan(config(), b.snapshot(a="5", m="0"))
    assert plan.core.guard_changes == ()
    assert plan.observed.guards == encode_guards(declared(config()))


def test_a_removed_requirement_stays_in_force_until_the_recorded_role_agrees():
    plan = b.plan(config(requires=()), b.snapshot(a="5", m="0"), record(config()))
    assert texts(plan) == [("requirement", "toggle.m requires toggle.a", "at least 100 %", "none", True, "role.owner")]
    change = next(c for c in plan.observed.changes if c.address.name == "m")
    assert [(c.name, c.verdict) for c in change.checks] == [(CheckName.GUARD_CHANGE, Verdict.PENDING)]
    assert "stays in force until role.owner agrees" in change.checks[0].detail
    assert plan.core.moves == ()
    assert plan.observed.guards["requirements"][0]["at_least"] == "100"


def test_where_no_role_could_agree_the_loosening_is_listed_and_takes_effect():
    plan = b.plan(config(requires=(), owned=UNSIGNED), b.snapshot(a="5", m="0"), record(config(owned=UNSIGNED)))
    assert texts(plan) == [("requirement", "toggle.m requires toggle.a", "at least 100 %", "none", True, "None")]
    assert [m.address.name for m in plan.core.moves] == ["m"]
    assert plan.observed.guards["requirements"] == []


def test_tightening_takes_effect_at_once():
    plan = b.plan(config(), b.snapshot(a="5", m="0"), record(config(requires=())))
    assert texts(plan)[0][2:5] == ("none", "at least 100 %", False)
    assert plan.blocked


def test_loosening_while_the_raise_is_not_affected():
    plan = b.plan(config(at_least="5", exposure="0"), b.snapshot(a="5", m="0"), record(config(exposure="0")))
    assert texts(plan)[0][2:] == ("at least 100 %", "at least 5 %", True, "role.owner")


@pytest.mark.parametrize(
    ("old", "new", "loosens"),
    [
        ({"hard": True}, {}, True),
        ({}, {"hard": True}, False),
        ({}, {"actors_only": True}, True),
        ({"actors_only": True}, {}, False),
    ],
)
def test_what_loosens_a_requirement(old, new, loosens):
    def guards(changes):
        r = replace(b.toggle("m", requires=["a"]).requirements[0], **changes)
        return Guards(requirements={(r.child, r.parent): r})

    changes = compare(guards(old), guards(new), b.NOW).changes
    assert [change.loosens for change in changes] == [loosens]


def test_protection_stays_in_force_until_the_role_agrees():
    before, after = config(protected=True, requires=()), config(requires=(), exposure="0")
    plan = b.plan(after, b.snapshot(a="5", m="5"), record(before))
    assert texts(plan) == [("protection", "toggle.m", "protected", "not protected", True, "role.owner")]
    check = next(c for c in plan.observed.changes if c.address.name == "m").checks[0]
    assert check.name is CheckName.PROTECTION
    assert check.detail.endswith("Its protection was taken out of the configuration, and stays in force until then.")
    assert plan.observed.guards["protected"] == ["toggle.m"]


def test_new_protection_and_protection_nobody_guards():
    more = compare(declared(config(owned=UNSIGNED)), declared(config(owned=UNSIGNED, protected=True)), b.NOW)
    assert [(c.before, c.after, c.loosens) for c in more.changes] == [("not protected", "protected", False)]
    less = compare(declared(config(owned=UNSIGNED, protected=True)), declared(config(owned=UNSIGNED)), b.NOW)
    assert [(c.loosens, c.role) for c in less.changes] == [(True, None)]
    assert less.in_force.protected == frozenset()


def test_protected_with_nobody_to_ask():
    plan = b.plan(config(protected=True, requires=(), owned={}, exposure="0"), b.snapshot(a="5", m="5"))
    check = next(c for c in plan.observed.changes if c.address.name == "m").checks[0]
    assert "no role is recorded that could agree" in check.detail
    assert check.ways_out == ()


def test_a_role_changes_only_with_its_own_agreement():
    other = b.owned("other@example.gov ssh-ed25519 BBBB")
    plan = b.plan(config(owned=other), b.snapshot(a="5", m="0"), record(config()))
    assert texts(plan) == [
        (
            "role",
            "role.owner",
            "po@example.gov ssh-ed25519 AAAA",
            "other@example.gov ssh-ed25519 BBBB",
            True,
            "role.owner",
        )
    ]
    assert plan.observed.guards["roles"]["role.owner"]["signers"] == ["po@example.gov ssh-ed25519 AAAA"]


def test_a_role_that_named_nobody_can_be_filled():
    team = {**UNSIGNED, "roles": {b.OWNER: Role(b.OWNER, github_team="org/team")}}
    plan = b.plan(config(owned=team), b.snapshot(a="5", m="0"), record(config(owned=UNSIGNED)))
    assert texts(plan) == [("role", "role.owner", "nobody", "org/team", False, "None")]
    assert plan.observed.guards["roles"]["role.owner"]["github_team"] == "org/team"


def test_a_new_and_a_removed_role():
    new, old = Guards(roles={b.OWNER: Role(b.OWNER, ("x",))}), Guards()
    assert [(c.before, c.after, c.loosens) for c in compare(old, new, b.NOW).changes] == [("not declared", "x", False)]
    removed = compare(new, old, b.NOW)
    assert [(c.after, c.role) for c in removed.changes] == [("not declared", b.OWNER)]
    assert b.OWNER in removed.in_force.roles


def limits(raise_=None, share=None, owner=None):
    policy = replace(b.policy(raise_, share), owner=owner)
    return Guards(policy=policy, roles={b.OWNER: Role(b.OWNER, ("x",))})


def test_policy_limits():
    old, new = limits("50", "0.3", b.OWNER), limits("60", "0.5", b.OWNER)
    found = compare(old, new, b.NOW)
    assert [(c.subject, c.before, c.after, c.loosens, c.role) for c in found.changes] == [
        ("max_raise", "50 points", "60 points", True, b.OWNER),
        ("max_changed_share", "30 %", "50 %", True, b.OWNER),
    ]
    assert found.in_force.policy == old.policy
    tighter = compare(new, old, b.NOW)
    assert [c.loosens for c in tighter.changes] == [False, False]
    assert tighter.in_force.policy == old.policy


def test_a_limit_that_waits_for_its_owner_says_who_must_agree():
    before = config(exposure="5", requires=(), policy=replace(b.policy("20", "0.1"), owner=b.OWNER))
    after = config(exposure="50", requires=(), policy=replace(b.policy("50", "0.3"), owner=b.OWNER))
    plan = b.plan(after, b.snapshot(a="5", m="5"), record(before))
    [check] = next(c for c in plan.observed.changes if c.address.name == "m").checks
    assert check.detail == "From 5 % to 50 % are 45 points; the policy allows 20 in one plan."
    assert check.ways_out == (
        "go in smaller steps",
        "an approval by role.owner: `max_raise` was loosened in the configuration, and does not count until then",
    )
    found = compare(declared(before), declared(after), b.NOW)
    assert found.way_past("max_changed_share").startswith("an approval by role.ow")


def test_a_lower_that_waits_for_a_loosened_requirement_says_so():
    def of(parent, at_least):
        child = b.toggle("m", "5", requires=["a"], at_least=at_least, product=PRODUCT)
        return b.desired(b.toggle("a", parent), child, **SIGNED)

    plan = b.plan(of("20", "10"), b.snapshot(a="50", m="5"), record(of("50", "50")))
    [check] = next(c for c in plan.observed.changes if c.address.name == "a").checks
    assert (check.name, check.verdict) == (CheckName.GUARD_CHANGE, Verdict.PENDING)
    assert check.detail == (
        "It would go from 50 % to 20 % while toggle.m stays at 5 %, which requires 50 % of it. The requirement was "
        "loosened in the configuration, and stays in force until role.owner agrees."
    )


def test_policy_without_owner_changes_freely_and_is_listed():
    found = compare(limits("50"), limits(), b.NOW)
    assert [(c.before, c.after, c.loosens, c.role) for c in found.changes] == [("50 points", "no limit", True, None)]
    assert found.in_force.policy == Policy()


def test_policy_owner():
    found = compare(limits(owner=b.OWNER), limits(), b.NOW)
    assert [(c.subject, c.before, c.after, c.role) for c in found.changes] == [
        ("owner", "role.owner", "nobody", b.OWNER)
    ]
    assert found.in_force.policy.owner == b.OWNER
    assert compare(limits(), limits(owner=b.OWNER), b.NOW).in_force.policy.owner == b.OWNER


def test_guards_survive_their_json_form():
    of = declared(config(protected=True, policy=replace(b.policy("50", "0.3"), owner=b.OWNER)))
    again = decode_guards(json.loads(json.dumps(encode_guards(of))))
    assert compare(again, of, b.NOW).changes == ()
    assert again.owners == of.owners
    assert decode_guards(encode_guards(Guards())) == Guards()


def test_guards_follow_moved_blocks():
    old = declared(config(protected=True))
    names = {b.address("m"): b.address("n")}
    new = renamed(old, names)
    assert list(new.requirements) == [(b.address("n"), b.address("a"))]
    assert new.protected == {b.address("n")}
    assert renamed(old, {}) is old


def test_a_moved_toggle_is_no_guard_change():
    before = config(protected=True)
    toggle = replace(
        before.toggles[b.address("m")],
        address=b.address("n"),
        requirements=tuple(replace(r, child=b.address("n")) for r in before.toggles[b.address("m")].requirements),
    )
    after = b.desired(before.toggles[b.address("a")], toggle, moved=(Moved(b.address("m"), b.address("n")),), **SIGNED)
    state = replace(b.recorded(before, m="0"), applied={})
    assert b.plan(after, b.snapshot(a="5", m="0"), state).core.guard_changes == ()


def test_a_toggle_renamed_without_a_moved_block_keeps_its_guards_and_record():
    before = config(protected=True, requires=(), exposure="50")
    key = before.toggles[b.address("m")].key
    after = b.desired(b.toggle("a", "5"), b.toggle("n", "0", key=key, product=PRODUCT), **SIGNED)
    plan = b.plan(after, b.snapshot(a="5", m="50"), replace(b.recorded(before, m="50"), applied={}))
    assert texts(plan) == [("protection", "toggle.n", "protected", "not protected", True, "role.owner")]
    [change] = [c for c in plan.observed.changes if c.key == key]
    assert (str(change.address), str(change.moved_from)) == ("toggle.n", "toggle.m")
    assert [check.name for check in change.checks] == [CheckName.PROTECTION]


def test_a_new_owner_answers_for_a_toggle_once_the_recorded_one_agrees():
    other = Address("role", "other")
    old = Guards(roles={b.OWNER: Role(b.OWNER, ("x",))}, owners={b.address("m"): b.OWNER, b.address("n"): b.OWNER})
    new = Guards(roles={**old.roles, other: Role(other, ("y",))}, owners={b.address("m"): other, b.address("n"): other})
    found = compare(old, new, b.NOW)
    assert [(c.guard, c.subject, c.before, c.after, c.loosens, c.role) for c in found.changes[1:]] == [
        ("owner", "toggle.m, toggle.n", "role.owner", "role.other", True, b.OWNER)
    ]
    assert found.in_force.owners == old.owners


def test_an_owner_that_names_nobody_is_replaced_freely():
    other = Address("role", "other")
    old = Guards(roles={b.OWNER: Role(b.OWNER)}, owners={b.address("m"): b.OWNER})
    found = compare(old, Guards(roles=old.roles, owners={b.address("m"): other}), b.NOW)
    assert [(c.subject, c.loosens, c.role) for c in found.changes] == [("toggle.m", False, None)]
    assert found.in_force.owners == {b.address("m"): other}


def test_the_strictest_of_two_requirements_counts():
    low = b.toggle("m", requires=["a"], at_least="20").requirements[0]
    high = replace(b.toggle("m", requires=["a"], at_least="50").requirements[0], actors_only=True, reason="why")
    hard = replace(low, hard=True)
    assert strictest([hard, high]) == (replace(high, hard=True, actors_only=False),)
    assert strictest([high, low]) == (replace(high, actors_only=False),)


def test_refresh_only_leaves_guards_alone():
    state = record(config())
    plan = b.plan(config(requires=()), b.snapshot(a="5", m="0"), state, refresh_only=True)
    assert plan.core.guard_changes == ()
    assert plan.observed.guards == state.guards
    first = b.plan(config(), b.snapshot(a="5", m="0"), Recorded(), refresh_only=True)
    assert first.observed.guards == encode_guards(declared(config()))


# --- the first guards of a real store ---------------------------------------------------------------


def waiting(plan):
    (change,) = plan.observed.changes
    return [(check.summary, check.verdict.value) for check in change.checks]


def test_raises_wait_for_somebody_to_trust_the_guards():
    config, live = b.desired(b.toggle("a", "5"), **SIGNED), b.snapshot(a="0")
    plan = b.plan(config, live, b.recorded(a="0"), embedded=False)
    assert waiting(plan) == [("Guards not trusted yet", "pending")]
    assert plan.core.moves == ()
    assert waiting(b.plan(config, live, b.recorded(config, a="0"), embedded=False)) == []
    assert waiting(b.plan(config, live, b.recorded(a="0"))) == []


def test_guards_that_no_role_holds_need_no_trust():
    """Loosening them would never be held against anybody, so there is nothing to agree to."""
    config = b.desired(b.toggle("a", "5"), policy=b.policy(max_raise="50"), **UNSIGNED)
    plan = b.plan(config, b.snapshot(a="0"), b.recorded(a="0"), embedded=False)
    assert waiting(plan) == []
    assert plan.observed.guards["policy"]["max_raise"] == 50_000


def test_a_store_without_any_state_is_to_be_adopted_first():
    plan = b.plan(b.desired(b.toggle("a", "5")), b.snapshot(a="0"), embedded=False)
    assert waiting(plan) == [("Store not adopted yet", "pending")]
    assert "init -from-live -trust" in plan.observed.changes[0].checks[0].ways_out[1]


def test_lowers_do_not_wait_and_record_no_guards():
    config = b.desired(b.toggle("a", "0", protected=False), policy=b.policy(max_raise="50"), **SIGNED)
    plan = b.plan(config, b.snapshot(a="5"), b.recorded(a="5"), embedded=False)
    assert len(plan.core.moves) == 1
    assert plan.observed.guards == {}
    refreshed = b.plan(config, b.snapshot(a="7"), b.recorded(a="5"), embedded=False, refresh_only=True)
    assert refreshed.observed.guards == {}


def test_declared_guards_restrain_before_they_are_trusted():
    config = b.desired(b.toggle("a", "0", protected=True))
    plan = b.plan(config, b.snapshot(a="5"), b.recorded(a="5"), embedded=False)
    assert waiting(plan) == [("Protected toggle", "pending")]


def test_an_embedded_store_records_them_at_the_first_apply():
    config = b.desired(b.toggle("a", "5"), policy=b.policy(max_raise="50"))
    assert b.plan(config, b.snapshot(a="0")).observed.guards["policy"]["max_raise"] == 50_000


@pytest.mark.parametrize(
    "damage",
    [
        {"policy": None},
        {"roles": []},
        {"requirements": [{}]},
        {"protected": ["nonsense"]},
        {"owners": {"toggle.a": 7}},
        {"policy": {"max_raise": None, "max_changed_share": "x", "owner": None}},
    ],
    ids=lambda damage: next(iter(damage)),
)
def test_damaged_guards_are_a_message_and_no_bug(damage):
    with pytest.raises(Failure) as raised:
        decode_guards({**encode_guards(Guards()), **damage})
    assert raised.value.diagnostics[0].summary == "State is damaged"
