"""`release`: who may, what goes with it, and that nothing is raised without it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.approvals import github
from flagstaff.approvals.github import Reviews
from flagstaff.model.evidence import Approval, Decision
from flagstaff.testing.signing import make_key

OWNED = """
role "po" {
  signers = [SIGNER]
}

role "other" {
  github_team = "org/other"
}
"""


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release-keys")
    return {name: make_key(folder, name) for name in ("po", "mallory")}


def words(text):
    return " ".join(text.split())


@pytest.fixture
def held(project):
    """Both held, without an owner."""
    project.apply("-var=parent=100", "-var=child=5")
    assert project.run("rollback", "isParent", "-reason=errors", "-auto-approve").code == 0
    return project


@pytest.fixture
def owned(project, keys):
    """Both held, and owned by role.po."""
    project.edit("  people = 10000\n", "  people = 10000\n  owner  = role.po\n")
    text = (project.path / "main.hcl").read_text(encoding="utf-8")
    project.main(text + OWNED.replace("SIGNER", json.dumps(keys["po"].signer("po@example.gov"))))
    project.env["HOME"] = str(project.path)
    project.apply("-var=parent=100", "-var=child=5")
    assert project.run("rollback", "isParent", "-reason=errors", "-auto-approve").code == 0
    return project


def test_the_record_says_that_nobody_signed_where_nobody_can(held):
    with held.terminal("release", "isParent", "-note=fixed in 4.2.1") as terminal:
        terminal.wait_for("Released with it: toggle.child.")
        terminal.answer('Release it unsigned\\? Only "yes" is accepted: ', "yes")
        terminal.wait_for("Released: toggle.parent, toggle.child, unsigned.")
        assert terminal.end() == 0
    assert held.state["holds"] == {}
    data = held.journal[-1]["data"]
    assert (data["note"], data["addresses"], data.get("approval")) == (
        "fixed in 4.2.1",
        ["toggle.parent", "toggle.child"],
        None,
    )
    held.apply("-var=parent=100", "-var=child=5")
    assert held.percentage("parent_enabled") == "100"


@pytest.mark.parametrize("answer", ["no", "\x03"])
def test_without_a_yes_it_stays_held(held, answer):
    with held.terminal("release", "parent", "-note=x") as terminal:
        terminal.answer('Only "yes" is accepted: ', answer)
        terminal.wait_for("Not released. Nothing was changed.")
        assert terminal.end() == 1
    assert len(held.state["holds"]) == 2


def test_nobody_to_ask_is_told(held):
    ran = held.run("release", "parent", "-note=x")
    assert ran.code == 1
    assert (
        "Nobody can sign, as no role is recorded that owns toggle.parent, and standard input is not a terminal. "
        "-auto-approve releases it unsigned."
    ) in words(ran.err)


def test_the_root_cause_is_wanted(held):
    ran = held.run("release", "parent", "-note= ")
    assert ran.code == 1
    assert 'release needs -note="ROOT CAUSE"' in ran.err


def test_a_dependent_goes_with_its_cause(held):
    ran = held.run("release", "toggle.child", "-note=x", "-auto-approve")
    assert ran.code == 1
    assert "is released with it: flagstaff release toggle.parent" in words(ran.err)


def test_a_reason_that_nobody_gave_is_missed(project):
    project.apply()
    project.run("rollback", "parent", "-auto-approve")
    ran = project.run("release", "parent", "-note=x", "-auto-approve")
    assert "Reason: Nobody gave a reason then; the note says it now." in ran.out


def test_what_is_not_held_is_told(held):
    held.run("release", "parent", "-note=x", "-auto-approve")
    held.run("rollback", "child", "-auto-approve")
    ran = held.run("release", "parent", "-note=x", "-auto-approve")
    assert ran.code == 1
    assert "toggle.parent is not held, and no hand turned it down. Held: toggle.child." in words(ran.err)
    ran = held.run("release", "toggle.chidl", "-note=x")
    assert 'Did you mean "toggle.child"?' in ran.err


def test_what_a_hand_turned_down_is_taken_over_as_it_is(project):
    project.apply("-var=parent=100")
    project.turn("parent_enabled", 20)
    assert "Turned down by hand" in project.run("plan", "-var=parent=100").out
    ran = project.run("release", "parent", "-note=load test", "-auto-approve")
    assert ran.code == 0, ran.both
    assert "A hand turned it down." in ran.out
    assert project.state["toggles"]["toggle.parent"]["exposure"] == "20"
    assert [entry["kind"] for entry in project.journal[-2:]] == ["imported", "released"]
    project.apply("-var=parent=100")
    assert project.percentage("parent_enabled") == "100"


def test_it_needs_neither_plan_nor_configuration(held):
    (held.path / "main.hcl").unlink()
    ran = held.run("release", "parent_enabled", "-note=x", "-auto-approve", FLAGSTAFF_STATE="state.json")
    assert ran.code == 0, ran.both
    assert held.state["holds"] == {}


def test_testers_stay_out_without_a_yes(project):
    project.apply("-var=parent=100")
    project.run("rollback", "parent", "-testers", "-reason=x", "-auto-approve")
    with project.terminal("release", "parent", "-note=x") as terminal:
        terminal.answer("unsigned\\?", "yes")
        terminal.answer("The rollback took 1 tester out. Put them back\\?", "no")
        terminal.wait_for("stay out. toggle.parent: ann@example.gov")
        assert terminal.end() == 0
    assert project.live["parent_enabled"]["actors"] == []


def test_testers_of_a_toggle_that_is_gone_are_named(project):
    project.apply("-var=parent=100")
    project.run("rollback", "parent", "-testers", "-reason=x", "-auto-approve")
    project.set_live({"child_enabled": project.live["child_enabled"]})
    ran = project.run("release", "parent", "-note=x", "-auto-approve")
    assert ran.code == 0
    assert "Add them by hand. toggle.parent: ann@example.gov" in words(ran.err)


@pytest.mark.service("ssh-keygen")
def test_the_owner_signs_over_the_hold(owned, keys):
    ran = owned.run("release", "isParent", "-note=fixed", "-key", str(keys["po"].file))
    assert ran.code == 0, ran.both
    assert "role.po signs for it." in ran.out
    assert "signed by po@example.gov for role.po" in ran.out
    approval = owned.journal[-1]["data"]["approval"]
    message = json.loads(approval["message"])
    assert (message["kind"], message["change"], message["note"]) == (
        "release",
        owned.journal[-1]["data"]["hold"],
        "fixed",
    )
    assert owned.state["holds"] == {}


@pytest.mark.service("ssh-keygen")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["-key", "MALLORY"], "Key is none of this role's"),
        (["-auto-approve"], "No key found"),
        (["-as", "other", "-auto-approve"], "other does not own toggle.parent: role.po releases it."),
    ],
)
def test_nobody_else_releases_it(owned, keys, arguments, why):
    given = [str(keys["mallory"].file) if one == "MALLORY" else one for one in arguments]
    ran = owned.run("release", "isParent", "-note=x", *given)
    assert ran.code == 1
    assert why in words(ran.err)
    assert len(owned.state["holds"]) == 2


@pytest.mark.service("ssh-keygen")
def test_a_pull_request_that_names_its_own_signer_changes_nothing(owned, keys):
    text = (owned.path / "main.hcl").read_text(encoding="utf-8")
    owned.main(text.replace(keys["po"].signer("po@example.gov"), keys["mallory"].signer("m@example.gov")))
    ran = owned.run("release", "isParent", "-note=x", "-key", str(keys["mallory"].file))
    assert ran.code == 1
    assert len(owned.state["holds"]) == 2


@pytest.fixture
def team(owned):
    """Both held, and owned by a role that is a team in GitHub."""
    state = json.loads((owned.path / "state.json").read_text(encoding="utf-8"))
    state["guards"]["owners"]["toggle.parent"] = "role.other"
    (owned.path / "state.json").write_text(json.dumps(state), encoding="utf-8")
    return owned


@pytest.mark.service("ssh-keygen")
def test_a_role_that_is_a_team_needs_a_run_in_github(team):
    ran = team.run("release", "parent", "-note=x")
    assert ran.code == 1
    assert 'waits for the environment "try-out", once somebody of the team let it go on' in words(ran.err)
    ran = team.run("release", "parent", "-note=x", **GITHUB, GITHUB_API_URL="http://example.gov")
    assert "Error: GitHub can't be asked" in ran.err


GITHUB = {"GITHUB_REPOSITORY": "org/name", "GITHUB_RUN_ID": "7", "GITHUB_SHA": "abc", "GITHUB_TOKEN": "t0ken"}


@pytest.mark.service("ssh-keygen")
@pytest.mark.parametrize(
    ("via", "decision", "code"),
    [("approval of run 7 by po", "go", 0), ("review of #1 by po", "go", 1), ("approval of run 7 by po", "no_go", 1)],
)
def test_in_a_run_in_github_whoever_let_it_go_on_releases(team, monkeypatch, via, decision, code):
    """A review of code is not about this hold."""

    def reviews(run, roles, asked):
        (role,) = roles
        now = datetime.now(UTC)
        given = Approval(asked.change, role.address, Decision(decision), "po", now, now + timedelta(hours=1), via=via)
        return Reviews((given,), {})

    monkeypatch.setattr(github, "reviews", reviews)
    ran = team.run("release", "parent", "-note=fixed", **GITHUB)
    assert ran.code == code, ran.both
    if code:
        assert "Error: Release is not approved" in ran.err
    else:
        assert team.journal[-1]["data"]["approval"]["via"] == via
    assert bool(team.state["holds"]) is bool(code)


def test_a_block_of_several_toggles_is_released_one_by_one(held):
    text = (held.path / "main.hcl").read_text(encoding="utf-8")
    site = 'toggle "site" {\n  for_each = toset(["1", "2"])\n  key      = "site_${each.key}"\n}\n'
    held.main(text + site)
    ran = held.run("release", "toggle.site", "-note=x", "-auto-approve")
    assert ran.code == 1
    assert 'toggle.site may be any of toggle.site["1"], toggle.site["2"]. Release one by one.' in words(ran.err)


def test_without_a_state_there_is_nothing_to_release(project):
    ran = project.run("release", "parent", "-note=x", "-auto-approve")
    assert ran.code == 1
    assert "Error: No state" in ran.err
    ran = project.run("release", "parent", "-note=x", FLAGSTAFF_STATE="s3://")
    assert "Error: State is not known" in ran.err
