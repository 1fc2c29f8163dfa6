"""Going back because triggers fired: what `flagstaff rollback` does, without anybody there to look after it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace
from typing import Final

from flagstaff.apply.interrupt import Interrupt
from flagstaff.cli.failures import as_diagnostics
from flagstaff.cli.rolling_back import Request, roll_back
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs
from flagstaff.monitors.watching import Firing
from flagstaff.plan.rollback.naming import Typed
from flagstaff.views.watch import reason, rollouts

# So often it is tried what could not be finished.
_TRIES: Final = 3


def go_back(
    watching: Workspace,
    fired: tuple[Firing, ...],
    inputs: Inputs,
    interrupt: Interrupt,
    pause: float,
    *,
    by_hand: bool,
) -> None:
    """Roll back all rollouts of these triggers, in one run of its own; raises nothing, and says how it ended.

    `pause`: seconds between two tries. `by_hand`: only a person can write, who is told what to do, once.
    """
    workspace = replace(watching, run=uuid.uuid4().hex[:12], json_=False)
    if watching.json_:
        _tell_beside_the_data(workspace)
    request = Request(
        typed=Typed(rollouts=rollouts(fired)),
        inputs=inputs,
        reason=reason(fired),
        auto_approve=True,
        trigger=fired[0].trigger.address,
    )
    for left in reversed(range(_TRIES)):
        if _rolled_back(workspace, request) or by_hand:
            return
        if not left or interrupt.requested():
            _tell(workspace, "NOT everything is down. Run the line above again, or turn it down by hand.")
            return
        _tell(workspace, "NOT everything is down. Trying again.")
        workspace.clock.sleep(pause, interrupt.requested)


def _rolled_back(workspace: Workspace, request: Request) -> bool:
    """Whether all of it is down and verified."""
    try:
        return roll_back(workspace, request) == 0
    except Exception as error:  # noqa: BLE001  # nobody is there: whatever it was, it is tried again
        if isinstance(error, OSError):  # standard output is gone
            _tell_beside_the_data(workspace)
        with suppress(OSError):
            workspace.tell(as_diagnostics(error))
        return False


def _tell_beside_the_data(workspace: Workspace) -> None:
    workspace.terminal = replace(workspace.terminal, stdout=workspace.terminal.stderr)


def _tell(workspace: Workspace, text: str) -> None:
    with suppress(OSError):
        workspace.terminal.tell(text)
