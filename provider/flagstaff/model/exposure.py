"""Exposure: how far a toggle is on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Self

FULL: Final = 100_000
_ON: Final = FULL + 1


@dataclass(frozen=True, slots=True, order=True)
class Exposure:
    """Ordered: off = 0 % < ... < 100 % of actors < on.

    `level` is the percentage in 1/1000 % (0 to 100,000), and 100,001 for `on`, which also
    holds for visitors who are not logged in.
    """

    level: int

    def __post_init__(self) -> None:
        if not 0 <= self.level <= _ON:
            raise ValueError(f"exposure level {self.level} is outside 0..{_ON}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `encode` writes: `on`, or a plain decimal with at most three places.

        Raises ValueError.
        """
        if text == "on":
            return cls(_ON)
        try:
            level = Decimal(text) * 1000
        except InvalidOperation:
            level = Decimal(-1)
        if not level.is_finite() or not 0 <= level <= FULL or level != int(level):
            raise ValueError(f'"{text}" is not an exposure')
        return cls(int(level))

    @property
    def is_on(self) -> bool:
        return self.level == _ON

    @property
    def is_off(self) -> bool:
        return self.level == 0

    @property
    def percent(self) -> Decimal:
        """The percentage of actors, 100 where it is `on`; without trailing zeros."""
        return Decimal(self.encode() if not self.is_on else "100")

    @property
    def points(self) -> int:
        """The level in 1/1000 %, with `on` as 100 %: for sums and differences."""
        return min(self.level, FULL)

    def encode(self) -> str:
        """`on`, or the percentage as a plain decimal: `5`, `0.001`."""
        if self.is_on:
            return "on"
        whole, part = divmod(self.level, 1000)
        return f"{whole}.{part:03d}".rstrip("0") if part else str(whole)

    def __str__(self) -> str:
        return "on" if self.is_on else f"{self.encode()} %"


OFF: Final = Exposure(0)
ALL_ACTORS: Final = Exposure(FULL)
ON: Final = Exposure(_ON)
