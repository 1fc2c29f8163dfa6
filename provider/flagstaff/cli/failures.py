"""Failures: from an exception to what the user reads. No traceback, because it may hold values."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from typing import Final

from flagstaff.cli.terminal import Terminal
from flagstaff.diagnostics import Diagnostic, Failure, Severity
from flagstaff.providers.protocols import StoreError
from flagstaff.state.store import StateError

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def report(error: Exception) -> int:
    """Print an error from outside of any workspace, and return the exit code."""
    Terminal.standard().diagnostics(as_diagnostics(error), {})
    return 1


def report_as_json(command: str, error: Diagnostic) -> int:
    """The same where -json was asked of a command that answers with JSON, whatever happens."""
    from flagstaff.cli.workspace import Workspace
    from flagstaff.views.diagnostics import validation_json

    terminal = Terminal.standard()
    if command == "validate":
        terminal.data(validation_json((error,), {}))
    else:
        Workspace(terminal, json_=True).tell([error])
    return 1


def output_is_lost(error: BaseException) -> bool:
    """Standard output can't take any more; every file of ours has a message of its own."""
    return isinstance(error, OSError) and error.filename is None and error.errno in _NO_ROOM


def let_go_of_output() -> None:
    """What is left in its buffer must not be tried again, now or at exit: older Pythons keep it there."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def as_diagnostics(error: Exception) -> tuple[Diagnostic, ...]:
    """The messages of an error; one that nobody expected names its place in the code and nothing else."""
    match error:
        case Failure(diagnostics=diagnostics):
            return diagnostics
        case StateError() | StoreError():
            return (Diagnostic(Severity.ERROR, error.summary, error.detail),)
        case MemoryError():
            detail = (
                "The configuration, a file of toggles or the state asks for more memory than there is. Nothing more "
                "was done; if it was not you who made it so large, look at who did."
            )
            return (Diagnostic(Severity.ERROR, "Not enough memory", detail),)
        case OSError() if output_is_lost(error):
            return (
                Diagnostic(
                    Severity.ERROR,
                    "Output can't be written",
                    f"Standard output: {error.strerror}. What was done so far is in the journal: `flagstaff history` "
                    "shows it, and running the command again is safe.",
                ),
            )
        case _:
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{last.filename.rpartition('/')[2]}, line {last.lineno}, in {last.name}"
            return (
                Diagnostic(
                    Severity.ERROR,
                    "Flagstaff has a bug",
                    f"{type(error).__name__} at {place}. This is not your mistake. What was done so far is in the "
                    "journal: `flagstaff history` shows it, and running the command again is safe. "
                    "Please report it with this message.",
                ),
            )
