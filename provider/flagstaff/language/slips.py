"""What the mask says about characters, quotes and brackets that can't be right.

Each function makes one `Mistake`; none decides whether it is said.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from flagstaff.language.mistakes import Mistake
from flagstaff.language.tokens import CURLY_QUOTED, SINGLE_QUOTED

_UNEXPECTED: Final = {
    ")": "Unexpected closing parenthesis",
    "]": "Unexpected closing bracket",
    "}": "Unexpected closing brace",
}
_MISSING: Final = {
    "(": "Missing closing parenthesis",
    "[": "Missing closing bracket",
    **dict.fromkeys(("{", "B", "F", "$"), "Missing closing brace"),
}
CLOSERS = {"(": ")", "[": "]", "{": "}", "B": "}", "F": "}", "$": "}"}
_BLANKS = " \t\r"
_QUOTES = "“”„‟‘’‚‛"


def unclosed_comment(start: int) -> Mistake:
    return Mistake(
        start,
        start + 2,
        "Missing end of comment",
        "This comment is never closed, so the rest of the file is part of it. Add `*/` where it ends.",
    )


def stray_bracket(at: int, token: str) -> Mistake:
    return Mistake(
        at,
        at + 1,
        _UNEXPECTED[token],
        f"This `{token}` closes nothing. Remove it, or add what it was to close before it.",
    )


def wrong_bracket(at: int, token: str, opened: int, kind: str) -> Mistake:
    return Mistake(
        at,
        at + 1,
        "Wrong closing bracket",
        f"This `{token}` stands where a `{CLOSERS[kind]}` was expected. Write `{CLOSERS[kind]}`.",
        related=((opened, opened + 1, "opened here"),),
    )


def unclosed(start: int, kind: str, at: int, found: str) -> Mistake:
    """A bracket that was not closed before `found` at offset `at`; `found` is empty at the end of the file."""
    width, opener = (2, "${") if kind == "$" else (1, "{" if kind in {"B", "F"} else kind)
    before = f"before `{found}`" if found else "before the end of the file"
    return Mistake(
        start,
        start + width,
        _MISSING[kind],
        f"The `{opener}` here is not closed {before}. Add the `{CLOSERS[kind]}` that belongs to it.",
        related=((at, at + 1, "must be closed before this"),) if found else (),
    )


def unclosed_block(text: str, masked: str, brace: int, start: int, end: int) -> Mistake:
    """A block that is open at the end of its piece of the file.

    Brackets match from the inside, so a missing brace shows at the outermost block. Where the
    indentation shows an inner one to be the culprit, that one is named.
    """
    brace = _suspect(text, masked, start, end) or brace
    line = text.rfind("\n", 0, brace) + 1
    title = text[line:brace].strip()
    before = "before the next one starts" if end < len(text) else "before the end of the file"
    return Mistake(
        brace,
        brace + 1,
        "Missing closing brace",
        f"The block `{title}` is not closed {before}. Add a `}}` on a line of its own where it ends.",
        label="opened here",
        related=((end, text.find("{", end) + 1, "this block starts inside of it"),) if end < len(text) else (),
    )


def _suspect(text: str, masked: str, start: int, end: int) -> int | None:
    """The first brace whose partner stands on a line of its own with another indentation."""
    opened: list[int] = []
    for brace in re.finditer(r"[{}]", masked[start:end]):
        at = start + brace.start()
        if brace.group() == "{":
            opened.append(at)
        elif opened:
            first = opened.pop()
            line = text.rfind("\n", 0, at) + 1
            if line > first and not text[line:at].strip() and _indent(text, first) != text[line:at]:
                return first
    return None


def _indent(text: str, at: int) -> str:
    line = text.rfind("\n", 0, at) + 1
    return text[line : line + len(text[line:at]) - len(text[line:at].lstrip())]


def unclosed_string(text: str, start: int, line_end: int) -> Mistake:
    end = len(text[:line_end].rstrip()) if text[start + 1 : line_end].strip() else start + 1
    if start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_") and end == start + 1:
        detail = 'This `"` has no partner on its line. The text before it probably lacks its opening `"`.'
    else:
        detail = (
            'The text that starts with this `"` is not closed on its line. Add the closing `"`; '
            "for a text of several lines write a heredoc (`<<EOT`)."
        )
    return Mistake(start, end, "Missing quote", detail)


def string_end(text: str, start: int, line_end: int) -> int:
    """Where an unclosed string ends: before the brackets that its line ends with."""
    line = text[start:line_end].rstrip(_BLANKS)
    if line.endswith("{"):
        return start + len(line[:-1].rstrip(_BLANKS))
    rest = line.removesuffix(",").rstrip(_BLANKS)
    brackets = len(rest) - len(rest.rstrip(")]}"))
    return start + len(rest) - brackets if brackets else line_end


def bad_heredoc(text: str, start: int, end: int) -> Mistake:
    line_end = text.find("\n", end)
    line = text[end : len(text) if line_end < 0 else line_end].rstrip()
    return Mistake(
        start,
        end + len(line),
        "Invalid heredoc marker",
        "A heredoc starts with `<<` and a word, without quotes, and nothing else on the line: `<<EOT`.",
    )


def unclosed_heredoc(text: str, start: int) -> Mistake:
    line_end = text.find("\n", start)
    opening = text[start : len(text) if line_end < 0 else line_end].rstrip()
    marker = opening.lstrip("<-")
    if text[text.rfind("\n") + 1 :].strip() == marker:
        detail = f"The closing `{marker}` is the last thing in the file. Add a line end behind it."
    else:
        detail = f"This text is never closed. Add a line that holds only `{marker}` where it ends."
    return Mistake(start, start + len(opening), "Missing end of heredoc", detail)


def conflict(start: int, end: int) -> Mistake:
    return Mistake(
        start,
        end,
        "Merge conflict marker",
        "A merge left this marker behind. Decide which of the versions is right, and remove the markers.",
    )


def bad_character(text: str, at: int) -> Mistake:
    """The range covers all that the mask should skip."""
    character = text[at]
    if character == "'":
        return _quoted(text, at, SINGLE_QUOTED, "Single quotes")
    if character in _QUOTES:
        return _quoted(text, at, CURLY_QUOTED, "Curly quotes")
    detail = _ADVICE.get(character)
    if detail is not None:
        return Mistake(at, at + 1, "Invalid character", detail)
    if "\ud800" <= character <= "\udfff":
        return Mistake(at, at + 1, "Invalid text encoding", "Here the text is not UTF-8. Save the file as UTF-8.")
    code = f"U+{ord(character):04X}"
    category = unicodedata.category(character)
    if category == "Cc":
        return Mistake(at, at + 1, "Control character", f"The invisible character {code} can't stand here. Remove it.")
    if category in {"Zs", "Zl", "Zp", "Cf"}:
        name = unicodedata.name(character, "a character").lower()
        detail = f"What looks like a blank or nothing here is a {name} ({code}). Write an ordinary blank, or remove it."
        return Mistake(at, at + 1, "Invisible character", detail)
    return Mistake(
        at,
        at + 1,
        "Invalid character",
        f"`{character}` ({code}) has no meaning here. Text is written in double quotes.",
    )


def _quoted(text: str, at: int, pattern: re.Pattern[str], summary: str) -> Mistake:
    whole = pattern.match(text, at)
    end = at + 1 if whole is None else whole.end()
    example = f': `"{text[at + 1 : end - 1]}"`' if whole is not None and '"' not in whole.group() else ""
    return Mistake(at, end, summary, f"Text is written in straight double quotes{example}.")


_ADVICE = {
    ";": "A semicolon has no meaning here. Arguments are separated by line ends.",
    "&": "For a logical `and` write `&&`.",
    "|": "For a logical `or` write `||`.",
    "`": "Backticks have no meaning here. Text is written in double quotes.",
    "$": 'A dollar sign has meaning only in text: `"${name}"`. Outside of text write the name alone.',
    "\\": "A backslash has no meaning outside of text. A value goes on over several lines only in brackets.",
    "\r": "This carriage return is not followed by a line feed. Save the file with Unix line ends.",
    "\0": "The file holds a NUL character here. It may be saved in UTF-16: save it as UTF-8.",
    "~": "`~` stands only next to the braces of `${~` and `~}` in text.",
}
