"""The cost of a configuration grows with the number of its toggles, and no faster."""

from __future__ import annotations

import sys

import pytest

from flagstaff.config.build import build
from flagstaff.diagnostics import Diagnostics
from flagstaff.language.parse import parse
from flagstaff.language.source import Source


def text_of(count: int) -> str:
    """Toggles of which each requires an earlier one."""
    blocks = "".join(
        f'toggle "t{number}" {{\n  key = "key_{number}"\n  product = product.p\n  percentage = var.share\n'
        f"  requires {{\n    toggles = [toggle.t{number // 2}]\n  }}\n}}\n"
        for number in range(1, count)
    )
    return (
        'provider "flipper" {\n  source = "snapshot"\n}\nvariable "share" {\n  default = 5\n}\nproduct "p" {\n}\n'
        f'toggle "t0" {{\n  key = "root"\n}}\n{blocks}'
    )


def staged(count: int) -> str:
    """Toggles in four stages of one rollout, which all list all of them."""
    blocks = "".join(f'toggle "t{number}" {{\n  key = "key_{number}"\n}}\n' for number in range(count))
    names = ", ".join(f"toggle.t{number}" for number in range(count))
    stages = "".join(
        f'  stage "s{number}" {{\n    percentage = {number + 1}\n    toggles = [{names}]\n  }}\n' for number in range(4)
    )
    return f'provider "flipper" {{\n  source = "snapshot"\n}}\n{blocks}rollout "r" {{\n  go = ["s1"]\n{stages}}}\n'


def calls(text: str) -> int:
    """The calls of functions that it takes to build it: the same on every machine."""
    diagnostics, made = Diagnostics(), 0
    body = parse(Source("main.hcl", text), diagnostics)

    def counting(*_: object) -> None:
        nonlocal made
        made += 1

    before = sys.getprofile()
    sys.setprofile(counting)
    try:
        desired = build((body,), (), diagnostics, version="0.1.0")
    finally:
        sys.setprofile(before)
    assert desired is not None
    assert not diagnostics.items
    assert len(desired.toggles) == text.count("  key = ")
    return made


@pytest.mark.parametrize("text", [text_of, staged])
def test_four_times_the_toggles_cost_four_times_as_much(text):
    calls(text(5))  # what is imported on use counts as calls, too
    assert calls(text(2000)) < 4.2 * calls(text(500))
