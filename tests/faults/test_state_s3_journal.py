"""The journal of the S3 store: many objects, damaged ones, and how many requests it takes."""

import dataclasses

import pytest

from flagstaff.state.s3.settings import S3Settings
from flagstaff.state.s3.store import S3Store
from flagstaff.state.store import StateError
from flagstaff.testing.s3_proxy import Proxy, refusal, signed
from flagstaff.testing.state_samples import STATE, entries

pytestmark = pytest.mark.service("s3")


@pytest.fixture
def proxy(s3):
    with Proxy(s3) as made:
        yield made


@pytest.fixture
def settings(proxy):
    return S3Settings.of(proxy.settings())


@pytest.fixture
def store(settings):
    return S3Store(settings)


def name(settings, number):
    return f"{settings.key}.journal/{10**12 - 1 - number:012d}-{number:012d}.jsonl"


def small_pages(request, forward):
    return forward(signed(dataclasses.replace(request, name=request.name.replace("max-keys=1000", "max-keys=7"))))


def test_many_objects_are_listed_by_pages_and_only_those_behind_a_head_are_fetched(proxy, store):
    chain = entries(None, *map(str, range(100)))
    for entry in chain:
        store.append((entry,), entry.previous)
    proxy.plan("GET", "/flagstaff-test", small_pages, times=99)
    assert tuple(store.entries()) == chain
    # One look before the first append, then 15 pages; and each object once.
    assert (proxy.count("GET", "/flagstaff-test"), proxy.count("GET", ".jsonl")) == (16, 100)
    for behind in (0, 1, 5, 40):
        before = proxy.count("GET", ".jsonl")
        assert tuple(store.entries(chain[-1 - behind].hash)) == chain[len(chain) - behind :]
        assert proxy.count("GET", ".jsonl") - before <= behind + 17
    assert tuple(store.entries(chain[0].hash)) == chain[1:]
    assert next(store.entries()) == chain[0]


def test_an_append_behind_the_known_end_is_one_request(proxy, store):
    first = entries(None, "a")
    store.append(first, "")
    before = len(proxy.requests)
    store.append(entries(first[-1], "b"), first[-1].hash)
    assert [request.method for request in proxy.requests[before:]] == ["PUT"]


def test_the_end_that_was_seen_is_not_fetched_again(proxy, store):
    store.append(entries(None, "a"), "")
    before = len(proxy.requests)
    assert store.last() == entries(None, "a")[0]
    assert len(proxy.requests) - before == 1


def damaged(call, place, problem):
    with pytest.raises(StateError) as caught:
        call()
    assert caught.value.summary == "Journal is damaged"
    assert caught.value.detail.startswith(f"{place}: {problem}")
    assert caught.value.detail.endswith(
        "Nothing was changed. Restore the journal from a copy, or an older version of the object, before going on."
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it does not end with a whole line."),
        (b'{"sequence":2', "it does not end with a whole line."),
        (b"\xff\n", "last line: byte 0 of it is not UTF-8."),
        (b"[]\n", "last line: "),
    ],
)
def test_an_object_that_is_damaged(s3, settings, store, content, problem):
    first = entries(None, "a")
    store.append(first, "")
    s3.write(name(settings, 2), content)
    place = f"s3://{settings.bucket}/{name(settings, 2)}"
    damaged(store.last, place, problem)
    damaged(lambda: store.append(entries(first[-1], "b"), "x"), place, problem)
    damaged(lambda: list(store.entries()), place, problem.replace("last line", "an entry"))
    with pytest.raises(StateError):
        list(S3Store(settings).entries(first[-1].hash))


@pytest.mark.parametrize("strange", ["000000000000-000000000001.jsonl", "notes.txt", "!"])
def test_an_object_that_is_no_part_of_it(s3, settings, store, strange):
    s3.write(f"{settings.key}.journal/{strange}", b"x\n")
    place = f"s3://{settings.bucket}/{settings.key}.journal/{strange}"
    problem = "this is no part of a journal, and stands among its parts."
    damaged(store.last, place, problem)
    damaged(lambda: list(store.entries()), place, problem)


def test_an_object_that_is_gone_when_it_is_read(settings, store, proxy):
    store.append(entries(None, "a"), "")
    proxy.plan("GET", ".jsonl", refusal(404, "NoSuchKey"))
    place = f"s3://{settings.bucket}/{name(settings, 1)}"
    damaged(lambda: list(store.entries()), place, "it was there a moment ago, and is gone.")


@pytest.mark.parametrize("content", [b"\xff", b"[]"])
def test_a_state_that_is_damaged(s3, settings, store, content):
    s3.write(settings.key, content)
    with pytest.raises(StateError, match=f"s3://{settings.bucket}/{settings.key}: "):
        store.load()
    with pytest.raises(StateError):
        store.save(STATE, "")
    assert s3.read(settings.key) == content
