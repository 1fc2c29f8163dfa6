"""Handing off: which of a plan's moves a person is asked to make, and which changes are not among them. Pure."""

from __future__ import annotations

from datetime import datetime

from flagstaff.addresses import Address
from flagstaff.apply.choosing import Progress, skips
from flagstaff.apply.neighbours import Neighbours
from flagstaff.apply.options import Options
from flagstaff.model.evidence import Verdict
from flagstaff.plan.codec import change_id
from flagstaff.plan.order import batches
from flagstaff.plan.plan import Change, Move, Plan, Status
from flagstaff.providers.flipper.handoff import Handoff, LeftOut


def handoff_of(plan: Plan, *, made_by: str, made_at: datetime, options: Options | None = None) -> Handoff:
    """What to do by hand. A move that waits for somebody's yes is left out, with all that comes after it.

    `options` says who agreed to what, as for an apply; None: nobody did.
    """
    neighbours = Neighbours.of(plan)
    progress = Progress(neighbours)
    agreed = options or Options(who="", run="")
    ready: list[tuple[Move, ...]] = []
    for batch in batches(plan.core.moves):
        left = skips(batch, progress, agreed)
        for result in left.values():
            progress.add(result)
        ready.append(tuple(move for move in batch if move.address not in left))
    waiting = {address: result.detail for address, result in progress.results.items()}
    return Handoff(
        plan=plan,
        change=change_id(plan.core),
        batches=tuple(batch for batch in ready if batch),
        near={move.address: neighbours.around(move.address) for batch in ready for move in batch},
        left_out=_left_out(plan, waiting),
        made_by=made_by,
        made_at=made_at,
    )


def _left_out(plan: Plan, waiting: dict[Address, str]) -> tuple[LeftOut, ...]:
    found = {move.address: _of_move(move, waiting[move.address]) for move in plan.core.moves if move.address in waiting}
    moved = {move.address for move in plan.core.moves}
    for change in plan.observed.changes:
        if change.status is not Status.ALLOWED and change.address not in moved:
            found[change.address] = _of_change(change)
    return tuple(found[address] for address in sorted(found))


def _of_move(move: Move, why: str) -> LeftOut:
    return LeftOut(move.address, move.key, move.before, move.after, why)


def _of_change(change: Change) -> LeftOut:
    failed = [check for check in change.checks if check.verdict is not Verdict.PASS]
    why = " ".join(f"{check.summary}. {check.detail}" for check in failed) or f"It is {change.status.value}."
    return LeftOut(change.address, change.key, change.before, change.wanted, why)
