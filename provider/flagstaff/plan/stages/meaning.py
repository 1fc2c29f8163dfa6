"""What a toggle meant to those who had it: who gets it next are the same people, or new ones.

An engine draws the same people again for the same key. Where the toggle means something else by then,
they are new people all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flagstaff.addresses import Address
from flagstaff.model.recorded import StageRecord
from flagstaff.model.rollout import Stage, StageName

InForce = Mapping[Address, tuple[StageName, StageRecord]]


def in_force(stages: Mapping[StageName, StageRecord], names: Mapping[Address, Address]) -> InForce:
    """The stage that began last of those that list a toggle."""
    found: dict[Address, tuple[StageName, StageRecord]] = {}
    began: dict[Address, datetime] = {}
    for name, record in sorted(stages.items()):
        if record.started is None:
            continue
        for recorded in record.toggles:
            toggle = names.get(recorded, recorded)
            if toggle not in began or record.started >= began[toggle]:
                found[toggle], began[toggle] = (name, record), record.started
    return found


def former_meaning(stage: Stage, toggle: Address, stages: Mapping[StageName, StageRecord], last: InForce) -> str | None:
    """What the toggle meant, where the stage makes it mean something else for the first time."""
    own, (_, before) = stages.get(stage.name), last.get(toggle, (None, None))
    if before is None or before.meaning == stage.meaning:
        return None
    if own is not None and own.started and own.meaning == stage.meaning:
        return None
    return before.meaning


def fell(stage: Stage, toggle: Address, last: InForce) -> bool:
    """Whether the toggle was up in a stage of the same meaning, whose clock stands since."""
    _, record = last.get(toggle, (None, None))
    return record is not None and record.meaning == stage.meaning and bool(record.stopped)


def people_note(stage: Stage, former: str | None, *, again: bool) -> tuple[str, ...]:
    """`again`: the toggle was up with the same meaning, and went down since."""
    if former is not None:
        old, new = (f'"{meaning}"' if meaning else "nothing in particular" for meaning in (former, stage.meaning))
        return (f"new people: it means {new} from now on, and meant {old}",)
    if again:
        return ("same people: key and meaning are the same, so those who had it before get it again",)
    return ()
