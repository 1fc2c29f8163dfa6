"""What PostgreSQL says when the state's tables can't be read or written, in words for the user. Pure.

Messages name host and database. A password is in none: neither the driver nor the server repeats it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flagstaff.postgres.errors import Trouble, connection_words
from flagstaff.state.store import StateError


@dataclass(frozen=True, slots=True)
class Scene:
    """What messages name: the database and the schema of the tables. `trusted`: its password may come from the
    environment."""

    shown: str
    schema: str
    trusted: bool


_WRONG: Final = "Correct them where the url is given."
_NONE: Final = (
    "Put it into the url that -backend-config, FLAGSTAFF_BACKEND_CONFIG or FLAGSTAFF_STATE_URL gives, or into "
    "~/.pgpass."
)
_NOT_SENT: Final = " PGPASSWORD is not sent to a host that the configuration names."
_UNKNOWN: Final = (
    "Connection lost while saving",
    (
        "The connection to {shown} broke off after it was asked to commit, and nobody could be asked since. All of it "
        "is saved, or nothing: running this again looks, and goes on from there."
    ),
)
_LOST: Final = ("Connection to the state's database lost", "The connection to {shown} broke off. {unchanged}")
_GRANTS: Final = (
    "{said} Grant its user what this needs: create on the database (to make the schema {schema} at the first save), or "
    "usage on the schema and select, insert, update on its tables."
)
_BUSY: Final = "State's database is busy"
_STATEMENT: Final[Mapping[str, tuple[str, str]]] = {
    "42501": ("Permission denied by the state's database", _GRANTS),
    "25006": (
        "State's database is read-only",
        "{said} It is a replica, or was made so. Name the primary, or all hosts with target_session_attrs=read-write.",
    ),
    "55P03": (
        _BUSY,
        "Somebody holds the state's row and did not let go in time. Look into pg_stat_activity. {unchanged}",
    ),
    "40P01": (_BUSY, "Others wrote the state at the same time. {unchanged}"),
    "40001": (_BUSY, "Others wrote the state at the same time. {unchanged}"),
    "23505": (_BUSY, "Others wrote the state at the same time. {unchanged}"),
    "57014": (
        "State's database took too long",
        "{said} {unchanged} Look at what keeps it busy, or raise its statement_timeout.",
    ),
    "53100": ("State's database is full", "{said} {unchanged} Make room, then run this again."),
    "22P05": (
        "State's database has another encoding",
        "{said} Its encoding can't hold the state's text: use a database in UTF8. {unchanged}",
    ),
}
_OTHER_TABLES: Final = (
    "State's tables are not as expected",
    "{said} The tables in the schema {schema} are not those that Flagstaff makes. Give the backend another schema.",
)
_REFUSED: Final = ("State's database refused the statement", "{said} Its SQLSTATE is {state}. {unchanged}")

_OF_THE_STATE: Final = {
    "Database can't be reached": "State's database can't be reached",
    "Database connection is not secure": "State's database connection is not secure",
    "Database is busy": _BUSY,
    "Database is starting or stopping": "State's database is starting or stopping",
    "Database not found": "State's database not found",
    "Database refused the login": "State's database refused the login",
}


def explain(trouble: Trouble, scene: Scene) -> StateError:
    if trouble.connecting:
        none = _NONE if scene.trusted else _NONE + _NOT_SENT
        summary, way = connection_words(trouble.text, wrong=_WRONG, none=none)
        return StateError(_OF_THE_STATE[summary], f"{scene.shown} can't be opened ({trouble.text}). {way}")
    summary, detail = _words(trouble)
    return StateError(
        summary,
        detail.format(
            shown=scene.shown,
            schema=scene.schema,
            state=trouble.state,
            said=f"{scene.shown} says: {trouble.text}.",
            unchanged="The state is as it was.",
        ),
    )


def _words(trouble: Trouble) -> tuple[str, str]:
    if trouble.unknown:
        return _UNKNOWN
    if trouble.lost:
        return _LOST
    if trouble.state in {"42P01", "42703", "42804", "42883"}:
        return _OTHER_TABLES
    return _STATEMENT.get(trouble.state, _REFUSED)


def no_driver(install: str) -> StateError:
    return StateError(
        "PostgreSQL driver not installed",
        f'The backend "postgres" needs psycopg, which comes with an extra: {install}.',
    )


def newer_format(number: int, tool: str, known: int, scene: Scene) -> StateError:
    return StateError(
        "State's tables have a newer format",
        f"The tables in the schema {scene.schema} of {scene.shown} have format {number} and were made by version "
        f"{tool} of Flagstaff; this version reads formats up to {known}. Use that version, or a later one. Nothing "
        "was changed.",
    )
