"""Loading a configuration: from a directory of files, and variables, to `Desired`.

Rule: the only module of the package, with `files`, that reads anything; `build` does the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

import flagstaff
from flagstaff.config.build import build
from flagstaff.config.files import configuration_files, read, repository, variable_files
from flagstaff.config.variables import Given
from flagstaff.diagnostics import Diagnostics, Position, Range, Severity
from flagstaff.language.nodes import Body
from flagstaff.language.parse import parse
from flagstaff.language.plain import from_plain
from flagstaff.language.source import Source
from flagstaff.model.configuration import Desired

_PREFIX: Final = "FLAGSTAFF_VAR_"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a configuration is given from outside: `-var`, `-var-file`, the environment."""

    variables: tuple[tuple[str, str], ...] = ()
    var_files: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Loaded:
    """`desired` is None where there are errors. `sources` are the texts that a diagnostic may quote."""

    desired: Desired | None
    diagnostics: Diagnostics
    sources: Mapping[str, Source]


def load(directory: Path, inputs: Inputs) -> Loaded:
    """Read and evaluate the configuration in a directory.

    Values of variables are taken from, the weakest first: the environment, `flagstaff.hclvars`,
    `flagstaff.hclvars.json`, `*.auto.hclvars` and `*.auto.hclvars.json` by name, `-var-file` in
    order, `-var` in order. A later value replaces an earlier one as a whole.
    """
    diagnostics, root = Diagnostics(), repository(directory)
    sources: dict[str, Source] = {}
    incomplete: set[str] = set()
    bodies: list[Body] = []
    for path in configuration_files(directory, diagnostics):
        source = read(path, path.name, root, diagnostics)
        if source is None:
            incomplete.add(path.name)
            continue
        sources[source.filename] = source
        found = Diagnostics()
        bodies.append(parse(source, found))
        diagnostics.extend(found)
        if found.has_errors:
            incomplete.add(source.filename)
    if not sources:
        return Loaded(None, Diagnostics(list(diagnostics.sorted())), sources)
    given = [*_environment(inputs)]
    quotable: dict[str, Source] = {}
    for path, name, inside in _variable_files(directory, inputs, root):
        given.extend(_from_file(path, name, inside, quotable, diagnostics))
    given.extend(Given(name, text, f"-var {name}=...", undeclared=Severity.ERROR) for name, text in inputs.variables)
    desired = build(bodies, given, diagnostics, version=flagstaff.__version__, incomplete=frozenset(incomplete))
    if not _has_secrets(bodies):
        sources.update(quotable)
    return Loaded(desired, Diagnostics(list(diagnostics.sorted())), sources)


def _environment(inputs: Inputs) -> Iterator[Given]:
    for name in sorted(inputs.environment):
        if name.startswith(_PREFIX):
            yield Given(name.removeprefix(_PREFIX), inputs.environment[name], name)


def _variable_files(directory: Path, inputs: Inputs, root: Path) -> Iterator[tuple[Path, str, Path | None]]:
    for path in variable_files(directory):
        yield path, path.name, root
    for path in inputs.var_files:  # named by the user, not by the configuration: it may be anywhere
        yield path, str(path), None


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
