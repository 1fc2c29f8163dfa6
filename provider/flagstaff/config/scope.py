"""What names mean in a module: variables, locals, and blocks, each evaluated when first asked for.

Rule: every part is evaluated once, its mistakes are said once, and what depends on itself is
reported as a path and not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from flagstaff.addresses import Address
from flagstaff.config.expand import ONCE, Copy, copies, is_repeated
from flagstaff.config.hints import name_hint
from flagstaff.config.instance import Instance, instance_of, repeated, undecided
from flagstaff.config.order import Edge, report_cycle
from flagstaff.config.schema.kinds import KINDS, REFERABLE
from flagstaff.config.schema.shapes import BlockSchema
from flagstaff.config.structure import Declared
from flagstaff.config.traversals import calls
from flagstaff.diagnostics import Diagnostic, Diagnostics, Range, Related, did_you_mean
from flagstaff.language import evaluate as evaluator
from flagstaff.language.nodes import Attribute, Block, Expression
from flagstaff.language.scope import Scope
from flagstaff.language.values import MISTAKE, Undecided, Value, number, reference, string
from flagstaff.model.decisions import OpenDecision

_T = TypeVar("_T")

# Values that lead to each other through values, not through names, nest Python's calls.
_DEEPEST: Final = 40
_TITLES: Final = {"var": "variable", "local": "local value"}
_UNDECLARED: Final = {
    "var": "Undeclared variable",
    "local": "Undeclared local value",
    "blocker": "Undeclared blocker",
    "experience": "Undeclared experience",
    "monitor": "Undeclared monitor",
    "product": "Undeclared product",
    "role": "Undeclared role",
    "toggle": "Undeclared toggle",
    "trigger": "Undeclared trigger",
}
_REPETITION: Final = {"each": 'Invalid "each"', "count": 'Invalid "count"'}
_ROOTS: Final = ("var", "local", "each", "count", *REFERABLE)


class Module:
    """One directory's blocks, as something to evaluate.

    `variables` has a value for each declared variable (`MISTAKE` where it got none).
    `broken` are the parts in a cycle that was already reported.
    """

    def __init__(self, declared: Declared, variables: Mapping[str, Value], diagnostics: Diagnostics) -> None:
        self.declared = declared
        self.variables = variables
        self.diagnostics = diagnostics
        self.broken: frozenset[str] = frozenset()
        self._decisions: dict[Undecided, OpenDecision] = {}
        self._met: dict[Undecided, Instance] = {}
        self._values: dict[str, Value] = {}
        self._copies: dict[str, tuple[Copy, ...] | None] = {}
        self._instances: dict[str, Mapping[str | int | None, Instance]] = {}
        self._references: dict[str, Value] = {}
        self._hints: dict[tuple[str, str], str] = {}
        self._running: dict[str, Range | None] = {}

    def evaluate(
        self,
        expression: Expression,
        scope: Scope,
        context: str,
        address: Address | None = None,
        place: Instance | str = "",
    ) -> Value:
        """Evaluate, with the mistakes put down to a block, and what is undecided to `place`."""
        found = Diagnostics()
        value = evaluator.evaluate(expression, scope, found)
        if found.items:
            self.blame(found, context, address)
        self.note(value, expression, place)
        return value

    def blame(self, found: Iterable[Diagnostic], context: str, address: Address | None) -> None:
        """Take over diagnostics; those that name no block are put down to this one."""
        named = None if address is None else str(address)
        for item in found:
            self.diagnostics.items.append(replace(item, context=item.context or context, address=item.address or named))

    def note(self, value: Value, expression: Expression, place: Instance | str) -> None:
        """Remember the undecided values in a value: where they are written, and the first block that meets them."""
        for mark in undecided(value):
            if isinstance(place, Instance):
                self._met.setdefault(mark, place)
            if mark not in self._decisions:
                ranges = [call.range for call in calls(expression, "undecided")]
                range_ = next((found for found in ranges if str(found) == mark.place), expression.range)
                name = place.place if isinstance(place, Instance) else place
                self._decisions[mark] = OpenDecision(mark.why, range_, place=name)

    def decision(self, mark: Undecided) -> OpenDecision:
        """An undecided value that was met, with the role that answers for the block that met it first."""
        found = self._decisions[mark]
        if found.owner is None and (met := self._met.get(mark)) is not None:
            found = self._decisions[mark] = replace(found, owner=met.owner)
        return found

    @property
    def decisions(self) -> tuple[OpenDecision, ...]:
        """All undecided values that were met, by their places."""
        found = map(self.decision, self._decisions)
        return tuple(sorted(found, key=lambda one: (one.range is None, one.range, one.why)))

    def once(self, key: str, at: Range | None, cache: dict[str, _T], compute: Callable[[], _T], otherwise: _T) -> _T:
        """What `compute` gives, kept under `key`; `otherwise` (and a report) where it needs itself."""
        if key in cache:
            return cache[key]
        if key in self._running:
            self._report_cycle(key, at)
            return otherwise
        if len(self._running) >= _DEEPEST:
            detail = f"{key} is reached through more than {_DEEPEST} values, each inside of another. Flatten them."
            self.diagnostics.error("References nested too deeply", detail, at)
            return otherwise
        self._running[key] = at
        try:
            cache[key] = compute()
        finally:
            del self._running[key]
        return cache[key]

    def _report_cycle(self, key: str, at: Range | None) -> None:
        running = list(self._running)
        path = [*running[running.index(key) :], key]
        places = [*(self._running[part] for part in path[1:-1]), at]
        edges = [
            Edge(source, target, place)
            for source, target, place in zip(path[:-1], path[1:], places, strict=True)
            if place is not None
        ]
        report_cycle(edges, self.diagnostics)

    def value(self, key: str, at: Range | None, compute: Callable[[], Value]) -> Value:
        return self.once(key, at, self._values, compute, MISTAKE)

    def local(self, name: str, at: Range | None = None) -> Value:
        """The value of a declared local."""
        key = f"local.{name}"
        expression = self.declared.locals[name].value
        if key in self.broken:
            return MISTAKE
        return self.value(key, at, lambda: self.evaluate(expression, Names(self), "locals", None, key))

    def instances(self, block: Block, at: Range | None = None) -> tuple[Instance, ...]:
        """The instances of a block, in the order of their keys; none after a mistake."""
        found = self.expanded(block, at)
        return () if found is None else tuple(found.values())

    def instance(self, address: Address, at: Range) -> Instance | None:
        found = self.expanded(self.declared.named[address.kind, address.name], at)
        return None if found is None else found.get(address.index)

    def expanded(self, block: Block, at: Range | None = None) -> Mapping[str | int | None, Instance] | None:
        """The instances by key or number; None where it can't be said which there are."""
        key = path_of(block)
        if key in self.broken:
            return None
        if key not in self._instances:
            scope = Names(self)
            found = self.copies(key, block, KINDS[block.type], scope, block.title, None, at, key)
            if found is None:
                return None
            self._instances[key] = {
                copy.index: instance_of(self, block, scope.inside(copy), copy.index, key) for copy in found
            }
        return self._instances[key]

    def copies(
        self,
        key: str,
        block: Block,
        schema: BlockSchema,
        scope: Names,
        context: str,
        address: Address | None,
        at: Range | None,
        place: Instance | str,
    ) -> tuple[Copy, ...] | None:
        """How often a block stands there, worked out once; None after a mistake."""

        def value_of(attribute: Attribute) -> Value:
            return self.evaluate(attribute.value, scope, context, address, place)

        def complain(summary: str, detail: str, place: Range, related: tuple[Related, ...] = ()) -> None:
            where = None if address is None else str(address)
            self.diagnostics.error(summary, detail, place, context=context, address=where, related=related)

        if not schema.repeats or not is_repeated(block):
            return ONCE
        return self.once(key, at, self._copies, lambda: copies(block, value_of, complain), None)

    def block_value(self, kind: str, name: str, at: Range) -> Value:
        """What `toggle.x` is: a reference; an object of them for `for_each`, a tuple for `count`."""
        key = f"{kind}.{name}"
        if key not in self._references:
            block, address = self.declared.named[kind, name], Address(kind, name)
            found = self.expanded(block, at) if is_repeated(block) else {None: None}
            if found is None:
                return MISTAKE
            self._references[key] = repeated(block, {index: reference(address.instance(index)) for index in found})
        return self._references[key]

    def hint(self, root: str, name: str, candidates: Callable[[], Iterable[str]]) -> str:
        """`Did you mean`, looked up once for each name: many blocks can share one mistake."""
        if (root, name) not in self._hints:
            self._hints[root, name] = did_you_mean(name, candidates())
        return self._hints[root, name]


@dataclass(frozen=True, slots=True)
class Names:
    """The scope of an expression in a module; in repeated blocks, with `each` and `count`: the innermost first."""

    module: Module
    copies: tuple[Copy, ...] = ()

    def inside(self, copy: Copy) -> Names:
        """The scope inside of a block that stands there."""
        return self if copy.index is None else Names(self.module, (copy, *self.copies))

    def member(self, root: str, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        module, declared = self.module, self.module.declared
        known: Iterable[str]
        match root:
            case "var" if name in module.variables:
                return module.variables[name]
            case "local" if name in declared.locals:
                return module.local(name, at)
            case "each" | "count":
                return self._repetition(root, name, at, diagnostics)
            case _ if root in REFERABLE and (root, name) in declared.named:
                return module.block_value(root, name, at)
            case "var":
                known = module.variables
            case "local":
                known = declared.locals
            case _ if root in REFERABLE:
                known = declared.names(root)
            case _:
                return self._unknown(root, at, diagnostics)
        if not declared.incomplete:
            title, hint = _TITLES.get(root, root), module.hint(root, name, lambda: known)
            diagnostics.error(_UNDECLARED[root], f'There is no {title} "{name}".{hint}', at)
        return MISTAKE

    def _repetition(self, root: str, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        for copy in self.copies:
            match root, name, copy.index:
                case "each", "key", str(key):
                    return string(key)
                case "each", "value", str():
                    assert copy.value is not None
                    return copy.value
                case "count", "index", int(index):
                    return number(index)
                case _:
                    pass
        if (root, name) in {("each", "key"), ("each", "value"), ("count", "index")}:
            needed = "for_each" if root == "each" else "count"
            detail = f"{root}.{name} has a value only in a block with {needed}."
        else:
            choices = {"each": ("key", "value"), "count": ("index",)}[root]
            detail = f"There are only {' and '.join(f'{root}.{choice}' for choice in choices)}."
        diagnostics.error(_REPETITION[root], detail, at)
        return MISTAKE

    def bare(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
        if root in _ROOTS:
            diagnostics.error("Incomplete reference", f"{root} must be followed by a name, as in {root}.x.", at)
            return MISTAKE
        return self._unknown(root, at, diagnostics)

    def _unknown(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
        module = self.module
        hint = name_hint(root, module.declared, module.variables, _ROOTS)
        diagnostics.error("Unknown name", f'There is nothing named "{root}" here.{hint}', at)
        return MISTAKE

    def attribute(self, address: Address, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        instance = self.module.instance(address, at)
        return MISTAKE if instance is None else instance.member(name, at, diagnostics)


def path_of(block: Block) -> str:
    """The name of a block in paths: its address, or its kind and place."""
    if "name" in KINDS[block.type].labels:
        return f"{block.type}.{block.labels[0].value}"
    return f"{block.type} at {block.source.filename}:{block.range.start.line}"
