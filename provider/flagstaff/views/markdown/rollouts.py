"""Where each rollout is, and what its next stage waits for: dates, and no ages."""

from __future__ import annotations

from flagstaff.plan.plan import Plan
from flagstaff.views.markdown.parts import Form, Part, Yields
from flagstaff.views.markdown.text import code, details, limited, prose, table
from flagstaff.views.plan_rollouts import position, stage_lines, waits_for


def rollouts_part(plan: Plan) -> Part:
    views = plan.observed.rollouts
    lines = [f"{code(name)} {text}" for name, text in stage_lines(plan)]
    if not views:
        return Part.of("")
    zone, begin = plan.core.zone, {move.stage for move in plan.core.stages if not move.left}
    rows = [
        (code(view.rollout, most=80), prose(position(view, zone), most=300), prose(waits_for(view, begin), most=300))
        for view in views
    ]
    summary = f"Rollouts: {len(views)}"
    body = table(("rollout", "where it is", "next"), rows)
    body = "\n\n".join([body, *limited(lines, 2_000, "more stage")])
    return Part("rollouts", (Form(details(summary, body), Yields.ROLLOUTS), Form(summary)))
