"""What the plan does not do, and why. A plan may be shortened; who is refused is always said.

Nothing here changes between two plans of the same change: figures of the moment (how long a soak has run, what a
monitor measured) are in the plan itself, and not in a comment that would be edited for each of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.evidence import Verdict
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.plan import Action, Change, Plan, Status
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.views.markdown.parts import Form, Part, Yields
from flagstaff.views.markdown.text import SENTENCE, bullets, code, limited, names, place, prose
from flagstaff.views.plan_checks import verdict_word, waiting_changes
from flagstaff.views.words import count, exposure

# A detail of these says how long it has been, or what time it is.
_MOVING: Final = frozenset({CheckName.SOAK, CheckName.WORKING_HOURS})
_PLURAL: Final = {"stays": "stay", "waits": "wait", "is": "are"}
# So that every refusal of 300 is named.
_MOST_NAMES: Final = 12_000
_STATES: Final = {
    Action.ADOPT: "adopted",
    Action.FORGET: "forgotten",
    Action.DELETE: "deleted",
    Action.CREATE: "created",
}


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What the same checks stop in the same way: toggles, or the stage `name`. `stays`: what becomes of them."""

    subjects: tuple[Address, ...]
    name: str
    stays: str
    checks: tuple[Check, ...]


def refusals_part(plan: Plan, directory: str, most: int) -> Part:
    found = _of_changes(plan.blocked)
    for view in refused_stages(plan):
        checks = tuple(check for check in view.checks if check.verdict not in {Verdict.PASS, Verdict.PENDING})
        found.append(_Refusal((), str(view.stage), "does not begin", checks))
    if not found:
        return Part.of("")
    head = "### Blocked\n\n"
    grouped, brief = _grouped(found, _MOST_NAMES), _grouped(found, most // 3)
    return Part(
        "blocked changes",
        (
            Form(head + bullets(_item(plan, one, directory, ways=True) for one in found), Yields.REFUSALS_WAYS_OUT),
            Form(head + bullets(_item(plan, one, directory, ways=False) for one in found), Yields.REFUSALS_EACH),
            Form(head + bullets(grouped), Yields.NAMES),
            Form(head + bullets(limited(brief, most, "more reason"))),
        ),
    )


def waiting_part(plan: Plan, directory: str, most: int) -> Part:
    """What has no move yet because a person has to act first."""
    moved = {move.address for move in plan.core.moves} | {record.address for record in plan.core.records}
    waiting = [change for change in waiting_changes(plan) if change.address not in moved]
    found = _of_changes(waiting)
    if not found:
        return Part.of("")
    head = "### Waits for a person\n\n"
    each = [_item(plan, one, directory, ways=True) for one in found]
    return Part(
        "what waits for a person",
        (
            Form(head + bullets(each), Yields.WAITING),
            Form(head + bullets(limited(_grouped(found, most // 3), most, "more"))),
        ),
    )


def _of_changes(changes: Sequence[Change]) -> list[_Refusal]:
    """Changes that the same checks stop, together, in the order of their addresses."""
    alike: dict[tuple[str, tuple[Check, ...]], list[Address]] = {}
    for change in sorted(changes, key=lambda change: change.address):
        checks = tuple(check for check in change.checks if check.verdict is not Verdict.PASS)
        alike.setdefault((_stays(change), checks), []).append(change.address)
    return [_Refusal(tuple(found), "", stays, checks) for (stays, checks), found in alike.items()]


def _stays(change: Change) -> str:
    wait = change.status is Status.PENDING
    if (done := _STATES.get(change.action)) is not None:
        return f"waits to be {done}" if wait else f"is not {done}"
    declared = f" (declared: {change.wanted})" if change.wanted is not None and change.wanted != change.before else ""
    return f"{'waits' if wait else 'stays'} at {exposure(change.before)}{declared}"


def _several(stays: str) -> str:
    """The same of several."""
    verb, _, rest = stays.partition(" ")
    return f"{_PLURAL[verb]} {rest}"


def _item(plan: Plan, one: _Refusal, directory: str, *, ways: bool) -> str:
    """A list in a list: who, below it each reason, and the ways out that are not said yet."""
    who = names(one.subjects, most=_MOST_NAMES) if one.subjects else code(one.name)
    lines = [f"{who} {prose(_several(one.stays) if len(one.subjects) > 1 else one.stays)}"]
    told: list[str] = []
    for check in one.checks:
        lines.append(f"  - {_reason(plan, check, directory, most=SENTENCE if ways else 200)}")
        if ways and check.why:
            lines.append(f"    Why it matters: {prose(check.why)}")
        told += check.ways_out if check.name not in _MOVING else ()
    if ways:
        lines += [f"  - way out: {prose(way)}" for way in dict.fromkeys(told)]
    return "\n".join(lines)


def _reason(plan: Plan, check: Check, directory: str, *, most: int) -> str:
    word = verdict_word(check)
    found = prose(finding(plan, check), most=most)
    text = f"**{prose(check.summary)}**{word}" + (f": {found}" if found else "")
    return " ".join(filter(None, [text, place(check.range, directory)]))


def finding(plan: Plan, check: Check) -> str:
    """What was found, without figures of the moment."""
    match check.name:
        case CheckName.SOAK:
            return check.label
        case CheckName.WORKING_HOURS:
            return ""
        case CheckName.MONITOR if any(reading.monitor == check.of for reading in plan.observed.readings):
            return f"{check.of}: what it measured is in the plan."
        case _:
            return check.detail


def _grouped(found: Sequence[_Refusal], most: int) -> list[str]:
    """A line for what the same check stops."""
    toggles: dict[str, set[Address]] = {}
    stages: dict[str, dict[str, None]] = {}
    for one in found:
        for check in one.checks:
            toggles.setdefault(check.summary, set()).update(one.subjects)
            stages.setdefault(check.summary, {}).update({one.name: None} if one.name else {})
    return [f"**{prose(summary)}**: {_subjects(group, stages[summary], most)}" for summary, group in toggles.items()]


def _subjects(toggles: Collection[Address], stages: Iterable[str], most: int) -> str:
    parts = [f"{count(len(toggles), 'toggle')} ({names(toggles, most=most)})"] if toggles else []
    return ", ".join([*parts, *limited([code(name) for name in stages], most, "more stage")])
