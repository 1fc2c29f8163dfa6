"""Flipper's tables on a real PostgreSQL, as made by old and new releases of the gem."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.flipper.gates import new_feature
from flagstaff.providers.protocols import Provider
from flagstaff.providers.registry import open_provider
from flagstaff.testing.postgres import PASSWORD
from flagstaff.testing.provider_conformance import Capabilities, Make, MakeRaw, ProviderConformance

pytestmark = pytest.mark.service("postgres")


class TestSql(ProviderConformance):
    value = "text"

    @pytest.fixture
    def make(self, database, tmp_path) -> Make:
        from flagstaff.testing import flipper_tables

        def make(toggles):
            with database.connect() as connection:
                flipper_tables.create(connection, self.value)
                flipper_tables.fill(connection, toggles)
            return open_provider(
                ProviderSettings("flipper", "sql", {"url": database.url}, {"password": PASSWORD}), tmp_path
            )

        return make

    @pytest.fixture
    def raw(self) -> MakeRaw:
        """As Flipper leaves it: a percentage that was switched off stays as "0"."""

        def raw(exposure, actors):
            boolean = "true" if exposure.is_on else None
            percentage = None if exposure.is_on else exposure.encode()
            return {**new_feature(), "boolean": boolean, "actors": list(actors), "percentage_of_actors": percentage}

        return raw

    @pytest.fixture
    def capabilities(self) -> Capabilities:
        """A gate without rows is no gate, so that a closed one of the future has a row that says so."""
        return Capabilities(unknown={"gate_of_the_future": "0"})

    @pytest.fixture
    def at_rest(self, database) -> Callable[[Provider], object]:
        """Every column of every row, and the transaction that wrote it."""

        def at_rest(provider):
            with database.connect() as connection:
                return [
                    connection.execute(f"select xmin, * from {table} order by id").fetchall()
                    for table in ("flipper_features", "flipper_gates")
                ]

        return at_rest


class TestSqlOfOldReleases(TestSql):
    """Before Flipper 1.1."""

    value = "varchar"
