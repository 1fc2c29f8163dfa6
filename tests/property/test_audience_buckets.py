"""Buckets for many ids at once are those of the slow and obvious reference, id by id."""

from __future__ import annotations

import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flagstaff.audience.buckets import prepare
from flagstaff.model.exposure import FULL, Exposure
from flagstaff.model.live import Crc32
from flagstaff.providers.flipper.dialect import FlipperDialect

DIALECT = FlipperDialect()
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LONG = st.integers(1, 300).flatmap(lambda size: st.text("ab9-@é旗", min_size=size, max_size=size))
IDS = st.lists(TEXT | LONG, min_size=1, max_size=20)


@given(TEXT | LONG, IDS)
def test_equal_to_the_reference(key, ids):
    people = prepare(DIALECT.hashing, [id.encode() for id in ids])
    reference = DIALECT.bucket(key, ids)
    assert people.buckets(key).tolist() == list(reference.values)
    assert people.size == reference.size
    assert len(people) == len(ids)


@given(TEXT, IDS, st.integers(1, FULL))
def test_every_decision_is_the_reference_s(key, ids, level):
    opens = DIALECT.opens(Exposure(level))
    people = prepare(DIALECT.hashing, [id.encode() for id in ids])
    decided = (people.buckets(key) < opens).tolist()
    assert decided == [zlib.crc32((key + id).encode()) % 100_000 < opens for id in ids]


@given(TEXT, IDS, st.integers(1, 2**32 - 1))
def test_any_number_of_buckets(key, ids, size):
    people = prepare(Crc32(size), [id.encode() for id in ids])
    assert people.buckets(key).tolist() == [zlib.crc32((key + id).encode()) % size for id in ids]


@given(TEXT, st.lists(TEXT | st.none(), min_size=1, max_size=20))
def test_those_without_an_id_are_told_apart(key, ids):
    people = prepare(DIALECT.hashing, [None if id is None else id.encode() for id in ids])
    present = np.array([id is not None for id in ids])
    assert (np.ones(len(ids), bool) if people.present is None else people.present).tolist() == present.tolist()
    known = [id for id in ids if id is not None]
    assert people.buckets(key)[present].tolist() == list(DIALECT.bucket(key, known).values)


@given(IDS)
def test_draws_depend_on_the_id_alone(ids):
    together = prepare(DIALECT.hashing, [id.encode() for id in ids]).draws()
    alone = [prepare(DIALECT.hashing, [id.encode()]).draws()[0] for id in ids]
    assert [int(one) for one in np.broadcast_to(together, len(ids))] == [int(one) for one in alone]
