"""The other parts of a plan: what restrains it, what was found, the order, what is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flagstaff.addresses import Address
from flagstaff.approvals.asking import awaited
from flagstaff.approvals.verify import Agreement
from flagstaff.diagnostics import Diagnostic
from flagstaff.model.evidence import Verdict
from flagstaff.model.times import moment
from flagstaff.plan.candidates import NOBODY
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.plan import Broken, Drift, DriftKind, GuardChange, Plan
from flagstaff.views.agreements import approve_command, role_named
from flagstaff.views.markdown.parts import Form, Part, Yields
from flagstaff.views.markdown.refusals import finding
from flagstaff.views.markdown.text import (
    NAME,
    bullets,
    clip,
    code,
    details,
    limited,
    names,
    paragraph,
    place,
    prose,
    table,
)
from flagstaff.views.plan_changes import Batches
from flagstaff.views.report.inert import seen
from flagstaff.views.words import compact, count, exposure

_KINDS = {
    DriftKind.ABOVE: "raised",
    DriftKind.BELOW: "turned down",
    DriftKind.OTHER: "opened in another way",
    DriftKind.GONE: "gone",
}
# Warnings that say how long something has been: of these the fixed text alone.
_MOVING = frozenset({"Soak over its maximum"})


def guards_part(plan: Plan, directory: str, most: int) -> Part:
    """What would restrain the next plan less, and what is let through in this one."""
    changes, waived = plan.core.guard_changes, plan.core.waived
    if not (changes or waived):
        return Part.of("")
    head = f"### Guard changes ({len(changes) + len(waived)})\n\n"
    zone = plan.core.zone
    waivers = [
        f"**waived** until {moment(item.until, zone)}: {item.check.value} of {code(item.subject)}, "
        f"needs {_role(item.role)}: {prose(item.reason, most=200)}"
        for item in waived
    ]
    whole = [*(_guard(change, directory) for change in changes), *waivers]
    brief = [*map(_effect_of, changes), *waivers]
    return Part(
        "guard changes",
        (
            Form(head + bullets(whole), Yields.GUARDS_DETAIL),
            Form(head + bullets(brief), Yields.NAMES),
            Form(head + bullets(limited(brief, most, "more"))),
        ),
    )


def _role(role: Address) -> str:
    return role_named(role) if role == NOBODY else code(role)


def _guard(change: GuardChange, directory: str) -> str:
    where = place(change.range, directory)
    before, after = (code(text or "none", most=200) for text in (change.before, change.after))
    return f"{_effect_of(change)}{f' {where}' if where else ''}\n  {before} → {after}"


def _effect_of(change: GuardChange) -> str:
    if not change.loosens:
        effect = "tightens or only changes it"
    elif change.role is None:
        effect = "**loosens** it; no role was recorded for it, so nobody is asked"
    else:
        effect = f"**loosens** it: needs {code(change.role)}, as recorded by the last apply"
    return f"{paragraph(change.guard, most=60)} {code(change.subject)}: {effect}"


def broken_part(plan: Plan, directory: str, most: int) -> Part:
    lines = [_broken(item, directory) for item in plan.observed.broken]
    if not lines:
        return Part.of("")
    head = f"### Requirements that do not hold now ({len(lines)})\n\n"
    return Part(
        "requirements that do not hold",
        (Form(head + bullets(lines), Yields.DRIFT), Form(head + bullets(limited(lines, most, "more")))),
    )


def _broken(item: Broken, directory: str) -> str:
    child, parent = (prose(exposure(live)) for live in (item.child_live, item.parent_live))
    text = f"{code(item.child)} is at {child} while {code(item.parent)} is at {parent}; it requires {item.at_least}."
    repaired = "This plan repairs it." if item.repaired else "This plan does not repair it."
    return " ".join(filter(None, [text, repaired, place(item.range, directory)]))


def approvals_part(plan: Plan, agreements: Mapping[Address, Agreement], most: int) -> Part:
    """Who has to agree; without what was recorded, only who."""
    roles = sorted({*awaited(plan), *agreements})
    if not roles:
        return Part.of("")
    lines = [_agreement(role, agreements.get(role)) for role in roles]
    missing = [role for role in roles if not ((one := agreements.get(role)) and one.approved)]
    approve = [clip(seen(approve_command("", role)), NAME) for role in missing[: most // 800]]
    commands = "\n".join(["flagstaff plan -out=FILE", *approve])
    body = f"### Approvals ({len(roles)})\n\n{bullets(limited(lines, most * 3 // 4, 'more role'))}"
    return Part.of(f"{body}\n\n```console\n{commands}\n```" if missing else body)


def _agreement(role: Address, agreement: Agreement | None) -> str:
    if agreement is not None and agreement.approved:
        return f"✓ {code(role)} agreed: {', '.join(code(one.principal) for one in agreement.by[:10])}"
    reasons = agreement.reasons[:5] if agreement else ()
    return "\n  ".join(
        [f"{code(role)} has not agreed to this change", *(paragraph(reason, most=300) for reason in reasons)]
    )


def order_part(batches: Batches) -> Part:
    if len(batches) < 2:
        return Part.of("")
    lines = [
        f"{number}. {names((move.address for move in batch), most=4_000)}" for number, batch in enumerate(batches, 1)
    ]
    summary = f"Order: {len(batches)} batches"
    return Part("order", (Form(details(summary, "\n".join(lines)), Yields.ORDER), Form(summary)))


def decisions_part(plan: Plan, directory: str) -> Part:
    decisions = plan.observed.open_decisions
    if not decisions:
        return Part.of("")
    summary = f"Open decisions: {len(decisions)}"
    rows = [
        (
            prose(item.why, most=300),
            place(item.range, directory) or (code(item.place) if item.place else ""),
            code(item.owner) if item.owner else "",
        )
        for item in decisions
    ]
    whole = details(summary, table(("what nobody has chosen yet", "where", "owner"), rows))
    return Part("open decisions", (Form(whole, Yields.DECISIONS), Form(summary)))


def checks_part(plan: Plan) -> Part:
    """What was looked at before this plan's stages may begin, and is as it has to be."""
    moved = {move.address for move in plan.core.moves}
    found = (check for change in plan.observed.changes if change.address in moved for check in change.checks)
    passed = [check for check in dict.fromkeys(found) if check.verdict is Verdict.PASS]
    lines = dict.fromkeys(
        f"{paragraph(check.summary)}: {prose(text)}" if (text := _passed(plan, check)) else paragraph(check.summary)
        for check in passed
    )
    if not lines:
        return Part.of("")
    summary = f"Checks that pass: {len(lines)}"
    whole = details(summary, bullets(limited(list(lines), 8_000, "more")))
    return Part("checks that pass", (Form(whole, Yields.CHECKS), Form(summary)))


def _passed(plan: Plan, check: Check) -> str:
    if check.name is CheckName.MONITOR:
        return str(check.of or "")
    return check.detail if check.name is CheckName.SOAK else finding(plan, check)


def drift_part(plan: Plan, most: int) -> Part:
    drift = [item for item in plan.observed.drift if not item.expected]
    if not drift:
        return Part.of("")
    head = f"### Drift: {count(len(drift), 'toggle')} changed outside of Flagstaff\n\n"
    alike: dict[tuple[str, ...], list[Address]] = {}
    for item in drift:
        alike.setdefault(_drifted(item), []).append(item.address)
    rows = [(names(addresses, most=1_000), *texts) for texts, addresses in alike.items()]
    whole = table(("toggle", "what", "last applied", "live", "consequence"), rows)
    return Part(
        "drift",
        (Form(head + whole, Yields.DRIFT), Form(head + names((item.address for item in drift), most=most))),
    )


def _drifted(item: Drift) -> tuple[str, ...]:
    parts = [f"{gate.gate} {gate.before} -> {gate.after}" for gate in item.gates]
    if item.testers:
        parts.append(f"{count(abs(item.testers), 'tester')} {'more' if item.testers > 0 else 'fewer'}")
    what = ": ".join([_KINDS[item.kind], "; ".join(filter(None, [*parts, item.cause]))]).removesuffix(": ")
    live = "" if item.kind is DriftKind.GONE else exposure(item.live)
    return prose(what, most=300), str(item.recorded), prose(live, most=80), prose(item.consequence, most=300)


def warnings_part(warnings: Iterable[Diagnostic], directory: str, most: int) -> Part:
    found = list(warnings)
    if not found:
        return Part.of("")
    head = f"### Warnings ({len(found)})\n\n"
    whole = [_warning(item, directory) for item in found]
    brief = [prose(item.summary) for item in found]
    return Part(
        "warnings",
        (Form(head + bullets(whole), Yields.WARNINGS), Form(head + bullets(limited(brief, most, "more")))),
    )


def _warning(item: Diagnostic, directory: str) -> str:
    detail = "" if item.summary in _MOVING else prose(item.detail)
    about = code(item.address) if item.address and not detail else ""
    where = place(item.range, directory)
    return " ".join(
        filter(
            None,
            [f"**{prose(item.summary)}**:" if detail or about else f"**{prose(item.summary)}**", detail, about, where],
        )
    )


def left_out_part(plan: Plan) -> Part:
    lines = []
    if plan.observed.left_out:
        lines.append(f"Left out by -target or -exclude: {names(plan.observed.left_out, most=1_500)}")
    if plan.observed.unmanaged:
        keys = ", ".join(code(item.key) for item in plan.observed.unmanaged[:40])
        lines.append(f"Live and not mentioned anywhere, {len(plan.observed.unmanaged)}: {keys}")
    if expected := [item.address for item in plan.observed.drift if item.expected]:
        lines.append(f"Expected drift: {code(compact(expected))}")
    if not lines:
        return Part.of("")
    return Part("what is left out", (Form("\n\n".join(lines), Yields.UNMANAGED), Form("")))
