"""What the evaluator's tests share: a scope of given values, and a short way to write values down.

`shown`: numbers, strings, bools and null as in HCL; `[...]` a tuple, `{...}` an object, `list[...]`,
`set[...]`, `map{...}`; `<number>` an unknown; `!` before a sensitive value, `?` before an undecided one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostics, Range, did_you_mean
from flagstaff.language.evaluate import evaluate
from flagstaff.language.numbers import format_number
from flagstaff.language.parse import parse_expression
from flagstaff.language.plain import from_plain
from flagstaff.language.source import Source
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
    type_name,
)
from flagstaff.language.values import (
    MISTAKE,
    UNKNOWN,
    Reference,
    Value,
    object_of,
    reference,
    string,
    tuple_of,
    unknown,
)


@dataclass
class Names:
    """`values` by root (`unknown.number`, `nothing.list`), and `toggle.a`, `toggle.b`, `product.p.segment.s`."""

    values: Mapping[str, Value] = field(default_factory=dict)

    def member(self, root: str, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        known = {"toggle": ["a", "b"], "experience": ["e"], "product": ["p"], "role": ["r"]}.get(root)
        if known is None:
            fields = self.bare(root, at, diagnostics)
            known = list(fields.fields) if isinstance(fields.data, dict) else []
            if name in known:
                return fields.fields[name].with_marks(fields.marks)
        elif name in known:
            return reference(Address(root, name))
        if root in self.values or root == "toggle":
            diagnostics.error("Undeclared name", f'There is no {root} "{name}".{did_you_mean(name, known)}', at)
        return MISTAKE

    def bare(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
        if root not in self.values:
            diagnostics.error("Unknown name", f'There is nothing named "{root}" here.', at)
            return MISTAKE
        return self.values[root]

    def attribute(self, address: Address, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        if name == "key":
            return string(f"{address.name}_enabled")
        if address.kind == "product" and name == "segment":
            one = object_of({"share": from_plain(0.5)})
            return object_of({"s": one, "repeated": object_of({"k": one}), "counted": tuple_of([one])})
        diagnostics.error("Unknown attribute", f'{address} has no attribute "{name}".', at)
        return MISTAKE


_PART = ObjectType((("a", NUMBER),))
_TYPES: dict[str, Type] = {
    "any": ANY,
    "number": NUMBER,
    "string": STRING,
    "bool": BOOL,
    "list": ListType(STRING),
    "map": MapType(NUMBER),
    "object": _PART,
    "objects": ListType(_PART),
    "tuple": TupleType((NUMBER, STRING)),
}
STANDARD = {
    "unknown": object_of({name: unknown(type) for name, type in _TYPES.items()}),
    "nothing": object_of({name: Value(type, None) for name, type in _TYPES.items()}),
}


def value_of(given: Any) -> Value:
    return given if isinstance(given, Value) else from_plain(given)


def notation(value: Value) -> str:
    marks = "".join(sorted({"!" if mark_name == "Sensitive" else "?" for mark_name in names_of(value)}))
    return marks + plain_notation(value)


def names_of(value: Value) -> set[str]:
    return {type(mark).__name__ for mark in value.marks}


def plain_notation(value: Value) -> str:
    data = value.data
    if data is UNKNOWN:
        return f"<{type_name(value.type)}>"
    if data is None or isinstance(data, bool | str):
        return json.dumps(data, ensure_ascii=False)
    if isinstance(data, tuple):
        kind = {ListType: "list", SetType: "set"}.get(type(value.type), "")
        return f"{kind}[{', '.join(map(notation, data))}]"
    if isinstance(data, dict):
        kind = "map" if isinstance(value.type, MapType) else ""
        return f"{kind}{{{', '.join(f'{key}={notation(item)}' for key, item in data.items())}}}"
    return str(data.address) if isinstance(data, Reference) else format_number(data)


def run(text: str, **values: Any) -> tuple[Value, Diagnostics]:
    diagnostics = Diagnostics()
    expression = parse_expression(Source("x.hcl", text), diagnostics)
    assert expression is not None, diagnostics.items
    names = Names(STANDARD | {name: value_of(value) for name, value in values.items()})
    return evaluate(expression, names, diagnostics), diagnostics


@pytest.fixture
def shown() -> Callable[..., str]:
    """The value of an expression that has no mistake, written down."""

    def show(text: str, **values: Any) -> str:
        value, diagnostics = run(text, **values)
        assert diagnostics.items == []
        return notation(value)

    return show


@pytest.fixture
def mistakes() -> Callable[..., list[str]]:
    """What is reported for an expression, as `columns summary: detail`; its value is unknown."""

    def report(text: str, **values: Any) -> list[str]:
        value, diagnostics = run(text, **values)
        assert value.data is UNKNOWN
        return [
            f"{item.range.start.column}-{item.range.end.column} {item.summary}: {item.detail}"
            for item in diagnostics
            if item.range is not None
        ]

    return report


@pytest.fixture
def given() -> Callable[[str], Value]:
    """The value of an expression."""
    return lambda text: run(text)[0]


@pytest.fixture
def shown_value() -> Callable[[Value], str]:
    return notation


@pytest.fixture
def names() -> Callable[..., Names]:
    """A scope of given values."""
    return lambda **values: Names(STANDARD | {name: value_of(value) for name, value in values.items()})
