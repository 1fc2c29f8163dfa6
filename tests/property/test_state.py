"""State: the codec loses nothing, the chain shows every change, folding agrees with a slow model."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flagstaff.addresses import Address
from flagstaff.model.evidence import Answer, Approval, Decision, Frozen, Reading, Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Step, Unrepresentable
from flagstaff.model.recorded import Hold, StageRecord, ToggleRecord
from flagstaff.model.rollout import StageName
from flagstaff.plan.plan import Action
from flagstaff.state import facts, invariants
from flagstaff.state.codec import decode_state, encode_state
from flagstaff.state.fact_codec import decode_fact, encode_fact
from flagstaff.state.facts import Imported, Intent, Moved, Outcome, Recovered, Removed, Result
from flagstaff.state.forms import Misfit
from flagstaff.state.journal import decode_entry, encode_entry, link, verify
from flagstaff.state.recovery import fold
from flagstaff.state.state import State
from flagstaff.state.store import LockInfo, StateError

TIME = datetime(2026, 1, 27, 14, tzinfo=UTC)

# Text as JSON files may hold it: lone surrogates, too.
texts = st.text(st.characters(exclude_categories=()), max_size=12)
times = st.datetimes(timezones=st.just(UTC))
exposures = st.integers(0, 100_001).map(Exposure)
lives = exposures | st.builds(Unrepresentable, texts)
names = st.from_regex(r"[a-z_][\w-]{0,5}", fullmatch=True)
addresses = st.builds(Address, st.just("toggle"), names, st.none() | st.integers(0, 10**9) | texts)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, plain, max_size=3)
records = st.builds(ToggleRecord, texts, exposures, st.none() | times, st.none() | texts, st.booleans())
holds = st.builds(Hold, texts, texts, times, texts)
stage_names = st.builds(StageName, st.builds(Address, st.just("rollout"), names), names)
spans = st.integers(0, 99 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
togglesets = st.lists(addresses, max_size=2).map(tuple)
stage_records = st.builds(
    StageRecord,
    toggles=togglesets,
    least=st.none() | exposures,
    meaning=texts,
    started=st.none() | times,
    verified=st.none() | times,
    served=spans,
    stopped=texts,
    run=texts,
    left=st.booleans(),
)
decimals = st.decimals(allow_nan=False, allow_infinity=False)
baselines = st.builds(Frozen, decimals, times, st.none() | decimals, st.none() | decimals)
verdicts = st.sampled_from(Verdict)
answers = st.builds(Answer, addresses, verdicts, texts, times, times, texts)
approvals = st.builds(Approval, texts, addresses, st.sampled_from(Decision), texts, times, times, texts, texts, texts)
states = st.builds(
    State,
    lineage=texts,
    serial=st.integers(0),
    tool=texts,
    journal_head=texts,
    environment=texts,
    applied=st.none() | objects,
    toggles=st.dictionaries(addresses, records, max_size=5),
    stages=st.dictionaries(stage_names, stage_records, max_size=3),
    holds=st.dictionaries(addresses, holds, max_size=3),
    guards=st.none() | objects,
    baselines=st.dictionaries(st.tuples(addresses, addresses), baselines, max_size=2),
    answers=st.lists(answers, max_size=2).map(lambda found: {one.subject: one for one in found}),
    approvals=st.lists(approvals, max_size=2).map(tuple),
)


@given(states)
def test_a_state_survives_its_text_which_does_not_depend_on_the_order_of_mappings(state):
    """Both at once: to make up a state takes many times as long as to write it."""

    def backwards(mapping):
        return None if mapping is None else dict(reversed(mapping.items()))

    text = encode_state(state)
    assert decode_state(text, "x") == state
    parts = ("applied", "toggles", "stages", "holds", "guards", "baselines", "answers")
    assert encode_state(replace(state, **{name: backwards(getattr(state, name)) for name in parts})) == text


# Fewer states, cut at more places: it is the states that take their time.
@settings(max_examples=settings().max_examples // 4)
@given(states, st.lists(st.floats(0, 1, exclude_max=True), min_size=4, max_size=16))
def test_no_part_of_a_state_is_a_state(state, cuts):
    text = encode_state(state).rstrip()
    for cut in cuts:
        with pytest.raises(StateError, match="State is not readable"):
            decode_state(text[: int(cut * len(text))], "x")


steps = st.builds(Step, texts, texts, plain, exposures)
lock_infos = st.builds(LockInfo, texts, texts, texts, texts, st.integers(), times, texts)
any_fact = st.one_of(
    st.builds(facts.ApplyStarted, texts, texts, plain),
    st.builds(
        Intent,
        addresses,
        texts,
        st.sampled_from(Action),
        st.none() | lives,
        st.none() | exposures,
        st.lists(steps, max_size=2).map(tuple),
        st.none() | objects,
        st.none() | texts,
    ),
    st.builds(Result, addresses, texts, st.sampled_from(Outcome), st.none() | lives, texts),
    st.builds(facts.ApplyFinished, st.dictionaries(texts, st.integers(), max_size=2), texts),
    st.builds(Recovered, addresses, texts, st.sampled_from(Outcome), st.none() | lives, texts, texts),
    st.builds(facts.Takeover, lock_infos),
    st.builds(Imported, addresses, texts, exposures, st.none() | times),
    st.builds(Moved, addresses, addresses, texts),
    st.builds(Removed, addresses, texts),
    st.builds(facts.Unlocked, lock_infos),
    st.builds(
        facts.StageChanged,
        stage_names,
        st.sampled_from(facts.StageEvent),
        togglesets,
        st.none() | exposures,
        texts,
        texts,
        st.none() | times,
    ),
    st.builds(facts.BaselineFrozen, addresses, addresses, baselines),
    st.builds(facts.Measured, st.builds(Reading, addresses, verdicts, times, texts, baseline=st.none() | baselines)),
    st.builds(facts.Answered, answers),
    st.builds(facts.Approved, approvals),
    st.builds(facts.Released, texts, togglesets, texts, st.none() | approvals),
)


@given(any_fact)
def test_decoding_what_was_encoded_gives_the_same_fact(fact):
    assert decode_fact(*encode_fact(fact)) == fact


@given(st.lists(any_fact, max_size=4), times, texts, texts)
def test_a_line_gives_the_same_entry(told, time, run, who):
    entries = link(None, map(encode_fact, told), time=time, run=run, who=who)
    lines = [encode_entry(entry) for entry in entries]
    assert all("\n" not in line for line in lines)
    assert tuple(map(decode_entry, lines)) == entries
    assert verify(entries, entries[-1].hash if entries else "") == ()


mutations = st.sampled_from(["change", "take out", "reorder", "twice", "line"])


@given(st.lists(any_fact, min_size=2, max_size=6), mutations, st.data())
def test_any_change_of_one_entry_is_found(told, mutation, data):
    entries = list(link(None, map(encode_fact, told), time=TIME, run="r", who="w"))
    head = entries[-1].hash
    at = data.draw(st.integers(0, len(entries) - 1))
    entry = entries[at]
    match mutation:
        case "change":
            changes = {
                "sequence": entry.sequence + 1,
                "previous": "0" * 64,
                "time": entry.time + timedelta(microseconds=1),
                "kind": entry.kind + "x",
                "run": "s",
                "who": "x",
                "data": {**entry.data, "x": 1},
                "hash": "f" * 64,
            }
            name = data.draw(st.sampled_from(sorted(changes)))
            entries[at] = replace(entry, **{name: changes[name]})
        case "take out":
            del entries[at]
        case "reorder":
            other = data.draw(st.integers(0, len(entries) - 1).filter(lambda number: number != at))
            entries[at], entries[other] = entries[other], entries[at]
        case "twice":
            entries.insert(at, entry)
        case "line":
            line = encode_entry(entry)
            place = data.draw(st.integers(0, len(line) - 1))
            other = data.draw(st.characters(codec="utf-8").filter(lambda character: character != line[place]))
            try:
                entries[at] = decode_entry(line[:place] + other + line[place + 1 :])
            except Misfit:
                return
    assert verify(entries, head)


few = st.sampled_from([Address("toggle", name) for name in "abc"])
levels = st.sampled_from([0, 5000, 20_000, 50_000]).map(Exposure)
seen = st.none() | levels | st.just(Unrepresentable("an expression"))
moves = st.builds(
    Intent,
    few,
    st.sampled_from(["k", "l"]),
    st.sampled_from([Action.CREATE, Action.RAISE, Action.LOWER, Action.DELETE]),
    seen,
    st.none() | levels,
    st.lists(st.builds(Step, st.just("k"), st.just("set"), st.none(), levels), max_size=2).map(tuple),
    change=st.sampled_from(["c1", "c2"]),
)
settling = (
    moves
    | st.builds(Result, few, st.just("k"), st.sampled_from(Outcome), seen)
    | st.builds(Recovered, few, st.just("k"), st.sampled_from(Outcome), seen)
    | st.builds(Imported, few, st.sampled_from(["k", "l"]), levels)
    | st.builds(Removed, few, st.just("k"))
)
starts = st.permutations("klm").flatmap(
    lambda keys: st.dictionaries(few, st.tuples(levels, st.booleans()), max_size=3).map(
        lambda found: State(
            "l",
            toggles={
                address: ToggleRecord(key, level, created=created)
                for key, (address, (level, created)) in zip(keys, found.items(), strict=False)
            },
        )
    )
)


def open_intent(history):
    """The last intent of one toggle's facts, if nothing after it settled the move."""
    since = next((number for number in range(len(history) - 1, -1, -1) if isinstance(history[number], Intent)), None)
    if since is None:
        return None
    settled = any(
        not isinstance(item, Result | Recovered) or item.outcome is not Outcome.UNKNOWN for item in history[since + 1 :]
    )
    return None if settled else history[since]


def slow(state, told, entries):
    """The records, with every fact looked at from the beginning of its toggle's history."""
    found = dict(state.toggles)
    for number, (fact, entry) in enumerate(zip(told, entries, strict=True)):
        ours = {record.key for record in found.values() if record.created}
        record = None
        match fact:
            case Removed(address):
                found.pop(address, None)
            case Imported(_, key, exposure):
                record = ToggleRecord(key, exposure, created=key in ours)
            case Result() | Recovered():
                intent = open_intent([item for item in told[:number] if item.address == fact.address])
                there = found.get(fact.address)
                if intent is None and fact.outcome is Outcome.APPLIED and isinstance(fact, Result) and there:
                    # Somebody settled the move of a run that went on.
                    if there.key == fact.key and isinstance(fact.exposure, Exposure):
                        found[fact.address] = replace(there, exposure=fact.exposure, last_write_at=entry.time)
                    continue
                if intent is None or fact.outcome is Outcome.UNKNOWN:
                    continue
                left = {intent.after} | ({step.leaves for step in intent.steps} - {intent.before})
                if fact.exposure is None:
                    if intent.action is Action.DELETE and fact.outcome is Outcome.APPLIED:
                        found.pop(fact.address, None)
                elif fact.exposure in left:
                    created = intent.action is Action.CREATE or intent.key in ours
                    record = ToggleRecord(intent.key, fact.exposure, entry.time, intent.change, created)
        if record is not None:
            found = {address: item for address, item in found.items() if item.key != record.key}
            found[fact.address] = record
    return found


def entries_of(told):
    """Each fact at a time of its own."""
    entries, last = [], None
    for number, fact in enumerate(told):
        made = link(last, [encode_fact(fact)], time=TIME + timedelta(seconds=number), run="r", who="w")
        entries += made
        last = made[-1]
    return tuple(entries)


@given(starts, st.lists(settling, max_size=12))
def test_folding_agrees_with_a_slow_model(state, told):
    entries = entries_of(told)
    assert fold(state, entries).state.toggles == slow(state, told, entries)


@given(starts, st.lists(settling, max_size=12))
def test_the_head_stands_before_the_first_open_move(state, told):
    entries = entries_of(told)
    folded = fold(state, entries)
    taken_in = len(entries) - len(folded.pending)
    assert folded.pending == entries[taken_in:]
    assert folded.state.journal_head == (entries[taken_in - 1].hash if taken_in else "")
    if folded.in_flight:
        assert decode_fact(folded.pending[0].kind, folded.pending[0].data) == folded.in_flight[0].intent
    else:
        assert folded.pending == ()


@given(starts, st.lists(settling, max_size=12))
def test_what_was_folded_breaks_no_invariant(state, told):
    entries = entries_of(told)
    assert invariants.verify(fold(state, entries).state) == ()
    assert invariants.verify(fold(State("l"), entries).state, entries) == ()


@given(starts, st.lists(settling, max_size=12), st.data())
def test_folding_in_parts_is_folding_at_once(state, told, data):
    entries = entries_of(told)
    cut = data.draw(st.integers(0, len(entries)))
    first = fold(state, entries[:cut])
    both, once = fold(first.state, first.pending + entries[cut:]), fold(state, entries)
    assert (both.state, both.in_flight, both.pending) == (once.state, once.in_flight, once.pending)


@given(
    st.permutations("abcd"),
    st.sets(st.sampled_from("abcd")),
    st.booleans(),
)
def test_records_change_places_at_once(order, held, swapped):
    """Moves in a row are one renaming, whatever their order."""
    before = {name: Address("toggle", name) for name in "abcd"}
    targets = dict(zip("abcd", order, strict=True))
    state = State(
        "l",
        toggles={address: ToggleRecord(f"key {name}", Exposure(0)) for name, address in before.items()},
        holds={before[name]: Hold(name, "", TIME, "") for name in held},
    )
    moved = [Moved(before[s], before[t], f"key {s}") for s, t in targets.items() if s != t]
    entries = link(None, map(encode_fact, reversed(moved) if swapped else moved), time=TIME, run="r", who="w")
    folded = fold(state, entries).state
    assert {a.name: record.key for a, record in folded.toggles.items()} == {t: f"key {s}" for s, t in targets.items()}
    assert {a.name: hold.id for a, hold in folded.holds.items()} == {targets[name]: name for name in held}
