"""When the tables say that a toggle was last written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.flipper.gates import new_feature
from flagstaff.providers.flipper.rows import last_written
from flagstaff.providers.registry import open_provider
from flagstaff.testing.postgres import PASSWORD


@pytest.mark.service("postgres")
def test_the_latest_row_counts(database, tmp_path):
    from flagstaff.testing import flipper_tables

    with database.connect() as connection:
        flipper_tables.create(connection, "text")
        flipper_tables.fill(
            connection,
            {name: {**new_feature(), "percentage_of_actors": "5", "actors": ["x"]} for name in ("a", "b", "c")},
        )
        connection.execute("update flipper_features set updated_at = '2026-01-01 00:00'")
        connection.execute("update flipper_gates set updated_at = '2025-01-01 00:00'")
        connection.execute(
            "update flipper_gates set updated_at = '2026-01-27 14:02:11.5' where feature_key = 'b' and key = 'actors'"
        )
        connection.execute("update flipper_features set updated_at = 'infinity' where key = 'c'")
        connection.execute("delete from flipper_gates where feature_key = 'c'")
    settings = ProviderSettings("flipper", "sql", {"url": database.url}, {"password": PASSWORD})
    snapshot = open_provider(settings, tmp_path).reader.read()
    assert sorted(snapshot.toggles) == ["a", "b", "c"]
    assert snapshot.changed_at == {
        "a": datetime(2026, 1, 1, tzinfo=UTC),
        "b": datetime(2026, 1, 27, 14, 2, 11, 500_000, tzinfo=UTC),
    }


def test_the_latest_of_each_key():
    assert last_written([("a", 5.0), ("a", 9.0), ("a", 7.0), ("b", None), ("c", float("inf")), ("d", 1e300)]) == {
        "a": datetime.fromtimestamp(9, UTC)
    }
