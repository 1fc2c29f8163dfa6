"""A crew: calls on threads of their own, in groups that need not wait for one another.

The threads are daemons: a call that hangs keeps neither the next group nor the end of the process waiting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")
_LOOK: Final = 0.05


@dataclass(slots=True)
class Crew(Generic[K, T]):
    """`missing` are the calls that were begun, or wait for a thread, and have not answered yet."""

    parallelism: int
    missing: set[K] = field(default_factory=set)
    _answers: SimpleQueue[tuple[K, T | BaseException]] = field(default_factory=SimpleQueue)

    def start(self, calls: Mapping[K, Callable[[], T]]) -> None:
        """Begin a group; each group has threads of its own."""
        todo: SimpleQueue[K] = SimpleQueue()
        for name in calls:
            self.missing.add(name)
            todo.put(name)
        for _ in range(min(self.parallelism, len(calls))):
            threading.Thread(target=self._work, args=(todo, calls), daemon=True).start()

    def _work(self, todo: SimpleQueue[K], calls: Mapping[K, Callable[[], T]]) -> None:
        while True:
            try:
                name = todo.get_nowait()
            except Empty:
                return
            try:
                answer: T | BaseException = calls[name]()
            except BaseException as error:  # noqa: BLE001  # raised again where the answers are heard
                answer = error
            self._answers.put((name, answer))

    def hear(self) -> tuple[K, T] | None:
        """The next answer, in a moment; None: there was none. Raises what a call raised."""
        try:
            name, answer = self._answers.get(timeout=_LOOK)
        except Empty:
            return None
        self.missing.discard(name)
        if isinstance(answer, BaseException):
            raise answer
        return name, answer
