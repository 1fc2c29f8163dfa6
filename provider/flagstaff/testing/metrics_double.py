"""Doubles of what measures: Datadog's API in the form of its public description, and one that says what it is told.

Both are served by `flipper_server.serving`, which also spoils their answers where a test asks for that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from flagstaff.testing.flipper_double import Response

API_KEY: Final = "an-api-key-of-tests"
APP_KEY: Final = "an-application-key-of-tests"


@dataclass(slots=True)
class Canned:
    """Answers every request with `answer`; what was asked is in `bodies`."""

    answer: Response
    mount: str = ""
    bodies: list[bytes] = field(default_factory=list)

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        self.bodies.append(body)
        return self.answer


@dataclass(frozen=True, slots=True)
class Series:
    """Points are (seconds since 1970, value or null); `tags` are empty unless the query groups by some."""

    points: Sequence[tuple[int, float | None]]
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class DatadogDouble:
    """`series` by query; a query that it doesn't know has no data. `monitors` are documents of the monitors' API."""

    series: dict[str, Sequence[Series]] = field(default_factory=dict)
    monitors: dict[int, dict[str, Any]] = field(default_factory=dict)
    mount: str = ""
    asked: list[str] = field(default_factory=list)

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        given = {name.lower(): value for name, value in headers.items()}
        if (given.get("dd-api-key"), given.get("dd-application-key")) != (API_KEY, APP_KEY):
            return _json(403, {"errors": ["Forbidden"]})
        url = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        match method, url.path.strip("/").split("/"):
            case "GET", ["api", "v1", "query"]:
                return self._points(query)
            case "POST", ["api", "v2", "query", "scalar"]:
                return self._scalar(json.loads(body)["data"]["attributes"])
            case "GET", ["api", "v1", "monitor"]:
                found = (one for one in self.monitors.values() if query.get("name", "") in one["name"])
                return _json(200, list(found))
            case "GET", ["api", "v1", "monitor", id_]:
                monitor = self.monitors.get(int(unquote(id_)))
                return _json(404, {"errors": ["Monitor not found"]}) if monitor is None else _json(200, monitor)
            case _:
                return _json(404, {"errors": ["Not found"]})

    def _points(self, query: Mapping[str, str]) -> Response:
        """Seconds in the question, milliseconds in the answer; the last bucket of the span is in it."""
        self.asked.append(query["query"])
        start, end = int(query["from"]), int(query["to"])
        series = [
            {
                "metric": "m",
                "scope": ",".join(one.tags) or "*",
                "tag_set": list(one.tags),
                "expression": query["query"],
                "aggr": None,
                "interval": 60,
                "length": len(one.points),
                "start": start * 1000,
                "end": end * 1000,
                "query_index": 0,
                "unit": None,
                "pointlist": [[at * 1000.0, value] for at, value in one.points if start <= at <= end],
            }
            for one in self.series.get(query["query"], ())
        ]
        series = [one for one in series if one["pointlist"]]
        return _json(200, {"status": "ok", "resp_version": 1, "res_type": "time_series", "series": series})

    def _scalar(self, attributes: Mapping[str, Any]) -> Response:
        """Milliseconds, and the end not included."""
        asked = attributes["queries"][0]
        self.asked.append(asked["query"])
        groups: list[str] = []
        numbers: list[float | None] = []
        for one in self.series.get(asked["query"], ()):
            values = [
                value
                for at, value in one.points
                if attributes["from"] <= at * 1000 < attributes["to"] and value is not None
            ]
            groups.append(",".join(one.tags))
            numbers.append(_aggregated(values, asked["aggregator"]))
        columns: list[dict[str, Any]] = [{"name": "a", "type": "number", "values": numbers, "meta": {"unit": None}}]
        if any(groups):
            columns.insert(0, {"name": "tag", "type": "group", "values": [[group] for group in groups]})
        return _json(200, {"data": {"type": "scalar_response", "attributes": {"columns": columns}}})


def _aggregated(values: Sequence[float], aggregator: str) -> float | None:
    if not values:
        return None
    return sum(values) if aggregator == "sum" else sum(values) / len(values)


def monitor(id: int, name: str, overall: str = "OK", **fields: Any) -> dict[str, Any]:
    """A document of the monitors' API."""
    return {
        "id": id,
        "name": name,
        "type": "metric alert",
        "query": "avg(last_5m):avg:m{*} > 1",
        "tags": [],
        "multi": False,
        "overall_state": overall,
        "overall_state_modified": "2026-01-27T13:00:00+00:00",
        "state": {"groups": {"*": {"status": overall, "name": "*"}}},
        "options": {"thresholds": {"critical": 1.0}, "silenced": {}},
        "matching_downtimes": [],
        **fields,
    }


def _json(status: int, document: Any) -> Response:
    return Response(status, json.dumps(document).encode())
