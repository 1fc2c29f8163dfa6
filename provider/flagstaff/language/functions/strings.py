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


@plain(STRING, text("string"))
def chomp(string: str) -> str:
    return string.rstrip("\r\n")


@plain(BOOL, text("string"), text("prefix"))
def startswith(string: str, prefix: str) -> bool:
    return string.startswith(prefix)


@plain(BOOL, text("string"), text("suffix"))
def endswith(string: str, suffix: str) -> bool:
    return string.endswith(suffix)


@plain(BOOL, text("string"), text("part"))
def strcontains(string: str, part: str) -> bool:
    return part in string


@plain(STRING, quantity("spaces"), text("string"))
def indent(spaces: Number, string: str) -> str:
    """Each line but the first."""
    count = whole(spaces, "the number of spaces", 0)
    if not 0 <= count <= 1000:
        raise ArgumentError("the number of spaces must be from 0 to 1000", 0)
    return string.replace("\n", "\n" + " " * count)


@plain(STRING, text("separator"), Parameter("list", _TEXTS), variadic=Parameter("lists", _TEXTS))
def join(separator: str, *lists: tuple[Value, ...]) -> str:
    texts: list[str] = []
    for index, items in enumerate(lists, 1):
        for number, item in enumerate(items):
            if item.data is None:
                raise ArgumentError(f"element {number} is null", index)
            texts.append(item.text)
    if sum(map(len, texts)) + len(separator) * len(texts) > MOST_TEXT:
        raise ArgumentError(TOO_LONG)
    return separator.join(texts)


@plain(_TEXTS, text("separator"), text("string"))
def split(separator: str, string: str) -> list[str]:
    return string.split(separator) if separator else list(string)


@plain(STRING, text("string"))
def lower(string: str) -> str:
    return "".join([character.lower()[0] for character in string])


@plain(STRING, text("string"))
def upper(string: str) -> str:
    return "".join([_cased(character, character.upper()) for character in string])


@plain(STRING, text("string"))
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


@plain(STRING, text("string"))
def strrev(string: str) -> str:
    return "".join(reversed(clusters(string)))


@plain(STRING, text("string"), quantity("offset"), quantity("length"))
def substr(string: str, offset: Number, length: Number) -> str:
    """A negative offset counts from the end; a length of -1 means all the rest."""
    characters = clusters(string)
    start, count = whole(offset, "the offset", 1), whole(length, "the length", 2)
    if start < 0:
        start = max(start + len(characters), 0)
    return "".join(characters[start:] if count < 0 else characters[start : start + count])


@plain(STRING, text("string"), text("characters"))
def trim(string: str, characters: str) -> str:
    return string.strip(characters) if characters else string


@plain(STRING, text("string"), text("prefix"))
def trimprefix(string: str, prefix: str) -> str:
    return string.removeprefix(prefix)


@plain(STRING, text("string"), text("suffix"))
def trimsuffix(string: str, suffix: str) -> str:
    return string.removesuffix(suffix)


@plain(STRING, text("string"))
def trimspace(string: str) -> str:
    return string.strip(_SPACES)
