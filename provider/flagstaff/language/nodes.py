"""The syntax tree: frozen nodes, each of which knows its source and its place in it.

`start` and `end` are offsets in code points into `source.text`; `range` turns them into line,
column and byte. Names, numbers and literals are as in HCL: strings are unescaped and in NFC,
numbers keep their text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from flagstaff.diagnostics import Range
from flagstaff.language.source import Source


@dataclass(frozen=True, slots=True)
class Node:
    source: Source
    start: int
    end: int

    @property
    def range(self) -> Range:
        return self.source.range(self.start, self.end)

    @property
    def text(self) -> str:
        """The node as it was written."""
        return self.source.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Null(Node):
    pass


@dataclass(frozen=True, slots=True)
class Boolean(Node):
    value: bool


@dataclass(frozen=True, slots=True)
class Number(Node):
    digits: str


@dataclass(frozen=True, slots=True)
class String(Node):
    """Literal text: a part of a template, or a key."""

    value: str


@dataclass(frozen=True, slots=True)
class Template(Node):
    """A quoted string or heredoc; a plain string is one with at most one `String` part."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class TemplateWrap(Node):
    """`"${x}"` alone: x of any type."""

    value: Expression


@dataclass(frozen=True, slots=True)
class TemplateJoin(Node):
    """`%{ for }`: the strings of a tuple, joined."""

    value: For


@dataclass(frozen=True, slots=True)
class Tuple(Node):
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ObjectItem(Node):
    """`key = value`. A bare identifier as key is a `String`; `(expr)` is evaluated."""

    key: Expression
    value: Expression


@dataclass(frozen=True, slots=True)
class Object(Node):
    items: tuple[ObjectItem, ...]


@dataclass(frozen=True, slots=True)
class Name(Node):
    """The root of a traversal: `var`, `toggle`, the variable of a `for`."""

    name: str


@dataclass(frozen=True, slots=True)
class GetAttribute(Node):
    target: Expression
    name: str
    name_start: int


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`target[key]`; the legacy `target.0` is the same with a `Number` key."""

    target: Expression
    key: Expression


@dataclass(frozen=True, slots=True)
class Splat(Node):
    """`target[*]` or `target.*`: `each` is evaluated for every element, which is its `Each`."""

    target: Expression
    each: Expression


@dataclass(frozen=True, slots=True)
class Each(Node):
    """The element of the innermost splat."""


@dataclass(frozen=True, slots=True)
class Call(Node):
    name: str
    name_end: int
    arguments: tuple[Expression, ...]
    expand_last: bool


@dataclass(frozen=True, slots=True)
class Unary(Node):
    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    condition: Expression
    true: Expression
    false: Expression


@dataclass(frozen=True, slots=True)
class For(Node):
    """`[for k, v in c : value if condition]`; with `key` an object, grouped where `group`."""

    key_name: str | None
    value_name: str
    collection: Expression
    key: Expression | None
    value: Expression
    condition: Expression | None
    group: bool


@dataclass(frozen=True, slots=True)
class Parentheses(Node):
    value: Expression


Expression = (
    Null
    | Boolean
    | Number
    | String
    | Template
    | TemplateWrap
    | TemplateJoin
    | Tuple
    | Object
    | Name
    | GetAttribute
    | Index
    | Splat
    | Each
    | Call
    | Unary
    | Binary
    | Conditional
    | For
    | Parentheses
)


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    """`name = value`; the name is at `start`."""

    name: str
    value: Expression

    @property
    def name_range(self) -> Range:
        return self.source.range(self.start, self.start + len(self.name))


@dataclass(frozen=True, slots=True)
class Label(Node):
    """A block label; the range includes the quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Block(Node):
    """`type "label" { body }`; `header_end` is the offset behind the last label (or the type)."""

    type: str
    labels: tuple[Label, ...]
    body: Body
    header_end: int

    @property
    def header_range(self) -> Range:
        return self.source.range(self.start, self.header_end)

    @property
    def title(self) -> str:
        """`toggle "vitals"`, as diagnostics name a block."""
        return " ".join([self.type, *(f'"{label.value}"' for label in self.labels)])


@dataclass(frozen=True, slots=True)
class Body(Node):
    attributes: Mapping[str, Attribute]
    blocks: tuple[Block, ...]


def nfc(text: str) -> str:
    """Text as HCL compares it."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
