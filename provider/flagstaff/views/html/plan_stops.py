"""What a plan does not do: why, why it matters and the ways out; and what was looked at and is as it has to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flagstaff.model.evidence import Verdict
from flagstaff.plan.check import Check
from flagstaff.plan.plan import Change, Plan
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.views.html.plan_changes import named, subjects, title_of
from flagstaff.views.plan_checks import alike, kinds, stays, stopping, verdict_word, waiting_changes
from flagstaff.views.plan_rollouts import passed
from flagstaff.views.report.inline import Code, Line, Strong, joined, line
from flagstaff.views.report.model import Block, Bullets, Paragraph, Section

_SIGNS = {Verdict.FAIL: "✗"}


def blocked(plan: Plan) -> Section | None:
    parts = [*_groups(plan, plan.blocked), *_stages(plan)]
    return Section(f"Blocked ({len(plan.blocked) + len(refused_stages(plan))})", tuple(parts)) if parts else None


def waiting(plan: Plan) -> Section | None:
    """What has no move yet because a person has to act first."""
    moved = {move.address for move in plan.core.moves} | {record.address for record in plan.core.records}
    found = [change for change in waiting_changes(plan) if change.address not in moved]
    return Section(f"Waits for a person ({len(found)})", tuple(_groups(plan, found))) if found else None


def _groups(plan: Plan, changes: Sequence[Change]) -> Iterator[Section]:
    for group in alike(sorted(changes, key=lambda change: change.address)):
        addresses = [change.address for change in group]
        who = [named(plan, address) for address in addresses]
        state = ("each " if len(group) > 1 else "") + _state(group[0])
        head: Block = Paragraph((*who[0], *line(f" {state}."))) if len(who) == 1 else Bullets(tuple(who))
        notes = [Paragraph(line(note)) for note in group[0].notes]
        title = f"{subjects(plan, addresses)}: {state}"
        yield Section(title, (head, *_reasons(plan, stopping(group[0])), *notes))


def _state(change: Change) -> str:
    wanted = change.wanted
    return stays(change) + (f" (declared: {wanted})" if wanted is not None and wanted != change.before else "")


def _stages(plan: Plan) -> Iterator[Section]:
    for view in refused_stages(plan):
        checks = [check for check in view.checks if check.verdict not in {Verdict.PASS, Verdict.PENDING}]
        title = f"{title_of(plan, view.stage.rollout)}: {view.title or view.stage.name} does not begin"
        yield Section(title, tuple(_reasons(plan, checks)))


def _reasons(plan: Plan, checks: Sequence[Check]) -> Iterator[Block]:
    for kind in kinds(checks, 1):
        first = kind[0]
        sign = _SIGNS.get(first.verdict, "?")
        word = verdict_word(first)
        many = f" ({len(kind)})" if len(kind) > 1 else ""
        head = Strong(f"{sign} {first.summary}{word}{many}")
        if len(kind) == 1:
            yield Paragraph(line(head, f": {first.detail}" if first.detail else ""))
            if first.range or first.label:
                yield Paragraph(joined([_place(first), line(first.label)], ": "))
        else:
            yield Paragraph(line(head, ":"))
            yield Bullets(tuple(_one(plan, check) for check in kind))
        if first.why:
            yield Paragraph(line(f"Why it matters: {first.why}"))
        ways = tuple(dict.fromkeys(way for check in kind for way in check.ways_out))
        if ways:
            yield Paragraph(line(Strong("Ways out" if len(ways) > 1 else "Way out"), ":"))
            yield Bullets(tuple(map(_ticked, ways)), ordered=True)


def _one(plan: Plan, check: Check) -> Line:
    name = title_of(plan, check.of) if check.of else check.summary
    return joined([line(Strong(name), f": {check.label or check.detail}"), _place(check)], " ")


def _place(check: Check) -> Line:
    return line(Code(str(check.range))) if check.range else ()


def _ticked(text: str) -> Line:
    """With what stands between back-ticks as code."""
    return line(*(Code(part) if place % 2 else part for place, part in enumerate(text.split("`"))))


def passing(plan: Plan) -> Section | None:
    texts = passed(plan)
    return (
        Section("Checks that pass", (Bullets(tuple(map(line, texts)), ticks=(True,) * len(texts)),)) if texts else None
    )
