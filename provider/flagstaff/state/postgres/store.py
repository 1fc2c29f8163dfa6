"""The PostgreSQL store: a row for the state and its backup, a row for each entry of the journal, a row for the lease.

Compare-and-set happens in one transaction under the state's row lock. Where a connection breaks before the answer to a
commit, the work is done once more and finds what the first time left: it never counts as somebody else's.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from flagstaff.postgres.url import UrlError
from flagstaff.state import invariants
from flagstaff.state.codec import decode_state, encode_state
from flagstaff.state.forms import Misfit
from flagstaff.state.journal import Entry, decode_entry, encode_entry
from flagstaff.state.postgres.errors import Scene
from flagstaff.state.postgres.lease import LASTS, PostgresLease, PostgresLeasePlace
from flagstaff.state.postgres.schema import Tables, plain
from flagstaff.state.postgres.session import Limits, Session, Sql
from flagstaff.state.postgres.settings import PostgresSettings
from flagstaff.state.state import State
from flagstaff.state.store import Head, LockInfo, StateConflict, StateError, Token
from flagstaff.state.succession import conflict, follow_on, succeeds, winner

_PAGE: Final = 1000


def open_(settings: Mapping[str, Any], *, trusted: bool = False) -> PostgresStore:
    """The store of settings in which `check` finds nothing; asks nothing of the database yet.

    `trusted`: the url comes from outside the repository. Raises `StateError`.
    """
    try:
        return PostgresStore(PostgresSettings.of(settings, os.environ, trusted=trusted))
    except UrlError as error:
        raise StateError("State's database is not named", f"The url of the state's database {error}.") from None


class PostgresStore:
    """A `StateStore` in the tables of one schema, where `settings.name` tells states apart."""

    def __init__(
        self,
        settings: PostgresSettings,
        *,
        limits: Limits | None = None,
        lasts: timedelta = LASTS,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        scene = Scene(settings.shown, settings.schema, settings.trusted or settings.place is None)
        self._new_session: Callable[[], Session] = lambda: Session(
            settings.parameters, scene, limits=limits or Limits(), pause=pause
        )
        self._session = self._new_session()
        self._tables = Tables(scene)
        self._place = PostgresLeasePlace(settings.name, self._tables, settings.state, lasts)
        self._who = ""

    # State

    def load(self) -> tuple[State | None, Token]:
        row = self._session.read(self._row)
        if row is None:
            return None, ""
        hash_, document = row[2], row[3]
        name = self.settings.state
        if _hash(document) != hash_:
            raise StateError(
                "State is damaged",
                f"{name}: its text does not match its hash; it was changed by hand, or by a mistake of the database. "
                "Nothing was changed. The state as it was one save earlier is in the column backup of its row.",
            )
        state = decode_state(document, name)
        invariants.check(state, name)
        return state, f"{state.lineage}/{state.serial}/{hash_}"

    def save(self, state: State, expect: Token) -> Token:
        invariants.check(state, "The state to be saved")
        document = plain(encode_state(state))
        hash_ = _hash(document)
        token = f"{state.lineage}/{state.serial}/{hash_}"

        def work(sql: Sql) -> Token:
            self._tables.ensure(sql)
            row = self._row(sql, lock=True)
            if sql.again and row is not None and row[2] == hash_:
                return token
            self._compare(sql, row, expect)
            if token == expect:
                return token
            if expect:
                lineage, serial, _ = expect.rsplit("/", 2)
                succeeds(state, lineage, int(serial))
            if not self._put(sql, (state.lineage, state.serial, hash_, document), new=row is None):
                row = self._row(sql)
                if not (sql.again and row is not None and row[2] == hash_):
                    raise self._lost_to(sql, row, expect)
            return token

        return self._session.write(work)

    def _row(self, sql: Sql, *, lock: bool = False) -> tuple[Any, ...] | None:
        if not self._tables.there(sql):
            return None
        query = "select lineage, serial, hash, document, saved_by, saved_at from {states} where name = %s"
        return sql.one(query + (" for update" if lock else ""), self.settings.name)

    def _compare(self, sql: Sql, row: tuple[Any, ...] | None, expect: Token) -> None:
        if (row[2] if row else "") != expect.rpartition("/")[2]:
            raise self._lost_to(sql, row, expect)

    def _put(self, sql: Sql, values: tuple[Any, ...], *, new: bool) -> bool:
        """False: another first state came in between."""
        if new:
            query = (
                "insert into {states} (lineage, serial, hash, document, saved_by, saved_at, name)"
                " values (%s, %s, %s, %s, coalesce(nullif(%s, ''), current_user), clock_timestamp(), %s)"
                " on conflict do nothing"
            )
        else:
            query = (
                "update {states} set backup = document, lineage = %s, serial = %s, hash = %s, document = %s,"
                " saved_by = coalesce(nullif(%s, ''), current_user), saved_at = clock_timestamp() where name = %s"
            )
        return sql.run(query, *values, self._who, self.settings.name).rowcount == 1

    def _lost_to(self, sql: Sql, row: tuple[Any, ...] | None, expect: Token) -> StateConflict:
        """Who won: whoever saved what is there now."""
        ours = f"the one with serial {expect.split('/')[-2]}" if expect else "none"
        name = self.settings.state
        if row is None:
            return conflict(f"{name[0].upper()}{name[1:]} is gone, and was {ours} when this command read it.")
        saved = f"saved by {row[4]} at {row[5]:%Y-%m-%d %H:%M:%S} UTC"
        return conflict(
            f"{name[0].upper()}{name[1:]} has serial {row[1]} now, {saved}, and was {ours} when this command read it."
            f"{winner(self._last(sql))}"
        )

    # Journal

    def append(self, entries: Sequence[Entry], expect: Head) -> Head:
        lines = [plain(encode_entry(entry)) for entry in entries]

        def work(sql: Sql) -> Head:
            if entries:
                self._tables.ensure(sql)
                if sql.again and self._has(sql, entries[-1]):
                    return entries[-1].hash
            last = self._last(sql)
            head = last.hash if last else ""
            if head != expect:
                raise conflict(f"The journal of {self.settings.state} went on meanwhile.{winner(last)}")
            if entries:
                follow_on(last, entries)
                sql.run(
                    "insert into {journal} (name, sequence, hash, line)"
                    " select %s, * from unnest(%s::bigint[], %s::text[], %s::text[])",
                    self.settings.name,
                    [entry.sequence for entry in entries],
                    [entry.hash for entry in entries],
                    lines,
                )
            return entries[-1].hash if entries else head

        head = self._session.write(work)
        self._who = entries[-1].who if entries else self._who
        return head

    def _has(self, sql: Sql, entry: Entry) -> bool:
        row = sql.one(
            "select hash from {journal} where name = %s and sequence = %s", self.settings.name, entry.sequence
        )
        return row is not None and row[0] == entry.hash

    def entries(self, after: Head | None = None) -> Iterator[Entry]:
        """A thousand at a time; what others append meanwhile may be among them."""
        sequence = self._sequence(after) if after else 0
        while page := self._page(sequence):
            for _, line in page:
                yield self._decode(line)
            sequence = page[-1][0]

    def _page(self, sequence: int) -> list[tuple[Any, ...]]:
        def work(sql: Sql) -> list[tuple[Any, ...]]:
            if not self._tables.there(sql):
                return []
            query = "select sequence, line from {journal} where name = %s and sequence > %s order by sequence limit %s"
            return sql.run(query, self.settings.name, sequence, _PAGE).fetchall()

        return self._session.read(work)

    def _sequence(self, after: Head) -> int:
        def work(sql: Sql) -> tuple[Any, ...] | None:
            query = "select sequence from {journal} where name = %s and hash = %s"
            return sql.one(query, self.settings.name, after) if self._tables.there(sql) else None

        row = self._session.read(work)
        if row is None:
            raise StateError(
                "Journal does not fit the state",
                f"The journal of {self.settings.state} has no entry with the hash {after}: it was cut or replaced. "
                "Nothing was changed. Put back the rows of the journal that belongs to the state.",
            )
        sequence: int = row[0]
        return sequence

    def last(self) -> Entry | None:
        return self._session.read(self._last)

    def _last(self, sql: Sql) -> Entry | None:
        if not self._tables.there(sql):
            return None
        query = "select line from {journal} where name = %s order by sequence desc limit 1"
        row = sql.one(query, self.settings.name)
        return None if row is None else self._decode(row[0])

    def head(self) -> Head:
        last = self.last()
        return last.hash if last else ""

    def _decode(self, line: str) -> Entry:
        try:
            return decode_entry(line)
        except Misfit as misfit:
            raise StateError(
                "Journal is damaged",
                f"The journal of {self.settings.state}: {misfit.sentence} Nothing was changed. Restore its rows from a "
                "copy before going on.",
            ) from None

    # Lease

    def acquire(self, info: LockInfo) -> PostgresLease:
        """The lease has a session of its own: as long as that lives, so does the process."""
        lease = self._place.acquire(self._new_session(), info)
        self._who = info.who
        return lease

    def holder(self) -> LockInfo | None:
        return self._session.read(lambda sql: self._place.holder(sql) if self._tables.there(sql) else None)

    def break_lease(self) -> LockInfo | None:
        return self._session.write(lambda sql: self._place.break_(sql) if self._tables.there(sql) else None)

    def request_stop(self, why: str) -> None:
        def work(sql: Sql) -> None:
            if self._tables.there(sql):
                query = "update {leases} set stop = %s where name = %s and id is not null"
                sql.run(query, plain(why), self.settings.name)

        self._session.write(work)


def _hash(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()
