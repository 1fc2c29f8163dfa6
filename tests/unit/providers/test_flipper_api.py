"""The API client against the double: what is asked, what is refused, and what an answer is worth."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.live import Refusal, Step, Target
from flagstaff.providers.endpoints import Credential, Endpoint
from flagstaff.providers.flipper.api import FlipperApi
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.flipper.session import Session, Timing
from flagstaff.providers.protocols import Conflict, StoreError
from flagstaff.testing.flipper_double import FlipperDouble, Response
from flagstaff.testing.flipper_releases import CLOUD, V0_25_4, V0_28_3
from flagstaff.testing.flipper_server import (
    BROKEN,
    DROP_AFTER,
    DROP_BEFORE,
    HALF,
    HTML,
    Fault,
    Seen,
    no_faults,
    too_many,
    transport,
)

FIVE = Exposure.parse("5")
NOW = datetime(2026, 1, 27, 14, tzinfo=UTC)


class Store(FlipperApi):
    """The client over the double, without a network; time passes only in `slept`."""

    def __init__(self, double, faults=no_faults, credential=None):
        self.seen, self.slept, self.double = Seen(), [], double
        timing = Timing(self.slept.append, lambda: 0.0, lambda: NOW, lambda: 1.0)
        endpoint = Endpoint.parse(f"http://127.0.0.1:3000{double.mount}")

        made = transport(double, faults, self.seen)
        super().__init__(Session(endpoint, credential, lambda: made, timing), lambda: NOW)

    @property
    def writes(self):
        return [request for request in self.seen.requests if request[0] != "GET"]


def double(release=None, **toggles) -> FlipperDouble:
    made = FlipperDouble() if release is None else FlipperDouble(release=release)
    for key, gates in toggles.items():
        made.put(key, gates)
    return made


def percentage(key, value):
    return Step(key, "percentage_of_actors", value, Exposure.parse(value))


def failing(*faults, method="POST"):
    """These faults, one after the other, for requests of that method; then none."""
    left = list(faults)

    def ask(asked, _):
        return left.pop(0) if left and asked == method else None

    return ask


def raises(store, step, expect=None):
    with pytest.raises(StoreError) as caught:
        store.write(step, store.read().toggles.get(step.key) if expect is None else expect)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize("count", [10, 1_000, 10_000])
def test_reading_is_one_request(count):
    store = Store(double(**{f"toggle_{number}": {"percentage_of_actors": "5"} for number in range(count)}))
    snapshot = store.read()
    assert len(snapshot.toggles) == count
    assert snapshot.read_at == NOW
    assert store.seen.requests == [("GET", "/features?exclude_gate_names=true")]
    assert len(store.read([f"toggle_{number}" for number in range(0, count, 2)]).toggles) == count // 2
    assert store.seen.count("GET") == 2


@pytest.mark.parametrize("release", [V0_25_4, V0_28_3, CLOUD])
def test_old_servers_and_typed_values_read_the_same(release):
    gates = {"boolean": None, "percentage_of_actors": "5.0", "percentage_of_time": "0", "actors": ["User;1"]}
    live = FlipperDialect().live(Store(double(release, a=gates)).read().toggles["a"])
    assert live.exposure == FIVE
    assert live.testers.actors == ("User;1",)


def test_a_write_is_one_request_and_its_answer():
    store = Store(double(a={"actors": ["User;1"]}))
    before = store.read().toggles["a"]
    after = store.write(percentage("a", "0.001"), before)
    assert store.writes == [("POST", "/features/a/percentage_of_actors")]
    assert after["percentage_of_actors"] == "0.001"
    assert store.double.features["a"]["actors"] == ["User;1"]
    assert store.seen.headers[-1]["content-type"] == "application/json"


def test_numbers_are_sent_as_plain_decimals():
    """Ruby reads the text "1e-3" as 1."""
    bodies = []

    class Kept(FlipperDouble):
        def handle(self, method, target, headers, body=b""):
            bodies.append(body)
            return FlipperDouble.handle(self, method, target, headers, body)

    made = Kept(features=double(a={}).features)
    store = Store(made)
    store.write(Step("a", "percentage_of_actors", "1e-3", Exposure(1)), store.read().toggles["a"])
    assert bodies[-1] == b'{"percentage": "0.001"}'
    assert made.features["a"]["percentage_of_actors"] == "0.001"


@pytest.mark.parametrize(
    ("operation", "value", "requests"),
    [
        ("boolean", True, [("POST", "/features/a%2Fb/boolean")]),
        ("boolean", False, [("DELETE", "/features/a%2Fb/boolean")]),
        ("actors", ["x", "y"], [("POST", "/features/a%2Fb/actors")] * 2),
        (
            "close",
            ["percentage_of_actors", "expression", "percentage_of_time"],
            [
                ("DELETE", "/features/a%2Fb/percentage_of_actors"),
                ("DELETE", "/features/a%2Fb/expression"),
                ("DELETE", "/features/a%2Fb/percentage_of_time"),
            ],
        ),
        ("delete", None, [("DELETE", "/features/a%2Fb")]),
    ],
)  # fmt: skip
def test_each_step_is_those_requests(operation, value, requests):
    store = Store(double(**{"a/b": {}}))
    raw = store.write(Step("a/b", operation, value, OFF), store.read().toggles["a/b"])
    assert store.writes == requests
    assert raw == store.read().toggles.get("a/b")


@pytest.mark.parametrize("key", ["a b", "a/b", "a//b/boolean", "größe", "%2F", "a+b?c#d&e;f,g", "../x", "x" * 300])
def test_odd_names_go_where_they_belong(key):
    store = Store(double(**{key: {}, "other": {}}))
    store.write(percentage(key, "5"), store.read().toggles[key])
    assert store.double.features[key]["percentage_of_actors"] == "5"
    assert len(store.double.features) == 2


@pytest.mark.parametrize("key", ["", ".", "..", "a\tb", "a\x00", "x" * 9_000])
def test_names_that_go_elsewhere_are_refused_before_any_request(key):
    store = Store(double())
    with pytest.raises(StoreError, match="Toggle key can't be written"):
        store.write(Step(key, "create", {}, OFF), None)
    assert store.seen.requests == []


def test_a_write_makes_no_toggle():
    """The list hadn't it: a typo, or somebody deleted it."""
    store = Store(double())
    error = raises(store, percentage("typo", "5"))
    assert error.summary == "Toggle not in the store"
    assert not error.unknown
    assert store.writes == []
    assert store.double.features == {}


def test_a_first_write_lists_first():
    store = Store(double(a={}))
    assert store.write(percentage("a", "5"), {})["percentage_of_actors"] == "5"
    assert [method for method, _ in store.seen.requests] == ["GET", "POST"]
    raw = store.write(percentage("a", "20"), store.double.features["a"])
    assert raw["percentage_of_actors"] == "20"
    assert [method for method, _ in store.seen.requests] == ["GET", "POST", "POST"]


def test_what_the_last_list_showed_is_a_conflict():
    store = Store(double(a={}))
    before = store.read().toggles["a"]
    store.double.put("a", {"percentage_of_actors": "50"})
    store.read()
    with pytest.raises(Conflict, match='"a" is now 50 %') as conflict:
        store.write(percentage("a", "5"), before)
    assert conflict.value.keys == ("a",)
    assert store.writes == []


def test_creating_asks_for_a_name_and_nothing_else():
    store = Store(double())
    store.read()
    raw = store.write(Step("new", "create", {}, OFF), None)
    assert FlipperDialect().live(raw).exposure == OFF
    assert store.writes == [("POST", "/features")]
    assert store.write(percentage("new", "5"), raw)["percentage_of_actors"] == "5"


def test_a_server_that_makes_another_toggle_than_asked_is_found_out():
    """A name with an invisible character, which newer servers drop; plans refuse it already."""
    error = raises(Store(double()), Step("zero\u200bwidth", "create", {}, OFF))
    assert error.summary == "Answer not understood"
    assert 'the server answered the toggle "zerowidth", not "zero\u200bwidth"' in error.detail
    assert error.unknown


@pytest.mark.parametrize(
    ("operation", "value"),
    [
        ("jump", None),
        ("percentage_of_actors", "on"),
        ("percentage_of_actors", "101"),
        ("percentage_of_actors", None),
        ("boolean", "true"),
        ("close", []),
        ("close", ["groups"]),
        ("actors", []),
        ("create", {"percentage_of_actors": "5"}),
        ("gates", {"percentage_of_actors": "5"}),
    ],
)
def test_steps_of_other_stores_are_refused(operation, value):
    store = Store(double(a={}))
    error = raises(store, Step("a", operation, value, OFF))
    assert error.summary == "Unknown write"
    assert not error.unknown
    assert store.writes == []


# Failures on the way.


@pytest.mark.parametrize(
    ("fault", "summary"),
    [
        (DROP_BEFORE, "Connection lost"),
        (DROP_AFTER, "Connection lost"),
        (HALF, "Answer not understood"),
        (BROKEN, "Server error"),
        (Fault(delay=11.0), "Server too slow"),
        (Fault(Response(503, b"", "text/plain")), "Server error"),
    ],
)
def test_a_percentage_is_written_again_until_it_is_known(fault, summary):
    store = Store(double(a={}), failing(fault, fault, fault))
    assert store.write(percentage("a", "5"), store.read().toggles["a"])["percentage_of_actors"] == "5"
    assert store.seen.count("POST") == 4
    assert store.slept == [0.5, 1.0, 2.0]

    store = Store(double(a={}), failing(*[fault] * 4))
    error = raises(store, percentage("a", "5"))
    assert error.summary == summary
    assert error.unknown
    assert error.detail.endswith("Tried 4 times. It is not known whether the write was done.")


@pytest.mark.parametrize("fault", [DROP_AFTER, DROP_BEFORE, BROKEN, Fault(delay=11.0)])
@pytest.mark.parametrize(
    "step", [Step("a", "boolean", False, OFF), Step("a", "boolean", True, ON), Step("a", "delete", None, OFF)]
)
def test_what_wipes_is_not_repeated(fault, step):
    method = "POST" if step.value else "DELETE"
    store = Store(double(a={"boolean": "true"}), failing(fault, method=method))
    error = raises(store, step)
    assert error.unknown
    assert store.seen.count(method) == 1


def test_what_was_certainly_not_done_is_repeated_always():
    store = Store(double(a={}), failing(too_many("3"), too_many("Tue, 27 Jan 2026 14:00:07 GMT")))
    store.write(Step("a", "boolean", True, ON), store.read().toggles["a"])
    assert store.slept == [3.0, 7.0]
    assert store.double.features["a"]["boolean"] == "true"


def test_one_unknown_try_makes_the_end_unknown():
    """The second try is refused for certain, but the first may have been done."""
    refused = Fault(Response(403, b'{"code":"error","message":"Token does not have API write access."}'))
    store = Store(double(a={}), failing(DROP_AFTER, refused))
    error = raises(store, percentage("a", "5"))
    assert error.summary == "Not permitted"
    assert error.unknown


def test_a_server_that_asks_for_too_much_waiting_is_not_waited_for():
    store = Store(double(a={}), failing(too_many("3600")))
    error = raises(store, percentage("a", "5"))
    assert store.slept == []
    assert error.summary == "Too many requests"
    assert "smaller -parallelism" in error.detail
    assert error.detail.endswith("The server asks to wait 3600 s.")
    assert not error.unknown


def test_testers_that_are_not_back_are_named():
    refused = Fault(Response(500, b"", "text/plain"))
    store = Store(double(a={}), failing(None, *[refused] * 4))
    error = raises(store, Step("a", "actors", ["x", "y", "z"], OFF))
    assert 'These testers of the toggle were wiped, and are not known to be back: "y", "z".' in error.detail
    assert not error.unknown
    assert store.double.features["a"]["actors"] == ["x"]

    store = Store(double(a={}), failing(*[refused] * 4))
    error = raises(store, Step("a", "actors", [f"User;{number}" for number in range(25)], OFF))
    assert '"User;19" and 5 more.' in error.detail


def test_closing_in_part_is_unknown():
    refused = Fault(Response(401, b"", "text/plain"))
    step = Step("a", "close", ["percentage_of_actors", "percentage_of_time"], OFF)
    assert not raises(Store(double(a={}), failing(refused, method="DELETE")), step).unknown
    assert raises(Store(double(a={}), failing(None, refused, method="DELETE")), step).unknown


# Two writers at once.


def test_a_second_value_above_ours_is_written_over():
    store = Store(double(a={}))
    store.double.rivals["a"] = ["50"]
    assert store.write(percentage("a", "5"), store.read().toggles["a"])["percentage_of_actors"] == "5"
    assert store.seen.count("POST") == 2


def test_a_hand_that_turned_it_down_meanwhile_wins():
    store = Store(double(a={"percentage_of_actors": "1"}))
    store.double.rivals["a"] = ["0"]
    error = raises(store, percentage("a", "5"))
    assert error.summary == "Two writers at once"
    assert error.detail == (
        '"a" was written to 5 % and read as 0 %: somebody else writes it at the same time. Two writes at once can '
        "leave both values in the store, so the lower one, 0 %, was written again, and is read now. Find out who it "
        "was, and plan again."
    )
    assert error.unknown
    assert store.double.features["a"]["percentage_of_actors"] == "0"


def test_a_rival_that_goes_on_is_said():
    store = Store(double(a={}))
    store.double.rivals["a"] = ["50", "60"]
    error = raises(store, percentage("a", "5"))
    assert "5 % was written again, so that the store holds one value, and 60 % is read" in error.detail


def test_a_boolean_that_was_opened_meanwhile_is_left_for_the_check():
    """The percentage is as written; that somebody switched it on, the effective exposure says."""
    store = Store(double(a={}))
    before = store.read().toggles["a"]
    store.double.features["a"]["boolean"] = "true"
    raw = store.write(percentage("a", "5"), before)
    assert FlipperDialect().live(raw).exposure == ON
    assert store.seen.count("POST") == 1


# No gap.


def cohort(key, share):
    ids = [f"User;{number}" for number in range(2_000)]
    buckets = FlipperDialect().bucket(key, ids)
    return [id for id, bucket in zip(ids, buckets.values, strict=True) if bucket < share * 1_000]


@pytest.mark.parametrize(
    "gates",
    [
        {"percentage_of_actors": "100"},
        {"percentage_of_time": "100"},
        {"percentage_of_time": 100, "percentage_of_actors": "1"},
    ],
)
def test_lowering_what_is_held_on_leaves_no_gap(gates):
    """Whoever is in the 5 % is on before, between and after all requests; at the end nobody else is."""
    seen = []
    made = double(checkout={**gates, "actors": ["tester"]})
    inside = cohort("checkout", 5)

    def look(method, _):
        if method != "GET":
            seen.append(all(made.enabled("checkout", id) for id in [*inside, "tester"]))

    store, dialect = Store(made, look), FlipperDialect(atomic=False)
    raw = store.read().toggles["checkout"]
    steps = dialect.compile(dialect.live(raw), Target("checkout", FIVE))
    assert not isinstance(steps, Refusal)
    for step in steps:
        raw = store.write(step, raw)
        seen.append(all(made.enabled("checkout", id) for id in [*inside, "tester"]))
    assert len(seen) == 2 * len(steps)
    assert all(seen)
    assert len(inside) > 50
    assert [made.enabled("checkout", f"User;{number}") for number in range(2_000)].count(True) == len(inside)


def test_an_allowed_gap_keeps_testers():
    made = double(checkout={"boolean": "true", "actors": ["tester", "größe 1,5"]})
    store, dialect = Store(made), FlipperDialect(atomic=False, allow_gap=True)
    raw = store.read().toggles["checkout"]
    for step in dialect.compile(dialect.live(raw), Target("checkout", FIVE)):
        raw = store.write(step, raw)
        assert dialect.live(raw).exposure == step.leaves
    assert dialect.live(raw).exposure == FIVE
    assert sorted(made.features["checkout"]["actors"]) == ["größe 1,5", "tester"]


# Secrets.

CANARY = "canary-4f1d9c7e"


@pytest.mark.parametrize(
    "credential",
    [Credential.token(CANARY), Credential.basic("ci", CANARY), Credential.custom("X-Token", CANARY)],
    ids=["token", "basic", "custom"],
)
@pytest.mark.parametrize(
    "fault",
    [
        HTML, HALF, BROKEN, DROP_AFTER, Fault(delay=99.0), too_many("9999"),
        Fault(Response(401, json.dumps({"code": 9, "message": f"wrong: {CANARY} Y2k6Y2FuYXJ5LTRmMWQ5Yzdl"}).encode())),
        Fault(Response(302, b"", "text/plain", {"Location": f"https://evil.example/{CANARY}"})),
    ],
)  # fmt: skip
def test_no_secret_in_an_error_or_its_frames(credential, fault):
    """A server that sends back what it got, or anything else: not in the text, not in a local of any frame of ours."""
    store = Store(double(a={}), failing(*[fault] * 4), credential)
    error = raises(store, percentage("a", "5"))
    shown = [str(error), repr(error), repr(credential), repr(store._session), repr(store._session._transport)]
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.partition("/flagstaff/providers/")[1]:
            shown += [repr(value) for value in trace.tb_frame.f_locals.values()]
        trace = trace.tb_next
    secrets = [CANARY, credential.value, *credential.secrets]
    assert [text for text in shown for secret in secrets if secret in text] == []
    assert store.seen.headers[-1][credential.header.lower()] == credential.value


def test_a_redirect_carries_no_credential():
    gone = Fault(Response(307, b"", "text/plain", {"Location": "https://evil.example/features"}))
    store = Store(double(a={}), failing(gone, method="GET"), Credential.token(CANARY))
    with pytest.raises(StoreError) as caught:
        store.read()
    assert caught.value.summary == "Server redirects"
    assert 'sent on to "https://evil.example/features" (307)' in caught.value.detail
    assert len(store.seen.requests) == 1


def test_closing_and_going_on():
    store = Store(double(a={}))
    store.read()
    store.close()
    store.close()
    assert list(store.read().toggles) == ["a"]
