"""The clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flagstaff.apply.clock import SystemClock
from flagstaff.apply.interrupt import Interrupt
from flagstaff.testing.clock import FakeClock


def test_the_system_clock_tells_utc_and_never_goes_back():
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=10)
    assert clock.monotonic() <= clock.monotonic()


def test_the_system_clock_sleeps_and_is_woken():
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0.01, lambda: False)
    assert clock.monotonic() - before >= 0.01
    looks = iter([False, True])
    before = clock.monotonic()
    clock.sleep(60, lambda: next(looks))
    assert clock.monotonic() - before < 30


def test_the_fake_clock_passes_time_only_in_sleep():
    clock = FakeClock()
    start = clock.now()
    assert clock.now() == start
    clock.sleep(2.5, lambda: False)
    clock.sleep(9, lambda: True)
    assert clock.slept == [2.5, 9]
    assert clock.now() - start == timedelta(seconds=2.5)
    clock.advance(1)
    assert clock.monotonic() == start.timestamp() + 3.5


def test_an_interrupt_counts():
    interrupt = Interrupt()
    assert (interrupt.requested(), interrupt.now()) == (False, False)
    interrupt.request()
    assert (interrupt.requested(), interrupt.now()) == (True, False)
    interrupt.request()
    assert (interrupt.requested(), interrupt.now()) == (True, True)
