"""How often a block stands in a configuration: once, for each key of `for_each`, or `count` times.

Rule: the keys must be known and not sensitive, since they become addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flagstaff.config.hints import set_hint
from flagstaff.diagnostics import Related
from flagstaff.language.convert import ConversionError, convert, type_name
from flagstaff.language.nodes import Attribute, Block
from flagstaff.language.types import NUMBER, MapType, ObjectType, SetType
from flagstaff.language.values import Undecided, Value

# Nobody means to write a million toggles; a slip in an expression can.
MOST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Copy:
    """One of the times that a block stands there; `value` is `each.value`, where it has a key."""

    index: str | int | None
    value: Value | None = None


_UNDECIDED: Final = "{} must be decided: it says which blocks there are."
ONCE: Final = (Copy(None),)
# Told of a mistake: summary, detail, the attribute that it is in, other places.
Complain = Callable[..., None]


def is_repeated(block: Block) -> bool:
    return "for_each" in block.body.attributes or "count" in block.body.attributes


def copies(block: Block, value_of: Callable[[Attribute], Value], complain: Complain) -> tuple[Copy, ...] | None:
    """The copies of a block, in the order of their keys; None after a mistake, which was reported."""
    for_each, count = block.body.attributes.get("for_each"), block.body.attributes.get("count")
    if for_each is not None and count is not None:
        first, second = sorted((for_each, count), key=lambda attribute: attribute.start)
        related = (Related(first.range, "the other one"),)
        detail = "A block takes for_each or count, not both. Remove one of the two."
        complain("Both for_each and count", detail, second.range, related=related)
        return None
    if for_each is not None:
        return _each(for_each, value_of(for_each), complain)
    if count is not None:
        return _count(count, value_of(count), complain)
    return ONCE


def _each(attribute: Attribute, value: Value, complain: Complain) -> tuple[Copy, ...] | None:
    place = attribute.value.range
    if not _usable(attribute, value, complain):
        return None
    match value.type, value.data:
        case MapType() | ObjectType(), dict(items):
            return tuple(Copy(key, items[key]) for key in sorted(items))
        case SetType(), tuple(items):
            if all(isinstance(item.data, str) for item in items):
                return tuple(Copy(item.data, item) for item in items if isinstance(item.data, str))
            if _is_undecided(value):
                complain("Invalid for_each", _UNDECIDED.format("for_each"), place)
                return None
            if any(item.is_unknown for item in items):
                return None  # it was reported where it was computed
            detail = "Each element of the set must be a known string, since it becomes a part of an address."
            complain("Invalid for_each", detail, place)
        case type_, _:
            detail = f"for_each takes a map, an object or a set of strings; this is a {type_name(type_)}."
            complain("Invalid for_each", detail + set_hint(attribute.value), place)
    return None


def _count(attribute: Attribute, value: Value, complain: Complain) -> tuple[Copy, ...] | None:
    if not _usable(attribute, value, complain):
        return None
    try:
        number = convert(value, NUMBER).data
    except ConversionError as error:
        complain("Invalid count", f"count takes a whole number: {error}.", attribute.value.range)
        return None
    if not isinstance(number, int) or not 0 <= number <= MOST:
        complain("Invalid count", f"count takes a whole number from 0 to {MOST}.", attribute.value.range)
        return None
    return tuple(Copy(index) for index in range(number))


def _usable(attribute: Attribute, value: Value, complain: Complain) -> bool:
    summary, place = f"Invalid {attribute.name}", attribute.value.range
    if value.is_sensitive:
        complain(summary, f"{attribute.name} is sensitive, and its keys would show in every address.", place)
    elif value.is_unknown:
        if _is_undecided(value):
            complain(summary, _UNDECIDED.format(attribute.name), place)
    elif value.is_null:
        complain(summary, f"{attribute.name} is null. Leave it out, or give it a value.", place)
    else:
        return True
    return False


def _is_undecided(value: Value) -> bool:
    return any(isinstance(mark, Undecided) for mark in value.marks)
