"""A spy on a provider: what was read and written, in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from flagstaff.model.live import Raw, Result, Snapshot, Step
from flagstaff.providers.protocols import BatchWriter, Provider, Reader, Writer


@dataclass(slots=True)
class Calls:
    """`reads`: the keys of each, in order, None for all. `writes`: one tuple of steps for each write."""

    reads: list[tuple[str, ...] | None] = field(default_factory=list)
    writes: list[tuple[Step, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reads:
    inner: Reader
    calls: Calls

    def read(self, keys: Collection[str] | None = None) -> Snapshot:
        self.calls.reads.append(None if keys is None else tuple(keys))
        return self.inner.read(keys)


@dataclass(frozen=True, slots=True)
class _Writes(_Reads):
    inner: Writer

    def write(self, step: Step, expect: Raw | None) -> Raw | None:
        self.calls.writes.append((step,))
        return self.inner.write(step, expect)


@dataclass(frozen=True, slots=True)
class _WritesBatches:
    inner: BatchWriter
    calls: Calls

    def write_batch(self, steps: Sequence[Step], expect: Snapshot) -> Sequence[Result]:
        self.calls.writes.append(tuple(steps))
        return self.inner.write_batch(steps, expect)


def recording(provider: Provider) -> tuple[Provider, Calls]:
    """The same provider, and what is done by it from now on."""
    calls = Calls()
    writer: Writer | BatchWriter | None
    match provider.writer:
        case None:
            writer = None
        case BatchWriter() as batches:
            writer = _WritesBatches(batches, calls)
        case single:
            writer = _Writes(single, calls)
    return replace(provider, reader=_Reads(provider.reader, calls), writer=writer), calls
