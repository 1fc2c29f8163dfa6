"""What every state store must do, as tests: subclass `StateStoreConformance` and give it stores.

    class TestMine(StateStoreConformance):
        @pytest.fixture
        def opener(self): ...

Needs pytest. The stores of one test share one place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from flagstaff.state.state import State
from flagstaff.state.store import LeaseHeld, LockInfo, StateConflict, StateError, StateStore
from flagstaff.testing.state_contest import StateContests
from flagstaff.testing.state_samples import SMALL, STATE, TIME, entries, info


class StateStoreConformance(StateContests):
    """Give the fixtures `opener`, `backup`, `tear` and `abandon`; the rest is done here."""

    @pytest.fixture
    def opener(self) -> Callable[[], StateStore]:
        """Opens the same place anew each time, as another process would."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, opener: Callable[[], StateStore]) -> StateStore:
        return opener()

    @pytest.fixture
    def backup(self, opener: Callable[[], StateStore]) -> Callable[[], State | None]:
        """Reads the one backup."""
        raise NotImplementedError

    @pytest.fixture
    def tear(self, opener: Callable[[], StateStore]) -> Callable[[], None]:
        """Leaves what a crash in the middle of an append leaves."""
        raise NotImplementedError

    @pytest.fixture
    def abandon(self, opener: Callable[[], StateStore]) -> Callable[[LockInfo], None]:
        """Takes the lease and dies with it, or lets it expire."""
        raise NotImplementedError

    # State

    def test_loading_nothing_gives_nothing(self, store: StateStore) -> None:
        assert store.load() == (None, "")

    def test_loading_writes_nothing(self, store: StateStore, opener: Callable[[], StateStore]) -> None:
        store.load()
        assert opener().load() == (None, "")
        assert opener().last() is None
        assert opener().holder() is None

    def test_what_is_saved_is_loaded(self, store: StateStore, opener: Callable[[], StateStore]) -> None:
        token = store.save(STATE, "")
        assert token
        assert opener().load() == (STATE, token)

    def test_saving_goes_on_from_the_token_that_saving_gave(self, store: StateStore) -> None:
        token = store.save(STATE, "")
        second = STATE.changed(tool="0.2.0")
        assert second.serial == 2
        token = store.save(second, token)
        assert store.load() == (second, token)

    def test_the_same_state_again_is_not_a_change(self, store: StateStore) -> None:
        first = store.save(STATE, "")
        assert store.save(STATE, first) == first
        assert store.load() == (STATE, first)

    def test_one_of_two_savers_wins_and_the_other_is_told(
        self, store: StateStore, opener: Callable[[], StateStore]
    ) -> None:
        other = opener()
        store.save(STATE, "")
        (state, ours), (_, theirs) = store.load(), other.load()
        assert state is not None
        won = other.save(state.changed(tool="theirs"), theirs)
        with pytest.raises(StateConflict):
            store.save(state.changed(tool="ours"), ours)
        assert store.load() == (state.changed(tool="theirs"), won)

    def test_the_loser_is_told_who_won(self, store: StateStore, opener: Callable[[], StateStore]) -> None:
        token, other = store.save(STATE, ""), opener()
        theirs = entries(None, "a", who="rosa@build-9")
        other.append(theirs, "")
        other.save(STATE.changed(journal_head=theirs[-1].hash), token)
        with pytest.raises(StateConflict) as lost:
            store.save(STATE.changed(tool="ours"), token)
        for part in ("serial 2", "serial 1", "rosa@build-9", "Nothing was overwritten."):
            assert part in lost.value.detail
        with pytest.raises(StateConflict) as lost:
            store.append(entries(None, "ours"), "")
        assert "rosa@build-9" in lost.value.detail

    def test_a_clock_that_goes_backwards_stops_nobody(self, store: StateStore) -> None:
        """The order is that of the chain."""
        with store.acquire(replace(info(), created=TIME + timedelta(days=400))) as lease:
            first = entries(None, "a", time=TIME + timedelta(days=400))
            second = entries(first[-1], "b", time=TIME)
            store.append(first, "")
            store.append(second, first[-1].hash)
            lease.renew()
        assert tuple(store.entries()) == first + second

    def test_the_first_state_of_two_wins(self, store: StateStore, opener: Callable[[], StateStore]) -> None:
        store.save(STATE, "")
        with pytest.raises(StateConflict):
            opener().save(SMALL, "")
        assert store.load()[0] == STATE

    def test_a_state_is_not_saved_over_one_that_is_gone(self, store: StateStore) -> None:
        token = store.save(STATE, "")
        with pytest.raises(StateConflict):
            store.save(STATE.changed(tool="2"), token + "x")
        assert store.load() == (STATE, token)

    def test_another_lineage_is_refused(self, store: StateStore) -> None:
        token = store.save(STATE, "")
        with pytest.raises(StateError, match="State has another lineage"):
            store.save(replace(STATE, lineage="other", serial=2), token)
        assert store.load() == (STATE, token)

    @pytest.mark.parametrize("serial", [0, 1])
    def test_a_serial_that_does_not_rise_is_refused(self, store: StateStore, serial: int) -> None:
        token = store.save(STATE, "")
        with pytest.raises(StateError, match="State has an old serial"):
            store.save(replace(STATE, tool="2", serial=serial), token)
        assert store.load() == (STATE, token)

    def test_a_state_that_breaks_an_invariant_is_refused(self, store: StateStore) -> None:
        with pytest.raises(StateError, match="State breaks an invariant"):
            store.save(State(lineage=""), "")
        assert store.load() == (None, "")

    def test_one_backup_is_kept(self, store: StateStore, backup: Callable[[], State | None]) -> None:
        first, second = STATE, STATE.changed(tool="2")
        third = second.changed(tool="3")
        token = store.save(first, "")
        assert backup() is None
        token = store.save(second, token)
        assert backup() == first
        store.save(third, token)
        assert backup() == second

    # Journal

    def test_an_empty_journal_has_no_entries_and_no_head(self, store: StateStore) -> None:
        assert list(store.entries()) == []
        assert store.last() is None
        assert store.head() == ""

    def test_appended_entries_are_read_in_order(self, store: StateStore, opener: Callable[[], StateStore]) -> None:
        first = entries(None, "a", "b\n", "ü \ud800")
        assert store.append(first, "") == first[-1].hash
        second = entries(store.last(), "d")
        assert store.append(second, first[-1].hash) == second[-1].hash
        assert tuple(opener().entries()) == first + second
        assert opener().last() == second[-1]
        assert opener().head() == second[-1].hash

    def test_appending_behind_an_old_head_is_refused(self, store: StateStore, opener: Callable[[], StateStore]) -> None:
        first = entries(None, "a")
        store.append(first, "")
        other = opener()
        theirs = entries(other.last(), "theirs")
        other.append(theirs, first[-1].hash)
        with pytest.raises(StateConflict):
            store.append(entries(first[-1], "ours"), first[-1].hash)
        assert tuple(store.entries()) == first + theirs

    def test_appending_to_a_journal_that_is_not_empty_any_more_is_refused(self, store: StateStore) -> None:
        store.append(entries(None, "a"), "")
        with pytest.raises(StateConflict):
            store.append(entries(None, "b"), "")

    def test_entries_that_do_not_follow_on_are_refused(self, store: StateStore) -> None:
        first = entries(None, "a", "b", "c")
        with pytest.raises(StateError, match="Journal entries do not follow on"):
            store.append((first[0], first[2]), "")
        assert store.last() is None

    def test_appending_nothing_only_compares(self, store: StateStore) -> None:
        assert store.append((), "") == ""
        head = store.append(entries(None, "a"), "")
        assert store.append((), head) == head
        with pytest.raises(StateConflict):
            store.append((), "")

    def test_entries_behind_a_head(self, store: StateStore) -> None:
        all_ = entries(None, "a", "b", "c")
        store.append(all_, "")
        for number, entry in enumerate(all_, 1):
            assert tuple(store.entries(entry.hash)) == all_[number:]

    def test_entries_behind_an_unknown_head_are_refused(self, store: StateStore) -> None:
        with pytest.raises(StateError, match="Journal does not fit the state"):
            list(store.entries("0" * 64))
        store.append(entries(None, "a"), "")
        with pytest.raises(StateError, match="Journal does not fit the state"):
            list(store.entries("0" * 64))

    def test_a_torn_end_is_left_out_and_written_over(self, store: StateStore, tear: Callable[[], None]) -> None:
        tear()
        assert list(store.entries()) == []
        first = entries(None, "a")
        store.append(first, "")
        tear()
        assert tuple(store.entries()) == first
        assert store.last() == first[-1]
        second = entries(first[-1], "b")
        store.append(second, first[-1].hash)
        assert tuple(store.entries()) == first + second

    # Lease

    def test_the_lease_is_one_persons(self, store: StateStore, opener: Callable[[], StateStore]) -> None:
        assert store.holder() is None
        with store.acquire(info()) as lease:
            assert lease.info == info()
            assert lease.took_over is None
            assert opener().holder() == info()
            with pytest.raises(LeaseHeld) as held:
                opener().acquire(info("lease-2"))
            assert held.value.holder == info()
            for part in (
                "flagstaff apply",
                "jane",
                "build-7",
                "4242",
                "2026-01-27 14:03:05",
                "-lock-timeout",
                "unlock",
            ):
                assert part in held.value.detail
            lease.renew()
        assert opener().holder() is None
        with opener().acquire(info("lease-2")) as second:
            assert second.took_over is None

    def test_releasing_twice_is_releasing_once(self, store: StateStore, opener: Callable[[], StateStore]) -> None:
        lease = store.acquire(info())
        lease.release()
        with opener().acquire(info("lease-2")):
            lease.release()
            assert store.holder() == info("lease-2")

    def test_a_released_lease_is_not_renewed(self, store: StateStore) -> None:
        lease = store.acquire(info())
        lease.release()
        with pytest.raises(StateError, match="Lease was lost"):
            lease.renew()

    def test_a_dead_holder_is_taken_over_and_named(
        self, store: StateStore, abandon: Callable[[LockInfo], None]
    ) -> None:
        abandon(info("dead"))
        assert store.holder() is None
        with store.acquire(info("next")) as lease:
            assert lease.took_over == info("dead")
        with store.acquire(info("third")) as lease:
            assert lease.took_over is None

    def test_a_broken_lease_is_not_renewed(self, store: StateStore, opener: Callable[[], StateStore]) -> None:
        lease = store.acquire(info())
        assert opener().break_lease() == info()
        with pytest.raises(StateError, match="Lease was lost"):
            lease.renew()
        with opener().acquire(info("lease-2")) as second:
            with pytest.raises(StateError, match="Lease was lost"):
                lease.renew()
            store.request_stop("second")
            lease.release()
            second.renew()
            assert second.stop_requested() == "second"
            assert store.holder() == info("lease-2")

    def test_breaking_a_lease_that_nobody_holds(self, store: StateStore) -> None:
        assert store.break_lease() is None
        store.acquire(info()).release()
        assert store.break_lease() is None
        assert store.holder() is None

    def test_the_holder_sees_a_request_to_stop(self, store: StateStore, opener: Callable[[], StateStore]) -> None:
        with store.acquire(info()) as lease:
            assert lease.stop_requested() is None
            opener().request_stop("rollback of toggle.vitals by joe")
            assert lease.stop_requested() == "rollback of toggle.vitals by joe"
            opener().request_stop("once more")
            assert lease.stop_requested() == "once more"
        with store.acquire(info("lease-2")) as lease:
            assert lease.stop_requested() is None

    def test_a_request_to_stop_is_for_the_present_holder(self, store: StateStore) -> None:
        store.request_stop("nobody is there")
        with store.acquire(info()) as lease:
            assert lease.stop_requested() is None
        store.request_stop("nobody is there")
        with store.acquire(info("lease-2")) as lease:
            assert lease.stop_requested() is None
