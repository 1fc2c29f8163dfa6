"""Forms: how a value is written as plain JSON and read back, strictly.

Reading never guesses: a `Misfit` says what is wrong and where, unknown fields are refused. A field
whose dataclass has a default may be missing, so that what older versions wrote stays readable.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from flagstaff.addresses import Address, AddressError
from flagstaff.diagnostics import did_you_mean
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Json, LiveExposure, Unrepresentable

T = TypeVar("T")
K = TypeVar("K")
E = TypeVar("E", bound=StrEnum)


class Misfit(ValueError):
    """A document is not as its form wants it: `problem` at `where`, a path such as `toggles["toggle.a"].key`."""

    def __init__(self, problem: str, where: str = "") -> None:
        super().__init__(f"{where}: {problem}" if where else problem)
        self.problem = problem
        self.where = where

    @property
    def sentence(self) -> str:
        """With a full stop, where it needs one."""
        text = str(self)
        return text if text.endswith("?") else f"{text}."

    def under(self, step: str) -> Misfit:
        """The same, seen from one level further out."""
        glue = "." if self.where and not self.where.startswith("[") else ""
        return Misfit(self.problem, f"{step}{glue}{self.where}")


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """`decode(encode(x)) == x`; `decode` raises `Misfit`. `later`: a record leaves out a field that has its default."""

    encode: Callable[[T], Json]
    decode: Callable[[Json], T]
    later: bool = False


def _kind(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "a number"
        case float():
            return "a number with a fraction"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"


def _same(value: T) -> T:
    return value


def _plain(wanted: str, type_: type[T]) -> Form[T]:
    def decode(value: Json) -> T:
        if type(value) is not type_:
            raise Misfit(f"{wanted} is required, not {_kind(value)}")
        return value

    return Form(_same, decode)


TEXT: Final = _plain("a string", str)
INTEGER: Final = _plain("a whole number", int)
BOOLEAN: Final = _plain("a boolean", bool)
OBJECT: Final[Form[Mapping[str, Any]]] = _plain("an object", dict)
JSON: Final[Form[Json]] = Form(_same, _same)


def optional(form: Form[T]) -> Form[T | None]:
    def encode(value: T | None) -> Json:
        return None if value is None else form.encode(value)

    def decode(value: Json) -> T | None:
        return None if value is None else form.decode(value)

    return Form(encode, decode)


def later(form: Form[T]) -> Form[T]:
    """A field that a format got after its release: what has none is written as it was before."""
    return dataclasses.replace(form, later=True)


def sequence(form: Form[T]) -> Form[tuple[T, ...]]:
    items: Form[list[Json]] = _plain("a list", list)

    def encode(value: tuple[T, ...]) -> Json:
        return [form.encode(item) for item in value]

    def decode(value: Json) -> tuple[T, ...]:
        return tuple(_at(f"[{number}]", form, item) for number, item in enumerate(items.decode(value)))

    return Form(encode, decode)


def mapping(keys: Form[K], values: Form[T]) -> Form[Mapping[K, T]]:
    """An object whose keys are written by `keys`, as text."""

    def encode(value: Mapping[K, T]) -> Json:
        return {keys.encode(key): values.encode(item) for key, item in value.items()}

    def decode(value: Json) -> Mapping[K, T]:
        found = {}
        for name, item in OBJECT.decode(value).items():
            step = f"[{json.dumps(name, ensure_ascii=False)}]"
            key = _at(step, keys, name)
            found[key] = _at(step, values, item)
        return found

    return Form(encode, decode)


def record(type_: type[T], /, **forms: Form[Any]) -> Form[T]:
    """A dataclass as an object with one field for each of `forms`."""
    needed = {
        item.name
        for item in dataclasses.fields(type_)  # type: ignore[arg-type]  # every T here is a dataclass
        if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
    }
    encoders = [(name, form.encode) for name, form in forms.items()]
    leaves_out = {name: default for name, default in _defaults(type_) if forms[name].later}

    def encode(value: T) -> Json:
        fields = {name: write(getattr(value, name)) for name, write in encoders}
        for name, default in leaves_out.items():
            if getattr(value, name) == default:
                del fields[name]
        return fields

    def decode(value: Json) -> T:
        given = OBJECT.decode(value)
        for name in given:
            if name not in forms:
                raise Misfit(no_such(f'field "{name}"', name, forms))
        if missing := sorted(needed - given.keys()):
            raise Misfit(f'the field "{missing[0]}" is missing')
        return type_(**{name: _at(name, forms[name], item) for name, item in given.items()})

    return Form(encode, decode)


def _defaults(type_: type[Any]) -> Iterable[tuple[str, Any]]:
    for item in dataclasses.fields(type_):
        if item.default is not dataclasses.MISSING:
            yield item.name, item.default
        elif item.default_factory is not dataclasses.MISSING:
            yield item.name, item.default_factory()


def choice(type_: type[E]) -> Form[E]:
    def encode(value: E) -> Json:
        return value.value

    def decode(value: Json) -> E:
        text = TEXT.decode(value)
        try:
            return type_(text)
        except ValueError:
            known = ", ".join(item.value for item in type_)
            raise Misfit(f'"{text}" is none of {known}') from None

    return Form(encode, decode)


def no_such(thing: str, name: str, known: Iterable[str]) -> str:
    """The problem of a name that is not known, with the one that was probably meant."""
    guess = did_you_mean(name, known)
    return f"there is no {thing}.{guess}" if guess else f"there is no {thing}"


def _at(step: str, form: Form[T], value: Json) -> T:
    try:
        return form.decode(value)
    except Misfit as misfit:
        raise misfit.under(step) from None


def _decode_address(value: Json) -> Address:
    try:
        return Address.parse(TEXT.decode(value))
    except AddressError as error:
        raise Misfit(str(error)) from None


def _decode_exposure(value: Json) -> Exposure:
    text = TEXT.decode(value)
    try:
        exposure = Exposure.parse(text)
    except (ValueError, ArithmeticError):  # Decimal's own mistakes are arithmetic ones
        exposure = None
    if exposure is None or exposure.encode() != text:
        raise Misfit(f'"{text}" is not an exposure; one is "on" or a percentage such as "5" or "0.001"')
    return exposure


def encode_time(time: datetime) -> str:
    """In UTC, to the microsecond: `2026-01-27T14:03:05Z`. Raises ValueError for a time without a zone."""
    if time.tzinfo is None:
        raise ValueError(f"{time} has no time zone")
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _decode_time(value: Json) -> datetime:
    text = TEXT.decode(value)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is not UTC or encode_time(time) != text:
        raise Misfit(f'"{text}" is not a time in UTC such as "2026-01-27T14:03:05Z"')
    return time


def _decode_decimal(value: Json) -> Decimal:
    text = TEXT.decode(value)
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal("nan")
    if not number.is_finite():
        raise Misfit(f'"{text}" is not a decimal number such as "0.25"')
    return number


def _decode_seconds(value: Json) -> timedelta:
    try:
        return timedelta(seconds=INTEGER.decode(value))
    except OverflowError:
        raise Misfit(f"{value} seconds are too many") from None


DECIMAL: Final[Form[Decimal]] = Form(lambda number: f"{number:f}", _decode_decimal)
# Whole seconds: no clock of ours is finer.
SECONDS: Final = Form(lambda span: int(span.total_seconds()), _decode_seconds)
ADDRESS: Final = Form(str, _decode_address)
EXPOSURE: Final = Form(Exposure.encode, _decode_exposure)
TIME: Final = Form(encode_time, _decode_time)


def _encode_live(value: LiveExposure) -> Json:
    return {"other": value.reason} if isinstance(value, Unrepresentable) else value.encode()


def _decode_live(value: Json) -> LiveExposure:
    if isinstance(value, str):
        return _decode_exposure(value)
    return Unrepresentable(_OTHER.decode(value).other)


@dataclass(frozen=True, slots=True)
class _Other:
    other: str


_OTHER: Final = record(_Other, other=TEXT)
LIVE: Final[Form[LiveExposure]] = Form(_encode_live, _decode_live)


def parse(text: str) -> Json:
    """JSON, without the freedoms that Python's reader takes: fields given twice, NaN. Raises `Misfit`."""
    try:
        return _READER.decode(text)
    except json.JSONDecodeError as error:
        raise Misfit(_syntax(text, error)) from None
    except Misfit:
        raise
    except RecursionError:
        raise Misfit("it is nested too deeply") from None
    except ValueError:  # Python's own limit
        raise Misfit("a number in it has too many digits") from None


def _syntax(text: str, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return "it is empty"
    end = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    cut = "; it ends too early, as after a full disk or a copy that was cut short" if end else ""
    return f"line {error.lineno}, column {error.colno}: it is not JSON ({error.msg}){cut}"


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Misfit(f'the field "{twice}" is given twice in one object')
    return found


def _constant(text: str) -> Json:
    raise Misfit(f"{text} is not JSON")


_READER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_constant)
