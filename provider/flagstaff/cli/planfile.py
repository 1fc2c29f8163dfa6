"""Plan files: one JSON document, readable by its owner only."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from flagstaff.diagnostics import Failure
from flagstaff.plan.codec import PlanFormatError, decode_plan, encode_plan
from flagstaff.plan.plan import Plan


def save_plan(plan: Plan, path: Path) -> None:
    """Write the file whole or not at all, with mode 0600. Raises `Failure`."""
    text = json.dumps(encode_plan(plan), ensure_ascii=False, separators=(",", ":")) + "\n"
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Failure.error("Plan can't be saved", f"{path}: {error.strerror}. Name another file with -out.") from error


def read_document(path: Path) -> object:
    """The JSON in a file that the user named; raises `Failure`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise Failure.error("File can't be read", f"{path}: {reason}.") from error
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Failure.error("Not a plan", f"{path} is not a plan of Flagstaff: it is not JSON.") from error


def load_plan(path: Path) -> Plan:
    """A plan to be used, and not only looked at. Raises `Failure`, also for one that was made against copies."""
    plan = as_plan(read_document(path), path)
    if plan.is_preview:
        raise Failure.error(
            "Plan is only for looking at",
            f"{path} was made against copies, with -snapshot or -state-snapshot: nobody knows whether the live toggles "
            "and the state still are like that. Nothing was done. Plan without them, look at that plan, and use it.",
        )
    return plan


def as_plan(document: object, path: Path) -> Plan:
    try:
        return decode_plan(document)
    except PlanFormatError as error:
        raise Failure.error(
            "Not a plan", f"{path} can't be used: {error}. Make a new one with `flagstaff plan -out`."
        ) from error
