"""What a user probably meant: the last sentence of many messages. Pure.

Rule: a hint starts with a blank, or is empty; it never says a value that has a mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from flagstaff.config.schema.kinds import KINDS, REFERABLE
from flagstaff.diagnostics import did_you_mean
from flagstaff.language import nodes
from flagstaff.language.nodes import Expression
from flagstaff.language.types import BOOL, NUMBER, ListType, Type
from flagstaff.language.values import Value

if TYPE_CHECKING:  # the structure asks for hints itself
    from flagstaff.config.structure import Declared

_WORDS: Final = {
    **dict.fromkeys(("yes", "y", "on", "enabled", "true", "1"), "true"),
    **dict.fromkeys(("no", "n", "off", "disabled", "false", "0"), "false"),
}
_OPEN: Final = frozenset({"tba", "tbd", "todo", "undecided", "unknown"})
_FOREIGN: Final = frozenset({"data", "module", "path", "provider", "resource", "self", "terraform"})
_LATER: Final = frozenset({"check", "import", "module"})
_SHARES: Final = frozenset({"share", "max_changed_share"})
_PERCENT: Final = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(?:%|percent)\s*\Z", re.ASCII | re.IGNORECASE)
_GROUPED: Final = re.compile(r"\s*\d{1,3}(?:[,_' ]\d{3})+\s*\Z", re.ASCII)
_LONGEST: Final = 80


def type_hint(name: str, type_: Type, value: Value, expression: Expression | None = None) -> str:
    """For a value of the wrong type; `expression` is where it stands, if it stands in a file."""
    if value.marks:
        return ""
    if type_ == NUMBER:
        return _number_hint(name, value)
    if type_ == BOOL:
        word = _WORDS.get(str(value.data).strip().lower()) if isinstance(value.data, str | int) else None
        return "" if word is None else f" Write {word}."
    if isinstance(type_, ListType) and not isinstance(value.data, tuple | dict):
        return brackets_hint(expression)
    return ""


def _number_hint(name: str, value: Value) -> str:
    if isinstance(value.data, dict) and value.data.keys() == {"from", "to"}:
        return " Only the percentage of a stage and a soak can be between two values."
    if isinstance(value.data, bool) and name != "percentage":
        return ""
    text = str(value.data).lower() if isinstance(value.data, str | bool) else ""
    if name == "percentage" and text.strip() in _WORDS:
        on = _WORDS[text.strip()]
        return f" A percentage is from 0 to 100. The switch for everybody is an attribute of its own: enabled = {on}."
    if (percent := _PERCENT.match(text)) is not None:
        number = Decimal(percent[1])
        return f" Write {number / 100 if name in _SHARES else number:f}."
    if _GROUPED.match(text):
        return f" Write {re.sub('[^0-9]', '', text)}."
    return ""


def brackets_hint(expression: Expression | None) -> str:
    """For one thing where a list is wanted."""
    text = None if expression is None else _short(expression)
    return "" if text is None else f" Put it in brackets: [{text}]."


def set_hint(expression: Expression) -> str:
    """For a list where a set is wanted."""
    return f" A list becomes a set with toset({_short(expression) or '...'})."


def name_hint(root: str, declared: Declared, variables: Iterable[str], roots: Iterable[str]) -> str:
    """For a name that nothing has."""
    lowered = root.lower()
    if root in _FOREIGN:
        return " Terraform has it, and Flagstaff does not."
    if lowered in _WORDS:
        return f" Write {_WORDS[lowered]}."
    if lowered in _OPEN:
        return ' For a value that nobody has chosen yet write undecided("why it is open").'
    if root == "stage":
        return ' A stage is named by a text, such as "wave_1a".'
    if root in KINDS and root not in {*REFERABLE, "locals", "variable"}:
        return f" Nothing refers to {_a(root)} {root}: what can be referred to is {', '.join(REFERABLE)}."
    meant = ["var"] if root in variables else []
    meant += ["local"] if root in declared.locals else []
    meant += [kind for kind in REFERABLE if (kind, root) in declared.named]
    if meant:
        return f" Did you mean {' or '.join(f'{kind}.{root}' for kind in meant)}?"
    if lowered in {"variable", "variables", "vars"}:
        return ' Did you mean "var"?'
    return did_you_mean(root, roots) or " A text needs quotes around it."


def reference_hint(kind: str, text: str, declared: Declared) -> str:
    """For a text where a reference is wanted."""
    names = declared.names(kind)
    bare = text.strip().removeprefix(f"{kind}.")
    if bare in names:
        return f" Write {kind}.{bare}, without quotes."
    wanted = slug(text)
    for block in declared.of(kind):
        name, attributes = block.labels[0].value, block.body.attributes
        said = [_literal(attributes[each].value) for each in ("key", "title") if each in attributes]
        if name.lower() == wanted or text in said:
            return f" Did you mean {kind}.{name}?"
    guess = did_you_mean(bare, names)
    return guess or f" Write one such as {kind}.{names[0] if names else 'x'}, without quotes."


def block_hint(kind: str) -> str:
    """For a type of block that there is not."""
    if kind in _LATER:
        return f" {kind} comes with a later release of Flagstaff; take the block out until then."
    if kind.lower() in {"flag", "feature", "feature_flag", "resource", "data"}:
        return ' A toggle is declared as toggle "name" { ... }.'
    if kind == "terraform":
        return " Flagstaff's own settings stand in flagstaff { ... }."
    return did_you_mean(kind, KINDS) or f" There are {', '.join(sorted(KINDS))}."


def slug(text: str) -> str:
    """The text as a name: `Care Notes` is `care_notes`."""
    return re.sub(r"\W+", "_", text.strip().lower()).strip("_")


def _a(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _literal(expression: Expression) -> str | None:
    match expression:
        case nodes.Template(parts=(nodes.String(value=text),)):
            return text
        case _:
            return None


def _short(expression: Expression) -> str | None:
    """The expression as it is written, where it fits into a message."""
    text = expression.text
    return None if "\n" in text or len(text) > _LONGEST else text
