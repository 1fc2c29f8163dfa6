"""The cost of a configuration grows with the number of its toggles, and no faster."""

from __future__ import annotations

import sys

from flagstaff.config.build import build
from flagstaff.diagnostics import Diagnostics
from flagstaff.language.parse import parse
from flagstaff.language.source import Source


def calls(count: int) -> int:
    """The calls of functions that so many toggles take: the same on every machine."""
    blocks = "".join(
        f'toggle "t{number}" {{\n  key = "key_{number}"\n  product = product.p\n  percentage = var.share\n'
        f"  requires {{\n    toggles = [toggle.t{number // 2}]\n  }}\n}}\n"
        for number in range(1, count)
    )
    text = (
        'provider "flipper" {\n  source = "snapshot"\n}\nvariable "share" {\n  default = 5\n}\nproduct "p" {\n}\n'
        f'toggle "t0" {{\n  key = "root"\n}}\n{blocks}'
    )
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
    assert len(desired.toggles) == count
    return made


def test_four_times_the_toggles_cost_four_times_as_much():
    assert calls(2000) < 4.2 * calls(500)
