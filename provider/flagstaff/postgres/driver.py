"""The driver: how it is asked for a connection, and what its errors say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flagstaff.postgres.errors import Trouble

if TYPE_CHECKING:
    import psycopg

# What tells a dead server from a slow one; the URL's own parameters go before.
DEFAULTS: Final = {
    "application_name": "flagstaff",
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
INSTALL: Final = 'pip install "flagstaff[postgres]"'


def trouble_of(error: psycopg.Error, *, connecting: bool, committing: bool) -> Trouble:
    """On one line, and not longer than one reads."""
    line = " ".join((error.diag.message_primary or str(error)).split()).rstrip(".")
    text = line if len(line) <= 400 else f"{line[:399]}…"
    return Trouble(error.sqlstate or "", text, connecting, committing)


def milliseconds(time: timedelta) -> str:
    """As a setting of the server."""
    return f"{int(time.total_seconds() * 1000)}ms"
