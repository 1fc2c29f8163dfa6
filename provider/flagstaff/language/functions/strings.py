"""Functions on strings. Lengths and offsets count grapheme clusters."""

from __future__ import annotations

from typing import Final

from flagstaff.language.functions.graphemes import clusters
from flagstaff.language.functions.signature import ArgumentError, Parameter, plain, quantity, text, whole
from flagstaff.language.limits import MOST_TEXT, TOO_LONG
from flagstaff.language.numbers import Number
from flagstaff.language.types import BOOL, STRING, ListType
from flagstaff.language.values import Value

_TEXTS: Final = ListType(STRING)
# Unicode's White_Space. Python's own strip() takes four control characters more.
_SPACES: Final = (
    "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)


@plain(STRING, text("string"), example=r'chomp("5 %\n")')
def chomp(string: str) -> str:
    """Without the line ends at its end."""
    return string.rstrip("\r\n")


@plain(BOOL, text("string"), text("prefix"), example='startswith("mhv_medications", "mhv_")')
def startswith(string: str, prefix: str) -> bool:
    """Whether it begins with the prefix."""
    return string.startswith(prefix)


@plain(BOOL, text("string"), text("suffix"), example='endswith("allergies_enabled", "_enabled")')
def endswith(string: str, suffix: str) -> bool:
    """Whether it ends with the suffix."""
    return string.endswith(suffix)


@plain(BOOL, text("string"), text("part"), example='strcontains("mhv_cerner_pilot", "cerner")')
def strcontains(string: str, part: str) -> bool:
    """Whether the part is anywhere in it."""
    return part in string


@plain(STRING, quantity("spaces"), text("string"), example=r'indent(2, "one\ntwo")')
def indent(spaces: Number, string: str) -> str:
    """With so many spaces before each line but the first."""
    count = whole(spaces, "the number of spaces", 0)
    if not 0 <= count <= 1000:
        raise ArgumentError("the number of spaces must be from 0 to 1000", 0)
    return string.replace("\n", "\n" + " " * count)


@plain(
    STRING,
    text("separator"),
    Parameter("list", _TEXTS),
    variadic=Parameter("lists", _TEXTS),
    example='join(", ", ["653", "687"])',
)
def join(separator: str, *lists: tuple[Value, ...]) -> str:
    """All strings of the lists, with the separator between them."""
    texts: list[str] = []
    for index, items in enumerate(lists, 1):
        for number, item in enumerate(items):
            if item.data is None:
                raise ArgumentError(f"element {number} is null", index)
            texts.append(item.text)
    if sum(map(len, texts)) + len(separator) * len(texts) > MOST_TEXT:
        raise ArgumentError(TOO_LONG)
    return separator.join(texts)


@plain(_TEXTS, text("separator"), text("string"), example='split(",", "653,687")')
def split(separator: str, string: str) -> list[str]:
    """The parts between the separators."""
    return string.split(separator) if separator else list(string)


@plain(STRING, text("string"), example='lower("UHD")')
def lower(string: str) -> str:
    """In lower case."""
    return "".join([character.lower()[0] for character in string])


@plain(STRING, text("string"), example='upper("uhd")')
def upper(string: str) -> str:
    """In upper case."""
    return "".join([_cased(character, character.upper()) for character in string])


@plain(STRING, text("string"), example='title("medical records")')
def title(string: str) -> str:
    """The first letter of each word in title case; words are letters, digits and underscores."""
    result, inside = [], False
    for character in string:
        result.append(character if inside else _cased(character, character.title()))
        inside = not _separates(character)
    return "".join(result)


def _separates(character: str) -> bool:
    """Source: Go's strings.isSeparator: in ASCII all but letters, digits, `_`; else only white space."""
    if character.isascii():
        return not (character.isalnum() or character == "_")
    return character in _SPACES


def _cased(character: str, changed: str) -> str:
    """One character stays one: the reference does not turn ß into SS."""
    return changed if len(changed) == 1 else character


@plain(STRING, text("string"), example='strrev("abc")')
def strrev(string: str) -> str:
    """Its characters in the reverse order."""
    return "".join(reversed(clusters(string)))


@plain(STRING, text("string"), quantity("offset"), quantity("length"), example='substr("mhv_labs", 4, -1)')
def substr(string: str, offset: Number, length: Number) -> str:
    """So many characters from an offset on. A negative one counts from the end; a length of -1 means all the rest."""
    characters = clusters(string)
    start, count = whole(offset, "the offset", 1), whole(length, "the length", 2)
    if start < 0:
        start = max(start + len(characters), 0)
    return "".join(characters[start:] if count < 0 else characters[start : start + count])


@plain(STRING, text("string"), text("characters"), example='trim("--labs-", "-")')
def trim(string: str, characters: str) -> str:
    """Without any of the characters at both ends."""
    return string.strip(characters) if characters else string


@plain(STRING, text("string"), text("prefix"), example='trimprefix("mhv_labs", "mhv_")')
def trimprefix(string: str, prefix: str) -> str:
    """Without the prefix, if it begins with it."""
    return string.removeprefix(prefix)


@plain(STRING, text("string"), text("suffix"), example='trimsuffix("labs_enabled", "_enabled")')
def trimsuffix(string: str, suffix: str) -> str:
    """Without the suffix, if it ends with it."""
    return string.removesuffix(suffix)


@plain(STRING, text("string"), example=r'trimspace("  labs\n")')
def trimspace(string: str) -> str:
    """Without white space at both ends."""
    return string.strip(_SPACES)
