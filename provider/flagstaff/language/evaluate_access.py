"""Evaluation of names, attributes, indexes and splats."""

from __future__ import annotations

from collections.abc import Mapping

from flagstaff.diagnostics import Diagnostics, Range, did_you_mean
from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.frame import Frame, handles, sentence
from flagstaff.language.nodes import Each, Expression, GetAttribute, Index, Name, Splat
from flagstaff.language.types import (
    ANY,
    NUMBER,
    STRING,
    AnyType,
    ListType,
    MapType,
    ObjectType,
    ReferenceType,
    SetType,
    TupleType,
    Type,
    with_article,
)
from flagstaff.language.values import (
    MISTAKE,
    UNKNOWN,
    Marks,
    Reference,
    Value,
    deep_marks,
    list_of,
    tuple_of,
    unknown,
)


@handles(Name)
def _name(node: Name, frame: Frame) -> Value:
    value = frame.variables.get(node.name)
    return frame.scope.bare(node.name, node.range, frame.diagnostics) if value is None else value


@handles(Each)
def _each(_node: Each, frame: Frame) -> Value:
    return frame.each


@handles(GetAttribute)
def _get_attribute(node: GetAttribute, frame: Frame) -> Value:
    target = node.target
    if type(target) is Name and target.name not in frame.variables:
        return frame.scope.member(target.name, node.name, node.range, frame.diagnostics)
    value = frame.value(target)
    if isinstance(value.data, dict) and node.name in value.data:
        return _marked(value.data[node.name], value.marks)
    return _attribute(value, node, frame).with_marks(value.marks)


def _marked(value: Value, marks: Marks) -> Value:
    return value.with_marks(marks) if marks else value


def _attribute(value: Value, node: GetAttribute, frame: Frame) -> Value:
    """Where the value is not simply a mapping that has it."""
    place = node.source.range(node.name_start, node.end)
    if isinstance(value.data, Reference):
        return frame.scope.attribute(value.data.address, node.name, place, frame.diagnostics)
    if value.data is None:
        return frame.mistake("Null value", f"This is null, so it has no attribute {node.name}.", node.target.range)
    match value.type:
        case ObjectType(attributes):
            known = dict(attributes)
            if node.name in known and value.data is UNKNOWN:
                return unknown(known[node.name])
            hint = "" if value.is_sensitive else did_you_mean(node.name, known) or _one_of(known, node)
            detail = f'There is no attribute "{node.name}" here.{hint}'
            return frame.mistake("Unknown attribute", detail, place)
        case MapType(element):
            if value.data is UNKNOWN:
                return unknown(element)
            hint = "" if value.is_sensitive else did_you_mean(node.name, value.fields)
            detail = f'The map has no element "{node.name}".{hint}'
            return frame.mistake("Unknown key", detail, place)
        case ListType() | SetType() | TupleType() as type:
            detail = f"This is {with_article(type)}, which has no attributes. For those of its elements write [*]."
            return frame.mistake("Unknown attribute", f"{detail[:-1]}.{node.name}.", place)
        case AnyType():
            return MISTAKE
        case type:
            return frame.mistake("Unknown attribute", f"This is {with_article(type)}, which has no attributes.", place)


def _one_of(instances: Mapping[str, Type], node: GetAttribute) -> str:
    """A block with `for_each` has keys, and only what is behind one of them has attributes."""
    if not instances or not all(isinstance(type, ReferenceType) for type in instances.values()):
        return ""
    return f' This has an instance for each key: write {node.target.text}["{min(instances)}"].{node.name}.'


@handles(Index)
def _index(node: Index, frame: Frame) -> Value:
    key = frame.value(node.key)
    target = node.target
    if type(target) is Name and target.name not in frame.variables and isinstance(key.data, str):
        member = frame.scope.member(target.name, key.data, node.range, frame.diagnostics)
        return _marked(member, key.marks)
    value = frame.value(target)
    return _marked(_element(value, key, node, frame), value.marks | deep_marks(key))


def _element(value: Value, key: Value, node: Index, frame: Frame) -> Value:
    if value.data is None:
        return frame.mistake("Null value", "This is null, so it has no elements.", node.target.range)
    if key.data is None:
        return frame.mistake("Invalid index", "An index can't be null.", node.key.range)
    wanted: Type
    match value.type:
        case ListType() | TupleType():
            wanted = NUMBER
        case MapType() | ObjectType():
            wanted = STRING
        case SetType():
            detail = "The elements of a set have no index. Turn it into a list first: tolist(...)."
            return frame.mistake("Invalid index", detail, node.key.range)
        case AnyType():
            return MISTAKE
        case type:
            detail = f"This is {with_article(type)}, which has no elements."
            return frame.mistake("Invalid index", detail, node.key.range)
    try:
        key = convert(key, wanted)
    except ConversionError as error:
        return frame.mistake("Invalid index", sentence(error), node.key.range)
    if key.data is UNKNOWN or value.data is UNKNOWN:
        # Any of the elements may be meant, so the marks of all count.
        return unknown(_element_type(value.type), deep_marks(value))
    found, complaint = _find(value, key)
    return found if found is not None else frame.mistake("Invalid index", complaint, node.key.range)


def _element_type(type: Type) -> Type:
    return type.element if isinstance(type, ListType | MapType) else ANY


def _find(value: Value, key: Value) -> tuple[Value | None, str]:
    """The element, or what is wrong with the key. A sensitive key is not told."""
    index, data = key.data, value.data
    if isinstance(data, dict):
        if key.text in data:
            return data[key.text], ""
        if key.is_sensitive or value.is_sensitive:
            return None, "There is no element with this key."
        return None, f'There is no element "{key.text}".{did_you_mean(key.text, data)}'
    count = len(value.items)
    if not isinstance(index, int):
        return None, "An index must be a whole number."
    if index < 0:
        return None, "An index can't be negative. The last element is element(list, length(list) - 1)."
    if index < count:
        return value.items[index], ""
    if count == 0:
        return None, "The list is empty, so it has no element with any index."
    return None, f"The index is past the end: the last one is {count - 1}."


@handles(Splat)
def _splat(node: Splat, frame: Frame) -> Value:
    source = frame.value(node.target)
    if isinstance(source.type, ListType | SetType | TupleType):
        return _marked(_for_elements(source, node.each, frame, node.target.range), source.marks)
    if source.data is None:
        return tuple_of((), source.marks)
    if source.data is UNKNOWN:
        each = source if source.type == ANY else _probe(node.each, source, frame)
        return unknown(ANY, source.marks | each.marks)
    return tuple_of([frame.with_each(source).value(node.each)], source.marks)


def _for_elements(source: Value, each: Expression, frame: Frame, place: Range) -> Value:
    if source.data is None:
        return frame.mistake("Null value", "This is null, so it has no elements.", place)
    if source.data is UNKNOWN:
        return unknown(ANY)
    inner = frame.with_each(MISTAKE)
    before = len(frame.diagnostics)
    items: list[Value] = []
    for item in source.items:
        inner.each = item.with_marks(source.marks)
        items.append(inner.value(each))
        if frame.failed_since(before):
            return MISTAKE
    if isinstance(source.type, TupleType):
        return tuple_of(items)
    types = {item.type for item in items} or {_probe(each, unknown(source.type.element), frame).type}  # type: ignore[union-attr]  # a list or set
    return list_of(types.pop(), items) if len(types) == 1 else tuple_of(items)


def _probe(each: Expression, element: Value, frame: Frame) -> Value:
    """What an element would give: its type, not a value."""
    return Frame(frame.scope, Diagnostics(), frame.variables, element, frame.rounds).value(each)
