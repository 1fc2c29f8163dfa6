"""Findings as SARIF 2.1.0, for code scanning and editors.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0;
schemas/sarif.json describes the part that is used here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from flagstaff.diagnostics import Range
from flagstaff.views.findings import Finding, Locate
from flagstaff.views.json_text import json_text
from flagstaff.views.report.inert import seen

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# A longer text would be no message.
_MOST: Final = 4_000

Json = dict[str, Any]


def sarif(
    findings: Sequence[Finding], locate: Locate, *, tool: str, run: str, fallback: str = "", change: str = ""
) -> str:
    """One log with one run. `run` names what was looked at, so that later logs replace this one's findings.

    `fallback`: the file, from the repository's root, for what has no place of its own; "": none.
    """
    rules = {finding.rule: finding.title for finding in reversed(findings)}
    order = {rule: index for index, rule in enumerate(sorted(rules))}
    document: Json = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Flagstaff",
                        "semanticVersion": tool,
                        "rules": [_rule(rule, rules[rule]) for rule in order],
                    }
                },
                "automationDetails": {"id": f"flagstaff/{quote(run, safe='/')}/"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"ROOT": {"description": {"text": "The root of the repository."}}},
                "results": [_result(finding, order[finding.rule], locate, fallback) for finding in findings],
                **({"properties": {"changeId": change}} if change else {}),
            }
        ],
    }
    return json_text(document, indent=1)


def _rule(rule: str, title: str) -> Json:
    return {"id": rule, "name": rule.rpartition("/")[2], "shortDescription": {"text": title}}


def _result(finding: Finding, index: int, locate: Locate, fallback: str) -> Json:
    made: Json = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.level.value,
        "message": _message(finding.text),
        "partialFingerprints": {"flagstaff/v1": _fingerprint(finding)},
    }
    location: Json = {}
    if finding.range is not None:
        location["physicalLocation"] = _physical(finding.range, locate)
    elif fallback:
        location["physicalLocation"] = {"artifactLocation": _artifact(fallback)}
    if finding.about:
        location["logicalLocations"] = [{"fullyQualifiedName": seen(finding.about), "kind": "resource"}]
    if location:
        made["locations"] = [location]
    if finding.related:
        made["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _physical(item.range, locate),
                "message": _message(item.message or "here"),
            }
            for number, item in enumerate(finding.related, 1)
        ]
    return made


def _message(text: str) -> Json:
    """In SARIF's texts, `[x](1)` is a link: a sign that is not seen keeps ours from being one."""
    short = text if len(text) <= _MOST else text[: _MOST - 1] + "…"
    return {"text": seen(short).replace("](", "]\u200b(")}


def _fingerprint(finding: Finding) -> str:
    """The same for the same finding, wherever its lines have gone."""
    parts = (finding.rule, finding.about, finding.of, finding.title, "" if finding.about else finding.text)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _physical(range: Range, locate: Locate) -> Json:
    start, end = range.start, range.end
    return {
        "artifactLocation": _artifact(locate(range.filename)),
        "region": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        },
    }


def _artifact(path: str) -> Json:
    return {"uri": quote(path.encode("utf-8", "backslashreplace")), "uriBaseId": "ROOT"}
