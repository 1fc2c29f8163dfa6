"""The grammar: python-hcl2's tree, as plain values without lark.

Trees are kept by text, since most blocks of a configuration have one of a few forms (see `chunks`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Token, Tree

# A form of a 24-line block takes some 30 KB.
FORMS = 512


@dataclass(frozen=True, slots=True)
class Syntax:
    """A rule with its parts, or a terminal; offsets are into the text that was parsed."""

    rule: str
    start: int
    end: int
    parts: tuple[Syntax, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The text is wrong at this offset; `expected` names the terminals that could stand there."""

    at: int
    expected: frozenset[str]


@lru_cache(maxsize=FORMS)
def read(text: str) -> Syntax | Rejected:
    """The body that the text is, without line ends and comments."""
    # Import on use: hcl2 and lark take longer to import than most commands to run.
    import hcl2  # noqa: PLC0415
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415

    try:
        tree = hcl2.parses_to_tree(text)
    except UnexpectedToken as error:
        at = len(text) if error.token.type == "$END" else error.token.start_pos
        return Rejected(len(text) if at is None else at, frozenset(error.expected))
    except UnexpectedCharacters as error:
        return Rejected(error.pos_in_stream, frozenset(error.allowed or ()))  # type: ignore[arg-type]  # lark says None
    return _plain(tree).parts[0]


def _plain(root: Tree[Token]) -> Syntax:
    done: dict[int, Syntax] = {}
    for tree in root.iter_subtrees():
        parts = tuple(
            Syntax(child.type, child.start_pos or 0, child.end_pos or 0) if isinstance(child, str) else done[id(child)]
            for child in tree.children
            if (child.type if isinstance(child, str) else child.data) not in {"new_line_or_comment", "NL_OR_COMMENT"}
        )
        if tree.data == "expr_term" and len(parts) == 1:
            done[id(tree)] = parts[0]
            continue
        start, end = (parts[0].start, parts[-1].end) if parts else (0, 0)
        rule = "parentheses" if tree.data == "expr_term" else str(tree.data)
        done[id(tree)] = Syntax(rule, start, end, parts)
    return done[id(root)]
