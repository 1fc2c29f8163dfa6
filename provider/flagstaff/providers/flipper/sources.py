"""The sources of `provider "flipper"`: what each takes, and how it is opened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flagstaff.diagnostics import Diagnostic, Diagnostics
from flagstaff.language.source import Source as Text
from flagstaff.model.catalogue import Catalogue
from flagstaff.model.configuration import ProviderSettings
from flagstaff.model.live import Json
from flagstaff.providers.endpoints import Endpoint
from flagstaff.providers.files import inside_repository
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.flipper.export import EmbeddedFile, SnapshotFile
from flagstaff.providers.flipper.http import API, CLOUD
from flagstaff.providers.flipper.sql_source import SQL
from flagstaff.providers.kinds import Attribute, Expected, Kind, Source, duration, parse_duration, text
from flagstaff.providers.protocols import Provider
from flagstaff.providers.surroundings import Surroundings

HANDOFF: Final = (
    "Flagstaff can't write to this store: a person does. `flagstaff handoff PLAN -format=rails` writes the script for "
    "the application's console (-format=checklist: the clicks). When it is done, `flagstaff confirm PLAN -from "
    "export.json` records it from a fresh export. PLAN is a file that `flagstaff plan -out=PLAN` saved."
)


def open_embedded(settings: ProviderSettings, base: Path, _: Surroundings) -> Provider:
    path = settings.settings["path"]
    store = EmbeddedFile(inside_repository(base, path), path)
    return Provider(
        name="flipper.embedded",
        title=f'flipper "{path}"',
        dialect=FlipperDialect(),
        reader=store,
        writer=store,
        propagation=settings.propagation,
        embedded=True,
    )


def open_snapshot(settings: ProviderSettings, base: Path, _: Surroundings) -> Provider:
    path = settings.settings["path"]
    max_age = settings.settings.get("max_age")
    limit = None if max_age is None else parse_duration(max_age)
    return snapshot(SnapshotFile(inside_repository(base, path), path, max_age=limit), settings)


def snapshot(file: SnapshotFile, settings: ProviderSettings) -> Provider:
    """A provider over an export that a user named, wherever it lies."""
    return Provider(
        name="flipper.snapshot",
        title=f'flipper "{file.shown}"',
        dialect=FlipperDialect(),
        reader=file,
        writer=None,
        propagation=settings.propagation,
        handoff=HANDOFF,
    )


def _web_address(value: Json) -> str | None:
    """The toggles' page; what it is printed in must not be steered by it."""
    good = isinstance(value, str) and _ADDRESS.fullmatch(value)
    return None if good else 'must be a web address such as "https://api.example.gov/flipper", without a user name'


_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/%-]*)?", re.ASCII)


def _catalogue(source: Text, diagnostics: Diagnostics) -> Catalogue:
    from flagstaff.providers.flipper.catalogue import read_catalogue  # noqa: PLC0415  # YAML is loaded on use

    return read_catalogue(source, diagnostics)


def _smoke_test(endpoint: Endpoint, expected: Sequence[Expected], surroundings: Surroundings) -> tuple[Diagnostic, ...]:
    from flagstaff.providers.flipper.feature_toggles import verify  # noqa: PLC0415  # HTTP is loaded on use

    return verify(endpoint, expected, surroundings)


_PATH: Final = Attribute(
    text,
    required=True,
    meaning="the file, relative to the configuration's directory and inside the repository",
)
_SNAPSHOT: Final = {
    "path": _PATH,
    "max_age": Attribute(duration, meaning='an export older than this is refused: `"36h"`', default="any age"),
    "ui_url": Attribute(
        _web_address,
        meaning='the toggles\' web page, for the links of a hand-off: `"https://api.example.gov/flipper"`',
    ),
}
_CATALOGUE: Final = Attribute(
    text,
    meaning="the application's own list of its flags (`features.yml`), inside the repository: its keys are known, and "
    "what differs is a warning",
)

FLIPPER: Final = Kind(
    "flipper",
    {
        "embedded": Source(
            {"path": _PATH}, open_embedded, meaning="a Flipper JSON export that is read and written: for trying out"
        ),
        "api": API,
        "cloud": CLOUD,
        "snapshot": Source(
            _SNAPSHOT, open_snapshot, meaning="a Flipper JSON export that is only read: a person makes the changes"
        ),
        "sql": SQL,
    },
    shared={"catalogue": _CATALOGUE},
    catalogue=_catalogue,
    verify={"feature_toggles": _smoke_test},
)
