"""Flipper's dialect over any gates: nothing open is called off, and steps lead where they say."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from flagstaff.model.exposure import FULL, OFF, Exposure
from flagstaff.model.live import Refusal, Snapshot, Target, Unrepresentable
from flagstaff.providers.flipper.batch import perform_batch
from flagstaff.providers.flipper.codec import Export, decode, encode
from flagstaff.providers.flipper.dialect import FlipperDialect, perform

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
PERCENT = st.integers(0, FULL).map(lambda level: Exposure(level).encode())
PERCENTAGE = (
    st.none()
    | PERCENT
    | PERCENT.map(float)
    | st.sampled_from([0, 5, 100, "0", "5.0", "0.0", "100", 0.0, 1e-5, "1.0e-05"])
)
NAMES = st.none() | st.lists(TEXT, max_size=3)
EXPRESSION = st.none() | st.just({}) | st.dictionaries(TEXT, JSON, min_size=1, max_size=2)
READABLE = st.fixed_dictionaries(
    {},
    optional={
        "boolean": st.sampled_from([None, True, False, "true", "false", 1, 0, "1", "0", ""]),
        "actors": NAMES,
        "groups": NAMES,
        "percentage_of_actors": PERCENTAGE,
        "percentage_of_time": PERCENTAGE,
        "expression": EXPRESSION,
        "of_the_future": JSON,
    },
)
ANY = st.dictionaries(
    st.sampled_from(
        ["boolean", "actors", "groups", "percentage_of_actors", "percentage_of_time", "expression", "of_the_future"]
    ),
    JSON,
)
EXPOSURES = st.sampled_from([0, 1, 5_000, 5_001, 50_000, FULL, FULL + 1]).map(Exposure)


def flipper_says_open(raw) -> bool:
    """Whether some gate but the actors' is open, as Flipper's own code decides it for values that it wrote."""
    return (
        raw.get("boolean") in (True, "true", 1, "1")
        or any(float(raw.get(name) or 0) > 0 for name in ("percentage_of_actors", "percentage_of_time"))
        or bool(raw.get("groups"))
        or bool(raw.get("expression"))
    )


@given(READABLE)
def test_an_open_toggle_is_never_called_off(raw):
    live = FlipperDialect().live(raw)
    assert live.raw is raw
    if flipper_says_open(raw):
        assert live.exposure != OFF
    elif not raw.get("of_the_future"):
        assert live.exposure == OFF


@given(ANY)
def test_whatever_stands_in_a_gate_can_be_read(raw):
    dialect = FlipperDialect()
    live, gates = dialect.live(raw), dialect.gates(raw)
    assert (live.exposure == OFF) == (gates == {})
    assert dialect.live(gates).exposure == live.exposure
    assert dialect.gates(gates) == gates


@given(READABLE, EXPOSURES, st.booleans())
def test_steps_lead_to_the_target(raw, exposure, atomic):
    dialect = FlipperDialect(atomic=atomic)
    before = dialect.live(raw)
    steps = dialect.compile(before, Target("a", exposure))
    if isinstance(steps, Refusal):
        assert isinstance(before.exposure, Unrepresentable) or before.exposure.is_on
        assert steps.ways_out
        return
    assert bool(steps) == (before.exposure != exposure)
    now = raw
    for step in steps:
        now = perform(step, now)
        assert dialect.live(now).exposure == step.leaves
    after = dialect.live(now)
    assert after.exposure == exposure
    assert after.testers == before.testers
    assert dialect.compile(after, Target("a", exposure)) == ()
    if atomic:
        assert now.get("of_the_future") == raw.get("of_the_future")


@given(EXPOSURES, EXPOSURES)
def test_an_atomic_store_refuses_no_exposure(before, after):
    dialect = FlipperDialect()
    raw = perform(dialect.compile(dialect.live(None), Target("a", before, create=True))[0], None)
    assert not isinstance(dialect.compile(dialect.live(raw), Target("a", after)), Refusal)


@given(
    st.dictionaries(TEXT, READABLE, max_size=4),
    st.dictionaries(TEXT, JSON, max_size=3),
    st.sampled_from([None, 1, 2, "\t"]),
)
def test_what_is_written_reads_the_same(features, others, indent):
    document = {"version": 1, **{key: value for key, value in others.items() if key not in {"version", "features"}}}
    export = Export({**document, "features": features})
    read = decode(encode(export))
    assert read == export
    assert list(read.document) == list(export.document)
    assert list(read.features) == list(features)
    # As python's own writer sets it out, with any indentation: written back byte for byte.
    text = json.dumps(export.document, indent=indent, ensure_ascii=False).encode()
    assert encode(decode(text)) == text


@given(st.dictionaries(st.sampled_from("abc"), READABLE, max_size=3), EXPOSURES)
def test_a_batch_touches_what_it_names_and_nothing_else(toggles, exposure):
    dialect = FlipperDialect()
    steps = dialect.compile(dialect.live(toggles.get("a")), Target("a", exposure, create=True))
    if isinstance(steps, Refusal):
        return
    after, results = perform_batch(steps, toggles, toggles)
    assert {key: raw for key, raw in after.items() if key != "a"} == {k: v for k, v in toggles.items() if k != "a"}
    assert [result.key for result in results] == ["a"] * len(steps)
    assert dialect.live(after["a"]).exposure == exposure


def test_a_snapshot_is_what_a_batch_expects():
    """The strategies above make raws; this one makes sure that a stale raw is found by its meaning."""
    seen = Snapshot({"a": {"percentage_of_actors": "5"}}, None)
    step = FlipperDialect().compile(FlipperDialect().live(seen.toggles["a"]), Target("a", OFF))
    after, _ = perform_batch(step, seen.toggles, {"a": {"percentage_of_actors": 5.0, "actors": ["new"]}})
    assert after == {"a": {"percentage_of_actors": "0", "actors": ["new"]}}
