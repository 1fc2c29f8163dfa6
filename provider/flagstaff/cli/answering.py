"""Answering as an operation: what a person found, into the journal. It needs no lease and no live store."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flagstaff.addresses import Address
from flagstaff.cli.arguments import UsageFailure
from flagstaff.cli.backend_config import with_backend
from flagstaff.cli.recording import state_store
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure, did_you_mean
from flagstaff.language.durations import read_duration
from flagstaff.model.configuration import Desired
from flagstaff.model.evidence import Answer, Verdict
from flagstaff.model.rollout import Monitor, MonitorSource, Trigger
from flagstaff.model.times import exactly
from flagstaff.plan.applied.read import remembered
from flagstaff.state.appending import append
from flagstaff.state.facts import Answered
from flagstaff.state.recovery import fold
from flagstaff.state.store import StateStore

_DEFAULT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked of `answer`; `counts_for` None: as long as the monitor says, or a day."""

    subject: str
    verdict: str
    note: str
    counts_for: timedelta | None
    inputs: Inputs


def answer(workspace: Workspace, request: Request) -> int:
    """Raises `Failure` and `StateError`, with nothing written."""
    if request.verdict not in {Verdict.PASS, Verdict.FAIL}:
        guess = did_you_mean(request.verdict, (Verdict.PASS, Verdict.FAIL))
        raise UsageFailure(f'-verdict is pass or fail, not "{request.verdict}".{guess}')
    desired, store = _known(workspace, request.inputs)
    workspace.check_time(embedded=desired.provider.source == "embedded")
    subject = _subject(desired, request.subject)
    now = workspace.clock.now()
    until = now + (request.counts_for or _valid(subject))
    given = Answer(subject.address, Verdict(request.verdict), workspace.who, now, until, request.note)
    append(store, [Answered(given)], time=now, run=workspace.run, who=workspace.who)
    said = f"{given.verdict} for {given.subject}, by {given.who}, until {exactly(until, workspace.terminal.zone)}."
    workspace.terminal.data(f"Recorded: {said}")
    if isinstance(subject, Trigger):
        for line in _after_call(desired, subject, given):
            workspace.terminal.data(line)
    return 0


def _known(workspace: Workspace, inputs: Inputs) -> tuple[Desired, StateStore]:
    """What can be answered for, and where: by the configuration, or, where that is broken, by the last apply."""
    desired, found = workspace.check(inputs)
    if desired is not None:
        if os.environ.get("FLAGSTAFF_STATE"):
            return desired, state_store(workspace, inputs)
        desired = with_backend(desired, inputs, workspace.directory)
        return desired, workspace.store(desired.settings.backend)
    if not os.environ.get("FLAGSTAFF_STATE"):
        raise Failure(*found)
    store = state_store(workspace, inputs)
    state, _ = store.load()
    if state is None:
        raise Failure(*found)
    return remembered(fold(state, store.entries(state.journal_head or None)).state.applied or {}), store


def _subject(desired: Desired, text: str) -> Monitor | Trigger:
    """By its address; raises `Failure`, with the nearest."""
    known: dict[str, Monitor | Trigger] = {str(item.address): item for item in _answerable(desired)}
    if text in known:
        return known[text]
    measured = next((item for address, item in desired.monitors.items() if str(address) == text), None)
    if measured is not None:
        raise Failure.error(
            "Monitor is measured",
            f'{text} is no question to a person: its source says what it is. Only monitors with source "manual" are '
            "answered.",
            measured.range,
        )
    listed = (
        f" There are: {', '.join(known)}." if known else ' There is no monitor with source "manual", and no trigger.'
    )
    guess = did_you_mean(text, known)
    raise Failure.error("Nothing to answer", f'"{text}" is no manual monitor and no trigger.{guess or listed}')


def _answerable(desired: Desired) -> Iterator[Monitor | Trigger]:
    for monitor in desired.monitors.values():
        if isinstance(monitor.source, MonitorSource) and monitor.source.kind == "manual":
            yield monitor
    yield from desired.triggers.values()


def _valid(subject: Monitor | Trigger) -> timedelta:
    """How long an answer counts if nobody says otherwise."""
    if isinstance(subject, Monitor) and isinstance(subject.source, MonitorSource):
        said = subject.source.settings.get("valid")
        return (read_duration(said) if isinstance(said, str) else None) or _DEFAULT
    return _DEFAULT


def _after_call(desired: Desired, trigger: Trigger, given: Answer) -> Iterator[str]:
    """What is done now."""
    if given.verdict is not Verdict.FAIL:
        yield "The call is withdrawn: it stops no raise any more."
        return
    rollouts = sorted(
        rollout.address
        for rollout in desired.rollouts.values()
        if any(trigger.address in stage.triggers for stage in rollout.stages)
    )
    if trigger.action:
        yield f"What to do: {trigger.action}"
    if not rollouts:
        yield "No rollout has this trigger, so nothing is stopped by it."
        return
    reason = shlex.quote(f"{trigger.title}: {given.note}" if given.note else trigger.title)
    yield "No stage with this trigger is raised until that is over. Roll back with:"
    for address in rollouts:
        yield f"  flagstaff rollback -rollout {shlex.quote(_name(address))} -reason={reason}"


def _name(rollout: Address) -> str:
    return str(rollout).removeprefix("rollout.")
