"""A secret that comes in through a sensitive variable comes out nowhere."""

from __future__ import annotations

import pytest

CANARY = "canary-7Zq1-do-not-print"
SECRETS = """
variable "token" {
  type      = string
  sensitive = true
}

output "token" {
  value     = var.token
  sensitive = true
}

output "length" {
  value     = length(var.token)
  sensitive = true
}
"""


@pytest.fixture
def secret(project):
    project.write("secrets.hcl", SECRETS)
    return project


def everything(project, ran) -> str:
    """What was printed, and what is in the files that Flagstaff wrote."""
    written = [data for name, data in project.files().items() if name.startswith((".", "state", "a.plan"))]
    return ran.both + b"".join(written).decode()


def given(project, how):
    """Arguments and environment that give the secret."""
    match how:
        case "argument":
            return [f"-var=token={CANARY}"], {}
        case "environment":
            return [], {"FLAGSTAFF_VAR_token": CANARY}
        case "auto file":
            project.write("flagstaff.hclvars", f'token = "{CANARY}"\n')
            return [], {}
        case _:
            project.write("secret.hclvars.json", f'{{"token": "{CANARY}"}}')
            return ["-var-file=secret.hclvars.json"], {}


COMMANDS = (
    ["validate"],
    ["validate", "-json"],
    ["plan"],
    ["plan", "-json"],
    ["plan", "-out=a.plan"],
    ["apply", "-auto-approve"],
    ["apply", "-auto-approve", "-json"],
    ["graph"],
    ["output"],
    ["show"],
    ["show", "-json"],
    ["history", "-json"],
)


@pytest.mark.parametrize("how", ["argument", "environment", "auto file", "named file"])
def test_a_secret_is_nowhere(secret, how):
    arguments, env = given(secret, how)
    secret.run("apply", "-auto-approve", *arguments, FLAGSTAFF_LOG="debug", **env)
    for command in COMMANDS:
        ran = secret.run(*command, *arguments, FLAGSTAFF_LOG="debug", **env)
        assert ran.code == 0, (command, ran.both)
        assert CANARY not in everything(secret, ran), command
    for command in (["show", "-json", "a.plan"], ["show", "a.plan"], ["apply", "a.plan"]):
        ran = secret.run(*command, FLAGSTAFF_LOG="debug")
        assert ran.code == 0, (command, ran.both)
        assert CANARY not in everything(secret, ran), command


def test_a_sensitive_output_is_not_kept_and_not_shown(secret):
    secret.apply(f"-var=token={CANARY}")
    env = {"FLAGSTAFF_VAR_token": CANARY}
    assert "token  = (sensitive)" in secret.run("output", **env).out
    ran = secret.run("output", "-raw", "token", **env)
    assert (ran.code, ran.out) == (1, "")
    assert "its value is not kept" in ran.err
    assert CANARY not in secret.run("output", "-json", "token", **env).both


@pytest.mark.parametrize(
    ("extra", "summary"),
    [
        ('output "open" {\n  value = var.token\n}\n', "Error: "),
        ('output "open" {\n  value = "x${var.token}"\n}\n', "Error: "),
        ('toggle "t" {\n  key = "k"\n  percentage = var.token\n}\n', "Error: "),
        ('toggle "t" {\n  key = var.token\n}\n', "Error: "),
        ('toggle "t" {\n  for_each = toset([var.token])\n  key = each.key\n}\n', "Error: "),
        ('locals {\n  l = { a = 1 }[var.token]\n}\noutput "o" {\n  value = local.l\n}\n', "Error: "),
        ('locals {\n  l = 1 + var.token\n}\noutput "o" {\n  value = local.l\n}\n', "Error: "),
        ('variable "n" {\n  type = number\n  sensitive = true\n}\n', "Error: "),
        ('product "p" {\n  title = var.token\n}\n', ""),
    ],
)
@pytest.mark.parametrize("how", ["environment", "auto file"])
def test_mistakes_with_a_secret_do_not_quote_it(secret, extra, summary, how):
    secret.write("extra.hcl", extra)
    arguments, env = given(secret, how)
    env = {**env, "FLAGSTAFF_VAR_n": CANARY}
    for command in (["plan"], ["plan", "-json"], ["validate"], ["validate", "-json"], ["apply", "-auto-approve"]):
        ran = secret.run(*command, *arguments, FLAGSTAFF_LOG="debug", **env)
        assert CANARY not in everything(secret, ran), command
        assert "bug" not in ran.err
        if summary:
            assert ran.code == 1, command


def test_a_broken_variable_file_is_not_quoted(secret):
    secret.write("flagstaff.hclvars", f'token = "{CANARY}" and more\n')
    for command in (["plan"], ["validate", "-json"]):
        ran = secret.run(*command)
        assert ran.code == 1
        assert CANARY not in ran.both
        assert "flagstaff.hclvars" in ran.both


def test_a_wrong_command_line_does_not_repeat_values(secret):
    ran = secret.run("plan", "-var", CANARY)
    assert ran.code == 1
    assert CANARY not in ran.both


def test_a_bug_does_not_print_values(secret, monkeypatch):
    from flagstaff.cli import planning

    def broken(*_, **__):
        value = CANARY
        raise KeyError(value)

    monkeypatch.setattr(planning, "make", broken)
    ran = secret.run("plan", FLAGSTAFF_LOG="debug", FLAGSTAFF_VAR_token=CANARY)
    assert ran.code == 1
    assert "Error: Flagstaff has a bug" in ran.err
    assert "KeyError at test_secrets.py, line " in ran.err
    assert CANARY not in ran.both
    stream = secret.run("plan", "-json", FLAGSTAFF_VAR_token=CANARY)
    assert (stream.code, stream.err) == (1, "")
    assert CANARY not in stream.both
