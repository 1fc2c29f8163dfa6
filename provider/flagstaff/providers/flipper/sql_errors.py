"""What PostgreSQL and its driver say when something goes wrong, in words for the user of Flipper's tables. Pure.

The driver's text on a connection is repeated only where the URL isn't a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flagstaff.postgres.errors import Trouble, connection_words
from flagstaff.providers.protocols import StoreError

NOT_WRITTEN: Final = " Nothing was written."


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


_WRONG: Final = "Correct the argument password, or the user in the URL."
_NONE: Final = "Give the argument password a sensitive variable."


def _connection(trouble: Trouble, scene: Scene) -> tuple[str, str]:
    summary, way = connection_words(trouble.text, wrong=_WRONG, none=_NONE)
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
    other = ("Database refused the statement", "{said} Its SQLSTATE is {state}.")
    summary, detail = _LOST if trouble.lost else _STATEMENT.get(state, other)
    return summary, detail.format(
        shown=scene.shown,
        features=scene.features,
        gates=scene.gates,
        state=state,
        said=f"{scene.shown} says: {trouble.text}.",
        rights="grant select, insert, update, delete" if scene.writing else "grant select",
        sequences="; grant usage on their sequences, too" if scene.writing else "",
    )
