"""Monitor and trigger blocks: from instances to values, with their conditions compiled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Final

from flagstaff.addresses import Address
from flagstaff.config.instance import Instance
from flagstaff.config.measured import Known, condition, nothing_to_compare
from flagstaff.config.monitor_sources import SOURCES, WINDOW
from flagstaff.config.quantities import count, duration
from flagstaff.config.sources import counts, source
from flagstaff.config.texts import choice, words
from flagstaff.model.conditions import Condition
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.rollout import Baseline, Monitor, MonitorSource, Trigger

_WORSE: Final = {
    **dict.fromkeys(("up", "higher", "more", "rise"), "increase"),
    **dict.fromkeys(("down", "lower", "less", "fall"), "decrease"),
}


def monitor(instance: Instance) -> Monitor | None:
    """None without a source."""
    address = instance.address
    assert address is not None
    block = next(instance.nested("source"), None)
    if block is None:
        if not instance.module.declared.incomplete:
            detail = (
                f"Nothing says where the numbers of {address} come from. Add a block such as "
                f'source "datadog" {{ ... }}; known sources: {", ".join(SOURCES)}.'
            )
            instance.error("Missing source", detail, instance.block.header_range)
        return None
    default = Monitor(address, "", MonitorSource(""))
    tolerance, samples = _tolerance(instance), count(instance, "min_samples")
    asked, baseline = source(block), _baseline(instance)
    _check_baseline(instance, asked, baseline)
    _check_share(instance, asked, baseline)
    return Monitor(
        address=address,
        title=words(instance, "title", address.name),
        source=asked,
        window=_span(block, "window", default.window, least=timedelta(seconds=1)),
        delay=_span(block, "delay", default.delay, least=timedelta(0)),
        interval=_span(block, "interval", default.interval, least=timedelta(seconds=1)),
        baseline=baseline,
        pass_when=_pass_when(instance, block),
        pass_when_text=instance.attribute("pass_when").value.text if instance.has("pass_when") else "",
        worse=choice(instance, "worse", ("increase", "decrease"), default.worse, _WORSE),
        tolerance=default.tolerance if tolerance is None else tolerance,
        min_samples=default.min_samples if samples is None else samples,
        before_traffic=choice(instance, "before_traffic", ("wait", "skip"), default.before_traffic),
        unit=words(instance, "unit"),
        where=words(instance, "where"),
        normal=words(instance, "normal"),
        concerning=words(instance, "concerning"),
        note=words(instance, "note"),
        range=instance.block.header_range,
    )


def open_decisions(one: Monitor) -> tuple[OpenDecision, ...]:
    """What its verdict waits for."""
    value = None if one.baseline is None else one.baseline.value
    return tuple(item for item in (one.source, one.pass_when, value) if isinstance(item, OpenDecision))


def trigger(instance: Instance, monitors: Mapping[Address, Monitor]) -> Trigger:
    """Without a monitor it is a person's call."""
    address = instance.address
    assert address is not None
    name = instance.one("monitor")
    return Trigger(
        address=address,
        title=words(instance, "title", address.name),
        reason=words(instance, "reason"),
        action=words(instance, "action"),
        monitor=name,
        condition=_when(instance, None if name is None else monitors.get(name)) if instance.has("when") else None,
        range=instance.block.header_range,
    )


def _when(instance: Instance, measured: Monitor | None) -> Condition | None:
    """The condition of a trigger; None after a mistake, or where it is undecided."""
    if instance.value("monitor").is_null:
        detail = f"{instance.title} has a condition, and no monitor whose numbers it is about. Add monitor = monitor.x."
        instance.error("Condition without a monitor", detail, instance.range("when"))
    if measured is None or not isinstance(measured.source, MonitorSource) or measured.source.kind not in SOURCES:
        return None
    known = Known(measured.source.kind, "numerator" in measured.source.settings, measured.baseline is not None)
    found = condition(instance, "when", known)
    return None if isinstance(found, OpenDecision) else found


def _pass_when(instance: Instance, block: Instance) -> Condition | OpenDecision | None:
    compared = next(instance.nested("baseline"), None)
    schema = SOURCES.get(block.label)
    if schema is None:
        return None
    if instance.has("pass_when"):
        found = condition(instance, "pass_when", Known(block.label, counts(block), compared is not None))
        return instance.decision("min_samples") or found
    if not schema.measures and compared is not None:
        nothing_to_compare(instance, block.label, compared.block.header_range)
    elif schema.measures and compared is None:
        detail = (
            f"Without a baseline there is nothing that {instance.title} could be compared with. Add a block such as "
            'baseline { window = "7d" }, or say what is good enough: pass_when = measured <= 0.01.'
        )
        instance.error("Missing baseline", detail, instance.block.header_range)
    return instance.decision("tolerance") or instance.decision("min_samples")


def _check_baseline(instance: Instance, asked: MonitorSource | OpenDecision, baseline: Baseline | None) -> None:
    """What is asked once for the window can be asked again for the baseline's."""
    if baseline is None or baseline.window is None or not isinstance(asked, MonitorSource) or asked.kind not in SOURCES:
        return
    given = {name: str(asked.settings.get(name) or "") for name in SOURCES[asked.kind].spelled}
    fixed = [f'"{name}"' for name, text in given.items() if text and WINDOW not in text]
    if fixed:
        detail = (
            f"There is no {WINDOW} in {' and '.join(fixed)} of {instance.title}, so the same can't be asked over the "
            f"baseline's window, and it never passes. Write it for any length, such as rate(x[{WINDOW}]) or "
            f'"?window={WINDOW}", or give the baseline a value.'
        )
        place = next(instance.nested("baseline")).block.header_range
        instance.warn("Baseline that can't be measured", detail, place)


# A baseline of more errors than this is rather a percentage that was not divided by 100.
_MANY: Final = Decimal("0.2")


def _check_share(instance: Instance, asked: MonitorSource | OpenDecision, baseline: Baseline | None) -> None:
    """What is counted is a part of one: 0.4 there is 40 %."""
    value = baseline.value if baseline else None
    counted = isinstance(asked, MonitorSource) and "numerator" in asked.settings
    if not isinstance(value, Decimal) or not counted or value <= _MANY or instance.text("worse") == "decrease":
        return
    percent = f"{(value * 100).normalize():f} %"
    detail = (
        f"The baseline of {instance.title} is {value:f}. A numerator of a denominator is a part of one, so that is "
        f"{percent}, and hardly anything is worse. For {value:f} % write {value / 100:f}."
    )
    instance.warn("Baseline is a large share", detail, next(instance.nested("baseline")).range("value"))


def _span(instance: Instance, name: str, default: timedelta, *, least: timedelta) -> timedelta:
    found = duration(instance, name)
    if found is None or found >= least:
        return default if found is None else found
    detail = f'"{name}" of {instance.title} is too short: it must be {least.seconds} s or more.'
    instance.error("Duration out of range", detail, instance.range(name))
    return default


def _tolerance(instance: Instance) -> Decimal | None:
    value = instance.number("tolerance")
    if value is None or value >= 0:
        return value
    detail = f'"tolerance" of {instance.title} is a part of the baseline, such as 0.05, and can\'t be negative.'
    instance.error("Number out of range", detail, instance.range("tolerance"))
    return None


def _baseline(instance: Instance) -> Baseline | None:
    block = next(instance.nested("baseline"), None)
    if block is None:
        return None
    given = [name for name in ("window", "value") if not block.value(name).is_null]
    if len(given) != 1:
        what = "both a window and a value" if given else "neither a window nor a value"
        detail = f'The baseline of {instance.title} has {what}. It takes one: window = "7d", or value = 0.004.'
        instance.error("Invalid baseline", detail, block.block.header_range)
        return Baseline()
    if decision := block.decision(given[0]):
        return Baseline(value=decision)
    window = _span(block, "window", timedelta(0), least=timedelta(seconds=1)) if given == ["window"] else None
    return Baseline(window, block.number("value"))
