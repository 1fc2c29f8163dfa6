"""Reporting as an operation: look, take the journal in, build the document, render it."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path

from flagstaff.addresses import Address
from flagstaff.cli.looking import Seen, look
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure, did_you_mean
from flagstaff.views.history import events
from flagstaff.views.html.page import page
from flagstaff.views.report.build import report_of
from flagstaff.views.report.markdown import report_markdown


def rendered(
    workspace: Workspace, inputs: Inputs, name: str, format_: str, *, network: bool, now: datetime | None
) -> str:
    """The document of a rollout as text. Raises `Failure` and `StateError`."""
    seen = look(workspace, inputs, network=network, now=now)
    address = _rollout(name, seen)
    told = events(seen.store.entries(), seen.desired.settings.zone)
    readings = {one.monitor: one for one in seen.observed.readings} if seen.observed else {}
    report = report_of(address, seen.desired, seen.recorded, seen.status, seen.views, told, readings)
    return page(report) if format_ == "html" else report_markdown(report)


def _rollout(name: str, seen: Seen) -> Address:
    known = {str(address): address for address in seen.desired.rollouts}
    known |= {str(address).partition(".")[2]: address for address in seen.desired.rollouts}
    if name not in known:
        guess = did_you_mean(name, known)
        raise Failure.error("Unknown rollout", f'There is no rollout "{name}".{guess}')
    return known[name]


def save(path: str, text: str) -> None:
    """Write the file whole or not at all; raises `Failure`."""
    target = Path(path)
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Failure.error(
            "Report can't be saved", f"{path}: {error.strerror}. Name another file with -out."
        ) from error
