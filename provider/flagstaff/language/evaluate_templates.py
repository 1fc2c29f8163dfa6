"""Evaluation of templates: quoted strings and heredocs."""

from __future__ import annotations

from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.frame import Frame, handles
from flagstaff.language.limits import MOST_TEXT, TOO_LONG
from flagstaff.language.nodes import Expression, String, Template, TemplateJoin, TemplateWrap
from flagstaff.language.types import STRING
from flagstaff.language.values import UNKNOWN, Mark, Value, deep_marks, normalized, unknown


@handles(TemplateWrap)
def _template_wrap(node: TemplateWrap, frame: Frame) -> Value:
    return frame.value(node.value)


@handles(Template)
def _template(node: Template, frame: Frame) -> Value:
    texts: list[str] = []
    marks: set[Mark] = set()
    complete = True
    for part in node.parts:
        if type(part) is String:
            texts.append(part.value)
            continue
        value = _text(frame.value(part), part, frame)
        marks |= value.marks
        if value.data is UNKNOWN:
            complete = False
        else:
            texts.append(value.text)
    return _joined(texts, marks, node, frame, complete=complete)


@handles(TemplateJoin)
def _template_join(node: TemplateJoin, frame: Frame) -> Value:
    items = frame.value(node.value)
    if items.data is UNKNOWN:
        return unknown(STRING, items.marks)
    values = [_text(item, node.value.value, frame) for item in items.items]
    marks = set(items.marks).union(*[value.marks for value in values])
    complete = all(value.data is not UNKNOWN for value in values)
    return _joined([value.text for value in values if complete], marks, node, frame, complete=complete)


def _text(value: Value, node: Expression, frame: Frame) -> Value:
    """A value as text for a template, possibly unknown, with all its marks."""
    marks = deep_marks(value)
    if value.data is None:
        mistake = frame.mistake("Invalid template", "This is null, and can't be part of a text.", node.range)
        return mistake.with_marks(marks)
    try:
        return convert(value, STRING)
    except ConversionError as error:
        return frame.mistake("Invalid template", f"This can't be part of a text: {error}.", node.range).with_marks(
            marks
        )


def _joined(texts: list[str], marks: set[Mark], node: Expression, frame: Frame, *, complete: bool) -> Value:
    if sum(map(len, texts)) > MOST_TEXT:
        return frame.mistake("Text too long", f"Here {TOO_LONG}.", node.range).with_marks(marks)
    return normalized("".join(texts)).with_marks(marks) if complete else unknown(STRING, frozenset(marks))
