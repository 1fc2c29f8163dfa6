"""The sources of monitors: which kinds there are, and what each is asked with. Data only.

Rule: a secret stands in a credential attribute and nowhere else. What is in one counts as a secret, however it came
there: it is among a source's `sensitive` values (an element of a map as `headers.Authorization`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from flagstaff.config.schema import AttributeSchema
from flagstaff.language.types import STRING, ListType, MapType


@dataclass(frozen=True, slots=True)
class SourceSchema:
    """`asked_by`: sets of attributes, of which exactly one says what is asked. `measures`: it answers with a number
    that can be compared; else its answer is a verdict. `choices` and `durations` say more of its attributes.
    `spelled`: the attributes of which one must have `WINDOW` in it, if the same is to be asked over another window.
    """

    attributes: Mapping[str, AttributeSchema]
    asked_by: tuple[tuple[str, ...], ...] = ()
    measures: bool = True
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    durations: tuple[str, ...] = ()
    spelled: tuple[str, ...] = ()


_TEXT: Final = AttributeSchema()
_NEEDED: Final = AttributeSchema(required=True)
_SECRET: Final = AttributeSchema(credential=True)
_TEXTS: Final = AttributeSchema(ListType(STRING))
_RATIO: Final = ("numerator", "denominator")
_DATADOG: Final = {"site": _TEXT, "api_key": _SECRET, "app_key": _SECRET}

# What stands in a question for the length of its window.
WINDOW: Final = "$window"
# Those that every source may have.
COMMON: Final = ("window", "delay", "interval")

SOURCES: Final[Mapping[str, SourceSchema]] = {
    "datadog": SourceSchema(
        {"query": _TEXT, "numerator": _TEXT, "denominator": _TEXT, **_DATADOG, "api": _TEXT},
        asked_by=(("query",), _RATIO),
        choices={"api": ("v1", "v2")},
    ),
    "datadog_monitor": SourceSchema(
        {"id": _TEXT, "name": _TEXT, "tags": _TEXTS, **_DATADOG},
        asked_by=(("id",), ("name",)),
        measures=False,
    ),
    "prometheus": SourceSchema(
        {
            "url": _NEEDED,
            "query": _TEXT,
            "numerator": _TEXT,
            "denominator": _TEXT,
            "token": _SECRET,
            "username": _SECRET,
            "password": _SECRET,
            "tenant": _TEXT,
        },
        asked_by=(("query",), _RATIO),
        spelled=("query", "numerator", "denominator"),
    ),
    "http_json": SourceSchema(
        {
            "url": _NEEDED,
            "value": _TEXT,
            "numerator": _TEXT,
            "denominator": _TEXT,
            "token": _SECRET,
            "headers": AttributeSchema(MapType(STRING), credential=True),
        },
        asked_by=(("value",), _RATIO),
        spelled=("url",),
    ),
    "manual": SourceSchema({"question": _NEEDED, "valid": _TEXT}, measures=False, durations=("valid",)),
}
