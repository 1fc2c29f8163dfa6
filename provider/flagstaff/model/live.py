"""What is in a live store, and what may be done to it: the values that providers and plans share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from flagstaff.model.exposure import Exposure

Json = Any
# One toggle as its store has it: JSON, keyed by the store's own words.
Raw = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Unrepresentable:
    """A live toggle that is open in a way that no exposure says (`other`). Never treated as 0."""

    reason: str

    def __str__(self) -> str:
        return f"other ({self.reason})"


LiveExposure = Exposure | Unrepresentable


@dataclass(frozen=True, slots=True)
class Testers:
    """Actors and groups that have the toggle whatever the percentage."""

    actors: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.actors) + len(self.groups)


@dataclass(frozen=True, slots=True)
class Live:
    """One toggle as it stands in the store. `raw` is None where the store has no such toggle."""

    exposure: LiveExposure
    testers: Testers
    raw: Raw | None


@dataclass(frozen=True, slots=True)
class Target:
    """What a toggle shall become. `delete`: it shall be gone; `create`: it may be made."""

    key: str
    exposure: Exposure
    create: bool = False
    delete: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One write to one toggle.

    `operation` and `value` are the dialect's own words, plain JSON; `leaves` is the toggle's
    exposure once the step is done. Requirements are checked against it after every step.
    """

    key: str
    operation: str
    value: Json
    leaves: Exposure


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a change can't be written, and what the user can do instead."""

    summary: str
    detail: str
    ways_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one read of a store returned.

    `read_at` is when it was read, `taken_at` when the data was taken, where that is earlier:
    the age of an exported file. `changed_at` says, of toggles whose store tells it, when they were
    last written; what was cleared may have left no trace there.
    """

    toggles: Mapping[str, Raw]
    read_at: datetime
    taken_at: datetime | None = None
    changed_at: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one step of a batch: the toggle as the store now reports it, or an error.

    `raw` None with no error: the toggle is gone (after a delete). `unknown`: nobody can say
    whether the write was done (a lost connection).
    """

    key: str
    raw: Raw | None
    error: str | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Buckets:
    """The bucket of each id, in order: an id has a toggle if its bucket is below `Dialect.opens`."""

    size: int
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Crc32:
    """The bucket is `crc32(key + id) % size`, both in UTF-8."""

    size: int


# How stores hash, each told well enough to be computed for many ids at once.
Hashing = Crc32


class Dialect(Protocol):
    """What is known of a store. Pure: planning uses it."""

    @property
    def step(self) -> int:
        """The smallest percentage, in 1/1000 %."""
        ...

    def live(self, raw: Raw | None) -> Live:
        """Read one toggle; None (the store has none) is off, with no testers."""
        ...

    def gates(self, raw: Raw | None) -> Raw | None:
        """The part of `raw` that decides the exposure of everybody who isn't a tester, normalised:
        equal for stores that say the same in other words."""
        ...

    def compile(self, before: Live, after: Target) -> tuple[Step, ...] | Refusal:
        """The writes that lead from one to the other; none if it is so already."""
        ...

    def retreat(self, before: Live, after: Target, testers: Testers) -> tuple[Step, ...] | Refusal:
        """The writes of a rollback: they close whatever opens the toggle further than the target, with a moment in
        which everybody is off if there is no other way, and leave it exactly these testers."""
        ...

    def public(self, raw: Raw | None) -> LiveExposure:
        """The exposure of everybody who is no tester, groups left out: what a rollback is judged by."""
        ...

    def bucket(self, key: str, ids: Sequence[str]) -> Buckets | None:
        """The engine's own hash, id by id; None where the store has no such thing."""
        ...

    @property
    def hashing(self) -> Hashing | None:
        """What `bucket` computes, told as a value; None where there is none, or nobody has described it yet."""
        ...

    def opens(self, exposure: Exposure) -> int:
        """How many buckets are open at an exposure, counted from 0, rounded as the engine rounds."""
        ...
