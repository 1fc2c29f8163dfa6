"""`approve`, and what apply makes of it: the recorded role counts, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.testing.signing import make_key

pytestmark = pytest.mark.service("ssh-keygen")

OWNED = """
role "po" {
  signers = [
    SIGNERS
  ]
}
"""


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli-keys")
    return {name: make_key(folder, name) for name in ("po", "other", "mallory")}


@pytest.fixture
def owned(project, keys):
    """A protected parent at 5 %, whose product's owner is role.po; the next plan lowers it to 1 %."""
    lines = ",\n    ".join(json.dumps(keys[name].signer(f"{name}@example.gov")) for name in ("po", "other"))
    project.edit("  people = 10000\n", "  people = 10000\n  owner  = role.po\n")
    project.edit("= var.parent\n", "= var.parent\n  protected = true\n")
    text = (project.path / "main.hcl").read_text(encoding="utf-8")
    project.main(text + OWNED.replace("SIGNERS", lines))
    project.env["HOME"] = str(project.path)
    project.apply()
    assert project.live["parent_enabled"]["percentage_of_actors"] == "5"
    assert project.run("plan", "-var=parent=1", "-out=a.plan").code == 0
    return project


def test_a_plan_that_waits_says_for_whom_and_how(owned):
    ran = owned.run("plan", "-var=parent=1", "-out=a.plan")
    assert (
        "Approvals (1)\n  ? role.po has not agreed to this change\n\n  flagstaff approve a.plan -as role.po\n"
        in ran.out
    )
    assert "flagstaff plan -out=FILE\n  flagstaff approve FILE -as role.po\n" in owned.run("plan", "-var=parent=1").out
    ran = owned.run("apply", "a.plan")
    assert "flagstaff approve a.plan -as role.po" in ran.out
    assert "The approval of role.po is missing." in ran.out
    assert owned.live["parent_enabled"]["percentage_of_actors"] == "5"


def test_an_approved_plan_is_applied(owned, keys):
    ran = owned.run("approve", "a.plan", "-as", "po", "-key", str(keys["po"].file), "-note", "looks right")
    assert ran.code == 0, ran.both
    assert "toggle.parent   5 % -> 1 %   needs role.po" in ran.out
    assert "Signing as po@example.gov for role.po." in ran.err
    assert "Recorded: go of po@example.gov for role.po on change " in ran.out
    assert ran.out.endswith("Next:\n  flagstaff apply a.plan\n")
    entry = owned.journal[-1]
    assert entry["kind"] == "approved"
    assert entry["data"]["approval"]["principal"] == "po@example.gov"
    ran = owned.run("plan", "-var=parent=1")
    assert "role.po: approved by po@example.gov at " in ran.out
    assert "looks right" in ran.out
    ran = owned.run("apply", "a.plan")
    assert ran.code == 0, ran.both
    assert owned.live["parent_enabled"]["percentage_of_actors"] == "1"
    assert owned.run("journal", "verify").code == 0


def test_a_new_plan_of_the_same_change_is_approved_too(owned, keys):
    assert owned.run("approve", "a.plan", "-as=role.po", f"-key={keys['other'].file}").code == 0
    assert owned.run("apply", "-var=parent=1", "-auto-approve").code == 0
    assert owned.live["parent_enabled"]["percentage_of_actors"] == "1"


def test_another_change_is_not(owned, keys):
    assert owned.run("approve", "a.plan", "-as=role.po", f"-key={keys['po'].file}").code == 0
    ran = owned.run("apply", "-var=parent=2", "-auto-approve")
    assert "po@example.gov decided on " in ran.out
    assert "which is another change: this one does something else." in ran.out
    assert owned.live["parent_enabled"]["percentage_of_actors"] == "5"


def test_a_no_go_of_one_stops_the_go_of_another(owned, keys):
    assert owned.run("approve", "a.plan", "-as=role.po", f"-key={keys['po'].file}").code == 0
    ran = owned.run(
        "approve", "a.plan", "-as=role.po", f"-key={keys['other'].file}", "-decision=no_go", "-note=errors are up"
    )
    assert ran.code == 0, ran.both
    assert "Recorded: no-go of other@example.gov for role.po" in ran.out
    assert "Next:" not in ran.out
    ran = owned.run("apply", "a.plan")
    assert "other@example.gov said no-go at " in ran.out
    assert ": errors are up. It stands until the same person says go." in " ".join(ran.out.split())
    assert owned.live["parent_enabled"]["percentage_of_actors"] == "5"
    assert owned.run("approve", "a.plan", "-as=role.po", f"-key={keys['other'].file}").code == 0
    assert owned.run("apply", "a.plan").code == 0
    assert owned.live["parent_enabled"]["percentage_of_actors"] == "1"


def test_a_pull_request_that_adds_its_own_signer_is_refused(owned, keys):
    mallory = json.dumps(keys["mallory"].signer("po@example.gov"))
    owned.edit("signers = [", f"signers = [\n    {mallory},")
    ran = owned.run("plan", "-var=parent=1", "-out=a.plan")
    assert "loosens it: needs role.po, as recorded by the last apply" in ran.out
    ran = owned.run("approve", "a.plan", "-as=role.po", f"-key={keys['mallory'].file}")
    assert ran.code == 1
    assert "Error: Key is none of this role's" in ran.err
    assert "role.po has the keys of po@example.gov, other@example.gov" in " ".join(ran.err.split())
    assert owned.journal[-1]["kind"] != "approved"
    # The same, with the journal written by hand.
    document = json.loads((owned.path / "a.plan").read_text())
    _forge(owned, keys["mallory"], document)
    ran = owned.run("apply", "a.plan")
    assert "it was not made with a key of theirs in role.po as recorded" in " ".join(ran.out.split())
    assert owned.live["parent_enabled"]["percentage_of_actors"] == "5"
    assert mallory.split()[2] not in json.dumps(owned.state["guards"])


def _forge(project, key, document) -> None:
    from flagstaff.addresses import Address
    from flagstaff.approvals.message import Kind, Message
    from flagstaff.approvals.signing import sign
    from flagstaff.approvals.ssh import Ssh
    from flagstaff.model.configuration import Backend, Role
    from flagstaff.model.evidence import Decision
    from flagstaff.state.appending import append
    from flagstaff.state.facts import Approved
    from flagstaff.state.registry import open_store

    role, now = Address("role", "po"), datetime.now(UTC)
    core = document["core"]
    message = Message(
        Kind.CHANGE,
        document["change"],
        role,
        Decision.GO,
        core["environment"],
        core["lineage"],
        now,
        now + timedelta(1),
    )
    approval = sign(message, Role(role, (key.signer("po@example.gov"),)), Ssh(), key.file)
    store = open_store(Backend("local", {"path": "state.json"}), project.path)
    append(store, [Approved(approval)], time=now, run="r", who="mallory")


def test_a_guard_is_loosened_by_the_apply_that_its_role_agreed_to(owned, keys):
    owned.edit("= var.parent\n  protected = true\n", "= 5\n")
    ran = owned.run("plan", "-out=a.plan")
    assert "Guard changes (1)" in ran.out
    assert "A loosened guard counts from the plan after the apply that its role agreed to." in ran.out
    assert owned.run("apply", "a.plan").code == 0
    assert owned.state["guards"]["protected"] == ["toggle.parent"]
    assert owned.run("plan", "-out=a.plan").code == 0
    assert owned.run("approve", "a.plan", "-as=role.po", f"-key={keys['po'].file}").code == 0
    assert owned.run("apply", "a.plan").code == 0
    assert owned.state["guards"]["protected"] == []
    assert "Guard changes" not in owned.run("plan").out
    owned.edit("percentage = 5\n", "percentage = 1\n")
    assert owned.run("apply", "-auto-approve").code == 0
    assert owned.live["parent_enabled"]["percentage_of_actors"] == "1"


def test_the_first_apply_counts_the_declared_role(project, keys):
    project.edit("  people = 10000\n", "  people = 10000\n  owner  = role.po\n")
    project.edit("= var.parent\n", "= var.parent\n  protected = true\n")
    text = (project.path / "main.hcl").read_text(encoding="utf-8")
    project.main(text + OWNED.replace("SIGNERS", json.dumps(keys["po"].signer("po@example.gov"))))
    live = dict(project.live)
    live["parent_enabled"]["percentage_of_actors"] = "10"
    project.set_live(live)
    assert project.run("plan", "-out=a.plan").code == 0
    ran = project.run("approve", "a.plan", "-as=role.po", f"-key={keys['po'].file}")
    assert ran.code == 0, ran.both
    assert not (project.path / "state.json").exists()
    ran = project.run("plan")
    assert "approved by po@example.gov" in ran.out
    ran = project.run("apply", "a.plan")
    assert ran.code == 0, ran.both
    assert project.live["parent_enabled"]["percentage_of_actors"] == "5"
    assert project.run("journal", "verify").code == 0


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("role.pi", 'role.pi is not asked. It waits for role.po. Did you mean "role.po"?'),
        ("role.x[", "Error: Not a role"),
    ],
)
def test_a_role_that_is_not_asked(owned, role, told):
    ran = owned.run("approve", "a.plan", "-as", role)
    assert ran.code == 1
    assert told in " ".join(ran.err.split())


def test_a_plan_that_waits_for_nobody(owned):
    owned.run("plan", "-out=b.plan", "-var=parent=6")
    ran = owned.run("approve", "b.plan", "-as=po")
    assert ran.code == 1
    assert "Error: Nothing to approve" in ran.err


def test_without_a_key_at_hand(owned):
    ran = owned.run("approve", "a.plan", "-as=po", SSH_AUTH_SOCK="")
    assert ran.code == 1
    assert "Error: No key found" in ran.err


def test_an_expiry_of_nothing(owned, keys):
    ran = owned.run("approve", "a.plan", "-as=po", "-expires=0s")
    assert ran.code == 1
    assert "-expires is how long it counts: more than 0s." in ran.err
    assert "-expires takes a duration" in owned.run("approve", "a.plan", "-as=po", "-expires=soon").err


def test_ones_own_change(owned, keys):
    owned.main((owned.path / "main.hcl").read_text() + "\npolicy {\n  prevent_self_approval = true\n}\n")
    owned.env["FLAGSTAFF_AUTHOR"] = "PO@example.gov"
    assert owned.run("plan", "-var=parent=1", "-out=a.plan").code == 0
    ran = owned.run("approve", "a.plan", "-as=po", f"-key={keys['po'].file}")
    assert ran.code == 0, ran.both
    assert "You wrote this change: the policy wants somebody else of role.po to agree, too." in " ".join(
        ran.err.split()
    )
    assert "Still missing: role.po. po@example.gov approved it at " in " ".join(ran.out.split())
    ran = owned.run("apply", "a.plan")
    assert owned.live["parent_enabled"]["percentage_of_actors"] == "5"
    assert owned.run("plan", "-var=parent=1", "-out=a.plan").code == 0
    assert owned.run("approve", "a.plan", "-as=po", f"-key={keys['other'].file}").code == 0
    assert owned.run("apply", "a.plan").code == 0


def test_where_a_person_writes_the_store_the_approved_moves_are_theirs(owned, keys):
    """A hand-off leaves out what waits for somebody, until they agreed; then confirming records it."""
    owned.edit('source = "embedded"', 'source = "snapshot"')
    assert owned.run("plan", "-var=parent=1", "-out=a.plan").code == 0
    ran = owned.run("handoff", "a.plan")
    assert ran.code == 1
    assert "The approval of role.po is missing." in ran.err
    assert owned.run("approve", "a.plan", "-as=role.po", f"-key={keys['po'].file}").code == 0
    ran = owned.run("handoff", "a.plan")
    assert ran.code == 0, ran.both
    assert "parent_enabled" in ran.out


def test_a_signer_that_cannot_be_used_is_a_mistake(owned):
    owned.edit("signers = [", 'signers = [\n    "x@example.gov ssh-ed25519 AAAA",')
    ran = owned.run("validate")
    assert ran.code == 1
    assert "Error: Signer can't be used" in ran.out


def test_a_role_that_nobody_has_recorded(owned, keys):
    """A new role is recorded by the first apply that it is in; until then it can't agree to anything."""
    qa = keys["mallory"].signer("qa@example.gov")
    owned.edit("owner  = role.po", "owner  = role.qa")
    text = (owned.path / "main.hcl").read_text(encoding="utf-8")
    owned.main(text + f'\nrole "qa" {{\n  signers = [{json.dumps(qa)}]\n}}\n')
    assert owned.run("plan", "-var=parent=1", "-out=a.plan").code == 0
    ran = owned.run("approve", "a.plan", "-as=role.qa", f"-key={keys['mallory'].file}")
    assert ran.code == 1
    assert "role.qa is not asked. It waits for role.po." in ran.err


def test_a_plan_of_another_state(owned, keys):
    state = json.loads((owned.path / "state.json").read_text())
    (owned.path / "state.json").write_text(json.dumps({**state, "lineage": "another"}))
    ran = owned.run("approve", "a.plan", "-as=role.po", f"-key={keys['po'].file}")
    assert ran.code == 1
    assert "Saved plan does not match the given state" in ran.err


def test_a_passphrase_is_typed_on_the_terminal(owned, keys, tmp_path):
    locked = make_key(tmp_path, "locked", passphrase="open sesame")
    text = (owned.path / "main.hcl").read_text(encoding="utf-8")
    owned.main(text.replace(keys["other"].public, locked.public))
    assert owned.run("plan", "-var=parent=5", "-out=b.plan").code == 0
    assert owned.run("approve", "b.plan", "-as=role.po", f"-key={keys['po'].file}").code == 0
    assert owned.run("apply", "b.plan").code == 0
    assert owned.run("plan", "-var=parent=1", "-out=a.plan").code == 0
    with owned.terminal("approve", "a.plan", "-as=po", f"-key={locked.file}") as terminal:
        terminal.answer("[Ee]nter passphrase", "open sesame")
        terminal.wait_for("Recorded: go of other@example.gov")
        assert terminal.end() == 0


def test_a_waiver_that_nobody_could_agree_to_is_told_to_who_approves(owned, keys):
    """The policy has no owner, so its waiver has nobody; the approval of another role is not all that it takes."""
    text = (owned.path / "main.hcl").read_text(encoding="utf-8")
    owned.main(text + "policy {\n  max_raise = 10\n}\n")
    owned.apply()
    waiver = 'max_raise = 10\n  waive {\n    check = "max raise"\n    reason = "once"\n    until = "2999-01-01"\n  }\n'
    owned.edit("max_raise = 10\n", waiver)
    owned.edit("requires {\n", "requires {\n    at_least = 1\n")
    ran = owned.run("plan", "-var=parent=50", "-out=a.plan")
    assert "or give the policy an `owner`, a role with signers, that can agree to the waiver" in flat(ran.out)
    ran = owned.run("approve", "a.plan", "-as=po", f"-key={keys['po'].file}")
    assert "role.none" not in ran.both
    assert "(a role that is not recorded)" in flat(ran.out)
    assert "Still missing: 1 move waits for a role that is not recorded, so nobody can let it go." in flat(ran.out)
    assert "Next:" not in ran.out


def test_a_loosened_guard_counts_from_the_plan_after_its_apply(owned, keys):
    text = (owned.path / "main.hcl").read_text(encoding="utf-8")
    owned.main(text + "policy {\n  owner     = role.po\n  max_raise = 10\n}\n")
    owned.apply()
    owned.edit("max_raise = 10\n", "max_raise = 60\n")
    ran = owned.run("plan", "-var=parent=50", "-out=a.plan")
    assert ran.code == 3
    assert "10 points -> 60 points loosens it: needs role.po" in flat(ran.out)
    ran = owned.run("approve", "a.plan", "-as=po", f"-key={keys['po'].file}")
    assert ran.out.endswith("Next:\n  flagstaff apply a.plan\n")
    assert owned.run("apply", "a.plan").code == 3
    assert owned.percentage("parent_enabled") == "5"
    owned.apply("-var=parent=50")
    assert owned.percentage("parent_enabled") == "50"


def flat(text):
    return " ".join(text.split())
