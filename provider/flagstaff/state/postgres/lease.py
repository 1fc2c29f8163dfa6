"""The lease of the PostgreSQL store: a row, renewed by the server's clock, and a lock of the holder's session.

The lock ends with the session, so that nobody waits for a run that was killed; the clock ends the lease of one that
hangs. Each session locks a number of its own, which stands in the row.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Self

from flagstaff.state.fact_codec import LOCK_INFO
from flagstaff.state.forms import Misfit, parse
from flagstaff.state.lease import held_by
from flagstaff.state.postgres.schema import Tables, plain
from flagstaff.state.postgres.session import Session, Sql
from flagstaff.state.store import LockInfo, StateError

LASTS: Final = timedelta(minutes=2)
# Whether the lease of a row counts: renewed in time, and its session lives.
_VALID: Final = (
    "(renewed_at >= clock_timestamp() - make_interval(secs => %s) and exists (select 1 from pg_locks"
    " where locktype = 'advisory' and granted and objsubid = 1"
    " and database = (select oid from pg_database where datname = current_database())"
    " and classid = (session >> 32)::oid and objid = (session & 4294967295)::oid))"
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A row: whose it is, None for nobody's, and whether that still counts."""

    id: str | None
    holder: LockInfo | None
    valid: bool
    now: Any


@dataclass(frozen=True, slots=True)
class PostgresLeasePlace:
    """The row of one state."""

    name: str
    tables: Tables
    shown: str
    lasts: timedelta = LASTS

    def acquire(self, session: Session, info: LockInfo) -> PostgresLease:
        """Raises `LeaseHeld`. The session is the lease's own from then on."""
        lease = PostgresLease(info, None, self, session)

        def work(sql: Sql) -> None:
            self.tables.ensure(sql)
            sql.run("insert into {leases} (name) values (%s) on conflict do nothing", self.name)
            seen = self.see(sql, lock=True)
            if seen.valid and seen.holder is not None and seen.id != info.id:
                raise held_by(seen.holder, seen.now)
            if seen.id is not None and seen.id != info.id:
                lease.took_over = seen.holder
            sql.run(
                "update {leases} set id = %s, holder = %s, session = %s, renewed_at = clock_timestamp(), stop = null"
                " where name = %s",
                info.id,
                _text(info),
                lease.locked(sql),
                self.name,
            )

        session.write(work)
        return lease

    def see(self, sql: Sql, *, lock: bool = False) -> _Seen:
        """The row, which is there."""
        query = f"select id, holder, {_VALID}, clock_timestamp() from {{leases}} where name = %s"  # noqa: S608 - ours
        row = sql.one(query + (" for update" if lock else ""), self.lasts.total_seconds(), self.name)
        if row is None or row[0] is None:
            return _Seen(None, None, False, None)
        return _Seen(row[0], self._decode(row[1]), bool(row[2]), row[3])

    def holder(self, sql: Sql) -> LockInfo | None:
        seen = self.see(sql)
        return seen.holder if seen.valid else None

    def break_(self, sql: Sql) -> LockInfo | None:
        """A dead one stays, so that whoever takes it over writes down whose it was."""
        seen = self.see(sql, lock=True)
        if not seen.valid:
            return None
        self.clear(sql, seen.id)
        return seen.holder

    def clear(self, sql: Sql, id: str | None) -> None:
        sql.run("update {leases} set id = null, holder = null, stop = null where name = %s and id = %s", self.name, id)

    def _decode(self, text: str) -> LockInfo:
        try:
            return LOCK_INFO.decode(parse(text))
        except Misfit as misfit:
            raise StateError(
                "State lease is not readable",
                f"{self.shown}: {misfit.sentence} A newer version of Flagstaff may have written it; use that one. The "
                "state is as it was.",
            ) from None


@dataclass(slots=True)
class PostgresLease:
    """Held for as long as it is renewed and its session lives, which another may take the place of."""

    info: LockInfo
    took_over: LockInfo | None
    _place: PostgresLeasePlace
    _session: Session = field(repr=False)
    _locked: tuple[object, int] | None = field(default=None, repr=False)
    _released: bool = field(default=False)

    def locked(self, sql: Sql) -> int:
        """The number that this session holds a lock on; a new session takes a new one."""
        if self._locked is None or self._locked[0] is not sql.connection:
            number = secrets.randbits(62)
            sql.run("select pg_advisory_lock(%s)", number)
            self._locked = (sql.connection, number)
        return self._locked[1]

    def renew(self) -> None:
        """Raises `StateError` if somebody took the lease away, or the database can't be asked."""

        def work(sql: Sql) -> bool:
            update = "update {leases} set renewed_at = clock_timestamp(), session = %s where name = %s and id = %s"
            return bool(sql.run(update, self.locked(sql), self._place.name, self.info.id).rowcount)

        if self._released or not self._session.write(work):
            raise self._lost()

    def stop_requested(self) -> str | None:
        """One short query. Raises `StateError` as `renew` does: whoever lost the lease must stop, too."""
        query = "select id, stop from {leases} where name = %s"
        row = None if self._released else self._session.read(lambda sql: sql.one(query, self._place.name))
        if row is None or row[0] != self.info.id:
            raise self._lost()
        why: str | None = row[1]
        return why

    def release(self) -> None:
        """Does nothing if it was released before. Where the database can't be told, the end of the session tells it."""
        if self._released:
            return
        self._released = True
        with contextlib.suppress(StateError):
            self._session.write(lambda sql: self._place.clear(sql, self.info.id))
        self._session.close()

    def _lost(self) -> StateError:
        return StateError(
            "Lease was lost",
            f"The lease of `flagstaff {self.info.operation}` was taken away: with `flagstaff unlock`, or by another "
            "run after this one did not renew it in time. Somebody else may be writing now. Nothing more is written. "
            "`flagstaff history` shows who; then plan again.",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _text(info: LockInfo) -> str:
    return plain(json.dumps(LOCK_INFO.encode(info), ensure_ascii=False))
