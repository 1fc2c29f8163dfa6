"""The test harness itself: golden files, and services that are missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).parents[2] / "conftest.py"
TESTS = """
import pytest

@pytest.mark.service("no-such-thing")
def test_needs_it():
    raise AssertionError("it ran")

@pytest.mark.service("python3")
def test_has_it():
    pass
"""
GOLDEN = """
def test_golden(golden):
    golden("a/x.txt", "one\\ntwo\\n")
"""


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("COV")}
    command = [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", "--import-mode=importlib"]
    return subprocess.run(
        [*command, *arguments, str(folder)], env=clean | environment, cwd=folder, capture_output=True, text=True
    )


def test_a_missing_service_skips_here_and_fails_in_ci(tmp_path):
    (tmp_path / "test_service.py").write_text(TESTS)
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 passed, 1 skipped" in done.stdout
    assert "needs no-such-thing: set FLAGSTAFF_TEST_NO_SUCH_THING or install it" in done.stdout
    done = run(tmp_path, CI="true")
    assert done.returncode == 1
    assert "with CI=true it must be there" in done.stdout
    assert "1 passed, 1 error" in done.stdout


def test_golden_files_are_written_on_request_and_compared(tmp_path):
    (tmp_path / "test_golden.py").write_text(GOLDEN)
    done = run(tmp_path)
    assert "--update-golden writes it" in done.stdout
    assert run(tmp_path, "--update-golden").returncode == 0
    file = tmp_path / "golden" / "a" / "x.txt"
    assert file.read_text() == "one\ntwo\n"
    assert run(tmp_path).returncode == 0
    file.write_text("one\n2\n")
    done = run(tmp_path)
    assert done.returncode == 1
    assert "-2\n" in done.stdout
    assert "+two\n" in done.stdout
