"""A hand-off as a Ruby script for a Rails console. Pure.

The program is `handoff.rb`; what is written here is its data. Every text becomes a Ruby literal of printable ASCII,
in which nothing is interpolated, so that no key can break out of it, and no console's encoding matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Final

from flagstaff.addresses import Address
from flagstaff.diagnostics import Failure
from flagstaff.model.live import Json, Refusal
from flagstaff.model.times import moment
from flagstaff.plan.plan import Move, Precondition
from flagstaff.providers.flipper.handoff import Handoff, does, exposure_text, new_gates

_ESCAPED: Final = frozenset('"\\#')
_PLACE: Final = "%PLAN%"


def rails_script(handoff: Handoff) -> str:
    """The script. Raises `Failure` for a move that can't be written in Flipper."""
    program = files("flagstaff.providers.flipper").joinpath("handoff.rb").read_text(encoding="utf-8")
    first, rest = program.split("\n", 1)
    # Inside of the one expression: a console asks the terminal something before each new one, in the midst of a paste.
    head = "".join(f"  # {line}".rstrip() + "\n" for line in _head(handoff))
    return f"{first}\n{head}\n{rest.replace(_PLACE, _data(handoff))}"


def _head(handoff: Handoff) -> Iterator[str]:
    environment = ascii_line(handoff.environment)
    count = len(handoff.moves)
    changes = "1 change" if count == 1 else f"{count} changes"
    yield f"Flagstaff hand-off: {changes} of feature toggles in {environment}, in this order."
    yield f"Change {handoff.change}"
    yield f"Made {moment(handoff.made_at, handoff.plan.core.zone)} by {ascii_line(handoff.made_by)}."
    yield ""
    yield 'How: in the Rails console of that environment, load "handoff.rb", or paste all of this, which is slower.'
    yield "It compares every toggle with the plan first, and does nothing at all if one differs. It is safe to run"
    yield "twice. It ends with a result between two marker lines; who planned this needs it for `flagstaff confirm`."


def _data(handoff: Handoff) -> str:
    inner = ",\n".join(f"      {literal(name)} => {value}" for name, value in _fields(handoff))
    return f"{{\n{inner}\n    }}"


def _fields(handoff: Handoff) -> Iterator[tuple[str, str]]:
    moves = handoff.moves
    preconditions = handoff.plan.core.preconditions
    keys = {one.address: one.key for one in preconditions}
    moved = {move.address for move in moves}
    yield "change", literal(handoff.change)
    yield "environment", literal(handoff.environment)
    yield "production", literal(handoff.production)
    yield "propagation", literal(handoff.propagation)
    yield "moves", _list(_move(handoff, move, keys) for move in moves)
    yield "neighbours", _list(_neighbour(one) for one in preconditions if one.address not in moved)
    yield "written", literal(_written(preconditions))


def _list(rows: Iterator[dict[str, Json]]) -> str:
    """One row a line, for people to read."""
    lines = [f"        {literal(row)}" for row in rows]
    return "[\n" + ",\n".join(lines) + "\n      ]" if lines else "[]"


def _move(handoff: Handoff, move: Move, keys: Mapping[Address, str]) -> dict[str, Json]:
    gates = new_gates(move)
    if isinstance(gates, Refusal):
        raise Failure.error(gates.summary, gates.detail)
    return {
        "toggle": str(move.address),
        "key": move.key,
        "does": does(move).value,
        "before": exposure_text(move.before),
        "after": exposure_text(move.after),
        "gates": move.gates,
        "set": gates,
        "behind": [keys[address] for address in move.waits_for if address in keys],
        "near": [keys[address] for address in handoff.near.get(move.address, ()) if address in keys],
    }


def _neighbour(one: Precondition) -> dict[str, Json]:
    return {"toggle": str(one.address), "key": one.key, "live": exposure_text(one.live)}


def _written(preconditions: tuple[Precondition, ...]) -> dict[str, Json]:
    """When each toggle was last written, in seconds since 1970."""
    return {
        one.key: round(one.recorded.last_write_at.timestamp())
        for one in preconditions
        if one.recorded is not None and one.recorded.last_write_at is not None
    }


def literal(value: Json) -> str:
    """Plain JSON as a Ruby literal, on one line."""
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return quoted(value)
        case Mapping():
            return "{" + ", ".join(f"{quoted(str(key))} => {literal(item)}" for key, item in value.items()) + "}"
        case _:
            return "[" + ", ".join(map(literal, value)) + "]"


def quoted(text: str) -> str:
    """A double-quoted Ruby string that means exactly this text."""
    return '"' + "".join(map(_character, text)) + '"'


def _character(character: str) -> str:
    if " " <= character <= "~":
        return f"\\{character}" if character in _ESCAPED else character
    return f"\\u{{{ord(character):x}}}"


def ascii_line(text: str) -> str:
    """For a comment: one line of ASCII, whatever the text is."""
    return text.encode("unicode_escape").decode("ascii")
