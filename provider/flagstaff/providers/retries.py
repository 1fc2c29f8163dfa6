"""Waits before a request is repeated, told to whoever listens: a user should know why nothing happens.

They come up deep inside of calls, on threads of their own, so that no argument leads there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Retrying:
    """The try after `attempt` begins in `seconds`. `why` is a sentence, without a secret."""

    why: str
    seconds: float
    attempt: int


Listener = Callable[[Retrying], None]
_LISTENERS: list[Listener] = []


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """Tell `listener`, on the thread that waits, for as long as this lasts."""
    _LISTENERS.append(listener)
    try:
        yield
    finally:
        _LISTENERS.remove(listener)


def tell(retrying: Retrying) -> None:
    for listener in tuple(_LISTENERS):
        listener(retrying)


def retry_after(value: str | None, now: Callable[[], datetime]) -> float | None:
    """The seconds that a Retry-After header asks for, in either of its forms; None: it asks for nothing."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now()).total_seconds())
