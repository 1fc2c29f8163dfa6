"""Where each rollout is, and what its next stage waits for: dates, and no ages."""

from __future__ import annotations

from datetime import tzinfo

from flagstaff.model.times import moment
from flagstaff.plan.plan import Plan
from flagstaff.plan.stages.view import RolloutView, StageState, StageView
from flagstaff.views.markdown.parts import Form, Part, Yields
from flagstaff.views.markdown.text import code, details, limited, prose, table
from flagstaff.views.plan_rollouts import stage_lines, waits_for


def rollouts_part(plan: Plan) -> Part:
    views = plan.observed.rollouts
    lines = [f"{code(name)} {text}" for name, text in stage_lines(plan)]
    if not views:
        return Part.of("")
    zone, begin = plan.core.zone, {move.stage for move in plan.core.stages if not move.left}
    rows = [
        (code(view.rollout, most=80), prose(_position(view, zone), most=300), prose(waits_for(view, begin), most=300))
        for view in views
    ]
    summary = f"Rollouts: {len(views)}"
    body = table(("rollout", "where it is", "next"), rows)
    body = "\n\n".join([body, *limited(lines, 2_000, "more stage")])
    return Part("rollouts", (Form(details(summary, body), Yields.ROLLOUTS), Form(summary)))


def _position(view: RolloutView, zone: tzinfo) -> str:
    at = next((stage for stage in view.stages if stage.stage.name == view.at), None)
    if view.complete:
        return "complete"
    if at is None:
        return "has no Go any more" if any(s.state is StageState.LEFT for s in view.stages) else "not begun"
    where = f'"{at.stage.name}"' + (f" at {at.exposure}" if at.exposure else "")
    return f"{where}, {_state(at, zone)}"


def _state(stage: StageView, zone: tzinfo) -> str:
    since = f" since {moment(stage.since, zone)}" if stage.since else ""
    match stage.state:
        case StageState.STARTED:
            return f"begun in part{since}"
        case StageState.STOPPED:
            return "stopped"
        case StageState.SERVED if stage.served_at != stage.since:
            return f"running{since}, soak served"
        case _ if stage.served_at is not None:
            return f"running{since}, soak until {moment(stage.served_at, zone)}"
        case _:
            return f"running{since}"
