"""The spy, and the store in memory that nobody changes from outside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Step
from flagstaff.providers.memory import MemoryBatchWriter, MemoryWriter, memory_provider
from flagstaff.providers.protocols import BatchWriter, StoreError, Writer
from flagstaff.providers.wrappers import ReadOnly
from flagstaff.testing.recording import recording

STEP = Step("a", "gates", {"percentage_of_actors": "5"}, Exposure.parse("5"))


def test_reads_and_single_writes_are_recorded():
    provider, calls = recording(memory_provider(MemoryWriter({"a": {}})))
    assert isinstance(provider.writer, Writer)
    provider.reader.read()
    assert provider.writer.write(STEP, {}) == {"percentage_of_actors": "5"}
    provider.writer.read(["a", "b"])
    assert calls.reads == [None, ("a", "b")]
    assert calls.writes == [(STEP,)]


def test_batches_are_recorded():
    provider, calls = recording(memory_provider(MemoryBatchWriter({"a": {}})))
    assert isinstance(provider.writer, BatchWriter)
    assert not isinstance(provider.writer, Writer)
    provider.writer.write_batch([STEP], provider.reader.read(["a"]))
    assert calls.reads == [("a",)]
    assert calls.writes == [(STEP,)]


def test_a_store_without_a_writer_stays_without():
    provider, _ = recording(replace(memory_provider(MemoryWriter({})), writer=None))
    assert provider.writer is None


def test_a_snapshot_is_not_the_store():
    store = MemoryWriter({"a": {"actors": ["x"]}})
    store.read().toggles["a"]["actors"].append("y")
    store.write(STEP, {"actors": ["x"]})["actors"].append("z")
    assert store.read().toggles == {"a": {"actors": ["x"], "percentage_of_actors": "5"}}


def test_what_is_read_only_has_nothing_else():
    reader = ReadOnly(MemoryWriter({"a": {}}))
    assert list(reader.read(["a"]).toggles) == ["a"]
    assert not isinstance(reader, Writer)
    with pytest.raises(StoreError) as error:
        reader.toggles  # noqa: B018 - the look is the test
    assert error.value.summary == "Store is open for reading only"
