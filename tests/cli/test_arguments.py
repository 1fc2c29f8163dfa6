"""How arguments are read: the forms, the environment, and what is said about a wrong command line."""

from __future__ import annotations

import json

import pytest

from flagstaff import __version__


@pytest.mark.parametrize(
    "arguments",
    [
        ["-var", "parent=7"],
        ["--var", "parent=7"],
        ["-var=parent=7"],
        ["--var=parent=7"],
        ["-var=parent=3", "--var", "parent=7"],
    ],
)
def test_long_options_take_one_dash_or_two_and_a_value_in_either_form(project, arguments):
    assert "0 % -> 7 %" in project.run("plan", *arguments).out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["-detailed-exitcode"], 2),
        (["--detailed-exitcode"], 2),
        (["-detailed-exitcode=true"], 2),
        (["--detailed-exitcode=false"], 0),
        (["-detailed-exitcode", "-detailed-exitcode=false"], 0),
        (["-detailed-exitcode=false", "-detailed-exitcode"], 2),
        (["-detailed-exitcode", "-detailed-exitcode=true"], 2),
    ],
)
def test_a_flag_is_true_or_false_and_the_last_one_counts(project, arguments, code):
    assert project.run("plan", *arguments).code == code


def test_the_last_value_of_an_option_counts(project):
    assert project.run("graph", "-format=dot", "-format", "mermaid").out.startswith("flowchart")


def test_a_value_may_begin_with_a_dash(project):
    assert "is -5; it must be from 0 to 100" in project.run("validate", "-var", "parent=-5").out
    assert project.run("plan", "-out", "-odd.plan").code == 0
    assert (project.path / "-odd.plan").exists()
    assert project.run("apply", "--", "-odd.plan").code == 0


def test_a_value_may_hold_quotes_and_spaces(project):
    project.edit(
        'toggle "parent" {\n  key        = "parent_enabled"',
        'toggle "many" {\n  for_each = toset(["a b", "c"])\n  key = each.key == "c" ? "child_two" : "parent_two"\n'
        '  product = product.example\n  percentage = 1\n}\ntoggle "parent" {\n  key        = "parent_enabled"',
    )
    project.set_live(
        {**project.live, "parent_two": project.live["child_enabled"], "child_two": project.live["child_enabled"]}
    )
    ran = project.run("plan", "-target", 'toggle.many["a b"]')
    assert ran.code == 0
    assert "1 to change" in ran.out
    assert "parent_two" in ran.out


def test_after_two_dashes_there_are_no_options(project):
    project.apply()
    ran = project.run("state", "list", "--", "-json")
    assert ran.code == 1
    assert '"-json"' in ran.err


@pytest.mark.parametrize(
    ("arguments", "message", "help_of"),
    [
        (["pln"], '"flagstaff" has no command "pln". Did you mean "plan"?', "flagstaff"),
        (["destroy"], '"flagstaff" has no command "destroy".', "flagstaff"),
        (["state", "lst"], '"flagstaff state" has no command "lst". Did you mean "list"?', "flagstaff state"),
        (["plan", "-ou=x"], '"flagstaff plan" has no option "-ou". Did you mean "-out"?', "flagstaff plan"),
        (["plan", "-o=x"], '"flagstaff plan" has no option "-o".', "flagstaff plan"),
        (["plan", "--zzz"], '"flagstaff plan" has no option "-zzz".', "flagstaff plan"),
        (["-jsn", "plan"], '"flagstaff" has no option "-jsn".', "flagstaff"),
        (["plan", "-out"], "-out needs a value: -out=FILE.", "flagstaff plan"),
        (["plan", "-json=yes"], '-json of "flagstaff plan" is true or false, not "yes".', "flagstaff plan"),
        (["plan", "file"], '"flagstaff plan" takes no argument "file".', "flagstaff plan"),
        (["apply", "a", "b"], '"flagstaff apply" takes no argument "b".', "flagstaff apply"),
        (["import", "toggle.a"], '"flagstaff import" needs KEY.', "flagstaff import"),
        (["state", "rm"], '"flagstaff state rm" needs ADDRESS.', "flagstaff state rm"),
        (["graph", "-format=png"], '-format is dot or mermaid, not "png".', "flagstaff graph"),
        (["plan", "-target=a", "-exclude=b"], "-target and -exclude can't be used together.", "flagstaff plan"),
        (["plan", "-var=x"], '-var takes NAME=VALUE, and there is one without "=".', "flagstaff plan"),
        (["plan", "-now=today"], "-now takes a time such as 2026-01-27T14:00:00Z", "flagstaff plan"),
        (["plan", "-now=2026-01-27"], "-now takes a time such as 2026-01-27T14:00:00Z", "flagstaff plan"),
        (
            ["apply", "-lock-timeout=5"],
            '-lock-timeout takes a duration such as 30s, 10m or 1h; "5" is none.',
            "flagstaff apply",
        ),
        (["apply", "-parallelism=0"], '-parallelism is a whole number from 1 to 100, not "0".', "flagstaff apply"),
        (["apply", "-parallelism=x"], '-parallelism is a whole number from 1 to 100, not "x".', "flagstaff apply"),
        (["apply", "-var=a=1", "f"], "only a new plan takes options such as -var and -target", "flagstaff apply"),
        (["output", "-raw"], "-raw takes the NAME of one output, and not -json.", "flagstaff output"),
        (["import", "a", "b", "-since=x"], "-since takes a date such as 2026-01-27", "flagstaff import"),
        (["-chdir=nowhere", "plan"], '-chdir: "nowhere" is not a directory that can be entered', "flagstaff"),
    ],
)
def test_a_wrong_command_line_is_told_on_stderr_and_exits_with_1(project, arguments, message, help_of):
    ran = project.run(*arguments)
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith("Error: Wrong command line\n\n  ")
    assert message in ran.err
    assert ran.err.endswith(f"\n\n  See: {help_of} -help\n")


@pytest.mark.parametrize("option", ["-h", "-help", "--help", "--h"])
@pytest.mark.parametrize("command", [[], ["plan"], ["state"], ["state", "list"], ["journal", "verify"]])
def test_help_is_data_and_exits_with_0(project, command, option):
    ran = project.run(*command, option)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: {' '.join(['flagstaff', *command])}")


def test_help_wins_over_what_is_wrong_behind_it(project):
    assert project.run("plan", "-help", "-nonsense").code == 0


def test_help_shows_options_as_they_are_typed(project):
    text = project.run("plan", "-help").out
    assert "-out=FILE" in text
    assert "-detailed-exitcode" in text
    assert "--" not in text


def test_without_a_command_the_help_is_an_error(project):
    ran = project.run()
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Usage: flagstaff")


def test_a_group_without_a_command_shows_its_help_as_an_error(project):
    ran = project.run("state")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Usage: flagstaff state COMMAND")


def test_version(project):
    assert project.run("-version").out == f"Flagstaff v{__version__}\n"
    assert project.run("version").out.startswith(f"Flagstaff v{__version__}\non Python 3.")
    assert json.loads(project.run("version", "-json").out)["flagstaff_version"] == __version__


def test_the_environment_adds_arguments_in_front(project):
    everywhere = project.run("plan", FLAGSTAFF_CLI_ARGS="-var=parent=7")
    assert "0 % -> 7 %" in everywhere.out
    own = project.run("plan", FLAGSTAFF_CLI_ARGS="-var=parent=7", FLAGSTAFF_CLI_ARGS_plan="-var='parent=8'")
    assert "0 % -> 8 %" in own.out
    typed = project.run("plan", "-var=parent=9", FLAGSTAFF_CLI_ARGS_plan="-var=parent=8")
    assert "0 % -> 9 %" in typed.out


def test_the_environment_of_a_command_below_a_group_has_both_names(project):
    project.apply()
    ran = project.run("state", "list", FLAGSTAFF_CLI_ARGS_state_list="toggle.child", FLAGSTAFF_CLI_ARGS_plan="-json")
    assert ran.out == "toggle.child\n"


def test_the_environment_that_can_not_be_read_is_an_error(project):
    ran = project.run("plan", FLAGSTAFF_CLI_ARGS_plan="-var='x")
    assert ran.code == 1
    assert "FLAGSTAFF_CLI_ARGS_plan" in ran.err
    assert "Error: Wrong command line" in ran.err


def test_chdir_works_as_if_started_there(project):
    ran = project.run("-chdir=project", "plan", "-out=here.plan")
    assert ran.code == 1  # we are in it already
    elsewhere = project.path.parent
    inner = type(project)(elsewhere)
    assert inner.run("-chdir=project", "plan", "-out=here.plan").code == 0
    assert (project.path / "here.plan").exists()
    assert inner.run("-chdir", "project", "validate").code == 0
