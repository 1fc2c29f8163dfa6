"""Groups: the toggles of a stage that is declared `together` go at once, or not at all.

A group is checked as one, chosen as one, and contiguous in the order: whatever comes after one of its
moves comes after all of them, and whatever comes before one of them before all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from flagstaff.addresses import Address
from flagstaff.graph.order import tangles
from flagstaff.model.configuration import Desired
from flagstaff.model.evidence import Verdict
from flagstaff.plan.candidates import Candidate
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.order import inverted

Order = dict[Address, set[Address]]
Groups = Mapping[str, tuple[Address, ...]]


def grouped(
    candidates: Mapping[Address, Candidate], desired: Desired, *, transactional: bool
) -> dict[Address, Candidate]:
    """With the name of its group on each writing candidate that has one.

    `transactional`: the store writes a batch at once, so that no reader sees a part of it.
    """
    together = {
        stage.name: stage for rollout in desired.rollouts.values() for stage in rollout.stages if stage.together
    }
    found = dict(candidates)
    for address, candidate in candidates.items():
        stage = candidate.toggle.stage if candidate.toggle else None
        if stage in together and candidate.action.writes:
            found[address] = replace(candidate, group=str(stage))
    if not transactional:
        _note(found)
    return found


def _note(candidates: dict[Address, Candidate]) -> None:
    """Say once a group that readers see a mixed state for a moment."""
    for members in groups(candidates).values():
        if len(members) > 1:
            first = candidates[members[0]]
            note = (
                f"{len(members)} toggles go together; this store has no transactions, so for a moment readers see some "
                "of them changed and some not"
            )
            candidates[members[0]] = replace(first, notes=(*first.notes, note))


def groups(candidates: Mapping[Address, Candidate]) -> Groups:
    """The members of each group, sorted."""
    found: defaultdict[str, list[Address]] = defaultdict(list)
    for address, candidate in candidates.items():
        if candidate.group:
            found[candidate.group].append(address)
    return {name: tuple(sorted(members)) for name, members in sorted(found.items())}


def mates(candidates: Mapping[Address, Candidate]) -> dict[Address, tuple[Address, ...]]:
    """For each member of a group of several, all of them."""
    return {address: members for members in groups(candidates).values() if len(members) > 1 for address in members}


def check_groups(candidates: Mapping[Address, Candidate], order: Order) -> tuple[dict[Address, Candidate], Order]:
    """Block the groups that can't stay together, and make the order contiguous for the others."""
    found, order = dict(candidates), {address: set(befores) for address, befores in order.items()}
    members = groups(candidates)
    broken = {
        name: check
        for name, addresses in members.items()
        if (check := _both_ways([candidates[address] for address in addresses])) is not None
    }
    owner = {address: name for name, addresses in members.items() for address in addresses}
    for tangle in tangles(_contracted(order, owner)):
        for name in sorted(tangle & members.keys() - broken.keys()):
            between = sorted({other for other in tangle if other != name})
            broken[name] = _enclosing(name, between, members, order)
    for name, check in broken.items():
        for address in members[name]:
            found[address] = found[address].with_check(check)
    whole = [addresses for name, addresses in members.items() if name not in broken]
    _make_contiguous(order, whole)
    return found, order


def _both_ways(members: list[Candidate]) -> Check | None:
    up = [candidate for candidate in members if candidate.up]
    down = [candidate for candidate in members if candidate.down]
    if not up or not down:
        return None
    return Check(
        CheckName.TOGETHER,
        Verdict.FAIL,
        "Group goes both ways",
        f"The toggles of {members[0].group} go together, and {_names(up)} would go up while {_names(down)} would go "
        "down. Up and down have different needs, so no order keeps them together.",
        ways_out=(f"bring {_names(down)} down in a change of its own first",),
    )


def _names(candidates: Iterable[Candidate]) -> str:
    return ", ".join(f"{c.address} ({c.before or 'nothing'} -> {c.wanted})" for c in candidates)


def _contracted(order: Order, owner: Mapping[Address, str]) -> dict[str, set[str]]:
    """The order with each group as one node."""

    def node(address: Address) -> str:
        return owner.get(address, str(address))

    found: defaultdict[str, set[str]] = defaultdict(set)
    for address, befores in order.items():
        found[node(address)].update(name for before in befores if (name := node(before)) != node(address))
    return found


def _enclosing(name: str, between: list[str], members: Groups, order: Order) -> Check:
    inside = set(members[name])
    after = sorted(a for a, befores in order.items() if a not in inside and befores & inside)
    before = sorted({b for a in inside for b in order.get(a, ()) if b not in inside})
    chain = (
        f" ({', '.join(map(str, after))} must come after a part of it, {', '.join(map(str, before))} before another)"
    )
    return Check(
        CheckName.TOGETHER,
        Verdict.FAIL,
        "Group is not contiguous",
        f"The toggles of {name} go together, and {', '.join(between)} would have to go in between{chain}.",
        ways_out=(
            f"list {', '.join(between)} in the stage, too",
            "or turn it in a change of its own, before or after the group",
        ),
    )


def _make_contiguous(order: Order, whole: Iterable[tuple[Address, ...]]) -> None:
    followers = inverted(order)
    for addresses in whole:
        inside = set(addresses)
        before = {b for a in addresses for b in order[a]} - inside
        after = {b for a in addresses for b in followers.get(a, ())} - inside
        for address in addresses:
            order[address] |= before
        for address in after:
            order[address] |= inside
        for first, later in (*((b, inside) for b in before), *((a, after) for a in inside)):
            followers[first] = followers.get(first, set()) | later
