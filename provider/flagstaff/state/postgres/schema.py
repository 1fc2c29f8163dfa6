"""The tables of the PostgreSQL store. They are made at the first write; reading makes nothing.

Format 1. One row of `states`, `leases` and many of `journal` for each state, by name. Text is JSON as the codecs write
it, with lone surrogates, which the database can't hold, as their escapes: what is read back is the same.
"""

from __future__ import annotations

from typing import Final

from flagstaff import __version__
from flagstaff.state.postgres.errors import Scene, newer_format
from flagstaff.state.postgres.session import Sql

FORMAT: Final = 1
# So that two first writers make the tables one after the other.
_MAKING: Final = 7_146_205_336_011_254
_TABLES: Final = """
create table {format} (
  one boolean primary key default true check (one),
  number integer not null,
  tool text not null
);
create table {states} (
  name text primary key,
  lineage text not null,
  serial bigint not null,
  hash text not null,
  document text not null,
  backup text,
  saved_by text not null,
  saved_at timestamptz not null
);
create table {journal} (
  name text not null,
  sequence bigint not null,
  hash text not null,
  line text not null,
  primary key (name, sequence),
  unique (name, hash)
);
create table {leases} (
  name text primary key,
  id text,
  holder text,
  session bigint,
  renewed_at timestamptz,
  stop text
)
"""


class Tables:
    """Whether the tables are there, and of a format that this version knows."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known = False

    def there(self, sql: Sql) -> bool:
        """Raises `StateError` for a newer format."""
        if self._known:
            return True
        if not self._exist(sql):
            return False
        row = sql.one("select number, tool from {format}")
        if row is not None and row[0] > FORMAT:
            raise newer_format(row[0], row[1], FORMAT, self._scene)
        self._known = not sql.writing  # what this transaction made may not last
        return True

    def ensure(self, sql: Sql) -> None:
        """In the transaction of the write that needs them."""
        if self.there(sql):
            return
        sql.run("select pg_advisory_xact_lock(%s)", _MAKING)
        if self._exist(sql):
            return
        # Looked for first: `if not exists` asks for the right to make one, also where it is there.
        if sql.one("select 1 from pg_namespace where nspname = %s", sql.schema) is None:
            sql.run("create schema {schema}")
        sql.run(_TABLES)
        sql.run("insert into {format} (number, tool) values (%s, %s)", FORMAT, __version__)

    def _exist(self, sql: Sql) -> bool:
        row = sql.one(
            "select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = %s and c.relname = 'format'",
            sql.schema,
        )
        return row is not None


def plain(text: str) -> str:
    """JSON text without lone surrogates, which are in its strings only."""
    return text.encode("utf-8", "backslashreplace").decode()
