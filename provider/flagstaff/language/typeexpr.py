"""Type expressions: `type = list(object({ key = string, at_least = optional(number, 100) }))`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostics, Range, did_you_mean
from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.evaluate import evaluate
from flagstaff.language.nodes import Call, Expression, Name, Object, ObjectItem, Parentheses, String, Template, Tuple
from flagstaff.language.types import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
)
from flagstaff.language.values import MISTAKE, Value

_SUMMARY: Final = "Invalid type"
_SIMPLE: Final[dict[str, Type]] = {"string": STRING, "number": NUMBER, "bool": BOOL, "any": ANY}
_COLLECTIONS: Final[dict[str, Callable[[Type], Type]]] = {"list": ListType, "set": SetType, "map": MapType}
_EXAMPLES: Final = {
    "list": "list(string)",
    "set": "set(string)",
    "map": "map(string)",
    "object": "object({ name = string })",
    "tuple": "tuple([string, number])",
}
_NAMES: Final = (*_SIMPLE, *_EXAMPLES)


def parse_type(expression: Expression, diagnostics: Diagnostics) -> Type | None:
    """The type that an expression names; None after a mistake, which is reported."""
    match expression:
        case Parentheses(value=inner):
            return parse_type(inner, diagnostics)
        case Name(name=name) if name in _SIMPLE:
            return _SIMPLE[name]
        case Name(name=name) if name in _EXAMPLES:
            detail = f"{name} needs to say of what, as in {_EXAMPLES[name]}."
        case Name(name=name):
            detail = f'There is no type "{name}".{did_you_mean(name, _NAMES)}'
        case Call(name=name) if name in _EXAMPLES:
            return _compound(expression, diagnostics)
        case Call(name="optional"):
            detail = "optional(...) can only stand for an attribute of an object."
        case Call(name=name):
            detail = f'There is no type "{name}(...)".{did_you_mean(name, _EXAMPLES)}'
        case Template(parts=(String(value=text),)) if text in _NAMES:
            detail = f"Write the type without quotes: {text}."
        case _:
            detail = f"A type is one of {', '.join(_NAMES)}."
    diagnostics.error(_SUMMARY, detail, expression.range)
    return None


def _compound(call: Call, diagnostics: Diagnostics) -> Type | None:
    if len(call.arguments) != 1 or call.expand_last:
        detail = f"{call.name} takes one argument, as in {_EXAMPLES[call.name]}."
        diagnostics.error(_SUMMARY, detail, call.range)
        return None
    (argument,) = call.arguments
    match argument:
        case _ if call.name in _COLLECTIONS:
            element = parse_type(argument, diagnostics)
            return None if element is None else _COLLECTIONS[call.name](element)
        case Tuple(items=items) if call.name == "tuple":
            elements = [parse_type(item, diagnostics) for item in items]
            found = [element for element in elements if element is not None]
            return TupleType(tuple(found)) if len(found) == len(elements) else None
        case Object(items=items) if call.name == "object":
            return _object(items, diagnostics)
    diagnostics.error(_SUMMARY, f"Write it as in {_EXAMPLES[call.name]}.", argument.range)
    return None


def _object(items: tuple[ObjectItem, ...], diagnostics: Diagnostics) -> Type | None:
    attributes: dict[str, Type] = {}
    optional: set[str] = set()
    defaults: dict[str, Value] = {}
    complete = True
    for item in items:
        name = _attribute_name(item.key)
        if name is None or name in attributes:
            detail = "An attribute is a plain name." if name is None else f'The attribute "{name}" is there twice.'
            diagnostics.error(_SUMMARY, detail, item.key.range)
            complete = False
            continue
        wanted, default = item.value, list[Expression]()
        if isinstance(wanted, Call) and wanted.name == "optional":
            optional.add(name)
            if not 1 <= len(wanted.arguments) <= 2:
                diagnostics.error(_SUMMARY, "optional takes a type and, if you like, a default.", wanted.range)
                complete = False
                continue
            wanted, *default = wanted.arguments
        type = parse_type(wanted, diagnostics)
        if type is None:
            complete = False
            continue
        attributes[name] = type
        if default:
            defaults[name] = _default(default[0], type, diagnostics)
    if not complete:
        return None
    return ObjectType(tuple(sorted(attributes.items())), frozenset(optional), defaults or None)


def _attribute_name(key: Expression) -> str | None:
    match key:
        case String(value=name) | Template(parts=(String(value=name),)):
            return name
        case _:
            return None


def _default(expression: Expression, type: Type, diagnostics: Diagnostics) -> Value:
    value = evaluate(expression, _NOTHING, diagnostics)
    try:
        return convert(value, type)
    except ConversionError as error:
        diagnostics.error("Invalid default", f"The default does not fit its type: {error}.", expression.range)
        return MISTAKE


class _Nothing:
    """The scope of a default: constants and functions only."""

    def member(self, root: str, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        return self.bare(f"{root}.{name}", at, diagnostics)

    def bare(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
        detail = f"{root} can't be used here: the default of an attribute is a constant."
        diagnostics.error("Reference in a default", detail, at)
        return MISTAKE

    def attribute(self, address: Address, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        return self.bare(f"{address}.{name}", at, diagnostics)


_NOTHING: Final = _Nothing()
