"""What is said while something is waited for: why, how long, and not too often."""

from __future__ import annotations

import time

import pytest

from flagstaff.apply.clock import SystemClock
from flagstaff.cli.patience import Retries, Waiting, told_if_slow
from flagstaff.providers.retries import Retrying, tell, told_to
from flagstaff.testing.clock import FakeClock


def never() -> bool:
    return False


def test_a_wait_is_told_with_what_is_left_and_again_after_a_while():
    said: list[str] = []
    clock = FakeClock()
    waiting = Waiting(clock, said.append, 600.0)
    waiting.begin("Waiting for the lease: jane runs apply on host;")
    for _ in range(14):
        waiting.sleep(5.0, never)
    assert said == [
        f"Waiting for the lease: jane runs apply on host; {left} left." for left in ("10:00", "9:30", "9:00")
    ]
    assert waiting.now() == clock.time
    assert waiting.monotonic() == clock.monotonic()


def test_who_need_not_wait_is_told_nothing():
    said: list[str] = []
    waiting = Waiting(FakeClock(), said.append, 600.0)
    waiting.sleep(60.0, never)
    assert not said


def test_a_request_that_is_repeated_is_told_but_not_each_of_many():
    said: list[str] = []
    clock = FakeClock()
    with told_to(Retries(said.append, clock)):
        for _ in range(10):
            tell(Retrying("GET /features was answered with 503.", 4.2, 1))
        clock.advance(5)
        tell(Retrying("GET /features was answered with 429.", 60.0, 2))
    tell(Retrying("Nobody listens.", 1.0, 1))
    assert said == [
        "GET /features was answered with 503. Trying again in 4.2 s (try 2).",
        "GET /features was answered with 429. Trying again in 1 min (try 3).",
    ]


def test_an_output_that_broke_off_is_no_reason_to_stop_a_request():
    def broken(_: str) -> None:
        raise BrokenPipeError

    with told_to(Retries(broken, FakeClock())):
        tell(Retrying("GET /features was answered with 503.", 4.2, 1))


def test_a_failure_of_the_body_ends_the_telling():
    said: list[Retrying] = []
    with pytest.raises(RuntimeError), told_to(said.append):
        raise RuntimeError
    tell(Retrying("Nobody listens.", 1.0, 1))
    assert not said


def test_what_takes_long_is_told_now_and_then():
    said: list[str] = []
    with told_if_slow(said.append, SystemClock(), "Reading the state", slow=0.02, again=0.02):
        end = time.monotonic() + 1
        while len(said) < 2 and time.monotonic() < end:
            time.sleep(0.005)
    assert said[0].startswith("Reading the state: no answer after 0.")
    assert said[1].endswith(" s, still waiting.")


def test_what_does_not_take_long_is_not_told():
    said: list[str] = []
    with told_if_slow(said.append, SystemClock(), "Reading the state"):
        pass
    with pytest.raises(KeyError), told_if_slow(said.append, SystemClock(), "Reading the state"):
        raise KeyError
    assert said == []


def test_output_that_is_gone_stops_nothing():
    def gone(_: str) -> None:
        calls.append(1)
        raise BrokenPipeError

    calls: list[int] = []
    with told_if_slow(gone, SystemClock(), "Reading", slow=0.01, again=0.01):
        end = time.monotonic() + 1
        while len(calls) < 2 and time.monotonic() < end:
            time.sleep(0.005)
    assert len(calls) >= 2
