"""What is around a plan's changes: guards, broken requirements, approvals, drift, decisions, warnings, what is left."""

from __future__ import annotations

from datetime import tzinfo

from flagstaff.approvals.verify import Agreement
from flagstaff.model.times import moment
from flagstaff.plan.plan import Drift, DriftKind, Plan
from flagstaff.views.agreements import approve_command, role_named
from flagstaff.views.html.plan_changes import named
from flagstaff.views.plan_context import KINDS, drift_cause, effect
from flagstaff.views.plan_human import PlanView
from flagstaff.views.report.inline import NONE, Code, Line, Strong, line
from flagstaff.views.report.model import Block, Bullets, Commands, Paragraph, Section, Table
from flagstaff.views.words import compact, count, exposure

# More live toggles than this that nothing mentions are counted.
_MOST = 100


def guards(plan: Plan) -> Section | None:
    """What would restrain the next plan less, and what is let through in this one."""
    core, zone = plan.core, plan.core.zone
    rows = tuple(
        (
            line(Strong(change.guard), " ", Code(change.subject)),
            line(change.before or "none"),
            line(change.after or "none"),
            line(Strong(effect(change)) if change.loosens else effect(change)),
            line(Code(str(change.range))) if change.range else NONE,
        )
        for change in core.guard_changes
    )
    blocks: list[Block] = [Table(("Guard", "Before", "After", "Effect", "Where"), rows)] if rows else []
    waived = tuple(
        line(Strong("Waived"), f" until {moment(one.until, zone)}: {one.check.value} of ", Code(one.subject))
        + line(f", needs {role_named(one.role)}: {one.reason}")
        for one in core.waived
    )
    blocks += [Bullets(waived)] if waived else []
    return Section(f"Guard changes ({len(rows) + len(waived)})", tuple(blocks)) if blocks else None


def broken(plan: Plan) -> Section | None:
    rows = tuple(
        (
            named(plan, item.child),
            line(exposure(item.child_live)),
            line(f"{item.at_least} of ", *named(plan, item.parent)),
            line(exposure(item.parent_live)),
            line(item.reason) or NONE,
            line("yes" if item.repaired else "no"),
        )
        for item in plan.observed.broken
    )
    heads = ("Toggle", "Is at", "Requires", "Which is at", "Reason", "Repaired by this plan")
    return Section(f"Requirements that do not hold now ({len(rows)})", (Table(heads, rows),)) if rows else None


def approvals(view: PlanView) -> Section | None:
    zone = view.plan.core.zone
    if not view.agreements:
        return None
    items = tuple(
        line(Strong(f"{'✓' if one.approved else '?'} {role}"), f" {_agreed(one, zone)}")
        for role, one in view.agreements.items()
    )
    missing = [role for role, one in view.agreements.items() if not one.approved]
    commands = (Commands(tuple(approve_command(view.saved_as, role) for role in missing)),) if missing else ()
    return Section(f"Approvals ({len(items)})", (Bullets(items), *commands))


def _agreed(one: Agreement, zone: tzinfo) -> str:
    if not one.approved:
        return "; ".join(["has not agreed to this change", *one.reasons])
    by = [
        f"{approval.principal} at {moment(approval.at, zone)}"
        + (f", {approval.via}" if approval.via else "")
        + f", expires {moment(approval.expires, zone)}"
        + (f": {approval.note}" if approval.note else "")
        for approval in one.by
    ]
    return "; ".join([f"approved by {', '.join(by)}", *one.reasons])


def drift(plan: Plan) -> Section | None:
    found = [item for item in plan.observed.drift if not item.expected]
    if not found:
        return None
    heads = ("Toggle", "What", "Last applied", "Live", "Consequence")
    table = Table(heads, tuple(_drifted(plan, item) for item in found))
    return Section(f"Drift: {count(len(found), 'toggle')} changed outside of Flagstaff", (table,))


def _drifted(plan: Plan, item: Drift) -> tuple[Line, ...]:
    cause = drift_cause(item)
    live = "gone" if item.kind is DriftKind.GONE else exposure(item.live)
    return (
        named(plan, item.address),
        line(Strong(KINDS[item.kind]), f": {cause}" if cause else ""),
        line(str(item.recorded)),
        line(live),
        line(item.consequence) or NONE,
    )


def decisions(plan: Plan) -> Section | None:
    found = plan.observed.open_decisions
    rows = tuple(
        (line(item.why), line(str(item.owner or "")) or NONE, line(Code(str(item.range or item.place))))
        for item in found
    )
    title = f"Open decisions ({len(rows)})"
    return Section(title, (Table(("What nobody has chosen yet", "Owner", "Where"), rows),)) if rows else None


def warnings(plan: Plan) -> Section | None:
    items = tuple(
        line(Strong(item.summary), f": {item.detail}" if item.detail else "")
        + (line(" ", Code(str(item.range))) if item.range else ())
        for item in plan.observed.warnings
    )
    return Section(f"Warnings ({len(items)})", (Bullets(items),)) if items else None


def left_out(plan: Plan) -> Section | None:
    observed = plan.observed
    blocks: list[Block] = []
    if observed.left_out:
        blocks.append(Paragraph(line(f"Left out by -target or -exclude: {compact(observed.left_out)}")))
    if expected := [item.address for item in observed.drift if item.expected]:
        blocks.append(Paragraph(line(f"Expected drift: {compact(expected)}")))
    if observed.unmanaged:
        rows = tuple((line(Code(item.key)), line(exposure(item.live))) for item in observed.unmanaged[:_MOST])
        title = f"{count(len(observed.unmanaged), 'live toggle')} that nothing mentions"
        blocks.append(Table(("Key", "Live"), rows, title))
        if len(observed.unmanaged) > _MOST:
            blocks.append(Paragraph(line(f"The first {_MOST} of them; the plan's JSON has all.")))
    return Section("Left out", tuple(blocks)) if blocks else None
