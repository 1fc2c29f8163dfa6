"""Expressions: from the grammar's tree to nodes, strictly.

Names, numbers and operators are read from the original text. What the grammar takes and HCL does
not is a mistake: a line end inside of an expression, two legacy indexes in a row, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flagstaff.language import nodes
from flagstaff.language.grammar import Syntax
from flagstaff.language.lower_piece import Piece
from flagstaff.language.lower_templates import template
from flagstaff.language.nodes import Expression
from flagstaff.language.tokens import NUMBER

POSTFIX = frozenset({"index_expr_term", "get_attr_expr_term", "attr_splat_expr_term", "full_splat_expr_term"})


def expression(piece: Piece, syntax: Syntax) -> Expression:
    if not piece.allows(1):
        return piece.too_deep(piece.start(syntax), piece.end(syntax))
    piece.depth += 1
    node = RULES[syntax.rule](piece, syntax)
    piece.depth -= 1
    return node


def trees(syntax: Syntax) -> list[Syntax]:
    """The parts that are rules, without terminals."""
    return [part for part in syntax.parts if part.parts]


def _no_newline(piece: Piece, start: int, end: int) -> None:
    if piece.has_newline(start, end):
        at = piece.mask.text.index("\n", start)
        piece.mistake(
            at,
            at + 1,
            "Expression broken over lines",
            "An expression ends with its line. To go on over several lines, put it in parentheses.",
        )


def _parentheses(piece: Piece, syntax: Syntax) -> Expression:
    value = expression(piece, syntax.parts[1])
    return nodes.Parentheses(piece.source, piece.start(syntax), piece.end(syntax), value)


def _number(piece: Piece, syntax: Syntax) -> Expression:
    start, end, text = piece.start(syntax), piece.end(syntax), piece.text(syntax)
    if NUMBER.fullmatch(text) is None:
        piece.mistake(
            start, end, "Invalid number", f"`{text}` is not a number. If it is text, put it in double quotes."
        )
    return nodes.Number(piece.source, start, end, text)


def _unary(piece: Piece, syntax: Syntax) -> Expression:
    """An operator with those before it that the mask took out."""
    operator, operand = syntax.parts
    start = piece.start(operator)
    before = piece.mask.chains.get(start, ())
    if not piece.allows(len(before)):
        return piece.too_deep(before[0], piece.end(syntax))
    piece.depth += len(before)
    node = expression(piece, operand)
    piece.depth -= len(before)
    for at in (start, *reversed(before)):
        node = nodes.Unary(piece.source, at, node.end, piece.source.text[at], node)
    return node


def _name(piece: Piece, syntax: Syntax) -> Expression:
    return nodes.Name(piece.source, piece.start(syntax), piece.end(syntax), piece.text(syntax))


def _constant(piece: Piece, syntax: Syntax) -> Expression:
    start, end, text = piece.start(syntax), piece.end(syntax), piece.text(syntax)
    if text == "null":
        return nodes.Null(piece.source, start, end)
    return nodes.Boolean(piece.source, start, end, text == "true")


def _conditional(piece: Piece, syntax: Syntax) -> Expression:
    condition, _, true, _, false = syntax.parts
    parts = [expression(piece, part) for part in (condition, true, false)]
    _no_newline(piece, parts[0].end, parts[1].start)
    _no_newline(piece, parts[1].end, parts[2].start)
    return nodes.Conditional(piece.source, parts[0].start, parts[2].end, *parts)


def _binary(piece: Piece, syntax: Syntax) -> Expression:
    left_tree, term = syntax.parts
    operator, right_tree = term.parts
    left, right = expression(piece, left_tree), expression(piece, right_tree)
    _no_newline(piece, left.end, right.start)
    return nodes.Binary(piece.source, left.start, right.end, piece.text(operator).strip(), left, right)


def _call(piece: Piece, syntax: Syntax) -> Expression:
    names = [part for part in syntax.parts if part.rule == "identifier"]
    start, end = piece.start(names[0]), piece.end(names[-1])
    if len(names) > 1:
        piece.mistake(start, end, "Namespaced function", "There are no functions with `::` in their name.")
    arguments = [part for part in syntax.parts if part.rule == "arguments"]
    values = tuple(expression(piece, part) for group in arguments for part in trees(group))
    expands = any(part.rule == "ELLIPSIS" for group in arguments for part in group.parts)
    name = piece.source.text[start:end]
    return nodes.Call(piece.source, start, piece.end(syntax), name, end, values, expands)


def _tuple(piece: Piece, syntax: Syntax) -> Expression:
    items = tuple(expression(piece, part) for part in trees(syntax))
    return nodes.Tuple(piece.source, piece.start(syntax), piece.end(syntax), items)


def _object(piece: Piece, syntax: Syntax) -> Expression:
    items: list[nodes.ObjectItem] = []
    separated = True
    for part in syntax.parts[1:-1]:
        start = piece.start(part)
        newline = bool(items) and piece.has_newline(items[-1].end, start)
        if part.rule == "COMMA":
            if newline:
                piece.mistake(
                    start, start + 1, "Comma at the start of a line", "Put the comma behind the item before it."
                )
            separated = True
            continue
        if not separated and not newline:
            piece.mistake(start, start + 1, "Missing comma", "Items on the same line are separated by commas.")
        items.append(_item(piece, part, first=not items))
        separated = False
    return nodes.Object(piece.source, piece.start(syntax), piece.end(syntax), tuple(items))


def _item(piece: Piece, syntax: Syntax, *, first: bool) -> nodes.ObjectItem:
    holder, _, value_tree = syntax.parts
    tree = holder.parts[0]
    start, end, text = piece.start(tree), piece.end(tree), piece.text(tree)
    if tree.rule in {"identifier", "keyword"}:
        if first and text == "for":
            piece.mistake(
                start, end, "Invalid for expression", 'A first key named `for` is put in quotes: `"for" = ...`.'
            )
        key: Expression = nodes.String(piece.source, start, end, nodes.nfc(text))
    else:
        key = expression(piece, tree)
        if isinstance(key, nodes.GetAttribute | nodes.Index | nodes.Splat):
            piece.mistake(
                start,
                end,
                "Ambiguous key",
                f"To use the value of `{text}` as the key, put it in parentheses; to use it as text, in double quotes.",
            )
    value = expression(piece, value_tree)
    return nodes.ObjectItem(piece.source, start, value.end, key, value)


def _for_tuple(piece: Piece, syntax: Syntax) -> Expression:
    intro, value, *condition = trees(syntax)
    return _for(piece, syntax, intro, None, value, condition)


def _for_object(piece: Piece, syntax: Syntax) -> Expression:
    intro, key, value, *condition = trees(syntax)
    return _for(piece, syntax, intro, key, value, condition)


def _for(
    piece: Piece, syntax: Syntax, intro: Syntax, key: Syntax | None, value: Syntax, condition: Sequence[Syntax]
) -> Expression:
    *names, collection = trees(intro)
    return nodes.For(
        piece.source,
        piece.start(syntax),
        piece.end(syntax),
        piece.text(names[0]) if len(names) == 2 else None,
        piece.text(names[-1]),
        expression(piece, collection),
        None if key is None else expression(piece, key),
        expression(piece, value),
        expression(piece, trees(condition[0])[0]) if condition else None,
        group=any(part.rule == "ELLIPSIS" for part in syntax.parts),
    )


def _template(piece: Piece, syntax: Syntax) -> Expression:
    return template(piece, syntax, expression)


def _postfix(piece: Piece, syntax: Syntax) -> Expression:
    """A value with everything that is read from it, as one flat sequence of steps.

    The grammar nests splats the other way round than HCL; the flat sequence is nested anew.
    """
    steps: list[Syntax] = []
    tree = syntax
    while tree.rule in POSTFIX:
        tree, step = tree.parts
        steps.extend(reversed(step.parts) if step.rule in {"attr_splat", "full_splat"} else (step,))
    steps.reverse()
    if not piece.allows(len(steps)):
        return piece.too_deep(piece.start(syntax), piece.end(syntax))
    piece.depth += len(steps)
    node = _steps(piece, expression(piece, tree), steps)
    piece.depth -= len(steps)
    return node


def _steps(piece: Piece, node: Expression, steps: Sequence[Syntax]) -> Expression:
    index = 0
    while index < len(steps):
        step = steps[index]
        index += 1
        if step.rule == "FULL_SPLAT_START":
            each = _steps(piece, nodes.Each(piece.source, piece.start(step), piece.end(step)), steps[index:])
            return nodes.Splat(piece.source, node.start, each.end, node, each)
        if step.rule == "ATTR_SPLAT":
            each = nodes.Each(piece.source, piece.start(step), piece.end(step))
            while index < len(steps) and steps[index].rule in {"get_attr", "short_index"}:
                each = _step(piece, each, steps[index])
                index += 1
            if index < len(steps) and steps[index].rule == "ATTR_SPLAT":
                _nested_splat(piece, steps[index])
            node = nodes.Splat(piece.source, node.start, each.end, node, each)
        else:
            node = _step(piece, node, step)
    return node


def _nested_splat(piece: Piece, step: Syntax) -> None:
    start, end = piece.start(step), piece.end(step)
    piece.mistake(start, end, "Nested splat", "A `.*` can't be used on what another `.*` yields. Write `[*]` for both.")


def _step(piece: Piece, node: Expression, step: Syntax) -> Expression:
    start, end = node.start, piece.end(step)
    part = step.parts[1]
    if step.rule == "get_attr":
        return nodes.GetAttribute(piece.source, start, end, node, piece.text(part), piece.start(part))
    if step.rule == "braces_index":
        return nodes.Index(piece.source, start, end, node, expression(piece, part))
    text, at = piece.text(part), piece.start(part)
    if "." in text:
        first, second = text.split(".", 1)
        piece.mistake(at, end, "Two legacy indexes", f"Write indexes in brackets: `[{first}][{second}]`.")
    return nodes.Index(piece.source, start, end, node, nodes.Number(piece.source, at, end, text))


RULES: dict[str, Callable[[Piece, Syntax], Expression]] = {
    "parentheses": _parentheses,
    "int_lit": _number,
    "float_lit": _number,
    "unary_op": _unary,
    "identifier": _name,
    "literal_value": _constant,
    "conditional": _conditional,
    "binary_op": _binary,
    "function_call": _call,
    "tuple": _tuple,
    "object": _object,
    "for_tuple_expr": _for_tuple,
    "for_object_expr": _for_object,
    "string": _template,
    **dict.fromkeys(POSTFIX, _postfix),
}
