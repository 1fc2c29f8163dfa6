"""What a text that the grammar rejects probably means, in plain words.

The grammar says where it stopped; the words around that place say which slip it is. `SLIPS` are
tried in order, and the last one always has an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from flagstaff.language.chunks import Chunk
from flagstaff.language.grammar import Rejected
from flagstaff.language.mistakes import Mistake
from flagstaff.language.tokens import NAME, TOKEN

_HEADER = re.compile(rf'({NAME.pattern})((?:[ \t]*"[^"\n]*"|[ \t]+{NAME.pattern})*)[ \t]*(=[ \t]*)?\{{')
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_OPERATOR = re.compile(r"(?:&&|\|\||[=!<>]=|[-+*/%<>!?:])$")

# As far back as a percent sign is looked for.
_NEAR = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where the grammar stopped.

    `found` is the token there, empty at a line's or the file's end; `line` the text of the same
    line before it, without comments; `inside` the innermost open bracket, `B` for a block's brace
    and empty at the top level.
    """

    text: str
    start: int
    end: int
    found: str
    line: str
    inside: str
    expects_value: bool
    expects_block: bool

    @property
    def in_body(self) -> bool:
        return self.inside in {"", "B"}

    @property
    def in_value(self) -> bool:
        return not self.in_body or re.search(r"(?<![=!<>])=(?![=>])", self.line) is not None

    def mistake(self, summary: str, detail: str) -> Mistake:
        return Mistake(self.start, self.end, summary, detail)


def title(text: str, start: int) -> str:
    """`toggle "vitals"` where a block starts at this offset; else empty."""
    header = _HEADER.match(text, start)
    if header is None or (header.group(3) and not header.group(2)):
        return ""
    labels = re.findall(rf'"[^"\n]*"|{NAME.pattern}', header.group(2))
    return " ".join([header.group(1), *(label if label.startswith('"') else f'"{label}"' for label in labels)])


def explain(text: str, masked: str, chunk: Chunk, rejected: Rejected, *, expression: bool = False) -> Mistake:
    place = _place(text, masked, chunk, rejected, "(" if expression else "")
    for slip in SLIPS:
        mistake = slip(place)
        if mistake is not None:
            return mistake
    return _anything(place)


def _place(text: str, masked: str, chunk: Chunk, rejected: Rejected, around: str) -> Place:
    first, start = chunk.starts[0], chunk.start(rejected.at)
    if rejected.expected and rejected.expected <= {"LBRACE", "NL_OR_COMMENT"}:
        # What is before looked like the header of a block; its line is wrong, not the next one.
        start = first + len(masked[first:start].rstrip())
    while start < len(masked) and masked[start] in " \t\r":
        start += 1
    token = TOKEN.match(masked, start)
    found, end = "", start
    if token is not None and token.lastgroup not in {"newline", "blank"}:
        found, end = text[start : token.end()], token.end()
        string = _STRING.match(masked, start)
        if string is not None:
            found, end = text[start : string.end()], string.end()
    before = masked[first:start]
    line = before[before.rfind("\n") + 1 :].rstrip()
    return Place(
        text,
        start,
        end,
        found,
        text[start - len(before) + before.rfind("\n") + 1 :][: len(line)],
        _inside(before) or around,
        "FLOAT_LITERAL" in rejected.expected and "PLUS" not in rejected.expected,
        "LBRACE" in rejected.expected and "FLOAT_LITERAL" not in rejected.expected,
    )


def _inside(before: str) -> str:
    stack: list[str] = []
    in_value = False
    for token in re.finditer(r'[][(){}\n]|(?<![=!<>])=(?![=>])|"', before):
        mark = token.group()
        in_body = not stack or stack[-1] == "B"
        if mark in "([":
            stack.append(mark)
        elif mark == "{":
            stack.append("B" if in_body and not in_value else "{")
        elif mark in ")]}":
            stack[-1:] = []
        elif in_body:
            in_value = mark == "="
    return stack[-1] if stack else ""


Slip = Callable[[Place], Mistake | None]


def _equals_before_brace(place: Place) -> Mistake | None:
    rest = place.text[place.end :].lstrip(" \t")
    if place.found != "=" or place.in_value or not place.line or not rest.startswith("{"):
        return None
    block = place.line.strip()
    return place.mistake(
        "Equals sign before a block",
        f"A block has no `=` before its brace. Write `{block} {{`.",
    )


def _quoted_name(place: Place) -> Mistake | None:
    if place.in_value or place.line.strip() or not place.found.startswith('"'):
        return None
    name = place.found.strip('"')
    return place.mistake("Quoted argument name", f"The name of an argument stands without quotes: `{name} = ...`.")


def _colon(place: Place) -> Mistake | None:
    if place.found != ":" or place.in_value or not place.line.strip():
        return None
    name = place.line.strip().strip('"')
    return place.mistake("Colon instead of equals sign", f"An argument is set with `=`: `{name} = ...`.")


def _comparison(place: Place) -> Mistake | None:
    if place.found != "==" or place.in_value:
        return None
    return place.mistake("Comparison instead of argument", "An argument is set with a single `=`.")


def _second_equals(place: Place) -> Mistake | None:
    if place.found != "=" or not place.in_value:
        return None
    return place.mistake("Second equals sign", "A value can't be set again here. To compare two values write `==`.")


def _dotted_name(place: Place) -> Mistake | None:
    if place.found != "." or place.in_value or not NAME.fullmatch(place.line.strip()):
        return None
    return place.mistake(
        "Dot in a name", "The name of an argument has no dots. To set a part of something, write a block."
    )


def _label(place: Place) -> Mistake | None:
    rest = re.match(r"[^\n]*\{[ \t\r]*(?:\n|$)", place.text[place.start :][:200])
    if place.in_value or not place.line.strip() or rest is None or not place.found:
        return None
    return place.mistake("Invalid block label", 'A label is text in double quotes: `toggle "vitals" {`.')


def _unfinished_line(place: Place) -> Mistake | None:
    """The line ends where neither an argument nor a block is complete."""
    words = place.line.strip()
    if place.found or place.in_value or not words:
        return None
    if NAME.fullmatch(words):
        return Mistake(
            place.start - len(words),
            place.start,
            "Invalid block or argument",
            f"`{words}` alone means nothing. Behind it stands `=` and a value, or `{{` and a block.",
        )
    detail = f"A block has a `{{` at the end of this line: `{words} {{`."
    argument = re.fullmatch(rf'({NAME.pattern})[ \t]*("[^"]*")', words)
    if argument is not None:
        detail += f" An argument has an equals sign: `{argument.group(1)} = {argument.group(2)}`."
    return place.mistake("Missing opening brace", detail)


def _glued(place: Place) -> Mistake | None:
    """`24h`, `1_000`, `0x1F`: a number that goes on as a name."""
    line = place.text[place.start - len(place.line) : place.end] if place.found else place.line
    glued = re.search(rf"(?<![\w.-])[0-9][0-9.]*{NAME.pattern}$", line)
    if glued is None or not place.in_value:
        return None
    end = place.end if place.found else place.start
    if re.fullmatch(r"[0-9]{1,3}(?:_[0-9]{3})+", glued.group()):
        detail = f"A number is written without underscores: `{glued.group().replace('_', '')}`."
        return Mistake(end - len(glued.group()), end, "Invalid number", detail)
    return Mistake(
        end - len(glued.group()),
        end,
        "Missing quotes",
        f'`{glued.group()}` is neither a number nor a name. Text stands in double quotes: `"{glued.group()}"`.',
    )


def _percent_sign(place: Place) -> Mistake | None:
    """The grammar takes it for an operator, and may look for the rest on the next line."""
    before = place.text[max(place.start - _NEAR, 0) : place.start]
    at_end = place.found in {"", ",", "]", "}"} and re.search(r"\d[ \t]*%[ \t]*$", before)
    next_line = place.in_body and re.search(rf"\d[ \t]*%[ \t]*\n\s*(?:{NAME.pattern}[ \t]*)?$", before)
    if not at_end and not next_line:
        return None
    at = place.text.rfind("%", 0, place.start)
    return Mistake(at, at + 1, "Percent sign after a number", "Percentages are plain numbers: write `5`, not `5%`.")


def _word_operator(place: Place) -> Mistake | None:
    """`a and b`, `not a`."""
    start = place.text.rfind("\n", 0, place.start) + 1
    line = _STRING.sub(lambda string: "_" * len(string.group()), place.text[start : place.end])
    word = re.search(r"(?<![\w.-])(and|or|not)(?=[ \t])", line)
    if word is None or not place.in_value:
        return None
    operator = {"and": "&&", "or": "||", "not": "!"}[word.group()]
    return Mistake(
        start + word.start(),
        start + word.end(),
        "Word instead of operator",
        f"For a logical `{word.group()}` write `{operator}`.",
    )


def _missing_value(place: Place) -> Mistake | None:
    line = place.line.rstrip()
    if place.found not in {"", ",", ")", "]", "}"} or not line.endswith("=") or line.endswith(("==", "!=", "<=", ">=")):
        return None
    name = line.rstrip("= \t").split()[-1:] or ["the argument"]
    return place.mistake("Missing value", f"Behind the `=` of `{name[0]}` a value is expected, on the same line.")


def _missing_operand(place: Place) -> Mistake | None:
    operator = _OPERATOR.search(place.line.rstrip())
    if place.found not in {"", ",", ")", "]", "}"} or operator is None or not place.in_value:
        return None
    hint = " To go on over several lines, put the expression in parentheses." if not place.found else ""
    return place.mistake("Missing value", f"Behind `{operator.group()}` a value is expected.{hint}")


def _missing_name(place: Place) -> Mistake | None:
    if not place.line.endswith(".") or not place.in_value:
        return None
    return place.mistake("Missing name", "Behind the dot the name of an attribute is expected.")


def _comma(place: Place) -> Mistake | None:
    if place.found not in {",", ";"} or not place.in_body:
        return None
    return place.mistake("Unexpected comma", "Arguments are separated by line ends. Remove the comma.")


def _missing_comma(place: Place) -> Mistake | None:
    starts_value = place.found.startswith(('"', "[", "{")) or (place.found and place.found[0].isalnum())
    if place.in_body or not starts_value or place.expects_value or not place.line:
        return None
    if place.inside == "{":
        return place.mistake("Missing equals sign", "An item of an object is a key, `=` and a value.")
    return place.mistake("Missing comma", f"`{place.found}` and what is before it are separated by a comma.")


def _namespace(place: Place) -> Mistake | None:
    colons = re.search(rf"::[ \t]*(?:{NAME.pattern})?[ \t]*$", place.line)
    if colons is None and not place.text.startswith("::", place.start):
        return None
    at = place.start if colons is None else place.start - len(place.line) + colons.start()
    return Mistake(at, at + 2, "Namespaced function", "There are no functions with `::` in their name.")


def _side_by_side(place: Place) -> Mistake | None:
    """`title = Hello world`: the grammar takes the second word for the next argument."""
    if not place.in_body or not place.in_value or place.expects_value:
        return None
    if not place.found and not place.expects_block:
        return None
    if place.found and not (place.found[0].isalnum() or place.found[0] in '"_'):
        return None
    value = re.search(r"(?<![=!<>])=(?![=>])[ \t]*(.*)$", place.line)
    words = value.group(1) if value is not None else ""
    if place.found or '"' in words:
        return place.mistake(
            "Values side by side", "An argument has one value. Text stands in one pair of double quotes."
        )
    return Mistake(
        place.start - len(words),
        place.start,
        "Missing quotes",
        f'Several words in a row are text. Text stands in double quotes: `"{words}"`.',
    )


def _continued(place: Place) -> Mistake | None:
    if place.line.strip() or not place.in_body or not re.fullmatch(r"&&|\|\||[=!<>]=|[-+*/%<>?:.]", place.found):
        return None
    return place.mistake(
        "Expression broken over lines",
        "An expression ends with its line. To go on over several lines, put it in parentheses.",
    )


def _bare_fraction(place: Place) -> Mistake | None:
    digits = re.compile(r"\.\d+").match(place.text, place.start)
    if place.found != "." or digits is None or not place.expects_value:
        return None
    return Mistake(place.start, digits.end(), "Invalid number", f"A number starts with a digit: `0{digits.group()}`.")


def _for(place: Place) -> Mistake | None:
    if place.in_body or not re.search(r"[\[{][ \t]*for\b[^][{}]*$", place.line):
        return None
    return place.mistake(
        "Invalid for expression",
        "It is written `[for item in list : value]` or `{for key, value in map : key => value}`.",
    )


def _anything(place: Place) -> Mistake:
    found = f"`{place.found}` can't stand here" if place.found else "The line can't end here"
    if place.in_value:
        expected = "a value is expected" if place.expects_value else "an operator or the end of the value is expected"
        return place.mistake("Invalid expression", f"{found}: {expected}.")
    return place.mistake(
        "Invalid block or argument",
        f'{found}. Expected is an argument (`name = value`) or a block (`toggle "name" {{`).',
    )


SLIPS: tuple[Slip, ...] = (
    _equals_before_brace,
    _quoted_name,
    _colon,
    _comparison,
    _dotted_name,
    _glued,
    _percent_sign,
    _word_operator,
    _namespace,
    _label,
    _unfinished_line,
    _missing_value,
    _missing_operand,
    _missing_name,
    _comma,
    _second_equals,
    _for,
    _missing_comma,
    _continued,
    _bare_fraction,
    _side_by_side,
)
