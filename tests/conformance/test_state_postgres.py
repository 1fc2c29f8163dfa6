"""The PostgreSQL store is a state store, on a real server."""

from __future__ import annotations

import psycopg
import pytest

from flagstaff.state.codec import decode_state
from flagstaff.state.postgres.store import PostgresStore, open_
from flagstaff.testing.postgres import PASSWORD
from flagstaff.testing.state_conformance import StateStoreConformance, info

pytestmark = pytest.mark.service("postgres")


class TestPostgres(StateStoreConformance):
    @pytest.fixture
    def opener(self, database):
        url = database.url.replace("@", f":{PASSWORD.replace(' ', '%20')}@")

        def open_store() -> PostgresStore:
            return open_({"url": url, "name": "va/production"}, trusted=True)

        return open_store

    @pytest.fixture
    def backup(self, database):
        def read():
            with database.connect() as connection:
                row = connection.execute("select backup from flagstaff.states where name = 'va/production'").fetchone()
            return None if row is None or row[0] is None else decode_state(row[0], "backup")

        return read

    @pytest.fixture
    def tear(self, database, opener):
        """A connection that ends in the middle of its transaction."""

        def leave():
            opener().acquire(info("tables")).release()
            with database.connect() as other, database.connect() as connection:
                connection.execute("begin")
                connection.execute(
                    "insert into flagstaff.journal (name, sequence, hash, line)"
                    " select 'va/production', coalesce(max(sequence), 0) + 1, 'x', '{' from flagstaff.journal"
                )
                other.execute("select pg_terminate_backend(%s, 10000)", [connection.info.backend_pid])
                with pytest.raises(psycopg.OperationalError):
                    connection.execute("commit")

        return leave

    @pytest.fixture
    def abandon(self, database, opener):
        """The holder's session ends; nobody gives the lease back."""

        def die(who):
            lease = opener().acquire(who)
            end_sessions(database)
            assert lease.took_over is None

        return die


def end_sessions(database) -> None:
    with database.connect() as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
