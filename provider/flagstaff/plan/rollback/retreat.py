"""A rollback as data: what goes down, how far, in which order, and what that does to people. Pure.

Dependents first: a toggle goes down behind every one that requires it. Nothing refuses a rollback here: what can't be
written is told, and so is every requirement that it leaves broken.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.configuration import Requirement, Toggle
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Dialect, Live, LiveExposure, Raw, Refusal, Step, Target, Testers
from flagstaff.plan.requirements import holds
from flagstaff.plan.rollback.ground import Ground, Use

_NOBODY = Testers()


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for: the named toggles, each with the exposure that it goes down to.

    `keys` are live keys as they were typed. `only`: dependents are left alone; `testers`: these go, too. `lost` are
    testers that an earlier run took out on its way and could not put back any more, by key.
    """

    named: Mapping[Address, Exposure]
    keys: Mapping[Address, str] = field(default_factory=dict)
    only: bool = False
    testers: bool = False
    lost: Mapping[str, Testers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Down:
    """One toggle of a rollback.

    `before` is what people have who are no testers. `of` is the named toggle because of which a dependent goes down,
    by `requirement`. `kept` testers still have it afterwards, `taken` lose it. `steps` empty: it is down already.
    """

    toggle: Toggle
    key: str
    live: Live
    before: LiveExposure
    wanted: Exposure
    steps: tuple[Step, ...] | Refusal
    kept: Testers = _NOBODY
    taken: Testers = _NOBODY
    of: Address | None = None
    requirement: Requirement | None = None
    lost: tuple[Use, ...] = ()
    gained: tuple[Use, ...] = ()
    people: int | None = None

    @property
    def address(self) -> Address:
        return self.toggle.address

    @property
    def named(self) -> bool:
        return self.of is None

    @property
    def moves(self) -> bool:
        return bool(self.steps)


@dataclass(frozen=True, slots=True)
class Unmet:
    """A requirement that does not hold once all is done: the people of `child` lose what they rely on."""

    requirement: Requirement
    child: LiveExposure
    parent: LiveExposure


@dataclass(frozen=True, slots=True)
class Retreat:
    """`batches` are the toggles that move, dependents first. `resting`: named, and down already. `missing`: named,
    and not in the live store."""

    batches: tuple[tuple[Down, ...], ...] = ()
    resting: tuple[Down, ...] = ()
    missing: tuple[Toggle, ...] = ()
    unmet: tuple[Unmet, ...] = ()

    @property
    def downs(self) -> tuple[Down, ...]:
        return tuple(down for batch in self.batches for down in batch)

    @property
    def protected(self) -> tuple[Down, ...]:
        return tuple(down for down in self.downs if down.toggle.protected)


def retreat(wish: Wish, ground: Ground, live: Mapping[str, Raw], dialect: Dialect) -> Retreat:
    """What has to be done for the wish, from what is live now."""
    toggles = dict(ground.toggles)
    for address, key in wish.keys.items():
        toggles.setdefault(address, Toggle(address, key))
    keys = {address: _key(address, toggle, wish, ground, live, dialect) for address, toggle in toggles.items()}
    public = {address: dialect.public(live[key]) for address, key in keys.items() if key in live}

    def floor(address: Address, level: Exposure) -> Exposure:
        """The lowest point on the way there: some stores close a toggle before they open it less far."""
        now = dialect.live(live[keys[address]])
        steps = _steps(keys[address], now, level, now.testers, dialect) if public[address] != level else ()
        return level if isinstance(steps, Refusal) else min((level, *(step.leaves for step in steps)))

    levels, causes = _levels(wish, ground, public, floor)
    downs = {
        address: _down(toggles[address], keys[address], live, level, causes.get(address), wish, ground, dialect)
        for address, level in levels.items()
    }
    moving = {address: down for address, down in downs.items() if down.moves}
    ends = {address: downs[address].wanted if address in downs else found for address, found in public.items()}
    return Retreat(
        batches=tuple(tuple(moving[address] for address in batch) for batch in _ordered(moving, ground)),
        resting=tuple(down for _, down in sorted(downs.items()) if not down.moves and down.named),
        missing=tuple(toggles[address] for address in sorted(wish.named) if address not in public),
        unmet=_unmet(levels, ground, ends),
    )


def _key(
    address: Address, toggle: Toggle, wish: Wish, ground: Ground, live: Mapping[str, Raw], dialect: Dialect
) -> str:
    """The typed one; else, of the recorded key and the declared one, the one that people have."""
    if address in wish.keys:
        return wish.keys[address]
    there = [key for key in ground.keys.get(address, ()) if key in live]
    up = (key for key in there if dialect.public(live[key]) != OFF)
    return next(up, there[0] if there else toggle.key)


def _levels(
    wish: Wish,
    ground: Ground,
    public: Mapping[Address, LiveExposure],
    floor: Callable[[Address, Exposure], Exposure],
) -> tuple[dict[Address, Exposure], dict[Address, tuple[Address, Requirement]]]:
    """How far each toggle goes down, and because of what those that nobody named."""
    levels = {address: _lower(public[address], to) for address, to in sorted(wish.named.items()) if address in public}
    causes: dict[Address, tuple[Address, Requirement]] = {}
    if wish.only:
        return levels, causes
    dependents: defaultdict[Address, list[Requirement]] = defaultdict(list)
    for requirement in ground.requirements:
        dependents[requirement.parent].append(requirement)
    queue = deque(levels)
    while queue:
        parent = queue.popleft()
        lowest = floor(parent, levels[parent])
        for requirement in sorted(dependents[parent], key=lambda one: one.child):
            child = requirement.child
            if child not in public or holds(requirement, levels.get(child, public[child]), lowest):
                continue
            levels[child] = OFF
            if child not in wish.named:
                origin = causes[parent][0] if parent in causes else parent
                causes.setdefault(child, (origin, requirement))
            queue.append(child)
    return levels, causes


def _lower(before: LiveExposure, to: Exposure) -> Exposure:
    """Only downwards: no percentage says how far a toggle goes that is open in another way."""
    return min(before, to) if isinstance(before, Exposure) else OFF


def _down(
    toggle: Toggle,
    key: str,
    live: Mapping[str, Raw],
    wanted: Exposure,
    cause: tuple[Address, Requirement] | None,
    wish: Wish,
    ground: Ground,
    dialect: Dialect,
) -> Down:
    now = dialect.live(live[key])
    kept = _NOBODY if wish.testers else all_testers(now.testers, wish.lost.get(key, _NOBODY))
    before = dialect.public(live[key])
    down = Down(
        toggle=toggle,
        key=key,
        live=now,
        before=before,
        wanted=wanted,
        steps=() if before == wanted and kept == now.testers else _steps(key, now, wanted, kept, dialect),
        kept=kept,
        taken=now.testers if wish.testers else _NOBODY,
        lost=ground.uses_of(toggle.address),
        gained=ground.given_by(toggle.address),
        people=_people(toggle, before, wanted, ground),
    )
    return down if cause is None else replace(down, of=cause[0], requirement=cause[1])


def _steps(key: str, now: Live, wanted: Exposure, kept: Testers, dialect: Dialect) -> tuple[Step, ...] | Refusal:
    return dialect.retreat(now, Target(key, wanted), kept)


def again(down: Down, raw: Raw | None, dialect: Dialect) -> Down:
    """The same wish for the toggle as it is now, and with the testers that it had at first, or has got since."""
    now = dialect.live(raw)
    kept = down.kept if down.taken else all_testers(down.kept, now.testers)
    wanted = _lower(dialect.public(raw), down.wanted)
    steps = () if raw is None else _steps(down.key, now, wanted, kept, dialect)
    return replace(down, live=now, wanted=wanted, kept=kept, steps=steps)


def is_down(down: Down, raw: Raw | None, dialect: Dialect) -> bool:
    """Whether people have no more of it than was wanted; a toggle that is gone is down."""
    found = dialect.public(raw)
    return isinstance(found, Exposure) and found <= down.wanted


def missing_testers(down: Down, raw: Raw | None, dialect: Dialect) -> Testers:
    """Of those that were to keep it, the ones that don't have it now."""
    found = dialect.live(raw).testers
    return Testers(
        tuple(sorted(set(down.kept.actors) - set(found.actors))),
        tuple(sorted(set(down.kept.groups) - set(found.groups))),
    )


# How a group stands among the testers that a hold keeps.
_GROUP: Final = "group:"


def kept_testers(testers: Testers) -> tuple[str, ...]:
    """As a hold keeps them."""
    return (*testers.actors, *(f"{_GROUP}{name}" for name in testers.groups))


def told_testers(names: Iterable[str]) -> Testers:
    """What `kept_testers` wrote."""
    listed = tuple(names)
    groups = tuple(name.removeprefix(_GROUP) for name in listed if name.startswith(_GROUP))
    return Testers(tuple(name for name in listed if not name.startswith(_GROUP)), groups)


def all_testers(one: Testers, other: Testers) -> Testers:
    return Testers(
        tuple(sorted({*one.actors, *other.actors})) if other.actors else one.actors,
        tuple(sorted({*one.groups, *other.groups})) if other.groups else one.groups,
    )


def _people(toggle: Toggle, before: LiveExposure, wanted: Exposure, ground: Ground) -> int | None:
    """About how many people lose it; None: nobody knows."""
    product = ground.products.get(toggle.product) if toggle.product else None
    if product is None or product.people is None or not isinstance(before, Exposure):
        return None
    return round(product.people * (before.points - wanted.points) / 100_000)


def _ordered(moving: Mapping[Address, Down], ground: Ground) -> tuple[tuple[Address, ...], ...]:
    """Batches, dependents first. Toggles that require one another in a circle go down together."""
    pairs = [(one.child, one.parent) for one in ground.requirements]
    pairs += [(one.child, one.parent) for one in ground.dependencies]
    edges = [(child, parent) for child, parent in pairs if child in moving and parent in moving and child != parent]
    if not edges:
        return (tuple(sorted(moving)),) if moving else ()
    import networkx as nx  # noqa: PLC0415  # 110 ms: only where there is an order to find

    graph: nx.DiGraph[Address] = nx.DiGraph()
    graph.add_nodes_from(sorted(moving))
    graph.add_edges_from(edges)
    circles = nx.condensation(graph)
    generations = nx.topological_generations(circles)
    return tuple(
        tuple(sorted(address for circle in batch for address in circles.nodes[circle]["members"]))
        for batch in generations
    )


def _unmet(levels: Iterable[Address], ground: Ground, ends: Mapping[Address, LiveExposure]) -> tuple[Unmet, ...]:
    """The requirements that a toggle of the rollback leaves broken, by dependent."""
    moved = frozenset(levels)
    broken = (
        Unmet(one, ends[one.child], ends[one.parent])
        for one in ground.requirements
        if one.parent in moved and one.child in ends and not holds(one, ends[one.child], ends[one.parent])
    )
    return tuple(sorted(broken, key=lambda one: (one.requirement.child, one.requirement.parent)))


def unmet_by(retreat: Retreat, ground: Ground, ends: Mapping[Address, LiveExposure]) -> tuple[Unmet, ...]:
    """The same for what was read at the end; `ends` are the toggles of the rollback and its dependents."""
    levels = [down.address for down in (*retreat.downs, *retreat.resting)]
    return _unmet(levels, ground, ends)
