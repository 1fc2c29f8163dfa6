"""Addresses: the names of things in a configuration, as one type.

An address reads `kind.name`, or `kind.name["key"]` and `kind.name[0]` for the instances
of a block with `for_each` or `count`. Nothing else in the code splits such a text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_PATTERN = re.compile(
    r"""(?P<kind>[a-z_]+)\.(?P<name>[^\W\d][\w-]*)(?:\[(?:(?P<number>\d+)|(?P<text>"(?:[^"\\]|\\.)*"))\])?\Z"""
)


class AddressError(ValueError):
    """The text is not an address; `str()` says what one looks like."""


@dataclass(frozen=True, slots=True)
class Address:
    """One thing that a configuration declares.

    `index` is None for a block without repetition, a string for `for_each`, a number
    for `count`. Addresses sort by kind, name, then index: none, numbers, strings.
    """

    kind: str
    name: str
    index: str | int | None = None

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read the form that `str()` writes; raises `AddressError`."""
        match = _PATTERN.match(text)
        if match is None:
            raise AddressError(f'"{text}" is not an address; one looks like toggle.allergies or toggle.site["653"]')
        number, quoted = match["number"], match["text"]
        index = int(number) if number is not None else json.loads(quoted) if quoted is not None else None
        return cls(match["kind"], match["name"], index)

    @property
    def sort_key(self) -> tuple[str, str, int, int, str]:
        """A total order that does not depend on the index's type."""
        match self.index:
            case None:
                return (self.kind, self.name, 0, 0, "")
            case int(number):
                return (self.kind, self.name, 1, number, "")
            case text:
                return (self.kind, self.name, 2, 0, text)

    @property
    def block(self) -> Address:
        """The block that this is an instance of: itself without the index."""
        return self if self.index is None else Address(self.kind, self.name)

    def instance(self, index: str | int | None) -> Address:
        """The instance of this block with that key or number."""
        return Address(self.kind, self.name, index)

    def __lt__(self, other: Address) -> bool:
        return self.sort_key < other.sort_key

    def __str__(self) -> str:
        if self.index is None:
            return f"{self.kind}.{self.name}"
        index = json.dumps(self.index, ensure_ascii=False)
        return f"{self.kind}.{self.name}[{index}]"
