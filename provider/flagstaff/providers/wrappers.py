"""Wrappers around a provider's reader."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from flagstaff.model.live import Snapshot
from flagstaff.providers.protocols import Reader, StoreError


class WriteRefused(StoreError, AttributeError):
    """Something asked a `ReadOnly` for more than reading: a bug, never a user's mistake.

    It is an AttributeError, too, so that a `ReadOnly` is no `Writer` for isinstance.
    """


class ReadOnly:
    """A reader and nothing else, also for code that looks behind the type: planning gets this."""

    __slots__ = ("_read",)

    def __init__(self, reader: Reader) -> None:
        self._read = reader.read

    def __repr__(self) -> str:
        return "ReadOnly()"

    def read(self, keys: Collection[str] | None = None) -> Snapshot:
        return self._read(keys)

    def __getattr__(self, name: str) -> NoReturn:
        raise WriteRefused("Store is open for reading only", f'"{name}" was asked of a store that was opened to read.')
