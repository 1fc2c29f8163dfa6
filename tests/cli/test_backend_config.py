"""What the backend is given from outside: `-backend-config`, FLAGSTAFF_BACKEND_CONFIG, FLAGSTAFF_STATE."""

import json

import pytest

from flagstaff.testing.postgres import PASSWORD

LOCAL = '  backend "local" {\n    path = "state.json"\n  }'
SECRET = PASSWORD.replace(" ", "%20")


@pytest.fixture
def url(database):
    return database.url.replace("@", f":{SECRET}@")


@pytest.fixture
def remote(project):
    """The block says which state, and not where."""
    project.edit(LOCAL, '  backend "postgres" {\n    name = "va/test"\n  }')
    return project


def everything(project):
    return "".join(data.decode() for data in project.files().values())


@pytest.mark.service("postgres")
def test_the_whole_life_of_a_remote_state(remote, url, database):
    given = f"-backend-config=url={url}"
    ran = remote.run("plan", "-out=a.plan", given)
    assert ran.code == 0, ran.both
    ran = remote.run("apply", "a.plan", given)
    assert ran.code == 0, ran.both
    assert remote.percentage("parent_enabled") == "5"
    assert "toggle.parent" in remote.run("state", "list", given).out
    pulled = remote.run("state", "pull", given).out
    assert remote.run("state", "verify", given).code == 0
    assert remote.run("journal", "verify", given).code == 0
    assert "apply ended" in remote.run("history", given).out
    assert remote.run("show", given).code == 0
    assert "Nobody holds the lease." in remote.run("unlock", given).out
    assert not list(remote.path.glob("*state*"))
    log = remote.run("plan", given, FLAGSTAFF_LOG="debug").both
    with database.connect() as connection:
        rows = connection.execute("select document || backup from flagstaff.states").fetchall()
        rows += connection.execute("select line from flagstaff.journal").fetchall()
    for secret in (PASSWORD, SECRET):
        assert secret not in everything(remote) + pulled + log + str(rows)


@pytest.mark.service("postgres")
def test_a_file_of_the_environment_is_one_place_for_all_commands(remote, url):
    (remote.path.parent / "ci.conf").write_text(f'# of CI\n\nname = "other"\nurl={url}\n', encoding="utf-8")
    remote.env["FLAGSTAFF_BACKEND_CONFIG"] = str(remote.path.parent / "ci.conf")
    remote.apply()
    ran = remote.run("state", "list", "-backend-config=name=va/test")
    assert "Error: No state" in ran.err
    remote.write("back.conf", "name = other\n")
    assert remote.run("state", "list", "-backend-config=name=x", "-backend-config=back.conf").code == 0


@pytest.mark.service("postgres")
def test_adopting_a_live_store_records_it_there(remote, url):
    (remote.path.parent / "ci.conf").write_text(f"url = {url}\n", encoding="utf-8")
    remote.env["FLAGSTAFF_BACKEND_CONFIG"] = str(remote.path.parent / "ci.conf")
    ran = remote.run("init", "-from-live")
    assert ran.code == 0, ran.both
    assert remote.run("state", "list").out == "toggle.child\n"


@pytest.mark.service("postgres")
def test_the_environment_names_a_state_without_any_configuration(remote, url):
    remote.env["FLAGSTAFF_STATE_URL"] = url
    remote.apply()
    (remote.path / "main.hcl").unlink()
    ran = remote.run("state", "list", FLAGSTAFF_STATE=f"{url}#name=va%2Ftest")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "toggle.child\ntoggle.parent\n"
    remote.write("name.conf", "name = va/test\npath = ignored\n")
    ran = remote.run("state", "list", FLAGSTAFF_STATE=url, FLAGSTAFF_BACKEND_CONFIG="name.conf")
    assert ran.code == 0, ran.both
    ran = remote.run("state", "list", FLAGSTAFF_STATE=f"{url}#name=x", FLAGSTAFF_BACKEND_CONFIG="name.conf")
    assert "Error: No state" in ran.err


@pytest.mark.service("postgres")
def test_a_server_that_is_not_there(remote, database):
    nowhere = f"postgresql://joe:CANARY@127.0.0.1:1/{database.name}"
    for command in (["plan"], ["apply", "-auto-approve"], ["state", "list"]):
        ran = remote.run(*command, f"-backend-config=url={nowhere}")
        assert ran.code == 1
        assert "Error: State's database can't be reached" in ran.err
        assert f"127.0.0.1:1/{database.name}" in ran.err
        assert "CANARY" not in ran.both


def test_a_local_path_from_outside_may_lead_outside(project, tmp_path):
    target = tmp_path.parent / f"{tmp_path.name}-elsewhere.json"
    project.apply(f"-backend-config=path={target}")
    assert json.loads(target.read_text(encoding="utf-8"))["serial"] >= 1
    assert "Error: No state" in project.run("state", "list").err
    ran = project.run("state", "list", FLAGSTAFF_STATE=f"local:{target}")
    assert ran.out == "toggle.child\ntoggle.parent\n"


@pytest.mark.parametrize(
    ("given", "summary", "part"),
    [
        ("pth=CANARY", "Unknown backend attribute", 'Did you mean "path"?'),
        ("path= ", "Invalid backend path", "must name a file"),
        ("missing.conf", "Backend settings can't be read", '-backend-config names "missing.conf"'),
        ("postgresql://joe:CANARY@h/db", "Backend settings can't be read", "Give KEY=VALUE"),
        ("joe:CANARY@h", "Backend settings can't be read", "-backend-config names a file, and"),
        ("wrong.conf", "Invalid backend setting", "wrong.conf, line 2: a line is KEY = VALUE"),
        ("quoted.conf", "Invalid backend setting", "quoted.conf, line 1:"),
        ("number.conf", "Invalid backend setting", "number.conf, line 1:"),
        ("latin.conf", "Backend settings can't be read", "it is not in UTF-8"),
    ],
)
def test_settings_that_can_not_be(project, given, summary, part):
    project.write("wrong.conf", "path = x\nCANARY\n")
    project.write("quoted.conf", 'path = "CANARY\n')
    project.write("number.conf", 'path = "CANARY" 5\n')
    (project.path / "latin.conf").write_bytes(b"path = \xff")
    ran = project.run("state", "list", f"-backend-config={given}")
    assert ran.code == 1
    assert f"Error: {summary}" in ran.err
    assert part in " ".join(ran.err.split())
    assert "CANARY" not in ran.both


def test_a_missing_file_of_the_environment(project):
    ran = project.run("plan", FLAGSTAFF_BACKEND_CONFIG="gone.conf")
    assert 'FLAGSTAFF_BACKEND_CONFIG names "gone.conf", and it can\'t be read' in " ".join(ran.err.split())


def test_secrets_have_no_place_in_the_block(project):
    project.edit(LOCAL, '  backend "postgres" {\n    url = "postgresql://joe:CANARY@h/db"\n  }')
    ran = project.run("validate")
    assert ran.code == 1
    assert "Error: Credential in the configuration" in ran.out
    project.main(
        'variable "url" {\n  sensitive = true\n}\n'
        + (project.path / "main.hcl").read_text(encoding="utf-8").replace('"postgresql://joe:CANARY@h/db"', "var.url")
    )
    ran = project.run("validate", "-var=url=postgresql://joe:CANARY@h/db")
    assert "Error: Sensitive value not allowed" in ran.out
    assert "CANARY" not in ran.both


def test_a_saved_plan_takes_what_is_given_to_the_backend_and_no_variables(project):
    assert project.run("plan", "-out=a.plan").code == 0
    assert "A saved plan is applied as it is" in project.run("apply", "a.plan", "-var=parent=6").err
    assert project.run("apply", "a.plan", "-backend-config=path=other.json").code == 0
    assert (project.path / "other.json").exists()


def test_commands_that_open_no_state_take_none(project):
    ran = project.run("validate", "-backend-config=path=x")
    assert '"flagstaff validate" has no option "-backend-config".' in ran.err
