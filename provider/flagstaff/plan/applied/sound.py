"""Whether a value is what the annotations of its dataclass say, as far as the model uses them. Pure.

What was read of a damaged document may have a number where a text belongs, and would fail far from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def is_sound(value: Any) -> bool:
    """Of a dataclass, with all that is in it."""
    kind: type = type(value)
    return all(_fits(getattr(value, name), wanted) for name, wanted in _annotated(kind))


@cache
def _annotated(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))


def _fits(value: Any, wanted: Any) -> bool:
    outer, inner = get_origin(wanted), get_args(wanted)
    if outer in {Union, UnionType}:
        return any(_fits(value, one) for one in inner)
    if outer is tuple:
        return isinstance(value, tuple) and all(_fits(one, inner[0]) for one in value)
    if outer is Mapping:
        return isinstance(value, Mapping) and all(_fits(one, inner[1]) for one in value.values())
    if wanted is int:
        return type(value) is int
    if wanted is Any or not isinstance(wanted, type):
        return True
    return isinstance(value, wanted) and (not is_dataclass(wanted) or is_sound(value))
