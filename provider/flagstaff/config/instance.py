"""One instance of a block, whose attributes are evaluated, checked and converted when first asked for.

Rule: a value that comes from here has its declared type, or is null or unknown. Unknown without
an open decision means that a mistake was reported: whoever reads it stays silent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from flagstaff.addresses import Address
from flagstaff.config.expand import Copy, is_repeated
from flagstaff.config.hints import brackets_hint, reference_hint, type_hint
from flagstaff.config.schema.kinds import KINDS
from flagstaff.config.schema.shapes import AttributeSchema, BlockSchema, Reading
from flagstaff.config.traversals import unwrapped
from flagstaff.diagnostics import Diagnostics, Range, Related, did_you_mean
from flagstaff.language import nodes
from flagstaff.language.convert import ConversionError, convert, type_name
from flagstaff.language.nodes import Attribute, Block, Expression
from flagstaff.language.numbers import Number, to_decimal
from flagstaff.language.types import ANY, ListType, ReferenceType
from flagstaff.language.values import (
    MISTAKE,
    NULL,
    SENSITIVE,
    UNKNOWN,
    Reference,
    Undecided,
    Value,
    children,
    deep_marks,
    is_wholly_known,
    object_of,
    tuple_of,
)
from flagstaff.model.decisions import OpenDecision

if TYPE_CHECKING:  # the module makes instances, and they ask it for values
    from flagstaff.config.scope import Module, Names


@dataclass(frozen=True, slots=True)
class Instance:
    """`path` names it among the parts of a module, `part` names its block there.

    `context` and `address` are what its mistakes are put down to. `outer` is the block around it.
    """

    module: Module
    block: Block
    schema: BlockSchema
    scope: Names
    path: str
    part: str
    context: str
    address: Address | None
    index: str | int | None
    outer: Instance | None = None

    def error(self, summary: str, detail: str, range: Range | None, related: tuple[Related, ...] = ()) -> None:
        where = None if self.address is None else self.title
        self.module.diagnostics.error(summary, detail, range, context=self.context, address=where, related=related)

    def warn(self, summary: str, detail: str, range: Range | None, related: tuple[Related, ...] = ()) -> None:
        where = None if self.address is None else self.title
        self.module.diagnostics.warning(summary, detail, range, context=self.context, address=where, related=related)

    @property
    def title(self) -> str:
        """What messages call it: its address, or its block; `rollout.x.stage.y` for one inside of another."""
        if self.outer is not None:
            return f"{self.outer.title}.{self.block.type}.{self.name}" if self.block.labels else self.outer.title
        return self.block.title if self.address is None else str(self.address)

    @property
    def place(self) -> str:
        """The title of its block, of which it may be one of many."""
        if self.outer is not None:
            return f"{self.outer.place}.{self.block.type}.{self.label}" if self.block.labels else self.outer.place
        return self.block.title if self.address is None else str(self.address.block)

    @property
    def owner(self) -> Address | None:
        """The role that answers for it: its own, its product's, or that of the block around it."""
        own = self.one("owner") if "owner" in self.schema.attributes else None
        if own is None and "product" in self.schema.attributes and (product := self.one("product")) is not None:
            found = self.module.instance(product, self.attribute("product").value.range)
            own = None if found is None else found.one("owner")
        return self.outer.owner if own is None and self.outer is not None else own

    @property
    def label(self) -> str:
        return self.block.labels[0].value

    @property
    def name(self) -> str:
        """The label with the key or number of a repeated block: `dual["653"]`."""
        kind = self.block.type
        return str(Address(kind, self.label, self.index)).removeprefix(f"{kind}.")

    def has(self, name: str) -> bool:
        return name in self.block.body.attributes

    def attribute(self, name: str) -> Attribute:
        return self.block.body.attributes[name]

    def range(self, name: str) -> Range | None:
        """Where the attribute's value stands."""
        attribute = self.block.body.attributes.get(name)
        return None if attribute is None else attribute.value.range

    def nested(self, kind: str) -> Iterator[Instance]:
        """The blocks of a kind inside of this one, each as often as it stands there."""
        for _, instances in self._blocks(kind):
            yield from instances or ()

    def _blocks(self, kind: str, at: Range | None = None) -> Iterator[tuple[Block, tuple[Instance, ...] | None]]:
        """The blocks of a kind with their instances; None where it can't be said which there are."""
        schema, part = self.schema.blocks[kind], f"{self.part}.{kind}"
        sound = (b for b in self.block.body.blocks if b.type == kind and len(b.labels) >= len(schema.labels))
        for position, block in enumerate(sound):
            path = f"{self.path}.{kind}[{position}]"
            found = None
            if part not in self.module.broken:
                found = self.module.copies(path, block, schema, self.scope, self.context, self.address, at, self)
            yield block, None if found is None else tuple([self._inner(block, path, part, copy) for copy in found])

    def _inner(self, block: Block, path: str, part: str, copy: Copy) -> Instance:
        schema, scope = self.schema.blocks[block.type], self.scope.inside(copy)
        path = path if copy.index is None else f"{path}[{copy.index!r}]"
        return Instance(self.module, block, schema, scope, path, part, self.context, self.address, copy.index, self)

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
        found: list[tuple[Block, Value]] = []
        for block, instances in self._blocks(kind, at):
            values = None if instances is None else {one.index: one.object(at, diagnostics) for one in instances}
            found.append((block, MISTAKE if values is None else repeated(block, values)))
        if self.schema.blocks[kind].labels:
            return object_of({block.labels[0].value: value for block, value in found})
        if any(value is MISTAKE for _, value in found):
            return MISTAKE  # nobody can say how many there are
        return tuple_of(one for block, value in found for one in (children(value) if is_repeated(block) else (value,)))

    def object(self, at: Range, diagnostics: Diagnostics) -> Value:
        return object_of({name: self.member(name, at, diagnostics) for name in sorted(self.schema.attributes)})

    def value(self, name: str, at: Range | None = None) -> Value:
        """The attribute's value; null where it isn't set."""
        attribute = self.block.body.attributes.get(name)
        if attribute is None or (schema := self.schema.attribute(name)) is None:
            return NULL
        if f"{self.part}.{name}" in self.module.broken or self.part in self.module.broken:
            return MISTAKE
        return self.module.value(f"{self.path}.{name}", at, lambda: self._read(attribute, schema))

    def _read(self, attribute: Attribute, schema: AttributeSchema) -> Value:
        name, expression = attribute.name, attribute.value
        value = self.evaluate(expression)
        if not schema.credential and is_sensitive(value):
            detail = (
                f'"{name}" of {self.title} would show a sensitive value. Sensitive values may stand only in a '
                "provider's attributes and in outputs that are declared sensitive; a backend's credentials are "
                "given by -backend-config."
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
            detail = f'"{name}" of {self.title} has the wrong type: {error}.'
            self.error("Wrong type", detail + type_hint(name, schema.type, value, expression), expression.range)
            return MISTAKE

    def evaluate(self, expression: Expression) -> Value:
        """The value of an expression that stands in it."""
        return self.module.evaluate(expression, self.scope, self.context, self.address, self)

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
        return self.exact(name, data) if isinstance(data, int | Fraction | float) else None

    def exact(self, name: str, number: Number) -> Decimal | None:
        """The attribute's number; None (and a report) where it is infinite."""
        decimal = to_decimal(number)
        if decimal.is_finite():
            return decimal
        self.error("Number out of range", f'"{name}" of {self.title} is infinite.', self.range(name))
        return None

    def decision(self, name: str) -> OpenDecision | None:
        """The open decision that the attribute waits for, where it has no value yet."""
        return next(iter(self.decisions(name)), None)

    def decisions(self, *names: str) -> tuple[OpenDecision, ...]:
        """All that these attributes wait for, as far as they have no value yet."""
        values = [value for name in names if not is_wholly_known(value := self.value(name))]
        return tuple(self.module.decision(mark) for value in values for mark in undecided(value))

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
            detail = f'"{name}" of {self.title} takes a list.{brackets_hint(expression)}'
            self.error("Wrong type", detail, expression.range)
            return ()
        found: dict[Address, Range] = {}
        for item, node in zip(value.data, _items(expression, len(value.data)), strict=True):
            for leaf in leaves(item):
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
            case str(text):
                hint = reference_hint(kind, text, self.module.declared)
                detail = f'"{name}" of {self.title} takes a {kind}, not a string.{hint}'
            case _:
                found = "several blocks" if _holds_references(value) else f"a {type_name(value.type)}"
                detail = f'"{name}" of {self.title} takes a {kind}, such as {kind}.x, and this is {found}.'
        self.error("Wrong kind of reference", detail, node.range)
        return None


def instance_of(module: Module, block: Block, scope: Names, index: str | int | None, part: str) -> Instance:
    schema = KINDS[block.type]
    address = None
    path = part
    if "name" in schema.labels:
        address = Address(block.type, block.labels[0].value, index)
        path = str(address)
    elif index is not None:
        path = f"{part} [{index!r}]"
    return Instance(module, block, schema, scope, path, part, block.title, address, index)


def repeated(block: Block, values: Mapping[str | int | None, Value]) -> Value:
    """One value for all instances of a block: an object by key, a tuple for `count`, or the only one."""
    if not is_repeated(block):
        return values[None]
    if "count" in block.body.attributes:
        return tuple_of(values.values())
    return object_of({str(key): value for key, value in values.items()})


def is_sensitive(value: Value) -> bool:
    """Whether there is a sensitive value in it, at any depth."""
    return SENSITIVE in deep_marks(value)


def undecided(value: Value) -> tuple[Undecided, ...]:
    """The undecided marks in a value, at any depth, in the order of their places."""
    marks = deep_marks(value)
    if not marks:
        return ()
    found = [mark for mark in marks if isinstance(mark, Undecided)]
    return tuple(sorted(found, key=lambda mark: (mark.place, mark.why)))


def leaves(value: Value) -> Iterator[Value]:
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
