"""Open decisions: what stands where a value is wanted and nobody has chosen one."""

from __future__ import annotations

from dataclasses import dataclass

from flagstaff.addresses import Address
from flagstaff.diagnostics import Range


@dataclass(frozen=True, slots=True)
class OpenDecision:
    """A value that nobody has chosen yet. It blocks only what depends on it.

    `owner` is the role that answers for the block in which it stands, `place` that block's address.
    """

    why: str
    range: Range | None
    owner: Address | None = None
    place: str = ""
