"""Functions with regular expressions.

Patterns are RE2's, as in the reference; `translated` turns them into the `regex` module's. What
RE2 does not have (lookaround, backreferences) is refused, so that a pattern means the same
everywhere, and a match that takes too long is ended.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from flagstaff.language.functions.signature import ArgumentError, function, plain, text
from flagstaff.language.limits import MOST_TEXT, TOO_LONG
from flagstaff.language.types import ANY, STRING
from flagstaff.language.values import Value, list_of, normalized, object_of, tuple_of

if TYPE_CHECKING:
    from regex import Match, Pattern

_T = TypeVar("_T")

_SECONDS: Final = 5.0
_TOKEN: Final = re.compile(
    r"""\\Q(?P<literal>.*?)(?:\\E|\Z)
      | \\x\{(?P<code>[0-9a-fA-F]{1,6})\}
      | (?P<property>\\[pP](?:\{\^?\w+\}|\w))
      | (?P<escape>\\.)
      | (?P<flags>\(\?[a-zA-Z]+\))
      | (?P<open>\((?:\?P?<\w+>|\?[a-zA-Z-]*:|(?!\?)))
      | (?P<strange>\(\?P?<?[^\s\w]?)
      | (?P<close>\))
      | (?P<set>\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\])
      | (?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\+)
      | (?P<brace>\{(?!\d+(?:,\d*)?\}))
      | (?P<end>\$)
      | .""",
    re.VERBOSE | re.DOTALL,
)
_TEMPLATE: Final = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))", re.ASCII)


@function(ANY, text("pattern"), text("string"), example=r'regex("site_(\\d+)", "mhv_site_653")')
def regex(pattern: Value, string: Value) -> Value:
    """The first match of a pattern (RE2's): a string, or a tuple or object of the pattern's groups."""
    compiled = _compiled(pattern.text, 0)
    match = _bounded(lambda: compiled.search(string.text, timeout=_SECONDS))
    if match is None:
        raise ArgumentError("the pattern matches nothing in it", 1)
    return _result(match)


@function(ANY, text("pattern"), text("string"), example='regexall("[a-z]+", "labs, notes")')
def regexall(pattern: Value, string: Value) -> Value:
    """All matches of a pattern, each as `regex` gives it."""
    compiled = _compiled(pattern.text, 0)
    items = [_result(match) for match in _matches(compiled, string.text)]
    return list_of(items[0].type if items else STRING, items)


@plain(STRING, text("string"), text("part"), text("replacement"), example='replace("mhv_labs", "/^mhv_(.*)$/", "$1")')
def replace(string: str, part: str, replacement: str) -> str:
    """With a part replaced wherever it stands. A part between slashes is a pattern; `$1` and `${name}` in the
    replacement are its groups.
    """
    if len(part) < 2 or not (part[0] == part[-1] == "/"):
        if len(string) + string.count(part) * (len(replacement) - len(part)) > MOST_TEXT:
            raise ArgumentError(TOO_LONG)
        return string.replace(part, replacement)
    compiled = _compiled(part[1:-1], 1)
    result, position, size = [], 0, len(string)
    for match in _matches(compiled, string):
        result += [string[position : match.start()], _expanded(match, replacement)]
        size += len(result[-1]) - len(match.group())
        if size > MOST_TEXT:
            raise ArgumentError(TOO_LONG)
        position = match.end()
    return "".join([*result, string[position:]])


def _matches(pattern: Pattern[str], string: str) -> list[Match[str]]:
    """All matches, without an empty one right behind another (Go's FindAll)."""
    found: list[Match[str]] = []
    for match in _bounded(lambda: list(pattern.finditer(string, timeout=_SECONDS))):
        if match.end() > match.start() or not found or found[-1].end() < match.start():
            found.append(match)
    return found


def _bounded(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except TimeoutError:
        raise ArgumentError("the pattern takes too long to match; make it simpler") from None


def _result(match: Match[str]) -> Value:
    names, count = match.re.groupindex, match.re.groups
    if names:
        return object_of({name: _group(match.group(name)) for name in names})
    if count:
        return tuple_of([_group(group) for group in match.groups()])
    return normalized(match.group())


def _group(part: str | None) -> Value:
    return Value(STRING, None) if part is None else normalized(part)


def _expanded(match: Match[str], replacement: str) -> str:
    """A group that is not there, or took no part, is empty."""

    def group(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        if name.isdigit():
            return (match.group(int(name)) or "") if int(name) <= match.re.groups else ""
        return (match.group(name) or "") if name in match.re.groupindex else ""

    return _TEMPLATE.sub(group, replacement)


@lru_cache(maxsize=500)
def _compiled(pattern: str, index: int) -> Pattern[str]:
    import regex as engine  # noqa: PLC0415  # slow to import, and few configurations need it

    try:
        compiled = engine.compile(translated(pattern), engine.ASCII | engine.VERSION0)
    except (engine.error, UnsupportedPattern) as error:
        raise ArgumentError(f"the pattern can't be used: {error}", index) from None
    if compiled.groupindex and len(compiled.groupindex) < compiled.groups:
        raise ArgumentError("the pattern mixes groups with and without a name", index)
    return compiled


class UnsupportedPattern(ValueError):
    """RE2 has no such pattern; `str()` says what it has not."""


def translated(pattern: str) -> str:
    """An RE2 pattern for Python's `regex`; raises `UnsupportedPattern`."""
    result: list[str] = []
    # For each open group: how many parentheses close it. Flags at its start open one more.
    closing = [0]
    lines = re.search(r"\(\?[a-z]*m", pattern) is not None
    previous = ""
    for match in _TOKEN.finditer(pattern):
        token = match[0]
        kind = match.lastgroup
        if kind == "open":
            closing.append(1)
        elif kind == "flags":
            if previous not in {"", "open"}:
                raise UnsupportedPattern(f"flags such as {token} stand at the start of the pattern or of a group")
            closing[-1] += 1
        elif kind == "close":
            token = ")" * (closing.pop() if len(closing) > 1 else 1)
        result.append(_translated(token, kind, match, lines=lines))
        previous = kind or "other"
    return "".join(result) + ")" * closing[0]


def _translated(token: str, kind: str | None, match: re.Match[str], *, lines: bool) -> str:
    match kind:
        case "literal":
            return re.escape(match["literal"])
        case "code":
            return re.escape(chr(min(int(match["code"], 16), sys.maxunicode)))
        case "property":
            return f"(?u:{token})"
        case "escape":
            return _escape(token)
        case "flags":
            return f"{_flags(token)[:-1]}:"
        case "open" if token.endswith(">"):
            return token.replace("(?<", "(?P<")
        case "open":
            return _flags(token)
        case "set":
            return f"(?u:{token})" if r"\p" in token.lower() else token
        case "strange" | "repeat":
            raise UnsupportedPattern(f"{token} is not supported")
        case "brace":
            return r"\{"
        case "end":
            return "$" if lines else r"\Z"
        case _:
            return token


def _flags(token: str) -> str:
    if set(token) - set("(?:)ims-"):
        raise UnsupportedPattern(f"{token} is not supported")
    return token


def _escape(token: str) -> str:
    if token == r"\z":
        return r"\Z"
    if token[1] in "123456789ZGKRXkgLmMNC":
        raise UnsupportedPattern(f"{token} is not supported")
    return token
