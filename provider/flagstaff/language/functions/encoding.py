"""Functions that encode, decode and hash texts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from flagstaff.language.functions.signature import ArgumentError, Parameter, function, plain, text
from flagstaff.language.numbers import NumberError, format_number, parse_number
from flagstaff.language.types import ANY, STRING, ObjectType
from flagstaff.language.values import (
    NULL,
    Reference,
    Value,
    boolean,
    list_of,
    normalized,
    number,
    object_of,
    tuple_of,
)

_CELL: Final = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\Z)')
# As Go's encoding/json, which keeps JSON safe inside HTML.
_ESCAPES: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


@plain(STRING, text("string"), example='base64encode("labs")')
def base64encode(string: str) -> str:
    """Its UTF-8 in Base64."""
    return base64.b64encode(string.encode()).decode()


@plain(STRING, text("string"), example='base64decode("bGFicw==")')
def base64decode(string: str) -> str:
    """The text, in UTF-8, that the Base64 stands for."""
    try:
        return base64.b64decode(string.replace("\r", "").replace("\n", ""), validate=True).decode()
    except binascii.Error:
        raise ArgumentError("this is not Base64", 0) from None
    except UnicodeDecodeError:
        raise ArgumentError("what it encodes is not text in UTF-8", 0) from None


@plain(STRING, text("string"), example='md5("labs")')
def md5(string: str) -> str:
    """MD5 of its UTF-8, in hexadecimal. Not for secrets."""
    return hashlib.md5(string.encode(), usedforsecurity=False).hexdigest()


@plain(STRING, text("string"), example='sha1("labs")')
def sha1(string: str) -> str:
    """SHA-1 of its UTF-8, in hexadecimal. Not for secrets."""
    return hashlib.sha1(string.encode(), usedforsecurity=False).hexdigest()


@plain(STRING, text("string"), example='sha256("labs")')
def sha256(string: str) -> str:
    """SHA-256 of its UTF-8, in hexadecimal."""
    return hashlib.sha256(string.encode()).hexdigest()


@function(STRING, Parameter("value", ANY, null=True), example="jsonencode({ b = [1, true], a = null })")
def jsonencode(value: Value) -> Value:
    """Compact JSON with sorted keys."""
    return normalized(encoded(value))


def encoded(value: Value) -> str:
    """Compact JSON with sorted keys; numbers in plain decimal; raises `ArgumentError` for a reference."""
    data = value.data
    if isinstance(data, bool):
        return "true" if data else "false"
    if data is None:
        return "null"
    if isinstance(data, str):
        return quoted(data)
    if isinstance(data, tuple):
        return f"[{','.join(map(encoded, data))}]"
    if isinstance(data, dict):
        return f"{{{','.join(f'{quoted(key)}:{encoded(data[key])}' for key in sorted(data))}}}"
    if isinstance(data, Reference):
        raise ArgumentError(f"{data.address} is a reference, which JSON can't hold", 0)
    if data in (float("inf"), float("-inf")):
        raise ArgumentError("JSON can't hold an infinite number", 0)
    return format_number(data)  # type: ignore[arg-type]  # unknowns don't come here


def quoted(string: str) -> str:
    return json.dumps(string, ensure_ascii=False).translate(_ESCAPES)


@function(ANY, text("string"), example=r'jsondecode("{\"a\": [1, 2]}").a')
def jsondecode(string: Value) -> Value:
    """The value of a JSON text; arrays become tuples, objects objects."""
    try:
        decoder = json.JSONDecoder(parse_int=parse_number, parse_float=parse_number, parse_constant=_no_constant)
        return _decoded(decoder.decode(string.text))
    except (json.JSONDecodeError, NumberError) as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ArgumentError(f"this is not JSON{where}", 0) from None


def _no_constant(_name: str) -> Any:
    raise NumberError("JSON has no such number")


def _decoded(data: Any) -> Value:
    if data is None:
        return NULL
    if isinstance(data, bool):
        return boolean(data)
    if isinstance(data, str):
        return normalized(data)
    if isinstance(data, list):
        return tuple_of(map(_decoded, data))
    if isinstance(data, dict):
        return object_of({normalized(key).text: _decoded(item) for key, item in data.items()})
    return number(data)


@function(ANY, text("string"), example=r'csvdecode("site,share\n653,0.08")')
def csvdecode(string: Value) -> Value:
    """A list of objects, one for each row; the first row names the attributes."""
    rows = _rows(string.text)
    header = [normalized(name).text for name in next(rows, [])]
    if not header:
        raise ArgumentError("there is no first row, which names the columns", 0)
    if len(set(header)) < len(header):
        raise ArgumentError("two columns have the same name", 0)
    type = ObjectType(tuple([(name, STRING) for name in sorted(header)]))
    items = []
    for line, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise ArgumentError(f"row {line} has not as many columns as the first one", 0)
        items.append(object_of({name: normalized(cell) for name, cell in zip(header, row, strict=True)}))
    return list_of(type, items)


def _rows(string: str) -> Iterator[list[str]]:
    """Source: RFC 4180; empty lines are left out."""
    row: list[str] = []
    position = 0
    while position < len(string):
        match = _CELL.match(string, position)
        if match is None:
            line = string.count("\n", 0, position) + 1
            raise ArgumentError(f"a quote is in the wrong place in line {line}", 0)
        quoted_cell, cell, end = match.groups()
        row.append(cell if quoted_cell is None else quoted_cell.replace('""', '"'))
        position = match.end()
        if end != ",":
            if row != [""] or quoted_cell is not None:
                yield row
            row = []
    if row:
        yield [*row, ""]
