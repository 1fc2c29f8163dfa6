"""From an expression in the code to the texts that it can be: tracing of summaries and details in syntax trees."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

GAP: Final = "…"
Function = ast.FunctionDef | ast.ClassDef
_DEEPEST: Final = 12


class Untraceable(ValueError):
    """A summary that no literal was found for."""


@dataclass(slots=True)
class Module:
    file: str
    tree: ast.Module
    functions: dict[str, list[Function]]
    constants: dict[str, ast.expr]
    imports: dict[str, str]


class Trace:
    """From an expression inside of some functions of a module to the texts that it can be."""

    def __init__(
        self, modules: Mapping[str, Module], module: Module, inside: list[ast.FunctionDef], depth: int = 0
    ) -> None:
        self.modules, self.module, self.inside, self.depth = modules, module, inside, depth

    def pairs(self, summary: ast.expr, detail: ast.expr | None) -> Iterator[tuple[str, str | None]]:
        """Summaries, each with what is said under it; a summary that is only passed on is left out."""
        if isinstance(summary, ast.Starred):
            for trace, (first, second, *_) in self.tuples(summary.value):
                yield from trace.pairs(first, second)
            return
        together = self._unpacked(summary, detail)
        if together is not None and detail is not None:
            for trace, (first, second, *_) in self.tuples(together):
                yield from trace.pairs(first, second)
            return
        summaries = [text for text in self.texts(summary) if text is not None]
        every = [] if detail is None else list(self.details(detail))
        if len(summaries) == len(every) and isinstance(summary, ast.Name):
            yield from zip(summaries, every, strict=True)
            return
        near = [None] if detail is None else list(self.details(detail, summary.lineno))
        yield from ((one, text) for one in summaries for text in near)

    def texts(self, node: ast.expr) -> Iterator[str | None]:
        """Of a summary; None where it is passed on. Raises `Untraceable`."""
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.IfExp(body=body, orelse=other):
                yield from self.texts(body)
                yield from self.texts(other)
            case ast.Attribute(attr="summary"):
                yield None
            case ast.Name(id=name):
                yield from self._named(name, node)
            case ast.Subscript() | ast.Call():
                values = list(self.values(node))
                if not values:
                    raise self._lost(node)
                for value in values:
                    yield from self.texts(value)
            case _:
                raise self._lost(node)

    def _named(self, name: str, node: ast.expr) -> Iterator[str | None]:
        for function in reversed(self.inside):
            found = list(_assigned(function, name))
            for value, part in found:
                if part is None:
                    yield from self.texts(value)
                else:
                    for trace, parts in self.tuples(value):
                        yield from trace.texts(parts[part])
            if found:
                return
            if name in parameters(function):
                if name != "summary":
                    raise self._lost(node)
                yield None
                return
        trace, value = self._constant(name)
        if value is None:
            raise self._lost(node)
        yield from trace.texts(value)

    def details(self, node: ast.expr, before: int | None = None) -> Iterator[str]:
        """Of a detail, with gaps for what isn't written there; those that were set last `before` a line."""
        match node:
            case ast.IfExp(body=body, orelse=other):
                yield from self.details(body, before)
                yield from self.details(other, before)
            case ast.Call(func=ast.Attribute(value=value, attr="format")):
                yield from (re.sub(r"\{[^{}]*\}", GAP, text) for text in self.details(value, before))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                ends = [""] if isinstance(right, ast.Call | ast.BoolOp) else list(self.details(right, before))
                yield from (text + ends[0] for text in self.details(left, before))
            case ast.Name(id=name):
                yield from self._detail_named(name, before)
            case ast.JoinedStr(values=values):
                yield "".join(map(_piece, values))
            case ast.Constant(value=str(text)):
                yield text
            case _:
                yield GAP

    def _detail_named(self, name: str, before: int | None) -> Iterator[str]:
        for function in reversed(self.inside):
            found = [value for value, part in _assigned(function, name) if part is None]
            if before is not None:
                found = [value for value in found if value.lineno <= before]
                found = [value for value in found if _reaches(function, value.lineno, before)][-1:] or found
            if found:
                for value in found:
                    yield from self.details(value, value.lineno)
                return
        trace, value = self._constant(name)
        if value is not None:
            yield from trace.details(value)
        else:
            yield GAP

    def values(self, node: ast.expr) -> Iterator[ast.expr]:
        """What can be got out of a mapping that is written down in the module."""
        match node:
            case ast.Subscript(value=value):
                yield from self._of_mapping(value)
            case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[_, *default]):
                yield from self._of_mapping(value)
                yield from default
            case ast.Call(func=ast.Name(id="next"), args=[_, default]):
                for value in self.module.constants.values():
                    yield from self._of_mapping(value)
                yield default
            case _:
                pass

    def _of_mapping(self, node: ast.expr) -> Iterator[ast.expr]:
        match node:
            case ast.Name(id=name) if name in self.module.constants:
                yield from self._of_mapping(self.module.constants[name])
            case ast.Dict(values=values):
                for value in values:
                    yield from self._of_mapping(value) if _is_fromkeys(value) else (value,)
            case ast.Call(args=[_, value]) if _is_fromkeys(node):
                yield value
            case _:
                pass

    def tuples(self, node: ast.expr) -> Iterator[tuple[Trace, list[ast.expr]]]:
        """The tuples that an expression can be, each with where its elements are to be traced."""
        if self.depth > _DEEPEST:
            raise self._lost(node)
        match node:
            case ast.Tuple(elts=elements):
                yield self, elements
            case ast.IfExp(body=body, orelse=other):
                yield from self.tuples(body)
                yield from self.tuples(other)
            case ast.Name(id=name):
                trace, value = self._constant(name)
                if value is not None:
                    yield from trace.tuples(value)
                else:
                    yield from self._listed(name)
            case _ if found := list(self.values(node)):
                for value in found:
                    yield from self.tuples(value)
            case ast.Call(func=called):
                yield from self._returned(name_of(called))
            case _:
                pass

    def _listed(self, name: str) -> Iterator[tuple[Trace, list[ast.expr]]]:
        """A variable: what it is set to, or runs over, in the functions around."""
        for function in reversed(self.inside):
            for value, part in _assigned(function, name):
                if part is None:
                    deeper = Trace(self.modules, self.module, self.inside, self.depth + 1)
                    yield from deeper.tuples(value)

    def _returned(self, name: str) -> Iterator[tuple[Trace, list[ast.expr]]]:
        home = self.module if name in self.module.functions else self.modules.get(self.module.imports.get(name, ""))
        for function in () if home is None else home.functions.get(name, ()):
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None and isinstance(function, ast.FunctionDef):
                    assert home is not None
                    yield from Trace(self.modules, home, [function], self.depth + 1).tuples(node.value)

    def _constant(self, name: str) -> tuple[Trace, ast.expr | None]:
        """A constant of this module, or of the one that it is imported from."""
        if name in self.module.constants:
            return Trace(self.modules, self.module, [], self.depth), self.module.constants[name]
        home = self.modules.get(self.module.imports.get(name, ""))
        return (self, None) if home is None else (Trace(self.modules, home, [], self.depth), home.constants.get(name))

    def _unpacked(self, summary: ast.expr, detail: ast.expr | None) -> ast.expr | None:
        """The one expression that both are taken out of, in one statement."""
        names = {node.id for node in ast.walk(detail) if isinstance(node, ast.Name)} if detail is not None else set()
        if not isinstance(summary, ast.Name) or not self.inside:
            return None
        for node in ast.walk(self.inside[-1]):
            match node:
                case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=first), ast.Name(id=second), *_])], value=value):
                    if first == summary.id and second in names and not isinstance(value, ast.Tuple):
                        return value
                case _:
                    pass
        return None

    def _lost(self, node: ast.expr) -> Untraceable:
        return Untraceable(f"{self.module.file}:{node.lineno}: {ast.unparse(node)}")


def _reaches(function: ast.FunctionDef, line: int, before: int) -> bool:
    """Whether what is set at a line is so at a later one: the later one stands in the same block, or deeper."""
    for node in ast.walk(function):
        for block in (getattr(node, "body", ()), getattr(node, "orelse", ()), getattr(node, "finalbody", ())):
            if isinstance(block, list) and any(isinstance(one, ast.Assign) and _spans(one, line) for one in block):
                return any(_spans(one, before) for one in block)
    return False


def _spans(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or 0)


def _is_fromkeys(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and name_of(node.func) == "fromkeys"


def _piece(value: ast.expr) -> str:
    match value:
        case ast.Constant(value=str(text)):
            return text
        case (
            ast.FormattedValue(value=ast.Call(func=ast.Name(id="did_you_mean")))
            | ast.FormattedValue(value=ast.Name(id="hint" | "guess"))
        ):
            return ""
        case _:
            return GAP


def read_module(path: Path, source: Path) -> Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions: dict[str, list[Function]] = defaultdict(list)
    constants: dict[str, ast.expr] = {}
    imports: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            functions[node.name].append(node)
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports.update({name.asname or name.name: node.module for name in node.names})
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                constants[name] = value
            case _:
                pass
    return Module(str(path.relative_to(source)), tree, functions, constants, imports)


def parameters(node: Function) -> list[str]:
    """Without `self` and `cls`; of a class, what makes one of it."""
    if isinstance(node, ast.ClassDef):
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                return parameters(item)
        return [
            item.target.id
            for item in node.body
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
        ]
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _assigned(function: ast.FunctionDef, name: str) -> Iterator[tuple[ast.expr, int | None]]:
    """What a name is set to in a function; the number: which part of a tuple."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
                for at, target in enumerate(names):
                    if isinstance(target, ast.Name) and target.id == name:
                        yield (value.elts[at], None) if isinstance(value, ast.Tuple) else (value, at)
            case ast.Assign(targets=[ast.Name(id=other)], value=value) if other == name:
                yield value, None
            case _:
                pass
