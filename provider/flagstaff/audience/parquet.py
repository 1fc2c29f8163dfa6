"""Populations from Parquet files, a batch of rows at a time. Importing it needs pyarrow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow.parquet import ParquetFile

from flagstaff.audience.buckets import Id, Mask
from flagstaff.audience.columns import Layout, PopulationError, gather, lay_out, not_utf8
from flagstaff.audience.population import Chunk

_Arrow = Any  # pyarrow has no types


def read_parquet(path: Path, ids: Mapping[str, str] | None, products: Collection[str], rows: int) -> Iterator[Chunk]:
    """Raises `PopulationError`, and OSError where the file can't be opened."""
    with path.open("rb") as source:
        try:
            file = ParquetFile(source)
            layout = lay_out(str(path), file.schema_arrow.names, ids, products)
            for batch in file.iter_batches(batch_size=rows, columns=list(layout.names), use_threads=False):
                chunk = _people(str(path), layout, batch)
                if chunk is not None:
                    yield chunk
        except pa.ArrowException:
            detail = f"{path} is no Parquet file, or a part of it is damaged."
            raise PopulationError("Population can't be read", detail) from None


def _people(shown: str, layout: Layout, batch: _Arrow) -> Chunk | None:
    ids: dict[str, Sequence[Id]] = {kind: _texts(shown, name, batch.column(name)) for kind, name in layout.ids.items()}
    segments = None
    if layout.segment is not None:
        segments = [(text or b"").decode() for text in _texts(shown, layout.segment, batch.column(layout.segment))]
    return gather(ids, segments, {name: _users(shown, name, batch.column(name)) for name in layout.products})


def _texts(shown: str, name: str, column: _Arrow) -> list[Id]:
    """Text, dictionaries of text, and whole numbers, in UTF-8; what is empty is missing."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_integer(column.type):
        column = column.cast(pa.string())
    if not any(check(column.type) for check in (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary)):
        detail = f'The column "{name}" of {shown} holds {column.type}; ids and segments are text or whole numbers.'
        raise PopulationError("Invalid column", detail)
    texts: list[Id] = column.cast(pa.large_binary()).to_pylist()
    try:
        b"\n".join(filter(None, texts)).decode()
    except UnicodeDecodeError:
        raise not_utf8(shown, f'in the column "{name}"') from None
    return [text or None for text in texts] if b"" in texts else texts


def _users(shown: str, name: str, column: _Arrow) -> Mask:
    if not pa.types.is_boolean(column.type):
        detail = f'The column "{name}" of {shown} says who uses {name}: true or false, and it holds {column.type}.'
        raise PopulationError("Invalid column", detail)
    return np.array(column.fill_null(False).to_pylist(), np.bool_)  # pyarrow's own argument
