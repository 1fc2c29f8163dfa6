"""Figures for people: shares and numbers with as many digits as a sample can carry."""

from __future__ import annotations

import math
from decimal import Decimal

from flagstaff.audience.results import Share


def percent(share: Share) -> str:
    """`5.02 %`; never `0.00 %` where somebody has it, nor `100.00 %` where somebody hasn't."""
    text = f"{share.part * 100:.2f}"
    if text == "0.00" and share.count:
        return "< 0.01 %"
    if text == "100.00" and share.count < share.of:
        return "> 99.99 %"
    return f"{text} %"


def rough(share: Share) -> str:
    """`94.6 %`, for a sentence; whole where it is exact, or all or nobody."""
    if share.exact or share.count in {0, share.of}:
        return f"{Decimal(str(round(share.part * 100, 3))).normalize():f} %"
    return f"{share.part * 100:.1f} %" if 0.01 <= share.part < 0.9995 else percent(share)


def error(share: Share) -> str:
    """Half of the 95 % interval, in percentage points: `0.10`; nothing where it is exact."""
    low, high = share.bounds
    return "" if share.exact else f"{(high - low) * 50:.2f}"


def number(share: Share) -> str:
    """`60,200`: rounded to a tenth of the size of the sampling error; nothing where nobody knows how many there are."""
    bounds = share.number_bounds
    if share.number is None or bounds is None:
        return ""
    half = (bounds[1] - bounds[0]) / 2
    if share.exact or half < 1:
        return f"{share.number:,}"
    unit = max(1, 10 ** math.floor(math.log10(half)) // 10)
    return f"{round(share.number / unit) * unit:,}"


def people(share: Share) -> str:
    """` (about 56,800)`, or ` (56,800)` where it is exact."""
    found = number(share)
    return f" ({'' if share.exact else 'about '}{found})" if found else ""
