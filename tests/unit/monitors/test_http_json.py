"""Any JSON over HTTP, at JSON pointers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flagstaff.monitors.http import Reach, Timing
from flagstaff.monitors.http_json import open_http_json, resolved
from flagstaff.monitors.protocols import Counted, Trouble, Valued, Window
from flagstaff.providers.surroundings import Surroundings
from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import serving
from flagstaff.testing.metrics_double import Canned

END = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
WINDOW = Window(END - timedelta(hours=1), END)
DOCUMENT = {"a": {"errors": 3, "requests": 1000, "rate": 0.003, "none": None, "text": "3", "yes": True}, "l": [5, [6]]}


def measured(settings, path="", document=DOCUMENT):
    with serving(Canned(Response(200, json.dumps(document).encode()))) as server:
        source = open_http_json({"url": f"{server.url}{path}", **settings}, Reach(Surroundings(), float("inf")))
        assert not isinstance(source, Trouble)
        return source.measure(WINDOW), server.seen


def test_a_value_and_a_ratio_of_one_answer():
    assert measured({"value": "/a/rate"})[0] == Valued(Decimal("0.003"), "/a/rate")
    found, seen = measured({"numerator": "/a/errors", "denominator": "/a/requests"}, "/stats")
    assert found == Counted(Decimal(3), Decimal(1000), "/a/errors / /a/requests")
    assert seen.requests == [("GET", "/stats")]


def test_the_window_and_the_rest_of_the_address():
    _, seen = measured({"value": "/a/rate"}, "/stats?since=$window&app=va%20gov")
    assert seen.requests == [("GET", "/stats?since=3600&app=va%20gov")]


def test_headers_and_a_token():
    _, seen = measured({"value": "/a/rate", "headers": {"X-Key": "k"}, "token": "t"})
    assert (seen.headers[0]["X-Key"], seen.headers[0]["Authorization"]) == ("k", "Bearer t")


@pytest.mark.parametrize(
    ("pointer", "reason"),
    [
        ("/a/none", 'There is null at "/a/none", so there is no data.'),
        ("/a/text", 'What is at "/a/text" is no number. Correct the pointer.'),
        ("/a/yes", 'What is at "/a/yes" is no number. Correct the pointer.'),
        ("/a", 'What is at "/a" is no number. Correct the pointer.'),
        ("/b", 'The answer has nothing at "/b". Correct the pointer, or look at what answers there.'),
        ("/l/2", 'The answer has nothing at "/l/2".'),
        ("/l/00", 'The answer has nothing at "/l/00".'),
        ("/l/-1", 'The answer has nothing at "/l/-1".'),
        ("a", '"a" is no JSON pointer; one begins with a slash: /data/errors.'),
    ],
)
def test_what_is_no_number(pointer, reason):
    found, _ = measured({"value": pointer})
    assert isinstance(found, Trouble)
    assert found.reason.startswith(reason)
    assert found.query == pointer


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/m~0n", 8), ("/ ", 7), ("/foo/1", "baz"), ("/~01", 9)],
)
def test_pointers_as_in_the_standard(pointer, value):
    document = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, " ": 7, "~1": 9}
    assert resolved(document, pointer) == value


@pytest.mark.parametrize("url", ["ftp://x/", "https://h/x#y", "https://h/?a b", "https://h/?a#b"])
def test_an_address_that_is_none(url):
    found = open_http_json({"url": url, "value": "/a"}, Reach(Surroundings(), 1.0))
    assert isinstance(found, Trouble)
    assert found.reason.startswith('The argument "url" ')


def test_headers_are_bound_to_hosts():
    settings = {"url": "https://h.example.gov/", "value": "/a", "headers": {"X-Key": "k"}}
    found = open_http_json(settings, Reach(Surroundings(), 1.0))
    assert isinstance(found, Trouble)
    assert "would send its header to h.example.gov" in found.reason


def test_a_number_beyond_all_numbers():
    with serving(Canned(Response(200, b'{"a": 1e9999999999999999999999}'))) as server:
        reach = Reach(Surroundings(), float("inf"), Timing(sleep=lambda _: None))
        source = open_http_json({"url": server.url, "value": "/a"}, reach)
        assert not isinstance(source, Trouble)
        found = source.measure(WINDOW)
    assert isinstance(found, Trouble)
    assert "answered with something that is not JSON" in found.reason
