"""Evidence: the export, or the console script's result, that a user hands in to prove what was done."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flagstaff.apply.confirming import Evidence
from flagstaff.diagnostics import Failure
from flagstaff.plan.codec import change_id
from flagstaff.plan.plan import Plan
from flagstaff.providers.flipper.codec import ExportError, decode
from flagstaff.providers.flipper.export import check_age, taken_at
from flagstaff.providers.flipper.handoff_result import ResultError, is_result, parse_result

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Given:
    """What was handed in. `changed`: when its file last changed, in seconds since 1970; None: it is no file."""

    data: bytes
    shown: str
    changed: float | None


def given(source: str) -> Given:
    """Read a file, or standard input for `-`; raises `Failure`."""
    if source == STDIN:
        return Given(sys.stdin.buffer.read(), "standard input", None)
    try:
        with Path(source).open("rb") as file:
            return Given(file.read(), source, os.fstat(file.fileno()).st_mtime)
    except OSError as error:
        raise Failure.error("File can't be read", f"{source}: {error.strerror}.") from error


def evidence_of(proof: Given, plan: Plan, now: datetime, max_age: timedelta | None) -> Evidence:
    """Raises `Failure` and `StoreError` for what is no proof of anything in this plan's environment."""
    text = proof.data.decode("utf-8", "replace")
    return _result(text, proof, plan) if is_result(text) else _export(proof, plan, now, max_age)


def _result(text: str, proof: Given, plan: Plan) -> Evidence:
    try:
        result = parse_result(text)
    except ResultError as error:
        raise Failure.error(
            "Result can't be used",
            f"{proof.shown} is not a result of the console script: {error}. Copy it again, both marker lines "
            "with it, or confirm with an export.",
        ) from error
    change = change_id(plan.core)
    if result.change != change:
        raise Failure.error(
            "Result of another change",
            f"It is of change {result.change[:8]}, and the plan is change {change[:8]}. Name the plan that the "
            "script was made from.",
        )
    _check_environment(result.environment, plan)
    return Evidence(result.toggles, result.time, "the result of the console script", whole=False, actors=result.actors)


def _export(proof: Given, plan: Plan, now: datetime, max_age: timedelta | None) -> Evidence:
    try:
        export = decode(proof.data)
    except ExportError as error:
        raise Failure.error(
            "Not an export",
            f"{proof.shown} is neither a Flipper export nor a result of the console script: {error}.",
        ) from error
    if export.exported_at is None and proof.changed is None:
        raise Failure.error(
            "Age of the export is not known",
            "It has no exported_at, and standard input has no date. Save it as a file and name that with -from.",
        )
    taken = taken_at(export.exported_at, proof.changed or 0.0, proof.shown)
    check_age(taken, now, max_age, proof.shown)
    environment = export.document.get("environment")
    if isinstance(environment, str):
        _check_environment(environment, plan)
    digest = hashlib.sha256(proof.data).hexdigest()[:12]
    return Evidence(export.features, taken, f'the export "{proof.shown}" (sha256 {digest})', whole=True)


def _check_environment(environment: str, plan: Plan) -> None:
    if environment != plan.core.environment:
        raise Failure.error(
            "Evidence of another environment",
            f"It is of {environment}, and the plan is for {plan.core.environment}. Nothing was recorded.",
        )
