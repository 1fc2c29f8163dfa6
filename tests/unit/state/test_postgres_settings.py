"""The PostgreSQL store without a database: where it leads, what the driver gets, its words for errors."""

import sys

import pytest

from flagstaff.postgres.errors import Trouble
from flagstaff.postgres.url import UrlError
from flagstaff.state.postgres.errors import Scene, explain, newer_format
from flagstaff.state.postgres.settings import PostgresSettings
from flagstaff.state.postgres.store import open_
from flagstaff.state.store import StateError

URL = "postgresql://ann@db.example.gov/va"
SECRET = "postgresql://ann:CANARY@db.example.gov:5433/va?sslmode=require"


def of(settings, environment=None, *, trusted=False):
    return PostgresSettings.of(settings, environment or {}, trusted=trusted)


def test_a_url_from_outside_is_as_it_says():
    found = of({"url": SECRET, "schema": "ops", "name": "va"}, trusted=True)
    assert (found.schema, found.name) == ("ops", "va")
    wanted = {
        "host": "db.example.gov", "port": "5433", "dbname": "va", "user": "ann", "password": "CANARY",
        "sslmode": "require", "application_name": "flagstaff", "client_encoding": "utf8", "options": "",
    }  # fmt: skip
    assert {name: found.parameters[name] for name in wanted} == wanted
    assert "CANARY" not in repr(found)
    assert found.state == 'the state "va" in "postgresql://db.example.gov:5433/va"'


def test_a_password_of_the_environment_goes_only_where_somebody_outside_the_repository_says():
    assert of({"url": URL}).parameters["password"] == ""
    assert "password" not in of({"url": URL}, trusted=True).parameters
    assert "password" not in of({}, {"FLAGSTAFF_STATE_URL": URL}).parameters
    assert "password" not in of({}, {"PGHOST": "db"}).parameters


def test_the_environment_names_the_database_where_the_block_does_not():
    assert str(of({}, {"FLAGSTAFF_STATE_URL": SECRET}).place) == "postgresql://db.example.gov:5433/va"
    assert str(of({"url": URL}, {"FLAGSTAFF_STATE_URL": SECRET}).place) == "postgresql://db.example.gov/va"
    found = of({"name": "va"}, {"PGHOST": "db"})
    assert found.place is None
    assert not {"host", "port", "dbname", "user"} & found.parameters.keys()
    assert found.state == 'the state "va" in the database of PGHOST and PGDATABASE'


def test_a_database_must_be_named(monkeypatch):
    for name in ("FLAGSTAFF_STATE_URL", "PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(StateError) as failed:
        open_({})
    assert failed.value.summary == "State's database is not named"
    assert "FLAGSTAFF_STATE_URL" in failed.value.detail
    monkeypatch.setenv("FLAGSTAFF_STATE_URL", "postgresql://ann:CANARY@/")
    with pytest.raises(StateError) as failed:
        open_({})
    assert "must name a host" in failed.value.detail
    assert "CANARY" not in str(failed.value)
    with pytest.raises(UrlError):
        of({})


def test_without_the_driver_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StateError) as failed:
        open_({"url": URL}).load()
    assert failed.value.summary == "PostgreSQL driver not installed"
    assert 'pip install "flagstaff[postgres]".' in failed.value.detail


SCENE = Scene('"postgresql://db/va"', "flagstaff", trusted=False)


@pytest.mark.parametrize(
    ("trouble", "summary", "part"),
    [
        (
            Trouble("", 'password authentication failed for user "ann"', connecting=True),
            "State's database refused the login",
            "The user or the password is wrong. Correct them where the url is given.",
        ),
        (
            Trouble("", "fe_sendauth: no password supplied", connecting=True),
            "State's database refused the login",
            "PGPASSWORD is not sent to a host that the configuration names.",
        ),
        (Trouble("", "connection refused", connecting=True), "State's database can't be reached", "server is up"),
        (Trouble("57P01", "terminating", committing=True), "Connection lost while saving", "All of it is saved, or"),
        (Trouble("", "server closed"), "Connection to the state's database lost", "The state is as it was."),
        (
            Trouble("42501", "permission denied for table states"),
            "Permission denied by the state's database",
            "usage on",
        ),
        (Trouble("42P01", "no table"), "State's tables are not as expected", "Give the backend another schema."),
        (Trouble("25006", "read-only"), "State's database is read-only", "Name the primary"),
        (Trouble("57014", "canceling"), "State's database took too long", "The state is as it was."),
        (Trouble("53100", "disk full"), "State's database is full", "Make room"),
        (Trouble("55P03", "lock"), "State's database is busy", "pg_stat_activity"),
        (Trouble("XX000", "strange"), "State's database refused the statement", "Its SQLSTATE is XX000."),
    ],
)
def test_words_for_errors(trouble, summary, part):
    error = explain(trouble, SCENE)
    assert error.summary == summary
    assert part in error.detail
    assert "{" not in error.detail


def test_a_trusted_place_is_not_told_of_passwords_that_are_not_sent():
    trouble = Trouble("", "fe_sendauth: no password supplied", connecting=True)
    assert "PGPASSWORD" not in explain(trouble, Scene("x", "flagstaff", trusted=True)).detail


def test_tables_of_a_newer_format_name_the_version_that_made_them():
    error = newer_format(7, "9.0.0", 1, SCENE)
    assert error.summary == "State's tables have a newer format"
    assert (
        "have format 7 and were made by version 9.0.0 of Flagstaff; this version reads formats up to 1." in error.detail
    )
