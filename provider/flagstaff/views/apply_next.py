"""What to watch once an apply has ended: the stages that run now, until when they soak, and the way back.

Only what is so: a stage of which a part was not done is not said to run, and no time is named that nobody knows.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

from flagstaff.addresses import Address
from flagstaff.apply.events import Ended, Outcome
from flagstaff.model.configuration import Desired
from flagstaff.model.exposure import OFF
from flagstaff.model.rollout import Rollout, Soak, Stage, StageName
from flagstaff.model.times import soonest
from flagstaff.plan.applied.read import remembered
from flagstaff.plan.plan import Action, Move, Plan, StageMove
from flagstaff.plan.stages.levels import stage_levels
from flagstaff.plan.stages.texts import duration
from flagstaff.plan.stages.view import StageView
from flagstaff.views.look import Look, Page, Piece
from flagstaff.views.words import count

# More stages than this are left to `flagstaff status`.
_MOST: Final = 3
# A command with more toggles than this is nothing to read: their rollouts are named instead.
_MOST_NAMED: Final = 6
_DOWN: Final = frozenset({Action.LOWER, Action.SWITCH_OFF, Action.DELETE})


def next_page(plan: Plan, outcome: Outcome, now: datetime, look: Look) -> Page:
    """`now` is when the apply ended. Empty, if nothing was raised and no stage begun."""
    page = Page(look)
    done = {result.move.address for result in outcome.results if result.ended is Ended.APPLIED}
    begun = [stage for stage in plan.core.stages if _runs(stage, done) and not _is_behind(stage, plan)]
    back = back_command([result.move for result in outcome.results if result.ended is Ended.APPLIED])
    if not outcome.succeeded or not (begun or back):
        return page
    page.lines.append(())
    if begun:
        page.line(Piece("What to watch", "strong"))
        desired, zone = remembered(plan.observed.applied), plan.core.zone
        for stage in begun[:_MOST]:
            _add_stage(page, stage, plan, desired, now, zone)
        if len(begun) > _MOST:
            page.line(f"{count(len(begun) - _MOST, 'stage')} more: flagstaff status", indent=2)
        names = " ".join(f"-rollout={shlex.quote(name)}" for name in _names(begun))
        page.whole("watch:        ", Piece(f"flagstaff watch {names}", "strong"), indent=2)
    if back:
        page.whole("down to 0 %:  ", Piece(back, "strong"), indent=2)
    return page


def _runs(stage: StageMove, done: Collection[Address]) -> bool:
    return not (stage.left or stage.partial) and frozenset(done).issuperset(stage.moves)


def _is_behind(stage: StageMove, plan: Plan) -> bool:
    """Whether its toggles only pass it on their way to a later stage, which is the one to watch."""
    own = {move.stage for move in plan.core.moves if move.address in stage.moves}
    return bool(stage.moves) and stage.stage not in own


def _names(stages: Iterable[StageMove]) -> list[str]:
    return sorted({str(stage.stage.rollout).removeprefix("rollout.") for stage in stages})


def _add_stage(page: Page, begun: StageMove, plan: Plan, desired: Desired, now: datetime, zone: tzinfo) -> None:
    name = begun.stage
    rollout = desired.rollouts.get(name.rollout)
    stage = rollout.stage(name.name) if rollout else None
    views = {view.stage: view for one in plan.observed.rollouts for view in one.stages}
    level = views[name].exposure if name in views else None
    text = f'{name.rollout} "{name.name}"{f" at {level}" if level else ""}'
    if rollout is None or stage is None:
        page.line(f"{text} runs", indent=2)
        return
    ends = {one.stage: _ends(rollout, one.stage, now) for one in plan.core.stages}
    page.paragraph(f"{text} {_soaks(stage, ends.get(name), zone)}{_then(rollout, stage, ends, views, zone)}", indent=2)
    watched = [_watched(desired, one) for one in stage.monitors]
    watched += [one.title for trigger in stage.triggers if (one := desired.triggers.get(trigger)) and one.title]
    if watched:
        shown = watched if len(watched) <= _MOST else [*watched[:_MOST], f"{len(watched) - _MOST} more"]
        page.paragraph("; ".join(shown), indent=4, lead=Piece("watched: "))


def _watched(desired: Desired, address: Address) -> str:
    """A monitor by its title, and where one looks at it."""
    monitor = desired.monitors.get(address)
    if monitor is None:
        return str(address)
    where = f" ({monitor.where})" if monitor.where else ""
    return f"{monitor.title or address}{where}"


def _ends(rollout: Rollout, name: StageName, now: datetime) -> datetime | None:
    """When the soak of a stage that began now is served; None: nobody knows."""
    stage = rollout.stage(name.name) if name.rollout == rollout.address else None
    if stage is None:
        return None
    match stage.soak:
        case None:
            return now
        case Soak(minimum):
            return now + minimum
        case _:
            return None


def _soaks(stage: Stage, ends: datetime | None, zone: tzinfo) -> str:
    match stage.soak:
        case None:
            return "runs"
        case Soak(minimum) if ends is not None:
            return f"soaks until {soonest(ends, zone)} ({duration(minimum)})"
        case Soak(minimum):
            return f"soaks for {duration(minimum)}"
        case _:
            return "runs; its soak is undecided"


def _then(
    rollout: Rollout,
    stage: Stage,
    ends: Mapping[StageName, datetime | None],
    views: Mapping[StageName, StageView],
    zone: tzinfo,
) -> str:
    """The stage that comes after this one, and when at the earliest, if all before it are under way."""
    following = next((one for one in rollout.stages if stage.name.name in one.after), None)
    if following is None:
        return ""
    times: list[datetime | None] = []
    for name in (StageName(rollout.address, before) for before in following.after):
        view = views.get(name)
        times.append(ends.get(name, view.served_at if view else None))
    if isinstance(following.not_before, datetime):
        times.append(following.not_before)
    known = [time for time in times if time is not None]
    if len(known) < len(times) or not (following.not_before is None or isinstance(following.not_before, datetime)):
        return f'; then "{following.name.name}"'
    if max(known) == ends.get(stage.name):
        return f', then "{following.name.name}" at the earliest'
    return f'; "{following.name.name}" not before {soonest(max(known), zone)}'


def back_command(applied: Sequence[Move]) -> str:
    """What takes back what was raised: down to 0 %. By rollout, if these are too many toggles to read; "": nothing
    was, or no one line does it."""
    raised = [move for move in applied if move.action not in _DOWN]
    if not raised:
        return ""
    if len(raised) <= _MOST_NAMED:
        return _rollback([str(move.address) for move in raised])
    if any(move.stage is None for move in raised):
        return ""
    rollouts = sorted({str(move.stage.rollout).removeprefix("rollout.") for move in raised if move.stage})
    return _rollback(rollouts, "-rollout=")


def _rollback(names: Iterable[str], option: str = "", *more: str) -> str:
    return " ".join(["flagstaff rollback", *(f"{option}{shlex.quote(name)}" for name in names), *more, '-reason "..."'])


def return_command(plan: Plan, applied: Sequence[Move]) -> tuple[str, str]:
    """What brings all that was raised back to where it was: at the stage before. With that stage's name; both are "",
    where no stage had all of them there, or the command would touch more than them."""
    raised = [move for move in applied if move.action not in _DOWN]
    names = {move.stage.rollout if move.stage else None for move in raised}
    rollout = (
        remembered(plan.observed.applied).rollouts.get(name) if len(names) == 1 and (name := names.pop()) else None
    )
    if rollout is None or len(raised) > _MOST_NAMED:
        return "", ""
    for stage in reversed(rollout.stages):
        levels = stage_levels(rollout, stage.name.name)
        if all(move.before == levels.get(move.address) not in {None, OFF} for move in raised):
            to = f"-to={shlex.quote(stage.name.name)}"
            return _rollback([str(move.address) for move in raised], "", to), stage.name.name
    return "", ""
