"""What a state store must do when many want it at once: the part of its conformance that takes threads."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from flagstaff.state.journal import verify
from flagstaff.state.store import LeaseHeld, StateConflict, StateStore
from flagstaff.testing.state_samples import ROUNDS, SMALL, WRITERS, at_once, entries, info


class StateContests:
    """Each thread opens the store for itself, as another process would."""

    def test_eight_savers_at_once_win_each_serial_once(self, opener: Callable[[], StateStore]) -> None:
        opener().save(SMALL, "")

        def save(number: int) -> list[int]:
            store, won = opener(), list[int]()
            while len(won) < ROUNDS:
                state, token = store.load()
                assert state is not None
                new = state.changed(tool=f"{number}.{state.serial}")
                with contextlib.suppress(StateConflict):
                    store.save(new, token)
                    won.append(new.serial)
            return won

        won = at_once(save)
        assert sorted(won) == list(range(2, 2 + WRITERS * ROUNDS))
        state, _ = opener().load()
        assert state is not None
        assert state.serial == 1 + WRITERS * ROUNDS

    def test_eight_writers_at_once_make_one_chain(self, opener: Callable[[], StateStore]) -> None:
        def append(number: int) -> list[str]:
            store, made = opener(), list[str]()
            while len(made) < ROUNDS:
                last = store.last()
                new = entries(last, f"{number}.{len(made)}a", f"{number}.{len(made)}b")
                with contextlib.suppress(StateConflict):
                    store.append(new, last.hash if last else "")
                    made.append(new[-1].hash)
            return made

        made = at_once(append)
        chain = list(opener().entries())
        assert verify(chain) == ()
        assert len(chain) == 2 * WRITERS * ROUNDS
        assert {entry.hash for entry in chain[1::2]} == set(made)

    def test_eight_who_want_the_lease_get_it_one_after_the_other(self, opener: Callable[[], StateStore]) -> None:
        inside: list[int] = []

        def hold(number: int) -> list[int]:
            store = opener()
            while True:
                with contextlib.suppress(LeaseHeld), store.acquire(info(f"lease-{number}")) as lease:
                    assert lease.took_over is None
                    inside.append(number)
                    lease.renew()
                    assert inside.pop() == number
                    return [number]

        assert sorted(at_once(hold)) == list(range(WRITERS))
        assert inside == []
        assert opener().holder() is None

    def test_many_threads_look_for_a_request_to_stop(self, store: StateStore, opener: Callable[[], StateStore]) -> None:
        with store.acquire(info()) as lease:

            def look(_: int) -> list[str | None]:
                return [lease.stop_requested() for _ in range(ROUNDS)]

            assert set(at_once(look)) == {None}
            opener().request_stop("enough")
            assert set(at_once(look)) == {"enough"}
