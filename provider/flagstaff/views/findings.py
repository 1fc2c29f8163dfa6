"""What a configuration or a plan has to say about places in files, in one form for SARIF and for annotations.

`rule` is stable: it is made of fixed text, of a message's summary or of a check's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from flagstaff.diagnostics import Diagnostic, Range, Related, Severity, code_of
from flagstaff.model.evidence import Verdict
from flagstaff.plan.check import Check
from flagstaff.plan.plan import Plan
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.views.words import exposure

# From a file's name as a range has it to its path from the repository's root.
Locate = Callable[[str], str]


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_LEVELS = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING}


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is the address that it is about, `of` the one of what stops it; "": none."""

    rule: str
    title: str
    level: Level
    text: str
    range: Range | None
    about: str = ""
    of: str = ""
    related: tuple[Related, ...] = ()


def of_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            f"message/{item.code}",
            item.summary,
            _LEVELS[item.severity],
            item.detail or item.summary,
            item.range,
            item.address or "",
            related=item.related,
        )
        for item in diagnostics
    )


def of_plan(plan: Plan) -> tuple[Finding, ...]:
    """The checks that don't pass, in the order of addresses, and what the plan warns of."""
    return (*_checks(plan), *of_diagnostics(plan.observed.warnings))


def _checks(plan: Plan) -> Iterator[Finding]:
    for change in sorted(plan.observed.changes, key=lambda change: change.address):
        for check in change.checks:
            if check.verdict is not Verdict.PASS:
                stands = f"{change.address}, live {exposure(change.before)}"
                yield _finding(check, str(change.address), stands, change.range)
    for view in refused_stages(plan):
        for check in view.checks:
            if check.verdict is not Verdict.PASS:
                yield _finding(check, str(view.stage), f"{view.stage} does not begin", view.range)


def _finding(check: Check, about: str, stands: str, place: Range | None) -> Finding:
    match check.verdict:
        case Verdict.FAIL:
            level = Level.ERROR
        case Verdict.PENDING:
            level = Level.NOTE
        case _:
            level = Level.WARNING
    text = " ".join(filter(None, [f"{stands}:", check.detail or check.summary, check.why]))
    return Finding(
        f"check/{code_of(check.name.value)}",
        check.summary,
        level,
        text,
        check.range or place,
        about,
        str(check.of or ""),
    )
