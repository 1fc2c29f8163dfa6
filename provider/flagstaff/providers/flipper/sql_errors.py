"""What PostgreSQL and its driver say when something goes wrong, in words for the user. Pure.

Told apart by SQLSTATE where there is one. A connection that fails has none: there it is the text of the driver, which
is repeated only where the URL isn't a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flagstaff.providers.protocols import StoreError

NOT_WRITTEN: Final = " Nothing was written."


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
    def unknown(self) -> bool:
        """Nobody can say whether the transaction was committed: there was no answer, or it was the server's end."""
        return self.committing and (not self.state or self.state.startswith(("08", "57P")) or self.state == "40003")

    @property
    def passing(self) -> bool:
        """Worth another try, and safe: the transaction is known to be rolled back."""
        if self.unknown:
            return False
        if self.connecting:
            return any(part in self.text for part in _PASSING)
        return not self.state or self.state.startswith(("08", "57P")) or self.state in _REPEATED


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


@dataclass(frozen=True, slots=True)
class Scene:
    """What messages name: the store, its two tables, and whether it was to be written.

    `secret`: the URL is, so that what the driver says of the connection isn't repeated.
    """

    shown: str
    features: str
    gates: str
    writing: bool = False
    secret: bool = False


def explain(trouble: Trouble, scene: Scene) -> StoreError:
    if trouble.unknown:
        return StoreError(
            "Connection lost while committing",
            f"The connection to {scene.shown} broke off after it was asked to commit and before it answered. All of "
            "the changes were made, or none. The next read shows which.",
            unknown=True,
        )
    end = NOT_WRITTEN if scene.writing else ""
    summary, detail = _connection(trouble, scene) if trouble.connecting else _statement(trouble, scene)
    return StoreError(summary, detail + end)


_NO_TLS: Final = (
    "Database connection is not secure",
    "It could not be encrypted as sslmode in the URL asks. Have TLS switched on at the server, or correct sslmode.",
)
_NO_HOST: Final = ("Database can't be reached", "There is no host of that name. Correct the URL, or the name server.")
# By what the driver or the server says of a connection that can't be made, the first that fits.
_CONNECTION: Final[Mapping[str, tuple[str, str]]] = {
    "password authentication failed": (
        "Database refused the login",
        "The user or the password is wrong. Correct the argument password, or the user in the URL.",
    ),
    "no password supplied": (
        "Database refused the login",
        "It asks for a password, and there is none. Give the argument password a sensitive variable.",
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


def _connection(trouble: Trouble, scene: Scene) -> tuple[str, str]:
    fits = (words for part, words in _CONNECTION.items() if part in trouble.text)
    summary, way = next(fits, _UNREACHABLE)
    said = "" if scene.secret else f" ({trouble.text})"
    return summary, f"{scene.shown} can't be opened{said}. {way}"


# By SQLSTATE. {said} is the server's own sentence.
_NOT_FLIPPER: Final = "Not a Flipper database"
_NO_TABLES: Final = (
    _NOT_FLIPPER,
    (
        "{shown} has no tables {features} and {gates}, which Flipper's ActiveRecord adapter makes. Correct the "
        "database, schema or table_prefix, or grant its user usage of that schema."
    ),
)
_OTHER_TABLES: Final = (
    _NOT_FLIPPER,
    "The tables {features} and {gates} are not as Flipper's ActiveRecord adapter makes them. {said}",
)
_OTHERS: Final = ("Database is busy", "Other writers kept coming in between. {said} Run this again when they are done.")
_LOST: Final = ("Connection to the database lost", "The connection to {shown} broke off. Run this again.")
_STATEMENT: Final[Mapping[str, tuple[str, str]]] = {
    "42P01": _NO_TABLES,
    "3F000": _NO_TABLES,
    "42703": _OTHER_TABLES,
    "42883": _OTHER_TABLES,
    "42804": _OTHER_TABLES,
    "42501": (
        "Permission denied by the database",
        "{said} Grant its user what this needs: {rights} on {features}, {gates} to ...{sequences}.",
    ),
    "25006": (
        "Database is read-only",
        "{said} It is a replica, or was made so. Name the primary, or all hosts with target_session_attrs=read-write.",
    ),
    "55P03": (
        "Database is busy",
        "Somebody holds the toggles in {shown} and did not let go within lock_timeout. Look into pg_stat_activity.",
    ),
    "57014": ("Database took too long", "{said} Raise statement_timeout, or look at what keeps it busy."),
    "40001": _OTHERS,
    "40P01": _OTHERS,
    "23505": _OTHERS,
    "22001": (
        "Value too long for the database",
        "{said} The column {gates}.value is varchar in Flipper before 1.1; its migration makes it text.",
    ),
}


def _statement(trouble: Trouble, scene: Scene) -> tuple[str, str]:
    state = trouble.state
    lost = not state or state.startswith(("08", "57P"))
    other = ("Database refused the statement", "{said} Its SQLSTATE is {state}.")
    summary, detail = _LOST if lost else _STATEMENT.get(state, other)
    return summary, detail.format(
        shown=scene.shown,
        features=scene.features,
        gates=scene.gates,
        state=state,
        said=f"{scene.shown} says: {trouble.text}.",
        rights="grant select, insert, update, delete" if scene.writing else "grant select",
        sequences="; grant usage on their sequences, too" if scene.writing else "",
    )
