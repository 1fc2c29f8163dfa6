"""Live toggles that neither the configuration nor the record mentions."""

from __future__ import annotations

from collections.abc import Iterable

from flagstaff.model.configuration import Toggle
from flagstaff.model.live import Dialect, Snapshot
from flagstaff.model.recorded import ToggleRecord
from flagstaff.plan.plan import Unmanaged


def unmanaged(
    toggles: Iterable[Toggle], records: Iterable[ToggleRecord], snapshot: Snapshot, dialect: Dialect
) -> tuple[Unmanaged, ...]:
    """By key. A recorded one that is declared no more is not among them: the plan says what becomes of it."""
    mentioned = {toggle.key for toggle in toggles} | {record.key for record in records}
    found = []
    for key in sorted(snapshot.toggles.keys() - mentioned):
        live = dialect.live(snapshot.toggles[key])
        found.append(Unmanaged(key, live.exposure, len(live.testers), snapshot.changed_at.get(key)))
    return tuple(found)
