"""The sources of monitors: which kinds there are, and what each is asked with. Data only.

Rule: a secret stands in a credential attribute and nowhere else. What is in one counts as a secret, however it came
there: it is among a source's `sensitive` values (an element of a map as `headers.Authorization`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from flagstaff.config.schema.shapes import DURATION, AttributeSchema
from flagstaff.language.types import STRING, ListType, MapType


@dataclass(frozen=True, slots=True)
class SourceSchema:
    """`asked_by`: sets of attributes, of which exactly one says what is asked. `measures`: it answers with a number
    that can be compared; else its answer is a verdict. `choices` and `durations` say more of its attributes.
    `spelled`: the attributes of which one must have `WINDOW` in it, if the same is to be asked over another window.
    """

    meaning: str
    attributes: Mapping[str, AttributeSchema]
    asked_by: tuple[tuple[str, ...], ...] = ()
    measures: bool = True
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    durations: tuple[str, ...] = ()
    spelled: tuple[str, ...] = ()


def _secret(meaning: str) -> AttributeSchema:
    return AttributeSchema(meaning, credential=True)


# What stands in a question for the length of its window.
WINDOW: Final = "$window"
# Those that every source may have.
COMMON: Final = ("window", "delay", "interval")

_RATIO: Final = ("numerator", "denominator")
_DATADOG: Final = {
    "site": AttributeSchema('such as `"ddog-gov.com"`', default='`DD_SITE`, or `"datadoghq.com"`'),
    "api_key": _secret("of the organisation; `DD_API_KEY` without it"),
    "app_key": _secret("of a user or a service account; `DD_APP_KEY` without it"),
}

SOURCES: Final[Mapping[str, SourceSchema]] = {
    "datadog": SourceSchema(
        "Metrics of Datadog",
        {
            "query": AttributeSchema("a query that answers with one series"),
            "numerator": AttributeSchema("a query for the cases"),
            "denominator": AttributeSchema("a query for how many there were"),
            **_DATADOG,
            "api": AttributeSchema("the version of its API that is asked"),
        },
        asked_by=(("query",), _RATIO),
        choices={"api": ("v1", "v2")},
    ),
    "datadog_monitor": SourceSchema(
        "The state of a monitor that Datadog has already",
        {
            "id": AttributeSchema("its number"),
            "name": AttributeSchema("its name"),
            "tags": AttributeSchema("tags that it must have", ListType(STRING)),
            **_DATADOG,
        },
        asked_by=(("id",), ("name",)),
        measures=False,
    ),
    "prometheus": SourceSchema(
        "A server that speaks Prometheus's HTTP API",
        {
            "url": AttributeSchema("the server", required=True),
            "query": AttributeSchema("in PromQL"),
            "numerator": AttributeSchema("in PromQL: the cases"),
            "denominator": AttributeSchema("in PromQL: how many there were"),
            "token": _secret("sent as `Authorization: Bearer`"),
            "username": _secret("basic authentication"),
            "password": _secret("basic authentication"),
            "tenant": AttributeSchema("where one server keeps several"),
        },
        asked_by=(("query",), _RATIO),
        spelled=("query", "numerator", "denominator"),
    ),
    "http_json": SourceSchema(
        "Whatever answers with JSON",
        {
            "url": AttributeSchema("what is asked", required=True),
            "value": AttributeSchema('JSON pointer to the number: `"/data/rate"`'),
            "numerator": AttributeSchema('JSON pointer to the cases: `"/data/errors"`'),
            "denominator": AttributeSchema("JSON pointer to how many there were"),
            "token": _secret("sent as `Authorization: Bearer`"),
            "headers": AttributeSchema("sent along", MapType(STRING), credential=True),
        },
        asked_by=(("value",), _RATIO),
        spelled=("url",),
    ),
    "manual": SourceSchema(
        "A person looks and answers",
        {
            "question": AttributeSchema("what the person is asked", required=True),
            "valid": AttributeSchema("how long an answer counts", notation=DURATION, default='`"24h"`'),
        },
        measures=False,
        durations=("valid",),
    ),
}
