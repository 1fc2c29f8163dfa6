"""Pushing as an operation: a state from a file takes the place of the present one, and the journal says so."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from flagstaff.cli.recording import Record
from flagstaff.cli.terminal import Terminal
from flagstaff.diagnostics import Failure
from flagstaff.state import invariants
from flagstaff.state.codec import decode_state, encode_state
from flagstaff.state.facts import Pushed
from flagstaff.state.state import State
from flagstaff.views.words import count


def read_state(file: str) -> State:
    """The state in a file, or from standard input; raises `Failure` and `StateError`."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        text = data.decode("utf-8", "surrogatepass")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        raise Failure.error("State file can't be read", f"{file}: {reason}. Nothing was changed.") from error
    name = "Standard input" if file == "-" else file
    state = decode_state(text, name)
    invariants.check(state, name)
    return state


def push(record: Record, state: State, *, force: bool, auto_approve: bool) -> int:
    """1 where nobody agrees. Raises `Failure` and `StateError` with nothing written."""
    terminal = record.workspace.terminal
    with record.lease():
        present, _ = record.store.load()
        if present is not None and _content(present) == _content(state):
            toggles = count(len(state.toggles), "toggle")
            terminal.data(f"The state is that one already: serial {state.serial}, {toggles}.")
            return 0
        objections = tuple(_objections(state, present)) if present is not None else ()
        if objections and not force:
            raise Failure.error("State can't be pushed", " ".join((*objections, _WAYS_OUT)))
        if objections and not auto_approve and not _agreed(terminal, objections):
            terminal.tell("Nothing was pushed.")
            return 1
        over = present.serial if present is not None else None
        fact = Pushed(state.serial, over, encode_state(state))
        new = record.change([fact], lineage=state.lineage, serial=state.serial)
    place = "where there was none" if over is None else f"over serial {over}"
    terminal.data(
        f"Pushed serial {state.serial} {place}: {count(len(new.toggles), 'toggle')}, now serial {new.serial}."
    )
    return 0


_WAYS_OUT = (
    "Nothing was changed. Pull the present state, make the change in it, raise its serial by one and push that; or "
    "use -force if you know that the file is the right one."
)


def _content(state: State) -> State:
    """Without what each save sets anew."""
    return replace(state, journal_head="", tool="")


def _objections(state: State, present: State) -> Iterator[str]:
    if state.lineage != present.lineage:
        yield (
            f'The file has the lineage "{state.lineage}", and the present state "{present.lineage}": they describe '
            "different things. The lineage stays the present one."
        )
    if state.serial < present.serial:
        yield f"The file has serial {state.serial}, and the present state is newer: it has serial {present.serial}."
    elif state.serial == present.serial:
        yield f"The file has serial {state.serial} like the present state, and says something else."


def _agreed(terminal: Terminal, objections: tuple[str, ...]) -> bool:
    listed = "\n".join(f"  {objection}" for objection in objections)
    answer = terminal.ask(f'{listed}\nPut it in its place all the same? Only "yes" is accepted: ')
    if answer is None:
        raise Failure.error(
            "Nobody to ask",
            f"Standard input is not a terminal. {' '.join(objections)} Use -auto-approve if you are sure.",
        )
    return answer == "yes"
