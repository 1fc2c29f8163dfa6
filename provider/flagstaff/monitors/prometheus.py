"""Prometheus, and what speaks its query API: instant queries at the end of the window.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/ (instant queries; format overview). Values come as
text, since NaN and Inf are values there. A target that is gone, like a metric that never was, gives no series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from flagstaff.monitors.answers import shortened
from flagstaff.monitors.asking import Queries
from flagstaff.monitors.http import Client, Question, Reach, connect
from flagstaff.monitors.protocols import Measurement, Source, Trouble, Window
from flagstaff.providers.endpoints import Credential, Endpoint

_LIMIT = "15s"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """`query`, or `numerator` and `denominator`, in PromQL."""

    queries: Queries
    client: Client

    def measure(self, window: Window) -> Measurement:
        at = f"{window.end.timestamp():.3f}"
        return self.queries.within(f"{window.seconds}s").measured(lambda text: self._value(text, at))

    def _value(self, text: str, at: str) -> Decimal | Trouble:
        body = urlencode({"query": text, "time": at, "timeout": _LIMIT}).encode()
        kind = "application/x-www-form-urlencoded"
        found = self.client.ask(Question("POST", "/api/v1/query", body=body, content_type=kind))
        if isinstance(found, Trouble):
            return found
        if not isinstance(found, dict) or found.get("status") != "success":
            return _odd()
        if warnings := found.get("warnings"):
            said = shortened("; ".join(map(str, warnings)) if isinstance(warnings, list) else str(warnings))
            return Trouble(f'The answer may be partial; Prometheus warns: "{said}". Try again, or mend what it names.')
        data = found.get("data")
        match data:
            case {"resultType": "scalar", "result": sample}:
                return _number(sample)
            case {"resultType": "vector", "result": [{"value": sample}]}:
                return _number(sample)
            case {"resultType": "vector", "result": []}:
                return Trouble(
                    "There is no data at this time: the metric is unknown, or its target is down. If nothing to count "
                    "means 0, write `or vector(0)` behind the query; else check the name, the labels and the target."
                )
            case {"resultType": "vector", "result": list() as series}:
                return Trouble(
                    f"Aggregate to one series, with sum(...) for example: there are {len(series)}, and one of them "
                    "alone would say too little."
                )
            case {"resultType": str() as kind_of}:
                return Trouble(
                    f"The query gives a {shortened(kind_of)} and not one number. Take it at one point in time."
                )
            case _:
                return _odd()


def _number(sample: object) -> Decimal | Trouble:
    """`[time, "value"]`; NaN and Inf are left to whoever judges the number."""
    if not isinstance(sample, list) or len(sample) != 2 or not isinstance(sample[1], str):
        return _odd()
    try:
        return Decimal(sample[1])
    except InvalidOperation:
        return _odd()


def _odd() -> Trouble:
    return Trouble("The answer is not in the form of Prometheus's API. Is the url that of a Prometheus?")


def open_prometheus(settings: Mapping[str, Any], reach: Reach) -> Source | Trouble:
    try:
        endpoint = Endpoint.parse(str(settings.get("url") or ""))
    except ValueError as error:
        return Trouble(f'The argument "url" {error}.')
    credentials = []
    if token := settings.get("token"):
        credentials.append(Credential.token(str(token)))
    elif password := settings.get("password"):
        credentials.append(Credential.basic(str(settings.get("username") or ""), str(password)))
    if tenant := settings.get("tenant"):
        # Whose data it is, for Mimir and Cortex: it opens nothing by itself, but belongs to one server.
        credentials.append(Credential("tenant", "X-Scope-OrgID", str(tenant), ()))
    access = "Check the token, or the username and the password, of the source."
    client = connect("Prometheus", endpoint, credentials, access, reach)
    return client if isinstance(client, Trouble) else Prometheus(Queries.of(settings), client)
