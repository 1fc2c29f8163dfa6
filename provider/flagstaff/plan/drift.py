"""What is behind a drift: which gates differ from those of the last verified write, and the likely cause.

Nothing of it names a person: testers and the entries of lists are counted, other values are not shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Final

from flagstaff.model.exposure import ON, Exposure
from flagstaff.model.live import Dialect, Json, Live, Raw
from flagstaff.model.recorded import Standing
from flagstaff.model.times import moment
from flagstaff.plan.plan import GateChange

_NUMBER: Final = re.compile(r"[0-9.]{1,10}", re.ASCII)


def standing_of(raw: Raw | None, dialect: Dialect) -> Standing | None:
    """How the store has a toggle now; None: it has none."""
    gates = dialect.gates(raw)
    return None if gates is None else Standing(gates, len(dialect.live(raw).testers))


def gate_changes(before: Raw, after: Raw) -> tuple[GateChange, ...]:
    """By name."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return tuple(GateChange(name, _text(before, name), _changed(before, after, name)) for name in names)


def cause(
    recorded: Standing | None, now: Standing | None, live: Live, changed_at: datetime | None, zone: tzinfo
) -> str:
    """What the store lets one conclude; "" where it says nothing."""
    parts = []
    lost = recorded.testers if recorded is not None and now is not None and not now.testers else 0
    if lost and isinstance(live.exposure, Exposure) and (live.exposure.is_off or live.exposure == ON):
        switch = "on" if live.exposure == ON else "off"
        parts.append(f"likely switched {switch} as a whole, which clears testers, too")
    if changed_at is not None:
        parts.append(f"the store says that it was last written at {moment(changed_at, zone)}")
    return "; ".join(parts)


def _changed(before: Raw, after: Raw, name: str) -> str:
    text = _text(after, name)
    return f"{text}, otherwise" if text == _text(before, name) else text


def _text(gates: Mapping[str, Json], name: str) -> str:
    """`5`, `2 entries`, `open`, `closed`."""
    match gates.get(name):
        case None:
            return "closed"
        case list() as items:
            return "1 entry" if len(items) == 1 else f"{len(items)} entries"
        case str() | int() | float() as value if not isinstance(value, bool) and _NUMBER.fullmatch(str(value)):
            return str(value)
        case _:
            return "open"
