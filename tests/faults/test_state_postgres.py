"""The PostgreSQL store when the connection, the server or another session gets in its way."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql

from flagstaff.state.postgres.session import Limits
from flagstaff.state.postgres.settings import PostgresSettings
from flagstaff.state.postgres.store import PostgresStore
from flagstaff.state.store import LeaseHeld, StateConflict, StateError
from flagstaff.testing.postgres import PASSWORD, Cluster
from flagstaff.testing.state_samples import SMALL, STATE, at_once, entries, info

pytestmark = pytest.mark.service("postgres")

EVERYBODY_ELSE = (
    "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)


def opened(database, *, password=PASSWORD, user=None, **fields):
    url = database.url if user is None else database.url.replace("owner@", f"{user}@")
    url = url.replace("@", f":{password.replace(' ', '%20')}@")
    settings = PostgresSettings.of({"url": url}, {}, trusted=True)
    return PostgresStore(settings, pause=lambda _: None, **fields)


@pytest.fixture
def store(database):
    return opened(database)


@pytest.fixture
def end_sessions(database):
    def end():
        with database.connect() as connection:
            connection.execute(EVERYBODY_ELSE)

    return end


@contextmanager
def interrupted(monkeypatch, end, *, before="", behind=""):
    """End all sessions before, or behind, the first statement that begins so. What is behind one got no answer."""
    real, left = psycopg.Connection.execute, [1]

    def execute(connection, query, *arguments, **named):
        text = query.as_string(connection) if isinstance(query, sql.Composable) else query
        first = (
            left
            and text.startswith(before or behind)
            and connection.info.user == "owner"
            and bool(connection.info.host == "127.0.0.1")
        )
        if not first:
            return real(connection, query, *arguments, **named)
        left.clear()
        if before:
            end()
            return real(connection, query, *arguments, **named)
        real(connection, query, *arguments, **named)
        end()
        return real(connection, "select 1")

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "execute", execute)
        yield
    assert not left, "nothing was interrupted"


PLACES = [
    {"before": "begin"},
    {"before": "select lineage"},
    {"before": "update"},
    {"before": "commit"},
    {"behind": "update"},
    {"behind": "commit"},
]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_save_whose_connection_breaks_is_made_once(database, store, monkeypatch, end_sessions, place):
    token = store.save(STATE, "")
    new = STATE.changed(tool="2")
    with interrupted(monkeypatch, end_sessions, **place):
        token = store.save(new, token)
    assert opened(database).load() == (new, token)
    with database.connect() as connection:
        assert connection.execute("select backup like '%\"serial\": 1,%' from flagstaff.states").fetchone() == (True,)
    assert store.save(new.changed(tool="3"), token)


@pytest.mark.parametrize(
    "place", [{"before": "create schema"}, {"before": "insert"}, {"before": "commit"}, {"behind": "commit"}], ids=str
)
def test_the_first_save_too(database, store, monkeypatch, end_sessions, place):
    with interrupted(monkeypatch, end_sessions, **place):
        token = store.save(STATE, "")
    assert opened(database).load() == (STATE, token)


@pytest.mark.parametrize(
    "place", [{"before": "begin"}, {"before": "insert"}, {"before": "commit"}, {"behind": "commit"}], ids=str
)
def test_entries_are_appended_once(database, store, monkeypatch, end_sessions, place):
    first = entries(None, "a")
    store.append(first, "")
    second = entries(first[-1], "b", "c")
    with interrupted(monkeypatch, end_sessions, **place):
        assert store.append(second, first[-1].hash) == second[-1].hash
    assert tuple(opened(database).entries()) == first + second


def test_what_others_append_behind_entries_of_unknown_fate_changes_nothing(database, store, monkeypatch, end_sessions):
    first = entries(None, "a")
    second = entries(first[-1], "theirs")

    def meanwhile():
        end_sessions()
        opened(database).append(second, first[-1].hash)

    opened(database).append((), "")
    with interrupted(monkeypatch, meanwhile, behind="commit"):
        assert store.append(first, "") == first[-1].hash
    assert tuple(store.entries()) == first + second
    with pytest.raises(StateConflict):
        store.append(entries(first[-1], "ours"), first[-1].hash)


def test_somebody_who_was_faster_is_a_conflict_also_when_the_connection_broke(
    database, store, monkeypatch, end_sessions
):
    token = store.save(STATE, "")

    def meanwhile():
        end_sessions()
        opened(database).save(STATE.changed(tool="theirs"), token)

    with interrupted(monkeypatch, meanwhile, before="commit"), pytest.raises(StateConflict) as lost:
        store.save(STATE.changed(tool="ours"), token)
    assert "has serial 2 now, saved by owner at " in lost.value.detail
    assert store.load()[0] == STATE.changed(tool="theirs")


@pytest.mark.parametrize("place", [{"before": "begin"}, {"before": "commit"}, {"behind": "commit"}], ids=str)
def test_a_lease_is_taken_once(database, store, monkeypatch, end_sessions, place):
    store.acquire(info("before")).release()
    with interrupted(monkeypatch, end_sessions, **place):
        lease = store.acquire(info())
    assert lease.took_over is None
    assert opened(database).holder() == info()
    with pytest.raises(LeaseHeld):
        opened(database).acquire(info("second"))
    lease.release()


@pytest.mark.parametrize(
    "place", [{"before": "begin"}, {"before": "update"}, {"before": "commit"}, {"behind": "commit"}], ids=str
)
def test_a_lease_outlives_its_connection(database, store, monkeypatch, end_sessions, place):
    lease = store.acquire(info())
    with interrupted(monkeypatch, end_sessions, **place):
        lease.renew()
    assert opened(database).holder() == info()
    opened(database).request_stop("enough")
    end_sessions()
    assert lease.stop_requested() == "enough"
    lease.renew()
    assert opened(database).holder() == info()
    lease.release()
    assert opened(database).holder() is None


def test_who_comes_while_the_connection_is_away_takes_over_and_the_holder_stops(database, store, end_sessions):
    lease = store.acquire(info())
    end_sessions()
    with opened(database).acquire(info("second")) as second:
        assert second.took_over == info()
        for ask in (lease.renew, lease.stop_requested):
            with pytest.raises(StateError, match="Lease was lost"):
                ask()
        lease.release()
        second.renew()


def test_a_lease_that_is_not_renewed_expires_by_the_servers_clock(database, store):
    hanging = store.acquire(info())
    with database.connect() as connection:
        connection.execute("update flagstaff.leases set renewed_at = renewed_at - interval '119 seconds'")
        assert opened(database).holder() == info()
        connection.execute("update flagstaff.leases set renewed_at = renewed_at - interval '2 seconds'")
    assert opened(database).holder() is None
    assert opened(database).break_lease() is None
    with opened(database).acquire(info("second")) as second:
        assert second.took_over == info()
        assert opened(database).holder() == info("second")
        with pytest.raises(StateError, match="Lease was lost"):
            hanging.renew()


def test_a_server_whose_clock_went_back_keeps_the_lease(database, store):
    with store.acquire(info()) as lease:
        with database.connect() as connection:
            connection.execute("update flagstaff.leases set renewed_at = renewed_at + interval '1 day'")
        with pytest.raises(LeaseHeld):
            opened(database).acquire(info("second"))
        lease.renew()
        with database.connect() as connection:
            query = "select renewed_at <= clock_timestamp() from flagstaff.leases"
            assert connection.execute(query).fetchone() == (True,)


def test_releasing_where_nobody_can_be_told(database, store, end_sessions, monkeypatch):
    lease = store.acquire(info())
    end_sessions()
    monkeypatch.setattr(psycopg, "connect", lambda **_: (_ for _ in ()).throw(psycopg.OperationalError("refused")))
    lease.release()
    lease.release()
    monkeypatch.undo()
    with opened(database).acquire(info("second")) as second:
        assert second.took_over == info()


def test_a_session_that_holds_the_row_is_waited_for_and_then_named(database, store):
    token = store.save(STATE, "")
    quick = opened(database, limits=Limits(lock=timedelta(milliseconds=50)))
    with database.connect() as other:
        other.execute("begin")
        other.execute("select 1 from flagstaff.states for update")
        with pytest.raises(StateError) as busy:
            quick.save(STATE.changed(tool="2"), token)
    assert busy.value.summary == "State's database is busy"
    assert "The state is as it was." in busy.value.detail
    assert quick.load() == (STATE, token)
    assert quick.save(STATE.changed(tool="2"), token)


def test_a_statement_that_takes_too_long(database, store):
    token = store.save(STATE, "")
    quick = opened(database, limits=Limits(statement=timedelta(milliseconds=50)))
    with database.connect() as other:
        other.execute("begin")
        other.execute("select 1 from flagstaff.states for update")
        with pytest.raises(StateError) as slow:
            quick.save(STATE.changed(tool="2"), token)
    assert slow.value.summary == "State's database took too long"
    assert quick.load() == (STATE, token)


def test_a_frozen_process_lets_go_of_the_row(database, store):
    token = store.save(STATE, "")
    frozen = opened(database, limits=Limits(idle=timedelta(milliseconds=50)))
    thaw, stuck = threading.Event(), threading.Event()

    def freeze(sql):
        row = sql.one("select serial from {states} for update")
        stuck.set()
        assert thaw.wait(5)
        sql.run("select 1")
        return row

    with ThreadPoolExecutor(1) as pool:
        frozen_row = pool.submit(frozen._session.write, freeze)
        assert stuck.wait(5)
        assert store.save(STATE.changed(tool="2"), token)
        thaw.set()
        assert frozen_row.result(5) == (2,)  # its first transaction was ended, and it looked again


def test_an_interrupt_leaves_no_transaction_open(database, store):
    token = store.save(STATE, "")

    def interrupt(sql):
        sql.run("update {states} set serial = 99")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store._session.write(interrupt)
    assert store.load() == (STATE, token)


def test_a_role_without_rights_is_told_what_to_grant(database, store):
    store.save(STATE, "")
    with database.connect() as connection:
        connection.execute("drop role if exists reader; create role reader login password 'x'")
        connection.execute(
            "grant usage on schema flagstaff to reader; grant select on all tables in schema flagstaff to reader"
        )
    reader = opened(database, user="reader", password="x")
    state, token = reader.load()
    assert state == STATE
    for write in (
        lambda: reader.save(STATE.changed(tool="2"), token),
        lambda: reader.append(entries(None, "a"), ""),
        lambda: reader.acquire(info()),
    ):
        with pytest.raises(StateError) as refused:
            write()
        assert refused.value.summary == "Permission denied by the state's database"
        assert "select, insert, update on its tables" in refused.value.detail
    with database.connect() as connection:
        connection.execute("drop owned by reader; drop role reader")


def test_a_role_that_may_not_make_a_schema_uses_the_one_that_was_made_for_it(database):
    with database.connect() as connection:
        connection.execute("drop role if exists writer; create role writer login password 'x'")
        writer = opened(database, user="writer", password="x")
        with pytest.raises(StateError, match="Permission denied by the state's database"):
            writer.save(STATE, "")
        connection.execute("create schema flagstaff authorization writer")
        token = writer.save(STATE, "")
        assert opened(database).load() == (STATE, token)
        connection.execute("drop owned by writer; drop role writer")


def test_a_wrong_password_is_in_no_message(database):
    with pytest.raises(StateError) as refused:
        opened(database, password="CANARY").load()
    assert refused.value.summary == "State's database refused the login"
    assert "CANARY" not in str(refused.value)
    assert f"127.0.0.1:{database.cluster.port}/{database.name}" in refused.value.detail


def test_a_replica_is_read_and_not_written(database, store):
    token = store.save(STATE, "")
    with database.connect() as connection:
        connection.execute(f"alter database {database.name} set default_transaction_read_only = on")
    replica = opened(database)
    assert replica.load() == (STATE, token)
    with pytest.raises(StateError) as refused:
        replica.save(STATE.changed(tool="2"), token)
    assert refused.value.summary == "State's database is read-only"


def test_tables_of_a_newer_format_are_left_alone(database, store):
    token = store.save(STATE, "")
    with database.connect() as connection:
        connection.execute("update flagstaff.format set number = 2, tool = '9.9.9'")
    later = opened(database)
    for use in (later.load, lambda: later.save(STATE.changed(tool="2"), token), lambda: list(later.entries())):
        with pytest.raises(StateError) as refused:
            use()
        assert refused.value.summary == "State's tables have a newer format"
        assert "9.9.9" in refused.value.detail


def test_a_schema_with_somebody_elses_tables(database):
    with database.connect() as connection:
        connection.execute("create schema flagstaff; create table flagstaff.format (a integer)")
    with pytest.raises(StateError) as refused:
        opened(database).load()
    assert refused.value.summary == "State's tables are not as expected"


@pytest.mark.parametrize(
    ("change", "look", "summary"),
    [
        (
            "update flagstaff.states set document = replace(document, 'production', 'staging')",
            "load",
            "State is damaged",
        ),
        ("update flagstaff.journal set line = '{'", "last", "Journal is damaged"),
        ("update flagstaff.leases set holder = '{}'", "holder", "State lease is not readable"),
    ],
)
def test_what_was_changed_by_hand_is_found(database, store, change, look, summary):
    store.save(STATE, "")
    store.append(entries(None, "a"), "")
    with store.acquire(info()):
        with database.connect() as connection:
            connection.execute(change)
        with pytest.raises(StateError) as found:
            getattr(opened(database), look)()
        assert found.value.summary == summary


def test_a_state_that_is_gone(database, store):
    token = store.save(STATE, "")
    with database.connect() as connection:
        connection.execute("delete from flagstaff.states")
    with pytest.raises(StateConflict, match="is gone, and was the one with serial 1"):
        store.save(STATE.changed(tool="2"), token)


def test_states_of_one_database_are_told_apart_by_name_and_schema(database, store):
    def other(**settings):
        url = database.url.replace("@", f":{PASSWORD.replace(' ', '%20')}@")
        return PostgresStore(PostgresSettings.of({"url": url, **settings}, {}, trusted=True))

    store.save(STATE, "")
    store.append(entries(None, "a"), "")
    for name in ({"name": "staging"}, {"schema": 'Odd "one"'}):
        found = other(**name)
        assert found.load() == (None, "")
        found.save(SMALL, "")
        found.append(entries(None, "b", "c"), "")
        with store.acquire(info()), found.acquire(info("their")):
            pass
        assert len(list(other(**name).entries())) == 2
    assert store.load()[0] == STATE
    assert len(list(store.entries())) == 1


def test_a_long_journal_is_read_in_pages(database, store):
    made = entries(None, *map(str, range(2500)))
    store.append(made, "")
    assert tuple(opened(database).entries()) == made
    assert tuple(opened(database).entries(made[1499].hash)) == made[1500:]


def test_first_writers_at_once_make_the_tables_once(database):
    def write(number):
        with suppress(StateConflict, LeaseHeld):
            if number % 2:
                opened(database).append(entries(None, str(number)), "")
            else:
                opened(database).acquire(info(f"lease-{number}")).release()
        return []

    at_once(write)
    assert len(list(opened(database).entries())) == 1


def test_a_server_that_stops_and_comes_back():
    cluster = Cluster.create()
    try:
        database = cluster.database()
        store = opened(database)
        token = store.save(STATE, "")
        lease = store.acquire(info())
        cluster.crash()
        for use in (store.load, lambda: store.save(STATE.changed(tool="2"), token), lease.renew, lease.stop_requested):
            with pytest.raises(StateError) as down:
                use()
            assert down.value.summary == "State's database can't be reached"
        cluster.start()
        assert store.load() == (STATE, token)
        lease.renew()
        assert lease.stop_requested() is None
        assert store.save(STATE.changed(tool="2"), token)
        lease.release()
    finally:
        cluster.remove()


def test_an_answer_that_never_comes_is_told_as_unknown(database, store, monkeypatch):
    """Every connection breaks while it commits."""
    token = store.save(STATE, "")
    real = psycopg.Connection.execute

    def execute(connection, query, *arguments, **named):
        if query == "commit":
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return real(connection, query, *arguments, **named)

    monkeypatch.setattr(psycopg.Connection, "execute", execute)
    with pytest.raises(StateError) as unknown:
        store.save(STATE.changed(tool="2"), token)
    assert unknown.value.summary == "Connection lost while saving"


def test_two_first_saves_at_the_same_moment(database, store, monkeypatch):
    store.acquire(info()).release()
    with (
        interrupted(monkeypatch, lambda: opened(database).save(SMALL, ""), before="insert"),
        pytest.raises(StateConflict, match=r"has serial 1 now, saved by owner at .* and was none"),
    ):
        store.save(STATE, "")
    assert store.load()[0] == SMALL


def test_a_first_save_that_is_committed_while_it_is_made_again_is_its_own(database, store, monkeypatch):
    """The answer to the first commit never came; the server carries it out only behind the second look."""
    store.acquire(info()).release()
    real, commits, inserts = psycopg.Connection.execute, [], []

    def execute(connection, query, *arguments, **named):
        text = query.as_string(connection) if isinstance(query, sql.Composable) else query
        if text == "commit" and not commits:
            commits.append(1)
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        if text.startswith("insert") and commits and not inserts:
            inserts.append(1)
            opened(database).save(STATE, "")
        return real(connection, query, *arguments, **named)

    monkeypatch.setattr(psycopg.Connection, "execute", execute)
    token = store.save(STATE, "")
    assert (commits, inserts) == ([1], [1])
    assert store.load() == (STATE, token)
