"""Calls to a store on threads of their own, so that a user who asks twice need not wait for them.

The threads are daemons: what is left alone doesn't keep the process from ending.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeVar

T = TypeVar("T")
_LOOK: Final = 0.05


class LeftAloneError(Exception):
    """The user asked to stop now: calls in flight go on without us, and nobody waits for their answers."""


@dataclass(frozen=True, slots=True)
class _Started:
    index: int


@dataclass(frozen=True, slots=True)
class _Ended(Generic[T]):
    index: int
    answer: T


@dataclass(frozen=True, slots=True)
class _Raised:
    error: BaseException


@dataclass(slots=True)
class _Desk(Generic[T]):
    """Where threads get their calls and tell what came of them; closed, it hands out no more."""

    calls: Sequence[Callable[[], T]]
    halt: Callable[[], bool]
    told: SimpleQueue[_Started | _Ended[T] | _Raised | None] = field(default_factory=SimpleQueue)
    handed_out: int = 0
    closed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> int | None:
        """The next call's index, told to have begun; None: there is none."""
        if self.halt():
            return None
        with self.lock:
            if self.closed or self.handed_out == len(self.calls):
                return None
            index = self.handed_out
            self.handed_out += 1
            self.told.put(_Started(index))
            return index

    def close(self) -> Iterator[int]:
        """The indexes of calls that began and that nobody heard of yet."""
        with self.lock:
            self.closed = True
        while not self.told.empty():
            if isinstance(news := self.told.get(), _Started):
                yield news.index

    def work(self) -> None:
        try:
            while (index := self.take()) is not None:
                self.told.put(_Ended(index, self.calls[index]()))
        except BaseException as error:  # noqa: BLE001  # raised again where the calls were asked for
            self.told.put(_Raised(error))
        self.told.put(None)


def run_calls(
    calls: Sequence[Callable[[], T]],
    parallelism: int,
    *,
    give_up: Callable[[], bool],
    halt: Callable[[], bool] = lambda: False,
    started: Callable[[int], None] = lambda _: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> dict[int, T]:
    """Do the calls, at most `parallelism` at once, and return the answers by index.

    No call is begun once `halt` is true: those have no answer. `started` and `meanwhile` run in
    the caller's thread. Raises what a call raised, and `LeftAloneError` as soon as `give_up` is true.
    """
    desk = _Desk(calls, halt)
    threads = min(parallelism, len(calls))
    for _ in range(threads):
        threading.Thread(target=desk.work, daemon=True).start()
    answers: dict[int, T] = {}
    while threads:
        if give_up():
            for index in desk.close():
                started(index)
            raise LeftAloneError
        meanwhile()
        try:
            news = desk.told.get(timeout=_LOOK)
        except Empty:
            continue
        match news:
            case _Started(index):
                started(index)
            case _Ended(index, answer):
                answers[index] = answer
            case _Raised(error):
                raise error
            case _:
                threads -= 1
    return answers
