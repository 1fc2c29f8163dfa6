"""Flipper's ActiveRecord tables on PostgreSQL: one query reads all toggles, one transaction writes a batch.

Each call opens its own connection. A writer locks the toggles it changes against other runs, and the table of gates
against Flipper's own writers, for as long as its transaction takes; readers are never kept waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flagstaff.model.live import Result, Snapshot, Step
from flagstaff.postgres.driver import DEFAULTS, INSTALL, milliseconds, trouble_of
from flagstaff.postgres.errors import Trouble
from flagstaff.postgres.url import Place
from flagstaff.providers.flipper.batch import perform_batch
from flagstaff.providers.flipper.rows import Changes, Table, changes, last_written, read_rows
from flagstaff.providers.flipper.sql_errors import Scene, explain
from flagstaff.providers.protocols import StoreError

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")

FEATURES: Final = "flipper_features"
GATES: Final = "flipper_gates"
STATEMENT_TIMEOUT: Final = timedelta(seconds=60)
LOCK_TIMEOUT: Final = timedelta(seconds=5)
# Seconds before the second and the third try.
_PAUSES: Final = (0.2, 0.8)


@dataclass(frozen=True, slots=True)
class Access:
    """Where the database is and how to get in. `secret`: nothing of the place may be shown."""

    place: Place
    password: str = field(default="", repr=False)
    secret: bool = False

    @property
    def shown(self) -> str:
        return "the database (its url is sensitive)" if self.secret else f'"{self.place}"'

    def parameters(self) -> dict[str, str]:
        """For the driver. Set even where empty, so that nothing of the environment (PGPASSWORD, PGPORT) gets in:
        that isn't bound to a host. A password file of the user (~/.pgpass) is, and counts."""
        place = self.place
        return {
            **DEFAULTS,
            **place.parameters,
            "host": ",".join(host for host, _ in place.hosts),
            "port": ",".join(port or "5432" for _, port in place.hosts),
            "dbname": place.database,
            **({"user": place.user} if place.user else {}),
            "password": self.password or place.password,
            "options": "",
            "client_encoding": "utf8",
        }


@dataclass(frozen=True, slots=True)
class SqlStore:
    """A reader and a writer of batches. `pause` waits a number of seconds between tries."""

    access: Access
    schema: str = ""
    table_prefix: str = ""
    statement_timeout: timedelta = STATEMENT_TIMEOUT
    lock_timeout: timedelta = LOCK_TIMEOUT
    pause: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def read(self, keys: Collection[str] | None = None) -> Snapshot:
        read_at = self.now()
        rows = self._run(lambda connection: self._rows(connection, keys), writing=False)
        toggles = read_rows(row[:4] for row in rows).toggles
        return Snapshot(toggles, read_at, changed_at=last_written(row[::4] for row in rows if row[0] in toggles))

    def write_batch(self, steps: Sequence[Step], expect: Snapshot) -> Sequence[Result]:
        keys = sorted({step.key for step in steps})

        def work(connection: psycopg.Connection) -> tuple[Result, ...]:
            self._lock(connection, keys)
            table = self._table(connection, keys)
            after, _ = perform_batch(steps, expect.toggles, table.toggles)
            self._change(connection, changes(table, after))
            now = self._table(connection, keys).toggles
            return tuple(Result(step.key, now.get(step.key)) for step in steps)

        return self._run(work, writing=True)

    def _run(self, work: Callable[[psycopg.Connection], T], *, writing: bool) -> T:
        """One transaction, tried again where that is safe. Raises `StoreError`."""
        pauses = iter(_PAUSES)
        while isinstance(answer := self._once(work, writing=writing), Trouble):
            pause = next(pauses, None)
            if pause is None or not answer.passing:
                # Raised where no error of the driver is being handled: its frames hold the password.
                raise explain(answer, self._scene(writing=writing))
            self.pause(pause)
        return answer

    def _once(self, work: Callable[[psycopg.Connection], T], *, writing: bool) -> T | Trouble:
        psycopg = _driver()
        connecting, committing = True, False
        try:
            with closing(psycopg.connect(**self.access.parameters(), prepare_threshold=None)) as connection:
                connecting = False
                self._begin(connection, writing=writing)
                answer = work(connection)
                committing = writing
                connection.commit()
                return answer
        except psycopg.Error as error:
            return trouble_of(error, connecting=connecting, committing=committing)

    def _begin(self, connection: psycopg.Connection, *, writing: bool) -> None:
        """Times are UTC, as Rails keeps them. Settings end with the transaction: there may be a pooler in between.

        Each statement sees what is committed when it begins: after waiting for locks, that is the others' doing.
        """
        psycopg = _driver()
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        if not writing:
            connection.read_only = True
        connection.execute(
            "select set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true),"
            " set_config('TimeZone', 'UTC', true)",
            (milliseconds(self.statement_timeout), milliseconds(self.lock_timeout)),
        )

    def _table(self, connection: psycopg.Connection, keys: Collection[str] | None) -> Table:
        return read_rows(row[:4] for row in self._rows(connection, keys))

    def _rows(self, connection: psycopg.Connection, keys: Collection[str] | None) -> list[tuple[Any, ...]]:
        """Those of `read_rows`, with a fifth column: when the row was last written, in seconds since 1970."""
        query = (
            "select coalesce(f.key, g.feature_key), f.key is not null, g.key, g.value,"
            " extract(epoch from greatest(f.updated_at, g.updated_at))::float8"
            " from {features} f full join {gates} g on g.feature_key = f.key"
        )
        if keys is None:
            return self._execute(connection, query).fetchall()
        wanted = " where coalesce(f.key, g.feature_key) in (select unnest(%s::text[]))"
        return self._execute(connection, query + wanted, sorted(keys)).fetchall()

    def _lock(self, connection: psycopg.Connection, keys: Sequence[str]) -> None:
        """First the toggles, in one order for all runs, then the gates: as Flipper takes them when it deletes one.

        Flipper itself locks no toggle. Without the second lock, a write of its own at the same moment could leave
        two rows for one gate.
        """
        self._execute(connection, "select 1 from {features} where key = any(%s) order by key for update", list(keys))
        self._execute(connection, "lock table {gates} in share row exclusive mode")

    def _change(self, connection: psycopg.Connection, made: Changes) -> None:
        """A fixed number of statements, however many rows; those with nothing to do are left out."""
        statements = (
            ("delete from {gates} where feature_key = any(%s)", [made.emptied]),
            ("delete from {features} where key = any(%s)", [made.dropped]),
            (
                (
                    "insert into {features} (key, created_at, updated_at) select key, now(), now()"
                    " from unnest(%s::text[]) as new (key)"
                ),
                [made.added],
            ),
            (
                (
                    "delete from {gates} g using unnest(%s::text[], %s::text[]) as gone (feature, gate)"
                    " where g.feature_key = gone.feature and g.key = gone.gate"
                ),
                _columns(made.deleted),
            ),
            (
                (
                    "update {gates} g set value = new.value, updated_at = now()"
                    " from unnest(%s::text[], %s::text[], %s::text[]) as new (feature, gate, value)"
                    " where g.feature_key = new.feature and g.key = new.gate"
                ),
                _columns(made.updated),
            ),
            (
                (
                    "insert into {gates} (feature_key, key, value, created_at, updated_at)"
                    " select feature, gate, value, now(), now()"
                    " from unnest(%s::text[], %s::text[], %s::text[]) as new (feature, gate, value)"
                ),
                _columns(made.inserted),
            ),
        )
        for statement, columns in statements:
            if columns and columns[0]:
                self._execute(connection, statement, *(list(column) for column in columns))

    def _execute(
        self, connection: psycopg.Connection, query: str, *arguments: list[str]
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        from psycopg import sql  # noqa: PLC0415 - imported on use

        schema = [self.schema] if self.schema else []
        named = {
            "features": sql.Identifier(*schema, self.table_prefix + FEATURES),
            "gates": sql.Identifier(*schema, self.table_prefix + GATES),
        }
        return connection.execute(sql.SQL(query).format(**named), arguments or None)

    def _scene(self, *, writing: bool) -> Scene:
        before = f"{self.schema}.{self.table_prefix}" if self.schema else self.table_prefix
        return Scene(self.access.shown, before + FEATURES, before + GATES, writing, self.access.secret)


def _driver() -> Any:
    try:
        import psycopg  # noqa: PLC0415 - imported on use
    except ImportError:
        raise StoreError(
            "PostgreSQL driver not installed",
            f'The source "sql" needs psycopg, which comes with an extra: {INSTALL}.',
        ) from None
    return psycopg


def _columns(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return list(zip(*rows, strict=True))
