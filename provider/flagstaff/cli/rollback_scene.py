"""The scene of a rollback: whatever of configuration, state and credentials can be had, and the live store.

Only the live store has to be there. Everything else that is missing, broken or out of reach is said, and done without.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from flagstaff.apply.rollback.books import Books
from flagstaff.cli.backend_config import with_backend
from flagstaff.cli.recording import state_store
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs, Loaded, Variable, load
from flagstaff.diagnostics import Failure, Severity
from flagstaff.model.configuration import Backend, Desired, ProviderSettings
from flagstaff.model.live import Snapshot, Testers
from flagstaff.model.recorded import Recorded
from flagstaff.model.times import zone_in
from flagstaff.plan.applied.sound import is_sound
from flagstaff.plan.rollback.ground import Ground
from flagstaff.providers.protocols import Provider
from flagstaff.state.registry import DEFAULT_PATH
from flagstaff.state.store import StateStore

_VARIABLE: Final = "FLAGSTAFF_VAR_"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a rollback goes by."""

    ground: Ground
    recorded: Recorded
    provider: Provider
    snapshot: Snapshot
    books: Books
    environment: str
    desired: Desired | None = None

    @property
    def lost_testers(self) -> Mapping[str, Testers]:
        """Testers whom an earlier run took out on its way, and that it died before it could put back, by key."""
        dialect, found = self.provider.dialect, {}
        for move in self.books.in_flight:
            # One that wipes testers has a second step, which restores them.
            if len(move.intent.steps) > 1 and move.intent.gates is not None:
                found[move.intent.key] = dialect.live(move.intent.gates).testers
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """What there is besides the live store: the configuration if it is whole, else what is left of it, and the state's
    store. `why` says what is wrong with the first, `trouble` with the last."""

    desired: Desired | None
    partial: Desired | None
    store: StateStore | None
    why: str = ""
    trouble: str = ""


def find(workspace: Workspace, inputs: Inputs) -> Found:
    """Raises nothing, whatever is broken."""
    loaded, why = _loaded(workspace, inputs)
    desired = None if loaded is None else loaded.desired
    partial = None if loaded is None else loaded.partial
    store, trouble = _store(workspace, inputs, desired, partial)
    return Found(desired, partial, store, why, trouble)


def open_scene(workspace: Workspace, inputs: Inputs) -> Scene:
    """Says what is done without. Raises `Failure` and `StoreError` where the live store can't be found or read."""
    found = find(workspace, inputs)
    books = Books.open(found.store, workspace.directory, workspace.clock, workspace.who, workspace.run, found.trouble)
    if found.store is not None and books.state is None and found.desired is None and not books.trouble:
        # With nothing that says where it is, a state is not made in a place that was guessed.
        books.store, books.trouble = None, f"There is none at {DEFAULT_PATH}. FLAGSTAFF_STATE names it."
    recorded = Recorded() if books.state is None else books.state.recorded
    unreached = f"The state is out of reach. {books.trouble}" if books.trouble else ""
    with suppress(OSError):  # the output may be gone
        for note in filter(None, (found.why, unreached)):
            workspace.terminal.tell(note)
    document = recorded.applied or {}
    known = found.desired or found.partial
    workspace.terminal.zone = known.settings.zone if known is not None else zone_in(document)
    provider = workspace.provider(live_settings(inputs, found.desired, found.partial, document))
    return Scene(
        ground=Ground.of(found.desired, recorded, None if found.desired is not None else found.partial),
        recorded=recorded,
        provider=provider,
        snapshot=provider.reader.read(),
        books=books,
        environment=_environment(found.desired, document, books, found.partial),
        desired=found.desired,
    )


def _environment(desired: Desired | None, document: Mapping[str, Any], books: Books, partial: Desired | None) -> str:
    if desired is not None:
        return desired.settings.environment
    if books.state is not None and books.state.environment:
        return books.state.environment
    return str(document.get("environment") or (partial.settings.environment if partial is not None else ""))


def _loaded(workspace: Workspace, inputs: Inputs) -> tuple[Loaded | None, str]:
    """The configuration, as far as it can be had; and what is wrong with it."""
    try:
        loaded = load(workspace.directory, inputs)
    except Exception as error:  # noqa: BLE001  # whatever is wrong with it must not stop a rollback
        return None, f"The configuration can't be read ({type(error).__name__}); this goes by the last apply."
    workspace.sources.update(loaded.sources)
    if loaded.desired is not None:
        return loaded, ""
    errors = [item for item in loaded.diagnostics if item.severity is Severity.ERROR]
    if not loaded.sources:
        return loaded, f"There is no configuration in {workspace.title}; this goes by the last apply."
    first = f" ({errors[0].summary}{f', {errors[0].range}' if errors[0].range else ''})" if errors else ""
    return loaded, f"The configuration has mistakes{first}; this goes by the last apply. flagstaff validate shows them."


def _store(
    workspace: Workspace, inputs: Inputs, desired: Desired | None, partial: Desired | None
) -> tuple[StateStore | None, str]:
    """Where the state is, by what is believed most; or why nobody knows."""
    try:
        if os.environ.get("FLAGSTAFF_STATE"):
            return state_store(workspace, inputs), ""
        source = desired or partial
        backend = Backend() if source is None else with_backend(source, inputs, workspace.directory).settings.backend
        return workspace.store(backend), ""
    except Failure as failure:
        return None, " ".join(f"{item.summary}: {item.detail}" for item in failure.diagnostics)
    except Exception as error:  # noqa: BLE001  # a driver that is not installed, say, must not stop a rollback
        return None, type(error).__name__


def live_settings(
    inputs: Inputs, desired: Desired | None, partial: Desired | None, document: Mapping[str, Any]
) -> ProviderSettings:
    """Which live store: what is declared, else what was applied, else what is left declared. Raises `Failure`."""
    if desired is not None:
        return _fresh_or_not(desired.provider)
    declared = partial.provider if partial is not None and partial.provider.kind else None
    recorded = _recorded_settings(document)
    if recorded is None:
        if declared is not None:
            return _fresh_or_not(declared)
        raise Failure.error(
            "Live store is not known",
            "No configuration that can be read says which store the toggles are in, and no state that was applied. Go "
            "where the configuration is (flagstaff -chdir=DIR rollback ...), or name the state with FLAGSTAFF_STATE.",
        )
    names = document["provider"].get("credentials")
    texts = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return _fresh_or_not(_with_credentials(recorded, texts, declared, inputs))


def _recorded_settings(document: Mapping[str, Any]) -> ProviderSettings | None:
    """None where there are none that can be read."""
    provider = document.get("provider")
    if not isinstance(provider, Mapping):
        return None
    with suppress(KeyError, TypeError, OverflowError):
        wait = timedelta(seconds=provider.get("propagation", 0))
        found = ProviderSettings(provider["kind"], provider["source"], provider["settings"], propagation=wait)
        return found if is_sound(found) else None
    return None


def _with_credentials(
    settings: ProviderSettings, names: Sequence[str], declared: ProviderSettings | None, inputs: Inputs
) -> ProviderSettings:
    """From the provider block, if it is still whole and leads to the same store; else each by its own name."""
    found: dict[str, str] = {}
    for name in names:
        if (value := inputs.environment.get(f"{_VARIABLE}{name}")) is not None:
            found[name] = value
    found.update({one.name: one.text for one in inputs.given if isinstance(one, Variable) and one.name in names})
    same = declared is not None and (declared.kind, declared.source, dict(declared.settings)) == (
        settings.kind,
        settings.source,
        dict(settings.settings),
    )
    if declared is not None and same:
        found.update({name: value for name, value in declared.sensitive.items() if name in names})
    missing = sorted(set(names) - set(found))
    if missing:
        ways = " ".join(f"-var {name}=..." for name in missing)
        raise Failure.error(
            "Credentials can't be resolved",
            f"The store of the last apply needs {', '.join(missing)}, which no state holds, and the provider block "
            f"can't be read any more. Give it by its name: {_VARIABLE}{missing[0]} in the environment, or {ways}",
        )
    return replace(settings, sensitive=found)


def _fresh_or_not(settings: ProviderSettings) -> ProviderSettings:
    """An old snapshot is better than none: what is down already is seen by whoever goes there."""
    return replace(settings, settings={name: value for name, value in settings.settings.items() if name != "max_age"})
