"""Findings as commands of a GitHub workflow: annotations at the lines of a pull request.

Source: GitHub's workflow commands. Whatever a text holds, it stays on one line and starts no command of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flagstaff.views.findings import Finding, Level, Locate
from flagstaff.views.report.inert import seen_lines

_COMMANDS: Final = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
# GitHub shows about this much of one.
_MOST: Final = 4_000


def workflow_commands(findings: Iterable[Finding], locate: Locate) -> str:
    """A line for each, errors first: of each kind GitHub shows only the first ten of a step."""
    ordered = sorted(findings, key=lambda finding: list(Level).index(finding.level))
    return "\n".join(_annotation(finding, locate) for finding in ordered)


def _annotation(finding: Finding, locate: Locate) -> str:
    properties = {}
    if finding.range is not None:
        start, end = finding.range.start, finding.range.end
        properties = {"file": locate(finding.range.filename), "line": str(start.line), "col": str(start.column)}
        # With an end on another line GitHub takes no columns.
        properties |= {"endColumn": str(end.column)} if end.line == start.line else {"endLine": str(end.line)}
    properties["title"] = finding.title
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    text = finding.text if len(finding.text) <= _MOST else finding.text[: _MOST - 1] + "…"
    return f"::{_COMMANDS[finding.level]} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return seen_lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
