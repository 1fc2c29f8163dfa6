"""docs/reference/functions.md, from the functions' own definitions; each example is evaluated here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostics, Failure, Range
from flagstaff.language.evaluate import evaluate
from flagstaff.language.evaluate_calls import SPECIAL
from flagstaff.language.functions import (
    FUNCTIONS,
    WITHHELD,
    collections,
    conversions,
    encoding,
    formatting,
    mappings,
    marking,
    numeric,
    patterns,
    sets,
    spans,
    strings,
)
from flagstaff.language.functions.signature import Function, Parameter
from flagstaff.language.parse import parse_expression
from flagstaff.language.plain import to_plain
from flagstaff.language.source import Source
from flagstaff.language.types import AnyType, Type, type_name
from flagstaff.language.values import Undecided, Value, deep_marks

HEAD: Final = """# Functions

<!-- Written by docs/generate.py from the functions' definitions: change them, then run `make docs`. -->

Functions mean what they mean in Terraform, and are called as there: `join(", ", var.sites)`, `max(var.numbers...)`.
`undecided` and `between` are Flagstaff's own. Behind `#` stands what an example gives.

No function reads the clock, chance, the environment or the network: a plan is the same each time it is made.
"""
GROUPS: Final[Mapping[str, tuple[ModuleType, ...]]] = {
    "Numbers": (numeric,),
    "Texts": (strings, formatting, patterns),
    "Lists and collections": (collections,),
    "Maps and objects": (mappings,),
    "Sets": (sets,),
    "Types": (conversions,),
    "Encoding and hashes": (encoding,),
    "Sensitive values": (marking,),
}


class _Nowhere:
    """No name is known from outside."""

    def member(self, root: str, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        raise LookupError(f"{root}.{name} at {at}: {len(diagnostics)}")

    def bare(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
        raise LookupError(f"{root} at {at}: {len(diagnostics)}")

    def attribute(self, address: Address, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        raise LookupError(f"{address}.{name} at {at}: {len(diagnostics)}")


def page(_root: Path) -> str:
    """Raises `Failure` where an example is a mistake, ValueError where a function is in no group."""
    parts = [HEAD]
    own = ["undecided", *(name for name in FUNCTIONS if _theme(FUNCTIONS[name]) == spans.__name__)]
    parts.append("## Flagstaff's own\n")
    parts += [_entry(name) for name in own]
    for heading, themes in GROUPS.items():
        names = sorted(name for name in FUNCTIONS if _theme(FUNCTIONS[name]) in {theme.__name__ for theme in themes})
        parts += [f"## {heading}\n", *(_entry(name) for name in names)]
        own += names
    parts += ["## Trying\n", *(_entry(name) for name in sorted(SPECIAL.keys() - {"undecided"}))]
    if missing := sorted(FUNCTIONS.keys() - set(own)):
        raise ValueError(f"In no group: {', '.join(missing)}.")
    parts.append("## What is not there\n")
    parts.append("\n".join(_withheld()) + "\n")
    return "\n".join(parts)


def _theme(function: Function) -> str:
    return function.call.__module__


def _entry(name: str) -> str:
    if name in SPECIAL:
        special = SPECIAL[name]
        return _section(name, special.signature, special.call.__doc__, special.example)
    function = FUNCTIONS[name]
    return _section(name, _signature(function), function.call.__doc__, function.example)


def _section(name: str, signature: str, meaning: str | None, example: str) -> str:
    if not meaning:
        raise ValueError(f'The function "{name}" has no docstring, which says what it does.')
    return (
        f"### `{name}`\n\n`{signature}`\n\n{' '.join(meaning.split())}\n\n"
        f"```hcl\n{example} # {result_of(example)}\n```\n"
    )


def _signature(function: Function) -> str:
    parameters = [_parameter(parameter) for parameter in function.parameters]
    if function.variadic is not None:
        parameters.append(_parameter(function.variadic, "..."))
    return f"{function.name}({', '.join(parameters)}) → {_words(function.result)}"


def _parameter(parameter: Parameter, dots: str = "") -> str:
    named = f"{parameter.name}{dots}"
    return named if isinstance(parameter.type, AnyType) else f"{named}: {_words(parameter.type)}"


def _words(type: Type) -> str:
    return type_name(type).replace(" of any type", "").replace("any type", "any")


def result_of(example: str) -> str:
    """What an expression gives, as it would be written. Raises `Failure`."""
    diagnostics = Diagnostics()
    expression = parse_expression(Source("example", example), diagnostics)
    value = evaluate(expression, _Nowhere(), diagnostics) if expression is not None else None
    if value is None or diagnostics.has_errors:
        raise Failure(*diagnostics.sorted())
    whys = sorted(mark.why for mark in deep_marks(value) if isinstance(mark, Undecided))
    return f"(undecided: {', '.join(whys)})" if whys else _written(to_plain(value))


def _written(data: Any) -> str:
    match data:
        case list():
            return f"[{', '.join(map(_written, data))}]"
        case dict():
            return f"{{ {', '.join(f'{_key(name)} = {_written(item)}' for name, item in data.items())} }}"
        case _:
            return json.dumps(data, ensure_ascii=False)


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name, ensure_ascii=False)


def _withheld() -> Iterator[str]:
    for reason in dict.fromkeys(WITHHELD.values()):
        names = ", ".join(f"`{name}`" for name in sorted(WITHHELD) if WITHHELD[name] == reason)
        yield f"- {names}: {reason}"
