"""Looking: where everything is, as far as that can be found out now. Nothing is written.

Each source that fails makes the answer poorer and is told; only a state that can't be read ends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flagstaff.cli.backend_config import with_backend
from flagstaff.cli.failures import as_diagnostics
from flagstaff.cli.planning import Asked, make
from flagstaff.cli.recording import state_store, tell_times_of
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Diagnostic, Failure, Severity
from flagstaff.model.configuration import Desired
from flagstaff.model.recorded import Recorded
from flagstaff.plan.applied.read import remembered
from flagstaff.plan.applied.standing import remembered_views
from flagstaff.plan.plan import Observed
from flagstaff.plan.stages.staging import staged
from flagstaff.plan.stages.view import RolloutView
from flagstaff.providers.protocols import StoreError
from flagstaff.state.recovery import fold
from flagstaff.state.state import State
from flagstaff.state.store import StateError, StateStore
from flagstaff.views.status import Status, status_alone, status_of

# Sources of toggles, and backends, that need no network.
_LOCAL: Final = frozenset({"embedded", "snapshot"})


@dataclass(frozen=True, slots=True)
class Seen:
    """`observed` None: the live store was not read, for the reason in `alone`."""

    desired: Desired
    recorded: Recorded
    store: StateStore
    views: tuple[RolloutView, ...]
    now: datetime
    observed: Observed | None = None
    alone: str = ""

    @property
    def status(self) -> Status:
        if self.observed is not None:
            return status_of(self.desired, self.recorded, self.observed)
        return status_alone(self.desired, self.recorded, self.views, self.now, self.alone)


def look(workspace: Workspace, inputs: Inputs, *, network: bool = True, now: datetime | None = None) -> Seen:
    """Raises `Failure` where there is neither a configuration nor a state."""
    desired, mistakes = _configuration(workspace, inputs)
    if desired is None:
        return _from_state(workspace, inputs, mistakes, now)
    store = workspace.store(desired.settings.backend)
    if not network:
        if desired.settings.backend.kind != "local":
            raise Failure.error(
                "State is behind the network",
                f"The state is kept by the backend {desired.settings.backend.kind}, and -no-network keeps from it.",
                desired.settings.backend.range,
            )
        if desired.provider.source not in _LOCAL:
            return _without_live(workspace, desired, store, "With -no-network the live store was not read.", now)
    return _planned(workspace, desired, store, Asked(now=now, network=network))


def _configuration(workspace: Workspace, inputs: Inputs) -> tuple[Desired | None, Sequence[Diagnostic]]:
    try:
        desired, found = workspace.check(inputs)
        return (None if desired is None else with_backend(desired, inputs, workspace.directory)), found
    except Failure as failure:
        return None, failure.diagnostics


def _planned(workspace: Workspace, desired: Desired, store: StateStore, asked: Asked) -> Seen:
    try:
        provider = workspace.provider(desired.provider, writable=False)
        planned = make(workspace, desired, provider, store, asked)
    except (Failure, StoreError) as error:
        first = as_diagnostics(error)[0]
        try:
            return _without_live(
                workspace, desired, store, f"The live store was not read. {first.summary}: {first.detail}", asked.now
            )
        except StateError:
            raise error from None
    state = planned.recovery.state
    recorded = state.recorded if state else Recorded()
    observed = planned.plan.observed
    return Seen(desired, recorded, store, observed.rollouts, observed.created, observed)


def _without_live(workspace: Workspace, desired: Desired, store: StateStore, why: str, now: datetime | None) -> Seen:
    state = _state(store)
    recorded, when = (state.recorded if state else Recorded()), now or workspace.clock.now()
    whole = staged(desired, recorded)
    views = remembered_views(whole, recorded, when, why)
    return Seen(desired, recorded, store, views, when, alone=why)


def _from_state(workspace: Workspace, inputs: Inputs, mistakes: Sequence[Diagnostic], now: datetime | None) -> Seen:
    """What the last apply left, where the configuration says nothing any more."""
    store = _store_without(workspace, inputs, mistakes)
    state = _state(store)
    if state is None or state.applied is None:
        raise Failure(*mistakes)
    tell_times_of(workspace.terminal, state)
    desired, when = remembered(state.applied), now or workspace.clock.now()
    errors = [one for one in mistakes if one.severity is Severity.ERROR]
    place = f" at {errors[0].range}" if errors and errors[0].range else ""
    why = (
        f"The configuration can't be used ({errors[0].summary}{place}); this is what the last apply recorded, and the "
        "live store was not read. `flagstaff validate` lists the mistakes."
    )
    views = remembered_views(desired, state.recorded, when, why)
    return Seen(desired, state.recorded, store, views, when, alone=why)


def _store_without(workspace: Workspace, inputs: Inputs, mistakes: Sequence[Diagnostic]) -> StateStore:
    """The store that `FLAGSTAFF_STATE` names, or the backend of what can still be read of the configuration."""
    from flagstaff.config.load import load

    partial = load(workspace.directory, inputs).partial
    try:
        if partial is not None:
            return workspace.store(with_backend(partial, inputs, workspace.directory).settings.backend)
        return state_store(workspace, inputs)
    except Failure:
        raise Failure(*mistakes) from None


def _state(store: StateStore) -> State | None:
    """The state with what the journal tells behind it."""
    state, _ = store.load()
    return None if state is None else fold(state, store.entries(state.journal_head or None)).state
