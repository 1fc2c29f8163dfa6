"""The kinds of providers that there are: built-in ones and those of installed packages, imported on use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from flagstaff.diagnostics import Diagnostic, Diagnostics, Failure, Severity, did_you_mean
from flagstaff.language.source import Source as Text
from flagstaff.model.catalogue import Catalogue
from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.endpoints import Endpoint
from flagstaff.providers.files import inside_repository
from flagstaff.providers.kinds import Expected, Kind, Source
from flagstaff.providers.protocols import Provider, StoreError
from flagstaff.providers.surroundings import Surroundings
from flagstaff.providers.wrappers import ReadOnly

GROUP: Final = "flagstaff.providers"
_BUILT_IN: Final = (EntryPoint("flipper", "flagstaff.providers.flipper.sources:FLIPPER", GROUP),)


def check_settings(settings: ProviderSettings) -> tuple[Diagnostic, ...]:
    """What is wrong with a provider block, without touching the store."""
    diagnostics = Diagnostics()
    _checked(settings, diagnostics)
    return diagnostics.sorted()


def open_provider(
    settings: ProviderSettings, base: Path, *, writable: bool = True, surroundings: Surroundings | None = None
) -> Provider:
    """Open the store that a configuration in `base` names; raises `Failure`.

    The reader can do nothing but read. `writable` false: there is no writer at all; a store that only a
    person can write is told from that by its `handoff`. `surroundings` None: those of this process.
    """
    diagnostics = Diagnostics()
    source = _checked(settings, diagnostics)
    if source is None or diagnostics.has_errors:
        raise Failure(*diagnostics.sorted())
    try:
        provider = source.open(settings, base, Surroundings.of_process() if surroundings is None else surroundings)
    except StoreError as error:
        raise Failure.error(error.summary, error.detail, settings.range) from error
    return replace(provider, reader=ReadOnly(provider.reader), writer=provider.writer if writable else None)


@dataclass(frozen=True, slots=True)
class Catalogued:
    """What became of a provider block's `catalogue`: None where it names none, or it can't be read at all.

    `sources` are the texts that the diagnostics may quote.
    """

    catalogue: Catalogue | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    sources: Mapping[str, Text] = field(default_factory=dict)


def open_catalogue(settings: ProviderSettings, base: Path) -> Catalogued:
    """Read the catalogue that a provider block in `base` names, inside the repository."""
    path, diagnostics = settings.settings.get("catalogue"), Diagnostics()
    kind = _kind(settings, Diagnostics()) if isinstance(path, str) else None
    if kind is None or kind.catalogue is None or not isinstance(path, str):
        return Catalogued()
    try:
        source = Text(path, inside_repository(base, path).read_bytes().decode())
    except StoreError as error:
        return Catalogued(None, (Diagnostic(Severity.ERROR, error.summary, error.detail, settings.range),))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        detail = f'The catalogue "{path}" can\'t be read: {reason}. Correct the path, or take it out.'
        return Catalogued(None, (Diagnostic(Severity.ERROR, "Catalogue can't be read", detail, settings.range),))
    catalogue = kind.catalogue(source, diagnostics)
    return Catalogued(None if diagnostics.has_errors else catalogue, diagnostics.sorted(), {path: source})


def _checked(settings: ProviderSettings, diagnostics: Diagnostics) -> Source | None:
    kind = _kind(settings, diagnostics)
    source = None if kind is None or "source" in settings.unknown else _source(kind, settings, diagnostics)
    if kind is not None and source is not None:
        source = replace(source, attributes={**kind.shared, **source.attributes})
        _attributes(source, settings, diagnostics)
    if kind is not None:
        _verify(kind, settings, diagnostics)
    return source


def _verify(kind: Kind, settings: ProviderSettings, diagnostics: Diagnostics) -> None:
    verify = settings.verify
    if verify is None:
        return
    if verify.source not in kind.verify:
        detail = f'A verify block of "{kind.name}" takes the source {_listed(kind.verify)}, not "{verify.source}".'
        detail += did_you_mean(verify.source, kind.verify)
        diagnostics.error("Unknown source", detail, verify.range, context=f'provider "{kind.name}"')
    try:
        Endpoint.parse(verify.url)
    except ValueError as error:
        detail = f'The argument "url" {error}.'
        diagnostics.error("Incorrect attribute value", detail, verify.range, context=f'provider "{kind.name}"')


def smoke_test(
    settings: ProviderSettings, expected: Sequence[Expected], surroundings: Surroundings | None = None
) -> tuple[Diagnostic, ...]:
    """What the `verify` of a provider block finds, as warnings. The settings are checked ones."""
    kind, verify = _kind(settings, Diagnostics()), settings.verify
    if kind is None or verify is None:
        return ()
    around = Surroundings.of_process() if surroundings is None else surroundings
    return kind.verify[verify.source](Endpoint.parse(verify.url), expected, around)


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
    for name in sorted((given.keys() | settings.unknown) - source.attributes.keys()):
        detail = f'The source "{settings.source}" takes no argument "{name}".{did_you_mean(name, source.attributes)}'
        _error(diagnostics, settings, "Unsupported argument", detail)
    for name, attribute in sorted(source.attributes.items()):
        if name in settings.unknown:
            continue
        if name not in given:
            if attribute.required:
                detail = f'The argument "{name}" is required for the source "{settings.source}".'
                _error(diagnostics, settings, "Missing required argument", detail)
        elif name in settings.sensitive and not attribute.credential:
            detail = f'The argument "{name}" is no credential, and would be shown; it can\'t take a sensitive value.'
            _error(diagnostics, settings, "Sensitive value not allowed", detail)
        elif wrong := attribute.check(given[name]):
            _error(diagnostics, settings, "Incorrect attribute value", f'The argument "{name}" {wrong}.')
    if not diagnostics.has_errors and not settings.unknown:
        for problem in source.check(settings):
            _error(diagnostics, settings, "Invalid provider settings", problem)


def _error(diagnostics: Diagnostics, settings: ProviderSettings, summary: str, detail: str) -> None:
    diagnostics.error(summary, detail, settings.range, context=f'provider "{settings.kind}"')


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(names))
