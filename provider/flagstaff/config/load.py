"""Loading a configuration: from a directory of files, and variables, to `Desired`.

Rule: the only module of the package, with `files`, that reads anything; `build` does the rest.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final, assert_never

import flagstaff
from flagstaff.config.build import build
from flagstaff.config.files import configuration_files, read, variable_files, warn_of_unread
from flagstaff.config.grammar_cache import prepare
from flagstaff.config.variables import Given
from flagstaff.diagnostics import Diagnostics, Position, Range, Severity
from flagstaff.language.nodes import Body
from flagstaff.language.parse import parse
from flagstaff.language.plain import from_plain
from flagstaff.language.source import Source
from flagstaff.model.configuration import Desired
from flagstaff.repository import root as repository

_PREFIX: Final = "FLAGSTAFF_VAR_"


@dataclass(frozen=True, slots=True)
class Variable:
    """`-var name=text`."""

    name: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VariableFile:
    """`-var-file path`."""

    path: Path


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a configuration is given from outside.

    `given` is in the order of the command line. `require_values` false: a variable without a value
    is unknown, and what is built on it is not checked; `require_secrets` false: a sensitive one is. `backend` is
    what `-backend-config` was given, each `KEY=VALUE` or the path of a file; it is no part of the configuration.
    """

    given: tuple[Variable | VariableFile, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    require_values: bool = True
    require_secrets: bool = True
    backend: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Loaded:
    """`desired` is None where there are errors. `sources` are the texts that a diagnostic may quote.

    `partial` is what could be made of it all the same, for checks that come later: all mistakes are
    to be told at once.
    """

    desired: Desired | None
    diagnostics: Diagnostics
    sources: Mapping[str, Source]
    partial: Desired | None = None


def load(directory: Path, inputs: Inputs) -> Loaded:
    """Read and evaluate the configuration in a directory.

    Values of variables are taken from, the weakest first: the environment, `flagstaff.hclvars`,
    `flagstaff.hclvars.json`, `*.auto.hclvars` and `*.auto.hclvars.json` by name, then `-var` and
    `-var-file` in their order. A later value replaces an earlier one as a whole.
    """
    diagnostics, root = Diagnostics(), repository(directory)
    prepare(os.environ)
    sources: dict[str, Source] = {}
    bodies, incomplete = _bodies(directory, root, sources, diagnostics)
    if not sources:
        return Loaded(None, Diagnostics(list(diagnostics.sorted())), sources)
    warn_of_unread(directory, diagnostics)
    quotable: dict[str, Source] = {}
    given = tuple(_given(directory, inputs, root, quotable, diagnostics))
    desired = build(
        bodies,
        given,
        diagnostics,
        version=flagstaff.__version__,
        incomplete=incomplete,
        require_values=inputs.require_values,
        require_secrets=inputs.require_secrets,
    )
    if not _has_secrets(bodies):
        sources.update(quotable)
    whole = None if diagnostics.has_errors else desired
    return Loaded(whole, Diagnostics(list(diagnostics.sorted())), sources, desired)


def _bodies(
    directory: Path, root: Path | None, sources: dict[str, Source], diagnostics: Diagnostics
) -> tuple[list[Body], frozenset[str]]:
    """What the files say; `incomplete` are those that can't be read, or not all of them."""
    incomplete: set[str] = set()
    bodies: list[Body] = []
    for path in configuration_files(directory, diagnostics):
        source = read(path, path.name, root, diagnostics, found=True)
        if source is None:
            incomplete.add(path.name)
            continue
        sources[source.filename] = source
        found = Diagnostics()
        bodies.append(parse(source, found))
        diagnostics.extend(found)
        if found.has_errors:
            incomplete.add(source.filename)
    return bodies, frozenset(incomplete)


def _given(
    directory: Path, inputs: Inputs, root: Path | None, quotable: dict[str, Source], diagnostics: Diagnostics
) -> Iterator[Given]:
    """Every value from outside, the strongest last."""
    for name in sorted(inputs.environment):
        if name.startswith(_PREFIX):
            yield Given(name.removeprefix(_PREFIX), inputs.environment[name], name)
    for path in variable_files(directory):
        yield from _from_file(path, path.name, root, quotable, diagnostics)
    for one in inputs.given:
        match one:
            case Variable(name, text):
                yield Given(name, text, f"-var {name}=...", undeclared=Severity.ERROR)
            case VariableFile(path):  # named by the user, not by the configuration: it may be anywhere
                yield from _from_file(path, str(path), None, quotable, diagnostics)
            case _:
                assert_never(one)


def _from_file(
    path: Path, name: str, root: Path | None, quotable: dict[str, Source], diagnostics: Diagnostics
) -> Iterator[Given]:
    source = read(path, name, root, diagnostics)
    if source is None:
        return
    quotable[name] = source
    if name.endswith(".json"):
        yield from _from_json(source, diagnostics)
        return
    body = parse(source, diagnostics)
    for block in body.blocks:
        detail = f'A variable file has only lines such as name = value; "{block.type}" is a block.'
        diagnostics.error("Block in a variable file", detail, block.header_range)
    for attribute in body.attributes.values():
        yield Given(attribute.name, attribute.value, name, attribute.value.range, Severity.WARNING)


def _from_json(source: Source, diagnostics: Diagnostics) -> Iterator[Given]:
    try:
        content = json.loads(source.text, parse_float=Decimal)
        json.dumps(content, ensure_ascii=False, default=str).encode()  # half a surrogate pair is no text
        if not isinstance(content, dict):
            diagnostics.error("Invalid JSON", f"{source.filename} must have an object, from names to values, in it.")
            return
        values = {name: from_plain(value) for name, value in content.items()}
    except json.JSONDecodeError as error:
        byte = len(source.text[: error.pos].encode())
        start, end = (Position(error.lineno, error.colno + width, byte + width) for width in (0, 1))
        detail = f"{source.filename} is not JSON: {error.msg}."
        diagnostics.error("Invalid JSON", detail, Range(source.filename, start, end))
        return
    except (ValueError, RecursionError):  # the message could quote a value
        detail = f"{source.filename} has a number or text in it that can't be held, or is nested too deeply."
        diagnostics.error("Invalid JSON", detail)
        return
    for name, value in values.items():
        yield Given(name, value, source.filename, undeclared=Severity.WARNING)


def _has_secrets(bodies: list[Body]) -> bool:
    """Whether a variable is sensitive: then lines of variable files are not quoted."""
    return any(
        block.type == "variable" and "sensitive" in block.body.attributes for body in bodies for block in body.blocks
    )
