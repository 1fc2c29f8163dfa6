"""Datadog's metrics: timeseries queries (API v1) and scalar queries (API v2).

Sources: the API's public description, https://docs.datadoghq.com/api/latest/metrics/ (query timeseries points; query
scalar data across multiple products) and https://docs.datadoghq.com/api/latest/rate-limits/. v1 takes seconds and v2
milliseconds; v2 does not include the end of the span, and for v1 points at or behind it are left out here. A query
that counts is summed, any other is averaged over the window.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from flagstaff.monitors.answers import shortened
from flagstaff.monitors.asking import Queries, adds_up, as_number
from flagstaff.monitors.http import Client, Question, Reach, connect
from flagstaff.monitors.protocols import Measurement, Source, Trouble, Window
from flagstaff.providers.endpoints import Credential, Endpoint

DEFAULT_SITE: Final = "datadoghq.com"
# The variables in which Datadog's own tools look for the keys, and for the site.
KEYS: Final = ("DD_API_KEY", "DD_APP_KEY")
SITE: Final = "DD_SITE"
_HEADERS: Final = (("api_key", "DD-API-KEY"), ("app_key", "DD-APPLICATION-KEY"))
_NO_DATA: Final = (
    "There is no data in this window. If nothing to count means 0, write default_zero(...) around the query; else "
    "check the metric's name and tags."
)
_SEVERAL: Final = (
    "Aggregate to one, without `by {{...}}`: there are {count}, and one of them alone would say too little."
)


def open_client(settings: Mapping[str, Any], reach: Reach, scope: str) -> Client | Trouble:
    """A client of a Datadog site, with the keys of the source or the environment; `scope` is what they need."""
    site = str(settings.get("site") or reach.surroundings.environment.get(SITE) or DEFAULT_SITE)
    try:
        endpoint = Endpoint.parse(f"http://{site}")
        if not endpoint.is_loopback:
            endpoint = Endpoint.parse(f"https://api.{site}")
    except ValueError as error:
        return Trouble(f"The site {error}. It is a Datadog site such as ddog-gov.com.")
    credentials = []
    for (name, header), variable in zip(_HEADERS, KEYS, strict=True):
        value = str(settings.get(name) or reach.surroundings.environment.get(variable) or "")
        if not value:
            return Trouble(f"Datadog wants an {name}: give it in the source block, or in the variable {variable}.")
        credentials.append(Credential(name, header, value, (value,)))
    access = f"Check the two keys and the site; the application key needs the scope {scope}."
    return connect("Datadog", endpoint, credentials, access, reach)


@dataclass(frozen=True, slots=True)
class Datadog:
    """`query`, or `numerator` and `denominator`."""

    queries: Queries
    client: Client
    version: str = "v2"

    def measure(self, window: Window) -> Measurement:
        ask = self._points if self.version == "v1" else self._scalar
        queries = self.queries.within(str(window.seconds))
        adding = not queries.value or adds_up("datadog", queries.value)
        return queries.measured(lambda text: ask(text, window, adds_up=adding))

    def _points(self, text: str, window: Window, *, adds_up: bool) -> Decimal | Trouble:
        start, end = int(window.start.timestamp()), int(window.end.timestamp())
        query = {"from": str(start), "to": str(end), "query": text}
        found = self.client.ask(Question("GET", "/api/v1/query", query))
        if isinstance(found, Trouble):
            return found
        if not isinstance(found, dict) or not isinstance(found.get("series"), list):
            return _odd("a list of series")
        if found.get("status") != "ok" or found.get("error") or found.get("errors"):
            return _partial(found.get("error") or found.get("errors") or found.get("status"))
        series = found["series"]
        if len(series) > 1:
            return Trouble(_SEVERAL.format(count=f"{len(series)} series"))
        points = series[0].get("pointlist") if series and isinstance(series[0], dict) else []
        if not isinstance(points, list):
            return _odd("a list of points")
        return _reduced(points, start * 1000, end * 1000, adds_up=adds_up)

    def _scalar(self, text: str, window: Window, *, adds_up: bool) -> Decimal | Trouble:
        attributes = {
            "from": int(window.start.timestamp() * 1000),
            "to": int(window.end.timestamp() * 1000),
            "queries": [
                {"data_source": "metrics", "name": "a", "query": text, "aggregator": "sum" if adds_up else "avg"}
            ],
            "formulas": [{"formula": "a"}],
        }
        body = json.dumps({"data": {"type": "scalar_request", "attributes": attributes}}).encode()
        found = self.client.ask(Question("POST", "/api/v2/query/scalar", body=body, content_type="application/json"))
        if isinstance(found, Trouble):
            return found
        if isinstance(found, dict) and found.get("errors"):
            return _partial(found["errors"])
        try:
            columns = found["data"]["attributes"]["columns"]
            values = [value for column in columns if column["type"] == "number" for value in column["values"]]
        except (KeyError, TypeError, IndexError):
            return _odd("columns of numbers")
        return _single(values)


def _reduced(points: Sequence[Any], start: int, end: int, *, adds_up: bool) -> Decimal | Trouble:
    """The sum or the mean of the points within the window; a bucket without data is null."""
    values = []
    for point in points:
        if not isinstance(point, list) or len(point) != 2 or (at := as_number(point[0])) is None:
            return _odd("points with a time")
        if not start <= at < end or point[1] is None:
            continue
        value = as_number(point[1])
        if value is None:
            return _odd("points with a number")
        values.append(value)
    if not values:
        return Trouble(_NO_DATA)
    total = sum(values, Decimal(0))
    return total if adds_up else total / len(values)


def _single(values: Sequence[Any]) -> Decimal | Trouble:
    if len(values) > 1:
        return Trouble(_SEVERAL.format(count=f"{len(values)} groups"))
    if not values or values[0] is None:
        return Trouble(_NO_DATA)
    value = as_number(values[0])
    return _odd("a number") if value is None else value


def _partial(said: object) -> Trouble:
    text = said if isinstance(said, str) else json.dumps(said, default=str)
    return Trouble(
        f'Datadog answered, and says that not all is well: "{shortened(text)}". Correct the query, or try again.'
    )


def _odd(missing: str) -> Trouble:
    return Trouble(f"Datadog answered without {missing}, which its API promises. Is the site right?")


def open_datadog(settings: Mapping[str, Any], reach: Reach) -> Source | Trouble:
    client = open_client(settings, reach, "timeseries_query")
    if isinstance(client, Trouble):
        return client
    return Datadog(Queries.of(settings), client, str(settings.get("api") or "v2"))
