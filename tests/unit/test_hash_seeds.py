"""The order of every output is the same whatever Python's hash seed is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "configs" / "va"
GO = '-var=medical_records_go=["wave_1a", "wave_1b"]'
COMMANDS = {
    "plan": ["plan", "-no-color", GO],
    "json": ["show", "-json", "saved.plan"],
    "status": ["status", "-now=2026-11-21T12:00:00Z"],
    "report": ["report", "rollout", "medical_records", "-now=2026-11-21T12:00:00Z"],
    "graph": ["graph"],
    "validate": ["-chdir=../broken", "validate", "-json"],
}
BROKEN = "\n".join(f'toggle "t{i}" {{\n  key = "k{i % 7}"\n  percent = toggle.t{i + 40}\n}}' for i in range(20))


def printed(directory: Path, arguments: list[str], seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "flagstaff", *arguments]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    return "\n".join(line for line in lines if " read 20" not in line)


@pytest.mark.parametrize("name", COMMANDS)
def test_outputs_do_not_depend_on_the_hash_seed(tmp_path: Path, name: str) -> None:
    (tmp_path / ".git").mkdir()
    directory = tmp_path / "configs" / "va"
    shutil.copytree(EXAMPLE, directory)
    (tmp_path / "state").mkdir()
    shutil.copy(EXAMPLE / "start.json", tmp_path / "state" / "va-live.json")
    (tmp_path / "configs" / "broken").mkdir()
    (tmp_path / "configs" / "broken" / "main.hcl").write_text(BROKEN, encoding="utf-8")
    printed(directory, ["plan", "-out=saved.plan", GO], "0")
    texts = {printed(directory, COMMANDS[name], seed) for seed in ("1", "2", "3")}
    assert len(texts) == 1
    assert texts.pop()
