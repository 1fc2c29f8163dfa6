"""Moved and removed blocks: what became of toggles that were known under another address.

Rule: their addresses are read as they are written, since the toggle may not be declared any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from flagstaff.addresses import Address
from flagstaff.config.instance import Instance
from flagstaff.config.traversals import unwrapped
from flagstaff.diagnostics import Related, did_you_mean
from flagstaff.language import nodes
from flagstaff.language.nodes import Block, Expression
from flagstaff.model.configuration import Moved, Removed, Toggle


def removed(instance: Instance) -> Removed | None:
    address = _address(instance, "from")
    delete = instance.flag("delete")
    return None if address is None else Removed(address, delete, instance.block.header_range)


def moved(instance: Instance) -> Moved | None:
    source, target = _address(instance, "from"), _address(instance, "to")
    if source is None or target is None:
        return None
    if source == target:
        instance.error("Moved to itself", f"{source} is moved to its own address.", instance.range("to"))
        return None
    return Moved(source, target, instance.block.header_range)


def check_removed(pairs: Sequence[tuple[Instance, Removed]], toggles: Mapping[Address, Toggle]) -> None:
    """A removed toggle is not declared, and is removed once."""
    blocks = {address.block for address in toggles}
    first: dict[Address, Instance] = {}
    for instance, one in pairs:
        _check_gone(instance, one.address, "removed", toggles, blocks)
        _check_once(instance, one.address, "from", "Removed twice", first)


def check_moved(
    pairs: Sequence[tuple[Instance, Moved]], toggles: Mapping[Address, Toggle], declared: Mapping[str, Block]
) -> None:
    """The source of a move is gone, and its target is declared, or moved on itself."""
    blocks = {address.block for address in toggles}
    sources = {one.source: one for _, one in pairs}
    from_once: dict[Address, Instance] = {}
    to_once: dict[Address, Instance] = {}
    for instance, one in pairs:
        if _is_reversed(one, blocks, sources, declared):
            detail = (
                f"{one.source} is declared, and {one.target} is not: from takes the old address, and to the new one. "
                "Swap the two."
            )
            instance.error("Moved in the wrong direction", detail, instance.range("from"))
            continue
        # From a single block to one of its instances: the address stands for the old, single toggle.
        _check_gone(instance, one.source, "moved", toggles, blocks - {one.target.block})
        _check_once(instance, one.source, "from", "Moved twice", from_once)
        _check_once(instance, one.target, "to", "Two toggles moved to one", to_once)
        if _returns(one, sources):
            detail = f"The moves that start at {one.source} lead back to it. Take one of them out."
            instance.error("Moved in a circle", detail, instance.range("to"))
        elif one.target not in toggles and one.target not in blocks and one.target not in sources:
            block = declared.get(one.target.name)
            if instance.module.declared.incomplete or (block and instance.module.expanded(block) is None):
                continue
            hint = did_you_mean(one.target.name, declared)
            if block is not None:
                hint = f" There is a block toggle.{one.target.name}, with other instances."
            detail = f"{one.source} is moved to {one.target}, and that toggle is not declared.{hint}"
            instance.error("Moved to an undeclared toggle", detail, instance.range("to"))


def _is_reversed(
    one: Moved, blocks: Collection[Address], sources: Collection[Address], declared: Collection[str]
) -> bool:
    new = one.target.name not in declared and one.target not in sources
    return new and one.source.block in blocks and one.source.name != one.target.name


def expanded(moves: Iterable[Moved], toggles: Mapping[Address, Toggle]) -> tuple[Moved, ...]:
    """Moves of single toggles: one that names two repeated blocks moves each instance."""
    keys: dict[Address, list[Address]] = {}
    for address in toggles:
        keys.setdefault(address.block, []).append(address)
    found: list[Moved] = []
    for one in moves:
        if one.source.index is None and one.target.index is None and one.target not in toggles and one.target in keys:
            found.extend(
                Moved(one.source.instance(target.index), target, one.range) for target in sorted(keys[one.target])
            )
        else:
            found.append(one)
    return tuple(found)


def _check_gone(
    instance: Instance, address: Address, what: str, toggles: Mapping[Address, Toggle], blocks: set[Address]
) -> None:
    if address not in toggles and address not in blocks:
        return
    one = toggles.get(address)
    related = () if one is None or one.range is None else (Related(one.range, "declared here"),)
    detail = f"{address} is {what} and still declared. Take out one of the two blocks."
    instance.error("Still declared", detail, instance.range("from"), related)


def _check_once(instance: Instance, address: Address, name: str, summary: str, seen: dict[Address, Instance]) -> None:
    first = seen.setdefault(address, instance)
    place = first.range(name)
    if first is not instance and place is not None:
        detail = f"{address} is named by another {instance.block.type} block at {place}."
        instance.error(summary, detail, instance.range(name), (Related(place, "first named here"),))


def _returns(one: Moved, sources: Mapping[Address, Moved]) -> bool:
    """Whether following the moves from a target leads back to the source."""
    seen: set[Address] = set()
    target = one.target
    while target in sources and target not in seen:
        if target == one.source:
            return True
        seen.add(target)
        target = sources[target].target
    return False


def _address(instance: Instance, name: str) -> Address | None:
    if not instance.has(name):
        return None
    expression = unwrapped(instance.attribute(name).value)
    index: str | int | None = None
    node = expression
    if isinstance(node, nodes.Index):
        found = _index(instance, node.key)
        if found is None:
            return None
        index, node = found, node.target
    match node:
        case nodes.GetAttribute(target=nodes.Name(name="toggle"), name=toggle):
            return Address("toggle", toggle, index)
        case nodes.GetAttribute(target=nodes.Name(name=kind)):
            detail = f'"{name}" takes the address of a toggle, and this one starts with "{kind}".'
            instance.error("Wrong kind of reference", detail, expression.range)
        case _:
            detail = (
                f'"{name}" takes the address of a toggle, such as toggle.x or toggle.x["key"].{_quoted(expression)}'
            )
            instance.error("Invalid address", detail, expression.range)
    return None


def _quoted(expression: Expression) -> str:
    match expression:
        case nodes.Template(parts=(nodes.String(value=text),)) if text.startswith("toggle."):
            return f" Write {text}, without quotes."
        case _:
            return ""


def _index(instance: Instance, key: Expression) -> str | int | None:
    value = instance.module.evaluate(key, instance.scope, instance.context)
    if isinstance(value.data, str | int) and not isinstance(value.data, bool) and not value.is_sensitive:
        return value.data
    if not value.is_unknown or value.marks:
        instance.error("Invalid address", "The key in an address must be a known string or whole number.", key.range)
    return None
