"""Intervals for counts: whether data supports a change, and whether they could have shown one. Pure.

A count out of a number of samples is a proportion; where there are more events than samples, it is a rate.
Each sample gets limits of its own, and the difference of two the limits that these add up to:

- Wilson's score limits of a proportion (E. B. Wilson, JASA 22, 1927), and the same for a Poisson rate;
- below `FEW` events (or samples without one) the exact limits of Clopper and Pearson (Biometrika 26, 1934), or of
  Garwood (Biometrika 28, 1936), as score limits take too little of a chance event for a proof;
- the difference by square-and-add: R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10; for other
  limits than Wilson's it is called MOVER: G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008) 1693-1702.

Floating point is fine here: what is compared with a threshold that somebody wrote is compared in decimals elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FEW: Final = 30
# The 97.5th percentile of the normal distribution: two-sided limits at 95 %.
_Z: Final = 1.959963984540054
_TAIL: Final = 0.025


@dataclass(frozen=True, slots=True)
class Limits:
    """A part or a rate as measured, between what the data supports at 95 %."""

    low: float
    measured: float
    high: float

    @property
    def mirrored(self) -> Limits:
        """That of everything else, for a proportion."""
        return Limits(1 - self.high, 1 - self.measured, 1 - self.low)

    @property
    def negated(self) -> Limits:
        return Limits(-self.high, -self.measured, -self.low)


def known(value: float) -> Limits:
    """A number that somebody knows, not one that was measured."""
    return Limits(value, value, value)


def is_few(events: float, samples: float, *, proportion: bool) -> bool:
    """Whether the limits are the exact ones."""
    return round(min(events, samples - events) if proportion else events) < FEW


def proportion(events: float, samples: float) -> Limits:
    """`0 <= events <= samples`, `samples > 0`. Fractions come from sources that interpolate."""
    if events > samples / 2:
        return proportion(samples - events, samples).mirrored
    if round(events) < FEW:
        return _exact_proportion(round(events), max(1, round(samples)), events / samples)
    measured, share = events / samples, _Z * _Z / samples
    middle = (measured + share / 2) / (1 + share)
    half = _Z / (1 + share) * math.sqrt(measured * (1 - measured) / samples + share / (4 * samples))
    return Limits(middle - half, measured, middle + half)


def rate(events: float, samples: float) -> Limits:
    """`events >= 0` per sample, `samples > 0`, where one sample may have several."""
    if round(events) < FEW:
        low, high = _exact_rate(round(events))
    else:
        middle, half = events + _Z * _Z / 2, _Z * math.sqrt(events + _Z * _Z / 4)
        low, high = middle - half, middle + half
    measured = events / samples
    return Limits(min(low / samples, measured), measured, max(high / samples, measured))


def difference(now: Limits, before: Limits) -> Limits:
    """`now - before`, with the limits that the data supports at 95 %."""
    measured = now.measured - before.measured
    down = math.hypot(now.measured - now.low, before.high - before.measured)
    up = math.hypot(now.high - now.measured, before.measured - before.low)
    return Limits(measured - down, measured, measured + up)


def _exact_proportion(events: int, samples: int, measured: float) -> Limits:
    """Solves "so many or more" and "so few or fewer" for the proportions at which they get improbable."""

    def at_most(count: int, chance: float) -> float:
        return math.fsum(_binomial(k, samples, chance) for k in range(count + 1))

    low = 0.0 if events == 0 else _solve(lambda p: at_most(events - 1, p) - (1 - _TAIL), 0.0, 1.0)
    high = 1.0 if events == samples else _solve(lambda p: at_most(events, p) - _TAIL, 0.0, 1.0)
    return Limits(min(low, measured), measured, max(high, measured))


def _binomial(count: int, samples: int, chance: float) -> float:
    if chance in {0.0, 1.0}:
        return float(count == samples * chance)
    ways = math.lgamma(samples + 1) - math.lgamma(count + 1) - math.lgamma(samples - count + 1)
    return math.exp(ways + count * math.log(chance) + (samples - count) * math.log1p(-chance))


def _exact_rate(events: int) -> tuple[float, float]:
    def at_most(count: int, mean: float) -> float:
        terms = (k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(count + 1)) if mean > 0 else (0.0,)
        return math.fsum(map(math.exp, terms))

    # Twice the score limit is far beyond the exact one.
    most = 2 * (events + _Z * _Z + _Z * math.sqrt(events + _Z * _Z))
    low = 0.0 if events == 0 else _solve(lambda mean: at_most(events - 1, mean) - (1 - _TAIL), 0.0, most)
    return low, _solve(lambda mean: at_most(events, mean) - _TAIL, 0.0, most)


def _solve(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function is 0, by halving, to the precision of floating point."""
    for _ in range(200):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
