"""The watch: everything that can end an apply early, and the waiting in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from flagstaff.apply.calls import run_calls
from flagstaff.apply.clock import Clock
from flagstaff.apply.events import Event, Listener, Slow, Stopping, Waiting
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.propagation import Wait
from flagstaff.state.store import Lease, StateError

T = TypeVar("T")
_RENEW: Final = 5.0
# How the stop mark of a rollback begins.
ROLLBACK: Final = "rollback "
_TICK: Final = 1.0
# Seconds after which a call is told to be slow, and between two times.
_SLOW: Final = 10.0
_SLOW_AGAIN: Final = 30.0


@dataclass(slots=True)
class Watch:
    """`why` is "" as long as nothing asks to stop; once it is set it stays, and was told to the listener."""

    clock: Clock
    lease: Lease
    interrupt: Interrupt
    listener: Listener
    why: str = ""
    _renewed: float = field(default=float("-inf"))
    _deaf: bool = False

    def tell(self, event: Event) -> None:
        """Tell the listener. One that can't be told any more is no reason to leave moves open: it stops the apply."""
        if self._deaf:
            return
        try:
            self.listener(event)
        except OSError as error:
            self._deaf = True
            self.stop(f"The output broke off: {error.strerror}.")

    def stopped(self) -> bool:
        """Whether no new move may start; looks at the interrupt, the stop mark and the lease."""
        if not self.why:
            self._renew()
        if not self.why:
            self.stop(self._asked())
        return bool(self.why)

    def stop(self, why: str) -> None:
        """Stop for that reason, if there is one and it is the first."""
        if why and not self.why:
            self.why = why
            self.tell(Stopping(why))

    def halt(self) -> bool:
        """The same question from another thread: it tells nobody and renews nothing."""
        return bool(self.why or self._asked())

    def _asked(self) -> str:
        if self.interrupt.requested():
            return "Interrupted."
        try:
            asked = self.lease.stop_requested()
        except StateError as error:
            return f"{error.summary}: {error.detail}"
        if asked is None:
            return ""
        return f"{asked[0].upper()}{asked[1:]}." if asked.startswith(ROLLBACK) else f"Asked to stop: {asked}"

    def _renew(self) -> None:
        now = self.clock.monotonic()
        if now - self._renewed < _RENEW:
            return
        self._renewed = now
        try:
            self.lease.renew()
        except StateError as error:
            self.stop(f"{error.summary}: {error.detail}")

    def wait(self, left: Callable[[], Wait | None]) -> bool:
        """Wait until `left` is None, second by second; False if something ended it."""
        while (wait := left()) is not None:
            if self.stopped():
                return False
            self.tell(Waiting(wait.address, wait.neighbour, wait.seconds))
            self.clock.sleep(min(wait.seconds, _TICK), self.interrupt.requested)
        return not self.stopped()

    def call(self, call: Callable[[], T], doing: str) -> T:
        """Do one call to the store; raises what it raises, and `LeftAloneError` on a second interrupt."""
        return run_calls((call,), 1, give_up=self.interrupt.now, meanwhile=self._meanwhile(doing))[0]

    def calls(
        self, calls: Sequence[Callable[[], T]], parallelism: int, started: Callable[[int], None], doing: str
    ) -> dict[int, T]:
        """Do several; those that were not begun when something asked to stop have no answer."""
        return run_calls(
            calls,
            parallelism,
            give_up=self.interrupt.now,
            halt=self.halt,
            started=started,
            meanwhile=self._meanwhile(doing),
        )

    def _meanwhile(self, doing: str) -> Callable[[], None]:
        """What is done while calls run: the lease is kept, and a user learns what takes so long."""
        began = self.clock.monotonic()
        tell_at = _SLOW

        def meanwhile() -> None:
            nonlocal tell_at
            self._renew()
            if (passed := self.clock.monotonic() - began) >= tell_at:
                tell_at = passed + _SLOW_AGAIN
                self.tell(Slow(doing, passed))

        return meanwhile
