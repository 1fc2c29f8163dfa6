"""Variables: what a module declares, and the values that it is given from outside.

Rule: no message about a sensitive variable's value says the value, or marks the place where it
stands, for that line would be printed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from flagstaff.addresses import Address
from flagstaff.config.hints import type_hint
from flagstaff.config.instance import is_sensitive
from flagstaff.config.scope import Module, Names
from flagstaff.config.structure import Declared
from flagstaff.diagnostics import Diagnostics, Range, Related, Severity, did_you_mean
from flagstaff.language.convert import ConversionError, convert
from flagstaff.language.evaluate import evaluate
from flagstaff.language.limits import fits
from flagstaff.language.nodes import Block, Expression, Node
from flagstaff.language.parse import parse_expression
from flagstaff.language.plain import NotPlain, to_plain
from flagstaff.language.source import Source
from flagstaff.language.typeexpr import parse_type
from flagstaff.language.types import ANY, BOOL, STRING, Type
from flagstaff.language.values import MISTAKE, NULL, Sensitive, Value, is_wholly_known, normalized, unknown


@dataclass(frozen=True, slots=True)
class Given:
    """A value for a variable, from outside of the module.

    `content` is an expression from a file, a value from a JSON file, or the text of an argument
    or environment variable. `origin` says where it comes from. `undeclared` is how bad it is that
    there is no such variable; None: not at all.
    """

    name: str
    content: Expression | Value | str
    origin: str
    range: Range | None = None
    undeclared: Severity | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """`type` None: it is a mistake. `literal`: a text from the command line is the value itself."""

    name: str
    block: Block
    type: Type | None
    literal: bool
    default: Value | None
    sensitive: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class Assigned:
    """A variable's value, with the expression or place that it comes from."""

    variable: Variable
    value: Value
    expression: Expression | None
    range: Range


def read_variables(declared: Declared, diagnostics: Diagnostics) -> Mapping[str, Variable]:
    """The variables that a module declares, in the order of its files."""
    return {block.labels[0].value: _read(block, diagnostics) for block in declared.of("variable")}


def assign(
    variables: Mapping[str, Variable],
    given: Sequence[Given],
    declared: Declared,
    diagnostics: Diagnostics,
    *,
    needed: Collection[str],
) -> Mapping[str, Assigned]:
    """A value for each variable: the last one given, or its default. `MISTAKE` after a mistake.

    `needed` are those that must have one; another one without either is unknown.
    """
    chosen: dict[str, Given] = {}
    for one in given:
        if one.name in variables:
            chosen[one.name] = one
        elif one.undeclared is not None and not declared.incomplete:
            _undeclared(one, variables, diagnostics)
    return {
        name: _assign(variable, chosen.get(name), name in needed, diagnostics) for name, variable in variables.items()
    }


def shown(assigned: Mapping[str, Assigned]) -> dict[str, Mapping[str, Any]]:
    """Each variable with its value as plain JSON, by name; without it what is sensitive, too large, or not chosen."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, one in sorted(assigned.items()):
        found[name] = {}
        if not is_sensitive(one.value) and is_wholly_known(one.value) and fits(one.value):
            with suppress(NotPlain):
                found[name] = {"value": to_plain(one.value)}
    return found


def validate(assigned: Iterable[Assigned], module: Module) -> None:
    """Check each value against the conditions of its variable."""
    for one in assigned:
        context = one.variable.block.title
        for rule in one.variable.block.body.blocks:
            condition = rule.body.attributes.get("condition")
            message = rule.body.attributes.get("error_message")
            if rule.type != "validation" or condition is None or message is None or one.value is MISTAKE:
                continue
            verdict = module.evaluate(condition.value, Names(module), context)
            try:
                holds = convert(verdict, BOOL)
            except ConversionError as error:
                detail = f"The condition of a validation must be true or false: {error}."
                module.diagnostics.error("Wrong type", detail, condition.value.range, context=context)
                continue
            if holds.data is not False:
                continue
            said = module.evaluate(message.value, Names(module), context)
            text = said.data if isinstance(said.data, str) and not said.is_sensitive else "It breaks its rule."
            module.diagnostics.error(
                "Invalid value for variable",
                f"var.{one.variable.name}: {text} The rule is at {condition.range}.",
                one.range,
                context=context,
                related=(Related(condition.value.range, "this condition is false"),),
            )


class _Nothing:
    """The scope of constants: defaults, variable files, arguments."""

    def member(self, root: str, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        return self._refuse(f"{root}.{name}", at, diagnostics)

    def bare(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
        return self._refuse(root, at, diagnostics)

    def attribute(self, address: Address, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        return self._refuse(f"{address}.{name}", at, diagnostics)

    @staticmethod
    def _refuse(what: str, at: Range, diagnostics: Diagnostics) -> Value:
        detail = f"This value can't refer to {what}: it is needed before anything else is known. Quote a text."
        diagnostics.error("References not allowed", detail, at)
        return MISTAKE


_NOTHING: Final = _Nothing()


def _read(block: Block, diagnostics: Diagnostics) -> Variable:
    attributes, found = block.body.attributes, Diagnostics()
    type_attribute = attributes.get("type")
    type_ = ANY if type_attribute is None else parse_type(type_attribute.value, found)
    nullable = _constant(block, "nullable", BOOL, found)
    sensitive = _constant(block, "sensitive", BOOL, found)
    _constant(block, "description", STRING, found)
    default = None if "default" not in attributes else evaluate(attributes["default"].value, _NOTHING, found)
    if default is not None and type_ is not None:
        try:
            default = convert(default, type_)
        except ConversionError as error:
            hint = "" if sensitive.data else type_hint("", type_, default, attributes["default"].value)
            detail = f"The default doesn't fit the variable's type: {error}.{hint}"
            found.error("Invalid default", detail, attributes["default"].value.range)
            default = MISTAKE
    if default is not None and default.is_null and nullable.data is False:
        detail = "The default is null, but nullable = false. Give another default, or leave it out."
        found.error("Invalid default", detail, attributes["default"].value.range)
        default = MISTAKE
    _blame(found, block, diagnostics)
    return Variable(
        name=block.labels[0].value,
        block=block,
        type=type_,
        literal=type_attribute is None or type_ == STRING,
        default=default,
        sensitive=sensitive.data is not None and sensitive.data is not False,
        nullable=nullable.data is not False,
    )


def _constant(block: Block, name: str, type_: Type, diagnostics: Diagnostics) -> Value:
    attribute = block.body.attributes.get(name)
    if attribute is None:
        return NULL
    value = evaluate(attribute.value, _NOTHING, diagnostics)
    try:
        return convert(value, type_)
    except ConversionError as error:
        diagnostics.error("Wrong type", f'"{name}" has the wrong type: {error}.', attribute.value.range)
        return MISTAKE


def _assign(variable: Variable, given: Given | None, require_value: bool, diagnostics: Diagnostics) -> Assigned:
    header, default = variable.block.header_range, variable.block.body.attributes.get("default")
    found = Diagnostics()
    value = None
    if variable.type is None:
        return Assigned(variable, MISTAKE, None, header)
    if given is not None:
        value = _value(variable, variable.type, given, found)
        if value.is_null and not variable.nullable:
            if variable.default is None:
                detail = f"var.{variable.name} may not be null; {given.origin} sets it to null."
                found.error("Invalid value for variable", detail, given.range)
                value = MISTAKE
            else:
                value = None
    if value is not None and given is not None:
        expression = None if isinstance(given.content, str | Value) else given.content
        place = given.range or header
    else:
        value, expression = variable.default, None if default is None else default.value
        place = header if default is None else default.value.range
        if value is None and require_value:
            detail = (
                f"var.{variable.name} has no default and was not given. Set it in a variable file, with "
                f"-var '{variable.name}=...', or in FLAGSTAFF_VAR_{variable.name}."
            )
            found.error("No value for variable", detail, header)
            value = MISTAKE
    if value is None:
        value = unknown(variable.type)
    elif value.is_unknown and not value.marks:
        value = MISTAKE
    if variable.sensitive:
        found = _silenced(variable, given, found)
        place = header
        value = value if value is MISTAKE else value.with_marks([Sensitive()])
    _blame(found, variable.block, diagnostics)
    return Assigned(variable, value, expression, place)


def _value(variable: Variable, type_: Type, given: Given, diagnostics: Diagnostics) -> Value:
    match given.content:
        case Value():
            value = given.content
        case str(text) if any("\ud800" <= character <= "\udfff" for character in text):
            # Python's stand-ins for bytes of an argument that are no UTF-8.
            diagnostics.error("Invalid value for variable", f"{given.origin} is not in UTF-8.")
            return MISTAKE
        case str(text) if variable.literal:
            value = normalized(text)
        case str(text):
            found = Diagnostics()
            expression = parse_expression(Source(given.origin, text), found)
            value = MISTAKE if expression is None or found.has_errors else evaluate(expression, _NOTHING, found)
            for item in found:  # an argument is no file: say it in words, without a place
                detail = f"{given.origin} gives var.{variable.name} no valid value. {item.detail}"
                diagnostics.error("Invalid value for variable", detail)
        case expression:
            value = evaluate(expression, _NOTHING, diagnostics)
    try:
        return convert(value, type_)
    except ConversionError as error:
        detail = f"{given.origin} gives var.{variable.name} a value of the wrong type: {error}."
        detail += type_hint("", type_, value, given.content if isinstance(given.content, Node) else None)
        diagnostics.error("Invalid value for variable", detail, given.range)
        return MISTAKE


def _silenced(variable: Variable, given: Given | None, found: Diagnostics) -> Diagnostics:
    """The same mistakes, without what could show the value."""
    if given is None or not found.has_errors:
        return found
    silent = Diagnostics()
    place = f" ({given.range})" if given.range is not None else ""
    detail = (
        f"{given.origin}{place} gives var.{variable.name} no valid value. The variable is sensitive, so the value "
        "is not shown."
    )
    silent.error("Invalid value for variable", detail, variable.block.header_range)
    return silent


def _undeclared(given: Given, variables: Mapping[str, Variable], diagnostics: Diagnostics) -> None:
    bare = given.name.removeprefix("var.")
    hint = f' Write its name without "var.": {bare}.' if bare in variables else did_you_mean(given.name, variables)
    detail = f'{given.origin} sets "{given.name}", and there is no such variable.{hint}'
    if given.undeclared is Severity.ERROR:
        diagnostics.error("Undeclared variable", detail, given.range)
    else:
        diagnostics.warning("Undeclared variable", detail, given.range)


def _blame(found: Diagnostics, block: Block, diagnostics: Diagnostics) -> None:
    for item in found:
        diagnostics.items.append(replace(item, context=block.title))
