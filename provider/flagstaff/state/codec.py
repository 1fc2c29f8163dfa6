"""State to text and back. Pure: the same state gives the same text, and reading never guesses.

One toggle is one line, so that a state compares well line by line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from flagstaff.addresses import Address
from flagstaff.model.live import Json
from flagstaff.state.fact_codec import ANSWER, APPROVAL, FROZEN, HOLD, STAGE, STAGE_NAME, TOGGLE
from flagstaff.state.forms import (
    ADDRESS,
    INTEGER,
    OBJECT,
    TEXT,
    Form,
    Misfit,
    later,
    mapping,
    optional,
    parse,
    record,
    sequence,
)
from flagstaff.state.state import FORMAT, State
from flagstaff.state.store import StateError


def _decode_pair(value: Json) -> tuple[Address, Address]:
    """An index may have blanks in it, too; only one of them stands between two addresses."""
    text = TEXT.decode(value)
    for blank in (number for number, character in enumerate(text) if character == " "):
        with suppress(Misfit):
            return ADDRESS.decode(text[:blank]), ADDRESS.decode(text[blank + 1 :])
    raise Misfit(f'"{text}" is not two addresses with a blank in between')


_PAIR: Final = Form(lambda pair: f"{pair[0]} {pair[1]}", _decode_pair)
# Format 1. A later format gets forms of its own; these stay, and are decoded and upgraded for ever.
_STATE: Final = record(
    State,
    lineage=TEXT,
    serial=INTEGER,
    tool=TEXT,
    journal_head=TEXT,
    environment=TEXT,
    applied=optional(OBJECT),
    toggles=mapping(ADDRESS, TOGGLE),
    stages=mapping(STAGE_NAME, STAGE),
    holds=mapping(ADDRESS, HOLD),
    guards=optional(OBJECT),
    baselines=later(mapping(_PAIR, FROZEN)),
    answers=later(mapping(ADDRESS, ANSWER)),
    approvals=later(sequence(APPROVAL)),
)
_COMPACT: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False)


# How many levels of a part have a line for each field; what is deeper is one line.
_LEVELS: Final = {"toggles": 1, "holds": 1, "applied": 2, "stages": 1, "guards": 2, "baselines": 1, "answers": 1}


def encode_state(state: State) -> str:
    """Raises ValueError for what JSON can't say: NaN, a time without a zone."""
    document = {"format": FORMAT, **_STATE.encode(state)}
    for name in ("toggles", "holds"):
        document[name] = {str(address): document[name][str(address)] for address in sorted(getattr(state, name))}
    for name in document.keys() & {"applied", "stages", "guards", "baselines", "answers"}:
        document[name] = _sorted(document[name], _LEVELS[name])
    lines = (f'  "{name}": {_layout(value, _LEVELS.get(name, 0), "  ")}' for name, value in document.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _sorted(value: Json, depth: int) -> Json:
    if not isinstance(value, Mapping) or not depth:
        return value
    return {name: _sorted(value[name], depth - 1) for name in sorted(value)}


def _layout(value: Json, depth: int, margin: str) -> str:
    if not depth or not isinstance(value, dict) or not value:
        return _COMPACT.encode(value)
    inner = margin + "  "
    write = _COMPACT.encode
    lines = [f"{inner}{write(name)}: {_layout(item, depth - 1, inner)}" for name, item in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{margin}}}"


def decode_state(text: str, name: str) -> State:
    """Read what `encode_state` wrote; `name` is what messages call it. Raises `StateError`."""
    try:
        document = parse(text)
    except Misfit as misfit:
        raise StateError("State is not readable", f"{name}: {misfit.sentence} {_WAYS_OUT}") from None
    try:
        return _STATE.decode(_versioned(document, name))
    except Misfit as misfit:
        raise StateError("State is damaged", f"{name}: {misfit.sentence} {_WAYS_OUT}") from None


_WAYS_OUT: Final = (
    "Nothing was changed. If it was edited or copied by hand, undo that; the state as it was one save earlier "
    "is in the backup beside it."
)


def _versioned(document: Json, name: str) -> dict[str, Any]:
    """The fields behind `format`, which is known."""
    rest = dict(OBJECT.decode(document))
    if "format" not in rest:
        raise Misfit('the field "format" is missing; is this a state of Flagstaff?')
    try:
        number = INTEGER.decode(rest.pop("format"))
    except Misfit as misfit:
        raise misfit.under("format") from None
    if number > FORMAT:
        tool = rest.get("tool")
        writer = f"version {tool} of Flagstaff" if isinstance(tool, str) and tool else "a newer version of Flagstaff"
        raise StateError(
            "State has a newer format",
            f"{name} has format {number} and was written by {writer}; this version reads formats up to {FORMAT}. "
            "Use that version, or a later one. Nothing was changed.",
        )
    if number < 1:
        raise Misfit(f"there is no format {number}", "format")
    return rest
