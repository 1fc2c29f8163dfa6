"""Flipper's tables in a test database, as its own migration makes them, and their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql

from flagstaff.model.live import Raw


def create(connection: psycopg.Connection, value: str = "text", schema: str = "public", prefix: str = "") -> None:
    """`value` is the type of the gates' value: varchar up to Flipper 1.0, text since."""
    statements = """
        create table {features} (
            id bigserial primary key, key varchar not null,
            created_at timestamp(6) not null, updated_at timestamp(6) not null);
        create unique index on {features} (key);
        create table {gates} (
            id bigserial primary key, feature_key varchar not null, key varchar not null, value {value},
            created_at timestamp(6) not null, updated_at timestamp(6) not null);
        create unique index on {gates} (feature_key, key, value);
    """
    connection.execute(
        sql.SQL(statements).format(
            features=sql.Identifier(schema, f"{prefix}flipper_features"),
            gates=sql.Identifier(schema, f"{prefix}flipper_gates"),
            value=sql.SQL(value),
        )
    )


def fill(connection: psycopg.Connection, toggles: Mapping[str, Raw]) -> None:
    """Put toggles in as Flipper writes them: no row where a gate is closed, one for each actor and group."""
    rows = [(key, name, value) for key, raw in toggles.items() for name, value in _rows(raw)]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "insert into flipper_features values (default, %s, now(), now())", [(key,) for key in toggles]
        )
        cursor.executemany("insert into flipper_gates values (default, %s, %s, %s, now(), now())", rows)


def _rows(raw: Raw) -> Iterable[tuple[str, Any]]:
    for name, value in raw.items():
        if isinstance(value, list):
            yield from ((name, item) for item in value)
        elif value is not None:
            yield name, value
