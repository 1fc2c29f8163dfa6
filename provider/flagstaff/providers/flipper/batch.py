"""A batch of steps over a set of toggles: all of them, or none. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flagstaff.model.live import Raw, Result, Step
from flagstaff.providers.flipper import gates as gate
from flagstaff.providers.flipper.dialect import DELETE, FlipperDialect, perform
from flagstaff.providers.protocols import Conflict

_DIALECT = FlipperDialect()


def perform_batch(
    steps: Sequence[Step], expect: Mapping[str, Raw], toggles: Mapping[str, Raw]
) -> tuple[dict[str, Raw], tuple[Result, ...]]:
    """The toggles after all steps, in their old order with new ones last, and a result for each step.

    Raises `Conflict` where a toggle that a step touches isn't as in `expect`, and `StoreError`.
    """
    conflicts = tuple(dict.fromkeys(step.key for step in steps if differs(step, expect, toggles)))
    if conflicts:
        raise conflict(conflicts, toggles)
    after = dict(toggles)
    results: list[Result] = []
    for step in steps:
        raw = perform(step, after.get(step.key))
        if raw is None:
            after.pop(step.key, None)
        else:
            after[step.key] = raw
        results.append(Result(step.key, raw))
    return after, tuple(results)


def select(toggles: Mapping[str, Raw], keys: Collection[str] | None) -> dict[str, Raw]:
    """All, or those of `keys` that exist, in the store's order."""
    wanted = None if keys is None else frozenset(keys)
    return {key: raw for key, raw in toggles.items() if wanted is None or key in wanted}


def differs(step: Step, expect: Mapping[str, Raw], toggles: Mapping[str, Raw]) -> bool:
    """Testers may come and go, as a step keeps those that are there; only a delete would lose them."""
    seen, now = expect.get(step.key), toggles.get(step.key)
    if _DIALECT.gates(seen) != _DIALECT.gates(now):
        return True
    return step.operation == DELETE and seen is not None and now is not None and gate.actors(seen) != gate.actors(now)


def conflict(keys: Sequence[str], toggles: Mapping[str, Raw]) -> Conflict:
    named = "; ".join(f'"{key}" is now {_now(toggles.get(key))}' for key in keys[:5])
    more = f"; and {len(keys) - 5} more" if len(keys) > 5 else ""
    detail = f"Somebody else changed what this write is based on: {named}{more}. Nothing was written. Plan again."
    return Conflict(detail, tuple(keys))


def _now(raw: Raw | None) -> str:
    return "gone" if raw is None else str(_DIALECT.live(raw).exposure)
