"""Conversion of values between types, by Terraform's rules (cty's convert package).

Marks stay where they are, except that a set takes over those of its elements. Messages never
contain a value: it might be sensitive.
"""

from __future__ import annotations

from collections.abc import Sequence

from flagstaff.language.numbers import NumberError, format_number, parse_number
from flagstaff.language.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    AnyType,
    ListType,
    MapType,
    ObjectType,
    Primitive,
    ReferenceType,
    SetType,
    TupleType,
    Type,
    type_name,
    with_article,
)
from flagstaff.language.unify import convertible, unify
from flagstaff.language.values import (
    UNKNOWN,
    Marks,
    Reference,
    Value,
    map_of,
    object_of,
    set_of,
)

__all__ = ["ConversionError", "convert", "convertible", "type_name", "unify"]


class ConversionError(ValueError):
    """The value can't be converted; `str()` says what is required, and where in the value."""


def convert(value: Value, to: Type) -> Value:
    """The value as one of that type; raises `ConversionError`.

    Where `to` leaves something open (`any`), the value's own type fills it in.
    """
    if value.type is to or isinstance(to, AnyType) or value.type == to:
        return value
    data = value.data
    if data is None or data is UNKNOWN:
        if not convertible(value.type, to):
            raise _mismatch(value, to)
        return Value(settled(to, value.type), data, value.marks)
    try:
        converted = _known(value, to)
    except ConversionError:
        if value.is_sensitive:  # and the message may name keys
            raise _mismatch(value, to) from None
        raise
    return converted.with_marks(value.marks) if value.marks else converted


def settled(to: Type, source: Type = ANY) -> Type:
    """The type of a value after a conversion: nothing optional, `any` filled in from the source."""
    match to:
        case AnyType():
            return source
        case ListType(element):
            return ListType(settled(element, _element(source)))
        case SetType(element):
            return SetType(settled(element, _element(source)))
        case MapType(element):
            return MapType(settled(element, _element(source)))
        case TupleType(elements):
            return TupleType(tuple([settled(element) for element in elements]))
        case ObjectType(attributes):
            return ObjectType(tuple([(name, settled(type)) for name, type in attributes]))
        case _:
            return to


def _element(source: Type) -> Type:
    return source.element if isinstance(source, ListType | SetType | MapType) else ANY


def _known(value: Value, to: Type) -> Value:
    match to, value.type:
        case Primitive(), Primitive():
            return _primitive(value, to)
        case ListType(element), ListType() | SetType() | TupleType():
            items, common = _elements(value, element, "list")
            return Value(ListType(common), tuple(items))
        case SetType(element), ListType() | SetType() | TupleType():
            items, common = _elements(value, element, "set")
            return set_of(common, items)
        case TupleType(types), TupleType(given) if len(types) == len(given):
            return _tuple(value, types)
        case MapType(element), MapType() | ObjectType():
            return _map(value, element)
        case ObjectType(), MapType() | ObjectType():
            return _object(value, to)
        case _:
            raise _mismatch(value, to)


def _primitive(value: Value, to: Primitive) -> Value:
    data = value.data
    if to == STRING:
        return Value(STRING, ("true" if data else "false") if value.type == BOOL else format_number(data))  # type: ignore[arg-type]  # a number
    if isinstance(data, str):
        if to == NUMBER:
            try:
                return Value(NUMBER, parse_number(data))
            except NumberError as error:
                raise ConversionError(str(error)) from None
        if data in {"true", "1", "false", "0"}:
            return Value(BOOL, data in {"true", "1"})
        if data.lower() in {"true", "false"}:
            raise ConversionError("a bool is required, and text is one only in lower case: true or false")
    raise _mismatch(value, to)


def _elements(value: Value, element: Type, kind: str) -> tuple[Sequence[Value], Type]:
    keys = [str(number) for number in range(len(value.items))]
    return _unified(keys, value.items, element, kind)


def _map(value: Value, element: Type) -> Value:
    fields = value.fields
    items, common = _unified([f'"{key}"' for key in fields], list(fields.values()), element, "map")
    return map_of(common, dict(zip(fields, items, strict=True)))


def _unified(keys: Sequence[str], items: Sequence[Value], element: Type, kind: str) -> tuple[Sequence[Value], Type]:
    """Elements as one type, and that type."""
    converted = [_inside(f"element {key}", item, element) for key, item in zip(keys, items, strict=True)]
    if not converted:
        return converted, settled(element)
    common = unify([item.type for item in converted])
    if common is None:
        raise ConversionError(f"all elements of a {kind} must have the same type")
    return [_inside(f"element {key}", item, common) for key, item in zip(keys, converted, strict=True)], common


def _tuple(value: Value, types: Sequence[Type]) -> Value:
    pairs = zip(value.items, types, strict=True)
    items = tuple([_inside(f"element {number}", item, type) for number, (item, type) in enumerate(pairs)])
    return Value(TupleType(tuple([item.type for item in items])), items)


def _object(value: Value, to: ObjectType) -> Value:
    fields, defaults = value.fields, to.defaults or {}
    missing = [name for name, _ in to.attributes if name not in fields and name not in to.optional]
    if missing:
        raise ConversionError(_required(missing))
    result: dict[str, Value] = {}
    for name, type in to.attributes:
        field = fields.get(name)
        if name in defaults and (field is None or field.is_null):
            marks: Marks = field.marks if field is not None else frozenset()
            field = defaults[name].with_marks(marks)
        result[name] = Value(settled(type), None) if field is None else _inside(f'attribute "{name}"', field, type)
    return object_of(result)


def _required(names: Sequence[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    if len(quoted) == 1:
        return f"attribute {quoted[0]} is required"
    return f"attributes {', '.join(quoted[:-1])} and {quoted[-1]} are required"


def _inside(place: str, value: Value, to: Type) -> Value:
    try:
        return convert(value, to)
    except ConversionError as error:
        raise ConversionError(f"{place}: {error}") from None


def _mismatch(value: Value, to: Type) -> ConversionError:
    message = f"{with_article(to)} is required"
    if isinstance(value.data, Reference) and not isinstance(to, ReferenceType):
        message += f", not a reference to {value.data.address}"
    return ConversionError(message)
