"""Evaluation of `for` expressions.

What decides which elements there are (the collection, keys, conditions) marks the whole result,
and makes it unknown where it is unknown itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flagstaff.language.frame import Frame, condition_of, handles, key_of
from flagstaff.language.limits import MOST_ROUNDS
from flagstaff.language.nodes import For
from flagstaff.language.types import ANY, SetType, with_article
from flagstaff.language.values import (
    MISTAKE,
    UNKNOWN,
    Mark,
    Value,
    deep_marks,
    number,
    object_of,
    string,
    tuple_of,
    unknown,
)


class _Result:
    """What the iterations have given so far; `known` is false once one can't be decided."""

    __slots__ = ("fields", "items", "known", "marks")

    def __init__(self, marks: Iterable[Mark]) -> None:
        self.items: list[Value] = []
        self.fields: dict[str, list[Value]] = {}
        self.marks = set(marks)
        self.known = True


@handles(For)
def _for(node: For, frame: Frame) -> Value:
    collection = frame.value(node.collection)
    if collection.data is None:
        return frame.mistake("Null value", "This is null, so there is nothing to go through.", node.collection.range)
    if collection.data is UNKNOWN:
        return unknown(ANY, collection.marks)
    pairs = pairs_of(collection)
    if pairs is None:
        detail = f"This is {with_article(collection.type)}. A for goes through a list, set, tuple, map or object."
        return frame.mistake("Invalid collection", detail, node.collection.range)
    names = dict(frame.variables)
    inner = Frame(frame.scope, frame.diagnostics, names, frame.each, frame.rounds)
    result = _Result(collection.marks)
    for key, value in pairs:
        # The elements of something sensitive are sensitive: messages must not tell them.
        if node.key_name is not None:
            names[node.key_name] = key.with_marks(collection.marks)
        names[node.value_name] = value.with_marks(collection.marks)
        before = len(frame.diagnostics)
        frame.rounds.count += 1
        if frame.rounds.count > MOST_ROUNDS:
            detail = f"The fors of this expression would go round more than {MOST_ROUNDS:,} times."
            frame.mistake("Too many elements", detail, node.range)
            return MISTAKE.with_marks(result.marks)
        _iterate(node, inner, result)
        if frame.failed_since(before):
            # The other iterations would only say the same again.
            return MISTAKE.with_marks(result.marks)
    return _finished(node, result)


def pairs_of(collection: Value) -> Iterator[tuple[Value, Value]] | None:
    """Key and value of each element of a known collection, in order; None where it is none."""
    if isinstance(collection.data, tuple):
        if isinstance(collection.type, SetType):
            return ((item, item) for item in collection.data)
        return ((number(index), item) for index, item in enumerate(collection.data))
    if isinstance(collection.data, dict):
        return ((string(key), item) for key, item in sorted(collection.data.items()))
    return None


def _iterate(node: For, frame: Frame, result: _Result) -> None:
    if node.condition is not None:
        condition = condition_of(node.condition, frame)
        result.marks |= condition.marks
        if condition.data is UNKNOWN:
            result.known = False
        elif not condition.data:
            return
    key = None if node.key is None else key_of(node.key, frame)
    value = frame.value(node.value)
    if key is None:
        result.items.append(value)
        return
    result.marks |= key.marks
    if key.data is UNKNOWN:
        result.known = False
        result.items.append(value)
        return
    values = result.fields.setdefault(key.text, [])
    values.append(value)
    if len(values) > 1 and not node.group:
        _duplicate(node, key, frame)


def _duplicate(node: For, key: Value, frame: Frame) -> None:
    assert node.key is not None, "only an object has keys"
    what = "Two elements have the same key" + ("." if key.is_sensitive else f' "{key.text}".')
    detail = f"{what} To gather the values of a key in a list write ... behind the value."
    frame.mistake("Duplicate key", detail, node.key.range)


def _finished(node: For, result: _Result) -> Value:
    if not result.known:
        values = [*result.items, *(value for values in result.fields.values() for value in values)]
        return unknown(ANY, frozenset(result.marks).union(*map(deep_marks, values)))
    if node.key is None:
        return tuple_of(result.items, frozenset(result.marks))
    fields = {key: tuple_of(values) if node.group else values[0] for key, values in result.fields.items()}
    return object_of(fields, frozenset(result.marks))
