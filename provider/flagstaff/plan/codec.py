"""The plan's JSON form, version 1, and the change id.

One document `{format, change, core, observed}`. Fields are named as in `plan`; addresses,
exposures and times are text; what is None or empty is left out. Decoding is strict: a field or a
value that it doesn't know is an error, never a guess.
"""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Unrepresentable
from flagstaff.model.rollout import StageName
from flagstaff.plan.guards import fingerprint
from flagstaff.plan.plan import Core, Observed, Plan

FORMAT: Final = 1
Json = Any


class PlanFormatError(ValueError):
    """The document is not a plan of this format; `str()` says what is wrong with it."""


def encode_plan(plan: Plan) -> dict[str, Json]:
    return {
        "format": FORMAT,
        "change": change_id(plan.core),
        "core": encode(plan.core),
        "observed": encode(plan.observed),
    }


def decode_plan(document: Json) -> Plan:
    """Read what `encode_plan` wrote. Raises `PlanFormatError`, also where the change id doesn't fit the core."""
    if not isinstance(document, dict) or "format" not in document:
        raise PlanFormatError("it is not a plan of Flagstaff")
    if document["format"] != FORMAT:
        observed = document.get("observed")
        tool = observed.get("tool", "another version") if isinstance(observed, dict) else "another version"
        raise PlanFormatError(
            f"it has format {document['format']}, written by Flagstaff {tool}; this one reads {FORMAT}"
        )
    unknown = sorted(document.keys() - {"format", "change", "core", "observed"})
    if unknown:
        raise PlanFormatError(f'unknown field "{unknown[0]}"')
    core = cast("Core", _decode(Core, document.get("core"), "core"))
    if document.get("change") != change_id(core):
        raise PlanFormatError("its change id does not fit what it would do: the file was edited or damaged")
    plan = Plan(core, cast("Observed", _decode(Observed, document.get("observed"), "observed")))
    if core.guards != fingerprint(plan.observed.guards, plan.observed.agreed):
        raise PlanFormatError("the guards that it would record do not fit its change: the file was edited or damaged")
    return plan


def change_id(core: Core) -> str:
    """SHA-256, in hex, over the canonical JSON of what would be done, wherever in the files it is declared."""
    placeless = replace(core, guard_changes=tuple(replace(change, range=None) for change in core.guard_changes))
    text = json.dumps(encode(placeless), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def encode(value: Any) -> Json:
    """Any value of a plan as plain JSON."""
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case Address() | StageName() | Decimal():
            return str(value)
        case Exposure():
            return value.encode()
        case Unrepresentable(reason=reason):
            return {"other": reason}
        case datetime():
            return value.isoformat()
        case tuple() | list():
            return [encode(item) for item in value]
        case Mapping():
            return {str(key): encode(item) for key, item in value.items()}
        case _:
            return _encode_fields(value)


def _encode_fields(value: Any) -> Json:
    found = {}
    for field in _fields(value.__class__):
        item = getattr(value, field.name)
        # "Left out" must mean the default, or decoding would not give the same value.
        if item == _default(field):
            continue
        found[field.name] = encode(item)
    return found


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


@cache
def _fields(kind: type) -> tuple[Field[Any], ...]:
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__name__} has no JSON form")
    return fields(kind)


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _decode(hint: Any, value: Json, path: str) -> Any:
    """Read a value of the annotated type; `path` is for the message."""
    return _decoder(hint)(value, path)


Decoder = Callable[[Json, str], Any]


@cache
def _decoder(hint: Any) -> Decoder:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return lambda value, _: value
    if origin in {Union, types.UnionType}:
        return _union(arguments)
    if origin is tuple:
        return _tuple(_decoder(arguments[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_decoder(arguments[1]))
    if hint in _TEXTS:
        return _text(_TEXTS[hint])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _text(hint)
    if hint is Unrepresentable:
        return _unrepresentable
    if hint in {bool, int, str, float}:
        return _plain(hint)
    return _dataclass(hint)


_TEXTS: Final[Mapping[Any, Callable[[str], Any]]] = {
    Address: Address.parse,
    Exposure: Exposure.parse,
    datetime: datetime.fromisoformat,
    Decimal: Decimal,
    StageName: StageName.parse,
}


def _wrong(path: str, value: Json) -> PlanFormatError:
    shown = json.dumps(value, ensure_ascii=False)
    return PlanFormatError(f"{path}: {shown if len(shown) <= 60 else shown[:57] + '...'} is not valid here")


def _plain(kind: type) -> Decoder:
    def decode(value: Json, path: str) -> Any:
        if type(value) is not kind:
            raise _wrong(path, value)
        return value

    return decode


def _text(parse: Callable[[str], Any]) -> Decoder:
    def decode(value: Json, path: str) -> Any:
        if not isinstance(value, str):
            raise _wrong(path, value)
        try:
            return parse(value)
        except (ValueError, ArithmeticError) as error:
            raise _wrong(path, value) from error

    return decode


def _unrepresentable(value: Json, path: str) -> Unrepresentable:
    if not isinstance(value, dict) or value.keys() != {"other"} or not isinstance(value["other"], str):
        raise _wrong(path, value)
    return Unrepresentable(value["other"])


def _tuple(item: Decoder) -> Decoder:
    def decode(value: Json, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _wrong(path, value)
        return tuple(item(element, f"{path}[{index}]") for index, element in enumerate(value))

    return decode


def _mapping(item: Decoder) -> Decoder:
    def decode(value: Json, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wrong(path, value)
        return {key: item(element, f"{path}.{key}") for key, element in value.items()}

    return decode


def _union(arguments: tuple[Any, ...]) -> Decoder:
    """None, or the first alternative that can read it."""
    choices = [_decoder(argument) for argument in arguments if argument is not type(None)]
    optional = type(None) in arguments

    def decode(value: Json, path: str) -> Any:
        if value is None and optional:
            return None
        for choice in choices[:-1]:
            try:
                return choice(value, path)
            except PlanFormatError:
                continue
        return choices[-1](value, path)

    return decode


def _dataclass(kind: type) -> Decoder:
    known = {field.name: field for field in _fields(kind)}

    def decode(value: Json, path: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(path, value)
        hints = _hints(kind)
        unknown = sorted(value.keys() - known.keys())
        if unknown:
            raise PlanFormatError(f'{path}: unknown field "{unknown[0]}"')
        for name, field in known.items():
            if name not in value and field.default is MISSING and field.default_factory is MISSING:
                raise PlanFormatError(f'{path}: the field "{name}" is missing')
        return kind(**{name: _decoder(hints[name])(item, f"{path}.{name}") for name, item in value.items()})

    return decode
