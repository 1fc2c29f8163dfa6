"""Flipper's dialect: gates to exposures, and moves to the writes that make them.

Pure. Flipper opens a toggle if any gate is open, so a percentage is the whole truth only while the
boolean, time, group, expression and unknown gates are closed.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flagstaff.model.exposure import FULL, OFF, ON, Exposure
from flagstaff.model.live import (
    Buckets,
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
from flagstaff.providers.protocols import StoreError

CREATE: Final = "create"
DELETE: Final = "delete"
GATES: Final = "gates"

# Gates that have no meaning of their own for a toggle that is to be off, and no people to lose.
_CLEARABLE = frozenset({gate.BOOLEAN, gate.PERCENTAGE, gate.TIME, gate.EXPRESSION})


@dataclass(frozen=True, slots=True)
class FlipperDialect:
    """`atomic`: the store replaces a toggle's gates in one write (a file, one transaction).

    Without it each gate is written alone, and a write of the boolean wipes all the others.
    """

    atomic: bool = True

    @property
    def step(self) -> int:
        return 1

    def live(self, raw: Raw | None) -> Live:
        """100 % of actors is not `on`: nobody who isn't logged in has it. Groups are testers, and make it `other`."""
        if raw is None:
            return Live(OFF, Testers(), None)
        return Live(_exposure(raw), Testers(gate.actors(raw), gate.groups(raw)), raw)

    def gates(self, raw: Raw | None) -> Raw | None:
        """The open gates but actors: `{}` is off. They decide the exposure alone, so groups are among them."""
        return None if raw is None else _open_gates(raw)

    def compile(self, before: Live, after: Target) -> tuple[Step, ...] | Refusal:
        if _is_so(before, after):
            return ()
        refusal = _unwritable(after.key)
        if refusal is not None:
            return refusal
        if after.delete:
            return (Step(after.key, DELETE, None, OFF),)
        if before.raw is None:
            return self._create(after)
        return self._change(gate.hidden(before.raw), before, after)

    def bucket(self, key: str, ids: Sequence[str]) -> Buckets | None:
        """`crc32(key + id) % 100_000`: Flipper's percentage_of_actors gate, the same in all releases since 0.25."""
        start = zlib.crc32(key.encode())  # a CRC goes on from where it stopped
        return Buckets(FULL, [zlib.crc32(id.encode(), start) % FULL for id in ids])

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
        made = Step(after.key, CREATE, {}, OFF)
        if after.exposure.is_off:
            return (made,)
        rest = _single_write(new, after)
        assert not isinstance(rest, Refusal), "a new toggle has nothing to lose"
        return (made, *rest)

    def _change(self, hidden: Mapping[str, Json], before: Live, after: Target) -> tuple[Step, ...] | Refusal:
        if hidden and not (after.exposure.is_off and _CLEARABLE.issuperset(hidden)):
            return _hidden(after, hidden)
        if self.atomic:
            return (Step(after.key, GATES, _replacement(before, after.exposure, hidden), after.exposure),)
        return _single_write(before, after)


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
        case unknown:
            raise StoreError(
                "Unknown write", f'The plan asks for "{unknown}" on "{step.key}", which this release does not know.'
            )


def _exposure(raw: Raw) -> LiveExposure:
    if gate.is_true(raw.get(gate.BOOLEAN)):
        return ON
    hidden = gate.hidden(raw)
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


def _unwritable(key: str) -> Refusal | None:
    """Keys that Flipper's API or its readers can't address, or would take for another key."""
    if key in {"", ".", ".."}:
        return Refusal(
            "Toggle key can't be written",
            f'The key "{key}" can\'t be addressed in Flipper: a request for it goes to another path.',
            ("Rename the toggle",),
        )
    if any(unicodedata.category(character) == "Cc" for character in key):
        quoted = key.encode("unicode_escape").decode()
        return Refusal(
            "Toggle key can't be written",
            f'The key "{quoted}" holds a control character, which Flipper drops in some calls and keeps in others.',
            ("Take the tab, line break or other control character out of the key",),
        )
    return None


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


def _single_write(before: Live, after: Target) -> tuple[Step, ...] | Refusal:
    """One gate by the API. The boolean wipes all gates, so it is written only where nothing is lost."""
    boolean = after.exposure.is_on or before.exposure == ON or isinstance(before.exposure, Unrepresentable)
    if not boolean:
        return (Step(after.key, gate.PERCENTAGE, after.exposure.encode(), after.exposure),)
    if not (after.exposure.is_on or after.exposure.is_off):
        return _gap(after)
    if before.testers:
        return _loss(before.testers, after)
    return (Step(after.key, gate.BOOLEAN, after.exposure.is_on, after.exposure),)


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


def _gap(after: Target) -> Refusal:
    return Refusal(
        "Change would leave a gap",
        f'"{after.key}" is on by its boolean gate. Over the API, going from there to {after.exposure} leaves a moment '
        "in which everybody is off, and loses its testers.",
        (
            "Let a person make the change in one transaction of the application's console",
            "Switch it off (enabled = false) first, if everybody may be off for a while",
        ),
    )


def _loss(testers: Testers, after: Target) -> Refusal:
    return Refusal(
        "Change would lose testers",
        f'Over the API, a write of the boolean gate of "{after.key}" wipes all its other gates, and with them '
        f"{len(testers)} tester{'s' * (len(testers) != 1)}.",
        (
            "Let a person make the change in one transaction of the application's console",
            "Remove the testers first, if they may lose the toggle",
        ),
    )
