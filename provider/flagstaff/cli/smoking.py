"""The smoke test after an apply: what visitors get of it. Whatever it finds, the apply has been done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flagstaff.apply.events import Ended, MoveResult
from flagstaff.apply.interrupt import Interrupt
from flagstaff.cli.workspace import Workspace
from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.kinds import Expected
from flagstaff.providers.registry import smoke_test
from flagstaff.views.words import count, span


def smoke(
    workspace: Workspace, settings: ProviderSettings, results: Sequence[MoveResult], interrupt: Interrupt
) -> None:
    """Ask once readers must have the new values, and tell what differs. Raises nothing of its own."""
    expected = list(_expected(workspace, results))
    if settings.verify is None or not expected or interrupt.requested():
        return
    seconds = settings.propagation.total_seconds()
    if seconds:
        _say(workspace, f"Smoke test in {span(seconds)}, once readers have the new values. Ctrl-C leaves it out.")
        workspace.clock.sleep(seconds, interrupt.requested)
    if interrupt.requested():
        _say(workspace, "The smoke test was left out.")
        return
    found = smoke_test(settings, expected)
    workspace.log.info("smoke test", toggles=len(expected), findings=len(found))
    workspace.tell(found)
    if not found:
        _say(workspace, f"Smoke test: {count(len(expected), 'toggle')} as applied, for a visitor who isn't logged in.")


def _expected(workspace: Workspace, results: Sequence[MoveResult]) -> Iterator[Expected]:
    """What was applied. Of a toggle drawn by cookie, a visitor may have a percentage; so nothing is expected then."""
    listed = workspace.catalogue.entries if workspace.catalogue else {}
    for result in results:
        key, after = result.move.key, result.move.after
        if result.ended is not Ended.APPLIED or after is None:
            continue
        if after.is_off or after.is_on or not (key in listed and listed[key].by_cookie):
            yield Expected(result.move.address, key, after)


def _say(workspace: Workspace, text: str) -> None:
    if workspace.json_:
        workspace.stream().log(text)
    else:
        workspace.terminal.tell(text)
