"""Who has agreed to a plan, now and while it is applied."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.approvals.asking import Assembly, awaited, guarding
from flagstaff.approvals.message import Kind, Message
from flagstaff.approvals.signing import sign
from flagstaff.approvals.ssh import Ssh
from flagstaff.approvals.verify import Agreement
from flagstaff.cli.agreeing import Agreeing
from flagstaff.cli.terminal import Terminal
from flagstaff.cli.workspace import Workspace
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import Policy, Role
from flagstaff.model.evidence import Approval, Decision
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import StageName
from flagstaff.plan.candidates import NOBODY
from flagstaff.plan.check import CheckName
from flagstaff.plan.codec import change_id, decode_plan, encode_plan
from flagstaff.plan.guards import declared, encode_guards, fingerprint
from flagstaff.plan.plan import GuardChange, StageMove, Waived
from flagstaff.state.appending import append
from flagstaff.state.facts import Approved, Removed
from flagstaff.state.state import State
from flagstaff.testing import building as b
from flagstaff.testing.applying import MemoryState
from flagstaff.testing.clock import FakeClock
from flagstaff.testing.signing import make_key
from flagstaff.views.agreements import agreements_page
from flagstaff.views.look import Look

pytestmark = pytest.mark.service("ssh-keygen")

PO = b.OWNER


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return make_key(tmp_path_factory.mktemp("key"), "po")


@pytest.fixture
def config(key):
    """A protected toggle whose owner is po@example.gov, to be lowered to 1 %."""
    toggle = b.toggle("a", "1", protected=True, product=Address("product", "p"))
    return b.desired(toggle, **b.owned(key.signer("po@example.gov")))


@pytest.fixture
def state(config):
    record = b.recorded(config, a="5")
    return State("lineage", 1, toggles=record.toggles, guards=record.guards)


@pytest.fixture
def plan(config, state):
    return b.plan(config, b.snapshot(a="5"), state.recorded)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def workspace(clock, monkeypatch):
    for name in ("GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_SHA", "GITHUB_TOKEN", "FLAGSTAFF_GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return Workspace(Terminal.standard(), clock=clock)


@pytest.fixture
def decide(key, plan, clock):
    def make(decision: Decision = Decision.GO, **fields) -> Approval:
        now = clock.now()
        message = Message(
            Kind.CHANGE, change_id(plan.core), PO, decision, "test", "lineage", now, now + timedelta(hours=1)
        )
        return sign(replace(message, **fields), Role(PO, (key.signer("po@example.gov"),)), Ssh(), key.file)

    return make


def agreeing(workspace, plan, state, *approvals, store=None, now=None) -> Agreeing:
    return Agreeing.of(workspace, plan, replace(state, approvals=approvals), store or MemoryState(), now)


def test_a_plan_says_whom_it_waits_for(plan):
    assert awaited(plan) == (PO,)
    qa, dev, ops = (Address("role", name) for name in ("qa", "dev", "ops"))
    stage = StageMove(StageName(Address("rollout", "r"), "s"), approvals=(qa, NOBODY))
    waived = Waived("stage", CheckName.SOAK, "why", b.NOW, dev)
    loose = GuardChange("policy", "max_raise", "5", "9", loosens=True, role=ops)
    tight = GuardChange("policy", "max_raise", "9", "5", loosens=False, role=Address("role", "x"))
    core = replace(plan.core, stages=(stage,), waived=(waived,), guard_changes=(loose, tight))
    assert awaited(replace(plan, core=core)) == (dev, ops, PO, qa)
    assert guarding(replace(plan, core=core)) == {ops}


def test_a_go_counts_and_each_signature_is_verified_once(workspace, plan, state, decide):
    found = agreeing(workspace, plan, state, decide())
    asked = []

    class Counting(Ssh):
        def verifies(self, *arguments) -> bool:
            asked.append(arguments)
            return super().verifies(*arguments)

    found.ssh = Counting()
    assert found.approved() == {PO}
    assert found.approved() == {PO}
    assert len(asked) == 1
    assert found.settled() is plan


def test_the_pretended_time_counts(workspace, plan, state, decide):
    assert agreeing(workspace, plan, state, decide(), now=b.NOW + timedelta(days=1)).approved() == frozenset()


def test_an_approval_that_expires_while_it_is_applied_stops_its_raises(workspace, plan, state, decide, clock):
    found = agreeing(workspace, plan, state, decide())
    (move,) = plan.core.moves
    free = replace(move, approvals=())
    assert found.lapsed([move]) == {}
    clock.advance(3601)
    lapsed = found.lapsed([move, free])
    assert list(lapsed) == [move.address]
    assert lapsed[move.address].startswith(
        "The approval of role.owner is gone. po@example.gov approved it at 2026-01-27 14:00 UTC, and that expired at "
    )
    assert found.lapsed([free]) == {}
    assert found.lapsed([replace(move, approvals=(Address("role", "x"),))]) == {
        move.address: "The approval of role.x is gone."
    }


def test_a_no_go_that_is_said_while_it_is_applied_stops_its_raises(workspace, plan, state, decide, clock):
    store = MemoryState()
    found = agreeing(workspace, plan, state, decide(), store=store)
    clock.advance(10)
    facts = [Removed(b.address("z"), "z"), Approved(decide(Decision.NO_GO))]
    append(store, facts, time=clock.now(), run="r", who="po")
    (move,) = plan.core.moves
    assert found.lapsed([move]) == {}  # the journal is read every 30 s
    clock.advance(30)
    assert "po@example.gov said no-go" in found.lapsed([move])[move.address]
    clock.advance(30)
    append(store, [Approved(decide())], time=clock.now(), run="r", who="po")
    clock.advance(30)
    assert found.lapsed([move]) == {}


def test_where_nobody_can_verify_nothing_counts(workspace, plan, state, decide):
    found = agreeing(workspace, plan, state, decide())

    class Missing(Ssh):
        def verifies(self, *_) -> bool:
            raise Failure.error("No ssh-keygen", "Install it.")

    found.ssh = Missing()
    assert found.agreements() == {PO: Agreement(approved=False, reasons=("Install it.",))}


def test_a_role_that_is_not_recorded_counts_for_nothing(workspace, plan, state, decide):
    found = agreeing(workspace, plan, replace(state, guards={**state.guards, "roles": {}}), decide())
    (reason,) = found.agreements()[PO].reasons
    assert reason.startswith("role.owner is not recorded yet, so nobody can approve for it: apply the rest first")


def test_before_the_first_apply_the_declared_role_counts(config, plan):
    assert Assembly.of(plan, Recorded()).roles[PO] == Role(PO, config.roles[PO].signers)
    bare = replace(plan, observed=replace(plan.observed, guards={}))
    assert Assembly.of(bare, Recorded()).roles == {}


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("new", [False, True])
def test_the_stricter_policy_says_whether_ones_own_yes_is_enough(config, old, new):
    then, now = (replace(config, policy=Policy(prevent_self_approval=one)) for one in (old, new))
    record = b.recorded(then, a="5")
    assert Assembly.of(b.plan(now, b.snapshot(a="5"), record), record).others is (old or new)


def test_a_loosened_guard_is_recorded_once_its_role_agreed(workspace, config, state, key, clock):
    free = replace(config, toggles={b.address("a"): b.toggle("a", "5", product=Address("product", "p"))})
    plan = b.plan(free, b.snapshot(a="5"), state.recorded)
    assert plan.core.moves == ()
    assert plan.observed.guards["protected"] == ["toggle.a"]
    assert plan.observed.agreed == encode_guards(declared(free))
    assert plan.core.guards == fingerprint(plan.observed.guards, plan.observed.agreed)
    now = clock.now()
    message = Message(
        Kind.CHANGE, change_id(plan.core), PO, Decision.GO, "test", "lineage", now, now + timedelta(hours=1)
    )
    approval = sign(message, Role(PO, (key.signer("po@example.gov"),)), Ssh(), key.file)
    assert agreeing(workspace, plan, state).settled() is plan
    settled = agreeing(workspace, plan, state, approval).settled()
    assert settled.core == plan.core
    assert settled.observed.guards["protected"] == []
    record = replace(state.recorded, guards=settled.observed.guards)
    assert b.plan(free, b.snapshot(a="5"), record).core.guard_changes == ()


def test_a_saved_plan_cannot_be_given_other_guards(config, state):
    free = replace(config, toggles={b.address("a"): b.toggle("a", "5", product=Address("product", "p"))})
    plan = b.plan(free, b.snapshot(a="5"), state.recorded)
    document = json.loads(json.dumps(encode_plan(plan)))
    assert decode_plan(document) == plan
    document["observed"]["agreed"]["roles"] = {}
    with pytest.raises(ValueError, match="the guards that it would record do not fit its change"):
        decode_plan(document)


@pytest.fixture
def with_team(config, state):
    """The same, where the role has a team in GitHub."""
    role = replace(config.roles[PO], github_team="va/po")
    config = replace(config, roles={PO: role})
    state = replace(state, guards=encode_guards(declared(config)))
    return b.plan(config, b.snapshot(a="5"), state.recorded), state


def test_a_review_counts_and_is_written_down_once(workspace, with_team):
    plan, state = with_team
    store = MemoryState()
    found = agreeing(workspace, plan, state, store=store)
    review = Approval(
        found.assembly.change, PO, Decision.GO, "alice", b.NOW, b.NOW + timedelta(days=3), via="review of #1"
    )
    found.reviews = (review,)
    found.problems = {PO: ("The review of #1 by bob does not count: they wrote the change.",)}
    assert found.agreements()[PO] == Agreement(True, (review,), review.expires)
    found.write_down(run="run", who="ann")
    assert [entry.kind for entry in store.journal] == ["approved"]
    again = agreeing(workspace, plan, state, review, store=store)
    assert again.approved() == frozenset()  # what is written of it is not believed
    again.reviews = (review,)
    again.write_down(run="run", who="ann")
    assert len(store.journal) == 1
    found.reviews = ()
    assert found.agreements()[PO].reasons == ("The review of #1 by bob does not count: they wrote the change.",)


def test_github_is_asked_in_a_run_of_its_actions_only(workspace, with_team, monkeypatch):
    plan, state = with_team
    assert agreeing(workspace, plan, state).problems == {}
    for name, value in {"REPOSITORY": "a/b", "RUN_ID": "1", "SHA": "c" * 40, "TOKEN": "gh-token"}.items():
        monkeypatch.setenv(f"GITHUB_{name}", value)
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("flagstaff.approvals.github_api._TRIES", 1)
    (problem,) = agreeing(workspace, plan, state).problems[PO]
    assert problem.startswith("GitHub can't be reached at http://127.0.0.1:9")
    assert Agreeing.of(workspace, plan, state, MemoryState(), network=False).problems == {}
    monkeypatch.setenv("GITHUB_API_URL", "http://example.gov")
    assert agreeing(workspace, plan, state).agreements()[PO].reasons == (
        "GITHUB_API_URL is not https, and a token is sent over nothing else.",
    )


def test_the_page_says_who_agreed_and_what_is_missing(plan, decide):
    qa = Address("role", "qa")
    review = replace(decide(), message="", signature="", principal="alice", via="review of #1 (va/po)")
    agreements = {
        PO: Agreement(approved=True, by=(decide(note="looks right"), review)),
        qa: Agreement(approved=False, reasons=("bob said no-go.",)),
    }
    loose = GuardChange("policy", "max_raise", "5", "9", loosens=True, role=qa)
    plain = plan.core
    plan = replace(plan, core=replace(plan.core, guard_changes=(loose,)))
    assert agreements_page(agreements, plan, Look(width=200), "a b.plan").text == (
        "Approvals (2)\n"
        "  ✓ role.owner: approved by po@example.gov at 2026-01-27 14:00 UTC, expires 2026-01-27 15:00 UTC\n"
        "    looks right\n"
        "  ✓ role.owner: approved by alice at 2026-01-27 14:00 UTC, review of #1 (va/po), expires\n"
        "    2026-01-27 15:00 UTC\n"
        "  ? role.qa has not agreed to this change\n"
        "    bob said no-go.\n"
        "\n"
        "  flagstaff approve 'a b.plan' -as role.qa\n"
        "\n"
        "  A loosened guard counts from the plan after the apply that its role agreed to.\n"
    )
    assert agreements_page({}, plan, Look(), "").text == ""
    (agreed,) = agreements_page({PO: agreements[PO]}, replace(plan, core=plain), Look(), "").text.split("\n\n")
    assert "flagstaff approve" not in agreed
    unsaved = agreements_page({qa: agreements[qa]}, plan, Look(), "").text
    assert "  flagstaff plan -out=FILE\n  flagstaff approve FILE -as role.qa\n" in unsaved
