"""The store in memory, with both kinds of writer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.flipper.gates import new_feature
from flagstaff.providers.memory import MemoryBatchWriter, MemoryWriter, memory_provider
from flagstaff.providers.protocols import Provider
from flagstaff.testing.provider_conformance import Capabilities, Make, MakeRaw, ProviderConformance


def flipper_raw(exposure, actors=()):
    percentage = None if exposure.is_on or exposure.is_off else exposure.encode()
    return {
        **new_feature(),
        "boolean": "true" if exposure.is_on else None,
        "actors": list(actors),
        "percentage_of_actors": percentage,
    }


class Flipper:
    @pytest.fixture
    def raw(self) -> MakeRaw:
        return flipper_raw


class TestMemoryWriter(Flipper, ProviderConformance):
    @pytest.fixture
    def make(self) -> Make:
        return lambda toggles: memory_provider(MemoryWriter(toggles))


class TestMemoryBatchWriter(Flipper, ProviderConformance):
    @pytest.fixture
    def make(self) -> Make:
        return lambda toggles: memory_provider(MemoryBatchWriter(toggles))

    @pytest.fixture
    def at_rest(self) -> Callable[[Provider], object]:
        return lambda provider: repr(provider.reader.toggles)


class TestGateByGate(Flipper, ProviderConformance):
    """The moves of a store that writes one gate at a time, as Flipper's API does."""

    @pytest.fixture
    def make(self) -> Make:
        return lambda toggles: memory_provider(MemoryWriter(toggles), atomic=False)

    @pytest.fixture
    def capabilities(self) -> Capabilities:
        return Capabilities(replaces=False)


def test_the_dialect_is_the_one_that_was_asked_for():
    assert memory_provider(MemoryWriter({}), atomic=False).dialect == FlipperDialect(atomic=False)
