"""A store in memory, with Flipper's gates: the reference implementation of both kinds of writer.

What the conformance suite demands is said here in the fewest words; other stores are compared with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime

from flagstaff.model.live import Raw, Result, Snapshot, Step
from flagstaff.providers.flipper.batch import perform_batch, select
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.protocols import Provider


def _epoch() -> datetime:
    return datetime.fromtimestamp(0, UTC)


class MemoryStore:
    """The toggles, shared by all who hold it. Values are copied in and out: nobody changes them but by a step."""

    def __init__(self, toggles: Mapping[str, Raw], now: Callable[[], datetime] = _epoch) -> None:
        self.toggles: Mapping[str, Raw] = deepcopy(dict(toggles))
        self._now = now
        self._lock = threading.Lock()

    def read(self, keys: Collection[str] | None = None) -> Snapshot:
        return Snapshot(deepcopy(select(self.toggles, keys)), self._now())

    def _do(self, steps: Sequence[Step], expect: Mapping[str, Raw]) -> tuple[Result, ...]:
        with self._lock:
            self.toggles, results = perform_batch(deepcopy(steps), expect, self.toggles)
        return deepcopy(results)


class MemoryWriter(MemoryStore):
    """Written toggle by toggle."""

    def write(self, step: Step, expect: Raw | None) -> Raw | None:
        (result,) = self._do((step,), {} if expect is None else {step.key: expect})
        return result.raw


class MemoryBatchWriter(MemoryStore):
    """Written a batch at a time."""

    def write_batch(self, steps: Sequence[Step], expect: Snapshot) -> Sequence[Result]:
        return self._do(steps, expect.toggles)


def memory_provider(
    store: MemoryWriter | MemoryBatchWriter, *, atomic: bool = True, embedded: bool = False
) -> Provider:
    """A provider over `store`; `atomic` false: with the moves of a store that is written gate by gate."""
    return Provider(
        name="memory",
        title="memory",
        dialect=FlipperDialect(atomic=atomic),
        reader=store,
        writer=store,
        embedded=embedded,
    )
