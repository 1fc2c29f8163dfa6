"""Backends by name: what each takes, where secrets may stand, and places in one text."""

import pytest

from flagstaff.diagnostics import Failure, Position, Range
from flagstaff.model.backends import BACKENDS, REQUIRED
from flagstaff.model.configuration import Backend
from flagstaff.state.postgres.store import PostgresStore
from flagstaff.state.registry import check_backend, open_store, parse_place, title
from flagstaff.state.s3.store import S3Store

PLACE = Range("main.hcl", Position(2, 3, 14), Position(2, 20, 31))
URL = "postgresql://ann@db.example.gov/va"
SECRET = "postgresql://ann:CANARY@db.example.gov/va"


def told(backend, *, whole=False):
    found = check_backend(backend, whole=whole)
    assert all(one.range == backend.range for one in found)
    assert all(one.context == f'backend "{backend.kind}"' for one in found)
    return [(one.summary, one.detail) for one in found]


@pytest.mark.parametrize(
    ("backend", "summary", "part"),
    [
        (Backend("postgres", {"url": "mysql://h/db"}, PLACE), "Invalid PostgreSQL setting", "must be a URL such as"),
        (Backend("postgres", {"url": 5}, PLACE), "Invalid PostgreSQL setting", 'The attribute "url" of the backend'),
        (
            Backend("postgres", {"schema": ""}, PLACE),
            "Invalid PostgreSQL setting",
            "a name of at most 63 bytes",
        ),
        (Backend("postgres", {"name": "ü" * 101}, PLACE), "Invalid PostgreSQL setting", "at most 200 bytes"),
        (Backend("postgres", {"nmae": "va"}, PLACE), "Unknown backend attribute", 'Did you mean "name"?'),
        (Backend("postgres", {"url": SECRET}, PLACE), "Credential in the configuration", "-backend-config"),
        (
            Backend("s3", {"bucket": "va-state", "key": "a", "region": " "}, PLACE),
            "Invalid S3 setting",
            'The attribute "region" of the backend "s3" must be a string',
        ),
    ],
)
def test_a_mistake_in_a_block(backend, summary, part):
    ((said, detail),) = told(backend)
    assert said == summary
    assert part in detail
    assert "CANARY" not in detail


def test_keys_in_a_block_are_refused_one_by_one():
    settings = {"bucket": "va-state", "key": "a", "access_key": "CANARY", "secret_key": "CANARY"}
    found = told(Backend("s3", settings, PLACE))
    assert [summary for summary, _ in found] == ["Credential in the configuration"] * 2
    assert ['"access_key"' in found[0][1], '"secret_key"' in found[1][1]] == [True, True]
    assert "CANARY" not in str(found)


def test_what_is_given_from_outside_may_be_secret_and_completes_the_block():
    partial = Backend("s3", {"bucket": "va-state"}, PLACE)
    assert told(partial) == []
    ((summary, detail),) = told(partial, whole=True)
    assert (summary, '"key"' in detail) == ("Missing S3 setting", True)
    given = {"key": "a", "access_key": "CANARY", "secret_key": "CANARY"}
    whole = Backend("s3", {"bucket": "va-state"}, PLACE, given)
    assert told(whole, whole=True) == []
    assert "CANARY" not in repr(whole)
    assert told(Backend("postgres", {"url": "mysql://h"}, PLACE, {"url": SECRET}), whole=True) == []


def test_each_kind_is_known_everywhere():
    assert BACKENDS.keys() == REQUIRED.keys()
    assert all(set(REQUIRED[kind]) <= set(names) for kind, names in BACKENDS.items())


def test_stores_are_opened_without_asking_anybody(tmp_path):
    store = open_store(Backend("postgres", {"url": URL, "name": "va"}), tmp_path)
    assert isinstance(store, PostgresStore)
    assert not store.settings.trusted
    store = open_store(Backend("postgres", {}, given={"url": SECRET}), tmp_path)
    assert isinstance(store, PostgresStore)
    assert store.settings.trusted
    assert isinstance(open_store(Backend("s3", {"bucket": "va-state", "key": "a", "region": "x"}), tmp_path), S3Store)


def test_a_place_in_one_text():
    assert parse_place("state/va.json") == Backend("local", {"path": "state/va.json"})
    assert parse_place("local:state/va.json") == Backend("local", {"path": "state/va.json"})
    assert parse_place(SECRET) == Backend("postgres", given={"url": SECRET})
    assert parse_place(f"{URL}?sslmode=require#name=va%2F1&schema=ops") == Backend(
        "postgres", given={"url": f"{URL}?sslmode=require", "name": "va/1", "schema": "ops"}
    )
    assert parse_place("postgres://h/db#name=x").given == {"url": "postgres://h/db", "name": "x"}
    assert parse_place("s3://va-state/deep/va%20x.json?region=us-gov-west-1&path_style=true") == Backend(
        "s3",
        given={"bucket": "va-state", "key": "deep/va x.json", "region": "us-gov-west-1", "path_style": "true"},
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (f"{SECRET}#nam=va", 'Did you mean "name"?'),
        (f"{SECRET}#va", "takes name, schema after the #, as in name=...&schema=...;"),
        ("s3://b/k?regoin=x", 'Did you mean "region"?'),
        ("s3://b/k?secret_key=CANARY", "takes region, endpoint, path_style, encryption, kms_key, profile after the ?"),
    ],
)
def test_a_place_with_something_else_in_it(text, hint):
    with pytest.raises(Failure) as failure:
        parse_place(text)
    (diagnostic,) = failure.value.diagnostics
    assert diagnostic.summary == "Invalid place of a state"
    assert hint in diagnostic.detail
    assert "CANARY" not in diagnostic.detail


def test_titles_name_no_user_and_no_password(monkeypatch):
    for name in ("FLAGSTAFF_STATE_URL", "PGHOST", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)
    assert title(Backend()) == "local flagstaff.state.json"
    assert title(parse_place(f"{SECRET}#name=va")) == 'postgresql://db.example.gov/va, state "va"'
    assert title(Backend("postgres")) == 'localhost/, state "default"'
    monkeypatch.setenv("PGHOST", "db")
    monkeypatch.setenv("PGDATABASE", "ops")
    assert title(Backend("postgres")) == 'db/ops, state "default"'
    monkeypatch.setenv("FLAGSTAFF_STATE_URL", SECRET)
    assert title(Backend("postgres")) == 'postgresql://db.example.gov/va, state "default"'
    assert title(parse_place("s3://b/k")) == "s3://b/k"
