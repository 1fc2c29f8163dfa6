"""The sections of a plan about rollouts: stages that begin or may not, what was checked, where each rollout is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, tzinfo
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.evidence import Verdict
from flagstaff.model.rollout import StageName
from flagstaff.model.times import moment
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.plan import Plan, StageMove
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.plan.stages.texts import duration
from flagstaff.plan.stages.view import RolloutView, StageState, StageView
from flagstaff.views.diagnostics import Sources
from flagstaff.views.look import Page, Piece, cells, column, pad
from flagstaff.views.plan_checks import add_stops, kinds
from flagstaff.views.words import count

_TOLD: Final = (CheckName.STAGE_ORDER, CheckName.NOT_BEFORE, CheckName.SOAK, CheckName.MONITOR, CheckName.MAX_RAISE)

# More blockers or monitors than this are only counted: the plan that needs them names each.
_MOST_ALIKE: Final = 3


def add_go(page: Page, stages: Iterable[StageName], rollouts: Iterable[RolloutView], indent: int) -> None:
    """One for each rollout: `rollout.x: go for "canary"`, and where that stands."""
    places = {view.rollout: view.range for view in rollouts}
    named: dict[Address, list[str]] = {}
    for stage in sorted(stages):
        named.setdefault(stage.rollout, []).append(stage.name)
    for rollout, names in named.items():
        text, place = page.look.clean(f"{rollout}: go for {_quoted(names)}"), str(places.get(rollout) or "")
        if indent + cells(text) + 3 + cells(place) <= page.look.width:
            page.line(f"{text}   ", Piece(place, "dim"), indent=indent)
        else:
            page.paragraph(f"{text} {place}", indent=indent)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def add_stages(page: Page, plan: Plan) -> None:
    """What becomes of stages, besides the moves of their toggles."""
    rows = stage_lines(plan)
    if not rows:
        return
    page.blank()
    page.line(Piece(f"Stages ({len(rows)})", "strong"))
    for name, text in rows:
        page.paragraph(f'{name.rollout} "{name.name}" {text}', indent=2)


def stage_lines(plan: Plan) -> list[tuple[StageName, str]]:
    return [row for stage in plan.core.stages if (row := _becomes(stage)) is not None]


def _becomes(stage: StageMove) -> tuple[StageName, str] | None:
    if stage.left:
        return stage.stage, "has no Go any more: its clock stops"
    if stage.partial:
        missing = len(stage.toggles) - len(stage.moves)
        are = "is" if missing == 1 else "are"
        text = f"begins in part: {count(missing, 'toggle')} of {len(stage.toggles)} {are} not moved by this plan"
        return stage.stage, text
    if stage.moves:
        return None
    meaning = f', meaning "{stage.meaning}"' if stage.meaning else ""
    there = "its toggles are there already" if stage.toggles else "it moves no toggle"
    return stage.stage, f"begins{meaning}; {there}"


def add_refused_stages(page: Page, plan: Plan, sources: Sources) -> None:
    """Stages that have their Go and may not begin, where no toggle's change says why."""
    for view in refused_stages(plan):
        checks = [check for check in view.checks if check.verdict not in {Verdict.PASS, Verdict.PENDING}]
        for number, kind in enumerate(kinds(checks)):
            about = f"{view.stage}, too" if number else f"{view.stage} does not begin"
            add_stops(page, kind, about, sources)


def add_checks(page: Page, plan: Plan) -> None:
    """What was looked at before this plan's stages may begin, and is as it has to be; each thing once."""
    texts = passed(plan)
    if not texts:
        return
    ok = f"{page.look.symbols.ok} "
    page.blank()
    page.line(Piece("Checks", "strong"))
    for text in texts:
        page.paragraph(text, indent=2, lead=Piece(ok, "good"))


def passed(plan: Plan) -> list[str]:
    stages = {move.stage for move in plan.core.stages if not move.left}
    moved = {move.address for move in plan.core.moves if move.stage in stages}
    found = [c for change in plan.observed.changes if change.address in moved for c in change.checks]
    checks = [check for check in dict.fromkeys(found) if check.verdict is Verdict.PASS]
    blockers = sum(check.name is CheckName.BLOCKER for check in checks)
    texts = [count(blockers, "blocker") + " resolved"] if blockers else []
    return texts + [check.detail for name in _TOLD for check in checks if check.name is name]


def add_rollouts(page: Page, plan: Plan) -> None:
    """A line or two for each rollout: where it is, and what its next stage waits for."""
    views = plan.observed.rollouts
    if not views:
        return
    page.blank()
    page.line(Piece(f"Rollouts ({len(views)})", "strong"))
    zone = plan.core.zone
    width = column(page.look, (view.rollout.name for view in views), page.look.width // 2)
    begin = {move.stage for move in plan.core.stages if not move.left}
    for view in views:
        lead = Piece(pad(page.look.clean(view.rollout.name), width) + "   ")
        page.paragraph(position(view, zone, plan.observed.created), indent=2, lead=lead)
        head, reasons = _following(view, begin)
        if head:
            page.items(head, reasons, indent=4)


def position(view: RolloutView, zone: tzinfo, now: datetime | None = None) -> str:
    """`"limited" at 20 %, running since ... (2 d 4 h), soak until ...`; without `now`, no age."""
    at = next((stage for stage in view.stages if stage.stage.name == view.at), None)
    if view.complete:
        return "complete"
    if at is None:
        left = any(stage.state is StageState.LEFT for stage in view.stages)
        return "has no Go any more" if left else "not begun"
    where = f'"{at.stage.name}"' + (f" at {at.exposure}" if at.exposure else "")
    parts = [f"{where}, {_state(at, zone, now)}"]
    if at.state is StageState.RUNNING and at.served_at is not None:
        parts.append(f"soak until {moment(at.served_at, zone)}")
    elif at.state is StageState.SERVED and at.served_at != at.since:
        parts.append("soak served")
    return ", ".join(parts)


def _state(stage: StageView, zone: tzinfo, now: datetime | None) -> str:
    since = f" since {moment(stage.since, zone)}" if stage.since else ""
    match stage.state:
        case StageState.STARTED:
            return f"begun in part{since}"
        case StageState.STOPPED:
            return "stopped"
        case _:
            age = f" ({duration(now - stage.since)})" if now and stage.since else ""
            return f"running{since}{age}"


def waits_for(view: RolloutView, begin: Collection[StageName] = ()) -> str:
    """`next "full" waits for: soak (...); approval`; "" where nothing is left. `begin`: those that a plan begins."""
    head, reasons = _following(view, begin)
    return f"{head} {'; '.join(reasons)}".rstrip()


def _following(view: RolloutView, begin: Collection[StageName]) -> tuple[str, tuple[str, ...]]:
    """What is said of the next stage, and the reasons that follow it."""
    following = next((stage for stage in view.stages if stage.stage.name == view.next), None)
    if following is None:
        return "", ()
    name = f'next "{following.stage.name}"'
    if following.stage in begin:
        return f"{name} begins with this plan", ()
    reasons = [] if following.go else ["its Go"]
    reasons += _reasons(following.checks)
    return (f"{name} waits for:", tuple(dict.fromkeys(reasons))) if reasons else (name, ())


def _reasons(checks: Iterable[Check]) -> list[str]:
    """Each by itself, or only how many of a kind there are."""
    kinds: dict[CheckName, list[Check]] = {}
    for check in checks:
        kinds.setdefault(check.name, []).append(check)
    reasons: list[str] = []
    for name, alike in kinds.items():
        reasons += map(_reason, alike) if len(alike) <= _MOST_ALIKE else [f"{len(alike)} {name.value}s"]
    return reasons


def _reason(check: Check) -> str:
    what = f"{check.of}" if check.of else "an open decision" if check.name is CheckName.DECISION else check.name.value
    return f"{what} ({check.label})" if check.label else what
