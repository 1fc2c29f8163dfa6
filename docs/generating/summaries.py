"""Which messages there are: every summary in the code, with what is said under it. Found in the syntax trees.

Rule: what carries a message's summary or detail is called `summary` or `detail`: a parameter of a function or a field
of a class. What is given for one is traced to literals; a summary that can't be traced is an error here.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from generating.tracing import Function, Module, Trace, name_of, parameters, read_module

# Methods of what is handed around, whose homes a caller needn't import.
_ANYWHERE: Final = frozenset({"error", "warning", "warn"})


@dataclass(frozen=True, slots=True)
class Place:
    """A call that gives a summary. `checks`: the names that the check has which it makes, as in `CheckName`; `passes`:
    that check never stops anything."""

    file: str
    line: int
    severity: str
    checks: tuple[str, ...] = ()
    passes: bool = False


@dataclass(slots=True)
class Message:
    """One summary; `details` are templates in which `…` stands for what differs."""

    summary: str
    places: list[Place] = field(default_factory=list)
    details: list[str] = field(default_factory=list)


class Code:
    """The package's syntax trees."""

    def __init__(self, source: Path) -> None:
        self.modules = {
            ".".join(path.relative_to(source).with_suffix("").parts): read_module(path, source)
            for path in sorted((source / "flagstaff").rglob("*.py"))
            if not {"testing", "markdown", "html"}.intersection(path.parts)
        }
        self.carriers: dict[str, list[Function]] = defaultdict(list)
        for module in self.modules.values():
            for name, found in module.functions.items():
                self.carriers[name] += [one for one in found if "summary" in parameters(one)]
        classes = [
            node
            for module in self.modules.values()
            for found in module.functions.values()
            for node in found
            if isinstance(node, ast.ClassDef)
        ]
        # Of a class without an `__init__` of its own: the one that it stands on. Of an `__init__`: that of its class.
        self.bases: dict[str, str] = {}
        self.above: dict[int, str] = {}
        for node in classes:
            own = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
            for base in map(name_of, node.bases):
                if base in self.carriers and not own:
                    self.bases[node.name] = base
                elif base in self.carriers:
                    self.above[id(own[0])] = base

    def messages(self) -> dict[str, Message]:
        """By summary. Raises `Untraceable`."""
        found: dict[str, Message] = {}
        for module in self.modules.values():
            for call, inside in _calls(module.tree):
                for carrier in self._carriers(call, inside, module)[:1]:
                    self._enter(call, carrier, inside, module, found)
        return dict(sorted(found.items()))

    def _enter(
        self,
        call: ast.Call,
        carrier: Function,
        inside: list[ast.FunctionDef],
        module: Module,
        found: dict[str, Message],
    ) -> None:
        given, told = _argument(call, carrier, "summary"), _argument(call, carrier, "detail")
        if hasattr(dict, carrier.name) and not isinstance(given, ast.Name):
            return  # the method of a dict
        if given is None:
            return
        place = Place(module.file, call.lineno, _severity(call, carrier), *_check(call))
        for summary, detail in Trace(self.modules, module, inside).pairs(given, told):
            message = found.setdefault(summary, Message(summary))
            if place not in message.places:
                message.places.append(place)
            if detail and re.search(r"\w", detail) and detail not in message.details:
                message.details.append(detail)

    def _carriers(self, call: ast.Call, inside: list[ast.FunctionDef], module: Module) -> list[Function]:
        """Of a name that several have: what the module has itself, or what it imports the home of."""
        name = name_of(call.func)
        if name in self.bases:
            return self.carriers[self.bases[name]]
        if name == "__init__" and inside and id(inside[-1]) in self.above:
            return self.carriers[self.above[id(inside[-1])]]
        if name == "cls" or name not in self.carriers:
            return []
        near = [module, *(self.modules[home] for home in module.imports.values() if home in self.modules)]
        if isinstance(call.func, ast.Name):
            home = self.modules.get(module.imports.get(name, ""))
            near = [module] if name in module.functions else [] if home is None else [home]
        found = [one for home in near for one in home.functions.get(name, ()) if one in self.carriers[name]]
        if not found and isinstance(call.func, ast.Attribute) and name in _ANYWHERE:
            found = self.carriers[name]
        return [one for one in found if len(call.args) + len(call.keywords) >= _needed(one)]


def _severity(call: ast.Call, carrier: Function) -> str:
    name = carrier.name
    if name == "Diagnostic":
        return "warning" if "WARNING" in ast.unparse(call) else "error"
    if name == "Check":
        return "check"
    if name in {"error", "warning", "warn"} or isinstance(carrier, ast.ClassDef):
        return "warning" if name.startswith("warn") else "error"
    return "warning" if re.search(r"Severity\.WARNING|\.warning\(|\.warn\(", ast.unparse(carrier)) else "error"


def _argument(call: ast.Call, carrier: Function, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = parameters(carrier)
    at = names.index(name) if name in names else len(call.args)
    for number, argument in enumerate(call.args):
        if isinstance(argument, ast.Starred) and number <= at:
            return argument
    return call.args[at] if at < len(call.args) else None


def _needed(node: Function) -> int:
    """How many arguments it must have."""
    if isinstance(node, ast.ClassDef):
        made = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
        return _needed(made[0]) if made else 2
    own = node.args.args[:1] and node.args.args[0].arg in {"self", "cls"}
    return len(node.args.posonlyargs) + len(node.args.args) - len(node.args.defaults) - int(bool(own))


def _check(call: ast.Call) -> tuple[tuple[str, ...], bool]:
    if name_of(call.func) != "Check":
        return (), False
    name, verdict = map(ast.unparse, call.args[:2])
    return tuple(re.findall(r"CheckName\.([A-Z_]+)", name)), verdict == "Verdict.PASS"


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, list[ast.FunctionDef]]]:
    def walk(node: ast.AST, inside: list[ast.FunctionDef]) -> Iterator[tuple[ast.Call, list[ast.FunctionDef]]]:
        deeper = [*inside, node] if isinstance(node, ast.FunctionDef) else inside
        if isinstance(node, ast.Call):
            yield node, inside
        for child in ast.iter_child_nodes(node):
            yield from walk(child, deeper)

    return walk(tree, [])
