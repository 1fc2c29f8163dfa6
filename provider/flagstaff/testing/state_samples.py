"""States, entries and leases for tests of state stores."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from flagstaff.addresses import Address
from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.recorded import Hold, StageRecord, ToggleRecord
from flagstaff.model.rollout import StageName
from flagstaff.state.journal import Entry, link
from flagstaff.state.state import State
from flagstaff.state.store import LockInfo

T = TypeVar("T")

WRITERS: Final = 8
ROUNDS: Final = 5
TIME = datetime(2026, 1, 27, 14, 3, 5, 123456, tzinfo=UTC)
VITALS = Address("toggle", "vitals")
SITE = Address("toggle", "site", 'a "653"\n')
STATE = State(
    lineage="6a1e",
    serial=1,
    tool="0.1.0",
    environment="production",
    applied={"policy": {"max_raise": 50, "shares": [0.3, None, True]}},
    toggles={
        SITE: ToggleRecord("site_653", ON, TIME, "c" * 64, created=True),
        VITALS: ToggleRecord("vitals\t", Exposure(5001)),
    },
    stages={
        StageName(Address("rollout", "medical_records"), "wave_1a"): StageRecord(
            (Address("toggle", "allergies"),), Exposure(5000), started=datetime(2026, 1, 27, 14, 3, 5, tzinfo=UTC)
        )
    },
    holds={VITALS: Hold("h1", "Größe ≠ \ud800", TIME, "po@example.gov")},
    guards={"roles": {}},
)
SMALL = State(lineage="6a1e", serial=1, toggles={VITALS: ToggleRecord("vitals", OFF)})


def info(id: str = "lease-1", operation: str = "apply") -> LockInfo:
    return LockInfo(id, operation, "jane", "build-7", 4242, TIME, "0.1.0")


def entries(last: Entry | None, *details: str, who: str = "jane", time: datetime = TIME) -> tuple[Entry, ...]:
    """Entries of the simplest kind, one for each text."""
    facts: Iterable[tuple[str, dict[str, Any]]] = (
        ("removed", {"address": "toggle.vitals", "key": detail}) for detail in details
    )
    return link(last, facts, time=time, run="run-1", who=who)


def at_once(work: Callable[[int], list[T]]) -> list[T]:
    """What `WRITERS` threads give, each with its number."""
    with ThreadPoolExecutor(WRITERS) as pool:
        return [one for part in pool.map(work, range(WRITERS)) for one in part]
