"""Flipper's tables and what they say, in both directions. Pure.

Two of Flipper's own writers at once can leave two rows for one gate that holds one value (its writer deletes and
inserts, and the unique index takes the value in). Which of them counts is up to the server, so that such a gate reads
as the list of its values: open, and never equal to one of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from flagstaff.model.live import Json, Raw
from flagstaff.providers.flipper import gates as gate
from flagstaff.providers.flipper.dialect import FlipperDialect

# A row of features joined with gates: the toggle's key, whether it has a row of its own, a gate and a value of it.
Row = tuple[str, bool, str | None, str | None]

_DIALECT: Final = FlipperDialect()
_SETS: Final = frozenset({gate.ACTORS, gate.GROUPS})


@dataclass(frozen=True, slots=True)
class Table:
    """What was read: the toggles sorted by key, and how many rows each gate of each has.

    `listed` are the keys with a feature row. Flipper reads gates without asking for that row, so that a gate left
    behind without one still opens: such a toggle counts as there while a gate or a tester of it is.
    """

    toggles: Mapping[str, Raw]
    listed: frozenset[str]
    counts: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows that a batch changes: whole toggles first, then single gates.

    `emptied`: toggles that lose all their gates' rows. `updated` replaces the value of a gate's only row, `deleted`
    and `inserted` are for all others.
    """

    dropped: tuple[str, ...]
    emptied: tuple[str, ...]
    added: tuple[str, ...]
    deleted: tuple[tuple[str, str], ...]
    updated: tuple[tuple[str, str, str], ...]
    inserted: tuple[tuple[str, str, str], ...]


def read_rows(rows: Iterable[Row]) -> Table:
    listed: set[str] = set()
    values: dict[str, dict[str, list[str | None]]] = {}
    for key, is_listed, name, value in rows:
        gates = values.setdefault(key, defaultdict(list))
        if is_listed:
            listed.add(key)
        if name is not None:
            gates[name].append(value)
    toggles = {key: _raw(values[key]) for key in sorted(values)}
    toggles = {key: raw for key, raw in toggles.items() if key in listed or _is_open(raw)}
    counts = {(key, name): len(found) for key, gates in values.items() for name, found in gates.items()}
    return Table(toggles, frozenset(listed), counts)


def last_written(rows: Iterable[tuple[str, float | None]]) -> dict[str, datetime]:
    """By key, from seconds since 1970. A gate that was cleared has left no row, so it may have been later than that."""
    found: dict[str, datetime] = {}
    for key, seconds in rows:
        try:
            at = datetime.fromtimestamp(seconds or 0, UTC)
        except (OverflowError, ValueError, OSError):  # infinity, and years that nobody will see
            continue
        if seconds is not None and at >= found.get(key, at):
            found[key] = at
    return found


def changes(table: Table, after: Mapping[str, Raw]) -> Changes:
    """What leads from the table's toggles to `after`, which has all of them but those to be deleted."""
    new = [key for key in after if key not in table.toggles]
    gone = [key for key in table.toggles if key not in after]
    deleted: list[tuple[str, str]] = []
    updated: list[tuple[str, str, str]] = []
    inserted: list[tuple[str, str, str]] = []
    for key, raw in after.items():
        before = table.toggles.get(key, {})
        for name in sorted(name for name in before.keys() | raw if before.get(name) != raw.get(name)):
            wanted = [(key, name, value) for value in _values(raw.get(name))]
            rows = table.counts.get((key, name), 0) if key in table.toggles else 0
            if rows == len(wanted) == 1:
                updated += wanted
                continue
            inserted += wanted
            if rows:
                deleted.append((key, name))
    return Changes(
        dropped=tuple(key for key in gone if key in table.listed),
        emptied=(*gone, *new),  # a new one may find closed gates that were left behind
        added=tuple(key for key in after if key not in table.listed),
        deleted=tuple(deleted),
        updated=tuple(updated),
        inserted=tuple(inserted),
    )


def _raw(gates: Mapping[str, list[str | None]]) -> Raw:
    raw = gate.new_feature()
    for name in sorted(gates):
        values = sorted({value for value in gates[name] if value is not None})
        if name in _SETS:
            raw[name] = values
        elif values:
            raw[name] = _parsed(name, values[0] if _agree(name, values) else values)
    return raw


def _agree(name: str, values: list[str]) -> bool:
    """Whether rows of a gate that holds one value say the same, so that it doesn't matter which of them counts."""
    match name:
        case gate.BOOLEAN:
            return len(values) == 1 or all(map(gate.is_true, values)) or all(map(gate.is_closed, values))
        case gate.PERCENTAGE | gate.TIME:
            return len(values) == 1 or len({gate.level(value) or value for value in values}) == 1
        case _:
            return len(values) == 1


def _parsed(name: str, value: Json) -> Json:
    """An expression as the tree that it is; what is none stays text, and counts as open."""
    if name != gate.EXPRESSION or not isinstance(value, str):
        return value
    try:
        tree = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return tree if isinstance(tree, dict) else value


def _is_open(raw: Raw) -> bool:
    return bool(_DIALECT.gates(raw) or gate.actors(raw))


def _values(value: Json) -> tuple[str, ...]:
    """One text for each row of a gate."""
    match value:
        case None | False:
            return ()
        case True:
            return ("true",)
        case str():
            return (value,)
        case list() | tuple():
            return tuple(text for item in value for text in _values(item))
        case _:
            return (json.dumps(value, ensure_ascii=False, separators=(",", ":")),)
