"""Keys grouped by how they begin, for files and lists that people read. Pure.

A group shares its first words and has at least three keys; one that grows too long is split by the
next word. What has no such company is the rest, whose prefix is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 3
MOST: Final = 40

# `mhv_labs`, `mhv-labs` and `mhvLabs` are two words each; so is `enable_OH`.
_WORD: Final = re.compile(r"[^\W_a-z]*[^\W_A-Z]+|[^\W_]+")


@dataclass(frozen=True, slots=True)
class Group:
    """Keys, sorted, and the words that they begin with: `mhv_accelerated` as the first key has it."""

    prefix: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Key:
    key: str
    words: tuple[str, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, key: str) -> _Key:
        found = list(_WORD.finditer(key))
        return cls(key, tuple(match[0].casefold() for match in found), tuple(match.end() for match in found))

    def word(self, depth: int) -> str | None:
        return self.words[depth] if depth < len(self.words) else None


def groups(keys: Iterable[str]) -> tuple[Group, ...]:
    """Every key in one group; the rest comes last."""
    found, rest = _split([_Key.of(key) for key in sorted(set(keys))], 0)
    found.sort(key=lambda group: (group.prefix.casefold(), group.prefix))
    return (*found, Group("", tuple(item.key for item in rest))) if rest else tuple(found)


def _split(members: Sequence[_Key], depth: int) -> tuple[list[Group], list[_Key]]:
    """The groups by the word at `depth`, and those that are in none."""
    parts: dict[str | None, list[_Key]] = {}
    for member in members:
        parts.setdefault(member.word(depth), []).append(member)
    found: list[Group] = []
    rest = parts.pop(None, [])
    for part in parts.values():
        if len(part) < FEWEST:
            rest += part
        else:
            found += _grouped(part, depth + 1)
    return found, sorted(rest, key=lambda member: member.key)


def _grouped(part: Sequence[_Key], depth: int) -> list[Group]:
    """One group of those that share `depth` words, or several if they are too many."""
    first = part[0]
    while (word := first.word(depth)) is not None and all(member.word(depth) == word for member in part):
        depth += 1
    found, rest = _split(part, depth) if len(part) > MOST else ([], list(part))
    if rest:
        found.append(Group(rest[0].key[: rest[0].ends[depth - 1]], tuple(member.key for member in rest)))
    return found
