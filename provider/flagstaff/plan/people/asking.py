"""From a configuration and a store to a question about people: where toggles are, and what is looked at as one.

With `audience` the only module of planning that needs numpy: import it on use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from flagstaff.addresses import Address
from flagstaff.audience.population import Chunk, Population, made_up_uuids, suitable_size
from flagstaff.audience.question import Course, Gathering, Question
from flagstaff.audience.sets import toggles_of
from flagstaff.model.conditions import mentioned
from flagstaff.model.configuration import Desired, Requirement
from flagstaff.model.live import Dialect, Snapshot
from flagstaff.model.recorded import ToggleRecord
from flagstaff.model.rollout import Rollout


def standing(
    desired: Desired,
    snapshot: Snapshot,
    dialect: Dialect,
    toggles: Iterable[Address],
    records: Mapping[Address, ToggleRecord] | None = None,
) -> dict[Address, Course]:
    """Where toggles are: now, and from the next moment on if nothing moved.

    They differ where the recorded key isn't the declared one: people have what the old key gives until then.
    """
    found = {}
    for address in sorted(toggles):
        toggle, record = desired.toggles[address], (records or {}).get(address)
        live = dialect.live(snapshot.toggles.get(toggle.key))
        old = snapshot.toggles.get(record.key) if record and record.key != toggle.key else None
        found[address] = Course(
            address,
            toggle.key,
            (live.exposure if old is None else dialect.live(old).exposure, live.exposure),
            toggle.product,
            record.key if old is not None and record else None,
            testers=live.testers.actors,
        )
    return found


def question(
    desired: Desired,
    dialect: Dialect,
    courses: Mapping[Address, Course],
    moments: tuple[str, ...],
    requirements: tuple[Requirement, ...] = (),
    rollouts: Iterable[Rollout] | None = None,
) -> Question:
    """`rollouts`: whose toggles are looked at as sets; None: all of them."""
    asked = Question(
        dialect,
        courses,
        desired.experiences,
        desired.products,
        requirements,
        moments=moments,
        kinds={address: experience.ids for address, experience in desired.experiences.items() if experience.ids},
    )
    sets = (item for r in (desired.rollouts.values() if rollouts is None else rollouts) for item in _sets(r, asked))
    return replace(asked, sets=tuple(sets))


def mentions(desired: Desired) -> frozenset[Address]:
    """The toggles that experiences depend on."""
    found = (item.address for one in desired.experiences.values() for item in mentioned(one.when))
    return frozenset(address for address in found if address in desired.toggles)


def made_up(desired: Desired) -> Population:
    """People for a configuration, as many as keep it quick, with an id of each kind that it names."""
    size = suitable_size(len(desired.toggles) + len(desired.experiences))
    return kept(made_up_uuids(size, kinds=kinds_of(desired)))


def kinds_of(desired: Desired) -> tuple[str, ...]:
    """The kinds of ids that a configuration names, the usual one first."""
    return ("", *sorted({one.ids for one in desired.experiences.values()} - {""}))


def kept(population: Population) -> Population:
    """The same, remembered: for made-up people, who are few enough, and asked more than once."""
    known: dict[int, tuple[Chunk, ...]] = {}

    def chunks(rows: int) -> Iterator[Chunk]:
        if rows not in known:
            known[rows] = tuple(population.chunks(rows))
        return iter(known[rows])

    return replace(population, chunks=chunks)


def titles(desired: Desired, asked: Question) -> Mapping[str, str]:
    """Of everything that a question is about, as far as it has one."""
    found = {address: toggle.title for address, toggle in desired.toggles.items() if address in asked.toggles}
    found |= {address: experience.title for address, experience in desired.experiences.items()}
    found |= {address: product.title for address, product in desired.products.items()}
    return {str(address): title for address, title in sorted(found.items()) if title}


def _sets(rollout: Rollout, asked: Question) -> Iterator[Gathering]:
    """The rollout's toggles that are up, those of stages that go together, and the experiences that they give."""
    up = tuple(toggle for toggle in rollout.toggles if _is_up(asked.toggles.get(toggle)))
    if len(up) < 2:
        return
    yield Gathering(str(rollout.address), up, rollout.product)
    for stage in rollout.stages:
        members = tuple(sorted(set(stage.toggles) & set(up)))
        if stage.together and stage.name.name in rollout.go and len(members) > 1 and members != up:
            yield Gathering(str(stage.name), members, rollout.product)
    yield from _given(rollout, frozenset(up), asked)


def _given(rollout: Rollout, up: frozenset[Address], asked: Question) -> Iterator[Gathering]:
    """Experiences are one set if they ask for the same toggles besides: those of the website, those of the app."""
    alike: dict[tuple[tuple[Address, ...], str, Address | None], list[Address]] = {}
    for address, experience in sorted(asked.experiences.items()):
        toggles = toggles_of(asked, address)
        if len(toggles & up) == 1:
            key = (tuple(sorted(toggles - up)), experience.ids, experience.product)
            alike.setdefault(key, []).append(address)
    for (rest, ids, product), members in alike.items():
        if len(members) > 1:
            needs = " and ".join(map(str, rest)) or "nothing else"
            kind = f" ({ids})" if ids else ""
            yield Gathering(f"experiences of {rollout.address} with {needs}{kind}", tuple(members), product)


def _is_up(course: Course | None) -> bool:
    """Whether it is above 0 at any moment; what nobody can say counts as up."""
    return course is not None and any(getattr(exposure, "level", 1) > 0 for exposure in course.exposures)
