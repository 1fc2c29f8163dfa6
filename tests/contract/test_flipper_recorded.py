"""The Flipper double is held to what real servers answered: every recorded call, in order, on each of them."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from flagstaff.providers.flipper.wire import complaint, decode_feature, decode_list
from flagstaff.testing.flipper_double import FlipperDouble, basic_auth, token_auth
from flagstaff.testing.flipper_releases import HEAD, V0_25_4, V0_28_3, V1_3_6, V1_4_2

RECORDED = Path(__file__).parents[1] / "data" / "flipper-api.jsonl.gz"
# The recording keeps that many characters of a body.
CUT = 4000

MEMORY = replace(HEAD, sorts=False, checks_imports=False, clear_creates=True)
# Each recorded server, and the double that stands for it. Some recordings begin with toggles there.
DOUBLES = {
    "flipper-1.4.2+80(1f86de3e) puma sqlite": lambda: FlipperDouble(release=HEAD),
    "flipper-1.4.2+80(1f86de3e) puma pg": lambda: FlipperDouble(release=HEAD),
    "flipper-1.4.2+80(1f86de3e) puma pstore": lambda: FlipperDouble(release=replace(HEAD, sorts=False)),
    "flipper-1.4.2+80(1f86de3e) puma memory": lambda: FlipperDouble(release=MEMORY),
    "flipper-1.4.2 puma sqlite": lambda: FlipperDouble(release=V1_4_2),
    "flipper-1.3.6 puma sqlite": lambda: FlipperDouble(release=V1_3_6),
    "flipper-0.28.3 puma sqlite": lambda: FlipperDouble(release=V0_28_3),
    "flipper-0.25.4 puma sqlite": lambda: FlipperDouble(release=V0_25_4),
    "flipper-HEAD puma": lambda: with_toggles("a%2Fb", "100%", "a+b", "q?x"),
    "flipper-HEAD webrick (decodes PATH_INFO itself)": FlipperDouble,
    "flipper-HEAD mounted under /flipper/api": lambda: with_toggles("a", percentage="5", mount="/flipper/api"),
    "flipper-HEAD +Rack::Auth::Basic": lambda: FlipperDouble(authorized=basic_auth("ci", "s3cret")),
    "flipper-HEAD +own token middleware": lambda: FlipperDouble(authorized=token_auth("s3cret")),
    "flipper-HEAD +Rack::ETag+ConditionalGet": FlipperDouble,
}

EXPRESSION = (
    "expressions are kept, not evaluated: no decision of ours asks a server whether a toggle is on for somebody"
)
BETWEEN = "the recording leaves out calls: toggles were deleted in between"
# What the double does otherwise, and why: (server, number of the call on it from 1).
DELIBERATE = {
    ("flipper-0.28.3 puma sqlite", 94): 'that release alone read "1e1" as 10; Flagstaff never writes an exponent',
    ("flipper-HEAD +Rack::ETag+ConditionalGet", 3): "a middleware answers 304; Flagstaff sends no If-None-Match",
    ("flipper-HEAD puma", 19): EXPRESSION,
    ("flipper-HEAD puma", 21): EXPRESSION,
    ("flipper-HEAD puma", 25): EXPRESSION,
    ("flipper-HEAD puma", 27): EXPRESSION,
    ("flipper-HEAD puma", 29): EXPRESSION,
    ("flipper-HEAD puma", 34): EXPRESSION,
    ("flipper-HEAD puma", 39): EXPRESSION,
    ("flipper-HEAD puma", 40): BETWEEN,
    ("flipper-HEAD puma", 41): BETWEEN,
}


def with_toggles(*keys, percentage=None, mount=""):
    double = FlipperDouble(mount=mount)
    for key in keys:
        double.put(key, {"percentage_of_actors": percentage})
    return double


def recorded():
    calls = defaultdict(list)
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        for line in lines:
            call = json.loads(line)
            calls[call["server"]].append(call)
    return calls


CALLS = recorded()


def meaning(body):
    """A body as a value; what has no promised order, in a fixed one."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    features = document.get("features") if isinstance(document, dict) else None
    if isinstance(features, list):
        return {"features": sorted((feature(one) for one in features), key=lambda one: one["key"])}
    return feature(document) if isinstance(document, dict) else document


def feature(document):
    gates = document.get("gates")
    if gates is None:
        return document
    ordered = {
        gate["key"]: {**gate, "value": sorted(gate["value"]) if isinstance(gate["value"], list) else gate["value"]}
        for gate in gates
    }
    return {**document, "gates": ordered}


def features_before_the_cut(body):
    decoder, found, at = json.JSONDecoder(), [], len('{"features":[')
    while True:
        try:
            one, at = decoder.raw_decode(body, at)
        except ValueError:
            return found
        found.append(feature(one))
        at += 1


def differs(call, answer):
    body, recorded_body = answer.body.decode(), call["response_body"] or ""
    if answer.status != call["status"]:
        return True
    if len(recorded_body) < CUT:
        return meaning(body) != meaning(recorded_body)
    if recorded_body.startswith('{"features":['):
        ours, theirs = meaning(body)["features"], features_before_the_cut(recorded_body)
        return not theirs or any(one not in ours for one in theirs)
    return body[:CUT] != recorded_body


def kind_differs(call, answer):
    recorded_kind = (call["response_headers"] or {}).get("Content-Type", "")
    return recorded_kind != answer.content_type and answer.status not in {204, 304} and call["method"] != "HEAD"


def replayed(server):
    double = DOUBLES[server]()
    for number, call in enumerate(CALLS[server], 1):
        body = (call["request_body"] or "").encode()
        yield number, call, double.handle(call["method"], call["path"], call["request_headers"], body)


@pytest.mark.parametrize("server", DOUBLES)
def test_every_recorded_call_is_answered_as_recorded(server):
    """Status and body, and so the effect: the calls after a write show it."""
    wrong = {
        (
            server,
            number,
        ): f"{call['method']} {call['path'][:80]} {call['request_body']}: {answer.status} {answer.body!r}"
        for number, call, answer in replayed(server)
        if differs(call, answer)
    }
    deliberate = {place for place in DELIBERATE if place[0] == server}
    assert {place: text for place, text in wrong.items() if place not in deliberate} == {}
    assert deliberate - wrong.keys() == set()


@pytest.mark.parametrize("server", DOUBLES)
def test_content_types_are_as_recorded(server):
    wrong = [number for number, call, answer in replayed(server) if kind_differs(call, answer)]
    assert [number for number in wrong if (server, number) not in DELIBERATE] == []


def test_nothing_recorded_is_left_out():
    assert sum(map(len, CALLS.values())) == 1888
    assert CALLS.keys() == DOUBLES.keys()


def test_what_real_servers_answer_is_understood():
    """The client's decoding over every whole answer on record, old and new releases."""
    lists = toggles = complaints = refused = 0
    for call in (call for calls in CALLS.values() for call in calls):
        body = (call["response_body"] or "").encode()
        if call["status"] >= 400:
            complaints += complaint(body) != (None, "")
            refused += body.startswith(b'{"code":')
        elif len(body) >= CUT or b'"gates"' not in body:
            continue
        elif body.startswith(b'{"features"'):
            lists += bool(decode_list(body))
        else:
            toggles += bool(decode_feature(body, json.loads(body)["key"]))
    assert complaints == refused > 300
    assert (lists, toggles) == (25, 960)
