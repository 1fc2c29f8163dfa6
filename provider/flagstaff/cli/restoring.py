"""Putting testers back that a rollback took out, once their toggle is released."""

from __future__ import annotations

from collections.abc import Mapping

from flagstaff.addresses import Address
from flagstaff.cli.rollback_scene import Found, live_settings
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Raw, Refusal, Snapshot, Target
from flagstaff.plan.rollback.retreat import all_testers, told_testers
from flagstaff.providers.protocols import BatchWriter, Provider, StoreError
from flagstaff.state.state import State
from flagstaff.views.words import count


def put_back(
    workspace: Workspace,
    found: Found,
    inputs: Inputs,
    state: State,
    taken: Mapping[Address, tuple[str, ...]],
    *,
    ask: bool,
) -> None:
    """Ask, and do it. The release is made, whatever becomes of this; what is not done is told, with the names."""
    terminal = workspace.terminal
    total = sum(map(len, taken.values()))
    named = "; ".join(f"{address}: {', '.join(names)}" for address, names in taken.items())
    question = f'\nThe rollback took {count(total, "tester")} out. Put them back? Only "yes" is accepted: '
    if ask and terminal.ask(question) != "yes":
        terminal.tell(f"Testers that were taken out stay out. {named}")
        return
    try:
        provider = workspace.provider(live_settings(inputs, found.desired, found.partial, state.applied or {}))
        for address, names in taken.items():
            _restore(provider, state.toggles[address].key, names, workspace)
    except (StoreError, KeyError) as error:
        why = f"{error.summary}: {error.detail}" if isinstance(error, StoreError) else f"{error} is not recorded."
        terminal.tell(f"Not all testers are back. {why} Add them by hand. {named}")
        return
    terminal.data(f"{count(total, 'tester')} put back.")


def _restore(provider: Provider, key: str, names: tuple[str, ...], workspace: Workspace) -> None:
    """Raises `StoreError`."""
    raw: Raw | None = provider.reader.read([key]).toggles.get(key)
    live = provider.dialect.live(raw)
    public = provider.dialect.public(raw)
    wanted = all_testers(live.testers, told_testers(names))
    target = Target(key, public if isinstance(public, Exposure) else Exposure(0))
    steps = provider.dialect.retreat(live, target, wanted)
    if raw is None or isinstance(steps, Refusal) or provider.writer is None or not isinstance(public, Exposure):
        raise StoreError("Testers can't be put back", f'"{key}" can\'t be written as it is now.')
    for step in steps:
        if isinstance(provider.writer, BatchWriter):
            (answer,) = provider.writer.write_batch([step], Snapshot({key: raw}, workspace.clock.now()))
            if answer.error is not None or answer.raw is None:
                raise StoreError("Testers can't be put back", answer.error or f'"{key}" is gone.')
            raw = answer.raw
        else:
            raw = provider.writer.write(step, raw) or raw
