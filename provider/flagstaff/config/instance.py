"""One instance of a block, whose attributes are evaluated, checked and converted when first asked for.

Rule: a value that comes from here has its declared type, or is null or unknown. Unknown without
an open decision means that a mistake was reported: whoever reads it stays silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from flagstaff.addresses import Address
from flagstaff.config.schema import KINDS, AttributeSchema, BlockSchema, Reading
from flagstaff.config.traversals import unwrapped
from flagstaff.diagnostics import Diagnostics, Range, Related, did_you_mean
from flagstaff.language import nodes
from flagstaff.language.convert import ConversionError, convert, type_name
from flagstaff.language.nodes import Attribute, Block, Expression
from flagstaff.language.numbers import to_decimal
from flagstaff.language.scope import Scope
from flagstaff.language.types import ANY, ListType, ReferenceType
from flagstaff.language.values import (
    MISTAKE,
    NULL,
    UNKNOWN,
    Reference,
    Sensitive,
    Undecided,
    Value,
    deep_marks,
    is_wholly_known,
    object_of,
    tuple_of,
)
from flagstaff.model.configuration import OpenDecision

if TYPE_CHECKING:  # the module makes instances, and they ask it for values
    from flagstaff.config.scope import Module


@dataclass(frozen=True, slots=True)
class Instance:
    """`path` names it among the parts of a module, `part` names its block there.

    `context` and `address` are what its mistakes are put down to.
    """

    module: Module
    block: Block
    schema: BlockSchema
    scope: Scope
    path: str
    part: str
    context: str
    address: Address | None

    def error(self, summary: str, detail: str, range: Range | None, related: tuple[Related, ...] = ()) -> None:
        where = None if self.address is None else str(self.address)
        self.module.diagnostics.error(summary, detail, range, context=self.context, address=where, related=related)

    @property
    def title(self) -> str:
        """What messages call it: its address, or its block."""
        return self.block.title if self.address is None else str(self.address)

    @property
    def label(self) -> str:
        return self.block.labels[0].value

    def has(self, name: str) -> bool:
        return name in self.block.body.attributes

    def attribute(self, name: str) -> Attribute:
        return self.block.body.attributes[name]

    def range(self, name: str) -> Range | None:
        """Where the attribute's value stands."""
        attribute = self.block.body.attributes.get(name)
        return None if attribute is None else attribute.value.range

    def nested(self, kind: str) -> Iterator[Instance]:
        """The blocks of a kind inside of this one."""
        for position, block in enumerate(block for block in self.block.body.blocks if block.type == kind):
            schema = self.schema.blocks[kind]
            if len(block.labels) >= len(schema.labels):
                path, part = f"{self.path}.{kind}[{position}]", f"{self.part}.{kind}"
                yield Instance(self.module, block, schema, self.scope, path, part, self.context, self.address)

    def member(self, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        """The value of an attribute or nested block, for an expression that refers to it."""
        schema = self.schema.attribute(name)
        if schema is not None and schema.reading is Reading.VALUE:
            return self.value(name, at)
        if name in self.schema.blocks:
            return self._nested_value(name, at, diagnostics)
        kind = self.block.type
        if schema is not None:
            diagnostics.error("Not a value", f"The {name} of {self.title} is a condition, and has no value yet.", at)
        else:
            hint = did_you_mean(name, [*self.schema.attributes, *self.schema.blocks])
            diagnostics.error("Unknown attribute", f'{self.title} is a {kind}; it has no attribute "{name}".{hint}', at)
        return MISTAKE

    def _nested_value(self, kind: str, at: Range, diagnostics: Diagnostics) -> Value:
        found = []
        for nested in self.nested(kind):
            values = {name: nested.member(name, at, diagnostics) for name in sorted(nested.schema.attributes)}
            found.append((nested, object_of(values)))
        if self.schema.blocks[kind].labels:
            return object_of({nested.label: value for nested, value in sorted(found, key=lambda pair: pair[0].label)})
        return tuple_of(value for _, value in found)

    def value(self, name: str, at: Range | None = None) -> Value:
        """The attribute's value; null where it isn't set."""
        attribute, schema = self.block.body.attributes.get(name), self.schema.attribute(name)
        if attribute is None or schema is None:
            return NULL
        if f"{self.part}.{name}" in self.module.broken or self.part in self.module.broken:
            return MISTAKE
        return self.module.value(f"{self.path}.{name}", at, lambda: self._read(attribute, schema))

    def _read(self, attribute: Attribute, schema: AttributeSchema) -> Value:
        name, expression = attribute.name, attribute.value
        value = self.module.evaluate(expression, self.scope, self.context, self.address)
        if not schema.credential and is_sensitive(value):
            detail = (
                f'"{name}" of {self.title} would show a sensitive value. Sensitive values may stand only in a '
                "provider's attributes and in outputs that are declared sensitive."
            )
            self.error("Sensitive value not allowed", detail, expression.range)
            return MISTAKE
        if schema.decided and not is_wholly_known(value) and (marks := undecided(value)):
            detail = f'"{name}" of {self.title} is undecided, and nothing can be planned without it: {marks[0].why}.'
            self.error("Value must be decided", detail, expression.range)
            return MISTAKE
        if value.is_null:
            if schema.required and schema.type != ANY:  # any value may be null
                detail = f'"{name}" of {self.title} is null, and it needs a value.'
                self.error("Missing required attribute", detail, expression.range)
            return value
        if value.is_unknown or _is_reference(schema):
            return value
        try:
            return convert(value, schema.type)
        except ConversionError as error:
            self.error("Wrong type", f'"{name}" of {self.title} has the wrong type: {error}.', expression.range)
            return MISTAKE

    def text(self, name: str, default: str = "") -> str:
        """A string attribute; the default where it is not set, undecided or a mistake."""
        data = self.value(name).data
        return data if isinstance(data, str) else default

    def texts(self, name: str) -> tuple[tuple[str, Range], ...]:
        """The known strings of a list, each with its place."""
        value = self.value(name)
        if not isinstance(value.data, tuple):
            return ()
        found: list[tuple[str, Range]] = []
        for item, place in zip(value.data, _places(self.attribute(name).value, len(value.data)), strict=True):
            if isinstance(item.data, str):
                found.append((item.data, place))
            elif item.is_null:
                self.error("Wrong type", f'"{name}" of {self.title} has a null in it; it takes strings.', place)
        return tuple(found)

    def flag(self, name: str, *, undecided: bool = False) -> bool:
        """A boolean attribute, false where it is not set; `undecided` where nobody has chosen yet."""
        data = self.value(name).data
        return data if isinstance(data, bool) else undecided and data is UNKNOWN

    def number(self, name: str) -> Decimal | None:
        """A number, exactly; None where it is not set, undecided, infinite or a mistake."""
        data = self.value(name).data
        if not isinstance(data, int | Fraction | float):
            return None
        decimal = to_decimal(data)
        if decimal.is_finite():
            return decimal
        self.error("Number out of range", f'"{name}" of {self.title} is infinite.', self.range(name))
        return None

    def decision(self, name: str) -> OpenDecision | None:
        """The open decision that the attribute waits for, where it has no value yet."""
        value = self.value(name)
        marks = () if is_wholly_known(value) else undecided(value)
        return self.module.decisions[marks[0]] if marks else None

    def one(self, name: str) -> Address | None:
        """The block that the attribute refers to."""
        value, schema = self.value(name), self.schema.attribute(name)
        assert schema is not None
        assert isinstance(schema.type, ReferenceType)
        if value.is_null or value.is_unknown:
            return None
        return self._address(name, schema.type.kind, value, self.attribute(name).value)

    def many(self, name: str) -> tuple[tuple[Address, Range], ...]:
        """The blocks that the attribute refers to, each once, with the place of the reference.

        A repeated block without a key stands for all of its instances.
        """
        value, schema = self.value(name), self.schema.attribute(name)
        assert schema is not None
        assert isinstance(schema.type, ListType)
        assert isinstance(schema.type.element, ReferenceType)
        kind = schema.type.element.kind
        if value.is_null or value.is_unknown:
            return ()
        expression = self.attribute(name).value
        if not isinstance(value.data, tuple):
            detail = f'"{name}" of {self.title} takes a list, such as [{kind}.x].'
            self.error("Wrong type", detail, expression.range)
            return ()
        found: dict[Address, Range] = {}
        for item, node in zip(value.data, _items(expression, len(value.data)), strict=True):
            for leaf in _leaves(item):
                address = self._address(name, kind, leaf, node)
                if address is not None:
                    found.setdefault(address, node.range)
        return tuple(found.items())

    def _address(self, name: str, kind: str, value: Value, node: Expression) -> Address | None:
        match value.data:
            case Reference(address) if address.kind == kind:
                return address
            case Reference(address):
                detail = f'"{name}" of {self.title} takes a {kind}, and {address} is a {address.kind}.'
            case None:
                detail = f'"{name}" of {self.title} takes a {kind}, not null.'
            case _ if value.is_unknown:
                return None
            case str(text) if (kind, text) in self.module.declared.named:
                detail = f'"{name}" of {self.title} takes a {kind}, not a string. Did you mean {kind}.{text}?'
            case _:
                found = "several blocks" if _holds_references(value) else f"a {type_name(value.type)}"
                detail = f'"{name}" of {self.title} takes a {kind}, such as {kind}.x, and this is {found}.'
        self.error("Wrong kind of reference", detail, node.range)
        return None


def instance_of(module: Module, block: Block, scope: Scope, index: str | int | None, part: str) -> Instance:
    schema = KINDS[block.type]
    address = None
    path = part
    if "name" in schema.labels:
        address = Address(block.type, block.labels[0].value, index)
        path = str(address)
    elif index is not None:
        path = f"{part} [{index!r}]"
    return Instance(module, block, schema, scope, path, part, block.title, address)


def is_sensitive(value: Value) -> bool:
    """Whether there is a sensitive value in it, at any depth."""
    return any(isinstance(mark, Sensitive) for mark in deep_marks(value))


def undecided(value: Value) -> tuple[Undecided, ...]:
    """The undecided marks in a value, at any depth, in the order of their places."""
    marks = [mark for mark in deep_marks(value) if isinstance(mark, Undecided)]
    return tuple(sorted(marks, key=lambda mark: (mark.place, mark.why)))


def _leaves(value: Value) -> Iterator[Value]:
    """The elements of a repeated block's references; anything else is a leaf itself."""
    if isinstance(value.data, dict) and _holds_references(value):
        yield from value.data.values()
    elif isinstance(value.data, tuple) and _holds_references(value):
        yield from value.data
    else:
        yield value


def _holds_references(value: Value) -> bool:
    match value.data:
        case dict(items):
            inner = tuple(items.values())
        case tuple(items):
            inner = items
        case _:
            return False
    return all(isinstance(item.data, Reference) for item in inner)


def _is_reference(schema: AttributeSchema) -> bool:
    type_ = schema.type.element if isinstance(schema.type, ListType) else schema.type
    return isinstance(type_, ReferenceType)


def _items(expression: Expression, count: int) -> tuple[Expression, ...]:
    """The expression of each element, where they stand one by one; else the whole for each."""
    inner = unwrapped(expression)
    if isinstance(inner, nodes.Tuple) and len(inner.items) == count:
        return inner.items
    return (expression,) * count


def _places(expression: Expression, count: int) -> Iterator[Range]:
    return (item.range for item in _items(expression, count))
