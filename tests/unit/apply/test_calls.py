"""Calls on threads."""

from __future__ import annotations

import threading

import pytest

from flagstaff.apply.calls import LeftAloneError, run_calls


def never():
    return False


def test_answers_come_by_index():
    calls = [lambda number=number: number * 2 for number in range(50)]
    begun = []
    answers = run_calls(calls, 8, give_up=never, started=begun.append)
    assert answers == {number: number * 2 for number in range(50)}
    assert sorted(begun) == list(range(50))


def test_no_calls_no_threads():
    assert run_calls([], 8, give_up=never) == {}


def test_no_more_than_so_many_at_once():
    lock, now, most = threading.Lock(), [0], [0]
    together = threading.Barrier(3)

    def call():
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        together.wait(10)
        with lock:
            now[0] -= 1

    run_calls([call] * 9, 3, give_up=never)
    assert most[0] == 3


def test_what_a_call_raises_is_raised():
    def broken():
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        run_calls([broken], 1, give_up=never)


def test_once_halted_no_call_begins():
    done = []
    calls = [lambda number=number: done.append(number) for number in range(5)]
    answers = run_calls(calls, 1, give_up=never, halt=lambda: len(done) >= 2)
    assert list(answers) == [0, 1]
    assert done == [0, 1]


def test_a_call_left_alone_is_told_to_have_begun_and_nothing_follows_it():
    hanging, begun, done = threading.Event(), threading.Event(), []

    def hang():
        begun.set()
        hanging.wait(10)

    told = []
    with pytest.raises(LeftAloneError):
        run_calls([hang, lambda: done.append(1)], 1, give_up=begun.is_set, started=told.append)
    assert told == [0]
    hanging.set()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon:
            thread.join(10)
    assert done == []


def test_the_caller_goes_on_meanwhile():
    turns, enough = [], threading.Event()

    def meanwhile():
        turns.append(1)
        if len(turns) == 5:
            enough.set()

    run_calls([lambda: enough.wait(10)], 1, give_up=never, meanwhile=meanwhile)
    assert len(turns) >= 5
