"""Flipper's tables when the server dies, a connection breaks, others write or nobody may: a batch is done or not."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import traceback
from dataclasses import dataclass, replace
from datetime import timedelta

import psycopg
import pytest

from flagstaff.apply.events import Ended
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import ProviderSettings
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Step
from flagstaff.postgres.url import parse
from flagstaff.providers.flipper.sql import Access, SqlStore
from flagstaff.providers.protocols import Conflict, Provider, StoreError
from flagstaff.providers.registry import open_provider
from flagstaff.testing import building as b
from flagstaff.testing import flipper_tables
from flagstaff.testing.applying import Scene
from flagstaff.testing.postgres import PASSWORD, Cluster, Database

pytestmark = pytest.mark.service("postgres")

KEYS = ("a_enabled", "b_enabled")


def filled(database: Database) -> Database:
    with database.connect() as connection:
        flipper_tables.create(connection)
        flipper_tables.fill(connection, {key: b.raw("0", "User;1") for key in KEYS})
    return database


@pytest.fixture
def db(database) -> Database:
    return filled(database)


def at(url: str, password: str = PASSWORD, **fields) -> SqlStore:
    return SqlStore(Access(parse(url), password), **{"pause": lambda _: None, **fields})


@pytest.fixture
def store(db) -> SqlStore:
    return at(db.url)


def steps(percent: str = "5") -> list[Step]:
    return [Step(key, "gates", {"percentage_of_actors": percent}, Exposure.parse(percent)) for key in KEYS]


def levels(store: SqlStore) -> list[str]:
    return [raw["percentage_of_actors"] for raw in store.read().toggles.values()]


# The server.


@pytest.fixture
def mortal():
    """A server that may be killed, with a database."""
    cluster = Cluster.create()
    yield filled(cluster.database())
    cluster.remove()


def crashing(monkeypatch, cluster: Cluster) -> None:
    """The first transaction finds its server killed once it has written, and before it commits."""
    change, crashes = SqlStore._change, iter([cluster.crash])

    def then_crash(self, *arguments):
        change(self, *arguments)
        for crash in crashes:
            crash()

    monkeypatch.setattr(SqlStore, "_change", then_crash)


def test_a_server_killed_in_the_middle_has_done_nothing_and_is_asked_again(mortal, monkeypatch):
    pauses = []

    def restart(seconds: float) -> None:
        pauses.append(seconds)
        mortal.cluster.start()

    store = at(mortal.url, pause=restart)
    seen = store.read()
    crashing(monkeypatch, mortal.cluster)
    results = store.write_batch(steps(), seen)
    assert [result.raw["percentage_of_actors"] for result in results] == ["5", "5"]
    assert pauses == [0.2]
    assert levels(store) == ["5", "5"]


def test_a_server_that_stays_away_is_reported_and_nothing_was_written(mortal, monkeypatch):
    store = at(mortal.url)
    seen = store.read()
    crashing(monkeypatch, mortal.cluster)
    with pytest.raises(StoreError) as error:
        store.write_batch(steps(), seen)
    assert error.value.summary == "Database can't be reached"
    assert "Connection refused" in error.value.detail
    assert error.value.detail.endswith("Nothing was written.")
    assert not error.value.unknown
    mortal.cluster.start()
    assert levels(store) == ["0", "0"]


# The connection.


class Proxy:
    """Passes everything on, but for the first COMMITs: the connection breaks off before one, or behind it (`done`)."""

    def __init__(self, database: Database, *, done: bool, drops: int = 1) -> None:
        self.server_port, self.done, self.drops = database.cluster.port, done, drops
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self.url = database.at(self.port)
        self.threads = [threading.Thread(target=self._accept)]

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        self.listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                self.threads.append(threading.Thread(target=self._serve, args=(client,)))
                self.threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.server_port)) as server:
            answers = threading.Thread(target=self._answers, args=(server, client))
            answers.start()
            with contextlib.suppress(OSError):
                while data := client.recv(65_536):
                    if b"COMMIT\0" in data and self.drops:
                        self.drops -= 1
                        client.shutdown(socket.SHUT_RDWR)
                        server.sendall(data if self.done else b"")
                        break
                    server.sendall(data)
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_WR)
            answers.join()

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        """To the end, also when nobody listens any more: what was asked is done."""
        with contextlib.suppress(OSError):
            while data := server.recv(65_536):
                with contextlib.suppress(OSError):
                    client.sendall(data)


def settled(database: Database) -> None:
    """Nobody but us is connected any more: what was to be committed is."""
    with database.connect() as connection:
        query = "select count(*) from pg_stat_activity where datname = current_database()"
        until = time.monotonic() + 20
        while connection.execute(query).fetchone() != (1,):
            assert time.monotonic() < until


@pytest.mark.parametrize("done", [True, False])
def test_a_connection_lost_at_commit_is_unknown(db, done):
    with Proxy(db, done=done) as proxy:
        store = at(proxy.url)
        seen = at(db.url).read()
        with pytest.raises(StoreError) as error:
            store.write_batch(steps(), seen)
    assert error.value.unknown
    assert error.value.summary == "Connection lost while committing"
    assert f'"postgresql://127.0.0.1:{proxy.port}/{db.name}"' in error.value.detail
    assert "Nothing was written" not in error.value.detail
    settled(db)
    assert levels(at(db.url)) == (["5", "5"] if done else ["0", "0"])


def test_a_reader_that_loses_its_connection_asks_again(db):
    """Its transaction ends by a COMMIT, too, and repeating a read is always safe."""
    with Proxy(db, done=False, drops=2) as proxy:
        assert levels(at(proxy.url)) == ["0", "0"]
        assert proxy.drops == 0
    with Proxy(db, done=False, drops=3) as proxy, pytest.raises(StoreError) as error:
        at(proxy.url).read()
    assert error.value.summary == "Connection to the database lost"
    assert not error.value.unknown


def test_a_backend_that_an_administrator_ends_is_replaced(db, store, monkeypatch):
    change, ends = SqlStore._change, iter([1])

    def ended(self, connection, made):
        for _ in ends:
            with db.connect() as other:
                other.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
        change(self, connection, made)

    monkeypatch.setattr(SqlStore, "_change", ended)
    store.write_batch(steps(), store.read())
    assert levels(store) == ["5", "5"]


# Others.


def waiting(connection: psycopg.Connection) -> None:
    """Until a transaction of this database waits for a lock."""
    until = time.monotonic() + 20
    query = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    while connection.execute(query).fetchone() == (0,):
        assert time.monotonic() < until


LOCK = "select 1 from flipper_features where key = %s for update"


def test_a_deadlock_is_tried_again(db):
    """Somebody takes the same two toggles the other way round. The server chooses us to give up."""
    with db.connect() as connection:
        connection.execute(f"alter database {db.name} set deadlock_timeout = '1s'")
    other = db.connect(autocommit=False)
    other.execute("set deadlock_timeout = '60s'")
    other.execute(LOCK, ["b_enabled"])
    pauses = []

    def let_go(seconds: float) -> None:
        pauses.append(seconds)
        thread.join()
        other.rollback()

    store = at(db.url, pause=let_go)
    seen = store.read()

    def take_the_first() -> None:
        with db.connect() as watching:
            waiting(watching)
        other.execute(LOCK, ["a_enabled"])

    thread = threading.Thread(target=take_the_first)
    thread.start()
    store.write_batch(steps(), seen)
    thread.join()
    other.close()
    assert pauses == [0.2]
    assert levels(store) == ["5", "5"]


def test_a_lock_that_is_not_let_go_is_reported(db):
    tries = []
    store = at(db.url, lock_timeout=timedelta(milliseconds=20), pause=tries.append)
    seen = store.read()
    with db.connect(autocommit=False) as other:
        other.execute(LOCK, ["a_enabled"])
        with pytest.raises(StoreError) as error:
            store.write_batch(steps(), seen)
    assert tries == [0.2, 0.8]
    assert error.value.summary == "Database is busy"
    assert "did not let go within lock_timeout" in error.value.detail
    assert error.value.detail.endswith("Nothing was written.")
    assert levels(store) == ["0", "0"]


def test_a_statement_that_takes_too_long_is_ended(db):
    store = at(db.url, statement_timeout=timedelta(milliseconds=50))
    seen = store.read()
    with db.connect(autocommit=False) as other:
        other.execute(LOCK, ["a_enabled"])
        with pytest.raises(StoreError) as error:
            store.write_batch(steps(), seen)
    assert error.value.summary == "Database took too long"
    assert "canceling statement due to statement timeout" in error.value.detail


def test_a_reader_waits_for_no_writer(db, store):
    with db.connect(autocommit=False) as other:
        other.execute(LOCK, ["a_enabled"])
        other.execute("lock table flipper_gates in share row exclusive mode")
        other.execute("delete from flipper_gates")
        assert levels(store) == ["0", "0"]


def test_writers_at_once_lose_no_update(db, store):
    """Each counts a shared toggle up, by what it read; a conflict is read again and repeated."""

    def count() -> None:
        own = at(db.url)
        for _ in range(15):
            while True:
                seen = own.read(["a_enabled"])
                after = Exposure.parse(seen.toggles["a_enabled"]["percentage_of_actors"]).level + 1
                value = {"percentage_of_actors": Exposure(after).encode()}
                with contextlib.suppress(Conflict):
                    own.write_batch([Step("a_enabled", "gates", value, Exposure(after))], seen)
                    break

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert levels(store) == ["0.045", "0"]
    assert store.read().toggles["a_enabled"]["actors"] == ["User;1"]


def test_two_that_make_one_toggle(db, store):
    """The second one finds it there, however close they are."""
    step = Step("new", "create", {}, OFF)
    seen = store.read(["new"])
    ended = []

    def make() -> None:
        try:
            at(db.url).write_batch([step], seen)
            ended.append("made")
        except Conflict as conflict:
            ended.append(conflict.keys)

    with db.connect(autocommit=False) as other:
        other.execute("lock table flipper_gates in share row exclusive mode")
        threads = [threading.Thread(target=make) for _ in range(2)]
        for thread in threads:
            thread.start()
        with db.connect() as watching:
            waiting(watching)
    for thread in threads:
        thread.join()
    assert sorted(ended, key=str) == [("new",), "made"]
    assert list(store.read().toggles) == [*KEYS, "new"]


def test_flipper_making_the_same_toggle_is_a_conflict(db, store):
    """It locks nothing that we lock: its row comes between our look and ours. The second try sees it."""
    other = db.connect(autocommit=False)
    other.execute("insert into flipper_features values (default, 'new', now(), now())")

    def commit() -> None:
        with db.connect() as watching:
            waiting(watching)
        other.commit()

    thread = threading.Thread(target=commit)
    thread.start()
    with pytest.raises(Conflict):
        store.write_batch([Step("new", "create", {"percentage_of_actors": "5"}, Exposure(5_000))], store.read(["new"]))
    thread.join()
    other.close()
    assert store.read(["new"]).toggles["new"]["percentage_of_actors"] is None


# Nobody may, or it is another database.


def failed(store: SqlStore, *, write: bool = False) -> tuple[str, str]:
    """What is said; the password is in nothing that can be printed of it."""
    with pytest.raises(StoreError) as error:
        store.write_batch(steps(), b.snapshot()) if write else store.read()
    shown = "".join(traceback.TracebackException.from_exception(error.value, capture_locals=True).format())
    assert "store = SqlStore(access=Access(place=Place(hosts=" in shown
    for secret in (PASSWORD, "WRONG-CANARY"):
        assert secret not in shown
    assert error.value.__context__ is None
    assert not error.value.unknown
    return error.value.summary, error.value.detail


def test_who_may_not_in_is_told_so(db):
    place = f'"postgresql://127.0.0.1:{db.cluster.port}'
    summary, detail = failed(at(db.url, "WRONG-CANARY"))
    assert summary == "Database refused the login"
    assert detail.startswith(f"{place}/{db.name}\" can't be opened (")
    assert "The user or the password is wrong." in detail
    summary, detail = failed(at(db.url, ""))
    assert summary == "Database refused the login"
    assert "It asks for a password, and there is none." in detail
    assert failed(at(db.url.replace(db.name, "elsewhere")))[0] == "Database not found"
    assert failed(at(db.url + "?sslmode=require"))[0] == "Database connection is not secure"
    assert failed(at(db.url + "?sslmode=sometimes"))[0] == "Database connection is not secure"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    summary, detail = failed(at(db.at(port)))
    assert summary == "Database can't be reached"
    assert "Look whether the server is up, and whether host and port in the URL are right." in detail


def test_the_environment_lends_no_password(db, monkeypatch):
    """It is bound to no host."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert failed(at(db.url, ""))[0] == "Database refused the login"


def test_a_database_that_is_not_flippers(database):
    where = f'"postgresql://127.0.0.1:{database.cluster.port}/{database.name}"'
    summary, detail = failed(at(database.url))
    assert summary == "Not a Flipper database"
    assert detail == (
        f"{where} has no tables flipper_features and flipper_gates, which Flipper's ActiveRecord adapter makes. "
        "Correct the database, schema or table_prefix, or grant its user usage of that schema."
    )
    summary, detail = failed(at(database.url, schema="app", table_prefix="x_"), write=True)
    assert "has no tables app.x_flipper_features and app.x_flipper_gates" in detail
    assert detail.endswith("Nothing was written.")
    with database.connect() as connection:
        connection.execute("create table flipper_features (key text); create table flipper_gates (key text)")
    summary, detail = failed(at(database.url))
    assert summary == "Not a Flipper database"
    assert "column g.feature_key does not exist" in detail


def test_a_user_without_the_rights(db):
    with db.connect() as connection:
        connection.execute("drop role if exists reader")
        connection.execute(f"create role reader login password '{PASSWORD}'")
        url = db.url.replace("owner@", "reader@")
        summary, detail = failed(at(url))
        assert summary == "Permission denied by the database"
        assert "Grant its user what this needs: grant select on flipper_features, flipper_gates to" in detail
        connection.execute("grant select on flipper_features, flipper_gates to reader")
        assert levels(at(url)) == ["0", "0"]
        summary, detail = failed(at(url), write=True)
        assert summary == "Permission denied by the database"
        assert "permission denied for table flipper_features" in detail
        assert "grant select, insert, update, delete on flipper_features, flipper_gates to" in detail
        connection.execute("grant select, insert, update, delete on flipper_features, flipper_gates to reader")
        connection.execute("grant usage on all sequences in schema public to reader")
        store = at(url)
        store.write_batch(steps(), store.read())
        assert levels(store) == ["5", "5"]
        connection.execute("drop owned by reader; drop role reader")


def test_a_database_that_is_read_only(db):
    with db.connect() as connection:
        connection.execute(f"alter database {db.name} set default_transaction_read_only = on")
    assert levels(at(db.url)) == ["0", "0"]
    summary, detail = failed(at(db.url), write=True)
    assert summary == "Database is read-only"
    assert "cannot execute SELECT FOR UPDATE in a read-only transaction" in detail
    assert "Nothing was written" in detail


def test_a_reader_writes_nothing_even_if_it_were_asked_to(store):
    with pytest.raises(StoreError) as error:
        store._run(lambda connection: connection.execute("delete from flipper_gates"), writing=False)
    assert error.value.summary == "Database is read-only"


# Through an apply.


@dataclass(slots=True)
class SqlScene(Scene):
    """A configuration applied to the real tables."""

    opened: Provider | None = None

    @property
    def provider(self) -> Provider:
        assert self.opened is not None
        return self.opened


def scene(db: Database, port: int | None = None) -> SqlScene:
    """`b` needs `a` at its level, so that they are two batches."""
    store = at(db.at(port or db.cluster.port))
    config = b.desired(b.toggle("a", "20"), b.toggle("b", "20", requires=["a"], at_least="20"))
    opened = Provider("memory", "flipper", b.DIALECT, store, store, embedded=True)
    return SqlScene(config, store, opened=opened)


def ends(outcome) -> dict[str, Ended]:
    return {str(result.move.address): result.ended for result in outcome.results}


def test_an_apply(db, store):
    made = scene(db)
    assert ends(made.apply()) == {"toggle.a": Ended.APPLIED, "toggle.b": Ended.APPLIED}
    assert levels(store) == ["20", "20"]
    assert made.apply().results == ()


@pytest.mark.parametrize(
    ("done", "ended"),
    [
        (True, {"toggle.a": Ended.APPLIED, "toggle.b": Ended.APPLIED}),
        (False, {"toggle.a": Ended.FAILED, "toggle.b": Ended.SKIPPED}),
    ],
)
def test_a_move_whose_commit_nobody_answered_is_reported_as_it_is(db, store, done, ended):
    """The read at the end of the batch says what came of it; the next run goes on from there."""
    with Proxy(db, done=done) as proxy:
        made = scene(db)
        made.recover()
        plan = made.plan()
        cut = at(proxy.url)

        class ThenRead:
            """The reading has a connection of its own, once the server has seen the end of the other one."""

            def read(self, keys=None):
                if not proxy.drops:
                    settled(db)
                return store.read(keys)

        made.opened = replace(made.opened, reader=ThenRead(), writer=cut)
        assert ends(made.execute(plan)) == ended
    assert levels(store) == (["20", "20"] if done else ["0", "0"])
    again = scene(db)
    again.state = made.state
    assert set(ends(again.apply()).values()) <= {Ended.APPLIED}
    assert levels(store) == ["20", "20"]
    assert [raw["actors"] for raw in store.read().toggles.values()] == [["User;1"]] * 2


def test_an_apply_whose_server_dies_converges_in_the_next_run(mortal, monkeypatch):
    made = scene(mortal)
    made.recover()
    plan = made.plan()
    crashing(monkeypatch, mortal.cluster)
    outcome = made.execute(plan)
    assert ends(outcome)["toggle.b"] is Ended.SKIPPED
    assert ends(outcome)["toggle.a"] in {Ended.FAILED, Ended.UNKNOWN}
    mortal.cluster.start()
    assert levels(at(mortal.url)) == ["0", "0"]
    assert ends(made.apply()) == {"toggle.a": Ended.APPLIED, "toggle.b": Ended.APPLIED}
    assert levels(at(mortal.url)) == ["20", "20"]


def test_a_hand_that_was_faster_is_a_conflict(db, store):
    made = scene(db)

    class JustBefore:
        """Somebody sets 7 % between the last look before a batch and its write."""

        def write_batch(self, steps, expect):
            with db.connect() as connection:
                connection.execute(
                    "update flipper_gates set value = '7' where value = '0' and feature_key = 'a_enabled'"
                )
            return store.write_batch(steps, expect)

    made.opened = replace(made.opened, writer=JustBefore())
    assert ends(made.apply()) == {"toggle.a": Ended.FAILED, "toggle.b": Ended.SKIPPED}
    assert levels(store) == ["7", "0"]


def test_a_password_goes_to_allowed_hosts_only(tmp_path, monkeypatch):
    monkeypatch.delenv("FLAGSTAFF_ALLOWED_HOSTS", raising=False)
    monkeypatch.setattr(psycopg, "connect", lambda **_: pytest.fail("a connection was made"))
    settings = ProviderSettings("flipper", "sql", {"url": "postgresql://u@db.example.gov/va"}, {"password": "CANARY"})
    with pytest.raises(Failure) as failure:
        open_provider(settings, tmp_path)
    (diagnostic,) = failure.value.diagnostics
    assert diagnostic.summary == "Credential not allowed for this host"
    assert "CANARY" not in diagnostic.detail
    assert "db.example.gov:5432" in diagnostic.detail
