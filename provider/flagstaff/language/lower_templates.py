"""Strings and heredocs: escapes, indentation, strip markers, directives.

The order is HCL's: escapes, strip markers, the indentation of `<<-`, then directives. A strip marker
takes white space up to the next line end, since HCL cuts the text of a heredoc at line ends first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from flagstaff.language.grammar import Syntax
from flagstaff.language.lower_piece import Piece
from flagstaff.language.mask import Heredoc
from flagstaff.language.mistakes import Mistake
from flagstaff.language.nodes import Conditional, Expression, For, String, Template, TemplateJoin, TemplateWrap

Lower = Callable[[Piece, Syntax], Expression]

# White space as Unicode has it; `str.strip` also takes the separators U+001C to U+001F.
SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

_HEX = "[0-9a-fA-F]"
_ESCAPE = re.compile(rf"\\(?:u(?P<short>{_HEX}{{4}})|U(?P<long>{_HEX}{{8}})|[uU]{_HEX}*|.)|\$\$\{{|%%\{{")
_PLAIN = {r"\n": "\n", r"\r": "\r", r"\t": "\t", r"\"": '"', r"\\": "\\", "$${": "${", "%%{": "%{"}
_DOUBLED = re.compile(r"([$%])\1\{")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Part:
    """`kind` is `text`, `value` or the word of a directive; `trees` are what stands in the braces."""

    kind: str
    start: int
    end: int
    text: str = ""
    trees: tuple[Syntax, ...] = ()
    strips_before: bool = False
    strips_after: bool = False


@dataclass(slots=True)
class Open:
    """A directive that waits for its end; `otherwise` is its `else` once that was seen."""

    part: Part
    body: list[Expression] = field(default_factory=list)
    otherwise: Part | None = None
    other_body: list[Expression] = field(default_factory=list)

    @property
    def current(self) -> list[Expression]:
        return self.body if self.otherwise is None else self.other_body


def template(piece: Piece, syntax: Syntax, lower: Lower) -> Template | TemplateWrap:
    start, end = piece.start(syntax), piece.end(syntax)
    heredoc = piece.mask.heredocs.get(start)
    if heredoc is not None:
        end = heredoc.end
    parts = _strip([part for child in syntax.parts[1:-1] for part in _parts(piece, child.parts[0], heredoc)])
    if heredoc is not None and heredoc.flush:
        parts = _dedent(parts)
    if heredoc is None and len(parts) == 1 and parts[0].kind == "value":
        return TemplateWrap(piece.source, start, end, lower(piece, parts[0].trees[0]))
    return Template(piece.source, start, end, _nest(piece, parts, lower))


def literal(piece: Piece, start: int, end: int) -> str:
    """The text between two offsets, unescaped and in NFC."""
    text = piece.source.text[start:end]
    if "\\" in text or "{" in text:
        text = _ESCAPE.sub(lambda escape: _unescape(piece, escape, start), text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _unescape(piece: Piece, escape: re.Match[str], offset: int) -> str:
    whole = escape.group()
    if whole in _PLAIN:
        return _PLAIN[whole]
    digits = escape.group("short") or escape.group("long")
    if digits is not None:
        code = int(digits, 16)
        if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
            return chr(code)
    piece.mistake(
        offset + escape.start(),
        offset + escape.end(),
        "Invalid escape sequence",
        f'`{whole}` is not an escape sequence. There are \\n, \\r, \\t, \\", \\\\, \\uNNNN and \\UNNNNNNNN; '
        "for a backslash write `\\\\`.",
    )
    return ""


def _parts(piece: Piece, syntax: Syntax, heredoc: Heredoc | None) -> list[Part]:
    start, end = piece.start(syntax), piece.end(syntax)
    if syntax.parts:
        kind = syntax.rule.removeprefix("template_").removesuffix("_start")
        return [
            Part(
                "value" if kind == "interpolation" else kind,
                start,
                end,
                trees=tuple(part for part in syntax.parts if part.parts),
                strips_before=start in piece.mask.strips_before,
                strips_after=end - 1 in piece.mask.strips_after,
            )
        ]
    if heredoc is None:
        return [Part("text", start, end, literal(piece, start, end))]
    start, end = max(start, heredoc.text_start), min(end, heredoc.text_end)
    return [
        Part("text", start + line.start(), start + line.end(), _DOUBLED.sub(r"\1{", line.group()))
        for line in _LINE.finditer(piece.source.text[start:end])
    ]


def _strip(parts: list[Part]) -> list[Part]:
    for index, part in enumerate(parts):
        if part.kind == "text":
            continue
        before, after = parts[index - 1] if index else part, parts[index + 1] if index + 1 < len(parts) else part
        if part.strips_before and before.kind == "text":
            parts[index - 1] = replace(before, text=before.text.rstrip(SPACE))
        if part.strips_after and after.kind == "text":
            parts[index + 1] = replace(after, text=after.text.lstrip(SPACE))
    return parts


def _dedent(parts: list[Part]) -> list[Part]:
    """Takes the white space away that all lines start with; blank lines don't count."""
    widths: dict[int, int] = {}
    smallest: int | None = None
    at_line_start = True
    for index, part in enumerate(parts):
        if at_line_start:
            rest = part.text.lstrip(SPACE)
            blank = part.kind == "text" and not rest and part.text.endswith("\n")
            if not blank:
                width = len(part.text) - len(rest)
                smallest = width if smallest is None else min(smallest, width)
                widths[index] = width
        at_line_start = part.kind == "text" and part.text.endswith("\n")
    return [
        replace(part, text=part.text[smallest:]) if index in widths and part.kind == "text" else part
        for index, part in enumerate(parts)
    ]


def _nest(piece: Piece, parts: list[Part], lower: Lower) -> tuple[Expression, ...]:
    """The parts as expressions, with what stands between a directive and its end inside of it."""
    result: list[Expression] = []
    stack: list[Open] = []
    levels = piece.depth
    for part in parts:
        current = stack[-1].current if stack else result
        match part.kind:
            case "text":
                _add_text(piece, current, part)
            case "value":
                current.append(lower(piece, part.trees[0]))
            case "if" | "for":
                piece.depth += 2
                if not piece.allows(0):
                    current.append(piece.too_deep(part.start, part.end))
                    break
                stack.append(Open(part))
            case "else" if stack and stack[-1].part.kind == "if" and stack[-1].otherwise is None:
                stack[-1].otherwise = part
            case "endif" | "endfor" if stack and part.kind == f"end{stack[-1].part.kind}":
                opened = stack.pop()
                piece.depth -= 2
                (stack[-1].current if stack else result).append(_close(piece, opened, part, lower))
            case _:
                piece.report(_stray(part, stack))
                break
    else:
        for opened in stack[-1:]:
            word, part = opened.part.kind, opened.part
            piece.mistake(
                part.start,
                part.end,
                "Missing end of directive",
                f"This `%{{ {word} }}` is never closed. Add `%{{ end{word} }}` where its text ends.",
            )
    piece.depth = levels
    return tuple(result)


def _add_text(piece: Piece, current: list[Expression], part: Part) -> None:
    last = current[-1] if current else None
    if isinstance(last, String):
        joined = last.value + part.text
        current[-1] = String(piece.source, last.start, part.end, unicodedata.normalize("NFC", joined))
    elif part.text:
        current.append(String(piece.source, part.start, part.end, unicodedata.normalize("NFC", part.text)))


def _stray(part: Part, stack: list[Open]) -> Mistake:
    detail = f"This `%{{ {part.kind} }}` belongs to no directive before it. Remove it, or add its beginning."
    related: tuple[tuple[int, int, str], ...] = ()
    if stack:
        opened = stack[-1].part
        detail = (
            f"This `%{{ {part.kind} }}` can't stand here: `%{{ {opened.kind} }}` ends with `%{{ end{opened.kind} }}`."
        )
        related = ((opened.start, opened.end, "opened here"),)
    return Mistake(part.start, part.end, "Unexpected directive", detail, related=related)


def _close(piece: Piece, opened: Open, end: Part, lower: Lower) -> Expression:
    source, part = piece.source, opened.part
    body = _between(piece, opened.body, part.end)
    if part.kind == "if":
        otherwise = _between(piece, opened.other_body, (opened.otherwise or end).end)
        return Conditional(source, part.start, end.end, lower(piece, part.trees[0]), body, otherwise)
    *names, collection = part.trees
    key = piece.text(names[0]) if len(names) == 2 else None
    loop = For(
        source, part.start, end.end, key, piece.text(names[-1]), lower(piece, collection), None, body, None, group=False
    )
    return TemplateJoin(source, part.start, end.end, loop)


def _between(piece: Piece, parts: list[Expression], at: int) -> Template:
    if not parts:
        return Template(piece.source, at, at, ())
    return Template(piece.source, parts[0].start, parts[-1].end, tuple(parts))
