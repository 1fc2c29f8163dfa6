"""The graph of a plan's toggles: what needs what, with levels now and then; drawn, and as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.exposure import FULL, Exposure
from flagstaff.model.live import LiveExposure
from flagstaff.plan.plan import Action, Change, Plan, Status
from flagstaff.views.html.plan_changes import named, title_of
from flagstaff.views.report.figures import Arrow, Graph, Mark, Node
from flagstaff.views.report.inline import line
from flagstaff.views.report.model import Block, Paragraph, Section, Table
from flagstaff.views.words import count, level

# More boxes than this nobody reads.
_MOST: Final = 60


def dependencies(plan: Plan) -> Section | None:
    """Nothing where no toggle needs another one."""
    arrows = tuple(_arrows(plan))
    if not arrows:
        return None
    changes = {change.address: change for change in plan.observed.changes}
    linked = {end for arrow in arrows for end in (arrow.child, arrow.parent)}
    moving = {address for address, change in changes.items() if change.action.writes}
    shown = _shown(linked, moving, arrows)
    drawn = tuple(arrow for arrow in arrows if arrow.child in shown and arrow.parent in shown)
    nodes = {address: _node(plan, address, changes.get(address)) for address in sorted(linked | shown)}
    blocks: list[Block] = [
        Paragraph(line("An arrow leads from a toggle to what it needs; a dashed one to what it only comes after.")),
        _graph(tuple(nodes[address] for address in sorted(shown)), drawn),
    ]
    left = len(linked | moving) - len(shown)
    if left:
        text = f"{count(left, 'toggle')} more {'is' if left == 1 else 'are'} not drawn; the table has what each needs."
        blocks.append(Paragraph(line(text)))
    rows = tuple(
        (
            named(plan, arrow.child),
            line(_said(nodes[arrow.child])),
            line(arrow.text),
            named(plan, arrow.parent),
            line(_said(nodes[arrow.parent])),
        )
        for arrow in arrows
    )
    blocks.append(Table(("Toggle", "Level", "Relation", "Other toggle", "Its level"), rows))
    return Section("What needs what", tuple(blocks))


def _graph(nodes: tuple[Node, ...], arrows: tuple[Arrow, ...]) -> Graph:
    text = f"{count(len(nodes), 'toggle')}, {count(len(arrows), 'arrow')}. The table below has the same in words."
    return Graph("What needs what", text, nodes, arrows)


def _arrows(plan: Plan) -> Iterator[Arrow]:
    """As the configuration declares them, by the child's address."""
    documents = plan.observed.applied.get("toggles", {})
    toggles = {Address.parse(name): document for name, document in documents.items()}
    for child in sorted(toggles):
        for one in toggles[child].get("requires", ()):
            parent = Address.parse(one["toggle"])
            word = "requires" if one["hard"] else "should have"
            yield Arrow(child, parent, f"{word} {Exposure.parse(one['at_least'])} of")
        for name in toggles[child].get("depends_on", ()):
            yield Arrow(child, Address.parse(name), "comes after", soft=True)


def _shown(linked: set[Address], moving: set[Address], arrows: tuple[Arrow, ...]) -> set[Address]:
    """All that are linked or move; if these are too many, those that move and their neighbours, as far as they fit."""
    found = linked | moving
    if len(found) <= _MOST:
        return found
    near = {end for one in arrows if {one.child, one.parent} & moving for end in (one.child, one.parent)}
    first = sorted(near & moving) + sorted(near - moving) + sorted(moving - near)
    return set((first or sorted(found))[:_MOST])


def _node(plan: Plan, address: Address, change: Change | None) -> Node:
    title = title_of(plan, address)
    if change is None:
        live = plan.observed.levels.get(str(address))
        return Node(address, title, Mark.SAME, "not live" if live is None else level(live), *(_part(live),) * 2)
    before, after = change.before, change.after
    if change.status is Status.BLOCKED:
        return Node(address, title, Mark.STOPPED, f"stays at {level(before)}", _part(before), _part(before))
    if not change.action.writes:
        return Node(address, title, Mark.SAME, level(before), _part(before), _part(before))
    down = change.action in {Action.LOWER, Action.SWITCH_OFF, Action.DELETE}
    text = f"{level(before)} → {level(after)}"
    return Node(address, title, Mark.DOWN if down else Mark.UP, text, _part(before), _part(after))


def _part(live: LiveExposure | None) -> float | None:
    """From 0 to 1; None where no share says it."""
    if live is None:
        return 0.0
    return live.points / FULL if isinstance(live, Exposure) else None


def _said(node: Node) -> str:
    return f"{node.mark.value} {node.level}".strip()
