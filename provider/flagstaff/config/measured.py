"""Conditions over what a monitor measures: `pass_when`, and `when` of a trigger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flagstaff.addresses import Address
from flagstaff.config.instance import Instance, undecided
from flagstaff.config.monitor_sources import SOURCES
from flagstaff.config.traversals import calls, mentions
from flagstaff.diagnostics import Diagnostics, Range, Severity, did_you_mean
from flagstaff.language.conditions import compile_condition
from flagstaff.language.nodes import Expression
from flagstaff.language.scope import Scope
from flagstaff.language.values import MISTAKE, Value
from flagstaff.model.conditions import Always, Condition, mentioned, symbols
from flagstaff.model.decisions import OpenDecision

SYMBOLS: Final = frozenset({"measured", "baseline", "numerator", "samples"})
_WHERE: Final = {
    "baseline": "the monitor has no baseline block",
    "numerator": "its source has no numerator and denominator, only a number",
    "samples": "its source has no numerator and denominator, only a number",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a monitor's numbers: the kind of its source, and which of the symbols have a value."""

    kind: str
    counted: bool
    compared: bool

    @property
    def symbols(self) -> frozenset[str]:
        without = set() if self.counted else {"numerator", "samples"}
        return SYMBOLS - without - (set() if self.compared else {"baseline"})


def condition(instance: Instance, name: str, known: Known) -> Condition | OpenDecision | None:
    """The compiled attribute; None after a mistake, which was reported."""
    if f"{instance.part}.{name}" in instance.module.broken:
        return None
    expression = instance.attribute(name).value
    if not SOURCES[known.kind].measures:
        nothing_to_compare(instance, known.kind, expression.range)
        return None
    found = Diagnostics()
    compiled = compile_condition(expression, _Numbers(instance.scope), found, SYMBOLS)
    instance.module.blame(
        [item for item in found if item.severity is Severity.ERROR], instance.context, instance.address
    )
    for call in calls(expression, "undecided"):
        instance.evaluate(call)
    if compiled is None:
        return None if found.has_errors else _decision(instance, expression)
    return compiled if _check(instance, name, compiled, known) else None


def nothing_to_compare(instance: Instance, kind: str, place: Range | None) -> None:
    detail = f'A source "{kind}" answers with a verdict, not with a number: there is nothing to compare. Take this out.'
    instance.error("Nothing to compare", detail, place)


def _decision(instance: Instance, expression: Expression) -> OpenDecision | None:
    """The first value that the condition waits for."""
    nodes = [*calls(expression, "undecided"), *(mention.node for mention in mentions(expression))]
    marks = [mark for node in nodes for mark in undecided(instance.evaluate(node))]
    return instance.module.decision(marks[0]) if marks else None


def _check(instance: Instance, name: str, compiled: Condition, known: Known) -> bool:
    place = instance.range(name)
    for one in mentioned(compiled):
        detail = f'"{name}" of {instance.title} is about numbers that were measured, and {one} is true of a person.'
        instance.error("Invalid condition", detail, place)
        return False
    for symbol in sorted(symbols(compiled) - known.symbols):
        detail = f'"{name}" of {instance.title} has no {symbol} to go by: {_WHERE[symbol]}.'
        instance.error("Number that is not measured", detail, place)
        return False
    if isinstance(compiled, Always):
        detail = f"Whatever is measured, this is {compiled}. Compare measured with something: measured <= 0.01."
        instance.warn("Condition is always true" if compiled.value else "Condition is always false", detail, place)
    return True


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The scope of such a condition: a slip in the name of a number is told apart from other unknown names."""

    scope: Scope

    def member(self, root: str, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        return self.scope.member(root, name, at, diagnostics)

    def attribute(self, address: Address, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        return self.scope.attribute(address, name, at, diagnostics)

    def bare(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
        hint = did_you_mean(root, SYMBOLS)
        if not hint:
            return self.scope.bare(root, at, diagnostics)
        diagnostics.error("Unknown name", f'There is nothing named "{root}" here.{hint}', at)
        return MISTAKE
