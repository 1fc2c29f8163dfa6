"""Conditions: compiles `when` and `pass_when` expressions into `model.conditions`.

`&& || !`, comparisons, arithmetic and parentheses over references and symbols. Whatever has a value
already (variables, locals, constants, calls) is evaluated and folded in. Anything else is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostics, Range
from flagstaff.language import operations
from flagstaff.language.evaluate import evaluate
from flagstaff.language.evaluate_for import pairs_of
from flagstaff.language.frame import sentence
from flagstaff.language.nodes import (
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttribute,
    Index,
    Name,
    Parentheses,
    TemplateWrap,
    Tuple,
    Unary,
)
from flagstaff.language.numbers import to_decimal
from flagstaff.language.scope import Scope
from flagstaff.language.types import NUMBER, with_article
from flagstaff.language.values import UNKNOWN, Reference, Undecided, Value, deep_marks
from flagstaff.model.conditions import (
    Always,
    Arithmetic,
    Comparison,
    Condition,
    Constant,
    Is,
    Symbol,
    Term,
    all_of,
    any_of,
    negation,
)

# What `a op b` is when it is read from the right.
_MIRRORED: Final = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LOGIC: Final = {"&&": all_of, "||": any_of}
_QUANTIFIERS: Final = {"alltrue": all_of, "anytrue": any_of}
_KINDS: Final = ("toggle", "experience")
_SUMMARY: Final = "Invalid condition"

# A part of a condition; what has a value already stays a value until it meets something else.
_Part = Value | Condition | Term


def compile_condition(
    expression: Expression, scope: Scope, diagnostics: Diagnostics, symbols: frozenset[str] = frozenset()
) -> Condition | None:
    """None after a mistake, which is reported, or where something is undecided, which is warned of."""
    compiler = _Compiler(_Outer(scope, symbols), diagnostics)
    try:
        return compiler.condition(expression)
    except RecursionError:
        diagnostics.error("Expression too deep", "This condition is nested too deeply.", expression.range)
        return None


@dataclass(frozen=True, slots=True)
class _Outer:
    """The scope for what is evaluated at once: there, the symbols have no value."""

    scope: Scope
    symbols: frozenset[str]

    def member(self, root: str, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        return self.scope.member(root, name, at, diagnostics)

    def attribute(self, address: Address, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        return self.scope.attribute(address, name, at, diagnostics)

    def bare(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
        if root not in self.symbols:
            return self.scope.bare(root, at, diagnostics)
        detail = (
            f"{root} gets its value later. It can be compared and calculated with, but not handed to anything else."
        )
        diagnostics.error(_SUMMARY, detail, at)
        return Value(NUMBER, UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Compiler:
    scope: _Outer
    diagnostics: Diagnostics
    variables: Mapping[str, Value] = field(default_factory=dict)

    def condition(self, node: Expression) -> Condition | None:
        part = self.part(node)
        return None if part is None else self.as_condition(part, node)

    def part(self, node: Expression) -> _Part | None:
        match node:
            case Parentheses(value=inner) | TemplateWrap(value=inner):
                return self.part(inner)
            case Binary(operator=operator) if operator in _LOGIC:
                return self.logic(node)
            case Binary():
                return self.binary(node)
            case Unary():
                return self.unary(node)
            case Conditional():
                return self.choice(node)
            case Name(name=name) if name in self.scope.symbols and name not in self.variables:
                return Symbol(name)
            case Call(name=name, arguments=(argument,)) if name in _QUANTIFIERS:
                parts = self.quantified(argument)
                return None if parts is None else _QUANTIFIERS[name](parts)
            case _:
                return self.leaf(node)

    def logic(self, node: Binary) -> Condition | None:
        """`a && b && c ...` at once: such a chain may be long."""
        nodes: list[Expression] = []
        left: Expression = node
        while isinstance(left, Binary) and left.operator == node.operator:
            nodes.append(left.right)
            left = left.left
        parts = [self.condition(each) for each in (left, *reversed(nodes))]
        found = [part for part in parts if part is not None]
        return _LOGIC[node.operator](found) if len(found) == len(parts) else None

    def binary(self, node: Binary) -> _Part | None:
        left, right = self.part(node.left), self.part(node.right)
        if left is None or right is None:
            return None
        if isinstance(left, Value) and isinstance(right, Value):
            return self.computed(node, left, right)
        if node.operator in {"==", "!="} and not (isinstance(left, Term) or isinstance(right, Term)):
            return self.same(node, left, right)
        terms = self.as_term(left, node.left), self.as_term(right, node.right)
        if terms[0] is None or terms[1] is None:
            return None
        if node.operator not in _MIRRORED:
            return Arithmetic(node.operator, terms[0], terms[1])
        if isinstance(terms[0], Constant):
            return Comparison(_MIRRORED[node.operator], terms[1], terms[0])
        return Comparison(node.operator, terms[0], terms[1])

    def computed(self, node: Binary, left: Value, right: Value) -> Value | None:
        try:
            return operations.binary(node.operator, left, right)
        except operations.OperandError as error:
            place = node if error.side is None else node.right if error.side else node.left
            self.diagnostics.error("Invalid operand", sentence(error), place.range)
            return None

    def same(self, node: Binary, left: Value | Condition, right: Value | Condition) -> Condition | None:
        """`toggle.x == true`: a condition and a constant."""
        first, second = self.as_condition(left, node.left), self.as_condition(right, node.right)
        if first is None or second is None:
            return None
        if isinstance(first, Always):
            first, second = second, first
        if not isinstance(second, Always):
            self.wrong("Two conditions can't be compared. Write it with &&, || and !.", node)
            return None
        return first if second.value == (node.operator == "==") else negation(first)

    def unary(self, node: Unary) -> _Part | None:
        part = self.part(node.operand)
        if part is None:
            return None
        if node.operator == "!":
            condition = self.as_condition(part, node.operand)
            return None if condition is None else negation(condition)
        if isinstance(part, Value):
            try:
                return operations.unary(node.operator, part)
            except operations.OperandError as error:
                self.diagnostics.error("Invalid operand", sentence(error), node.operand.range)
                return None
        term = self.as_term(part, node.operand)
        return None if term is None else Arithmetic("-", Constant(to_decimal(0)), term)

    def choice(self, node: Conditional) -> _Part | None:
        """`a ? b : c` is `a && b || !a && c`; only the chosen one counts where a is a constant."""
        condition = self.condition(node.condition)
        if condition is None:
            return None
        if isinstance(condition, Always):
            return self.part(node.true if condition.value else node.false)
        first, second = self.condition(node.true), self.condition(node.false)
        if first is None or second is None:
            return None
        return any_of([all_of([condition, first]), all_of([negation(condition), second])])

    def quantified(self, node: Expression) -> Sequence[Condition] | None:
        """What must all, or any, be true: the parts of a tuple, a `for`, or a list of references."""
        parts: list[Condition | None]
        match node:
            case Tuple(items=items):
                parts = [self.condition(item) for item in items]
            case For(key=None):
                parts = list(self.iterations(node))
            case _:
                value = self.value(node)
                if not isinstance(value.data, tuple) or value.is_sensitive:
                    self.unusable(value, node, "A list of toggles is needed here")
                    return None
                parts = [self.as_condition(item, node) for item in value.data]
        found = [part for part in parts if part is not None]
        return found if len(found) == len(parts) else None

    def iterations(self, node: For) -> Iterator[Condition | None]:
        """One condition for each element that the `if` of the `for` lets through."""
        collection = self.value(node.collection)
        pairs = None if collection.data is UNKNOWN else pairs_of(collection)
        if pairs is None:
            self.unusable(collection, node.collection, "A list, set or map is needed here")
            yield None
            return
        for key, value in pairs:
            names = {node.key_name: key} if node.key_name else {}
            names[node.value_name] = value
            marked = {name: each.with_marks(collection.marks) for name, each in names.items()}
            inner = _Compiler(self.scope, self.diagnostics, {**self.variables, **marked})
            chosen = Always(True) if node.condition is None else inner.condition(node.condition)
            if not isinstance(chosen, Always):
                if chosen is not None and node.condition is not None:
                    self.wrong("Which elements take part must be known now.", node.condition)
                yield None
                return
            if chosen.value:
                condition = inner.condition(node.value)
                yield condition
                if condition is None:
                    # The other elements would only say the same again.
                    return

    def leaf(self, node: Expression) -> _Part | None:
        """What has a value now: a reference, a variable, a constant, a call."""
        value = self.value(node)
        if isinstance(value.data, Reference) and value.data.address.kind in _KINDS:
            return self.as_condition(value, node)
        segment = self.segment(node, value.data) if isinstance(value.data, dict) else None
        return value if segment is None else segment

    def segment(self, node: Expression, data: Mapping[str, Value]) -> Is | None:
        """`product.x.segment.y`, or `product.x.segment.y["key"]` of a repeated one, which exists: it has a value."""
        if any(isinstance(item.data, dict) for item in data.values()):
            return None  # all instances of a repeated one
        index: str | int | None = None
        if isinstance(node, Index):
            key = evaluate(node.key, self.scope, Diagnostics(), self.variables).data
            siblings = evaluate(node.target, self.scope, Diagnostics(), self.variables).data
            index, node = int(str(key)) if isinstance(siblings, tuple) else str(key), node.target
        if not (isinstance(node, GetAttribute) and isinstance(node.target, GetAttribute)):
            return None
        owner = evaluate(node.target.target, self.scope, Diagnostics(), self.variables).data
        if node.target.name != "segment" or not isinstance(owner, Reference):
            return None
        return Is(owner.address, str(Address("segment", node.name, index)).removeprefix("segment."))

    def value(self, node: Expression) -> Value:
        return evaluate(node, self.scope, self.diagnostics, self.variables)

    def as_condition(self, part: _Part, node: Expression) -> Condition | None:
        match part:
            case Value() if part.is_sensitive:
                self.unusable(part, node, "")
                return None
            case Value(data=Reference(address)) if address.kind in _KINDS:
                return Is(address)
            case Value(data=Reference(address)):
                hint = f" Name one of its segments: {address}.segment.x." if address.kind == "product" else ""
                self.wrong(f"{address} is a {address.kind}, not something that is true or false.{hint}", node)
                return None
            case Value(data=bool(data)):
                return Always(data)
            case Value():
                self.unusable(part, node, "Something that is true or false is needed here")
                return None
            case Constant() | Symbol() | Arithmetic():
                self.wrong("This is a number. Compare it with another one to get a condition.", node)
                return None
            case _:
                return part

    def as_term(self, part: _Part, node: Expression) -> Term | None:
        match part:
            case Value(type=type, data=data) if (
                type == NUMBER and not part.is_sensitive and isinstance(data, int | Fraction)
            ):
                return Constant(to_decimal(data))
            case Value():
                self.unusable(part, node, "A number is needed here")
                return None
            case Constant() | Symbol() | Arithmetic():
                return part
            case _:
                self.wrong("A number is needed here, and this is true or false.", node)
                return None

    def unusable(self, value: Value, node: Expression, needed: str) -> None:
        """Report a value that does not fit. What is unknown without being undecided was reported already."""
        undecided = sorted(mark.why for mark in deep_marks(value) if isinstance(mark, Undecided))
        if value.data is UNKNOWN and undecided:
            detail = f"This condition can't be computed before this is decided: {'; '.join(undecided)}."
            self.diagnostics.warning("Undecided condition", detail, node.range)
        elif value.is_sensitive:
            self.wrong("A condition is shown in every plan, so nothing in it can be sensitive.", node)
        elif value.data is None:
            self.wrong(f"{needed}, and this is null.", node)
        elif value.data is not UNKNOWN:
            what = "an infinite number" if isinstance(value.data, float) else with_article(value.type)
            self.wrong(f"{needed}, and this is {what}.{_hint(value)}", node)

    def wrong(self, detail: str, node: Expression) -> None:
        self.diagnostics.error(_SUMMARY, detail, node.range)


def _hint(value: Value) -> str:
    """What was probably meant by a value that is no condition."""
    match value.data:
        case str(text) if text.startswith(tuple(f"{kind}." for kind in _KINDS)):
            return f" Write {text}, without quotes."
        case tuple(items) if items and all(isinstance(item.data, Reference) for item in items):
            return " For all of them write alltrue([...]), for any of them anytrue([...])."
        case _:
            return ""
