"""What a provider is: a pure dialect, a reader, and one of two kinds of writer.

Everything stored depends on these, so they change only with a new version.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from flagstaff.model.live import Dialect, Raw, Result, Snapshot, Step

__all__ = ["BatchWriter", "Conflict", "Dialect", "Provider", "Reader", "StoreError", "Writer"]


class Reader(Protocol):
    def read(self, keys: Collection[str] | None = None) -> Snapshot:
        """All toggles, or those of `keys` that exist, in as few calls as the store allows.

        Raises `StoreError`.
        """
        ...


@runtime_checkable
class Writer(Reader, Protocol):
    """A store that is written toggle by toggle."""

    def write(self, step: Step, expect: Raw | None) -> Raw | None:
        """Do one step and return the toggle as the store then reports it; None: it is gone.

        `expect` is the toggle as last seen. Raises `Conflict` where it is known to be otherwise,
        and `StoreError`.
        """
        ...


@runtime_checkable
class BatchWriter(Protocol):
    """A store that takes several writes at once: one replace, one transaction."""

    def write_batch(self, steps: Sequence[Step], expect: Snapshot) -> Sequence[Result]:
        """Do all steps or none, and return a result for each, in order.

        `expect` holds every toggle that the steps touch, as last seen. Raises `Conflict` (with
        nothing written) where one of them is otherwise now, and `StoreError`.
        """
        ...


class StoreError(Exception):
    """The store can't be read or written. `summary` is fixed text, `detail` says what to do.

    `unknown`: a write may have been done.
    """

    def __init__(self, summary: str, detail: str, *, unknown: bool = False) -> None:
        super().__init__(f"{summary}: {detail}")
        self.summary = summary
        self.detail = detail
        self.unknown = unknown


class Conflict(StoreError):
    """A toggle is not as expected; nothing was written. `keys` names the toggles."""

    def __init__(self, detail: str, keys: tuple[str, ...]) -> None:
        super().__init__("Toggle changed meanwhile", detail)
        self.keys = keys


def _nothing_to_close() -> None:
    """Most stores hold nothing open between two calls."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An opened store.

    `name` is `flipper.embedded`; `title` what a header prints (`flipper "state/live.json"`).
    `writer` None: only a person can write there, and `handoff` says how. `embedded`: the store is
    Flagstaff's own file, so a first apply needs no adoption. `close` gives back its connections.
    """

    name: str
    title: str
    dialect: Dialect
    reader: Reader
    writer: Writer | BatchWriter | None
    propagation: timedelta = timedelta(0)
    embedded: bool = False
    handoff: str = ""
    close: Callable[[], None] = _nothing_to_close
