"""Importing as an operation: a live value becomes the recorded one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flagstaff.addresses import Address
from flagstaff.cli.recording import Record, parse_address
from flagstaff.cli.workspace import Workspace, check_state_outlives
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure, did_you_mean
from flagstaff.model.configuration import Desired
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import Standing
from flagstaff.plan.drift import standing_of
from flagstaff.providers.protocols import Provider
from flagstaff.state.facts import Imported


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user typed."""

    address: str
    key: str
    since: datetime | None


def import_toggle(workspace: Workspace, inputs: Inputs, wanted: Wanted, timeout: timedelta) -> int:
    """Raises `Failure`, with nothing written, where the toggle is not declared, not live, or says no exposure."""
    desired = workspace.configuration(inputs)
    address = _declared(desired, wanted)
    provider = workspace.provider(desired.provider, writable=False)
    check_state_outlives(desired, provider)
    record = Record(workspace, workspace.store(desired.settings.backend), "import", timeout)
    with record.lease():
        exposure, standing = _live(provider, wanted.key)
        record.change([Imported(address, wanted.key, exposure, wanted.since, standing)])
    workspace.terminal.data(f"Imported {wanted.key} as {address}, at {exposure}.")
    return 0


def _declared(desired: Desired, wanted: Wanted) -> Address:
    address = parse_address(wanted.address)
    toggle = desired.toggles.get(address)
    if toggle is None:
        guess = did_you_mean(wanted.address, map(str, desired.toggles))
        raise Failure.error(
            "Toggle not declared", f"The configuration has no {address}. Declare it with its key first.{guess}"
        )
    if toggle.key != wanted.key:
        raise Failure.error(
            "Another key is declared",
            f'{address} is declared with the key "{toggle.key}", not "{wanted.key}". Correct one of the two.',
            toggle.key_range,
        )
    if toggle.exposure is None:
        raise Failure.error(
            "Toggle is only known",
            f"{address} declares no exposure, so Flagstaff keeps no record of it. "
            "Declare `percentage` or `enabled` first.",
            toggle.range,
        )
    return address


def _live(provider: Provider, key: str) -> tuple[Exposure, Standing | None]:
    toggles = provider.reader.read().toggles
    if key not in toggles:
        raise Failure.error(
            "Unknown toggle key", f'The live store has no toggle with the key "{key}".{did_you_mean(key, toggles)}'
        )
    exposure = provider.dialect.live(toggles[key]).exposure
    if not isinstance(exposure, Exposure):
        raise Failure.error(
            "Toggle is open in another way",
            f'"{key}" is {exposure}. No exposure says that, so it can\'t be recorded. Close that gate by hand first.',
        )
    return exposure, standing_of(toggles[key], provider.dialect)
