"""What an application's catalogue says about a configuration. Warnings only: it may be behind, or ahead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from flagstaff.diagnostics import Diagnostic, Range, Related, Severity, did_you_mean
from flagstaff.model.catalogue import Catalogue, Listed
from flagstaff.model.configuration import Desired, Toggle
from flagstaff.model.exposure import Exposure

# Each guess looks at every key; more wrong ones than this have one cause, and it isn't spelling.
_MOST_GUESSES: Final = 20


def check_catalogue(desired: Desired, catalogue: Catalogue) -> tuple[Diagnostic, ...]:
    """By address: keys that it lacks, and percentages that don't mean what they seem to."""
    known = [toggle for toggle in desired.toggles.values() if toggle.key in catalogue.entries]
    lacking = [toggle for toggle in desired.toggles.values() if toggle.key not in catalogue.entries]
    return (*_lacking(lacking, catalogue), *_by_cookie(known, catalogue))


def _lacking(toggles: list[Toggle], catalogue: Catalogue) -> Iterator[Diagnostic]:
    folded = {_fold(key): listed for key, listed in sorted(catalogue.entries.items(), reverse=True)}
    guessed = {toggle.address for toggle in islice((t for t in toggles if _fold(t.key) not in folded), _MOST_GUESSES)}
    for toggle in toggles:
        if (twin := folded.get(_fold(toggle.key))) is not None:
            yield _warning(
                toggle,
                "Key differs by case or white space",
                f'{catalogue.name} has no toggle "{toggle.key}", but "{twin.key}". To a store that minds case, these '
                "are two toggles, and the application reads the one that it lists.",
                twin,
            )
        else:
            guess = did_you_mean(toggle.key, catalogue.entries) if toggle.address in guessed else ""
            detail = f'{catalogue.name} has no toggle "{toggle.key}", so the application may not read it.{guess}'
            yield _warning(toggle, "Key not in the catalogue", detail)


def _by_cookie(toggles: list[Toggle], catalogue: Catalogue) -> Iterator[Diagnostic]:
    for toggle in toggles:
        listed, exposure = catalogue.entries[toggle.key], toggle.exposure
        if not listed.by_cookie or not isinstance(exposure, Exposure) or exposure.is_off or exposure.is_on:
            continue
        detail = (
            f'"{toggle.key}" is drawn by cookie_id: {exposure} of it are visitors\' cookies, not logged-in users. '
            "Somebody with two browsers counts twice, and is drawn anew once the cookie is gone."
        )
        yield _warning(toggle, "Percentage of cookies", detail, listed, toggle.exposure_range)


def _fold(key: str) -> str:
    return "".join(key.split()).casefold()


def _warning(
    toggle: Toggle, summary: str, detail: str, listed: Listed | None = None, place: Range | None = None
) -> Diagnostic:
    related = () if listed is None or listed.range is None else (Related(listed.range, "listed here"),)
    return Diagnostic(
        Severity.WARNING,
        summary,
        detail,
        place or toggle.key_range,
        context=str(toggle.address),
        address=str(toggle.address),
        related=related,
    )
