"""Flipper's HTTP API (flipper-api, Flipper Cloud) as a store: one list to read, one gate a write.

The API makes a toggle of whatever name is written to, and has no versions to compare. So a write is
checked against what the last list and the answers since said, and only `create` makes a toggle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final

from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Json, Raw, Snapshot, Step
from flagstaff.providers.flipper import gates as gate
from flagstaff.providers.flipper.batch import conflict, differs, select
from flagstaff.providers.flipper.dialect import CREATE, unaddressable, unwritable
from flagstaff.providers.flipper.session import LIST_LIMIT, Call, Session, utc_now
from flagstaff.providers.flipper.wire import decode_feature, decode_list, path
from flagstaff.providers.protocols import StoreError

# Without the gates' own names, which repeat their keys: a third fewer bytes. Old servers send them all the same.
_LIST: Final = Call("GET", "/features?exclude_gate_names=true", limit=LIST_LIMIT)


class FlipperApi:
    """A reader and a writer. Several threads may use it; one writer a toggle."""

    def __init__(self, session: Session, now: Callable[[], datetime] = utc_now) -> None:
        self._session = session
        self._now = now
        self._known: dict[str, Raw] | None = None

    def read(self, keys: Collection[str] | None = None) -> Snapshot:
        """Always one list: a list of keys can't be asked for where a key holds a comma, or there are many."""
        read_at = self._now()
        self._known = known = self._list()
        return Snapshot(select(known, keys), read_at)

    def write(self, step: Step, expect: Raw | None) -> Raw | None:
        """Conflicts are those that a list or an answer has shown; a toggle that the list hadn't is never made."""
        # Only the making of a toggle drops characters of its name; its gates are found under all of them.
        refusal = unwritable(step.key) if step.operation == CREATE else unaddressable(step.key)
        if refusal is not None:
            raise StoreError(refusal.summary, refusal.detail)
        if (known := self._known) is None:
            self._known = known = self._list()
        if differs(step, {} if expect is None else {step.key: expect}, known):
            raise conflict((step.key,), known)
        if step.operation != CREATE and step.key not in known:
            raise StoreError(
                "Toggle not in the store",
                f'The store has no toggle "{step.key}", and a write would make one. Nothing was written.',
            )
        raw = self._perform(step)
        if raw is None:
            known.pop(step.key, None)
        else:
            known[step.key] = raw
        return raw

    def close(self) -> None:
        self._session.close()

    def _list(self) -> dict[str, Raw]:
        return self._session.send(_LIST, decode_list)

    def _perform(self, step: Step) -> Raw | None:
        key, value = step.key, step.value
        match step.operation:
            case "delete":
                # Not repeatable: somebody may have made it again, with testers.
                self._session.send(Call("DELETE", path(key), repeatable=False), lambda _: None)
                return None
            case "create" if not value:
                return self._gate(key, Call("POST", "/features", {"name": key}))
            case "percentage_of_actors" if _is_percentage(value):
                return self._percentage(key, Exposure.parse(value))
            case "boolean" if isinstance(value, bool):
                # Not repeatable: it wipes all other gates, and testers may have come since.
                method = "POST" if value else "DELETE"
                return self._gate(key, Call(method, path(key, gate.BOOLEAN), {} if value else None, repeatable=False))
            case "close" if value and {gate.PERCENTAGE, gate.TIME, gate.EXPRESSION}.issuperset(value):
                return self._each(key, [Call("DELETE", path(key, name)) for name in value])
            case "actors" if value:
                return self._restore(
                    key, [(actor, Call("POST", path(key, gate.ACTORS), {"flipper_id": actor})) for actor in value]
                )
            case "groups" if value:
                # Of an application that the server doesn't run: it knows none of its groups.
                body = {"allow_unregistered_groups": True}
                return self._restore(
                    key, [(name, Call("POST", path(key, gate.GROUPS), {"name": name, **body})) for name in value]
                )
            case _:
                raise StoreError(
                    "Unknown write",
                    f'The plan asks for "{step.operation}" on "{key}" in a way that this release can\'t write over the '
                    "API. Nothing was written. Plan again.",
                )

    def _gate(self, key: str, call: Call) -> Raw:
        return self._session.send(call, lambda body: decode_feature(body, key))

    def _each(self, key: str, calls: Sequence[Call]) -> Raw:
        """One after the other. From the second on, a failure leaves something written."""
        raw: Raw = {}
        for number, call in enumerate(calls):
            try:
                raw = self._gate(key, call)
            except StoreError as error:
                raise StoreError(error.summary, error.detail, unknown=error.unknown or number > 0) from None
        return raw

    def _restore(self, key: str, calls: Sequence[tuple[str, Call]]) -> Raw:
        """Testers that a write of the boolean wiped. Those that are missing after a failure are named.

        The error is never `unknown`: the exposure is not in question, and a step that may have been written
        would count as done where the toggle reads as planned.
        """
        raw: Raw = {}
        for number, (_, call) in enumerate(calls):
            try:
                raw = self._gate(key, call)
            except StoreError as error:
                missing = ", ".join(f'"{name}"' for name, _ in calls[number : number + 20])
                more = f" and {len(calls) - number - 20} more" if len(calls) - number > 20 else ""
                detail = (
                    f"{error.detail} These testers of the toggle were wiped, and are not known to be back: "
                    f"{missing}{more}. The journal has all of them. Add them by hand."
                )
                raise StoreError(error.summary, detail) from None
        return raw

    def _percentage(self, key: str, wanted: Exposure) -> Raw:
        """Texts, as Ruby's own client sends them; always plain decimals, as Ruby reads "1e-3" as 1.

        Two writers at once can leave two values in the gate, of which any may be read, until the next
        single write. So a difference is written over once, with the lower of the two: a hand that turned
        the toggle down meanwhile is never overruled.
        """
        raw = self._write_percentage(key, wanted)
        found = gate.level(raw.get(gate.PERCENTAGE))
        if found == wanted or found is None:
            return raw
        lower = min(found, wanted)
        raw = self._write_percentage(key, lower)
        now = gate.level(raw.get(gate.PERCENTAGE))
        if now == wanted:
            return raw
        raise StoreError("Two writers at once", _two_writers(key, wanted, found, lower, now), unknown=True)

    def _write_percentage(self, key: str, wanted: Exposure) -> Raw:
        return self._gate(key, Call("POST", path(key, gate.PERCENTAGE), {"percentage": wanted.encode()}))


def _is_percentage(value: Json) -> bool:
    try:
        return not Exposure.parse(value).is_on
    except (TypeError, ValueError):
        return False


def _two_writers(key: str, wanted: Exposure, found: Exposure, lower: Exposure, now: Exposure | None) -> str:
    seen = f'"{key}" was written to {wanted} and read as {found}: somebody else writes it at the same time.'
    if now == lower:
        return (
            f"{seen} Two writes at once can leave both values in the store, so the lower one, {lower}, was written "
            "again, and is read now. Find out who it was, and plan again."
        )
    return (
        f"{seen} {lower} was written again, so that the store holds one value, and {now or 'no percentage'} is read: "
        "the other writer goes on. Stop it, and plan again."
    )
