"""Trusting: a person agrees to the first guards of a store, and from then on loosening one is a change of its own."""

from __future__ import annotations

from datetime import timedelta

from flagstaff.cli.recording import Record
from flagstaff.cli.terminal import Terminal
from flagstaff.cli.workspace import Workspace, check_state_outlives
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure
from flagstaff.plan.guards import Guards, compare, declared, encode_guards
from flagstaff.state.facts import Trusted
from flagstaff.state.recovery import fold
from flagstaff.views.trust import trust_page


def trust(workspace: Workspace, inputs: Inputs, timeout: timedelta, *, auto_approve: bool = False) -> int:
    """1 where nobody agrees. Raises `Failure` and `StateError` with nothing written."""
    desired = workspace.configuration(inputs)
    check_state_outlives(desired, workspace.provider(desired.provider, writable=False))
    record = Record(workspace, workspace.store(desired.settings.backend), "init -trust", timeout)
    wanted, terminal = declared(desired), workspace.terminal
    with record.lease():
        _check_first(record)
        changes = compare(Guards(), wanted, workspace.clock.now()).changes
        terminal.show(trust_page(changes, desired.settings.environment, terminal.look))
        if not auto_approve and not _agreed(terminal, desired.settings.environment):
            terminal.tell("Nothing was recorded.")
            return 1
        record.change([Trusted(encode_guards(wanted))])
    terminal.data("Recorded. From now on, a plan shows each change of them first.")
    return 0


def _agreed(terminal: Terminal, environment: str) -> bool:
    answer = terminal.ask(f'\nTrust these in {environment}? Only "yes" is accepted: ')
    if answer is None:
        raise Failure.error(
            "Nobody to ask",
            "Standard input is not a terminal, and guards are trusted by a person: run `flagstaff init -trust` on one. "
            "Where nobody can be there, -auto-approve trusts them as they are declared.",
        )
    return answer == "yes"


def _check_first(record: Record) -> None:
    state, _ = record.store.load()
    if state is None:
        return
    if fold(state, record.store.entries(state.journal_head or None)).state.guards is not None:
        raise Failure.error(
            "Guards are recorded already",
            "The state has guards, and they are changed by a plan and an apply: loosening one needs the role that is "
            "recorded for it.",
        )
