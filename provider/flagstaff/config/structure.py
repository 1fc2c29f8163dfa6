"""The shape of blocks, checked against their schema: nothing is evaluated. Pure.

Rule: every mistake is reported, and what is sound is kept, so that the rest can be checked as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from flagstaff.config.hints import block_hint, slug
from flagstaff.config.schema.kinds import KINDS
from flagstaff.config.schema.shapes import REPETITION, BlockSchema
from flagstaff.diagnostics import Diagnostics, Related, did_you_mean
from flagstaff.language.nodes import Attribute, Block, Body

_EXAMPLES: Final = {"backend": "local", "provider": "flipper"}
_NAME: Final = re.compile(r"[^\W\d][\w-]*\Z")


@dataclass(slots=True)
class Declared:
    """The sound blocks of all files: by kind, and by name where they have one; and the locals.

    `incomplete` holds the files with syntax errors: what they declare is only known in part.
    """

    kinds: dict[str, list[Block]] = field(default_factory=dict)
    named: dict[tuple[str, str], Block] = field(default_factory=dict)
    locals: dict[str, Attribute] = field(default_factory=dict)
    incomplete: frozenset[str] = frozenset()

    def of(self, kind: str) -> list[Block]:
        return self.kinds.get(kind, [])

    def names(self, kind: str) -> list[str]:
        """The names that blocks of a kind have, in the order of the files."""
        return [block.labels[0].value for block in self.of(kind)]


def declare(bodies: Iterable[Body], incomplete: frozenset[str], diagnostics: Diagnostics) -> Declared:
    """Sort the blocks of all files, in their order, by kind and name."""
    declared = Declared(incomplete=incomplete)
    for body in bodies:
        for attribute in body.attributes.values():
            hint = _block_hint(attribute.name, KINDS) or did_you_mean(attribute.name, KINDS)
            diagnostics.error(
                "Attribute outside of a block",
                f'"{attribute.name}" must stand in a block, such as toggle or locals.{hint}',
                attribute.name_range,
            )
        for block in body.blocks:
            _declare_block(block, declared, diagnostics)
    return declared


def _declare_block(block: Block, declared: Declared, diagnostics: Diagnostics) -> None:
    schema = KINDS.get(block.type)
    if schema is None:
        detail = f'There is no block type "{block.type}".{block_hint(block.type)}'
        diagnostics.error("Unknown block type", detail, block.source.range(block.start, block.start + len(block.type)))
        return
    if not _check(block, schema, block.title, declared.incomplete, diagnostics):
        return
    if block.type == "locals":
        _declare_locals(block, declared, diagnostics)
    earlier = declared.named.get((block.type, _name(block, schema)))
    if schema.unique and declared.of(block.type):
        _duplicate(schema, declared.of(block.type)[0], block, block.title, diagnostics)
    elif earlier is not None:
        _duplicate(schema, earlier, block, block.title, diagnostics)
    else:
        declared.kinds.setdefault(block.type, []).append(block)
        if "name" in schema.labels:
            declared.named[block.type, _name(block, schema)] = block


def _declare_locals(block: Block, declared: Declared, diagnostics: Diagnostics) -> None:
    for attribute in block.body.attributes.values():
        first = declared.locals.setdefault(attribute.name, attribute)
        if first is not attribute:
            diagnostics.error(
                "Duplicate local value",
                f"local.{attribute.name} is already declared at {first.range}. Rename or remove one of the two.",
                attribute.name_range,
                context=block.title,
                related=(Related(first.name_range, "first declared here"),),
            )


def _name(block: Block, schema: BlockSchema) -> str:
    return block.labels[0].value if schema.labels else ""


def _duplicate(schema: BlockSchema, first: Block, second: Block, context: str, diagnostics: Diagnostics) -> None:
    what, do = f"There is already a block {second.title}.", "Rename or remove one of the two."
    if schema.unique:
        what, do = f"There may be only one {second.type} block.", "Remove one of the two, or put all of it into one."
    diagnostics.error(
        "Duplicate block",
        f"{what} The first one is at {first.header_range}. {do}",
        second.header_range,
        context=context,
        related=(Related(first.header_range, "first declared here"),),
    )


def _check(
    block: Block, schema: BlockSchema, context: str, incomplete: frozenset[str], diagnostics: Diagnostics
) -> bool:
    """Check labels, attributes and nested blocks; false where the block has no usable name."""
    named = _check_labels(block, schema, context, diagnostics)
    for attribute in block.body.attributes.values():
        if attribute.name in REPETITION:
            _check_repetition(attribute, block, schema, context, diagnostics)
        elif schema.attribute(attribute.name) is None:
            _unknown_attribute(attribute, block, schema, context, diagnostics)
    if block.source.filename not in incomplete:
        for name, wanted in schema.attributes.items():
            if wanted.required and name not in block.body.attributes:
                diagnostics.error(
                    "Missing required attribute",
                    f'{_a(block.type)} block needs the attribute "{name}".',
                    block.header_range,
                    context=context,
                )
    _check_nested(block, schema, context, incomplete, diagnostics)
    return named


def _check_labels(block: Block, schema: BlockSchema, context: str, diagnostics: Diagnostics) -> bool:
    wanted = len(schema.labels)
    if len(block.labels) < wanted:
        missing = schema.labels[len(block.labels)]
        example = _EXAMPLES.get(block.type, "...")
        detail = f'{_a(block.type)} block needs a label, its {missing}: {block.type} "{example}" {{'
        diagnostics.error("Missing label", detail, block.header_range, context=context)
        return False
    for label in block.labels[wanted:]:
        takes = f"only one label, its {schema.labels[0]}" if wanted else "no label"
        detail = f'{_a(block.type)} block takes {takes}; "{label.value}" must go.'
        diagnostics.error("Extra label", detail, label.range, context=context)
    if schema.labels == ("name",) and not _NAME.match(block.labels[0].value):
        diagnostics.error(
            "Invalid name",
            f'"{block.labels[0].value}" is not a name. A name starts with a letter or an underscore and has only '
            f"letters, digits, underscores and hyphens.{_name_hint(block, schema)}",
            block.labels[0].range,
            context=context,
        )
        return False
    return True


def _name_hint(block: Block, schema: BlockSchema) -> str:
    better = slug(block.labels[0].value)
    if not _NAME.match(better):
        return ""
    return f' Write "{better}"{"; the words for people go into title." if "title" in schema.attributes else "."}'


def _check_repetition(
    attribute: Attribute, block: Block, schema: BlockSchema, context: str, diagnostics: Diagnostics
) -> None:
    if schema.alone:
        detail = f"{_a(block.type)} block takes no {attribute.name}: {schema.alone.replace('{}', attribute.name)}"
        diagnostics.error("Block can't be repeated", detail, attribute.name_range, context=context)


def _unknown_attribute(
    attribute: Attribute, block: Block, schema: BlockSchema, context: str, diagnostics: Diagnostics
) -> None:
    known = [*schema.attributes, *(REPETITION if schema.repeats else ())]
    hint = _block_hint(attribute.name, schema.blocks) or did_you_mean(attribute.name, known)
    hint = hint or f" It has {', '.join([*schema.blocks, *known])}."
    detail = f'{_a(block.type)} block has no attribute "{attribute.name}".{hint}'
    diagnostics.error("Unknown attribute", detail, attribute.name_range, context=context)


def _check_nested(
    block: Block, schema: BlockSchema, context: str, incomplete: frozenset[str], diagnostics: Diagnostics
) -> None:
    seen: dict[tuple[str, str], Block] = {}
    for nested in block.body.blocks:
        inner = schema.blocks.get(nested.type)
        if inner is None:
            hint = did_you_mean(nested.type, schema.blocks)
            if nested.type in schema.attributes:
                hint = f" It is an attribute: write {nested.type} = ..."
            detail = f'{_a(block.type)} block has no block "{nested.type}" in it.{hint}'
            place = nested.source.range(nested.start, nested.start + len(nested.type))
            diagnostics.error("Unknown nested block", detail, place, context=context)
        elif _check(nested, inner, context, incomplete, diagnostics) and (inner.unique or inner.labels):
            first = seen.setdefault((nested.type, "" if inner.unique else nested.labels[0].value), nested)
            if first is not nested:
                _duplicate(inner, first, nested, context, diagnostics)


def _block_hint(name: str, blocks: Mapping[str, BlockSchema]) -> str:
    if name not in blocks:
        return ""
    label = ' "..."' if blocks[name].labels else ""
    return f" It is a block: write {name}{label} {{ ... }} without the equals sign."


def _a(kind: str) -> str:
    return f"An {kind}" if kind[0] in "aeiou" else f"A {kind}"
