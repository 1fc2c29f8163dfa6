"""Asking of people: which population, and what of it can't be read. No id leaves this but to the analysis."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flagstaff.diagnostics import Failure

if TYPE_CHECKING:
    from flagstaff.audience.population import Population
    from flagstaff.model.configuration import Desired

# Made-up ids; anything else is a file (`./uuids` for one of such a name).
UUIDS: Final = "uuids"
MAILS: Final = "emails"


@dataclass(frozen=True, slots=True)
class Crowd:
    """The people that the user asked for. `size` and `seed` None: as suits the question. `detail`: see `Detail`."""

    population: str = ""
    columns: tuple[str, ...] = ()
    detail: str = "short"
    size: int | None = None
    seed: int | None = None

    @property
    def is_chosen(self) -> bool:
        """Whether the user said anything of who it is."""
        return bool(self.population or self.columns or self.size or self.seed)

    @property
    def is_default(self) -> bool:
        return not self.is_chosen and self.detail == "short"


def open_population(crowd: Crowd, desired: Desired) -> Population:
    """Made-up people have an id of each kind that the configuration names. Raises `Failure`."""
    from flagstaff.audience.population import SIZE, made_up_mails, made_up_uuids

    if crowd.population not in {"", UUIDS, MAILS}:
        return _file(crowd, [product.name for product in desired.products])
    if crowd.columns:
        raise Failure.error(
            "No population file", "-column says what the columns of a file hold: give it by -population."
        )
    make = made_up_mails if crowd.population == MAILS else made_up_uuids
    from flagstaff.plan.people.asking import kept, kinds_of

    return kept(make(crowd.size or SIZE, 1 if crowd.seed is None else crowd.seed, kinds_of(desired)))


def _file(crowd: Crowd, products: Collection[str]) -> Population:
    from flagstaff.audience.files import read_population

    if crowd.size or crowd.seed:
        raise Failure.error(
            "Size of a file", "-size and -seed are for made-up people; all people of a file are looked at."
        )
    with readable():
        return read_population(Path(crowd.population), _columns(crowd.columns), products)


def _columns(columns: Sequence[str]) -> dict[str, str] | None:
    """`email` is the column of the usual ids, `mobile=icn` that of a kind of its own."""
    found: dict[str, str] = {}
    for text in columns:
        kind, equals, name = text.partition("=")
        kind, name = (kind, name) if equals else ("", kind)
        if kind in found:
            which = f'ids of the kind "{kind}"' if kind else "the usual ids"
            raise Failure.error("Column given twice", f"-column names two columns for {which}.")
        found[kind] = name
    if found and "" not in found:
        raise Failure.error("No column of the usual ids", "-column=NAME says which column holds the usual ids.")
    return {"": found[""], **found} if found else None


@contextmanager
def readable() -> Iterator[None]:
    """What can't be read of a population becomes a `Failure`, whenever that shows."""
    from flagstaff.audience.columns import PopulationError

    try:
        yield
    except PopulationError as error:
        raise Failure.error(error.summary, error.detail) from None
