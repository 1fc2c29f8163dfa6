"""The policy among the guards: written down, read back, and what of a change loosens it. Pure.

Rule: what is not plainly tighter than before loosens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from flagstaff.addresses import Address
from flagstaff.model.configuration import Policy
from flagstaff.model.rollout import Freeze, WorkingHours
from flagstaff.plan.plan import GuardChange

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def document(policy: Policy) -> dict[str, Any]:
    """Plain JSON, without what is not set."""
    share = policy.max_changed_share
    hours = policy.working_hours
    found: dict[str, Any] = {
        "max_raise": policy.max_raise,
        "max_changed_share": None if share is None else f"{share.normalize():f}",
        "owner": str(policy.owner) if policy.owner else None,
    }
    if policy.prevent_self_approval:
        found["prevent_self_approval"] = True
    if policy.freezes:
        found["freezes"] = [_freeze_document(freeze) for freeze in policy.freezes]
    if hours is not None:
        found["working_hours"] = {
            "days": list(hours.days),
            "start": hours.start,
            "end": hours.end,
            "timezone": hours.timezone,
            "holidays": list(hours.holidays),
        }
    return found


def _freeze_document(freeze: Freeze) -> dict[str, Any]:
    return {
        "name": freeze.name,
        "start": freeze.start.astimezone(UTC).isoformat(),
        "end": freeze.end.astimezone(UTC).isoformat(),
        "reason": freeze.reason,
        "products": [str(product) for product in freeze.products],
    }


def read(found: Mapping[str, Any]) -> Policy:
    """Read what `document` wrote; raises KeyError, TypeError, ValueError or ArithmeticError for anything else."""
    share, hours = found["max_changed_share"], found.get("working_hours")
    return Policy(
        max_raise=found["max_raise"],
        max_changed_share=None if share is None else Decimal(share),
        owner=Address.parse(found["owner"]) if found["owner"] else None,
        prevent_self_approval=found.get("prevent_self_approval", False),
        freezes=tuple(map(_read_freeze, found.get("freezes", ()))),
        working_hours=None
        if hours is None
        else WorkingHours(
            tuple(hours["days"]), hours["start"], hours["end"], hours["timezone"], tuple(hours["holidays"])
        ),
    )


def _read_freeze(found: Mapping[str, Any]) -> Freeze:
    return Freeze(
        found["name"],
        datetime.fromisoformat(found["start"]),
        datetime.fromisoformat(found["end"]),
        found["reason"],
        tuple(map(Address.parse, found["products"])),
    )


def _points(value: int | None) -> str:
    return "no limit" if value is None else f"{(Decimal(value) / 1000).normalize():f} points"


def _share(value: Decimal | None) -> str:
    return "no limit" if value is None else f"{(value * 100).normalize():f} %"


def _hours(hours: WorkingHours | None) -> str:
    if hours is None:
        return "any time"
    days = ", ".join(_DAYS[day] for day in hours.days)
    holidays = f", not on {', '.join(hours.holidays)}" if hours.holidays else ""
    return f"{days} {clock(hours.start)} to {clock(hours.end)} {hours.timezone}{holidays}"


def clock(minutes: int) -> str:
    """Minutes after midnight as a time of day: `09:05`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True, slots=True)
class _Limit:
    """One setting: how it is told, and whether a change of it loosens."""

    name: str
    text: Callable[[Any], str]
    loosens: Callable[[Any, Any], bool]


def _number_loosens(before: Any, after: Any) -> bool:
    return before is not None and (after is None or after > before)


_LIMITS: Final = (
    _Limit("max_raise", _points, _number_loosens),
    _Limit("max_changed_share", _share, _number_loosens),
    _Limit("prevent_self_approval", lambda value: "yes" if value else "no", lambda before, _: bool(before)),
    _Limit("working_hours", _hours, lambda before, _: before is not None),
)


def compare(old: Policy, new: Policy, role: Address | None, now: datetime) -> tuple[Policy, tuple[GuardChange, ...]]:
    """What is in force until `role` (that of the old policy's owner, if it names anybody) agrees, and the changes."""
    in_force, changes = new, []
    for limit in _LIMITS:
        before, after = getattr(old, limit.name), getattr(new, limit.name)
        if limit.text(before) == limit.text(after):
            continue
        loosens = limit.loosens(before, after)
        holder = role if loosens else None
        texts = limit.text(before), limit.text(after)
        changes.append(GuardChange("policy", limit.name, *texts, loosens, holder, new.range))
        if holder:
            in_force = replace(in_force, **{limit.name: before})
    kept, frozen = _compare_freezes(old, new, role, now)
    changes += frozen
    in_force = replace(in_force, freezes=kept)
    if old.owner != new.owner:
        texts = str(old.owner or "nobody"), str(new.owner or "nobody")
        changes.append(GuardChange("policy", "owner", *texts, bool(role), role, new.range))
        in_force = replace(in_force, owner=old.owner) if role else in_force
    return in_force, tuple(changes)


def _compare_freezes(
    old: Policy, new: Policy, role: Address | None, now: datetime
) -> tuple[tuple[Freeze, ...], list[GuardChange]]:
    """By name. One that is over restrains nothing any more: taking it out loosens nothing."""
    before, after = ({freeze.name: freeze for freeze in policy.freezes} for policy in (old, new))
    kept, changes = dict(after), []
    for name in sorted(before.keys() | after.keys()):
        first, second = before.get(name), after.get(name)
        texts = _freeze_text(first), _freeze_text(second)
        if texts[0] == texts[1]:
            continue
        loosens = first is not None and first.end > now and not _covers(second, first)
        holder = role if loosens else None
        where = second.range if second else new.range
        changes.append(GuardChange("policy", f'freeze "{name}"', *texts, loosens, holder, where))
        if holder and first is not None:
            kept[name] = replace(first, range=where)
    return tuple(kept[name] for name in sorted(kept)), changes


def _covers(new: Freeze | None, old: Freeze) -> bool:
    """Whether all that the old one froze is still frozen."""
    if new is None or new.start > old.start or new.end < old.end:
        return False
    return not new.products or bool(old.products and set(old.products) <= set(new.products))


def _freeze_text(freeze: Freeze | None) -> str:
    if freeze is None:
        return "none"
    span = " to ".join(f"{time.astimezone(UTC):%Y-%m-%d %H:%M}" for time in (freeze.start, freeze.end))
    products = f" for {', '.join(map(str, freeze.products))}" if freeze.products else ""
    return f"{span} UTC{products}"
