"""What an expression refers to, found without evaluating it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, assert_never

from flagstaff.language import nodes
from flagstaff.language.nodes import Expression

_PLAIN: Final = frozenset({nodes.Null, nodes.Boolean, nodes.Number})


@dataclass(frozen=True, slots=True)
class Mention:
    """`root.name`, and the attribute behind it, where there is one: `toggle.x.key`, `toggle.x["a"].key`."""

    root: str
    name: str
    attribute: str | None
    node: Expression


def mentions(expression: Expression) -> Iterator[Mention]:
    """Every `root.name` in the expression whose root is not the variable of a `for`."""
    if type(expression) in _PLAIN or _is_text(expression):
        return  # most expressions refer to nothing
    # An explicit stack: an expression may nest deeper than Python's calls.
    stack: list[tuple[Expression, frozenset[str]]] = [(expression, frozenset())]
    while stack:
        node, bound = stack.pop()
        if isinstance(node, nodes.GetAttribute | nodes.Index):
            mention = _mention(node)
            if mention is not None:
                if mention.root not in bound:
                    yield mention
                # The keys of `toggle.x[local.k].key` are expressions of their own.
                stack.extend((key, bound) for key in _keys(node))
                continue
        if isinstance(node, nodes.For):
            inner = bound | {node.value_name} | ({node.key_name} if node.key_name else set())
            stack.append((node.collection, bound))
            stack.extend((child, inner) for child in (node.key, node.value, node.condition) if child is not None)
            continue
        stack.extend((child, bound) for child in reversed(children(node)))


def calls(expression: Expression, name: str) -> Iterator[nodes.Call]:
    """Every call of that function in the expression."""
    stack = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, nodes.Call) and node.name == name:
            yield node
        stack.extend(children(node))


def children(node: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside of a node."""
    match node:
        case nodes.Null() | nodes.Boolean() | nodes.Number() | nodes.String() | nodes.Name() | nodes.Each():
            return ()
        case nodes.Template(parts=items) | nodes.Tuple(items=items) | nodes.Call(arguments=items):
            return items
        case nodes.TemplateWrap(value=value) | nodes.TemplateJoin(value=value) | nodes.Parentheses(value=value):
            return (value,)
        case nodes.Object(items=pairs):
            return tuple(part for pair in pairs for part in (pair.key, pair.value))
        case nodes.GetAttribute(target=target):
            return (target,)
        case nodes.Index(target=target, key=key):
            return (target, key)
        case nodes.Splat(target=target, each=each):
            return (target, each)
        case nodes.Unary(operand=operand):
            return (operand,)
        case nodes.Binary(left=left, right=right):
            return (left, right)
        case nodes.Conditional(condition=condition, true=true, false=false):
            return (condition, true, false)
        case nodes.For(collection=collection, key=key_expression, value=value, condition=filter_):
            return tuple(part for part in (collection, key_expression, value, filter_) if part is not None)
        case _:
            assert_never(node)


def unwrapped(expression: Expression) -> Expression:
    """The expression without parentheses around it."""
    while isinstance(expression, nodes.Parentheses):
        expression = expression.value
    return expression


def _mention(node: nodes.GetAttribute | nodes.Index) -> Mention | None:
    root = _root(node)
    if root is not None:
        return Mention(*root, None, node)
    inner: Expression = node.target
    while isinstance(inner, nodes.Index) and _root(inner) is None:
        inner = inner.target
    root = _root(inner)
    name = _member(node)
    return None if root is None or name is None else Mention(*root, name, node)


def _keys(node: nodes.GetAttribute | nodes.Index) -> Iterator[Expression]:
    """The keys between the root of a mention and its attribute."""
    inner: Expression = node.target
    while isinstance(inner, nodes.Index) and _root(inner) is None:
        yield inner.key
        inner = inner.target


def _is_text(node: Expression) -> bool:
    return type(node) is nodes.Template and all(type(part) is nodes.String for part in node.parts)


def _root(node: Expression) -> tuple[str, str] | None:
    """The first two names, where the node is `root.name` or `root["name"]`."""
    if isinstance(node, nodes.GetAttribute | nodes.Index) and isinstance(node.target, nodes.Name):
        name = _member(node)
        return None if name is None else (node.target.name, name)
    return None


def _member(node: nodes.GetAttribute | nodes.Index) -> str | None:
    if isinstance(node, nodes.GetAttribute):
        return node.name
    match node.key:
        case nodes.Template(parts=(nodes.String(value=name),)):
            return name
        case _:
            return None
