"""A plan as a page: the verdict, what restrains less, what changes for whom, why the rest does not, where all is."""

from __future__ import annotations

from flagstaff.model.times import moment
from flagstaff.plan.plan import Plan
from flagstaff.views.counts import Counts
from flagstaff.views.html import plan_changes, plan_context, plan_people, plan_stops
from flagstaff.views.html.page import page
from flagstaff.views.html.plan_graph import dependencies
from flagstaff.views.html.plan_rollouts import rollouts
from flagstaff.views.plan_human import PlanView
from flagstaff.views.report.inline import Code, Line, Strong, line
from flagstaff.views.report.matter import number
from flagstaff.views.report.model import Report, Section
from flagstaff.views.verdict import extent, sign, verdict


def plan_html(view: PlanView) -> str:
    """The whole document."""
    return page(plan_report(view))


def plan_report(view: PlanView) -> Report:
    plan = view.plan
    found = (
        plan_context.guards(plan),
        plan_context.broken(plan),
        plan_changes.changes(plan),
        plan_changes.records(plan),
        plan_stops.blocked(plan),
        plan_stops.waiting(plan),
        plan_context.approvals(view),
        plan_people.people(plan),
        dependencies(plan),
        rollouts(plan),
        plan_changes.order(view),
        plan_stops.passing(plan),
        plan_context.drift(plan),
        plan_context.decisions(plan),
        plan_context.warnings(plan),
        plan_context.left_out(plan),
    )
    sections: tuple[Section, ...] = tuple(section for section in found if section is not None)
    return Report(f"Plan for {plan.core.environment}", _facts(view), sections, _lead(plan))


def _lead(plan: Plan) -> tuple[Line, ...]:
    lines = [line(Strong(f"{sign(plan)} {verdict(plan)}."))]
    if people := extent(plan):
        lines.append(line(f"{people}."))
    if plan.is_preview:
        lines.append(line("Planned against copies of the live toggles and of the state: this plan can't be applied."))
    return tuple(lines)


def _facts(view: PlanView) -> tuple[tuple[str, Line], ...]:
    core, observed = view.plan.core, view.plan.observed
    zone = view.plan.core.zone
    taken = f", exported {moment(observed.taken_at, zone)}" if observed.taken_at else ""
    found = [
        ("Environment", line(core.environment, " (production)" if observed.production else "")),
        ("Configuration", line(view.directory)),
        ("Toggles", line(f"{number(observed.known)}, {number(observed.managed)} managed")),
        ("Live store", line(f"{view.store or core.provider}, read {moment(observed.read_at, zone)}{taken}")),
        ("State", line(f"serial {observed.serial}")),
        ("Author", line(observed.author)),
        ("Change", line(Code(view.change_id))),
        ("In Terraform's words", line(Counts.of_core(core).plan_line)),
    ]
    return tuple((name, value) for name, value in found if value)
