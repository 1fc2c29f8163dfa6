"""Version constraints, in Terraform's notation. Pure."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Final

_CONSTRAINT: Final = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+){0,2})\s*\Z", re.ASCII)


def allows(constraints: str, version: str) -> bool | None:
    """Whether a version meets all constraints, separated by commas; None where one is no constraint.

    Terraform's notation: `= != > >= < <=`, and `~> 1.2` for 1.2 up to, not including, 2.0.
    """
    results = [_allows(constraint, version) for constraint in constraints.split(",")]
    return None if None in results else all(results)


def _allows(constraint: str, version: str) -> bool | None:
    match = _CONSTRAINT.match(constraint)
    if match is None:
        return None
    wanted = [int(part) for part in match[2].split(".")]
    actual = [int(part) for part in re.findall(r"\d+", version)[:3]]
    order = _compare(actual, wanted)
    match match[1]:
        case "!=":
            return order != 0
        case ">":
            return order > 0
        case ">=":
            return order >= 0
        case "<":
            return order < 0
        case "<=":
            return order <= 0
        case "~>":
            fixed = max(len(wanted) - 1, 1)
            return order >= 0 and actual[:fixed] == wanted[:fixed]
        case _:
            return order == 0


def _compare(left: list[int], right: list[int]) -> int:
    pairs = list(zip_longest(left, right, fillvalue=0))
    return next(((a > b) - (a < b) for a, b in pairs if a != b), 0)
