"""Provider blocks: what is wrong with them, and what they open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flagstaff.diagnostics import Failure, Position, Range
from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.files import inside_repository
from flagstaff.providers.kinds import parse_duration
from flagstaff.providers.protocols import BatchWriter, StoreError
from flagstaff.providers.registry import check_settings, open_provider

SOURCES = '"api", "cloud", "embedded", "snapshot", "sql"'
RANGE = Range("main.hcl", Position(3, 1, 40), Position(3, 20, 59))


def settings(kind="flipper", source="embedded", sensitive=None, **attributes) -> ProviderSettings:
    return ProviderSettings(kind, source, attributes, sensitive or {}, timedelta(minutes=2), RANGE)


def said(given: ProviderSettings) -> list[tuple[str, str]]:
    diagnostics = check_settings(given)
    assert {item.range for item in diagnostics} <= {RANGE}
    assert {item.context for item in diagnostics} <= {f'provider "{given.kind}"'}
    return [(item.summary, item.detail) for item in diagnostics]


@pytest.mark.parametrize(
    ("given", "summary", "detail"),
    [
        (
            settings("fliper"),
            "Unknown provider",
            'There is no provider "fliper"; installed: "flipper". Did you mean "flipper"?',
        ),
        (settings("unleash"), "Unknown provider", 'There is no provider "unleash"; installed: "flipper".'),
        (
            settings(source="embeded", path="a"),
            "Unknown source",
            f'The provider "flipper" has no source "embeded"; it has {SOURCES}. Did you mean "embedded"?',
        ),
        (settings(), "Missing required argument", 'The argument "path" is required for the source "embedded".'),
        (
            settings(path=None),
            "Missing required argument",
            'The argument "path" is required for the source "embedded".',
        ),
        (
            settings(source="snapshot", path="a", maxage="1h"),
            "Unsupported argument",
            'The source "snapshot" takes no argument "maxage". Did you mean "max_age"?',
        ),
        (settings(path=""), "Incorrect attribute value", 'The argument "path" must be a text that is not empty.'),
        (settings(path=5), "Incorrect attribute value", 'The argument "path" must be a text that is not empty.'),
        (
            settings(source="snapshot", path="a", max_age="soon"),
            "Incorrect attribute value",
            'The argument "max_age" must be a duration such as "36h" or "1h30m".',
        ),
        (
            settings(sensitive={"path": "secret-path"}),
            "Sensitive value not allowed",
            'The argument "path" is no credential, and would be shown; it can\'t take a sensitive value.',
        ),
    ],
)
def test_mistakes_have_a_place_and_a_way_out(given, summary, detail, tmp_path):
    assert said(given) == [(summary, detail)]
    with pytest.raises(Failure) as failure:
        open_provider(given, tmp_path)
    assert failure.value.diagnostics == check_settings(given)


def test_all_mistakes_are_said_at_once():
    assert [summary for summary, _ in said(settings(url="x", max_age="1h"))] == [
        "Missing required argument",
        "Unsupported argument",
        "Unsupported argument",
    ]


def test_good_settings_need_no_file():
    assert check_settings(settings(path="nowhere/live.json")) == ()
    assert check_settings(settings(source="snapshot", path="x", max_age="1h30m")) == ()


def test_an_embedded_store(tmp_path):
    (tmp_path / "live.json").write_text('{"version":1,"features":{}}', encoding="utf-8")
    provider = open_provider(settings(path="live.json"), tmp_path)
    assert (provider.name, provider.title) == ("flipper.embedded", 'flipper "live.json"')
    assert provider.embedded
    assert provider.propagation == timedelta(minutes=2)
    assert isinstance(provider.writer, BatchWriter)
    assert provider.handoff == ""
    assert open_provider(settings(path="live.json"), tmp_path, writable=False).writer is None
    with pytest.raises(StoreError, match='"write_batch" was asked of a store that was opened to read'):
        provider.reader.write_batch([], None)
    assert repr(provider.reader) == "ReadOnly()"


def test_a_snapshot_says_who_writes_it(tmp_path):
    (tmp_path / "export.json").write_text('{"version":1,"features":{"a":{}}}', encoding="utf-8")
    provider = open_provider(settings(source="snapshot", path="export.json", max_age="7d"), tmp_path)
    assert (provider.name, provider.embedded, provider.writer) == ("flipper.snapshot", False, None)
    assert "`flagstaff handoff PLAN -format=rails`" in provider.handoff
    assert "`flagstaff confirm PLAN -from export.json`" in provider.handoff
    assert list(provider.reader.read().toggles) == ["a"]


def test_paths_stay_in_the_repository(tmp_path):
    repository, base = tmp_path / "repository", tmp_path / "repository" / "configs" / "va"
    base.mkdir(parents=True)
    (repository / ".git").mkdir()
    (tmp_path / "outside.json").write_text("{}", encoding="utf-8")
    (base / "link.json").symlink_to(tmp_path / "outside.json")
    (base / "loop.json").symlink_to(base / "loop.json")
    (base / "inner.json").symlink_to(repository / "state" / "live.json")
    assert inside_repository(base, "../../state/live.json") == repository / "state" / "live.json"
    assert inside_repository(base, "inner.json") == repository / "state" / "live.json"
    for path in ("../../../outside.json", "link.json", str(tmp_path / "outside.json"), "link.json/../x"):
        with pytest.raises(Failure) as failure:
            open_provider(settings(path=path), base)
        (diagnostic,) = failure.value.diagnostics
        assert diagnostic.summary == "Path leaves the repository"
        assert diagnostic.detail.startswith(f'"{path}" leads to {tmp_path}')
        assert diagnostic.range == RANGE
    with pytest.raises(StoreError, match="can't be followed: its links go in a circle"):
        inside_repository(base, "loop.json")


def test_without_a_repository_there_is_no_boundary(tmp_path):
    assert inside_repository(tmp_path, "a/b.json") == tmp_path / "a" / "b.json"
    assert inside_repository(tmp_path / "a", "../b.json") == tmp_path / "b.json"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("2m", 120), ("1h30m", 5_400), ("7d", 604_800), ("1d1h1m1s", 90_061), ("0s", 0)],
)
def test_durations(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "1.5h", "1m1h", "h", " 1h", "-1h", "1h\n", "999999d"])
def test_texts_that_are_no_duration(text):
    assert parse_duration(text) is None


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package that brings kinds of providers of its own, one of them under a built-in name."""
    package = tmp_path / "site"
    metadata = package / "acme-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(
        "[flagstaff.providers]\nacme = acme_toggles:ACME\nbroken = acme_missing:X\nodd = acme_toggles:ODD\n"
        "flipper = acme_toggles:ACME\n",
        encoding="utf-8",
    )
    (package / "acme_toggles.py").write_text(
        "from flagstaff.providers.kinds import Attribute, Kind, Source, text\n"
        "from flagstaff.providers.memory import MemoryWriter, memory_provider\n"
        "ODD = 5\n"
        "def open(settings, base, surroundings):\n    return memory_provider(MemoryWriter({'a': {}}))\n"
        "ACME = Kind('acme', {'cloud': Source({'token': Attribute(text, credential=True)}, open)})\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(package)


def test_a_package_can_bring_a_kind(installed, tmp_path):
    given = settings("acme", "cloud", sensitive={"token": "s3cret"})
    assert check_settings(given) == ()
    assert list(open_provider(given, tmp_path).reader.read().toggles) == ["a"]
    assert said(settings("acme", "clud"))[0][1].endswith('it has "cloud". Did you mean "cloud"?')


def test_a_package_cant_take_a_built_in_name(installed):
    assert check_settings(settings(path="live.json")) == ()


def test_a_package_that_fails_to_load_is_a_diagnostic(installed):
    (broken,) = said(settings("broken"))
    assert broken[0] == "Provider can't be loaded"
    assert broken[1] == (
        'The package of the provider "broken" (acme_missing:X) fails to load. '
        "ModuleNotFoundError: No module named 'acme_missing'."
    )
    assert said(settings("odd")) == [
        (
            "Provider can't be loaded",
            'acme_toggles:ODD, registered as the provider "odd", is not a Kind of flagstaff.providers.kinds.',
        )
    ]
