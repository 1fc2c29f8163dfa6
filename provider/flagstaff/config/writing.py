"""Writing configuration: toggle blocks for what is live, as text. Pure.

Rule: what is written is read back as exactly the toggles it was written for, whatever is in their
keys, and plans to nothing. A key that no configuration can hold is refused with the reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from flagstaff.config.grouping import groups
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Json, Live, Raw

_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_FILE_NAME: Final = 60
_SHORT_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Existing:
    """A live toggle; `gates` is what decides its exposure, as `Dialect.gates` says it."""

    key: str
    live: Live
    gates: Raw | None


@dataclass(frozen=True, slots=True)
class File:
    """A file to be: its name, its text, the keys that it declares."""

    name: str
    text: str
    keys: tuple[str, ...]


def files(
    toggles: Iterable[Existing], heading: str, *, names_taken: Collection[str] = (), files_taken: Collection[str] = ()
) -> tuple[File, ...]:
    """One file a group of keys. `heading` ends "Live toggles ...", a first comment; the names that are
    taken are those of blocks and of files that are there already."""
    by_key = {item.key: item for item in toggles}
    names = block_names(by_key, names_taken)
    taken = {name.casefold() for name in files_taken}
    made = []
    for group in groups(by_key):
        name = _file_name(group.prefix, taken)
        head = f"# {_one_line(heading)}\n# From here on this file is yours: Flagstaff does not write to it again.\n"
        blocks = (block(names[key], by_key[key]) for key in group.keys)
        made.append(File(name, "\n".join((head, *blocks)), group.keys))
    return tuple(made)


def block(name: str, toggle: Existing) -> str:
    """One toggle block, with what a reader should know of it above."""
    exposure = toggle.live.exposure
    lines = list(_comments(toggle))
    pairs = [("key", quoted(toggle.key))]
    if isinstance(exposure, Exposure):
        pairs.append(("enabled", "true") if exposure.is_on else ("percentage", exposure.encode()))
    lines += [f'toggle "{name}" {{', *aligned(pairs), "}"]
    return "\n".join(lines) + "\n"


def aligned(pairs: Sequence[tuple[str, str]], indent: str = "  ") -> list[str]:
    """Attributes with their equals signs under each other."""
    width = max(len(name) for name, _ in pairs)
    return [f"{indent}{name:<{width}} = {value}" for name, value in pairs]


def quoted(text: str) -> str:
    """A string literal that is read back as this text, without templates in it."""
    escaped = "".join(_SHORT_ESCAPES.get(character) or _visible(character) for character in text)
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


def undeclarable(key: str) -> str | None:
    """Why no configuration can name a live toggle with this key; None: it can."""
    if not key.strip():
        return "its key has nothing that can be seen"
    if key != key.strip():
        return "its key has white space around it"
    categories = {unicodedata.category(character) for character in key}
    if categories & {"Cc", "Cf", "Zl", "Zp"}:
        return "its key has a control character in it"
    if "Cs" in categories:
        return "its key has half of a character in it"
    if not unicodedata.is_normalized("NFC", key):
        return "its key is not in Unicode's composed form (NFC), and text in HCL is"
    return None


def block_names(keys: Iterable[str], taken: Collection[str] = ()) -> dict[str, str]:
    """A name for each key: the key itself where it is a name, else the nearest that nobody else has."""
    used, numbers = set(taken), Counter[str]()
    names: dict[str, str] = {}
    for key in sorted(keys, key=lambda key: (key != _as_name(key), key)):
        name = _as_name(key)
        while name in used:
            numbers[_as_name(key)] += 1
            name = f"{_as_name(key)}_{numbers[_as_name(key)] + 1}"
        used.add(name)
        names[key] = name
    return names


def _as_name(key: str) -> str:
    name = _NOT_IN_A_NAME.sub("_", key)
    if not name.strip("_-"):
        return "toggle"
    return name if name[0].isalpha() or name[0] == "_" else f"_{name}"


def _file_name(prefix: str, taken: set[str]) -> str:
    """A name that no other file has, also where a file system doesn't mind case."""
    stem = _NOT_IN_A_NAME.sub("_", prefix).strip("_-").lower()[:_LONGEST_FILE_NAME] or "other"
    name = next(
        name for number in count(1) if (name := f"{stem}.hcl" if number == 1 else f"{stem}_{number}.hcl") not in taken
    )
    taken.add(name)
    return name


def _comments(toggle: Existing) -> Iterable[str]:
    testers = len(toggle.live.testers)
    if not isinstance(toggle.live.exposure, Exposure):
        yield f"# Open by {open_gates(toggle.gates or {})}."
        yield "# No percentage says that, so it is known here, and never written."
    elif testers:
        yield f"# {testers} {'tester has' if testers == 1 else 'testers have'} it besides."


def open_gates(gates: Mapping[str, Json]) -> str:
    """The open gates by name; short values too, but lists as counts: they may name people."""
    return _one_line(" and ".join(f"{name}{_shown(value)}" for name, value in gates.items())) or "another gate"


def _shown(value: Json) -> str:
    match value:
        case bool() | None:
            return ""
        case int() | float():
            return f" = {value}"
        case str() if re.fullmatch(r"[0-9.]{1,10}", value):
            return f" = {value}"
        case list():
            return f" ({len(value)})"
        case _:
            return ""


def _one_line(text: str) -> str:
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
