"""What a rollback tells the journal, as facts. Pure, but for the random ids of holds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from flagstaff.addresses import Address
from flagstaff.apply.preconditions import live_of
from flagstaff.apply.rollback.events import Ended, Result
from flagstaff.model.exposure import ON, Exposure
from flagstaff.model.live import Dialect, Raw, Refusal
from flagstaff.model.recorded import Hold
from flagstaff.plan.drift import standing_of
from flagstaff.plan.plan import Action
from flagstaff.plan.rollback.retreat import Down, Retreat, kept_testers
from flagstaff.state import facts
from flagstaff.state.facts import Held, Intent, Outcome


def held_facts(
    retreat: Retreat, known: Mapping[Address, Hold], who: str, run: str, reason: str, at: datetime
) -> tuple[Held, ...]:
    """The holds that are new, or say more than the one that is there: everything that was named, and what goes with it.

    A dependent that somebody named himself is held for its own sake. One that is held already keeps its hold.
    """
    found = []
    for down in (*retreat.downs, *retreat.resting):
        old = known.get(down.address)
        if old is not None and (old.of is None or not down.named):
            new = replace(old, cause=old.cause or reason, testers=_taken(down, old))
        else:
            new = Hold(
                id=uuid.uuid4().hex,
                cause=reason,
                at=at,
                who=who,
                of=down.of,
                rollback=run,
                before=down.before if isinstance(down.before, Exposure) else None,
                testers=_taken(down, old),
            )
        if new != old:
            found.append(Held(down.address, down.key, new))
    for toggle in retreat.missing:
        if toggle.address not in known:
            hold = Hold(id=uuid.uuid4().hex, cause=reason, at=at, who=who, rollback=run)
            found.append(Held(toggle.address, toggle.key, hold))
    return tuple(found)


def _taken(down: Down, old: Hold | None) -> tuple[str, ...]:
    before = () if old is None else old.testers
    return tuple(sorted({*before, *kept_testers(down.taken)}))


def intent(down: Down) -> Intent:
    """With the whole toggle as it was: should this run die, the next one knows its testers."""
    return Intent(
        address=down.address,
        key=down.key,
        action=Action.SWITCH_OFF if down.before == ON else Action.LOWER,
        before=down.before,
        after=down.wanted,
        steps=() if isinstance(down.steps, Refusal) else down.steps,
        gates=down.live.raw,
    )


def result(one: Result, raw: Raw | None, dialect: Dialect) -> facts.Result:
    """What was not read stays open: the next run asks the store."""
    outcomes = {Ended.DOWN: Outcome.APPLIED, Ended.UNKNOWN: Outcome.UNKNOWN}
    outcome = outcomes.get(one.ended, Outcome.FAILED)
    standing = None if one.live is None else standing_of(raw, dialect)
    live = None if one.live is None else live_of(raw, dialect)
    return facts.Result(one.down.address, one.down.key, outcome, live, one.detail, standing)
