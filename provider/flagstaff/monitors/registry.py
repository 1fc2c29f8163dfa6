"""All monitors at once: a few at a time, within a time, and never with an exception.

What a monitor's server does or doesn't do ends up in the reading of that monitor, as a reason.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Any, Final

from flagstaff.addresses import Address
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Frozen, Reading, Verdict
from flagstaff.model.rollout import Monitor, MonitorSource
from flagstaff.monitors.asking import adds_up
from flagstaff.monitors.datadog import KEYS, open_datadog
from flagstaff.monitors.datadog_monitor import open_datadog_monitor
from flagstaff.monitors.evaluate import (
    BEFORE_TRAFFIC,
    Measured,
    evaluate,
    frozen,
    needs_baseline,
    without_measuring,
)
from flagstaff.monitors.http import Reach, Timing
from flagstaff.monitors.http_json import open_http_json
from flagstaff.monitors.prometheus import open_prometheus
from flagstaff.monitors.protocols import PLACEHOLDER, Asked, Counted, Measurement, Source, Trouble, Valued, Window
from flagstaff.monitors.words import duration
from flagstaff.providers.endpoints import Credential
from flagstaff.providers.surroundings import Surroundings

_OPENERS: Final[Mapping[str, Callable[[Mapping[str, Any], Reach], Source | Trouble]]] = {
    "datadog": open_datadog,
    "datadog_monitor": open_datadog_monitor,
    "http_json": open_http_json,
    "prometheus": open_prometheus,
}
_AT_ONCE: Final = 8
# Seconds for all of them together, and for one: those that hang leave time for those behind them.
_TOTAL: Final = 60.0
_EACH: Final = 20.0


def read_all(
    monitors: Iterable[Monitor],
    asked: Asked,
    surroundings: Surroundings,
    *,
    timing: Timing | None = None,
    total: float = _TOTAL,
) -> Mapping[Address, Reading]:
    """A reading of each monitor, sorted by address. Raises nothing, and ends after `total` seconds."""
    clock = timing or Timing()
    wanted = sorted({monitor.address: monitor for monitor in monitors}.values(), key=lambda item: item.address.sort_key)
    reach = Reach(surroundings, clock.monotonic() + total, clock)
    found: dict[Address, Reading] = {}
    ask: list[Monitor] = []
    for monitor in wanted:
        traffic = asked.traffic.get(monitor.address, True)
        known = without_measuring(monitor, asked.answers, asked.now, has_traffic=traffic, zone=asked.zone)
        if known is not None:
            found[monitor.address] = known
        if known is None or _freezes(monitor, known, asked):
            ask.append(monitor)
    found |= _asked(ask, asked, reach)
    late = f"There was no answer within {total:g} s. Try again, or look at what the monitor asks."
    return {
        monitor.address: found.get(monitor.address, Reading(monitor.address, Verdict.INCONCLUSIVE, asked.now, late))
        for monitor in wanted
    }


def _asked(monitors: list[Monitor], asked: Asked, reach: Reach) -> dict[Address, Reading]:
    """Threads are daemons: one that hangs in a name server doesn't keep the process from ending."""
    waiting: SimpleQueue[Monitor] = SimpleQueue()
    done: SimpleQueue[Reading] = SimpleQueue()
    for monitor in monitors:
        waiting.put(monitor)

    def work() -> None:
        while True:
            try:
                monitor = waiting.get_nowait()
            except Empty:
                return
            own = replace(reach, end=min(reach.end, reach.timing.monotonic() + _EACH))
            done.put(read(monitor, asked, own))

    for _ in range(min(_AT_ONCE, len(monitors))):
        threading.Thread(target=work, daemon=True).start()
    found: dict[Address, Reading] = {}
    while len(found) < len(monitors) and reach.left > 0:
        try:
            reading = done.get(timeout=max(0.01, reach.left))
        except Empty:
            break
        found[reading.monitor] = reading
    return found


def _freezes(monitor: Monitor, known: Reading, asked: Asked) -> bool:
    """Whether the time before the first move has to be measured, though there is nothing else to measure yet."""
    return known.method == BEFORE_TRAFFIC and needs_baseline(monitor) and monitor.address not in asked.baselines


def read(monitor: Monitor, asked: Asked, reach: Reach) -> Reading:
    """One monitor, asked for its window and, where none is frozen, for its baseline."""
    try:
        reading = _read(monitor, asked, reach)
        return replace(reading, reason=_printable(_without_secrets(reading.reason, monitor, reach)))
    except Exception as error:  # noqa: BLE001 - its text may hold what nobody shall read
        reason = f"Flagstaff has a bug ({type(error).__name__}) in reading this monitor. Please report it."
        return Reading(monitor.address, Verdict.INCONCLUSIVE, asked.now, reason)


def _printable(text: str) -> str:
    """A server may say in its answer what no file can hold, or a terminal would obey."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _without_secrets(text: str, monitor: Monitor, reach: Reach) -> str:
    """A server may say in its answer what it got."""
    found = list(monitor.source.sensitive.values()) if isinstance(monitor.source, MonitorSource) else []
    found += [reach.surroundings.environment.get(name, "") for name in KEYS]
    for secret in filter(None, found):
        text = Credential("", "", "", (secret,)).redact(text)
    return text


def _read(monitor: Monitor, asked: Asked, reach: Reach) -> Reading:
    assert not isinstance(monitor.source, OpenDecision)
    window = Window.of(monitor, asked.now)
    source = _opened(monitor.source, reach)
    has_traffic = asked.traffic.get(monitor.address, True)
    known = without_measuring(monitor, asked.answers, asked.now, has_traffic=has_traffic, zone=asked.zone)
    if known is not None:
        return known if isinstance(source, Trouble) else _with_baseline(known, monitor, source, asked)
    if isinstance(source, Trouble):
        return evaluate(monitor, Measured(window, source), asked.now)
    now = source.measure(window)
    known_before = asked.baselines.get(monitor.address)
    # Nothing more is asked of a server that just failed to answer.
    if known_before is not None or not needs_baseline(monitor) or isinstance(now, Trouble):
        return evaluate(monitor, Measured(window, now, known_before), asked.now)
    before = _before(monitor, asked)
    return evaluate(monitor, Measured(window, now, _measured_before(monitor, source, before), before), asked.now)


def _with_baseline(known: Reading, monitor: Monitor, source: Source, asked: Asked) -> Reading:
    """The same reading, with the time before the first move if that could be measured."""
    before = _before(monitor, asked)
    found = _measured_before(monitor, source, before)
    baseline = frozen(found, before, asked.now, monitor) if isinstance(found, Counted | Valued) else None
    return replace(known, baseline=baseline, fresh=True) if isinstance(baseline, Frozen) else known


def _before(monitor: Monitor, asked: Asked) -> Window:
    """The baseline's window: it ends at the first move, or where what is measured now begins."""
    assert monitor.baseline is not None
    assert monitor.baseline.window is not None
    start = Window.of(monitor, asked.now).start
    end = min(start, asked.began.get(monitor.address, start))
    return Window.ending(end, monitor.baseline.window, monitor.interval)


def _measured_before(monitor: Monitor, source: Source, before: Window) -> Measurement:
    assert not isinstance(monitor.source, OpenDecision)
    assert monitor.baseline is not None
    if not _scales(monitor.source):
        return _fixed()
    length = monitor.baseline.window
    if length != monitor.window and adds_up(monitor.source.kind, str(monitor.source.settings.get("query") or "")):
        return _unlike(monitor)
    return source.measure(before)


def _opened(source: MonitorSource, reach: Reach) -> Source | Trouble:
    opener = _OPENERS.get(source.kind)
    if opener is None:
        return Trouble(f'There is no source of the kind "{source.kind}".')
    return opener(merged(source), reach)


def merged(source: MonitorSource) -> Mapping[str, Any]:
    """All attributes; a secret header is named `headers.NAME`."""
    headers = dict(source.settings.get("headers") or {})
    plain = {**source.settings, "headers": headers}
    for name, secret in source.sensitive.items():
        outer, dot, inner = name.partition(".")
        if dot and outer == "headers":
            headers[inner] = secret
        else:
            plain[name] = secret
    return plain


def _scales(source: MonitorSource) -> bool:
    """Whether all of its queries can be asked over another window. Datadog is told the span besides the query."""
    if source.kind == "datadog":
        return True
    texts = [str(source.settings.get(name) or "") for name in ("query", "numerator", "denominator")]
    if source.kind == "http_json":
        texts = [str(source.settings.get("url") or "")]
    return all(PLACEHOLDER in text for text in texts if text)


def _fixed() -> Trouble:
    return Trouble(
        f"A query has no {PLACEHOLDER}, so it can't be asked over the baseline's window. Write "
        f"rate(x[{PLACEHOLDER}]) for example, or give the baseline a value."
    )


def _unlike(monitor: Monitor) -> Trouble:
    assert monitor.baseline is not None
    assert monitor.baseline.window is not None
    return Trouble(
        f"The query adds up, so what it gives for {duration(monitor.baseline.window)} is no measure for "
        f"{duration(monitor.window)}. Ask for numerator and denominator, or for a rate, or make both windows the same."
    )
