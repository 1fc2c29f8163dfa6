"""Troubles on the way to a Flipper server: each says what to do, and whether a write may have been done."""

from __future__ import annotations

import contextlib
import json
import socket
from datetime import UTC, datetime

import httpx
import pytest

from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Step
from flagstaff.providers.endpoints import Endpoint
from flagstaff.providers.flipper import session as module
from flagstaff.providers.flipper.api import FlipperApi
from flagstaff.providers.flipper.session import Call, Retry, Session, Timing
from flagstaff.providers.flipper.troubles import of_exception
from flagstaff.providers.flipper.wire import WireError, complaint, decode_feature, decode_list, path
from flagstaff.providers.protocols import StoreError
from flagstaff.providers.retries import retry_after, told_to
from flagstaff.testing.flipper_double import FlipperDouble
from flagstaff.testing.flipper_server import Fault, no_faults, serving, transport

NOW = datetime(2026, 1, 27, 14, tzinfo=UTC)
WRITE = Step("a", "percentage_of_actors", "5", Exposure.parse("5"))
POST = "POST http://127.0.0.1:3000/features/a/percentage_of_actors"
GET = "GET http://127.0.0.1:3000/features?exclude_gate_names=true"
ONCE = Retry(tries=1)


def store(made, url="http://127.0.0.1:3000", timing=Timing(sleep=lambda _: None)):  # noqa: B008
    return FlipperApi(Session(Endpoint.parse(url), None, lambda: made, timing, ONCE))


def answering(method, response):
    """The double, but for one kind of request."""
    double = FlipperDouble()
    double.put("a", {})
    inner = transport(double)

    def handle(request):
        return response(request) if request.method == method else inner.handle_request(request)

    return httpx.MockTransport(handle)


def trouble(method, response):
    made = store(answering(method, response))
    with pytest.raises(StoreError) as caught:
        made.read() if method == "GET" else made.write(WRITE, {})
    return caught.value


def error(code, message):
    return {"code": code, "message": message, "more_info": "https://flippercloud.io/docs/api#error-code-reference"}


@pytest.mark.parametrize(
    ("status", "body", "summary", "says", "unknown"),
    [
        (401, b"", "Credential not accepted", "Check the token, or user and password", False),
        (401, {"error": "unauthorized"}, "Credential not accepted", "was answered with 401.", False),
        (403, error("error", "Token does not have API write access."), "Not permitted", "token can only read", False),
        (403, b"nope", "Not permitted", "The credential is known, and may not do this", False),
        (404, {}, "Flipper not found", "is not where Flipper's API is mounted", False),
        (404, b"Not Found: /features", "Flipper not found", "it ends before /features", False),
        (404, error(2, "Group not registered."), "Request refused", "The server has not registered that group.", False),
        (405, b"", "Method not allowed", "lets no writes through", False),
        (413, b"", "Request too large", "raise its limit", False),
        (
            422, error(3, "Percentage must be a positive number."), "Request refused",
            '422 (code 3) and changed nothing. The server takes no such percentage. The server says: "Percentage must',
            False,
        ),
        (422, b"what", "Request refused", "was answered with 422 and changed nothing.", False),
        (422, error([], "odd"), "Request refused", "answered with 422 (code []) and changed nothing.", False),
        (418, b"", "Server error", "was answered with 418. The server refused", False),
        (429, b"", "Too many requests", "use a smaller -parallelism", False),
        (500, b"An unhandled lowlevel error", "Server error", "The server failed: look into its log.", True),
        (502, b"<html>", "Server error", "was answered with 502.", True),
        (304, b"", "Server redirects", "was sent on (304)", False),
        (301, b"", "Server redirects", "Flagstaff follows no redirect", False),
    ],
)  # fmt: skip
def test_statuses(status, body, summary, says, unknown):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    caught = trouble("POST", lambda _: httpx.Response(status, content=content))
    assert (caught.summary, caught.unknown) == (summary, unknown)
    assert caught.detail.startswith(POST)
    assert says in caught.detail
    read = trouble("GET", lambda _: httpx.Response(status, content=content))
    assert read.detail.startswith(GET)
    assert not read.unknown


def test_an_unknown_toggle_that_is_read():
    caught = trouble("GET", lambda _: httpx.Response(404, json=error(1, "Feature not found.")))
    assert caught.detail == f'{GET}: There is no such toggle on the server. The server says: "Feature not found.".'


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "body", "summary", "says"),
    [
        ({"Content-Type": "text/html"}, b"hello", "Answer is a web page", "That is a web page, perhaps a log-in"),
        ({}, b" <!DOCTYPE html>", "Answer is a web page", "was answered with HTML"),
        ({}, b"{}", "Answer not understood", 'answered with "no content type" where application/json is due'),
        ({"Content-Type": "text/json"}, b"{}", "Answer not understood", 'with "text/json" where'),
        (JSON, b'{"key":"a","ga', "Answer not understood", "JSON that is damaged or cut off, after 14 bytes"),
        (JSON, b"[]", "Answer not understood", "JSON that is no object"),
        (JSON, b'{"key":"\xff"}', "Answer not understood", "bytes that are not UTF-8"),
        (JSON, b"[" * 100_000, "Answer not understood", "JSON that is nested too deeply"),
        (JSON, b'{"a":' + b"9" * 5_000 + b"}", "Answer not understood", "a number that is too long"),
        (JSON, b'{"key":"b","gates":[]}', "Answer not understood", 'the toggle "b" without its boolean or percentage'),
        (JSON, b'{"key":"a","state":"on"}', "Answer not understood", "a toggle without a key, or without its gates"),
        (JSON, b'{"key":"a","gates":[5]}', "Answer not understood", 'a gate of "a" without a key or a value'),
        (JSON, b'{"key":"a","gates":[{"key":"groups","value":[5]}]}', "Answer not understood", 'groups of "a" that'),
        ({**JSON, "Content-Encoding": "gzip"}, b"no gzip", "Answer not understood", "not compressed as it says"),
    ],
)  # fmt: skip
def test_answers_with_a_good_status_that_are_none(headers, body, summary, says):
    caught = trouble("POST", lambda _: httpx.Response(200, headers=headers, content=iter([body])))
    assert caught.summary == summary
    assert says in caught.detail
    assert caught.unknown


def test_media_types_may_have_parameters():
    made = answering(
        "GET",
        lambda _: httpx.Response(
            200, headers={"Content-Type": "Application/JSON; charset=utf-8"}, content=b'{"features":[]}'
        ),
    )
    assert store(made).read().toggles == {}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{}", 'JSON without a list of "features"'),
        (b'{"features":{}}', 'JSON without a list of "features"'),
        (b'{"features":[5]}', "a toggle without a key, or without its gates"),
        (b'{"features":[{"key":"a","state":"off"}]}', "a toggle without a key, or without its gates"),
    ],
)
def test_lists_that_are_none(body, problem):
    with pytest.raises(WireError) as caught:
        decode_list(body)
    assert str(caught.value) == problem


def test_a_toggle_that_is_listed_twice():
    one = {"key": "a", "gates": [{"key": "boolean", "value": None}, {"key": "percentage_of_actors", "value": 5}]}
    assert decode_list(json.dumps({"features": [one]}).encode()) == {"a": {"boolean": None, "percentage_of_actors": 5}}
    with pytest.raises(WireError, match="a list in which a toggle occurs twice"):
        decode_list(json.dumps({"features": [one, one]}).encode())
    with pytest.raises(WireError, match='the toggle "a", not "b"'):
        decode_feature(json.dumps(one).encode(), "b")


@pytest.mark.parametrize("body", [b"", b"[", b"5", b"{}", b'{"message":5}', b"[" * 100_000, b"\xff"])
def test_errors_that_are_not_flippers(body):
    assert complaint(body) == (None, "")


def test_paths_are_one_segment():
    assert path("a/b c%+?#", "boolean") == "/features/a%2Fb%20c%25%2B%3F%23/boolean"
    assert path("größe") == "/features/gr%C3%B6%C3%9Fe"


@pytest.mark.parametrize(
    ("raised", "summary", "undone"),
    [
        (httpx.ConnectTimeout("timed out"), "Server out of reach", True),
        (httpx.PoolTimeout("timed out"), "Server out of reach", True),
        (httpx.ReadTimeout("timed out"), "Server too slow", False),
        (httpx.WriteTimeout("timed out"), "Server too slow", False),
        (httpx.ProxyError("407 Proxy Authentication Required"), "Proxy failed", True),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "Host not found", True),
        (httpx.ConnectError("[Errno 8] nodename nor servname provided, or not known"), "Host not found", True),
        (httpx.ConnectError("[Errno 111] Connection refused"), "Server out of reach", True),
        (httpx.ConnectError("[Errno 113] No route to host"), "Server out of reach", True),
        (
            httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
            "No secure connection",
            True,
        ),
        (httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number"), "No secure connection", True),
        (httpx.LocalProtocolError("Illegal header value b'secret'"), "Request can't be sent", True),
        (httpx.UnsupportedProtocol("gopher"), "Request can't be sent", True),
        (httpx.InvalidURL("secret"), "Request can't be sent", True),
        (httpx.RemoteProtocolError("Server disconnected"), "Connection lost", False),
        (httpx.ReadError("reset"), "Connection lost", False),
        (httpx.WriteError("broken pipe"), "Connection lost", False),
    ],
)
def test_requests_without_an_answer(raised, summary, undone):
    found = of_exception(raised, POST, 10.0)
    assert (found.summary, found.undone) == (summary, undone)
    assert found.detail.startswith(POST)
    assert "secret" not in found.detail

    def fail(_):
        raise raised

    assert trouble("POST", fail).unknown == (not undone)


def test_the_reason_of_a_failed_connection():
    refused = of_exception(httpx.ConnectError("[Errno 111] Connection refused"), POST, 10.0)
    assert "the connection was refused. Is the server up" in refused.detail
    untrusted = of_exception(httpx.ConnectError("[SSL] certificate verify failed: self-signed"), POST, 10.0)
    assert "its certificate is not trusted. Name the certificate authority in ca_bundle" in untrusted.detail


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None), ("0", 0.0), ("120", 120.0), ("9" * 50, 999_999_999.0), ("soon", None), ("-5", None), ("٣", None),
        ("Tue, 27 Jan 2026 14:01:30 GMT", 90.0), ("Tue, 27 Jan 2026 13:00:00 GMT", 0.0), ("", None),
    ],
)  # fmt: skip
def test_retry_after(value, seconds):
    assert retry_after(value, lambda: NOW) == seconds


def test_waits_double_up_to_the_longest_and_half_of_them_is_chance():
    passing = of_exception(httpx.ReadError("reset"), POST, 10.0)
    retry = Retry(tries=8)
    assert [retry.wait(attempt, passing, 1.0) for attempt in range(1, 9)] == [0.5, 1, 2, 4, 8, 8, 8, None]
    assert retry.wait(2, passing, 0.0) == 0.5
    assert retry.wait(1, of_exception(httpx.InvalidURL(""), POST, 10.0), 1.0) is None


def test_hundreds_of_writes_do_not_wait_for_a_dead_server_one_by_one():
    """Half a minute of patience for all together; then each tries once, until there is a connection again."""
    time, tried, up = 0.0, [], False

    def handle(request):
        tried.append(request.method)
        if not up:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={"features": []})

    def sleep(seconds):
        nonlocal time
        time += seconds

    timing = Timing(sleep=sleep, monotonic=lambda: time, chance=lambda: 1.0)
    endpoint = Endpoint.parse("http://127.0.0.1:3000")
    session = Session(endpoint, None, lambda: httpx.MockTransport(handle), timing, Retry(tries=4))

    def tries(method):
        tried.clear()
        with contextlib.suppress(StoreError):
            session.send(Call(method, "/features"), bytes)
        return len(tried)

    assert [tries("POST") for _ in range(12)] == [4] * 9 + [1] * 3
    assert time == 31.5
    assert tries("GET") == 4
    up = True
    assert tries("POST") == 1
    up = False
    assert tries("POST") == 4


def test_a_server_that_trickles_is_cut_off():
    """Each piece comes in time, the whole doesn't."""
    clock = iter(range(0, 1_000, 20))
    pieces = iter([b"{", *[b" "] * 40])
    made = answering("GET", lambda _: httpx.Response(200, headers=JSON, content=pieces))
    with pytest.raises(StoreError, match="no whole answer within 60 s") as caught:
        store(made, timing=Timing(monotonic=lambda: next(clock))).read()
    assert caught.value.summary == "Server too slow"
    assert len(list(pieces)) > 30


def test_an_answer_without_end_is_cut_off(monkeypatch):
    monkeypatch.setattr(module, "_LARGEST", 2 * 1024 * 1024)
    made = answering("GET", lambda _: httpx.Response(200, headers=JSON, content=iter([b" " * 1024 * 1024] * 99)))
    with pytest.raises(StoreError, match="the server answered more than 2 MB"):
        store(made).read()


def test_lists_have_a_minute_and_writes_ten_seconds():
    limits = []
    double = FlipperDouble()
    double.put("a", {})
    inner = transport(double)

    def handle(request):
        limits.append((request.method, request.extensions["timeout"]["read"]))
        return inner.handle_request(request)

    store(httpx.MockTransport(handle)).write(WRITE, {})
    assert limits == [("GET", 60.0), ("POST", 10.0)]


# Real sockets.


def over_sockets(url):
    session = Session(
        Endpoint.parse(url), None, lambda: httpx.HTTPTransport(trust_env=False), Timing(sleep=lambda _: None), ONCE
    )
    return FlipperApi(session)


@pytest.mark.parametrize(
    ("fault", "summary"),
    [
        (Fault(drop=True), "Connection lost"),
        (Fault(half=True), "Connection lost"),
        (Fault(drop=True, undone=True), "Connection lost"),
    ],
)
def test_broken_connections(fault, summary):
    double = FlipperDouble()
    double.put("a", {})
    with serving(double, lambda method, _: fault if method == "POST" else None) as server:
        made = over_sockets(server.url)
        with pytest.raises(StoreError) as caught:
            made.write(WRITE, {})
        made.close()
    assert (caught.value.summary, caught.value.unknown) == (summary, True)
    assert double.features["a"]["percentage_of_actors"] == ("5" if fault.done else None)


def test_nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = over_sockets(f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(StoreError, match="the connection was refused"):
            made.read()


def test_a_server_without_tls():
    with serving(FlipperDouble()) as server:
        made = over_sockets(server.url.replace("http:", "https:"))
        with pytest.raises(StoreError) as caught:
            made.read()
        made.close()
    assert caught.value.summary == "No secure connection"


def test_connections_are_used_again():
    double = FlipperDouble()
    for number in range(20):
        double.put(f"t{number}", {})
    with serving(double, no_faults) as server:
        made = over_sockets(server.url)
        for key, raw in made.read().toggles.items():
            made.write(Step(key, "percentage_of_actors", "5", OFF), raw)
        pool = made._session._transport._pool
        assert len(pool.connections) == 1
        made.close()
    assert server.seen.count("POST") == 20


def test_a_wait_before_the_next_try_is_told():
    said = []
    answers = iter(
        [httpx.Response(503), httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200, json={})]
    )
    session = Session(
        Endpoint.parse("http://127.0.0.1:3000"),
        None,
        lambda: httpx.MockTransport(lambda _: next(answers)),
        Timing(sleep=lambda _: None, chance=lambda: 1.0),
    )
    with told_to(said.append):
        assert session.send(Call("GET", "/features"), json.loads) == {}
    assert [(one.seconds, one.attempt) for one in said] == [(0.5, 1), (7.0, 2)]
    assert "503" in said[0].why
    assert "429" in said[1].why
