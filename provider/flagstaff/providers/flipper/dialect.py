"""Flipper's dialect: gates to exposures, and moves to the writes that make them.

Pure. Flipper opens a toggle if any gate is open, so a percentage is the whole truth only while the
boolean, time, group, expression and unknown gates are closed.
"""

from __future__ import annotations

import json
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from flagstaff.model.exposure import ALL_ACTORS, FULL, OFF, ON, Exposure
from flagstaff.model.live import (
    Buckets,
    Crc32,
    Json,
    Live,
    LiveExposure,
    Raw,
    Refusal,
    Step,
    Target,
    Testers,
    Unrepresentable,
)
from flagstaff.providers.flipper import gates as gate
from flagstaff.providers.flipper.retreat import retreat, without_groups
from flagstaff.providers.protocols import StoreError

CREATE: Final = "create"
DELETE: Final = "delete"
GATES: Final = "gates"
CLOSE: Final = "close"
RESTORE: Final = "actors"

# Gates that have no meaning of their own for a toggle that is to be off, and no people to lose.
_CLEARABLE = frozenset({gate.BOOLEAN, gate.PERCENTAGE, gate.TIME, gate.EXPRESSION})
_NAMES_OF = {gate.ACTORS: gate.actors, gate.GROUPS: gate.groups}
# More bytes of a quoted key than that, and web servers refuse the path: a toggle that can't be addressed again.
_LONGEST_KEY = 8_000


@dataclass(frozen=True, slots=True)
class FlipperDialect:
    """`atomic`: the store replaces a toggle's gates in one write (a file, one transaction).

    Without it each gate is written alone, and a write of the boolean wipes all the others: steps that
    do so are followed by one that puts the testers back. Going from boolean-on to a percentage then has
    a moment in which everybody is off; `allow_gap` says that this may be.
    """

    atomic: bool = True
    allow_gap: bool = False

    @property
    def step(self) -> int:
        return 1

    def live(self, raw: Raw | None) -> Live:
        """100 % of actors is not `on`: nobody who isn't logged in has it. 100 % of time is: everybody has it always.

        Groups are testers, and make it `other`.
        """
        if raw is None:
            return Live(OFF, Testers(), None)
        return Live(_exposure(raw), Testers(gate.actors(raw), gate.groups(raw)), raw)

    def gates(self, raw: Raw | None) -> Raw | None:
        """The open gates but actors: `{}` is off. They decide the exposure alone, so groups are among them."""
        return None if raw is None else _open_gates(raw)

    def compile(self, before: Live, after: Target) -> tuple[Step, ...] | Refusal:
        if _is_so(before, after):
            return ()
        refusal = unwritable(after.key)
        if refusal is not None:
            return refusal
        if after.delete:
            return (Step(after.key, DELETE, None, OFF),)
        if before.raw is None:
            return self._create(after)
        return self._change(gate.hidden(before.raw), before, after)

    def retreat(self, before: Live, after: Target, testers: Testers) -> tuple[Step, ...] | Refusal:
        refusal = None if self.atomic else unaddressable(after.key)
        return refusal or retreat(before, after, testers, atomic=self.atomic)

    def public(self, raw: Raw | None) -> LiveExposure:
        return OFF if raw is None else _exposure(without_groups(raw))

    def bucket(self, key: str, ids: Sequence[str]) -> Buckets | None:
        """`crc32(key + id) % 100_000`: Flipper's percentage_of_actors gate, the same in all releases since 0.25."""
        start = zlib.crc32(key.encode())  # a CRC goes on from where it stopped
        return Buckets(FULL, [zlib.crc32(id.encode(), start) % FULL for id in ids])

    @property
    def hashing(self) -> Crc32:
        return Crc32(FULL)

    def opens(self, exposure: Exposure) -> int:
        """How many buckets are open at an exposure; at some levels one more than the percentage says."""
        return gate.opens(exposure)

    def _create(self, after: Target) -> tuple[Step, ...] | Refusal:
        if not after.create:
            return Refusal(
                "Toggle not in the store",
                f'The live store has no toggle "{after.key}", and it is not declared with create = true.',
                (f'Correct the key "{after.key}"', "Declare create = true to make it"),
            )
        new = self.live(gate.new_feature())
        if self.atomic:
            values = {} if after.exposure.is_off else _replacement(new, after.exposure, {})
            return (Step(after.key, CREATE, values, after.exposure),)
        if refusal := _uncreatable(after.key):
            return refusal
        made = Step(after.key, CREATE, {}, OFF)
        return (made,) if after.exposure.is_off else (made, *_single_writes(new, after))

    def _change(self, hidden: Mapping[str, Json], before: Live, after: Target) -> tuple[Step, ...] | Refusal:
        if _in_the_way(hidden, after.exposure):
            return _hidden(after, hidden)
        if self.atomic:
            return (Step(after.key, GATES, _replacement(before, after.exposure, hidden), after.exposure),)
        if _has_gap(before, after.exposure) and not self.allow_gap:
            return _gap(after, before.testers)
        return _single_writes(before, after)


def perform(step: Step, raw: Raw | None) -> Raw | None:
    """A toggle's raw value once `step` is done to it, as Flipper would have it; None: it is gone.

    Raises `StoreError` for a write to a toggle that isn't there: a typo shall not make one.
    """
    if step.operation == DELETE:
        return None
    if step.operation == CREATE:
        return {**(gate.new_feature() if raw is None else raw), **step.value}
    if raw is None:
        raise StoreError("Toggle not in the store", f'The store has no toggle "{step.key}". Nothing was written.')
    match step.operation:
        case "gates":
            return {**raw, **step.value}
        case "percentage_of_actors":
            return {**raw, gate.PERCENTAGE: step.value}
        case "boolean":
            return {**gate.new_feature(), gate.BOOLEAN: "true" if step.value else None}
        case "close":
            return {**raw, **{name: None if name == gate.EXPRESSION else "0" for name in step.value}}
        case "actors" | "groups" as name:
            return {**raw, name: sorted({*_NAMES_OF[name](raw), *step.value})}
        case unknown:
            raise StoreError(
                "Unknown write", f'The plan asks for "{unknown}" on "{step.key}", which this release does not know.'
            )


def _exposure(raw: Raw) -> LiveExposure:
    hidden = gate.hidden(raw)
    if gate.is_true(raw.get(gate.BOOLEAN)) or _always(hidden):
        return ON
    level = gate.level(raw.get(gate.PERCENTAGE))
    if hidden or level is None:
        return Unrepresentable("; ".join(gate.shown(name, value) for name, value in hidden.items()))
    return level


def _open_gates(raw: Raw) -> dict[str, Json]:
    result: dict[str, Json] = dict(gate.hidden(raw))
    if gate.is_true(raw.get(gate.BOOLEAN)):
        result[gate.BOOLEAN] = "true"
    level = gate.level(raw.get(gate.PERCENTAGE))
    if level is not None and not level.is_off:
        result[gate.PERCENTAGE] = level.encode()
    return dict(sorted(result.items()))


def _is_so(before: Live, after: Target) -> bool:
    if before.raw is None:
        return after.delete or (after.exposure == OFF and not after.create)
    return not after.delete and before.exposure == after.exposure


def unaddressable(key: str) -> Refusal | None:
    """Keys that no request reaches."""
    if key in {"", ".", ".."}:
        return Refusal(
            "Toggle key can't be written",
            f'The key "{key}" can\'t be addressed in Flipper: a request for it goes to another path.',
            ("Rename the toggle",),
        )
    if len(quote(key, safe="")) > _LONGEST_KEY:
        return Refusal(
            "Toggle key can't be written",
            f'The key "{key[:20]}…" is too long for the path of a request: Flipper could make it and never find it.',
            ("Give the toggle a shorter key",),
        )
    return None


def unwritable(key: str) -> Refusal | None:
    """Keys that Flipper's API or its readers can't address, or would take for another key."""
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in key):
        quoted = key.encode("unicode_escape").decode()
        return Refusal(
            "Toggle key can't be written",
            f'The key "{quoted}" holds a control character, which Flipper drops in some calls and keeps in others.',
            ("Take the tab, line break or other control character out of the key",),
        )
    return unaddressable(key)


def _uncreatable(key: str) -> Refusal | None:
    """Newer servers take blanks at the ends and invisible characters out of the name of what they make."""
    if key == key.strip() and not any(unicodedata.category(character) == "Cf" for character in key):
        return None
    return Refusal(
        "Toggle key can't be written",
        f"The key {json.dumps(key)} has blanks at an end or invisible characters. Newer servers drop them when they "
        "make a toggle, which makes another one.",
        ("Take the blanks and invisible characters out of the key",),
    )


def _always(hidden: Mapping[str, Json]) -> bool:
    """Open for everybody at all times, whoever asks."""
    return gate.TIME in hidden and gate.level(hidden[gate.TIME]) == ALL_ACTORS


def _in_the_way(hidden: Mapping[str, Json], after: Exposure) -> bool:
    """Whether a gate is open that the change would neither close nor make sense of.

    100 % of time says as much as the boolean, so that it can be left for any percentage. Two values of the percentage
    are open in an unknown way, but the write leaves one.
    """
    closed = _CLEARABLE if after.is_off else {gate.TIME} if _always(hidden) else frozenset()
    obstacles = {name for name, value in hidden.items() if name != gate.PERCENTAGE or not gate.is_doubled(name, value)}
    return not closed.issuperset(obstacles)


def _replacement(before: Live, after: Exposure, hidden: Mapping[str, Json]) -> dict[str, Json]:
    """The gates that change, in one write. Testers and unknown gates are not among them."""
    if after.is_on:
        return {gate.BOOLEAN: "true", gate.PERCENTAGE: None}
    values: dict[str, Json] = {gate.PERCENTAGE: after.encode()}
    if before.exposure == ON or gate.BOOLEAN in hidden:
        values[gate.BOOLEAN] = None
    if gate.TIME in hidden:
        values[gate.TIME] = "0"
    if gate.EXPRESSION in hidden:
        values[gate.EXPRESSION] = None
    return values


def _has_gap(before: Live, after: Exposure) -> bool:
    """Whether everybody is off for a moment: the boolean can't be closed without all other gates."""
    raw = before.raw or {}
    return gate.is_true(raw.get(gate.BOOLEAN)) and not (after.is_on or after.is_off)


def _single_writes(before: Live, after: Target) -> tuple[Step, ...]:
    """Gate by gate over the API. The boolean wipes all gates, so it is written only where nothing else will do.

    What holds a toggle open is closed last, so that nobody falls out between two writes.
    """
    raw = before.raw or {}
    key, wanted, open_ = after.key, after.exposure, gate.hidden(raw)
    restored = (Step(key, RESTORE, list(before.testers.actors), wanted),) if before.testers.actors else ()
    if wanted.is_on:
        return (Step(key, gate.BOOLEAN, True, ON), *restored)
    written = Step(key, gate.PERCENTAGE, wanted.encode(), wanted)
    if gate.is_true(raw.get(gate.BOOLEAN)) or gate.BOOLEAN in open_:
        closed = Step(key, gate.BOOLEAN, False, OFF)
        return (closed, *restored) if wanted.is_off else (closed, written, *restored)
    if not open_:
        return (written,)
    if _always(open_) and not wanted.is_off:
        return (Step(key, gate.PERCENTAGE, wanted.encode(), ON), Step(key, CLOSE, [gate.TIME], wanted))
    return (Step(key, CLOSE, _to_close(raw, open_), OFF),)


def _to_close(raw: Raw, hidden: Mapping[str, Json]) -> list[str]:
    percentage = [] if gate.percentage(raw.get(gate.PERCENTAGE)) == 0 else [gate.PERCENTAGE]
    return [*percentage, *(name for name in (gate.EXPRESSION, gate.TIME) if name in hidden)]


def _hidden(after: Target, hidden: Mapping[str, Json]) -> Refusal:
    named = "; ".join(gate.shown(name, value) for name, value in hidden.items())
    close = " and ".join(hidden)
    ways = [f"Close {close} by hand where the toggle lives, then plan again"]
    if _CLEARABLE.issuperset(hidden) and not after.exposure.is_on:
        ways.insert(0, f"Lower it to 0 first, which closes {close}; then raise it")
    return Refusal(
        "Toggle is open in another way",
        f'"{after.key}" has {named} in the live store. No percentage says that, so {after.exposure} would not be '
        "what people get.",
        tuple(ways),
    )


def _gap(after: Target, testers: Testers) -> Refusal:
    found = f", its {len(testers.actors)} testers among them" if len(testers.actors) > 1 else ""
    return Refusal(
        "Change would leave a gap",
        f'"{after.key}" is on by its boolean gate. Over the API, going from there to {after.exposure} leaves a moment '
        f"in which everybody is off{found}.",
        (
            "Let a person make the change in one transaction of the application's console",
            "Set allow_gap = true in the provider block, if everybody may be off for a moment: testers are put back",
            "Switch it off (enabled = false) first, if everybody may be off for a while",
        ),
    )
