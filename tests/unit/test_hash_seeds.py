"""The order of every output is the same whatever Python's hash seed is."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

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
# All commands in one process for each seed: to start one takes longer than the command.
RUN = """
import io, json, os, sys
from flagstaff.cli import main
found, here = {}, os.getcwd()
for name, arguments in json.loads(sys.argv[1]).items():
    sys.stdout = sys.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    main.run(arguments)
    found[name] = sys.stdout.buffer.getvalue().decode()
    os.chdir(here)
json.dump(found, sys.__stdout__)
"""


def printed(directory: Path, commands: dict[str, list[str]], seed: str) -> dict[str, str]:
    """What each of the commands prints, without how long reading took."""
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", RUN, json.dumps(commands)]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=True)
    return {
        name: "\n".join(line for line in text.splitlines() if " read 20" not in line)
        for name, text in json.loads(done.stdout).items()
    }


def test_outputs_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    directory = tmp_path / "configs" / "va"
    shutil.copytree(EXAMPLE, directory)
    (tmp_path / "state").mkdir()
    shutil.copy(EXAMPLE / "start.json", tmp_path / "state" / "va-live.json")
    (tmp_path / "configs" / "broken").mkdir()
    (tmp_path / "configs" / "broken" / "main.hcl").write_text(BROKEN, encoding="utf-8")
    printed(directory, {"saved": ["plan", "-out=saved.plan", GO]}, "0")
    first, *others = (printed(directory, COMMANDS, seed) for seed in ("1", "2", "3"))
    assert all(first.values())
    for other in others:
        assert other == first
