"""The first lines: what is blocked and what can be done, for how many people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flagstaff.audience.results import Audience, Share
from flagstaff.plan.people.figures import number
from flagstaff.plan.plan import Action, Change, Plan
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.views.counts import NOTHING_TO_DO
from flagstaff.views.plan_checks import waiting_changes
from flagstaff.views.words import count

UPS: Final = frozenset({Action.RAISE, Action.CREATE, Action.SWITCH_ON})
DOWNS: Final = frozenset({Action.LOWER, Action.SWITCH_OFF, Action.DELETE})


def verdict(plan: Plan) -> str:
    """`2 raises are blocked, 3 changes can be applied`: text of our own, and numbers."""
    blocked, waiting, stages = plan.blocked, waiting_changes(plan), refused_stages(plan)
    done = {move.address for move in plan.core.moves} | {record.address for record in plan.core.records}
    free = len(done - {change.address for change in waiting})
    parts = []
    if blocked:
        parts.append(f"{_changes(blocked)} {_is(len(blocked))} blocked")
    if stages:
        parts.append(f"{count(len(stages), 'stage')} may not begin yet")
    if waiting:
        parts.append(f"{_changes(waiting)} {'waits' if len(waiting) == 1 else 'wait'} for a person")
    if free:
        parts.append(f"{count(free, 'change')} can be applied")
    elif parts:
        parts.append("nothing else would change")
    if not parts:
        parts.append("only the record changes, no toggle does" if plan.has_changes else NOTHING_TO_DO.removesuffix("."))
    return ", ".join(parts)


def _changes(changes: Sequence[Change]) -> str:
    actions = {change.action for change in changes}
    noun = "raise" if actions <= UPS else "lower" if actions <= {Action.LOWER} else "change"
    return count(len(changes), noun)


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def sign(plan: Plan) -> str:
    """Beside a word that says the same."""
    if plan.blocked or refused_stages(plan):
        return "✗"
    return "?" if waiting_changes(plan) else "✓"


def extent(plan: Plan) -> str:
    """`6 toggles up, 1 down, about 430,000 people`; "" where no toggle moves."""
    ups = sum(move.action in UPS for move in plan.core.moves)
    downs = sum(move.action in DOWNS for move in plan.core.moves)
    parts = [f"{count(ups, 'toggle')} up"] if ups else []
    if downs:
        parts.append(f"{downs} down" if ups else f"{count(downs, 'toggle')} down")
    if parts and (people := _people(plan)):
        parts.append(people)
    return ", ".join(parts)


def _people(plan: Plan) -> str:
    """How many people: of one toggle those who get or lose it, of several those who then have at least one, where a
    rollout or product holds all of them; else of the one that most people notice."""
    affected = plan.observed.affected
    if affected is None:
        return ""
    changes = [reach.change for reach in affected.audience.toggles if reach.change]
    shares = [share for change in changes for share in (change.gained, change.lost) if share.number]
    if len(shares) > 1 and (some := _at_least_one(plan, affected.audience)):
        return f"{_about(some)} then have at least one of them"
    if not shares:
        return ""
    most = max(shares, key=lambda share: (share.number or 0, share.exact))
    return _about(most) if len(shares) == 1 else f"at least {number(most)} people"


def _at_least_one(plan: Plan, audience: Audience) -> Share | None:
    """Of the smallest set with all toggles that move, if all of them go up."""
    moved = {move.address for move in plan.core.moves}
    if any(move.action not in UPS for move in plan.core.moves):
        return None
    found = [item for item in audience.sets if item.after is not None and moved <= set(item.members)]
    best = min(found, key=lambda item: len(item.members), default=None)
    return best.after.at_least_one if best is not None and best.after is not None and best.after.people else None


def _about(share: Share) -> str:
    return f"{number(share)} people" if share.exact else f"about {number(share)} people"
