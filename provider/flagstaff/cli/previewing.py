"""Planning against copies: an export in the place of the live store, a pulled state in that of the backend.

Such a plan is for looking at: it can't be applied, and its change id is no other plan's. So a pull request from
outside can be planned with no network and no secret.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from flagstaff.cli.workspace import Workspace
from flagstaff.diagnostics import Failure
from flagstaff.model.backends import PREVIEW
from flagstaff.model.configuration import Backend, Desired, ProviderSettings
from flagstaff.providers.protocols import Provider
from flagstaff.state.pulled import PulledState
from flagstaff.state.store import StateStore

# Exports hold toggles and testers, states what was applied: a larger file is something else.
_LARGEST: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Copies:
    """Files that the user named; "": the store itself."""

    live: str = ""
    state: str = ""

    def __bool__(self) -> bool:
        return bool(self.live or self.state)

    def desired(self, desired: Desired) -> Desired:
        """The configuration as such a plan has it."""
        if not self:
            return desired
        return replace(
            desired,
            provider=self._provider(desired.provider),
            settings=replace(desired.settings, backend=Backend(PREVIEW, {"snapshot": self.live, "state": self.state})),
        )

    def _provider(self, declared: ProviderSettings) -> ProviderSettings:
        """The export, without a credential and without anything that asks a server."""
        if not self.live:
            return declared
        kept = {name: value for name, value in declared.settings.items() if name == "catalogue"}
        return ProviderSettings(
            declared.kind,
            "snapshot",
            {"path": self.live, **kept},
            propagation=declared.propagation,
            range=declared.range,
        )

    def open_provider(self, workspace: Workspace, settings: ProviderSettings) -> Provider:
        """Raises `Failure`."""
        if not self.live:
            return workspace.provider(settings, writable=False)
        if settings.kind != "flipper":
            raise Failure.error(
                "No snapshots of this store",
                f'-snapshot reads an export of Flipper, and the provider is "{settings.kind}".',
                settings.range,
            )
        from flagstaff.providers.flipper.export import SnapshotFile
        from flagstaff.providers.flipper.sources import snapshot

        return snapshot(SnapshotFile(workspace.directory / self.live, self.live), settings)

    def open_store(self, workspace: Workspace, backend: Backend) -> StateStore:
        """Raises `Failure` and `StateError`."""
        if not self.state:
            return workspace.store(backend)
        path = workspace.directory / self.state
        try:
            if path.stat().st_size > _LARGEST:
                raise Failure.error("File can't be read", f"{self.state} is larger than any state.")
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            raise Failure.error("File can't be read", f"{self.state}: {reason}.") from None
        return PulledState.read(text, self.state)


def check_offline(desired: Desired, copies: Copies) -> None:
    """Raises `Failure` where -no-network leaves nothing to read."""
    source, backend = desired.provider.source, desired.settings.backend.kind
    if not copies.live and source not in {"embedded", "snapshot"}:
        raise Failure.error(
            "Plan needs the network",
            f'-no-network was given, and the source "{source}" of the provider is read over the network. Plan against '
            "an export of it: -snapshot=FILE.",
            desired.provider.range,
        )
    if not copies.state and backend != "local":
        raise Failure.error(
            "Plan needs the network",
            f'-no-network was given, and the backend "{backend}" is read over the network. Plan against a copy of the '
            "state: -state-snapshot=FILE, with what `flagstaff state pull` printed.",
            desired.settings.backend.range,
        )
