"""`features.yml`: the list of its flags from which an application fills its Flipper. Text to `Catalogue`.

    features:
      some_flag:
        actor_type: user                # or cookie_id
        description: What it is for
        enable_in_development: true

The file is the application's, so what is odd in it is a warning; only what can't be read is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from flagstaff.diagnostics import Diagnostics, Range, Related, did_you_mean
from flagstaff.language.source import BYTE_ORDER_MARK, Source
from flagstaff.model.catalogue import Catalogue, Listed

_COOKIE: Final = "cookie_id"
_ACTOR_TYPES: Final = ("user", _COOKIE)
_ATTRIBUTES: Final = ("actor_type", "description", "enable_in_development")
_DEEPEST: Final = 20
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:-]+")
# The same loader in C, where PyYAML was built with it; both make plain values only.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_catalogue(source: Source, diagnostics: Diagnostics) -> Catalogue:
    """Every flag that can be told; mistakes are reported with their lines."""
    return _Reading(source, diagnostics).catalogue()


class _Reading:
    def __init__(self, source: Source, diagnostics: Diagnostics) -> None:
        self.source, self.diagnostics = source, diagnostics
        self.text = source.text.removeprefix(BYTE_ORDER_MARK)
        self.shift = len(source.text) - len(self.text)

    def catalogue(self) -> Catalogue:
        name, entries = self.source.filename, dict[str, Listed]()
        for key, flag in self._flags():
            if key.value in entries:
                self._twin(key, entries[key.value], "Flag listed twice", "is listed twice; the later one counts")
            entries[key.value] = Listed(key.value, self._is_by_cookie(key, flag), self._range(key))
        self._look_alikes(entries)
        return Catalogue(name, entries)

    def _flags(self) -> Iterator[tuple[Any, Any]]:
        """The flags that have names, with what is said of each."""
        root = self._root()
        if root is None:
            return
        flags = next((value for key, value in _pairs(root) if key.value == "features"), None)
        if not isinstance(flags, yaml.MappingNode):
            detail = f'{self.source.filename} needs "features:" at its top, with the flags indented below it.'
            self.diagnostics.error("Not a catalogue", detail, self._range(root))
            return
        for key, flag in flags.value:
            if isinstance(key, yaml.ScalarNode) and key.value:
                if not _PLAIN.fullmatch(key.value):
                    detail = f'"{key.value}" has a character in it that names of flags don\'t have. Is it a slip?'
                    self.diagnostics.warning("Odd name of a flag", detail, self._range(key))
                yield key, flag
            else:
                self.diagnostics.warning("Flag without a name", "What stands here names no flag.", self._range(key))

    def _root(self) -> Any:
        """The document; None where it can't be read, which is reported."""
        try:
            depth = deepest = 0
            for event in yaml.parse(self.text, Loader=_LOADER):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                deepest = max(deepest, depth)
            if deepest > _DEEPEST:
                self.diagnostics.error("Damaged catalogue", f"{self.source.filename} is nested too deeply.")
                return None
            root = yaml.compose(self.text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._damaged(error.problem or error.context or "it is not YAML", mark.index if mark else 0)
            return None
        except yaml.reader.ReaderError as error:
            self._damaged("a character that YAML does not allow", error.position)
            return None
        if root is None:
            self._damaged("there is nothing in it", 0)
        return root

    def _damaged(self, why: str, index: int) -> None:
        at = min(index + self.shift, len(self.source.text))
        detail = (
            f"{self.source.filename} is not YAML: {why}. Correct it, or take `catalogue` out of the provider block."
        )
        self.diagnostics.error("Damaged catalogue", detail, self.source.range(at, at))

    def _is_by_cookie(self, name: Any, flag: Any) -> bool:
        """What is said of a flag; whether it is drawn by cookie."""
        by_cookie = False
        for key, value in _pairs(flag):
            text = value.value if isinstance(value, yaml.ScalarNode) else ""
            if key.value not in _ATTRIBUTES:
                guess = did_you_mean(str(key.value), _ATTRIBUTES)
                detail = f'"{name.value}" has the attribute "{key.value}", which nothing reads.{guess}'
                self.diagnostics.warning("Unknown attribute of a flag", detail, self._range(key))
            elif key.value == "actor_type":
                by_cookie = text == _COOKIE
                if text not in _ACTOR_TYPES:
                    detail = f'"{name.value}" has the actor_type "{text}"; there are user and cookie_id.'
                    detail += did_you_mean(text, _ACTOR_TYPES)
                    self.diagnostics.warning("Unknown actor type", detail, self._range(value))
            elif key.value == "enable_in_development" and value.tag != "tag:yaml.org,2002:bool":
                detail = f'"{name.value}" has an enable_in_development that is neither true nor false.'
                self.diagnostics.warning("Neither true nor false", detail, self._range(value))
        return by_cookie

    def _look_alikes(self, entries: dict[str, Listed]) -> None:
        seen: dict[str, Listed] = {}
        for listed in entries.values():
            first = seen.setdefault("".join(listed.key.split()).casefold(), listed)
            if first is not listed:
                place = listed.range
                detail = f'"{listed.key}" and "{first.key}" differ by case or white space only. Are both meant?'
                related = (Related(first.range, "the other one"),) if first.range else ()
                self.diagnostics.warning("Flags that look alike", detail, place, related=related)

    def _twin(self, key: Any, first: Listed, summary: str, what: str) -> None:
        related = (Related(first.range, "the first one"),) if first.range else ()
        self.diagnostics.warning(summary, f'"{key.value}" {what}.', self._range(key), related=related)

    def _range(self, node: Any) -> Range:
        """Of the first line of a node: what is longer is a block, and its start says enough."""
        start = node.start_mark.index + self.shift
        end = min(node.end_mark.index + self.shift, self._line_end(start))
        return self.source.range(start, max(start, end))

    def _line_end(self, start: int) -> int:
        found = self.source.text.find("\n", start)
        return len(self.source.text) if found < 0 else found


def _pairs(node: Any) -> list[tuple[Any, Any]]:
    return node.value if isinstance(node, yaml.MappingNode) else []
