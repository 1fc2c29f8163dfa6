"""The clocks of stages: what starts, stops and counts the time that a stage has run. Pure.

A clock counts one piece at a time: what stops it makes it start anew, and the longest piece is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import StageRecord
from flagstaff.model.rollout import StageName
from flagstaff.state.facts import StageChanged, StageEvent

Stages = dict[StageName, StageRecord]


def change(stages: Stages, fact: StageChanged, at: datetime, run: str) -> None:
    """Take in what an entry tells of a stage.

    Another meaning makes it another stage, which starts anew; and so do more toggles, or a higher share.
    """
    old = stages.get(fact.stage, StageRecord())
    new = replace(old, toggles=fact.toggles, least=fact.least, meaning=fact.meaning)
    if old.meaning != fact.meaning or not set(fact.toggles) <= set(old.toggles) or _higher(fact.least, old.least):
        new = StageRecord(fact.toggles, fact.least, fact.meaning)
    match fact.event:
        case StageEvent.STARTED:
            new = replace(new, started=new.started or at, left=False)
        case StageEvent.VERIFIED:
            new = replace(new, started=new.started or at, verified=at, stopped="", run=run, left=False)
        case StageEvent.STOPPED:
            new = stopped(old, fact.until or at, fact.why)
        case StageEvent.LEFT:
            new = replace(stopped(old, at, fact.why or "it has no Go any more"), left=True)
        case _:
            assert_never(fact.event)
    stages[fact.stage] = new


def _higher(new: Exposure | None, old: Exposure | None) -> bool:
    return new is not None and (old is None or new > old)


def stopped(record: StageRecord, at: datetime, why: str) -> StageRecord:
    """With its clock standing; one that stands already keeps its reason."""
    if record.verified is None:
        return record
    return replace(record, verified=None, stopped=why, served=max(record.served, at - record.verified))


def stop(stages: Stages, address: Address, at: datetime, why: str) -> None:
    """Stop the clocks of all stages of a toggle."""
    for name, record in stages.items():
        if address in record.toggles:
            stages[name] = stopped(record, at, why)


def lowered(stages: Stages, address: Address, exposure: Exposure, at: datetime) -> None:
    """Stop the clocks of the stages that had the toggle higher."""
    for name, record in stages.items():
        if address in record.toggles and record.least is not None and exposure < record.least:
            stages[name] = stopped(record, at, f"{address} went down to {exposure}")


def renamed(stages: Stages, names: Mapping[Address, Address]) -> Stages:
    """The same stages after toggles were given other addresses."""
    return {
        name: replace(record, toggles=tuple(names.get(address, address) for address in record.toggles))
        for name, record in stages.items()
    }
