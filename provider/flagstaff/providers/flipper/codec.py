"""Flipper's JSON export and what it says, in both directions.

Pure, and strict: a damaged file is refused with the place and the reason, never half understood.
What isn't known here (other top-level keys, other gates, key order, indentation) is written back as it was.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from flagstaff.model.live import Json, Raw
from flagstaff.providers.flipper import gates as gate
from flagstaff.providers.flipper.layout import Layout

VERSION: Final = 1
EMPTY: Final = '{"version":1,"features":{}}'

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class ExportError(Exception):
    """The text is no export; `str()` says where and why."""


@dataclass(frozen=True, slots=True)
class Export:
    """One export: its features, in the file's order, and everything else at its top level.

    `text` is what it was read from: the pattern for how it is written.
    """

    document: Mapping[str, Json]
    text: str = field(default=EMPTY, compare=False, repr=False)

    @property
    def features(self) -> Mapping[str, Raw]:
        features: Mapping[str, Raw] = self.document["features"]
        return features

    @property
    def exported_at(self) -> Json:
        return self.document.get("exported_at")

    def with_features(self, features: Mapping[str, Raw]) -> Export:
        return replace(self, document={**self.document, "features": features})


def decode(data: bytes) -> Export:
    """Read an export; raises `ExportError`."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ExportError(f"byte {error.start + 1} is not UTF-8") from None
    document = _parse(text)
    problems = list(_problems(document))
    if problems:
        more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise ExportError("; ".join(problems[:3]) + more)
    return Export(document, text)


def encode(export: Export) -> bytes:
    """The file's bytes, set out as it was."""
    return Layout.of(export.text).write(export.document).encode()


class _Repeated(dict[str, Any]):
    """An object in which a key occurs twice; readers disagree on which of the two counts."""


def _parse(text: str) -> Json:
    repeated: list[_Repeated] = []

    def make(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        [(key, _)] = Counter(key for key, _ in pairs).most_common(1)
        repeated.append(_Repeated({key: None}))
        return repeated[-1]

    try:
        document = json.loads(text, object_pairs_hook=make, parse_constant=_constant, parse_float=_float)
        if _SURROGATE.search(text):
            json.dumps(document, ensure_ascii=False).encode()
        for problem in _repeats(document, ()) if repeated else ():
            raise ExportError(problem)
    except json.JSONDecodeError as error:
        raise ExportError(f"line {error.lineno}, column {error.colno}: not JSON ({error.msg})") from None
    except UnicodeEncodeError:
        raise ExportError("a text holds half of a character (a lone surrogate)") from None
    except RecursionError:
        raise ExportError("values are nested too deeply") from None
    except ValueError as error:
        raise ExportError(str(error)) from None
    return document


def _constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text} is out of range")
    return number


def _problems(document: Json) -> Iterator[str]:
    if not isinstance(document, dict):
        yield f"the top level is {_kind(document)}, not an object"
        return
    if "version" not in document:
        yield 'there is no "version"'
    elif document["version"] != VERSION or isinstance(document["version"], bool):
        yield f"version is {_short(document['version'])}, and only version {VERSION} is known"
        return
    features = document.get("features")
    if not isinstance(features, dict):
        yield f"features is {_kind(features)}, not an object" if "features" in document else 'there is no "features"'
        return
    for name, gates in features.items():
        yield from _feature_problems(f"features > {json.dumps(name, ensure_ascii=False)}", gates)


def _feature_problems(where: str, gates: Json) -> Iterator[str]:
    if not isinstance(gates, dict):
        yield f"{where} is {_kind(gates)}, not an object"
        return
    for name in (gate.PERCENTAGE, gate.TIME):
        if gate.percentage(gates.get(name)) is None:
            yield f"{where} > {name} is {_short(gates[name])}, not a percentage from 0 to 100"
    for name in (gate.ACTORS, gate.GROUPS):
        names = gates.get(name)
        if names is not None and not (isinstance(names, list) and all(isinstance(item, str) for item in names)):
            yield f"{where} > {name} is {_short(names)}, not a list of texts"
    boolean = gates.get(gate.BOOLEAN)
    if not (gate.is_true(boolean) or (gate.is_closed(boolean) and isinstance(boolean, int | str | None))):
        yield f"{where} > {gate.BOOLEAN} is {_short(boolean)}, not true, false or null"
    if not isinstance(gates.get(gate.EXPRESSION), dict | None):
        yield f"{where} > {gate.EXPRESSION} is {_short(gates[gate.EXPRESSION])}, not an object"


def _repeats(value: Json, where: tuple[str, ...]) -> Iterator[str]:
    match value:
        case _Repeated():
            place = " > ".join(where) or "the top level"
            yield f"{place}: the key {json.dumps(next(iter(value)), ensure_ascii=False)} occurs twice"
        case dict():
            for key, inner in value.items():
                name = json.dumps(key, ensure_ascii=False) if where == ("features",) else key
                yield from _repeats(inner, (*where, name))
        case list():
            for item in value:
                yield from _repeats(item, where)
        case _:
            return


def _kind(value: Json) -> str:
    """What stands where an object should."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case _:
            return "a list"


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"
