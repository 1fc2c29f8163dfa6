"""The graph of a configuration as text: DOT and Mermaid. Sorted, one line an edge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from flagstaff.addresses import Address
from flagstaff.graph.edges import Edge, Kind, edges
from flagstaff.model.configuration import Desired, Toggle
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import FULL, Exposure
from flagstaff.views.report.inert import seen


def dot(desired: Desired) -> str:
    """A Graphviz digraph; products are clusters."""
    lines = ["digraph flagstaff {", '  rankdir = "LR"', "  node [shape = box, style = rounded]"]
    for number, (title, toggles) in enumerate(_products(desired)):
        margin = "  "
        if title:
            lines += [f"  subgraph cluster_{number} {{", f"    label = {_quoted(title)}"]
            margin = "    "
        lines += [f"{margin}{_quoted(str(t.address))} [label = {_quoted(_label(t))}]" for t in toggles]
        lines += ["  }"] if title else []
    for edge in edges(desired.toggles.values()):
        style = "" if edge.kind is Kind.REQUIRES else ", style = dashed"
        label = _quoted(_edge_label(edge, desired.toggles))
        lines.append(f"  {_quoted(str(edge.child))} -> {_quoted(str(edge.parent))} [label = {label}{style}]")
    return "\n".join([*lines, "}"])


def mermaid(desired: Desired) -> str:
    """A Mermaid flowchart; products are subgraphs."""
    names = {address: f"t{number}" for number, address in enumerate(desired.toggles)}
    lines = ["flowchart LR"]
    for number, (title, toggles) in enumerate(_products(desired)):
        margin = "  "
        if title:
            lines.append(f'  subgraph p{number}["{_escaped(title)}"]')
            margin = "    "
        lines += [f'{margin}{names[t.address]}["{_escaped(_label(t))}"]' for t in toggles]
        lines += ["  end"] if title else []
    for edge in edges(desired.toggles.values()):
        arrow = "-->" if edge.kind is Kind.REQUIRES else "-.->"
        text = _escaped(_edge_label(edge, desired.toggles))
        lines.append(f'  {names[edge.child]} {arrow}|"{text}"| {names[edge.parent]}')
    return "\n".join(lines)


def _products(desired: Desired) -> Iterator[tuple[str, list[Toggle]]]:
    """Toggles by product, those without one last."""
    found: dict[Address | None, list[Toggle]] = {address: [] for address in desired.products}
    found[None] = []
    for toggle in desired.toggles.values():
        found[toggle.product].append(toggle)
    for address, toggles in found.items():
        if toggles:
            yield desired.products[address].title if address else "", toggles


def _label(toggle: Toggle) -> str:
    match toggle.exposure:
        case None:
            return str(toggle.address)
        case OpenDecision():
            return f"{toggle.address} (undecided)"
        case exposure:
            return f"{toggle.address} ({exposure})"


def _edge_label(edge: Edge, toggles: Mapping[Address, Toggle]) -> str:
    if edge.kind is Kind.DEPENDS_ON:
        return "comes after"
    requirement = next(r for r in _requirements(toggles[edge.child]) if r[0] == edge.parent)
    return f"requires {Exposure(requirement[1])}"


def _requirements(toggle: Toggle) -> Iterable[tuple[Address, int]]:
    return ((r.parent, min(r.at_least, FULL)) for r in toggle.requirements)


def _quoted(text: str) -> str:
    return json.dumps(seen(text), ensure_ascii=False)


def _escaped(text: str) -> str:
    return seen(text).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
