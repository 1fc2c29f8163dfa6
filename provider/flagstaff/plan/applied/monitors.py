"""Monitors read back from what `rollouts.monitor_document` wrote, and their thresholds as plain JSON. Pure.

A threshold is nested lists, `["<=", "measured", ["*", "baseline", {"value": "1.1"}]]`, with numbers as text.
Reading raises ValueError for anything else: a threshold that is half understood would be another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, assert_never

from flagstaff.addresses import Address
from flagstaff.model.conditions import (
    Always,
    And,
    Arithmetic,
    Comparison,
    Condition,
    Constant,
    Is,
    Not,
    Or,
    Symbol,
    Term,
)
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.rollout import Baseline, Monitor, MonitorSource

Json = Any
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_ARITHMETIC: Final = frozenset("+-*/%")


def condition_form(condition: Condition) -> Json:
    """Raises ValueError for one over toggles, which is no threshold."""
    match condition:
        case Always(value):
            return value
        case Not(operand):
            return ["!", condition_form(operand)]
        case And(operands):
            return ["&&", *map(condition_form, operands)]
        case Or(operands):
            return ["||", *map(condition_form, operands)]
        case Comparison(operator, left, right):
            return [operator, _term_form(left), _term_form(right)]
        case Is():
            raise ValueError(f"{condition} is not about a number")
        case _:
            assert_never(condition)


def _term_form(term: Term) -> Json:
    match term:
        case Constant(value):
            return {"value": f"{value:f}"}
        case Symbol(name):
            return name
        case Arithmetic(operator, left, right):
            return [operator, _term_form(left), _term_form(right)]
        case _:
            assert_never(term)


def read_condition(form: Json) -> Condition:
    """Raises ValueError."""
    match form:
        case bool():
            return Always(form)
        case ["!", operand]:
            return Not(read_condition(operand))
        case ["&&", *operands] if operands:
            return And(tuple(map(read_condition, operands)))
        case ["||", *operands] if operands:
            return Or(tuple(map(read_condition, operands)))
        case [str() as operator, left, right] if operator in _COMPARISONS:
            return Comparison(operator, _read_term(left), _read_term(right))
        case _:
            raise ValueError(f"{form!r} is no threshold")


def _read_term(form: Json) -> Term:
    match form:
        case {"value": str() as text}:
            return Constant(_decimal(text))
        case str():
            return Symbol(form)
        case [str() as operator, left, right] if operator in _ARITHMETIC:
            return Arithmetic(operator, _read_term(left), _read_term(right))
        case _:
            raise ValueError(f"{form!r} is no number")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise ValueError(f'"{text}" is no number') from None


def read_monitor(address: Address, document: Mapping[str, Any]) -> Monitor:
    """A monitor as it was written, without the credentials of its source. Raises ValueError."""
    try:
        threshold, said = document["condition"], document["pass_when"]
        if isinstance(said, str) and threshold is None:
            raise ValueError(f"{address} has a threshold that can't be read")
        return Monitor(
            address,
            document["title"],
            _source(document["source"]),
            window=timedelta(seconds=document["window"]),
            delay=timedelta(seconds=document["delay"]),
            interval=timedelta(seconds=document["interval"]),
            baseline=_baseline(document["baseline"]),
            pass_when=_undecided(said) or (None if threshold is None else read_condition(threshold)),
            pass_when_text=said if isinstance(said, str) else "",
            worse=document["worse"],
            tolerance=_decimal(document["tolerance"]),
            min_samples=document["min_samples"],
            before_traffic=document["before_traffic"],
            unit=document.get("unit", ""),
            where=document.get("where", ""),
            normal=document.get("normal", ""),
            concerning=document.get("concerning", ""),
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"{address} can't be read: {type(error).__name__}") from error


def credentials(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the secrets that the source of such a document needs."""
    source = document.get("source")
    found = source.get("credentials") if isinstance(source, Mapping) else None
    return tuple(found) if isinstance(found, list | tuple) else ()


def _source(document: Mapping[str, Any]) -> MonitorSource | OpenDecision:
    return _undecided(document) or MonitorSource(document["kind"], document["settings"])


def _baseline(document: Mapping[str, Any] | None) -> Baseline | None:
    if document is None:
        return None
    window, value = document["window"], document["value"]
    known = None if value is None else _undecided(value) or _decimal(value)
    return Baseline(None if window is None else timedelta(seconds=window), known)


def _undecided(document: Json) -> OpenDecision | None:
    if isinstance(document, Mapping) and set(document) == {"undecided"}:
        return OpenDecision(document["undecided"], None)
    return None
