"""What PostgreSQL and its driver say when something goes wrong, told apart. Pure.

By SQLSTATE where there is one. A connection that fails has none: there it is the text of the driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Trouble:
    """One error. `state` "": the driver has none. `text` is the server's or the driver's first line.

    `connecting`, `committing`: when it happened; `committing` means that the server was asked to commit.
    """

    state: str
    text: str
    connecting: bool = False
    committing: bool = False

    @property
    def lost(self) -> bool:
        """The session is gone: the driver says so, or the server ended it, which it also does where a transaction
        idles for too long (25P03)."""
        return not self.state or self.state.startswith(("08", "57P", "25P03"))

    @property
    def unknown(self) -> bool:
        """Nobody can say whether the transaction was committed: there was no answer, or it was the server's end."""
        return self.committing and (self.lost or self.state == "40003")

    @property
    def passing(self) -> bool:
        """Worth another try, and safe: the transaction is known to be rolled back."""
        if self.unknown:
            return False
        if self.connecting:
            return any(part in self.text for part in _PASSING)
        return self.lost or self.state in _REPEATED


# Serialization, deadlock, lock not available, a row that another writer put in first.
_REPEATED: Final = frozenset({"40001", "40P01", "55P03", "23505"})
_PASSING: Final = (
    "the database system is starting up",
    "the database system is shutting down",
    "the database system is in recovery mode",
    "the database system is not yet accepting connections",
    "too many clients",
    "remaining connection slots",
    "server closed the connection unexpectedly",
)


_NO_TLS: Final = (
    "Database connection is not secure",
    "It could not be encrypted as sslmode in the URL asks. Have TLS switched on at the server, or correct sslmode.",
)
_NO_HOST: Final = ("Database can't be reached", "There is no host of that name. Correct the URL, or the name server.")
# By what the driver or the server says of a connection that can't be made, the first that fits.
_CONNECTION: Final[Mapping[str, tuple[str, str]]] = {
    "password authentication failed": (
        "Database refused the login",
        "The user or the password is wrong. {wrong}",
    ),
    "no password supplied": (
        "Database refused the login",
        "It asks for a password, and there is none. {none}",
    ),
    "no pg_hba.conf entry": (
        "Database refused the login",
        "It takes no such connection from this machine. Have it allowed in pg_hba.conf, or ask for sslmode=require.",
    ),
    "authentication failed": (
        "Database refused the login",
        "The server doesn't take this user for who it says it is. Correct the user, or how it proves itself.",
    ),
    "is not permitted to log in": ("Database refused the login", "Its role may not log in. Use another, or grant it."),
    "permission denied for database": (
        "Database refused the login",
        "The user may not connect to that database. Grant it: grant connect on database ... to ...",
    ),
    "does not exist": (
        "Database not found",
        "The server has no such database or user. Correct the URL.",
    ),
    "sslmode": _NO_TLS,
    "certificate": (
        "Database connection is not secure",
        "The certificate was not accepted. Name its authority (sslrootcert=ca.pem), and the host as it does.",
    ),
    "SSL": _NO_TLS,
    "resolve host": _NO_HOST,
    "translate host": _NO_HOST,
    "timeout": (
        "Database can't be reached",
        "It did not answer in time. Look whether the host is up and whether a firewall stands between.",
    ),
    "too many clients": ("Database is busy", "It takes no more connections just now. Try again in a while."),
    "remaining connection slots": ("Database is busy", "It takes no more connections just now. Try again in a while."),
    "the database system is": ("Database is starting or stopping", "Try again when it is up."),
}
_UNREACHABLE: Final = (
    "Database can't be reached",
    "Look whether the server is up, and whether host and port in the URL are right.",
)


def connection_words(text: str, *, wrong: str, none: str) -> tuple[str, str]:
    """The summary for a connection that can't be made, and the way out; `wrong` and `none` say what to do about the
    password."""
    fits = (words for part, words in _CONNECTION.items() if part in text)
    summary, way = next(fits, _UNREACHABLE)
    return summary, way.format(wrong=wrong, none=none)
