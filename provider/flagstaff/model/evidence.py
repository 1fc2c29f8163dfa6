"""Evidence: what was measured, answered and agreed to, as values that a journal keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from flagstaff.addresses import Address


class Verdict(StrEnum):
    """Only `pass` lets a raise through; `pending` waits for a person and is no error."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    UNDECIDED = "undecided"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A baseline as it was measured once: `numerator` of `samples`, or `measured` alone where nothing is counted."""

    measured: Decimal
    at: datetime
    numerator: Decimal | None = None
    samples: Decimal | None = None
    start: datetime | None = None
    end: datetime | None = None
    query: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One evaluation of a monitor, with all that its verdict rests on.

    `measured` is `numerator` / `samples` where both are counted. `low` and `high` bound, at 95 %, the
    difference to the baseline that the data supports; `method` names how. `reason` is a sentence that
    says why the verdict is what it is. `fresh`: the baseline was measured now, and is not frozen yet.
    """

    monitor: Address
    verdict: Verdict
    at: datetime
    reason: str
    query: str = ""
    start: datetime | None = None
    end: datetime | None = None
    measured: Decimal | None = None
    numerator: Decimal | None = None
    samples: Decimal | None = None
    baseline: Frozen | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    method: str = ""
    fresh: bool = False


# The `until` of an answer that counts until somebody gives another one: of a trigger that a watch saw fire.
UNTIL_ANSWERED: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said of a `manual` monitor or of a trigger; it counts until `until`."""

    subject: Address
    verdict: Verdict
    who: str
    at: datetime
    until: datetime
    note: str = ""


class Decision(StrEnum):
    GO = "go"
    NO_GO = "no_go"


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision on one change by one role.

    `message` is the text that was signed and `signature` OpenSSH's armoured signature of it; both are
    empty where the decision comes from a review (`via` says which). Nothing here is believed before it
    was verified against the recorded role.
    """

    change: str
    role: Address
    decision: Decision
    principal: str
    at: datetime
    expires: datetime
    note: str = ""
    message: str = ""
    signature: str = ""
    via: str = ""
