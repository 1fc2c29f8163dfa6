"""Whatever a server does, a monitor that asks it gets a reason, and never a number that nobody measured."""

from __future__ import annotations

import itertools
import json
import ssl
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from flagstaff.monitors import http
from flagstaff.monitors.answers import Answer, Failed, of_exception, shortened, understood
from flagstaff.monitors.datadog import open_datadog
from flagstaff.monitors.datadog_monitor import open_datadog_monitor
from flagstaff.monitors.http import Client, Question, Reach, Timing, connect
from flagstaff.monitors.http_json import open_http_json
from flagstaff.monitors.prometheus import open_prometheus
from flagstaff.monitors.protocols import Judged, Trouble, Valued, Window
from flagstaff.providers.endpoints import Credential, Endpoint
from flagstaff.providers.surroundings import Surroundings
from flagstaff.testing.flipper_double import Response
from flagstaff.testing.flipper_server import BROKEN, DROP_BEFORE, HALF, HTML, Fault, serving, too_many
from flagstaff.testing.metrics_double import Canned, monitor

END = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
WINDOW = Window(END - timedelta(hours=1), END)
SECRET = "a-secret-of-the-source"
DATADOG = {"api_key": SECRET, "app_key": SECRET}
POINTS = {"status": "ok", "series": [{"pointlist": [[END.timestamp() * 1000 - 1, 1]]}]}
COLUMNS = {"data": {"attributes": {"columns": [{"type": "number", "values": [1]}]}}}
VECTOR = {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "1"]}]}}
GOOD = {
    "datadog v1": (open_datadog, {**DATADOG, "api": "v1", "query": "q"}, POINTS),
    "datadog v2": (open_datadog, {**DATADOG, "query": "q"}, COLUMNS),
    "datadog_monitor": (open_datadog_monitor, {**DATADOG, "id": "7"}, monitor(7, "Errors")),
    "prometheus": (open_prometheus, {"query": "q", "token": SECRET}, VECTOR),
    "http_json": (open_http_json, {"value": "/n", "token": SECRET}, {"n": 1}),
}
every_source = pytest.mark.parametrize("kind", GOOD)


class Clock:
    """Sleeping is what makes time pass."""

    def __init__(self):
        self.time, self.slept = 0.0, []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds

    def timing(self):
        return Timing(self.sleep, lambda: self.time, lambda: END, lambda: 1.0)


def measured(kind, fault=None, clock=None, faults=None, document=None):
    opener, settings, good = GOOD[kind]
    answer = Response(200, json.dumps(good if document is None else document).encode())
    with serving(Canned(answer), faults or (lambda *_: fault)) as server:
        place = {"site": server.url.removeprefix("http://"), "url": server.url}
        reach = Reach(Surroundings(), 60.0, (clock or Clock()).timing())
        source = opener({**place, **settings}, reach)
        assert not isinstance(source, Trouble)
        found = source.measure(WINDOW)
    assert SECRET not in repr(found)
    return found, server.seen


@every_source
def test_a_good_answer_is_one(kind):
    found, seen = measured(kind)
    assert isinstance(found, Valued | Judged)
    if isinstance(found, Valued):
        assert found.measured == Decimal(1)
    assert seen.headers[0]["User-Agent"].startswith("flagstaff/")


def json_error(status, said="no such thing"):
    return Fault(Response(status, json.dumps({"status": "error", "error": said}).encode()))


FAULTS = [
    (HTML, "answered with a web page, perhaps a log-in.", 1),
    (HALF, "the connection broke before the answer was whole.", 3),
    (Fault(Response(200, b'{"data": [1')), "answered with something that is not JSON, or not all of it.", 3),
    (Fault(Response(200, b"")), "answered with something that is not JSON, or not all of it.", 3),
    (Fault(Response(200, b"\xff\xfe{}")), "answered with something that is not JSON, or not all of it.", 3),
    (Fault(Response(200, b'{"n": NaN}')), "answered with something that is not JSON, or not all of it.", 3),
    (Fault(Response(200, b"[" * 100_000)), "answered with JSON that is nested too deeply.", 1),
    (Fault(Response(200, b" " * (http.LARGEST + 1))), "answered with more than 5 MB. Make the query", 1),
    (Fault(Response(302, headers={"Location": "https://elsewhere.example/"})), "wants to send us elsewhere.", 1),
    (Fault(Response(204)), "answered with 204.", 1),
    (json_error(400), 'can\'t evaluate the query. It says: "no such thing". Correct the query.', 1),
    (json_error(422), "answered with 422: it can't evaluate the query.", 1),
    (json_error(401), "answered with 401: it does not let us read.", 1),
    (json_error(403, f"not {SECRET}"), 'It says: "not (secret)".', 1),
    (json_error(404), "answered with 404: there is nothing at this address.", 1),
    (json_error(418), "answered with 418.", 1),
    (too_many("1"), "too many requests. It asks to wait 1 s.", 3),
    (too_many("Tue, 27 Jan 2026 14:00:03 GMT"), "It asks to wait 3 s.", 3),
    (too_many("Tue, 27 Jan 2026 14:30:00 GMT"), "It asks to wait 1800 s.", 1),
    (too_many("soon"), "too many requests. Read fewer monitors", 3),
    (BROKEN, "answered with 500. Look at its own status page or log", 3),
    (json_error(503), "answered with 503.", 3),
    (DROP_BEFORE, "the connection broke before the answer was whole.", 3),
]  # fmt: skip


@every_source
@pytest.mark.parametrize(("fault", "reason", "tries"), FAULTS)
def test_faults_are_reasons_and_no_numbers(kind, fault, reason, tries):
    found, seen = measured(kind, fault)
    assert isinstance(found, Trouble)
    assert reason in found.reason
    assert found.query
    assert len(seen.requests) == tries


@every_source
def test_a_second_try_may_help(kind):
    tries = itertools.count()
    found, _ = measured(kind, faults=lambda *_: BROKEN if next(tries) == 0 else None)
    assert not isinstance(found, Trouble)


def test_a_limit_that_resets_soon_is_waited_for_and_a_later_one_not():
    clock = Clock()
    reset = Fault(
        Response(
            429, b'{"errors": ["Rate limit of 10 requests in 10 seconds reached"]}', headers={"X-RateLimit-Reset": "7"}
        )
    )
    found, seen = measured("datadog v2", reset, clock)
    assert clock.slept == [7.0, 7.0]
    assert isinstance(found, Trouble)
    assert 'It says: "Rate limit of 10 requests in 10 seconds reached". It asks to wait 7 s.' in found.reason
    later = Fault(Response(429, headers={"X-RateLimit-Reset": "3600"}))
    clock = Clock()
    found, seen = measured("datadog v2", later, clock)
    assert (clock.slept, len(seen.requests)) == ([], 1)


def test_nothing_is_asked_once_the_time_is_up():
    clock = Clock()
    clock.time = 60.0
    found, seen = measured("http_json", clock=clock)
    assert isinstance(found, Trouble)
    assert found.reason.startswith("There was no time left to ask The server at 127.0.0.1:")
    assert seen.requests == []


def test_a_server_that_does_not_answer_is_not_waited_for():
    found, seen = slow()
    assert isinstance(found, Trouble)
    assert "gave no whole answer within" in found.reason
    assert len(seen.requests) == 1


def slow():
    with serving(Canned(Response(200, b"{}")), lambda *_: Fault(delay=0.5)) as server:
        clock = Clock()
        client = connect("The server", Endpoint.parse(server.url), [], "", Reach(Surroundings(), 0.1, clock.timing()))
        assert isinstance(client, Client)
        return client.ask(Question("GET", "/")), server.seen


def test_a_server_that_trickles_is_cut_off():
    times = iter([0.0, 0.0, 30.0, *[30.0] * 20])
    timing = Timing(lambda _: None, lambda: next(times), lambda: END, lambda: 1.0)
    with serving(Canned(Response(200, b"{}"))) as server:
        client = connect("The server", Endpoint.parse(server.url), [], "", Reach(Surroundings(), 25.0, timing))
        assert isinstance(client, Client)
        found = client.ask(Question("GET", "/"))
    assert isinstance(found, Trouble)
    assert "gave no whole answer within 20 s." in found.reason


def test_nobody_listens():
    with serving(Canned(Response(200))) as server:
        url = server.url
    clock = Clock()
    client = connect("Prometheus", Endpoint.parse(url), [], "", Reach(Surroundings(), 60.0, clock.timing()))
    assert isinstance(client, Client)
    found = client.ask(Question("GET", "/"))
    assert isinstance(found, Trouble)
    assert found.reason.endswith("can't be reached. Is it up, is the address right, and the way open?")
    assert clock.slept == [0.5, 1.0]


def test_a_credential_goes_nowhere_without_leave():
    secret = Credential.token(SECRET)
    reach = Reach(Surroundings({"FLAGSTAFF_ALLOWED_HOSTS": "metrics.example.gov"}), 60.0)
    assert isinstance(connect("P", Endpoint.parse("https://metrics.example.gov"), [secret], "", reach), Client)
    found = connect("P", Endpoint.parse("https://other.example.gov"), [secret], "", reach)
    assert isinstance(found, Trouble)
    assert "would send its token to other.example.gov" in found.reason
    assert isinstance(connect("P", Endpoint.parse("https://other.example.gov"), [], "", reach), Client)
    plain = connect("P", Endpoint.parse("http://metrics.example.gov"), [secret], "", reach)
    assert isinstance(plain, Trouble)
    assert "is not encrypted" in plain.reason
    broken = connect("P", Endpoint.parse("https://metrics.example.gov"), [Credential.token("a\nb")], "", reach)
    assert isinstance(broken, Trouble)
    assert "holds a character that no header can carry" in broken.reason


def test_a_proxy_of_the_environment_is_used_and_a_wrong_one_is_said():
    surroundings = Surroundings({"HTTPS_PROXY": "not a proxy"})
    client = connect(
        "P", Endpoint.parse("https://metrics.example.gov"), [], "", Reach(surroundings, 60.0, Clock().timing())
    )
    assert isinstance(client, Client)
    found = client.ask(Question("GET", "/"))
    assert isinstance(found, Trouble)
    assert "Correct HTTPS_PROXY" in found.reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (httpx.ProxyError("no"), "the proxy of the environment refused"),
        (httpx.ConnectError("CERTIFICATE_VERIFY_FAILED"), "its certificate is not trusted here"),
        (ssl.SSLError("broken"), "can't be reached."),
        (httpx.UnsupportedProtocol("x"), "can't be asked like this"),
        (httpx.PoolTimeout("x"), "gave no whole answer within 5 s."),
        (httpx.DecodingError("x"), "the connection broke"),
    ],
)
def test_errors_in_words(error, reason):
    assert reason in of_exception(error, "P", 5.0).reason


def test_what_a_server_says_is_shortened():
    long = json.dumps({"errors": ["x\n" * 500]}).encode()
    found = understood(Answer(400, {}, long), "P", "", lambda: END)
    assert isinstance(found, Failed)
    assert len(found.reason) < 400
    assert "\n" not in found.reason
    assert shortened("a  b\n c") == "a b c"
    assert isinstance(understood(Answer(400, {}, b"[" * 10_000), "P", "", lambda: END), Failed)
    assert isinstance(understood(Answer(400, {}, b'{"errors": [1]}'), "P", "", lambda: END), Failed)
