"""A store that takes its time: what it was asked for is told, first after a while and then now and then."""

from __future__ import annotations

import threading
from itertools import pairwise

from flagstaff.apply.events import Slow
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.watch import Watch
from flagstaff.testing.clock import FakeClock


class Lease:
    def renew(self) -> None:
        return None

    def stop_requested(self) -> None:
        return None


class Hurried(FakeClock):
    """Seconds pass at each look at it; `enough` is set once `end` is reached."""

    def __init__(self, end: float, step: float) -> None:
        super().__init__()
        self.step = step
        self.end, self.enough = super().monotonic() + end, threading.Event()

    def monotonic(self) -> float:
        self.advance(self.step)
        if super().monotonic() >= self.end:
            self.enough.set()
        return super().monotonic()


def told(seconds: float, do, step: float = 5) -> list[Slow]:
    events: list[Slow] = []
    clock = Hurried(seconds, step)
    do(Watch(clock, Lease(), Interrupt(), events.append), clock)
    return events


def one_call(watch, clock):
    assert watch.call(lambda: clock.enough.wait(10), "reading the store")


def several(watch, clock):
    calls = [lambda: clock.enough.wait(10)] * 3
    assert watch.calls(calls, 2, lambda _: None, "writing 3 toggles") == {0: True, 1: True, 2: True}


def test_a_quick_answer_is_not_told():
    assert not told(0, one_call, step=0.1)


def test_a_slow_one_is_told_now_and_then():
    events = told(100, one_call)
    assert {event.doing for event in events} == {"reading the store"}
    times = [event.seconds for event in events]
    assert 10 <= times[0] < 30
    assert all(later - earlier >= 30 for earlier, later in pairwise(times))
    assert 2 <= len(times) <= 5


def test_so_are_several_at_once():
    assert {event.doing for event in told(60, several)} == {"writing 3 toggles"}
