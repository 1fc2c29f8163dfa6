"""The smoke test after an apply."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


@pytest.fixture
def endpoint():
    """An application that says of every toggle what `values` says; None: it is in trouble."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked += 1
            self.send_response(503 if self.server.values is None else 200)
            self.end_headers()
            features = [{"name": name, "value": value} for name, value in (self.server.values or {}).items()]
            self.wfile.write(json.dumps({"data": {"features": features}}).encode())

        def log_message(self, *_):
            pass

    made = HTTPServer(("127.0.0.1", 0), Handler)
    made.values, made.asked = {}, 0
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def verified(project, endpoint):
    block = (
        f'verify {{\n    source = "feature_toggles"\n    url    = "http://127.0.0.1:{endpoint.server_port}/v0"\n  }}'
    )
    project.edit('path   = "live.json"', f'path   = "live.json"\n  {block}')
    return project


def test_it_says_that_all_is_as_applied(verified, endpoint):
    endpoint.values = {"parent_enabled": False, "parentEnabled": False}
    ran = verified.apply()
    assert "Smoke test: 1 toggle as applied, for a visitor who isn't logged in." in ran.err
    assert endpoint.asked == 1


def test_differences_are_warnings_and_fail_nothing(verified, endpoint):
    endpoint.values = {"parent_enabled": True, "parentEnabled": True}
    ran = verified.apply()
    assert "Warning: Smoke test found differences" in ran.err
    assert "toggle.parent: parent_enabled is true, parentEnabled is true" in " ".join(ran.err.split())


def test_trouble_fails_nothing(verified, endpoint):
    endpoint.values = None
    ran = verified.apply()
    assert "Warning: Smoke test was not possible" in ran.err
    assert verified.percentage("parent_enabled") == "5"


def test_a_saved_plan_knows_where_to_look(verified, endpoint):
    verified.run("plan", "-out=p.plan")
    (verified.path / "main.hcl").unlink()
    endpoint.values = {"parent_enabled": True}
    assert "Smoke test found differences" in verified.apply("p.plan").err


def test_in_a_stream(verified, endpoint):
    endpoint.values = {"parent_enabled": False}
    messages = verified.apply("-json").messages()
    assert any(item["@message"].startswith("Smoke test: 1 toggle as applied") for item in messages)
    endpoint.values = {}
    verified.turn("parent_enabled", 0)
    verified.run("import", "toggle.parent", "parent_enabled")
    messages = verified.apply("-json").messages()
    assert [item["diagnostic"]["summary"] for item in messages if item["type"] == "diagnostic"] == [
        "Smoke test misses toggles"
    ]


def test_nothing_is_asked_where_nothing_was_written(verified, endpoint):
    verified.turn("parent_enabled", 5)
    verified.apply()
    assert endpoint.asked == 0


def test_readers_get_time(verified, endpoint, monkeypatch):
    slept = []
    monkeypatch.setattr("flagstaff.apply.clock.SystemClock.sleep", lambda _, seconds, __: slept.append(seconds))
    verified.edit('source = "embedded"', 'source      = "embedded"\n  propagation = "2m"')
    endpoint.values = {"parent_enabled": False}
    ran = verified.apply()
    assert "Smoke test in 2 min, once readers have the new values. Ctrl-C leaves it out." in ran.err
    assert slept == [120.0]
    assert endpoint.asked == 1


def test_a_percentage_of_cookies_may_be_true_for_a_visitor(verified, endpoint):
    verified.edit('source = "embedded"', 'source    = "embedded"\n  catalogue = "features.yml"')
    verified.write("features.yml", "features:\n  parent_enabled:\n    actor_type: cookie_id\n  child_enabled:\n")
    endpoint.values = {"parent_enabled": True}
    verified.apply()
    assert endpoint.asked == 0


def test_ctrl_c_leaves_it_out(verified, endpoint):
    verified.edit('source = "embedded"', 'source      = "embedded"\n  propagation = "10m"')
    with verified.terminal("apply", "-auto-approve") as terminal:
        terminal.wait_for("Ctrl-C leaves it out")
        terminal.process.send_signal(2)
        terminal.wait_for("The smoke test was left out")
        assert terminal.end() == 0
    assert endpoint.asked == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("feature_toggles", "feature_toggle", "Error: Unknown source"),
        ("http://", "gopher://", "Error: Incorrect attribute value"),
        ("    source = ", "    sorce = ", "Error: Unknown attribute"),
    ],
)
def test_mistakes_are_found_by_validate(verified, old, new, said):
    verified.edit(old, new)
    ran = verified.run("validate")
    assert ran.code == 1
    assert said in ran.out
