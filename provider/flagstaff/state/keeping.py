"""Keeping a lease: it is renewed also while its holder waits, for an answer to a question or for a slow store."""

from __future__ import annotations

import contextlib
import threading
from typing import Final, Self

from flagstaff.state.store import Lease, LockInfo, StateError

EVERY: Final = 15.0


class KeptLease:
    """A `Lease` that a thread renews as well, every so many seconds.

    What goes wrong there is not told there: the holder's own `renew` finds it.
    """

    def __init__(self, lease: Lease, *, every: float = EVERY) -> None:
        self.info: LockInfo = lease.info
        self.took_over: LockInfo | None = lease.took_over
        self._lease = lease
        self._every = every
        self._one_at_a_time = threading.Lock()
        self._over = threading.Event()
        threading.Thread(target=self._keep, name="lease", daemon=True).start()

    def _keep(self) -> None:
        while not self._over.wait(self._every):
            with contextlib.suppress(StateError):
                self.renew()

    def renew(self) -> None:
        with self._one_at_a_time:
            self._lease.renew()

    def stop_requested(self) -> str | None:
        return self._lease.stop_requested()

    def release(self) -> None:
        self._over.set()
        with self._one_at_a_time:
            self._lease.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
