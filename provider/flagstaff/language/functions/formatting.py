"""`format` and `formatlist`: printf with the verbs of the reference (cty's FormatFunc, Go's fmt)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, cast

from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.functions.encoding import encoded, quoted
from flagstaff.language.functions.graphemes import clusters
from flagstaff.language.functions.signature import ArgumentError, Parameter, Takes, function, text
from flagstaff.language.limits import MOST_TEXT, TOO_LONG
from flagstaff.language.numbers import Number, absolute, format_number
from flagstaff.language.types import ANY, BOOL, NUMBER, STRING, ListType, Primitive
from flagstaff.language.values import UNKNOWN, Value, is_wholly_known, list_of, normalized, unknown

_VERB: Final = re.compile(
    r"%(?P<flags>[ +\-#0]*)(?P<width>[1-9]\d*)?(?:\.(?P<precision>\d+))?(?:\[(?P<index>\d+)\])?(?P<verb>[^\W\d_]|%)?",
    re.ASCII,
)
_RADIX: Final = {"b": ("b", "0b"), "o": ("o", "0"), "d": ("d", ""), "x": ("x", "0x"), "X": ("X", "0X")}
# Nobody reads more, and a width must not fill the memory.
_WIDEST: Final = 10_000

_ARGUMENTS: Final = Parameter("values", ANY, null=True)


@dataclass(frozen=True, slots=True)
class _Verb:
    raw: str
    letter: str
    flags: str
    width: int
    precision: int | None


@function(STRING, text("format"), variadic=_ARGUMENTS, example='format("site_%s at %.1f %%", "653", 5)')
def format_(pattern: Value, *arguments: Value) -> Value:
    """The values written into the text: `%s`, `%d`, `%5.1f`, `%q`, `%v`, `%%`, `%[2]s` as in Terraform."""
    return normalized(_formatted(pattern.text, arguments))


@function(
    ListType(STRING),
    text("format"),
    variadic=_ARGUMENTS,
    takes=Takes.ANYTHING,
    example='formatlist("site_%s", ["653", "687"])',
)
def formatlist(pattern: Value, *arguments: Value) -> Value:
    """One text for each element of the lists among the arguments, which are of one length."""
    if any(value.data is UNKNOWN for value in (pattern, *arguments)):
        return unknown(ListType(STRING))
    lengths = {len(value.data) for value in arguments if isinstance(value.data, tuple)}
    if len(lengths) > 1:
        raise ArgumentError("the lists differ in length")
    rows, size = [], 0
    for at in range(lengths.pop() if lengths else 1):
        row = [value.data[at] if isinstance(value.data, tuple) else value for value in arguments]
        known = all(map(is_wholly_known, row))
        rows.append(normalized(_formatted(pattern.text, row)) if known else unknown(STRING))
        size += len(rows[-1].text) if known else 0
        if size > MOST_TEXT:
            raise ArgumentError(TOO_LONG)
    return list_of(STRING, rows)


def _formatted(pattern: str, arguments: Sequence[Value]) -> str:
    result: list[str] = []
    position, following, highest = 0, 0, 0
    for match in _VERB.finditer(pattern):
        result.append(pattern[position : match.start()])
        position = match.end()
        verb = _verb(match)
        if verb.letter == "%":
            result.append("%")
            continue
        at = int(match["index"]) - 1 if match["index"] else following
        if not 0 <= at < len(arguments):
            raise ArgumentError(f"there is no value for {verb.raw}, number {at + 1}", 0)
        result.append(_one(verb, arguments[at], at + 1))
        following = at + 1
        highest = max(highest, following)
    if highest < len(arguments):
        raise ArgumentError(f"the format uses {highest} of {len(arguments)} values", highest + 1)
    return "".join([*result, pattern[position:]])


def _verb(match: re.Match[str]) -> _Verb:
    letter = match["verb"]
    if letter is None or letter not in "vtbdoxXeEfgGsq%":
        raise ArgumentError(f"the format has no verb {match[0]}; a percent sign itself is %%", 0)
    width, precision = int((match["width"] or "0")[:9]), match["precision"]
    if max(width, int((precision or "0")[:9])) > _WIDEST:
        raise ArgumentError(f"{match[0]} is too wide", 0)
    return _Verb(match[0], letter, match["flags"], width, None if precision is None else int(precision))


def _one(verb: _Verb, value: Value, index: int) -> str:
    letter = verb.letter
    if letter == "v":
        return _padded(verb, _natural(verb, value))
    if value.data is None:
        raise ArgumentError(f"null can't be formatted with {verb.raw}", index)
    if letter == "t":
        return "true" if _as(value, BOOL, verb, index).data else "false"
    if letter in "sq":
        string = _as(value, STRING, verb, index).text
        if verb.precision:
            string = "".join(clusters(string)[: verb.precision])
        return _padded(verb, string if letter == "s" else quoted(string))
    number = cast(Number, _as(value, NUMBER, verb, index).data)
    if letter in _RADIX:
        if not isinstance(number, int):
            raise ArgumentError(f"a whole number is required for {verb.raw}", index)
        return _integer(verb, number)
    return _float(verb, number)


def _natural(verb: _Verb, value: Value) -> str:
    if "#" not in verb.flags:
        if isinstance(value.data, str):
            return value.data
        if value.type == NUMBER and value.data is not None:
            number = cast(Number, value.data)
            return _sign(number, "") + _general(number, None)
    return encoded(value)


def _as(value: Value, type: Primitive, verb: _Verb, index: int) -> Value:
    try:
        return convert(value, type)
    except ConversionError as error:
        raise ArgumentError(f"{error} for {verb.raw}", index) from None


def _padded(verb: _Verb, string: str) -> str:
    missing = verb.width - len(clusters(string)) if verb.width else 0
    if missing <= 0:
        return string
    padding = ("0" if "0" in verb.flags else " ") * missing
    return string + padding if "-" in verb.flags else padding + string


def _sign(number: Number, flags: str) -> str:
    return "-" if number < 0 else "+" if "+" in flags else " " if " " in flags else ""


def _aligned(verb: _Verb, sign: str, digits: str, *, zeros: bool) -> str:
    """A number in its width; zeros go between its sign and its digits."""
    missing = max(verb.width - len(sign) - len(digits), 0)
    if "-" in verb.flags:
        return sign + digits + " " * missing
    return sign + "0" * missing + digits if zeros else " " * missing + sign + digits


def _integer(verb: _Verb, number: int) -> str:
    kind, prefix = _RADIX[verb.letter]
    digits = f"{abs(number):{kind}}"
    if verb.precision is not None:
        digits = digits.rjust(verb.precision, "0") if number or verb.precision else ""
    sign = _sign(number, verb.flags) + (prefix if "#" in verb.flags else "")
    return _aligned(verb, sign, digits, zeros="0" in verb.flags and verb.precision is None)


def _float(verb: _Verb, number: Number) -> str:
    if isinstance(number, float):
        return _aligned(verb, "-" if number < 0 else "+", "Inf", zeros=False)
    size = Fraction(absolute(number))
    match verb.letter.lower():
        case "f":
            digits = _fixed(size, 6 if verb.precision is None else verb.precision)
        case "e":
            digits = _scientific(*_significant(size, (6 if verb.precision is None else verb.precision) + 1))
        case _:
            digits = _general(number, verb.precision)
    digits = digits.upper() if verb.letter.isupper() else digits
    return _aligned(verb, _sign(number, verb.flags), digits, zeros="0" in verb.flags)


def _fixed(size: Fraction, places: int) -> str:
    digits = str(round(size * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def _scientific(digits: str, point: int) -> str:
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    exponent = point - 1
    return f"{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"


def _general(number: Number, precision: int | None) -> str:
    """Source: Go's math/big ftoa, format 'g': an exponent below -4, or from the precision (6) on."""
    if isinstance(number, float):
        return "Inf" if number < 0 else "+Inf"
    shortest = _shortest(number)
    if precision is None:
        digits, point = shortest
        limit = 6
    else:
        digits, point = _significant(Fraction(absolute(number)), max(precision, 1))
        digits = digits.rstrip("0") or "0"
        limit = max(precision, 1)
        if limit > len(digits) >= point:
            limit = len(digits)
    if point - 1 < -4 or point - 1 >= max(limit, 1):
        return _scientific(digits, point)
    if point <= 0:
        return "0." + "0" * -point + digits
    whole = digits[:point].ljust(point, "0")
    return f"{whole}.{digits[point:]}" if len(digits) > point else whole


def _shortest(number: int | Fraction) -> tuple[str, int]:
    """The digits that `format_number` gives, and how many of them stand before the point."""
    whole, _, fraction = format_number(absolute(number)).partition(".")
    digits = (whole + fraction).lstrip("0")
    return digits.rstrip("0") or "0", len(digits) - len(fraction) if digits else 1


def _significant(size: Fraction, count: int) -> tuple[str, int]:
    """So many digits, rounded, and how many of them stand before the point."""
    if size == 0:
        return "0" * count, 1
    point = len(str(size.numerator)) - len(str(size.denominator)) + 1
    if size < Fraction(10) ** (point - 1):
        point -= 1
    digits = str(round(size * Fraction(10) ** (count - point)))
    return digits[:count], point + (len(digits) > count)
