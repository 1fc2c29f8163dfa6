"""An apply of 30 moves in 5 batches, on files, killed at every effect; the next run killed too; the third converges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

# Every effect in CI, every third one on somebody's desk.
STRIDE = "1" if os.environ.get("CI") == "true" else "3"


def test_a_killed_apply_converges_wherever_it_was_killed(tmp_path, capsys):
    script = Path(__file__).with_name("apply_kills.py")
    done = subprocess.run([sys.executable, str(script), str(tmp_path), STRIDE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    points = [json.loads(line) for line in done.stdout.splitlines()]
    assert [point["point"] for point in points if not point["fine"]] == [], done.stderr
    assert all(point["killed"] for point in points)
    assert len(points) > 50
    again = sum(point["killed_again"] for point in points)
    with capsys.disabled():
        print(f" {len(points)} kill points, {again} of them with a second kill in the run after it ", end="")
