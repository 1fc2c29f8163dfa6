"""Streams: data on standard output and nothing else, whatever happens and whatever the terminal can show."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import pytest

BROKEN = 'toggle "x" {\n  key = \n}\n'
# These tell in JSON even why they fail; the others print one document, or entries, and else nothing.
STREAMS = (["validate", "-json"], ["plan", "-json"], ["apply", "-json", "-auto-approve"])
DOCUMENTS = (["show", "-json"], ["output", "-json"], ["history", "-json"])


def test_a_plan_is_data(project):
    ran = project.run("plan")
    assert (ran.code, ran.err) == (0, "")
    assert "Plan: 1 to import, 0 to add, 1 to change, 0 to destroy." in ran.out


@pytest.mark.parametrize("arguments", [["plan"], ["apply", "-auto-approve"], ["graph"], ["import", "toggle.a", "a"]])
def test_mistakes_of_the_configuration_are_on_stderr(project, arguments):
    project.write("broken.hcl", BROKEN)
    ran = project.run(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: ")
    assert "broken.hcl line 2" in ran.err


@pytest.mark.parametrize("arguments", [*STREAMS, *DOCUMENTS])
def test_with_json_every_line_is_json_on_success(project, arguments):
    project.apply()
    ran = project.run(*arguments)
    assert (ran.code, ran.err) == (0, "")
    ran.messages() if arguments[0] != "validate" else json.loads(ran.out)


@pytest.mark.parametrize("arguments", STREAMS)
def test_a_stream_of_json_tells_a_mistake_of_the_configuration_in_json(project, arguments):
    project.apply()
    project.write("broken.hcl", BROKEN)
    ran = project.run(*arguments)
    assert (ran.code, ran.err) == (1, "")
    assert [item["range"]["filename"] for item in diagnostics(ran)] == ["broken.hcl"]


@pytest.mark.parametrize("arguments", DOCUMENTS)
def test_a_json_document_is_there_whole_or_not_at_all(project, arguments):
    project.apply()
    project.write("broken.hcl", BROKEN)
    ran = project.run(*arguments)
    assert (ran.code, ran.out) == (1, "")
    assert "broken.hcl line 2" in ran.err


def diagnostics(ran):
    if ran.out.startswith("{\n"):  # validate's document
        return json.loads(ran.out)["diagnostics"]
    return [item["diagnostic"] for item in ran.messages() if item["type"] == "diagnostic"]


@pytest.mark.parametrize("arguments", STREAMS)
def test_with_json_a_wrong_command_line_is_json(project, arguments):
    ran = project.run(*arguments, "-nonsense")
    assert (ran.code, ran.err) == (1, "")
    (found,) = diagnostics(ran)
    assert found["summary"] == "Wrong command line"
    assert 'has no option "-nonsense"' in found["detail"]


def test_with_json_a_question_that_can_not_be_asked_is_json(project):
    ran = project.run("apply", "-json")
    assert (ran.code, ran.err) == (1, "")
    assert diagnostics(ran)[0]["detail"].startswith("-json can't ask: use -auto-approve")


def test_a_wrong_command_line_without_json_is_text(project):
    assert project.run("plan", "-json=false", "-nonsense").err.startswith("Error: Wrong command line")
    assert project.run("plan", "-nonsense").err.startswith("Error: Wrong command line")


def test_a_warning_of_the_configuration_is_in_the_stream(project):
    project.write("flagstaff.hclvars", "nobody = 1\n")
    text = project.run("plan")
    assert "Warning: " in text.err
    assert "Warning: " not in text.out
    ran = project.run("plan", "-json")
    assert ran.err == ""
    assert [item["type"] for item in ran.messages()][:2] == ["version", "diagnostic"]
    assert [item["type"] for item in ran.messages()].count("version") == 1
    assert project.run("apply", "-json", "-auto-approve").err == ""


@pytest.mark.parametrize("arguments", [["plan"], ["apply", "-auto-approve"], ["show"], ["history"], ["validate"]])
def test_no_colour_where_nobody_asked_for_it(project, arguments):
    project.apply()
    assert "\x1b" not in project.run(*arguments).both


@pytest.mark.parametrize(
    ("arguments", "env", "colour"),
    [
        (["plan"], {}, True),
        (["plan"], {"NO_COLOR": "1"}, False),
        (["plan", "-no-color"], {}, False),
        (["plan", "-no-color=false"], {}, True),
        (["plan"], {"TERM": "dumb"}, False),
    ],
)
def test_colour_on_a_terminal(project, arguments, env, colour):
    with project.terminal(*arguments, **env) as terminal:
        assert terminal.end() == 0
    assert "Plan: 1 to import" in terminal.plain
    assert ("\x1b[" in terminal.text) is colour


@pytest.mark.parametrize("columns", ["40", "60", "100", "160"])
def test_text_fits_the_width(va, columns):
    text = va.run("plan", '-var=medical_records_go=["wave_1a"]', COLUMNS=columns).out
    # Names, quoted lines and the line of sums stay whole; prose is wrapped.
    whole = ("│", "mhv_", "->", "Plan: ", "Changes to Outputs: ", "blocker.", "role.", ".hcl:")
    prose = [line for line in text.splitlines() if not any(sign in line for sign in whole)]
    assert max(map(len, prose)) <= int(columns)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("arguments", [["plan", "-var=child=5"], ["validate"], ["apply", "-auto-approve"], ["show"]])
def test_a_terminal_that_can_not_show_a_sign_gets_another(project, encoding, arguments):
    project.apply()
    project.edit('"Example"', '"Beispiel für 木"')
    ran = project.run(*arguments, PYTHONIOENCODING=encoding)
    assert ran.code in {0, 3}
    assert "Flagstaff has a bug" not in ran.both
    ran.out.encode(encoding)


@pytest.mark.parametrize("arguments", [["-help"], ["plan", "-help"], ["graph"], ["plan", "-json"], ["show", "-json"]])
def test_data_for_programs_and_help_never_break_on_the_encoding(project, arguments):
    project.apply()
    project.edit('"Example"', '"Beispiel für 木"')
    ran = project.run(*arguments, PYTHONIOENCODING="ascii")
    assert (ran.code, ran.err) == (0, "")
    assert ("für 木" in ran.out) is (arguments == ["graph"])


def test_ascii_on_the_real_command(project):
    ran = project.command("plan", PYTHONIOENCODING="ascii")
    assert ran.code == 0
    assert "^ toggle.parent" in ran.out


@pytest.mark.parametrize("arguments", ["plan", "graph", "-help", "plan -json"])
def test_a_reader_that_goes_away_is_no_traceback(project, arguments):
    project.apply()
    many = "\n".join(f'toggle "t{n}" {{\n  key = "k{n}"\n  product = product.example\n}}' for n in range(300))
    project.write("many.hcl", many)
    process = project.start(*arguments.split())
    assert process.stdout
    assert process.stderr
    process.stdout.close()  # before the first line
    _, err = process.communicate(timeout=60)
    assert b"Traceback" not in err
    assert b"BrokenPipe" not in err
    assert b"bug" not in err


def test_head_gets_its_line(project):
    script = f"{sys.executable} -m flagstaff graph | head -1"
    done = subprocess.run(["/bin/sh", "-c", script], cwd=project.path, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("digraph flagstaff {\n", "")


def test_closed_streams_are_no_traceback(project):
    script = f"{sys.executable} -m flagstaff plan >&- 2>err; cat err"
    done = subprocess.run(["/bin/sh", "-c", script], cwd=project.path, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    "arguments", [["-help"], ["version"], ["-version"], ["plan", "-help"], ["apply", "-h"], ["pln"]]
)
def test_help_and_version_import_nothing_heavy(project, arguments):
    heavy = ["networkx", "rich", "hcl2", "lark", "numpy", "httpx", "hypothesis"]
    script = (
        "import sys; from flagstaff.cli.main import run; code = run(sys.argv[1:]); "
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=project.path, capture_output=True, text=True, timeout=60
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_log_is_json_on_stderr_and_silent_without_being_asked(project):
    ran = project.run("plan", FLAGSTAFF_LOG="debug")
    lines = [json.loads(line) for line in ran.err.splitlines()]
    assert [(line["level"], line["message"], line.get("doing", "")) for line in lines] == [
        ("info", "configuration read", ""),
        ("info", "store opened", ""),
        ("debug", "waited", "Reading the state"),
        ("debug", "waited", 'Reading flipper "live.json"'),
        ("info", "monitors read", ""),
        ("debug", "waited", "Reading the monitors"),
        ("info", "planned", ""),
    ]
    assert {"time", "level", "run", "message"} <= lines[0].keys()
    assert project.run("plan", FLAGSTAFF_LOG="off").err == ""
    assert project.run("plan", FLAGSTAFF_LOG="error").err == ""


def test_the_log_tells_where_an_error_came_from(project):
    ran = project.run("plan", "-target=nothing", FLAGSTAFF_LOG="error")
    first, _, rest = ran.err.partition("\n")
    line = json.loads(first)
    assert (line["level"], line["message"]) == ("error", "Failure")
    assert any("planning.py" in place for place in line["places"])
    assert rest.startswith("Error: Unknown toggle")


def no_room():
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@pytest.mark.parametrize("arguments", ["plan", "plan -json", "graph", "version", "-help"])
def test_a_full_disk_behind_the_output_is_no_bug(project, tmp_path, arguments):
    with (tmp_path / "out").open("wb") as out:
        process = project.start(*arguments.split(), stdout=out, preexec_fn=no_room)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.decode().startswith("Error: Output can't be written\n\n  Standard output: File too large. ")
