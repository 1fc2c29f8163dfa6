"""The journal's chain: exact hashes and lines, and what is said of a chain that does not hold."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Step, Unrepresentable
from flagstaff.plan.plan import Action
from flagstaff.state.fact_codec import decode_fact, encode_fact
from flagstaff.state.facts import Fact, Intent, Outcome, Recovered, Removed, Result
from flagstaff.state.forms import Misfit
from flagstaff.state.journal import KINDS, decode_entry, digest, encode_entry, link, verify

TIME = datetime(2026, 1, 27, 14, 3, 5, tzinfo=UTC)
A = Address("toggle", "a")


def chain(*keys):
    return link(None, [encode_fact(Removed(A, key)) for key in keys], time=TIME, run="r", who="jane")


def test_the_hash_is_of_the_canonical_text():
    text = (
        '{"data":{"a":1,"b":"ü"},"kind":"intent","previous":"","run":"r","sequence":1,"time":"2026-01-27T14:03:05Z",'
        '"who":"jane"}'
    )
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert digest(1, "", "2026-01-27T14:03:05Z", "intent", "r", "jane", {"b": "ü", "a": 1}) == expected


def test_entries_are_chained():
    first, second = chain("a", "b")
    assert (first.sequence, first.previous) == (1, "")
    assert (second.sequence, second.previous) == (2, first.hash)
    (third,) = link(second, [encode_fact(Removed(A, "c"))], time=TIME, run="r", who="jane")
    assert (third.sequence, third.previous) == (3, second.hash)
    assert verify((first, second, third), second.hash) == ()
    assert verify(()) == ()


def test_the_line_of_an_entry_ends_with_its_hash():
    (entry,) = chain("k")
    assert encode_entry(entry) == (
        '{"sequence":1,"time":"2026-01-27T14:03:05Z","kind":"removed","run":"r","who":"jane",'
        '"data":{"address":"toggle.a","key":"k"},"previous":"",'
        f'"hash":"{entry.hash}"}}'
    )
    assert decode_entry(encode_entry(entry)) == entry


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", ("line 1, column 2: it is not JSON (Expecting property name enclosed in double quotes); it ends too "
         "early, as after a full disk or a copy that was cut short")),
        ("{}", 'the field "data" is missing'),
        ('{"sequence":"1"}', 'the field "data" is missing'),
        ('{"sequence":"1","time":"","kind":"","run":"","who":"","data":{},"previous":"","hash":""}',
         "sequence: a whole number is required, not a string"),
    ],
)  # fmt: skip
def test_what_is_no_entry(line, problem):
    with pytest.raises(Misfit) as raised:
        decode_entry(line)
    assert str(raised.value) == problem


def flaws(entries, head=""):
    return [str(flaw) for flaw in verify(entries, head)]


def test_a_rewritten_entry_is_named():
    first, second, third = chain("a", "b", "c")
    rewritten = replace(second, data={"address": "toggle.a", "key": "x"})
    assert flaws((first, rewritten, third)) == ["entry 2: its content does not match its hash; it was rewritten"]


def test_a_replaced_entry_is_found_at_the_next():
    first, second, third = chain("a", "b", "c")
    (forged,) = link(first, [encode_fact(Removed(A, "x"))], time=TIME, run="r", who="jane")
    assert flaws((first, forged, third)) == [
        "entry 3: it does not carry the hash of the entry before; one of the two was replaced"
    ]
    assert flaws((first, forged), second.hash) == [
        (
            f"entry 3: the entry with the hash {second.hash[:12]}..., which the state takes in, is not there; "
            "the journal was cut"
        )
    ]


def test_entries_that_were_taken_out_or_reordered_are_named():
    first, second, third = chain("a", "b", "c")
    gap = "should stand here; entries were taken out, put in or reordered"
    assert flaws((first, third)) == [f"entry 3: entry 2 {gap}"]
    assert flaws((second, third)) == [f"entry 2: entry 1 {gap}"]
    assert flaws((first, third, second)) == [f"entry 3: entry 2 {gap}", f"entry 2: entry 4 {gap}"]
    assert flaws((first, first)) == [f"entry 1: entry 2 {gap}"]


def test_a_journal_that_was_cut_is_found_by_the_head():
    entries = chain("a", "b")
    assert flaws(entries[:1], entries[1].hash) == [
        (
            f"entry 2: the entry with the hash {entries[1].hash[:12]}..., which the state takes in, is not there; "
            "the journal was cut"
        )
    ]
    assert flaws((), "e" * 64)[0].startswith("entry 1: the entry with the hash eeeeeeeeeeee..., ")


def test_every_kind_of_entry_has_a_fact():
    kinds = [encode_fact_kind(type_) for type_ in Fact.__args__]
    assert tuple(kinds) == KINDS


def encode_fact_kind(type_):
    """`ApplyStarted` -> `apply_started`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type_.__name__).lstrip("_")


def test_the_data_of_an_intent():
    gates = {"actors": ["u1"], "percentage_of_actors": 1}
    step = Step("k", "enable_percentage", 5, Exposure(5000))
    intent = Intent(A, "k", Action.SWITCH_ON, Unrepresentable("a group"), Exposure(5000), (step,), gates, "c1")
    assert encode_fact(intent) == (
        "intent",
        {
            "address": "toggle.a",
            "key": "k",
            "action": "switch on",
            "before": {"other": "a group"},
            "after": "5",
            "steps": [{"key": "k", "operation": "enable_percentage", "value": 5, "leaves": "5"}],
            "gates": gates,
            "change": "c1",
        },
    )


def test_the_data_of_a_result_and_of_a_recovered_move():
    assert encode_fact(Result(A, "k", Outcome.FAILED, None, "no")) == (
        "result",
        {"address": "toggle.a", "key": "k", "outcome": "failed", "exposure": None, "detail": "no"},
    )
    assert encode_fact(Recovered(A, "k", Outcome.APPLIED, Exposure(5000), "run-1")) == (
        "recovered",
        {"address": "toggle.a", "key": "k", "outcome": "applied", "exposure": "5", "of_run": "run-1", "detail": ""},
    )


@pytest.mark.parametrize(
    ("kind", "data", "problem"),
    [
        ("remove", {}, 'there is no kind of entry "remove" in this version. Did you mean "removed"?'),
        ("removed", {"address": "toggle.a"}, 'the field "key" is missing'),
        ("removed", {"address": 1, "key": "k"}, "address: a string is required, not a number"),
        ("result", {"address": "toggle.a", "key": "k", "outcome": "great"}, ('outcome: "great" is none of applied, '
         "failed, unknown")),
        ("result", {"address": "toggle.a", "key": "k", "outcome": 1}, "outcome: a string is required, not a number"),
        ("result", {"address": "toggle.a", "key": "k", "outcome": "failed", "exposure": {"else": ""}},
         'exposure: there is no field "else"'),
        ("intent", {"address": "toggle.a", "key": "k", "action": "raise", "before": None, "after": None, "steps": [{}]},
         'steps[0]: the field "key" is missing'),
        ("intent", {"address": "toggle.a", "key": "k", "action": "raise", "before": None, "after": None, "steps": {}},
         "steps: a list is required, not an object"),
    ],
)  # fmt: skip
def test_what_is_no_fact(kind, data, problem):
    with pytest.raises(Misfit) as raised:
        decode_fact(kind, data)
    assert str(raised.value) == problem
