"""Numbers: 512-bit binary floats, as the reference HCL implementation has them.

Source: Go's math/big.Float with 512 bits of mantissa, rounding to nearest even.
A number is an `int`, a dyadic `Fraction`, or an infinite `float`.
"""

from __future__ import annotations

from fractions import Fraction

Number = int | Fraction | float
