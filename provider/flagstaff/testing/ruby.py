"""How Ruby reads and writes values, as far as a Flipper server shows it."""

from __future__ import annotations

import re
from typing import Any

_INTEGER = re.compile(r"\s*([+-]?\d+)", re.ASCII)
_FLOAT = re.compile(r"\s*([+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII)


class BadRequest(Exception):
    """Ruby raised something, and the web server answers 500."""


def text(value: Any) -> str:
    """What a parameter is once `to_s` was called on it; of a list, the last item counts."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return number_text(value)
        case list():
            return text(value[-1]) if value else ""
        case dict():
            return "{" + ", ".join(f'"{key}"=>{_inspect(item)}' for key, item in value.items()) + "}"
        case _:
            return str(value)


def integer(value: str) -> int:
    """`to_i`: the digits at the start, else 0."""
    match = _INTEGER.match(value)
    return int(match[1]) if match else 0


def to_number(value: str) -> int | float:
    """Flipper's typecast: with a point it is a float, else an integer, so that "1e-3" is 1."""
    if "." not in value:
        return integer(value)
    match = _FLOAT.match(value)
    return float(match[1]) if match else 0.0


def number_text(value: float) -> str:
    """`to_s`: "5", "5.0", "1.0e-05"."""
    if isinstance(value, int):
        return str(value)
    mantissa, e, exponent = repr(value).partition("e")
    return (mantissa if "." in mantissa else f"{mantissa}.0") + e + exponent


def _inspect(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else text(value)
