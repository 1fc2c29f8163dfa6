"""Populations from files: text (an id a line), CSV and Parquet. With `parquet` the only I/O of this package.

Streamed, so that memory does not grow with the file. Ids count as the application hands them to its store:
in lower case, with a prefix, or not. No message tells anything of a row but its number.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from flagstaff.audience.buckets import Mask
from flagstaff.audience.columns import Layout, PopulationError, gather, lay_out, not_utf8
from flagstaff.audience.population import Chunk, Population

_BLOCK: Final = 2**20
# More bytes without a line break, and the file is no list of ids.
_LONGEST: Final = 2**16
_TRUE: Final = frozenset({"true", "t", "yes", "y", "1"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0", ""})

Read = Callable[[Path, Mapping[str, str] | None, Collection[str], int], Iterator[Chunk]]


def read_population(path: Path, ids: Mapping[str, str] | None = None, products: Collection[str] = ()) -> Population:
    """By the name's ending: `.csv` and `.parquet`; all else is text.

    `ids`: the column of each kind of id, the default first; without it the column `id`, or the only one. A column
    `segment` holds the name of each person's segment; a column named as one of `products` says who is its user.
    Rows without any id are nobody's. Raises `PopulationError`, also later, while chunks are read.
    """
    read = _READERS.get(path.suffix.lower(), _text)

    def chunks(rows: int) -> Iterator[Chunk]:
        try:
            yield from read(path, ids, products, rows)
        except OSError as error:
            reason = error.strerror or "it can't be opened"
            raise PopulationError("Population can't be read", f"{path} can't be read: {reason}.") from None

    first = next(chunks(1), None)
    if first is None:
        raise PopulationError("Population is empty", f"{path} holds no id: nobody's share can be computed from it.")
    named = [kind for kind in first.ids if kind]
    return Population(f"{path.name} ({', '.join(named)})" if named else path.name, chunks)


def _text(path: Path, ids: Mapping[str, str] | None, products: Collection[str], rows: int) -> Iterator[Chunk]:
    """One column, whatever products there are."""
    del products
    if ids is not None:
        raise PopulationError(
            "Population has no columns", f"{path} is read as text, an id a line. Columns need a .csv or .parquet file."
        )
    lines = _lines(path)
    while batch := list(islice(lines, rows)):
        yield Chunk(len(batch), {"": batch})


def _lines(path: Path) -> Iterator[bytes]:
    """The lines that aren't blank."""
    with path.open("rb") as file:
        rest = file.read(3).removeprefix(b"\xef\xbb\xbf")  # the byte order mark
        seen = 0
        while block := file.read(_BLOCK):
            *whole, rest = (rest + block).split(b"\n")
            seen = _check(path, whole, rest, seen)
            yield from filter(None, map(bytes.strip, whole))
        _check(path, [rest], b"", seen)
        yield from filter(None, [rest.strip()])


def _check(path: Path, lines: Sequence[bytes], rest: bytes, seen: int) -> int:
    """The number of lines up to here."""
    if len(rest) > _LONGEST:
        raise PopulationError(
            "Population is no list of ids", f"{path} has a line of more than {_LONGEST:,} bytes: it is no list of ids."
        )
    try:
        b"\n".join(lines).decode()
    except UnicodeDecodeError as error:
        line = seen + 1 + error.object.count(b"\n", 0, error.start)
        raise not_utf8(str(path), f"at line {line}") from None
    return seen + len(lines)


def _csv(path: Path, ids: Mapping[str, str] | None, products: Collection[str], rows: int) -> Iterator[Chunk]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        try:
            header = next(reader, [])
            layout = lay_out(str(path), header, ids, products)
            lines = _rows(path, reader, len(header))
            while batch := list(islice(lines, rows)):
                chunk = _people(path, layout, dict(zip(header, zip(*batch, strict=True), strict=True)))
                if chunk is not None:
                    yield chunk
        except UnicodeDecodeError:
            raise not_utf8(str(path), f"after line {reader.line_num}") from None
        except csv.Error:
            detail = f"{path} is no CSV file at line {reader.line_num}: a cell is too long, or a quote is never closed."
            raise PopulationError("Population can't be read", detail) from None


def _rows(path: Path, reader: Iterator[list[str]], width: int) -> Iterator[list[str]]:
    for row in reader:
        if len(row) == width:
            yield row
        elif row:
            number = reader.line_num  # type: ignore[attr-defined]  # a csv.reader's, which typeshed keeps private
            detail = f"{path} has {len(row)} cells at line {number}, and {width} in its first line."
            raise PopulationError("Population can't be read", detail)


def _people(path: Path, layout: Layout, columns: Mapping[str, Sequence[str]]) -> Chunk | None:
    ids = {kind: [cell.strip().encode() or None for cell in columns[name]] for kind, name in layout.ids.items()}
    segments = None if layout.segment is None else [cell.strip() for cell in columns[layout.segment]]
    products = {name: _users(path, name, columns[name]) for name in layout.products}
    return gather(ids, segments, products)


def _users(path: Path, name: str, cells: Sequence[str]) -> Mask:
    words = [cell.strip().lower() for cell in cells]
    if not set(words) <= _TRUE | _FALSE:
        detail = f'The column "{name}" of {path} says who uses {name}: true or false, and it holds something else.'
        raise PopulationError("Invalid column", detail)
    return np.array([word in _TRUE for word in words], np.bool_)


def _parquet(path: Path, ids: Mapping[str, str] | None, products: Collection[str], rows: int) -> Iterator[Chunk]:
    try:
        from flagstaff.audience.parquet import read_parquet  # noqa: PLC0415  # pyarrow is an extra
    except ImportError:
        detail = f"{path} is a Parquet file, and reading it needs pyarrow: install flagstaff[parquet], or use CSV."
        raise PopulationError("pyarrow is missing", detail) from None
    yield from read_parquet(path, ids, products, rows)


_READERS: Final[Mapping[str, Read]] = {".csv": _csv, ".parquet": _parquet}
