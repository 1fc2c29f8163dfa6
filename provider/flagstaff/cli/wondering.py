"""`audience` as an operation: live store, configuration and what-if become a question. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from flagstaff.addresses import Address
from flagstaff.cli.asking import Crowd, open_population, readable
from flagstaff.cli.planning import Names
from flagstaff.diagnostics import Failure, did_you_mean
from flagstaff.model.configuration import Desired, Requirement
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Snapshot
from flagstaff.model.recorded import Recorded
from flagstaff.providers.protocols import Provider

if TYPE_CHECKING:
    from flagstaff.audience.person import Person
    from flagstaff.audience.question import Question
    from flagstaff.cli.workspace import Workspace
    from flagstaff.config.load import Inputs
    from flagstaff.plan.people.affected import Affected

_LOCAL: Final = frozenset({"embedded", "snapshot"})


@dataclass(frozen=True, slots=True)
class Wondering:
    """What the user asks. `ids` are one person's, by kind; None: everybody."""

    crowd: Crowd
    sets: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    segment: str | None = None
    network: bool = True
    full: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """The live store under a configuration, and the question about both."""

    desired: Desired
    provider: Provider
    question: Question


def scene(workspace: Workspace, inputs: Inputs, wondering: Wondering) -> Scene:
    """Raises `Failure` and `StoreError`."""
    desired = workspace.configuration(inputs)
    if not wondering.network and desired.provider.source not in _LOCAL:
        raise Failure.error(
            "Store is behind the network",
            f'-no-network was given, and the source "{desired.provider.source}" of the provider is read over the '
            'network. Ask an export of it: source = "snapshot".',
            desired.provider.range,
        )
    wanted = _wanted(wondering.sets, desired)
    if wondering.ids and not wanted:
        wanted = {a: toggle.exposure for a, toggle in desired.toggles.items() if isinstance(toggle.exposure, Exposure)}
    provider = workspace.provider(desired.provider, writable=False)
    return Scene(desired, provider, _question(desired, provider.reader.read(), provider, wanted))


def everybody(scene: Scene, wondering: Wondering) -> Affected:
    """Who has what now, and then. Raises `Failure`."""
    from flagstaff.audience.advice import advise
    from flagstaff.audience.analysis import analyse
    from flagstaff.plan.people.affected import Affected
    from flagstaff.plan.people.asking import made_up, titles

    crowd, question = wondering.crowd, scene.question
    population = open_population(crowd, scene.desired) if crowd.is_chosen else made_up(scene.desired)
    with readable():
        audience = analyse(question, population)
        if audience is None:
            raise _no_hash(scene.provider)
        return Affected(audience, advise(question, population), titles(scene.desired, question), wondering.full)


def person(scene: Scene, wondering: Wondering) -> Person:
    """What one person gets now and then, and why. Raises `Failure`, which names no id."""
    from flagstaff.audience.person import explain_person

    _check_segment(wondering.segment, scene.desired)
    found = explain_person(scene.question, ids_of(wondering.ids, scene.desired), wondering.segment)
    if found is None:
        raise _no_hash(scene.provider)
    return found


def ids_of(texts: Sequence[str], desired: Desired) -> Mapping[str, str]:
    """`someone@example.gov`, or `mobile=1234` where the configuration names such a kind. Raises `Failure`."""
    kinds = {experience.ids for experience in desired.experiences.values() if experience.ids}
    found: dict[str, str] = {}
    for text in texts:
        kind, equals, rest = text.partition("=")
        kind, id = (kind, rest) if equals and kind in kinds else ("", text)
        if not id:
            raise Failure.error("Empty id", "-id takes the id of a person, as the store knows it.")
        if kind in found:
            which = f'of the kind "{kind}"' if kind else "of the usual kind"
            known = f" Kinds that the configuration names: {', '.join(sorted(kinds))}." if kinds else ""
            raise Failure.error("Id given twice", f"-id names two ids {which}; a person has one of each.{known}")
        found[kind] = id
    return dict(sorted(found.items()))


def _wanted(texts: Iterable[str], desired: Desired) -> dict[Address, Exposure]:
    """Of `-set TOGGLE=N`; a block with `for_each` or `count` stands for all of its toggles."""
    names = Names(desired, Recorded())
    found: dict[Address, Exposure] = {}
    for text in texts:
        name, equals, value = text.rpartition("=")
        if not equals or not name:
            raise Failure.error("Invalid -set", f'-set takes TOGGLE=N, such as toggle.x=20; "{text}" is not that.')
        address = names.one(name.strip())
        members = [address] if address in desired.toggles else [a for a in desired.toggles if a.block == address]
        found.update(dict.fromkeys(members, _exposure(value, name)))
    return found


def _exposure(text: str, name: str) -> Exposure:
    word = text.strip().removesuffix("%").strip()
    try:
        return OFF if word == "off" else Exposure.parse(word)
    except ValueError:
        raise Failure.error(
            "Invalid share",
            f'"{text}" is no share for {name.strip()}: a percentage from 0 to 100 with at most three decimals, on or '
            f"off.{did_you_mean(word, ('on', 'off'))}",
        ) from None


def _check_segment(segment: str | None, desired: Desired) -> None:
    known = sorted({one.name for product in desired.products.values() for one in product.segments})
    if segment is not None and segment not in known:
        raise Failure.error("Unknown segment", f'No product has a segment "{segment}".{did_you_mean(segment, known)}')


def _question(desired: Desired, snapshot: Snapshot, provider: Provider, wanted: Mapping[Address, Exposure]) -> Question:
    from flagstaff.plan.people.asking import question, standing

    courses = standing(desired, snapshot, provider.dialect, desired.toggles)
    courses = {
        address: replace(course, exposures=(course.exposures[0], wanted.get(address, course.exposures[0])))
        for address, course in courses.items()
    }
    requirements: tuple[Requirement, ...] = tuple(r for t in desired.toggles.values() for r in t.requirements)
    return question(desired, provider.dialect, courses, ("now", "then"), requirements)


def _no_hash(provider: Provider) -> Failure:
    return Failure.error(
        "Hash not known",
        f"How {provider.title} chooses people for a percentage is not known, so nobody can say who has what.",
    )
