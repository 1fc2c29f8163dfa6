"""What every provider must do, as tests: derive a class, override the fixtures, and run pytest.

`ReaderConformance` is for a store that Flagstaff only reads, `ProviderConformance` for one that it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pytest

from flagstaff.model.exposure import ALL_ACTORS, OFF, ON, Exposure
from flagstaff.model.live import Json, Live, Raw, Refusal, Result, Snapshot, Step, Target
from flagstaff.providers.protocols import BatchWriter, Conflict, Provider, StoreError, Writer
from flagstaff.providers.wrappers import ReadOnly

FIVE: Final = Exposure.parse("5")
LEVELS: Final = (OFF, FIVE, Exposure.parse("5.001"), ALL_ACTORS, ON)
ODD_KEYS: Final = ("a b", "a/b", "a//b/boolean", "größe", "旗", "🏁", "%2F", "a+b?c#d&e;f,g", '"', "\\", "x" * 300)
TESTERS: Final = ("User;1", "User;2", "größe 1,5")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a store can do.

    `replaces`: it goes from `on` to a percentage in one write; a store that can't must refuse it.
    `keeps_testers`: a write of `on` keeps testers; a store that can't must refuse it for a toggle that has some.
    `unknown`: a closed gate of the store's future, in its own words, that every write keeps; None: it holds no such.
    """

    replaces: bool = True
    keeps_testers: bool = True
    unknown: Mapping[str, Json] | None = field(default_factory=lambda: {"gate_of_the_future": []})


# Makes a provider over a new store that holds these toggles.
Make = Callable[[Mapping[str, Raw]], Provider]
# One toggle as the store has it: how far it is on, and for which testers.
MakeRaw = Callable[[Exposure, Sequence[str]], Raw]


class ReaderConformance:
    """Fixtures to override: `make`, `raw`, and `capabilities` and `at_rest` where the defaults don't fit."""

    @pytest.fixture
    def make(self) -> Make:
        raise NotImplementedError

    @pytest.fixture
    def raw(self) -> MakeRaw:
        raise NotImplementedError

    @pytest.fixture
    def capabilities(self) -> Capabilities:
        return Capabilities()

    @pytest.fixture
    def at_rest(self) -> Callable[[Provider], object]:
        """What shows that a store was written: a file's bytes and time, a table's rows."""
        return lambda provider: provider.reader.read()

    def test_reads_all(self, make: Make, raw: MakeRaw) -> None:
        toggles = {f"level_{level.level}": raw(level, ()) for level in LEVELS}
        provider = make(toggles)
        live = {key: live_of(provider, key).exposure for key in provider.reader.read().toggles}
        assert live == {f"level_{level.level}": level for level in LEVELS}

    def test_reads_a_subset_without_unknown_keys(self, make: Make, raw: MakeRaw) -> None:
        provider = make({key: raw(OFF, ()) for key in ("a", "b", "c")})
        assert set(provider.reader.read(["c", "nope", "a"]).toggles) == {"a", "c"}
        assert provider.reader.read([]).toggles == {}

    def test_reads_an_empty_store(self, make: Make) -> None:
        assert make({}).reader.read().toggles == {}

    def test_reads_many(self, make: Make, raw: MakeRaw) -> None:
        """More than a page, and more keys than a URL holds."""
        keys = [f"toggle_with_a_rather_long_name_{number}" for number in range(1_200)]
        provider = make({key: raw(FIVE, ()) for key in keys})
        assert sorted(provider.reader.read().toggles) == sorted(keys)
        assert sorted(provider.reader.read(keys[:1_000]).toggles) == sorted(keys[:1_000])

    def test_reads_testers(self, make: Make, raw: MakeRaw) -> None:
        live = live_of(make({"a": raw(FIVE, TESTERS)}), "a")
        assert live.exposure == FIVE
        assert set(live.testers.actors) == set(TESTERS)

    @pytest.mark.parametrize("key", ODD_KEYS)
    def test_reads_odd_keys(self, make: Make, raw: MakeRaw, key: str) -> None:
        provider = make({key: raw(FIVE, ()), "other": raw(OFF, ())})
        assert list(provider.reader.read([key]).toggles) == [key]

    def test_keys_differ_by_case(self, make: Make, raw: MakeRaw) -> None:
        provider = make({"Checkout": raw(ON, ()), "checkout": raw(OFF, ())})
        assert live_of(provider, "Checkout").exposure == ON
        assert live_of(provider, "checkout").exposure == OFF

    def test_what_is_absent_is_off(self, make: Make) -> None:
        live = live_of(make({}), "absent")
        assert live == Live(OFF, live.testers, None)
        assert not live.testers

    def test_reading_writes_nothing(self, make: Make, raw: MakeRaw, at_rest: Callable[[Provider], object]) -> None:
        provider = make({"a": raw(FIVE, TESTERS)})
        before = at_rest(provider)
        first, second = provider.reader.read(), provider.reader.read(["a", "nope"])
        assert first.toggles == second.toggles
        assert at_rest(provider) == before

    def test_a_reader_alone_refuses_to_write(self, make: Make, raw: MakeRaw) -> None:
        provider = make({"a": raw(FIVE, ())})
        reader = ReadOnly(provider.reader)
        assert reader.read().toggles == provider.reader.read().toggles
        assert not isinstance(reader, Writer | BatchWriter)
        for write in ("write", "write_batch"):
            with pytest.raises(StoreError, match="reading only"):
                getattr(reader, write)

    def test_a_store_has_a_writer_or_says_who_writes(self, make: Make) -> None:
        provider = make({})
        assert (provider.writer is None) == bool(provider.handoff)


class ProviderConformance(ReaderConformance):
    """The same for a store that is written, by either kind of writer."""

    @pytest.mark.parametrize("after", LEVELS, ids=str)
    @pytest.mark.parametrize("before", LEVELS, ids=str)
    def test_moves(
        self, make: Make, raw: MakeRaw, capabilities: Capabilities, before: Exposure, after: Exposure
    ) -> None:
        """Each step leaves what it says, the last one the target, and then there is nothing left to do."""
        provider = make({"a": raw(before, ()), "other": raw(FIVE, TESTERS)})
        other = provider.reader.read(["other"]).toggles
        steps = move(provider, Target("a", after))
        if not capabilities.replaces and before == ON and after not in {OFF, ON}:
            assert isinstance(steps, Refusal)
            assert live_of(provider, "a").exposure == ON
        else:
            assert not isinstance(steps, Refusal)
            assert live_of(provider, "a").exposure == after
            assert compiled(provider, Target("a", after)) == ()
        assert provider.reader.read(["other"]).toggles == other

    @pytest.mark.parametrize("after", LEVELS, ids=str)
    @pytest.mark.parametrize("before", LEVELS, ids=str)
    def test_testers_survive(
        self, make: Make, raw: MakeRaw, capabilities: Capabilities, before: Exposure, after: Exposure
    ) -> None:
        provider = make({"a": raw(before, TESTERS)})
        steps = move(provider, Target("a", after))
        live = live_of(provider, "a")
        assert set(live.testers.actors) == set(TESTERS)
        refused = (ON in {before, after} and not capabilities.keeps_testers) or (
            before == ON and after != OFF and not capabilities.replaces
        )
        if before != after and refused:
            assert isinstance(steps, Refusal)
            assert live.exposure == before
        else:
            assert live.exposure == after

    def test_unknown_gates_survive(self, make: Make, raw: MakeRaw, capabilities: Capabilities) -> None:
        unknown = capabilities.unknown or {}
        provider = make({"a": {**raw(OFF, TESTERS), **unknown}})
        for level in (FIVE, ALL_ACTORS, OFF):
            assert not isinstance(move(provider, Target("a", level)), Refusal)
            assert live_of(provider, "a").exposure == level
            found = provider.reader.read().toggles["a"]
            assert {name: found.get(name) for name in unknown} == unknown

    @pytest.mark.parametrize("level", LEVELS, ids=str)
    def test_creates(self, make: Make, level: Exposure) -> None:
        provider = make({})
        assert move(provider, Target("new", level, create=True)) != ()
        assert live_of(provider, "new").exposure == level
        assert live_of(provider, "new").raw is not None
        assert compiled(provider, Target("new", level, create=True)) == ()

    def test_makes_nothing_unasked(self, make: Make) -> None:
        """A typo makes no toggle: not in the plan, and not by a write for a toggle that has gone."""
        provider = make({})
        assert isinstance(move(provider, Target("typo", FIVE)), Refusal)
        assert compiled(provider, Target("typo", OFF)) == ()
        assert provider.reader.read().toggles == {}

    def test_deletes(self, make: Make, raw: MakeRaw) -> None:
        provider = make({"a": raw(OFF, ()), "b": raw(FIVE, ())})
        assert move(provider, Target("a", OFF, delete=True)) != ()
        assert list(provider.reader.read().toggles) == ["b"]

    def test_deleting_the_absent_is_nothing(self, make: Make, raw: MakeRaw) -> None:
        provider = make({"b": raw(FIVE, ())})
        assert compiled(provider, Target("a", OFF, delete=True)) == ()

    @pytest.mark.parametrize("key", ODD_KEYS)
    def test_writes_odd_keys(self, make: Make, raw: MakeRaw, key: str) -> None:
        provider = make({"other": raw(FIVE, ())})
        move(provider, Target(key, FIVE, create=True))
        assert live_of(provider, key).exposure == FIVE
        move(provider, Target(key, ALL_ACTORS))
        assert live_of(provider, key).exposure == ALL_ACTORS
        assert live_of(provider, "other").exposure == FIVE
        move(provider, Target(key, OFF, delete=True))
        assert list(provider.reader.read().toggles) == ["other"]

    @pytest.mark.parametrize("key", ["", ".", "..", "a\tb", "a\n", "\x7f"])
    def test_refuses_keys_that_the_store_would_take_for_others(self, make: Make, key: str) -> None:
        assert isinstance(compiled(make({}), Target(key, FIVE, create=True)), Refusal)

    def test_a_write_answers_with_the_toggle_as_it_is(self, make: Make, raw: MakeRaw) -> None:
        provider = make({"a": raw(OFF, TESTERS), "b": raw(FIVE, ())})
        for target in (Target("a", FIVE), Target("b", OFF, delete=True)):
            answers = carry_out(provider, provider.reader.read(), steps_of(provider, target))
            assert answers[-1] == Result(target.key, provider.reader.read().toggles.get(target.key))

    def test_conflict_leaves_everything_as_it_was(self, make: Make, raw: MakeRaw) -> None:
        provider = make({"a": raw(OFF, ()), "b": raw(OFF, ()), "c": raw(FIVE, ())})
        stale = provider.reader.read()
        planned = [step for key in ("c", "b", "a") for step in steps_of(provider, Target(key, ALL_ACTORS))]
        move(provider, Target("b", FIVE))
        now = provider.reader.read().toggles
        with pytest.raises(Conflict) as conflict:
            carry_out(provider, stale, planned if isinstance(provider.writer, BatchWriter) else planned[1:2])
        assert conflict.value.keys == ("b",)
        assert not conflict.value.unknown
        assert provider.reader.read().toggles == now

    def test_conflict_where_a_toggle_has_gone_or_come(self, make: Make, raw: MakeRaw) -> None:
        provider = make({"a": raw(OFF, ())})
        stale = provider.reader.read()
        raises = steps_of(provider, Target("a", FIVE))
        creates = steps_of(provider, Target("new", FIVE, create=True))
        move(provider, Target("a", OFF, delete=True))
        move(provider, Target("new", ALL_ACTORS, create=True))
        for steps in (raises, creates):
            with pytest.raises(Conflict):
                carry_out(provider, stale, steps)
        assert live_of(provider, "a").raw is None
        assert live_of(provider, "new").exposure == ALL_ACTORS

    def test_batch_is_all_or_nothing(self, make: Make, raw: MakeRaw) -> None:
        """For a store that is written toggle by toggle: what was done before the failure stays, and no more."""
        provider = make({key: raw(OFF, ()) for key in ("a", "b", "c")})
        steps = [step for key in ("a", "b", "c") for step in steps_of(provider, Target(key, FIVE))]
        wrong = Step("b", "no such operation", None, FIVE)
        with pytest.raises(StoreError):
            carry_out(provider, provider.reader.read(), [steps[0], wrong, *steps[2:]])
        first = OFF if isinstance(provider.writer, BatchWriter) else FIVE
        assert [live_of(provider, key).exposure for key in ("a", "b", "c")] == [first, OFF, OFF]

    def test_many_at_once(self, make: Make, raw: MakeRaw) -> None:
        keys = [f"toggle_{number}" for number in range(300)]
        provider = make({key: raw(OFF, ()) for key in keys})
        snapshot = provider.reader.read()
        steps: list[Step] = []
        for key in keys:
            compiled = provider.dialect.compile(provider.dialect.live(snapshot.toggles[key]), Target(key, FIVE))
            assert not isinstance(compiled, Refusal)
            steps.extend(compiled)
        results = carry_out(provider, snapshot, steps)
        assert [result.key for result in results] == keys
        after = provider.reader.read().toggles
        assert {provider.dialect.live(after[key]).exposure for key in keys} == {FIVE}


def live_of(provider: Provider, key: str) -> Live:
    return provider.dialect.live(provider.reader.read([key]).toggles.get(key))


def compiled(provider: Provider, target: Target) -> tuple[Step, ...] | Refusal:
    return provider.dialect.compile(live_of(provider, target.key), target)


def steps_of(provider: Provider, target: Target) -> tuple[Step, ...]:
    steps = compiled(provider, target)
    assert not isinstance(steps, Refusal), steps
    return steps


def move(provider: Provider, target: Target) -> tuple[Step, ...] | Refusal:
    """Compile and carry out one move, and look after each step whether it left what it says."""
    steps = compiled(provider, target)
    for step in () if isinstance(steps, Refusal) else steps:
        carry_out(provider, provider.reader.read([target.key]), [step])
        assert live_of(provider, target.key).exposure == step.leaves
    return steps


def carry_out(provider: Provider, expect: Snapshot, steps: Collection[Step]) -> Sequence[Result]:
    """Write steps by whichever writer there is, each toggle expected as in `expect`, or as the step before left it."""
    writer = provider.writer
    if isinstance(writer, BatchWriter):
        return writer.write_batch(list(steps), expect)
    assert writer is not None
    toggles: dict[str, Raw | None] = dict(expect.toggles)
    for step in steps:
        toggles[step.key] = writer.write(step, toggles.get(step.key))
    return [Result(step.key, toggles[step.key]) for step in steps]
