"""Where a plan's rollouts are, each on a line of time."""

from __future__ import annotations

from functools import partial

from flagstaff.plan.plan import Plan
from flagstaff.plan.stages.view import RolloutView
from flagstaff.views.html.plan_changes import title_of
from flagstaff.views.plan_rollouts import position, stage_lines
from flagstaff.views.report.inline import Code, Strong, line
from flagstaff.views.report.model import Bullets, Paragraph, Section
from flagstaff.views.report.times import Moment, Terms, timeline


def rollouts(plan: Plan) -> Section | None:
    views = plan.observed.rollouts
    if not views:
        return None
    becomes = tuple(line(Strong(f'{name.rollout} "{name.name}"'), f" {text}") for name, text in stage_lines(plan))
    lines = (Bullets(becomes),) if becomes else ()
    return Section(f"Rollouts ({len(views)})", (*lines, *(_rollout(plan, view) for view in views)))


def _rollout(plan: Plan, view: RolloutView) -> Section:
    begin = frozenset(move.stage for move in plan.core.stages if not move.left)
    zone, now = plan.core.zone, plan.observed.created
    declared = plan.observed.applied.get("rollouts", {}).get(str(view.rollout), {}).get("stages", ())
    terms = {stage["name"]: Terms.read(stage) for stage in declared}
    drawn = timeline(view.stages, terms, Moment(now, zone, partial(title_of, plan), begin))
    where = line(Code(str(view.rollout)), f": {position(view, zone, now)}")
    return Section(view.title or view.rollout.name, (Paragraph(where), drawn))
