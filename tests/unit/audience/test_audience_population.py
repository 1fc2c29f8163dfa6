"""Made-up people: the same for a seed, quickly made, of the right form."""

import re
import time
import uuid

import pytest

from flagstaff.audience.population import made_up_mails, made_up_uuids, suitable_size


def ids(population, rows=1_000, kind=""):
    return [id for chunk in population.chunks(rows) for id in chunk.ids[kind]]


def test_uuids_are_random_ones_of_version_4():
    made = ids(made_up_uuids(500))
    assert len(set(made)) == 500
    for id in made:
        parsed = uuid.UUID(id.decode())
        assert (parsed.version, parsed.variant, str(parsed)) == (4, uuid.RFC_4122, id.decode())


def test_the_same_people_everywhere_and_for_ever():
    assert ids(made_up_uuids(2)) == [b"ffe42279-f3bd-4683-a6a8-52c1bb9651f3", b"cd18ec08-f6a4-4724-926f-acd2aeb0daf2"]
    assert ids(made_up_mails(2)) == [b"hannah.castillo76522086@post.example.org", b"bo.brown6797778@mail.example.com"]


@pytest.mark.parametrize("make", [made_up_uuids, made_up_mails])
def test_the_same_whatever_the_chunks_and_another_for_another_seed(make):
    assert ids(make(100), 7) == ids(make(100), 100) == ids(make(200))[:100]
    assert set(ids(make(100, seed=2))).isdisjoint(ids(make(100, seed=1)))


def test_mails_are_of_nobody_and_of_various_lengths():
    made = ids(made_up_mails(2_000))
    shape = re.compile(rb"[a-z]+\.[a-z]+\d+@([a-z]+\.)?example\.(com|org|net)")
    assert all(shape.fullmatch(id) for id in made)
    assert len(set(map(len, made))) > 15


def test_each_kind_has_ids_of_its_own():
    population = made_up_uuids(50, kinds=("web", "mobile"))
    assert set(ids(population, kind="web")).isdisjoint(ids(population, kind="mobile"))
    assert ids(population, 7, "mobile") == ids(population, 50, "mobile")


def test_what_it_says_of_itself():
    population = made_up_mails(1_500, seed=9)
    assert (population.what, population.seed) == ("1,500 made-up e-mail addresses", 9)
    assert [chunk.size for chunk in population.chunks(1_000)] == [1_000, 500]
    with pytest.raises(ValueError, match="a population of 0 people"):
        made_up_uuids(0)


@pytest.mark.parametrize(
    ("toggles", "size"), [(0, 200_000), (1_000, 200_000), (2_000, 100_000), (10_000, 20_000), (10**6, 20_000)]
)
def test_fewer_people_for_very_many_toggles(toggles, size):
    assert suitable_size(toggles) == size


def test_made_quickly():
    """A tenth of a second for the default; ten times that on a busy machine."""
    started = time.perf_counter()
    assert sum(chunk.size for chunk in made_up_uuids().chunks(65_536)) == 200_000
    assert time.perf_counter() - started < 1
