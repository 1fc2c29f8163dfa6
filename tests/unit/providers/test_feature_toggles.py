"""The smoke test over GET /v0/feature_toggles: what can be said, what can't, and an endpoint in trouble."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Severity
from flagstaff.model.configuration import ProviderSettings, Verify
from flagstaff.model.exposure import ALL_ACTORS, OFF, ON, Exposure
from flagstaff.providers.endpoints import Endpoint
from flagstaff.providers.flipper import feature_toggles
from flagstaff.providers.flipper.feature_toggles import camel_case, compare
from flagstaff.providers.kinds import Expected
from flagstaff.providers.registry import check_settings, smoke_test
from flagstaff.providers.surroundings import Surroundings


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("va_online_scheduling", "vaOnlineScheduling"),
        ("va_online_scheduling_OH_request", "vaOnlineSchedulingOhRequest"),
        ("feature_01_name", "feature01Name"),
        ("Show526Wizard", "show526Wizard"),
        ("alone", "alone"),
        ("", ""),
    ],
)
def test_the_other_spelling(key, name):
    assert camel_case(key) == name


def toggle(key, exposure):
    return Expected(Address("toggle", key.split("_")[0]), key, exposure)


def lines(expected, answer):
    """The differences, without the head and the end."""
    return [(item.summary, item.detail.split("\n")[1:-1]) for item in compare(expected, answer, "url")]


DIFFERS, MISSES = "Smoke test found differences", "Smoke test misses toggles"


@pytest.mark.parametrize(
    ("exposure", "value"), [(ON, True), (OFF, False), (Exposure(5000), False), (ALL_ACTORS, False)]
)
def test_as_applied(exposure, value):
    assert lines([toggle("a_b", exposure)], {"a_b": value, "aB": value}) == []


@pytest.mark.parametrize(
    ("exposure", "value", "text"),
    [
        (ON, False, "toggle.a: a_b is false, aB is false; applied on, so it must be true."),
        (OFF, True, "toggle.a: a_b is true, aB is true; applied 0 %, so it must be false."),
        (
            Exposure(5000),
            True,
            (
                "toggle.a: a_b is true, aB is true; applied 5 %, so it must be false, as a percentage holds for "
                "logged-in users only."
            ),
        ),
    ],
)
def test_a_difference_names_both_spellings(exposure, value, text):
    assert lines([toggle("a_b", exposure)], {"a_b": value, "aB": value}) == [(DIFFERS, [text])]


def test_one_spelling_alone_may_differ():
    assert lines([toggle("a_b", ON)], {"a_b": True, "aB": False}) == [
        (DIFFERS, ["toggle.a: a_b is true, aB is false; applied on, so it must be true."])
    ]
    assert lines([toggle("a_b", ON)], {"a_b": True}) == []


def test_a_spelling_that_two_keys_share_says_nothing():
    answer = {"x_OH_y": True, "x_oh_y": False, "xOhY": False}
    assert lines([toggle("x_OH_y", ON), toggle("x_oh_y", OFF)], answer) == []


def test_capitals_count():
    assert lines([toggle("x_oh_y", ON)], {"x_OH_y": True, "xOhY": True}) == [
        (MISSES, ["toggle.x (x_oh_y). It has xOhY, x_OH_y: capitals count."])
    ]
    assert lines([toggle("z", ON)], {}) == [(MISSES, ["toggle.z (z)."])]


def test_many_differences_are_few_lines():
    expected = [toggle(f"t{number:02}_x", ON) for number in range(25)]
    ((_, found),) = lines(expected, {item.key: False for item in expected})
    assert len(found) == 11
    assert found[-1] == "and 15 more"


# --- the endpoint -----------------------------------------------------------------------------------


@pytest.fixture
def server():
    """`server.answer` is (status, body); what was asked is in `server.asked`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append((self.path, dict(self.headers)))
            status, body = self.server.answer
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Set-Cookie", "session=1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    made = HTTPServer(("127.0.0.1", 0), Handler)
    made.asked, made.url = [], f"http://127.0.0.1:{made.server_port}/v0/feature_toggles"
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def listed(**values):
    features = [{"name": name, "value": value} for name, value in values.items()]
    return json.dumps({"data": {"type": "feature_toggles", "features": features}}).encode()


def settings(url, source="feature_toggles"):
    return ProviderSettings(
        "flipper", "embedded", {"path": "live.json"}, {"token": "canary"}, verify=Verify(source, url)
    )


def smoke(server, *expected, **environment):
    return smoke_test(settings(server.url), expected, Surroundings(environment))


def test_it_asks_once_for_the_whole_list_and_sends_no_credential(server):
    server.answer = 200, listed(a_b=True, aB=True)
    assert smoke(server, toggle("a_b", ON), toggle("a_b", ON)) == ()
    ((path, headers),) = server.asked
    assert path == "/v0/feature_toggles"
    assert {"authorization", "cookie"}.isdisjoint(name.lower() for name in headers)
    assert "canary" not in str(headers)


def test_a_difference_is_a_warning(server):
    server.answer = 200, listed(a_b=False)
    (item,) = smoke(server, toggle("a_b", ON))
    assert (item.severity, item.summary) == (Severity.WARNING, DIFFERS)
    assert item.detail.startswith(f"{server.url}, for a visitor who isn't logged in:\n")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, b"oh"), "it answered with status 500"),
        ((302, b""), "it answered with status 302"),
        ((200, b"<html>"), "its answer is not a list of toggles"),
        ((200, b"[]"), "its answer is not a list of toggles"),
        ((200, b'{"data": {"features": [{"name": 1, "value": true}]}}'), "its answer is not a list of toggles"),
        ((200, b'{"data": {"features": [{"name": "a", "value": "true"}]}}'), "its answer is not a list of toggles"),
        ((200, b'{"data": {"features": [{"name": ["a"], "value": true}]}}'), "its answer is not a list of toggles"),
        ((200, b"[" * 100_000), "its answer is not a list of toggles"),
    ],
)
def test_trouble_is_a_warning(server, answer, why):
    server.answer = answer
    (item,) = smoke(server, toggle("a_b", ON))
    assert (item.severity, item.summary) == (Severity.WARNING, "Smoke test was not possible")
    assert item.detail.startswith(f"{server.url}: {why}.")
    assert len(server.asked) == 1


def test_an_endless_answer_is_cut(server, monkeypatch):
    monkeypatch.setattr(feature_toggles, "_LARGEST", 1000)
    server.answer = 200, b" " * 5000
    (item,) = smoke(server, toggle("a_b", ON))
    assert "its answer is too large" in item.detail


def test_nobody_answers(server):
    url = server.url
    server.shutdown()
    server.server_close()
    (item,) = smoke_test(settings(url), [toggle("a_b", ON)], Surroundings())
    assert "ConnectError" in item.detail


def test_an_environment_with_odd_settings_fails_nothing():
    around = Surroundings({"https_proxy": "nonsense://me:canary@["})
    (item,) = feature_toggles.verify(Endpoint.parse("https://toggles.example.gov/x"), [toggle("a_b", ON)], around)
    assert item.summary == "Smoke test was not possible"
    assert "the connection can't be set up (ValueError)" in item.detail
    assert "canary" not in item.detail


def test_without_a_verify_block_nothing_is_asked():
    assert smoke_test(ProviderSettings("flipper", "embedded"), [toggle("a", ON)]) == ()


@pytest.mark.parametrize(
    ("url", "source", "detail"),
    [
        ("ftp://x/y", "feature_toggles", 'The argument "url" must be an address such as'),
        ("https://a:b@x/y", "feature_toggles", 'The argument "url" must not hold a name or a password'),
        ("https://x/y?features=a", "feature_toggles", 'The argument "url" must be an address such as'),
        (
            "https://x/y",
            "feature_toggle",
            (
                'A verify block of "flipper" takes the source "feature_toggles", not "feature_toggle". '
                'Did you mean "feature_toggles"?'
            ),
        ),
    ],
)
def test_mistakes_in_the_block(url, source, detail):
    checked = ProviderSettings("flipper", "embedded", {"path": "live.json"}, verify=Verify(source, url))
    (item,) = check_settings(checked)
    assert item.severity is Severity.ERROR
    assert item.detail.startswith(detail)
