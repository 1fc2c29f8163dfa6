"""Completion: what is suggested where, and that real shells take it."""

import os
import pty
import resource
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flagstaff.cli.completing import FILES, SHELLS, Bash, script, suggestions
from flagstaff.cli.main import COMMANDS, cli

BIN = Path(sys.executable).parent


@pytest.fixture
def here(va, monkeypatch):
    monkeypatch.chdir(va.path)
    return va


def suggested(*words):
    *before, last = words
    return ["FILES" if item is FILES else item.value for item in suggestions(cli, before, last)]


def test_commands():
    assert suggested("") == list(COMMANDS)
    assert suggested("pl") == ["plan"]
    assert suggested("state", "s") == ["show"]
    assert suggested("nonsense", "x") == []
    assert {item.help for item in suggestions(cli, [], "fm")} == {"Rewrite configuration files in the canonical layout"}


def test_options_with_the_dashes_that_were_typed():
    assert suggested("fmt", "-") == ["-check", "-diff", "-recursive", "-list=", "-write=", "-no-color"]
    assert suggested("fmt", "--r") == ["--recursive"]
    assert suggested("-c") == ["-chdir="]
    assert suggested("fmt", "-check", "-li") == ["-list="]


def test_values_of_options():
    assert suggested("fmt", "-list=") == ["-list=true", "-list=false"]
    assert suggested("fmt", "-list", "f") == ["false"]
    assert suggested("plan", "-out=") == ["FILES"]
    assert suggested("plan", "-out", "x") == ["FILES"]
    assert suggested("-chdir", "") == ["FILES"]
    assert suggested("plan", "-nonsense=") == []
    assert suggested("approve", "x.plan", "-note=") == []


def test_addresses_of_the_configuration_here(here):
    toggles = suggested("plan", "-target=toggle.me")
    assert toggles == ["-target=toggle.medications", "-target=toggle.medications_cutover"]
    assert suggested("plan", "-target", "toggle.vi") == ["toggle.vitals"]
    assert suggested("rollback", "toggle.vaccines", "toggle.vi") == ["toggle.vitals"]
    assert suggested("rollback", "-reason", "toggle.x", "toggle.vi") == ["toggle.vitals"]
    assert "rollout.medications" in suggested("state", "show", "roll")
    assert suggested("import", "toggle.vitals", "") == []
    assert "toggle.vitals=" in suggested("audience", "-set", "toggle.v")


def test_names_of_the_configuration_here(here):
    assert suggested("rollback", "-product=med") == ["-product=medical_records", "-product=medications"]
    assert suggested("report", "rollout", "medic") == ["medical_records", "medications"]
    assert suggested("approve", "x.plan", "-as", "sm") == ["sm_po"]


def test_another_directory(here, monkeypatch):
    monkeypatch.chdir(here.path.parent)
    assert suggested("-chdir=va", "plan", "-target", "toggle.vi") == ["toggle.vitals"]
    monkeypatch.chdir(here.path.parent)
    assert suggested("-chdir", "va", "plan", "-target", "toggle.vi") == ["toggle.vitals"]


def test_files_and_words_as_arguments():
    assert suggested("fmt", "x") == suggested("fmt", "x", "y") == suggested("apply", "") == ["FILES"]
    assert suggested("apply", "x", "") == []
    assert suggested("completion", "") == ["bash", "zsh", "fish"]
    assert suggested("version", "") == []


def test_every_option_of_every_command_can_be_asked_for(here):
    for name in COMMANDS:
        for option in suggested(name, "-"):
            if option.endswith("="):
                suggested(name, option)
                suggested(name, option.removesuffix("="), "")


def test_readlines_words_are_put_together(here):
    shell = Bash(cli, {}, "flagstaff", "X")

    def answer(*words):
        *before, last = words
        return [item.value for item in shell.get_completions(before, last)]

    assert answer("plan", "-target", "=", "toggle.vi") == ["toggle.vitals"]
    assert answer("fmt", "-list", "=") == ["true", "false"]
    assert answer("fmt", "-ch") == ["-check"]
    assert shell.get_completions(["plan", "-out"], "=")[0].type == "file"


def ask(project, shell, words, place, **env):
    environment = {"_FLAGSTAFF_COMPLETE": f"{shell}_complete", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(place)}
    return project.command(**environment, **env)


def test_the_command_answers_quickly(here):
    """In 0.3 s: that is 0.1 s of work, and three times as much where coverage is measured."""
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = ask(here, "zsh", ["flagstaff", "plan", "-target=toggle.vi"], 2)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
        assert (ran.code, ran.out, ran.err) == (0, "-target=toggle.vitals\n", "")
    assert min(spent) < 0.6


def test_nothing_heavy_is_loaded(here):
    code = (
        "import sys; from flagstaff.cli.completing import suggestions; from flagstaff.cli.main import cli;"
        "assert suggestions(cli, ['plan'], '-target=toggle.vi');"
        "print(sorted({'hcl2', 'httpx', 'networkx', 'numpy', 'regex', 'rich', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_command_is_quiet_where_something_is_wrong(here):
    here.write("broken.hcl", 'toggle "\udcff'.encode(errors="surrogateescape").decode("latin-1"))
    for words, place in ((["flagstaff", "-chdir=none", "plan", "-"], 3), (["flagstaff"], 7), ([], 0)):
        ran = ask(here, "bash", words, place)
        assert ran.err == ""


def test_fish_is_told_what_a_command_does(here):
    ran = ask(here, "fish", ["flagstaff", "fm"], 1)
    assert ran.out == "fmt\tRewrite configuration files in the canonical layout\n"


def test_a_shell_that_is_none(here):
    ran = here.run("completion", "bsh")
    assert ran.code == 1
    assert 'There is no completion for "bsh": bash, zsh or fish. Did you mean "bash"?' in ran.err


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_printed(here, shell):
    ran = here.run("completion", shell)
    assert (ran.code, ran.out) == (0, script(shell, cli))
    assert f"_FLAGSTAFF_COMPLETE={shell}_complete" in ran.out


def environment():
    return {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "TERM": "dumb",
        "HISTFILE": "",
        "HOME": "/nonexistent",
    }


def typed(argv, setup, keys, wanted):
    """What an interactive shell shows after the keys; it must show `wanted` behind them."""
    master, slave = pty.openpty()
    process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=environment(), start_new_session=True)
    os.close(slave)
    text, end = "", time.monotonic() + 30
    try:
        os.write(master, f"{setup}; echo re''ady\n".encode())
        sent = False
        while wanted not in text or not sent:
            assert time.monotonic() < end, f"no {wanted!r} in:\n{text}"
            if select.select([master], [], [], 0.2)[0]:
                text += os.read(master, 65536).decode("utf-8", "replace")
            if not sent and "ready" in text:
                text, sent = "", True
                os.write(master, keys.encode())
    finally:
        os.close(master)
        process.kill()
        process.wait()


def test_bash_completes(here):
    setup = 'eval "$(flagstaff completion bash)"'
    argv = [shutil.which("bash"), "--norc", "--noprofile", "-i"]
    typed(argv, setup, "flagstaff vali\t", "flagstaff validate ")
    typed(argv, setup, "flagstaff plan -target=toggle.vi\t", "-target=toggle.vitals")
    typed(argv, setup, "flagstaff plan -ta\ttoggle.vi\t", "-target=toggle.vitals")
    typed(argv, setup, "flagstaff fmt main.h\t", "main.hcl")


@pytest.mark.service("zsh")
def test_zsh_completes(here):
    setup = 'autoload -U compinit; compinit -u -D; eval "$(flagstaff completion zsh)"'
    argv = [shutil.which("zsh"), "-f", "-i"]
    typed(argv, setup, "flagstaff vali\t", "date")
    typed(argv, setup, "flagstaff plan -target=toggle.vi\t", "tals")
    typed(argv, setup, "flagstaff plan -ta\ttoggle.vi\t", "tals")
    typed(argv, setup, "flagstaff plan -out=main.h\t", "cl")


@pytest.mark.service("fish")
@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("flagstaff vali", ["validate\tCheck the configuration, without looking at any store"]),
        ("flagstaff plan -target=toggle.vi", ["-target=toggle.vitals"]),
        ("flagstaff plan -target toggle.vi", ["toggle.vitals"]),
        ("flagstaff plan -out=main.h", ["-out=main.hcl"]),
        ("flagstaff fmt main.h", ["main.hcl"]),
    ],
)
def test_fish_completes(here, tmp_path, line, wanted):
    command = f"flagstaff completion fish | source; complete -C '{line}'"
    home = {
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_HOME": str(tmp_path / "home"),
        "XDG_DATA_HOME": str(tmp_path / "home"),
    }
    done = subprocess.run(
        ["fish", "--no-config", "-c", command], env={**environment(), **home}, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == wanted, done.stderr
