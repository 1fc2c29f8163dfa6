"""The kinds of providers that there are: built-in ones and those of installed packages, imported on use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from flagstaff.diagnostics import Diagnostic, Diagnostics, Failure, did_you_mean
from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.kinds import Kind, Source
from flagstaff.providers.protocols import Provider, StoreError
from flagstaff.providers.wrappers import ReadOnly

GROUP: Final = "flagstaff.providers"
_BUILT_IN: Final = (EntryPoint("flipper", "flagstaff.providers.flipper.sources:FLIPPER", GROUP),)


def check_settings(settings: ProviderSettings) -> tuple[Diagnostic, ...]:
    """What is wrong with a provider block, without touching the store."""
    diagnostics = Diagnostics()
    _checked(settings, diagnostics)
    return diagnostics.sorted()


def open_provider(settings: ProviderSettings, base: Path, *, writable: bool = True) -> Provider:
    """Open the store that a configuration in `base` names; raises `Failure`.

    The reader can do nothing but read. `writable` false: there is no writer at all; a store that only a
    person can write is told from that by its `handoff`.
    """
    diagnostics = Diagnostics()
    source = _checked(settings, diagnostics)
    if source is None or diagnostics.has_errors:
        raise Failure(*diagnostics.sorted())
    try:
        provider = source.open(settings, base)
    except StoreError as error:
        raise Failure.error(error.summary, error.detail, settings.range) from error
    return replace(provider, reader=ReadOnly(provider.reader), writer=provider.writer if writable else None)


def _checked(settings: ProviderSettings, diagnostics: Diagnostics) -> Source | None:
    kind = _kind(settings, diagnostics)
    source = None if kind is None else _source(kind, settings, diagnostics)
    if source is not None:
        _attributes(source, settings, diagnostics)
    return source


def _points() -> Mapping[str, EntryPoint]:
    """By name. A package can't take the place of a built-in kind; of two packages, the first in sorted order wins."""
    installed = sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value), reverse=True)
    return {point.name: point for point in (*installed, *_BUILT_IN)}


def _kind(settings: ProviderSettings, diagnostics: Diagnostics) -> Kind | None:
    points = _points()
    point = points.get(settings.kind)
    if point is None:
        detail = f'There is no provider "{settings.kind}"; installed: {_listed(points)}.'
        _error(diagnostics, settings, "Unknown provider", detail + did_you_mean(settings.kind, points))
        return None
    try:
        kind = point.load()
    except Exception as error:  # noqa: BLE001 - whatever a package's import raises, the user gets a diagnostic
        reason = f"{type(error).__name__}: {error}"
        detail = f'The package of the provider "{settings.kind}" ({point.value}) fails to load. {reason}.'
        _error(diagnostics, settings, "Provider can't be loaded", detail)
        return None
    if not isinstance(kind, Kind):
        detail = (
            f'{point.value}, registered as the provider "{settings.kind}", is not a Kind of flagstaff.providers.kinds.'
        )
        _error(diagnostics, settings, "Provider can't be loaded", detail)
        return None
    return kind


def _source(kind: Kind, settings: ProviderSettings, diagnostics: Diagnostics) -> Source | None:
    source = kind.sources.get(settings.source)
    if source is not None:
        return source
    if settings.source in kind.later:
        detail = f'The source "{settings.source}" comes with a later release; this one has {_listed(kind.sources)}.'
        _error(diagnostics, settings, "Source not supported yet", detail)
        return None
    detail = f'The provider "{kind.name}" has no source "{settings.source}"; it has {_listed(kind.sources)}.'
    _error(diagnostics, settings, "Unknown source", detail + did_you_mean(settings.source, kind.sources))
    return None


def _attributes(source: Source, settings: ProviderSettings, diagnostics: Diagnostics) -> None:
    given = {name: value for name, value in settings.settings.items() if value is not None}
    given.update(settings.sensitive)
    for name in sorted(given.keys() - source.attributes.keys()):
        detail = f'The source "{settings.source}" takes no argument "{name}".{did_you_mean(name, source.attributes)}'
        _error(diagnostics, settings, "Unsupported argument", detail)
    for name, attribute in sorted(source.attributes.items()):
        if name not in given:
            if attribute.required:
                detail = f'The argument "{name}" is required for the source "{settings.source}".'
                _error(diagnostics, settings, "Missing required argument", detail)
        elif name in settings.sensitive and not attribute.credential:
            detail = f'The argument "{name}" is no credential, and would be shown; it can\'t take a sensitive value.'
            _error(diagnostics, settings, "Sensitive value not allowed", detail)
        elif wrong := attribute.check(given[name]):
            _error(diagnostics, settings, "Incorrect attribute value", f'The argument "{name}" {wrong}.')


def _error(diagnostics: Diagnostics, settings: ProviderSettings, summary: str, detail: str) -> None:
    diagnostics.error(summary, detail, settings.range, context=f'provider "{settings.kind}"')


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(names))
