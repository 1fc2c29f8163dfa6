"""Going down in Flipper, whatever keeps a toggle open: the writes of a rollback. Pure.

Where a plan refuses (groups, gates that nobody knows, a gap in which everybody is off), a rollback finds a way, and
puts the testers back last: what matters is that everybody else is off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Json, Live, Raw, Step, Target, Testers
from flagstaff.providers.flipper import gates as gate

CLOSE: Final = "close"
GATES: Final = "gates"
SINGLE: Final = (gate.EXPRESSION, gate.TIME)
_KNOWN: Final = frozenset({gate.BOOLEAN, gate.PERCENTAGE, gate.ACTORS, gate.GROUPS, *SINGLE})


def retreat(before: Live, after: Target, testers: Testers, *, atomic: bool) -> tuple[Step, ...]:
    """The writes that leave everybody but `testers` at the target's exposure, which is a percentage.

    None where it is so already. The caller knows that a request can reach the key.
    """
    if before.raw is None:
        return ()
    if atomic:
        values = _replacement(before.raw, after.exposure, before.testers, testers)
        return (Step(after.key, GATES, values, after.exposure),) if values else ()
    return _single_writes(before.raw, after, before.testers, testers)


def without_groups(raw: Raw) -> Raw:
    """As people see it who are no testers."""
    return {**raw, gate.GROUPS: []}


def _others(raw: Raw) -> Mapping[str, Json]:
    """The open gates that no percentage expresses and that are no testers."""
    return {name: value for name, value in gate.hidden(raw).items() if name != gate.GROUPS}


def _differs(raw: Raw, wanted: Exposure) -> bool:
    """Whether the percentage has to be written."""
    return gate.level(raw.get(gate.PERCENTAGE)) != wanted


def _replacement(raw: Raw, wanted: Exposure, had: Testers, testers: Testers) -> dict[str, Json]:
    """The gates that change, in one write."""
    values: dict[str, Json] = {}
    for name in _others(raw):
        values[name] = "0" if name == gate.TIME else None
    if gate.is_true(raw.get(gate.BOOLEAN)):
        values[gate.BOOLEAN] = None
    if _differs(raw, wanted):
        values[gate.PERCENTAGE] = wanted.encode()
    for name, now, then in ((gate.ACTORS, had.actors, testers.actors), (gate.GROUPS, had.groups, testers.groups)):
        if sorted(now) != sorted(then):
            values[name] = sorted(then)
    return values


def _single_writes(raw: Raw, after: Target, had: Testers, testers: Testers) -> tuple[Step, ...]:
    """Gate by gate. Only a write of the boolean closes it, an unknown gate, or all testers; it wipes the rest."""
    key, wanted, others = after.key, after.exposure, _others(raw)
    lost = not set(had.actors) <= set(testers.actors) or not set(had.groups) <= set(testers.groups)
    wipe = gate.is_true(raw.get(gate.BOOLEAN)) or gate.BOOLEAN in others or lost or not others.keys() <= _KNOWN
    written = (Step(key, gate.PERCENTAGE, wanted.encode(), wanted),)
    if wipe:
        closed = (Step(key, gate.BOOLEAN, False, Exposure(0)),)
        return (*closed, *(() if wanted.is_off else written), *_restored(key, testers, Testers(), wanted))
    steps = written if _differs(raw, wanted) else ()
    if open_ := [name for name in SINGLE if name in others]:
        steps = (*steps, Step(key, CLOSE, open_, wanted))
    return (*steps, *_restored(key, testers, had, wanted))


def _restored(key: str, testers: Testers, had: Testers, wanted: Exposure) -> tuple[Step, ...]:
    steps = []
    for name, then, now in ((gate.ACTORS, testers.actors, had.actors), (gate.GROUPS, testers.groups, had.groups)):
        if missing := sorted(set(then) - set(now)):
            steps.append(Step(key, name, missing, wanted))
    return tuple(steps)
