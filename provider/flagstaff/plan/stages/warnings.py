"""What is worth saying of stages though it blocks nothing: overlong soaks, blockers that were open a moment ago."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostic, Severity
from flagstaff.model.configuration import Desired
from flagstaff.model.rollout import Blocker, Soak, StageName
from flagstaff.model.times import moment
from flagstaff.plan.candidates import Candidate
from flagstaff.plan.plan import StageMove
from flagstaff.plan.stages.entry import Entries, Entry, has_begun
from flagstaff.plan.stages.texts import duration


def stage_warnings(
    desired: Desired, entries: Entries, candidates: Mapping[Address, Candidate], stages: Iterable[StageMove]
) -> Iterator[Diagnostic]:
    """`stages` are those that the plan begins or leaves."""
    yield from _overdue(desired, entries)
    yield from _just_completed(desired, entries, candidates, stages)


def _overdue(desired: Desired, entries: Entries) -> Iterator[Diagnostic]:
    """Stages that ran for longer than their soak may last, with nothing after them begun. The last of a rollout
    has nowhere to go on to."""
    leads_on = {
        StageName(entry.rollout.address, name) for entry in entries.stages.values() for name in entry.stage.after
    }
    followed = {
        StageName(entry.rollout.address, name)
        for entry in entries.stages.values()
        if has_begun(entry.place) and entry.go
        for name in entry.stage.after
    }
    for name, entry in entries.stages.items():
        soak = entry.stage.soak
        waits = entry.go and name in leads_on and name not in followed
        if waits and entry.place.overdue and isinstance(soak, Soak) and soak.maximum:
            yield _too_long(desired, entry, duration(soak.maximum))


def _too_long(desired: Desired, entry: Entry, longest: str) -> Diagnostic:
    record, zone = entry.place.record, desired.settings.zone
    since = moment(record.verified, zone) if record and record.verified else ""
    return Diagnostic(
        Severity.WARNING,
        "Soak over its maximum",
        f'Stage "{entry.stage.name.name}" of {entry.rollout.address} runs since {since}, for '
        f"{duration(entry.place.piece)}; its soak should end after {longest}. Decide whether it goes on or back.",
        entry.stage.soak_range or entry.stage.range,
        context=str(entry.stage.name),
        address=str(entry.stage.name),
    )


def _just_completed(
    desired: Desired, entries: Entries, candidates: Mapping[Address, Candidate], stages: Iterable[StageMove]
) -> Iterator[Diagnostic]:
    """Blockers that this plan completes, and raises on at once, or begins a stage on that raises nothing."""
    before = (entries.recorded.applied or {}).get("blockers", {})
    completed = {
        address: blocker
        for address, blocker in desired.blockers.items()
        if not blocker.is_open and _was_open(before.get(str(address)))
    }
    if not completed:
        return
    raised: dict[Address, list[str]] = {}
    begun: dict[Address, list[str]] = {}
    for toggle, candidate in candidates.items():
        entry = entries.of(candidate.toggle.stage) if candidate.toggle else None
        if entry is not None and candidate.up and candidate.goes:
            for name in entry.stage.blocked_by:
                raised.setdefault(name, []).append(str(toggle))
    for move in stages:
        entry = entries.of(move.stage)
        for name in entry.stage.blocked_by if entry and not move.left else ():
            begun.setdefault(name, []).append(str(move.stage))
    for address, blocker in completed.items():
        if address in raised:
            yield _at_once(blocker, "Blocker completed and raised on at once", f"raises {', '.join(raised[address])}")
        elif address in begun:
            yield _at_once(blocker, "Blocker completed and relied on at once", f"begins {', '.join(begun[address])}")


def _was_open(document: Mapping[str, object] | None) -> bool:
    return document is not None and bool(document["blocking"]) and document["status"] != "complete"


def _at_once(blocker: Blocker, summary: str, what: str) -> Diagnostic:
    return Diagnostic(
        Severity.WARNING,
        summary,
        f'{blocker.address} ("{blocker.title}") was open at the last apply, and this change completes it and {what}. '
        "Whoever approves this should have seen the evidence"
        f"{f': {blocker.evidence}' if blocker.evidence else ''}.",
        blocker.status_range or blocker.range,
        context=str(blocker.address),
        address=str(blocker.address),
    )
