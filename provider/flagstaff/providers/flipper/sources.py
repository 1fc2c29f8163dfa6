"""The sources of `provider "flipper"`: what each takes, and how it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.files import inside_repository
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.flipper.export import EmbeddedFile, SnapshotFile
from flagstaff.providers.kinds import Attribute, Kind, Source, duration, parse_duration, text
from flagstaff.providers.protocols import Provider

HANDOFF: Final = (
    "Flagstaff can't write to this store: a person does. The hand-off (flagstaff handoff), which lists the clicks and "
    "the console script, comes with a later release. Until then, make the changes by hand in the plan's order, then "
    "export the toggles again and plan: nothing is recorded before the export shows it."
)


def open_embedded(settings: ProviderSettings, base: Path) -> Provider:
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


def open_snapshot(settings: ProviderSettings, base: Path) -> Provider:
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


_PATH: Final = Attribute(text, required=True)

FLIPPER: Final = Kind(
    "flipper",
    {
        "embedded": Source({"path": _PATH}, open_embedded),
        "snapshot": Source({"path": _PATH, "max_age": Attribute(duration)}, open_snapshot),
    },
    later=("api", "cloud", "sql"),
)
