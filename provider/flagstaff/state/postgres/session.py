"""A session with the state's database: one connection, opened on use and again when it broke.

One piece of work at a time, whichever thread asks. A piece whose commit got no answer is done once more, and told so:
it must look whether the first time counted.
"""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flagstaff.postgres.driver import INSTALL, milliseconds, trouble_of
from flagstaff.postgres.errors import Trouble
from flagstaff.state.postgres.errors import Scene, explain, no_driver

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")
Row = tuple[Any, ...]

# Seconds before the second and the third try.
_PAUSES: Final = (0.2, 0.8)


@dataclass(frozen=True, slots=True)
class Limits:
    """`idle` frees what a frozen process holds in the middle of a transaction."""

    statement: timedelta = timedelta(seconds=60)
    lock: timedelta = timedelta(seconds=10)
    idle: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Sql:
    """A connection whose statements name the tables as `{states}`, `{journal}`, `{leases}` and `{format}`."""

    connection: psycopg.Connection
    schema: str
    writing: bool
    again: bool

    def run(self, query: str, *arguments: object) -> psycopg.Cursor[Row]:
        from psycopg import sql  # noqa: PLC0415 - imported on use

        named = {name: sql.Identifier(self.schema, name) for name in ("states", "journal", "leases", "format")}
        text = sql.SQL(query).format(schema=sql.Identifier(self.schema), **named)
        return self.connection.execute(text, arguments or None)

    def one(self, query: str, *arguments: object) -> Row | None:
        return self.run(query, *arguments).fetchone()


class Session:
    """Raises `StateError`. Closes with the object, and with the process."""

    def __init__(
        self,
        parameters: Mapping[str, str],
        scene: Scene,
        *,
        limits: Limits,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.scene = scene
        self._parameters = parameters
        self._limits = limits
        self._pause = pause
        self._guard = threading.RLock()
        self._open: list[psycopg.Connection] = []
        weakref.finalize(self, _close, self._open)

    def read(self, work: Callable[[Sql], T]) -> T:
        """Each statement by itself."""
        return self._run(work, writing=False)

    def write(self, work: Callable[[Sql], T]) -> T:
        """One transaction. `Sql.again` tells work that an earlier try may have been committed."""
        return self._run(work, writing=True)

    def close(self) -> None:
        with self._guard:
            _close(self._open)

    def _run(self, work: Callable[[Sql], T], *, writing: bool) -> T:
        pauses, again = iter(_PAUSES), False
        with self._guard:
            while isinstance(answer := self._once(work, again, writing=writing), Trouble):
                pause = next(pauses, None)
                if pause is None or not (answer.passing or answer.unknown):
                    # Raised where no error of the driver is being handled: its frames hold the password.
                    raise explain(answer, self.scene)
                again = again or answer.unknown
                self._pause(pause)
            return answer

    def _once(self, work: Callable[[Sql], T], again: bool, *, writing: bool) -> T | Trouble:
        psycopg = _driver()
        connecting, committing = True, False
        try:
            sql = Sql(self._connection(), self.scene.schema, writing, again)
            connecting = False
            if writing:
                sql.connection.execute("begin")
            answer = work(sql)
            if writing:
                committing = True
                sql.connection.execute("commit")
        except psycopg.Error as error:
            trouble = trouble_of(error, connecting=connecting, committing=committing)
            self._clean(lost=trouble.lost or trouble.unknown)
            return trouble
        except Exception:
            self._clean(lost=False)
            raise
        except BaseException:
            _close(self._open)
            raise
        return answer

    def _connection(self) -> psycopg.Connection:
        if self._open and not self._open[0].closed:
            return self._open[0]
        _close(self._open)
        connection: psycopg.Connection = _driver().connect(**self._parameters, autocommit=True, prepare_threshold=None)
        self._open.append(connection)
        limits = self._limits
        connection.execute(
            "select set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),"
            " set_config('idle_in_transaction_session_timeout', %s, false), set_config('TimeZone', 'UTC', false),"
            " set_config('default_transaction_isolation', 'read committed', false)",
            [milliseconds(limit) for limit in (limits.statement, limits.lock, limits.idle)],
        )
        return connection

    def _clean(self, *, lost: bool) -> None:
        """Leave no transaction open; a connection that can't do that is given up."""
        if not lost and self._open:
            with contextlib.suppress(_driver().Error):
                self._open[0].execute("rollback")
                return
        _close(self._open)


def _close(opened: list[psycopg.Connection]) -> None:
    while opened:
        with contextlib.suppress(Exception):
            opened.pop().close()


def _driver() -> Any:
    try:
        import psycopg  # noqa: PLC0415 - an extra
    except ImportError:
        raise no_driver(INSTALL) from None
    return psycopg
