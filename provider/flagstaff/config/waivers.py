"""Waive blocks: what of a plan's checks is let through, for how long, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from flagstaff.addresses import Address
from flagstaff.config.instance import Instance, leaves
from flagstaff.config.times import moment
from flagstaff.diagnostics import did_you_mean
from flagstaff.language.values import Reference, Value
from flagstaff.model.rollout import Waiver
from flagstaff.plan.check import CheckName
from flagstaff.plan.waivers import WAIVABLE

_LIMITS: Final = (CheckName.MAX_RAISE, CheckName.CHANGED_SHARE, CheckName.FREEZE, CheckName.WORKING_HOURS)
# What can be waived, by the kind of block that it stands in.
ALLOWED: Final = {
    "toggle": (CheckName.REQUIREMENT, *_LIMITS),
    "stage": WAIVABLE,
    "rollout": WAIVABLE,
    "policy": _LIMITS,
}
# What `of` names, by the check that it narrows.
_NARROWED: Final = {
    CheckName.BLOCKER: "blocker",
    CheckName.MONITOR: "monitor",
    CheckName.TRIGGER: "trigger",
    CheckName.REQUIREMENT: "toggle",
}


def waivers(instance: Instance, zone: ZoneInfo) -> tuple[Waiver, ...]:
    """Those of a block, in the order in which they stand there."""
    return tuple(waiver for nested in instance.nested("waive") for waiver in _waivers(nested, zone))


def _waivers(instance: Instance, zone: ZoneInfo) -> Iterator[Waiver]:
    check, reason = _check(instance), instance.text("reason")
    if isinstance(instance.value("reason").data, str) and not reason.strip():
        detail = "A waiver is shown in every plan with its reason, and this one is empty. Say why."
        instance.error("Waiver without a reason", detail, instance.range("reason"))
    until = moment(instance, "until", zone, end=True)
    if check is None or until is None or not reason.strip():
        return
    for of in _narrowed(instance, check) if instance.has("of") else (None,):
        yield Waiver(check.value, reason, until, of, instance.block.header_range)


def _check(instance: Instance) -> CheckName | None:
    assert instance.outer is not None, "it stands in a block"
    text, kind = instance.text("check"), instance.outer.block.type
    if not isinstance(instance.value("check").data, str):
        return None
    allowed = [check.value for check in ALLOWED[kind]]
    if text in allowed:
        return CheckName(text)
    elsewhere = next((other for other, checks in ALLOWED.items() if text in checks), None)
    if elsewhere is not None:
        detail = (
            f'A waiver stands in the block that it overrides: "{text}" is waived in a {elsewhere}, not in a {kind}.'
        )
        instance.error("Waiver in the wrong place", detail, instance.range("check"))
        return None
    what = "can't be waived by anybody" if text in set(CheckName) else "is not the name of a check"
    hint = did_you_mean(text.replace("_", " "), allowed) if text not in set(CheckName) else ""
    hint = f' Did you mean "{plain}"?' if (plain := text.replace("_", " ").strip().lower()) in allowed else hint
    detail = f'"{text}" {what}. In a {kind} these can be waived: {", ".join(allowed)}.{hint}'
    instance.error("Check that can't be waived", detail, instance.range("check"))
    return None


def _narrowed(instance: Instance, check: CheckName) -> Iterator[Address]:
    """The one blocker or monitor that is meant, or all instances of a repeated one."""
    expression = instance.attribute("of").value
    kind = _NARROWED.get(check)
    if kind is None:
        detail = f'"{check}" is waived as a whole: there is nothing that "of" could name. Take it out.'
        instance.error("Nothing to narrow", detail, expression.range)
        return
    value = instance.evaluate(expression)
    for leaf in leaves(value):
        address = _address(leaf)
        if address is not None and address.kind == kind:
            yield address
        elif not leaf.is_unknown:
            detail = f'"of" takes the {kind} that is waived, such as {kind}.x, without quotes.'
            instance.error("Wrong kind of reference", detail, expression.range)
            return


def _address(value: Value) -> Address | None:
    return value.data.address if isinstance(value.data, Reference) else None
