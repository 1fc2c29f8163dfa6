"""The parts of a module, and which of them refer to which, before anything is evaluated. Pure.

A part is a local (`local.x`), a block (`toggle.x`: its `for_each` or `count`), an attribute
(`toggle.x.key`) or all nested blocks of a kind (`toggle.x.requires`). What a repeated block's
attribute refers to is not told apart by instance, as in Terraform.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Final

from flagstaff.config.order import Edge
from flagstaff.config.schema.kinds import KINDS, REFERABLE
from flagstaff.config.schema.shapes import REPETITION, Reading
from flagstaff.config.scope import Module, path_of
from flagstaff.config.structure import Declared
from flagstaff.config.traversals import mentions
from flagstaff.language.nodes import Block, Expression

_ROOTS: Final = frozenset({"local", *REFERABLE})
_EVALUATED: Final = tuple(kind for kind in KINDS if kind not in {"variable", "locals"})


def parts(declared: Declared) -> dict[str, list[Edge]]:
    """Each part with what it refers to, in the order of the files."""
    found: dict[str, list[Edge]] = {}
    for name, attribute in declared.locals.items():
        found[f"local.{name}"] = _edges(f"local.{name}", [attribute.value])
    for block in _blocks(declared):
        part = path_of(block)
        repetition = [attribute.value for name, attribute in block.body.attributes.items() if name in REPETITION]
        found[part] = _edges(part, repetition)
        for name, attribute in block.body.attributes.items():
            schema = KINDS[block.type].attribute(name)
            if schema is not None and schema.reading is not Reading.STATIC:
                conditions = schema.reading is Reading.CONDITION
                found[f"{part}.{name}"] = _edges(f"{part}.{name}", [attribute.value], conditions=conditions)
        for nested in block.body.blocks:
            key = f"{part}.{nested.type}"
            values = [attribute.value for attribute in nested.body.attributes.values()]
            found.setdefault(key, []).extend(_edges(key, values))
    return found


def evaluate_parts(order: Iterable[str], targets: Container[str], module: Module) -> None:
    """Evaluate the locals, and what is referred to, in that order: so nothing waits for another in a long row.

    All else is evaluated where it is decoded.
    """
    blocks = {path_of(block): block for block in _blocks(module.declared)}
    for part in order:
        if part.startswith("local."):
            module.local(part.removeprefix("local."))
        elif part not in targets:
            continue
        elif part in blocks:
            module.instances(blocks[part])
        else:
            owner, _, name = part.rpartition(".")
            schema = KINDS[blocks[owner].type].attribute(name)
            if schema is not None and schema.reading is Reading.VALUE and name in blocks[owner].body.attributes:
                for instance in module.instances(blocks[owner]):
                    instance.value(name)


def _blocks(declared: Declared) -> Iterator[Block]:
    for kind in _EVALUATED:
        yield from declared.of(kind)


def _edges(part: str, expressions: Iterable[Expression], *, conditions: bool = False) -> list[Edge]:
    found: list[Edge] = []
    for expression in expressions:
        for mention in mentions(expression):
            if mention.root not in _ROOTS:
                continue
            target = f"{mention.root}.{mention.name}"
            found.append(Edge(part, target, mention.node))
            if mention.attribute is not None:
                found.append(Edge(part, f"{target}.{mention.attribute}", mention.node))
            if conditions and mention.root == "experience":
                # In a condition an experience stands for its own condition.
                found.append(Edge(part, f"{target}.when", mention.node))
    return found
