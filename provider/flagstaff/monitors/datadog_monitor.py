"""A monitor of Datadog's own: its state becomes the verdict.

Source: https://docs.datadoghq.com/api/latest/monitors/ (get a monitor's details; get all monitors). Only OK in all
groups passes. A warning is for people to look at: it neither passes nor rolls back. A monitor that is muted,
or in a downtime, or without data says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from flagstaff.model.evidence import Verdict
from flagstaff.monitors.answers import shortened
from flagstaff.monitors.asking import as_number
from flagstaff.monitors.datadog import open_client
from flagstaff.monitors.http import Client, Question, Reach
from flagstaff.monitors.protocols import Judged, Measurement, Source, Trouble, Window

_PAGE: Final = 100
_SILENT: Final = {
    "No Data": "has no data",
    "Skipped": "was not evaluated",
    "Unknown": "can't tell",
    "Ignored": "is ignored",
    "Warn": "warns, which is no alert yet",
}


@dataclass(frozen=True, slots=True)
class DatadogMonitor:
    """Found by `id`, or by its whole `name`, with all of `tags`."""

    client: Client
    id: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()

    def measure(self, window: Window) -> Measurement:
        """The state that it has now, whatever the window is; `window` ends the silences that count."""
        found = self.id or self._found()
        if isinstance(found, Trouble):
            return Trouble(found.reason, self._shown)
        query = {"group_states": "all", "with_downtimes": "true"}
        document = self.client.ask(Question("GET", f"/api/v1/monitor/{quote(found, safe='')}", query))
        if isinstance(document, Trouble):
            return Trouble(document.reason, self._shown)
        if not isinstance(document, dict) or str(document.get("id")) != found or "overall_state" not in document:
            return Trouble("Datadog answered without the monitor's state. Is the id right?", self._shown)
        return judged(document, window.end.timestamp(), self._shown)

    @property
    def _shown(self) -> str:
        return f"monitor {self.id}" if self.id else f'monitor "{self.name}"{"".join(f" {tag}" for tag in self.tags)}'

    def _found(self) -> str | Trouble:
        """The id of the one that is meant."""
        query = {"name": self.name, "page": "0", "page_size": str(_PAGE)}
        if self.tags:
            query["monitor_tags"] = ",".join(self.tags)
        document = self.client.ask(Question("GET", "/api/v1/monitor", query))
        if isinstance(document, Trouble):
            return document
        if not isinstance(document, list):
            return Trouble("Datadog answered without a list of monitors. Is the site right?")
        ids = [str(item["id"]) for item in document if isinstance(item, dict) and self._is(item)]
        if len(ids) != 1:
            count = "none has" if not ids else f"{len(ids)} have"
            return Trouble(
                f"One monitor with exactly this name and these tags is wanted, and {count} them. Give its id."
            )
        return ids[0]

    def _is(self, item: Mapping[str, Any]) -> bool:
        tags = item.get("tags")
        return item.get("name") == self.name and set(self.tags) <= set(tags if isinstance(tags, list) else ())


def judged(document: Mapping[str, Any], now: float, shown: str) -> Judged:
    """The verdict of a monitor's document; `now` is in seconds since 1970."""
    name = shortened(str(document.get("name") or shown))
    states = _states(document)
    where = f' of Datadog, "{name}"'
    if silence := _silence(document, now):
        reason = f"The monitor{where}, is {silence}: what it says doesn't count. Wait until that is over, or end it."
        return Judged(Verdict.INCONCLUSIVE, reason, shown)
    if "Alert" in states:
        groups = f" for {', '.join(states['Alert'][:5])}" if states["Alert"] else ""
        return Judged(Verdict.FAIL, f"The monitor{where}, alerts{groups}.", shown)
    odd = sorted(set(states) - {"OK"})
    if odd:
        says = _SILENT.get(odd[0], f'is in the state "{shortened(odd[0])}"')
        return Judged(Verdict.INCONCLUSIVE, f"The monitor{where}, {says}. Look at it in Datadog.", shown)
    return Judged(Verdict.PASS, f"The monitor{where}, is OK.", shown)


def _states(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """The states that it is in, each with the groups that are."""
    found: dict[str, list[str]] = {str(document["overall_state"]): []}
    state = document.get("state")
    groups = state.get("groups") if isinstance(state, dict) else None
    for group, about in sorted(groups.items()) if isinstance(groups, dict) else ():
        status = str(about.get("status")) if isinstance(about, dict) else "Unknown"
        found.setdefault(status, []).append(group)
    return found


def _silence(document: Mapping[str, Any], now: float) -> str:
    """How it is kept quiet, if it is."""
    if document.get("matching_downtimes"):
        return "in a downtime"
    options = document.get("options")
    silenced = options.get("silenced") if isinstance(options, dict) else None
    for until in silenced.values() if isinstance(silenced, dict) else ():
        end = as_number(until)
        if end is None or end > now:
            return "muted"
    return ""


def open_datadog_monitor(settings: Mapping[str, Any], reach: Reach) -> Source | Trouble:
    client = open_client(settings, reach, "monitors_read")
    if isinstance(client, Trouble):
        return client
    tags = settings.get("tags") or ()
    return DatadogMonitor(client, str(settings.get("id") or ""), str(settings.get("name") or ""), tuple(map(str, tags)))
