"""The journal for readers: which of its entries somebody asks for, by what they are about, who and since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flagstaff.addresses import Address
from flagstaff.diagnostics import Failure, did_you_mean
from flagstaff.plan.applied.read import remembered
from flagstaff.plan.stages.overview import monitors_of
from flagstaff.state.state import State
from flagstaff.views.history import Event


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of `history`; they combine. `who` is a part of a name, in any case."""

    subjects: tuple[str, ...] = ()
    rollout: str | None = None
    who: str | None = None
    since: datetime | None = None
    limit: int | None = None


def matching(found: Sequence[Event], wanted: Wanted, state: State | None) -> list[Event]:
    """The newest `limit` of those that fit all filters, oldest first. Raises `Failure` for a name that nobody knows."""
    names = _Names.of(found, state)
    about = frozenset(name for text in wanted.subjects for name in names.one(text))
    rollout = names.members(wanted.rollout) if wanted.rollout is not None else frozenset()
    who = (wanted.who or "").casefold()
    kept = [
        event
        for event in found
        if (not about or not about.isdisjoint(event.subjects))
        and (wanted.rollout is None or not rollout.isdisjoint(event.subjects))
        and (wanted.since is None or event.entry.time >= wanted.since)
        and any(who in person.casefold() for person in event.people)
    ]
    return kept if wanted.limit is None else _last(kept, wanted.limit)


def _last(found: Sequence[Event], limit: int) -> list[Event]:
    """As many as a reader gets to see, with what else belongs to them."""
    seen, kept = 0, list[Event]()
    for event in reversed(found):
        seen += not event.minor
        if seen > limit:
            break
        kept.append(event)
    return kept[::-1]


@dataclass(frozen=True, slots=True)
class _Names:
    """What the journal and the last apply know: other names of an address, and what belongs to a rollout."""

    known: Mapping[str, frozenset[str]]
    rollouts: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, found: Iterable[Event], state: State | None) -> _Names:
        known: dict[str, frozenset[str]] = {}
        rollouts: dict[str, set[str]] = {}
        for event in found:
            for subject in event.subjects:
                known.setdefault(subject, frozenset({subject}))
                if subject.startswith("rollout.") and ".stage." not in subject:
                    rollouts.setdefault(subject, {subject})
            if event.entry.kind == "stage_changed":
                stage = event.entry.data.get("stage", "")
                rollouts.setdefault(stage.rpartition(".stage.")[0], set()).update(event.subjects)
        applied = remembered(state.applied or {}) if state else None
        if applied is not None:
            for address, toggle in applied.toggles.items():
                mine = frozenset({str(address), toggle.key})
                known |= dict.fromkeys((str(address), toggle.key, *toggle.aliases), mine)
                known.setdefault(str(address.block), frozenset({str(address.block)}))
            for address, rollout in applied.rollouts.items():
                known.setdefault(str(address), frozenset({str(address)}))
                watched = (name for stage in rollout.stages for name in (*stage.monitors, *stage.triggers))
                members = rollouts.setdefault(str(address), {str(address)})
                members.update(map(str, (*rollout.toggles, *watched, *monitors_of(rollout.stages, applied))))
        for address, record in state.toggles.items() if state else ():
            known.setdefault(str(address), frozenset({str(address), record.key}))
            known.setdefault(record.key, frozenset({str(address), record.key}))
        return cls(known, {name: frozenset(members) for name, members in rollouts.items()})

    def one(self, text: str) -> frozenset[str]:
        if text not in self.known:
            guess = did_you_mean(text, self.known)
            raise Failure.error(
                "Nothing is recorded of it", f'Neither the journal nor the state knows "{text}".{guess}'
            )
        return self.known[text]

    def members(self, text: str) -> frozenset[str]:
        """A rollout with its stages, toggles, monitors and triggers, by its address or name."""
        name = text if text in self.rollouts else str(Address("rollout", text))
        if name not in self.rollouts:
            guess = did_you_mean(text, (*self.rollouts, *(known.partition(".")[2] for known in self.rollouts)))
            raise Failure.error(
                "Nothing is recorded of the rollout",
                f'Neither the journal nor the state knows a rollout "{text}".{guess}',
            )
        return self.rollouts[name]
