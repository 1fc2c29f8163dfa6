"""Preparing: everything that refuses a plan as a whole, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flagstaff.apply.preconditions import Mismatch, stale
from flagstaff.apply.staging import stale_stages
from flagstaff.diagnostics import Failure
from flagstaff.model.live import Snapshot
from flagstaff.model.recorded import Recorded
from flagstaff.plan.plan import Plan
from flagstaff.providers.protocols import Provider, StoreError
from flagstaff.state.state import State
from flagstaff.state.store import StateError, StateStore, Token

_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was read while nothing spoke against the plan. `state` None: this is the first apply."""

    state: State | None
    token: Token


def prepare(plan: Plan, provider: Provider, store: StateStore) -> Prepared:
    """Refuse what can't be applied, having written nothing; raises `Failure`."""
    check_writable(plan, provider)
    try:
        state, token = store.load()
    except StateError as error:
        raise Failure.error(error.summary, error.detail) from error
    check_lineage(plan, state)
    recorded = Recorded() if state is None else state.recorded
    snapshot = read_preconditions(plan, provider)
    mismatches = stale(plan, snapshot, provider.dialect, recorded.toggles, recorded.holds)
    mismatches += stale_stages(plan, recorded.stages)
    if mismatches:
        raise Failure.error("Saved plan is stale", _stale_detail(mismatches))
    return Prepared(state, token)


def read_preconditions(plan: Plan, provider: Provider) -> Snapshot:
    """All that the plan's preconditions speak of, in one read; raises `Failure`."""
    keys = tuple(precondition.key for precondition in plan.core.preconditions)
    if not keys:
        return Snapshot({}, plan.observed.read_at)
    try:
        return provider.reader.read(keys)
    except StoreError as error:
        raise Failure.error(error.summary, error.detail) from error


def check_writable(plan: Plan, provider: Provider) -> None:
    """Refuse a plan for another store, or for one that only a person writes; raises `Failure`."""
    if plan.core.provider != provider.name:
        raise Failure.error(
            "Saved plan is for another store",
            f"The plan was made for {plan.core.provider}, and the configuration names {provider.name} "
            f"({provider.title}) now. Plan again.",
        )
    if plan.core.moves and provider.writer is None:
        toggles = "1 toggle" if len(plan.core.moves) == 1 else f"{len(plan.core.moves)} toggles"
        raise Failure.error(
            "Store can't be written",
            f"Flagstaff only reads {provider.title}; {toggles} would have to be changed by hand. "
            f"{provider.handoff}".rstrip(),
        )


def check_lineage(plan: Plan, state: State | None) -> None:
    """Refuse a plan that was made with another state; raises `Failure`."""
    lineage = "" if state is None else state.lineage
    if plan.core.lineage == lineage:
        return
    if not plan.core.lineage:
        why = "The plan was made before there was a state, and there is one now."
    elif not lineage:
        why = "The plan was made with a state that is gone now."
    else:
        why = f"The plan was made with the state of lineage {plan.core.lineage}, and the state's is {lineage}."
    raise Failure.error("Saved plan does not match the given state", f"{why} Nothing was written. Plan again.")


def _stale_detail(mismatches: Sequence[Mismatch]) -> str:
    lines = [str(mismatch) for mismatch in mismatches[:_SHOWN]]
    if len(mismatches) > _SHOWN:
        more = len(mismatches) - _SHOWN
        lines.append("1 more toggle differs." if more == 1 else f"{more} more toggles differ.")
    return "\n".join((*lines, "Nothing was written. Plan again, and look at what the new plan says."))
