"""`features.yml`: what it lists, what is odd in it, and what makes it unreadable."""

from __future__ import annotations

import pytest
import yaml

from flagstaff.diagnostics import Diagnostics, Severity
from flagstaff.language.source import Source
from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.flipper import catalogue as module
from flagstaff.providers.flipper.catalogue import read_catalogue
from flagstaff.providers.registry import check_settings, open_catalogue

TEXT = """\
---
# The flags of the application.
features:
  va_online_scheduling_OH_request:
    actor_type: user
    description: >
      Größe of the request,
      on two lines
    enable_in_development: true
  form_wizard:
    actor_type: cookie_id
    description: "A wizard: for everybody"
  bare:
    description: Without an actor type
"""


@pytest.fixture(params=["C", "Python"])
def read(request, monkeypatch):
    """Both loaders of PyYAML read the same."""
    if request.param == "Python":
        monkeypatch.setattr(module, "_LOADER", yaml.SafeLoader)

    def run(text):
        diagnostics = Diagnostics()
        return read_catalogue(Source("features.yml", text), diagnostics), diagnostics.sorted()

    return run


def said(found):
    return [(str(item.severity), item.summary, item.range.start.line, item.range.start.column) for item in found]


def flag(*lines):
    return "features:\n  a_flag:\n" + "".join(f"    {line}\n" for line in lines)


def test_flags_with_their_actors_and_places(read):
    catalogue, found = read(TEXT)
    assert found == ()
    assert {key: listed.by_cookie for key, listed in catalogue.entries.items()} == {
        "va_online_scheduling_OH_request": False,
        "form_wizard": True,
        "bare": False,
    }
    places = {key: str(listed.range) for key, listed in catalogue.entries.items()}
    assert places["form_wizard"] == "features.yml:10"  # behind text that is not ASCII
    assert catalogue.entries["form_wizard"].range.end.column == len("  form_wizard") + 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("actore_type: user", 'has the attribute "actore_type", which nothing reads. Did you mean "actor_type"?'),
        (
            "enabled_in_development: true",
            'has the attribute "enabled_in_development", which nothing reads. Did you mean "enable_in_development"?',
        ),
        ("owner: me", 'has the attribute "owner", which nothing reads.'),
        ("actor_type: usr", 'has the actor_type "usr"; there are user and cookie_id. Did you mean "user"?'),
        ("actor_type: [user]", 'has the actor_type ""; there are user and cookie_id.'),
        ("enable_in_development: soon", "has an enable_in_development that is neither true nor false."),
    ],
)
def test_what_is_odd_is_a_warning_with_its_line(read, line, message):
    catalogue, (item,) = read(flag("description: x", line))
    assert item.severity is Severity.WARNING
    assert item.detail == f'"a_flag" {message}'
    assert item.range.start.line == 4
    assert "a_flag" in catalogue.entries


def test_names_that_look_like_slips(read):
    text = "features:\n  \"it's\":\n  a_flag:\n  A_flag:\n  'a_flag ':\n  a_flag:\n  [x]: y\n  '': z\n"
    catalogue, found = read(text)
    assert said(found) == [
        ("warning", "Odd name of a flag", 2, 3),
        ("warning", "Flags that look alike", 4, 3),
        ("warning", "Flags that look alike", 5, 3),
        ("warning", "Odd name of a flag", 5, 3),
        ("warning", "Flag listed twice", 6, 3),
        ("warning", "Flag without a name", 7, 3),
        ("warning", "Flag without a name", 8, 3),
    ]
    assert sorted(catalogue.entries) == ["A_flag", "a_flag", "a_flag ", "it's"]
    twice = next(item for item in found if item.summary == "Flag listed twice")
    assert twice.related[0].range.start.line == 3


@pytest.mark.parametrize(
    ("text", "summary", "line"),
    [
        ("features:\n  a: [\n", "Damaged catalogue", 3),
        ("features:\n\t- b\n", "Damaged catalogue", 2),
        ("features:\n  a: b: c\n", "Damaged catalogue", 2),
        ("features: 'x\n", "Damaged catalogue", 2),
        ("", "Damaged catalogue", 1),
        ("a: 1\n--- \nb: 2\n", "Damaged catalogue", 2),
        ("features:\n  a: *nobody\n", "Damaged catalogue", 2),
        ("features:\n  a: \x01\n", "Damaged catalogue", 2),
        ("flags:\n  a:\n", "Not a catalogue", 1),
        ("features:\n  - a\n", "Not a catalogue", 1),
        ("a text\n", "Not a catalogue", 1),
    ],
)
def test_damage_is_an_error_with_its_line(read, text, summary, line):
    _, found = read(text)
    assert [(item.severity, item.summary, item.range.start.line) for item in found] == [(Severity.ERROR, summary, line)]


def test_depth_is_limited(read):
    _, (item,) = read("features: " + "[" * 500 + "]" * 500)
    assert item.detail == "features.yml is nested too deeply."


def test_a_byte_order_mark_moves_nothing(read):
    catalogue, found = read("\ufefffeatures:\n  a:\n    owner: x\n")
    assert str(catalogue.entries["a"].range) == "features.yml:2"
    assert said(found) == [("warning", "Unknown attribute of a flag", 3, 5)]


def test_values_are_plain(read):
    """No tag makes an object, or runs anything."""
    catalogue, found = read('features:\n  a: !!python/object/apply:os.system ["exit 1"]\n')
    assert "a" in catalogue.entries
    assert found == ()


# --- the file ---------------------------------------------------------------------------------------


def settings(path="features.yml", kind="flipper", **more):
    return ProviderSettings(kind, "embedded", {"path": "live.json", "catalogue": path, **more})


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    return tmp_path / "repository"


def test_the_attribute_belongs_to_every_source():
    for source, more in (("embedded", {}), ("snapshot", {"max_age": "1h"})):
        given = ProviderSettings("flipper", source, {"path": "x", "catalogue": "features.yml", **more})
        assert check_settings(given) == ()
    (wrong,) = check_settings(settings(path=5))
    assert wrong.detail == 'The argument "catalogue" must be a text that is not empty.'


def test_the_file_is_read(repository):
    (repository / "features.yml").write_text(TEXT, encoding="utf-8")
    found = open_catalogue(settings(), repository)
    assert len(found.catalogue.entries) == 3
    assert found.diagnostics == ()
    assert found.sources["features.yml"].text == TEXT


def test_no_catalogue_is_named(repository):
    assert open_catalogue(ProviderSettings("flipper", "embedded", {}), repository).catalogue is None
    assert open_catalogue(settings(kind="nothing"), repository).catalogue is None
    assert open_catalogue(settings(path=5), repository).catalogue is None


def test_it_stays_inside_the_repository(repository):
    (repository.parent / "out.yml").write_text(TEXT, encoding="utf-8")
    (repository / "link.yml").symlink_to("../out.yml")
    for path in ("../out.yml", "link.yml"):
        (item,) = open_catalogue(settings(path), repository).diagnostics
        assert (item.severity, item.summary) == (Severity.ERROR, "Path leaves the repository")


@pytest.mark.parametrize(("data", "reason"), [(None, "No such file or directory"), (b"\xff", "it is not in UTF-8")])
def test_what_cant_be_read(repository, data, reason):
    if data is not None:
        (repository / "features.yml").write_bytes(data)
    found = open_catalogue(settings(), repository)
    assert found.catalogue is None
    assert found.diagnostics[0].summary == "Catalogue can't be read"
    assert f"can't be read: {reason}." in found.diagnostics[0].detail


def test_a_damaged_one_is_not_used(repository):
    (repository / "features.yml").write_text("features: [", encoding="utf-8")
    found = open_catalogue(settings(), repository)
    assert found.catalogue is None
    assert found.diagnostics[0].summary == "Damaged catalogue"
