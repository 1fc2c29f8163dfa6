"""The sql source without a database: its settings, its secrets, its words for errors."""

from __future__ import annotations

import sys

import pytest

from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import ProviderSettings
from flagstaff.model.exposure import ALL_ACTORS, FULL, OFF, ON, Exposure
from flagstaff.postgres.errors import Trouble
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.flipper.sql_errors import Scene, explain
from flagstaff.providers.protocols import BatchWriter, StoreError
from flagstaff.providers.registry import check_settings, open_provider
from flagstaff.providers.surroundings import Surroundings

URL = "postgresql://ann@db.example.gov/va"


def settings(sensitive=None, **given) -> ProviderSettings:
    return ProviderSettings("flipper", "sql", given, sensitive or {})


def opened(given: ProviderSettings, tmp_path, *hosts: str):
    return open_provider(given, tmp_path, surroundings=Surroundings({}, hosts))


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        (settings(), 'The argument "url" is required for the source "sql".'),
        (
            settings(url="mysql://h/db"),
            'The argument "url" must be a URL such as "postgresql://user@host:5432/database"',
        ),
        (settings(url=URL, schema=""), 'The argument "schema" must be a name of at most 40 bytes.'),
        (settings(url=URL, table_prefix="x" * 41), 'The argument "table_prefix" must be a name of at most 40 bytes.'),
        (settings(url=URL, lock_timeout="0s"), 'The argument "lock_timeout" must be a duration such as'),
        (settings(url=URL, paswort="x"), 'The source "sql" takes no argument "paswort". Did you mean "password"?'),
        (settings({"schema": "s"}, url=URL), 'The argument "schema" is no credential'),
        (settings(url="postgresql://ann:CANARY@h/va"), "The url holds a password, and would be shown and stored."),
        (settings(url=URL, password="CANARY"), 'The argument "password" is not a sensitive value'),
        (
            settings({"url": "postgresql://ann:CANARY@h/va", "password": "CANARY"}),
            'The url holds a password, and the argument "password" gives another. Keep one.',
        ),
    ],
)
def test_mistakes_are_found_before_anything_is_opened(given, detail):
    (diagnostic,) = check_settings(given)
    assert diagnostic.detail.startswith(detail)
    assert "CANARY" not in diagnostic.detail


def test_what_is_opened(tmp_path):
    given = settings(
        url=URL + "?sslmode=require", schema="app", table_prefix="x_", lock_timeout="1s", statement_timeout="2m"
    )
    assert check_settings(given) == ()
    provider = opened(given, tmp_path)
    assert (provider.name, provider.title) == ("flipper.sql", 'flipper "postgresql://db.example.gov/va"')
    assert provider.dialect == FlipperDialect(atomic=True)
    assert isinstance(provider.writer, BatchWriter)
    assert not provider.embedded
    store = provider.writer
    assert (store.schema, store.table_prefix) == ("app", "x_")
    assert (store.lock_timeout.total_seconds(), store.statement_timeout.total_seconds()) == (1, 120)
    assert store.access.parameters()["user"] == "ann"
    assert store.access.parameters()["sslmode"] == "require"


@pytest.mark.parametrize(
    "given",
    [
        settings({"password": "CANARY"}, url=URL),
        settings({"url": "postgresql://ann:CANARY@db.example.gov/va"}),
        settings({"url": "postgresql://ann:CANARY@db.example.gov:5432/va"}),
    ],
)
def test_a_password_needs_its_host_allowed_from_outside(given, tmp_path):
    for hosts in ((), ("evil.example",), ("db.example.gov:5433",)):
        with pytest.raises(Failure) as failure:
            opened(given, tmp_path, *hosts)
        (diagnostic,) = failure.value.diagnostics
        assert diagnostic.summary == "Credential not allowed for this host"
        assert "no connection was made" in diagnostic.detail
        assert "CANARY" not in diagnostic.detail
        assert ("db.example.gov" in diagnostic.detail) == ("password" in given.sensitive)
    for host in ("db.example.gov", "DB.example.gov:5432"):
        provider = opened(given, tmp_path, host)
        assert "CANARY" not in repr(provider) + repr(provider.writer) + provider.title
        assert provider.writer.access.parameters()["password"] == "CANARY"


def test_all_hosts_of_a_url_must_be_allowed(tmp_path):
    given = settings({"password": "CANARY"}, url="postgresql://ann@one:1,two:2/va")
    assert opened(given, tmp_path, "one:1", "two:2").writer
    with pytest.raises(Failure, match="to two:2, and nothing outside"):
        opened(given, tmp_path, "one:1", "two")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"])
def test_this_machine_needs_no_leave(tmp_path, host):
    assert opened(settings({"password": "x"}, url=f"postgresql://u@{host}/va"), tmp_path).writer


def test_nothing_of_a_sensitive_url_is_shown(tmp_path):
    provider = opened(settings({"url": "postgresql://CANARY@CANARY.example.gov/CANARY"}), tmp_path)
    assert provider.title == "flipper (sensitive url)"
    shown = explain(Trouble("", "to CANARY failed: nobody", connecting=True), provider.writer._scene(writing=True))
    assert "CANARY" not in str(shown)
    assert shown.detail.startswith("the database (its url is sensitive) can't be opened. ")


def test_without_the_driver_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    provider = opened(settings(url=URL), tmp_path)
    with pytest.raises(StoreError) as error:
        provider.reader.read()
    assert error.value.summary == "PostgreSQL driver not installed"
    assert 'pip install "flagstaff[postgres]"' in error.value.detail


SCENE = Scene('"postgresql://h/db"', "flipper_features", "flipper_gates", writing=True)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ('FATAL: password authentication failed for user "u"', "Database refused the login"),
        ("fe_sendauth: no password supplied", "Database refused the login"),
        ('FATAL: no pg_hba.conf entry for host "1.2.3.4", user "u", no encryption', "Database refused the login"),
        ('FATAL: Peer authentication failed for user "u"', "Database refused the login"),
        ('FATAL: role "u" is not permitted to log in', "Database refused the login"),
        ('FATAL: permission denied for database "db"', "Database refused the login"),
        ('FATAL: database "db" does not exist', "Database not found"),
        ("SSL error: certificate verify failed", "Database connection is not secure"),
        ("server does not support SSL, but SSL was required", "Database connection is not secure"),
        ("failed to resolve host 'h': [Errno -2]", "Database can't be reached"),
        ('could not translate host name "h"', "Database can't be reached"),
        ("connection timeout expired", "Database can't be reached"),
        ("Connection refused", "Database can't be reached"),
        ("FATAL: sorry, too many clients already", "Database is busy"),
        ("FATAL: remaining connection slots are reserved", "Database is busy"),
        ("FATAL: the database system is starting up", "Database is starting or stopping"),
    ],
)
def test_connections_that_fail(text, summary):
    error = explain(Trouble("", text, connecting=True), SCENE)
    assert error.summary == summary
    assert error.detail.startswith(f'"postgresql://h/db" can\'t be opened ({text}). ')
    assert error.detail.endswith(" Nothing was written.")
    assert not error.unknown


@pytest.mark.parametrize(
    ("state", "summary", "part"),
    [
        ("42P01", "Not a Flipper database", "has no tables flipper_features and flipper_gates"),
        ("42703", "Not a Flipper database", "are not as Flipper's ActiveRecord adapter makes them"),
        ("42501", "Permission denied by the database", "grant usage on their sequences, too"),
        ("25006", "Database is read-only", "Name the primary"),
        ("55P03", "Database is busy", "within lock_timeout"),
        ("57014", "Database took too long", "Raise statement_timeout"),
        ("40001", "Database is busy", "Other writers kept coming in between"),
        ("40P01", "Database is busy", "Other writers kept coming in between"),
        ("22001", "Value too long for the database", "varchar in Flipper before 1.1"),
        ("57P01", "Connection to the database lost", "broke off"),
        ("", "Connection to the database lost", "broke off"),
        ("XX000", "Database refused the statement", "what it said. Its SQLSTATE is XX000."),
    ],
)
def test_statements_that_fail(state, summary, part):
    error = explain(Trouble(state, "what it said"), SCENE)
    assert error.summary == summary
    assert part in error.detail
    assert error.detail.endswith(" Nothing was written.")


@pytest.mark.parametrize(
    ("state", "unknown"), [("", True), ("57P01", True), ("08006", True), ("40003", True), ("40001", False)]
)
def test_only_a_commit_without_an_answer_is_unknown(state, unknown):
    committing = Trouble(state, "", committing=True)
    assert committing.unknown == unknown
    assert committing.passing == (not unknown)
    assert explain(committing, SCENE).unknown == unknown
    assert not Trouble(state, "").unknown


@pytest.mark.parametrize(
    ("trouble", "passing"),
    [
        (Trouble("40001", ""), True),
        (Trouble("40P01", ""), True),
        (Trouble("55P03", ""), True),
        (Trouble("23505", ""), True),
        (Trouble("57P01", ""), True),
        (Trouble("", ""), True),
        (Trouble("42P01", ""), False),
        (Trouble("57014", ""), False),
        (Trouble("", "FATAL: the database system is starting up", connecting=True), True),
        (Trouble("", "Connection refused", connecting=True), False),
        (Trouble("", "password authentication failed", connecting=True), False),
    ],
)
def test_what_is_worth_another_try(trouble, passing):
    assert trouble.passing == passing


def test_how_many_buckets_flipper_opens():
    """Measured on the gem: tests/contract/test_real_flipper.py."""
    opens = FlipperDialect().opens
    limits = {level: opens(Exposure(level)) for level in range(FULL + 1)}
    more = [level for level, limit in limits.items() if limit != level]
    assert (opens(OFF), opens(ALL_ACTORS), opens(ON)) == (0, FULL, FULL)
    assert {limits[level] - level for level in more} == {1}
    assert (len(more), more[0], more[-1]) == (731, 2_007, 65_534)
    assert {2_011, 2_015} <= set(more)
    assert limits[1] == 1
    assert limits[12_345] == 12_345
    assert all(limits[level] <= limits[level + 1] for level in range(FULL))
