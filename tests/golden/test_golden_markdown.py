"""What a plan reads like as a comment on a pull request."""

from __future__ import annotations

from pathlib import Path

import pytest

from flagstaff.views.markdown.plan import plan_markdown

PLANS = ("canary", "blocked", "undecided", "everything", "no_changes", "drift", "guard_changes")
SHORT = 8_192


@pytest.mark.parametrize("name", PLANS)
def test_plan_as_markdown(golden, samples, name):
    golden(f"markdown/{name}.md", plan_markdown(getattr(samples, name)(), folder="configs/va"))


def test_a_big_plan_shortened(golden, samples):
    golden("markdown/big-shortened.md", plan_markdown(samples.big(), SHORT, "configs/va"))


def test_no_golden_file_is_left_over():
    used = {f"{name}.md" for name in (*PLANS, "big-shortened")}
    assert {path.name for path in (Path(__file__).parent / "markdown").iterdir()} == used
