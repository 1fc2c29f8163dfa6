"""Verifying the journal as an operation: its chain, and that what the state took from it is in it.

Whatever can't be read is told, and what can be checked without it still is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flagstaff.diagnostics import Diagnostic, Severity
from flagstaff.state.fact_codec import ANSWER, APPROVAL
from flagstaff.state.journal import Entry, verify
from flagstaff.state.state import State
from flagstaff.state.store import StateError, StateStore

# After one of these the state may have decisions from elsewhere.
_FROM_ELSEWHERE = frozenset({"pushed", "migrated"})


@dataclass(frozen=True, slots=True)
class Verified:
    """`found`: what does not hold, or could not be looked at. `entries`: how many could be read."""

    entries: int
    found: tuple[Diagnostic, ...]


def verified(store: StateStore) -> Verified:
    found: list[Diagnostic] = []
    state: State | None = None
    try:
        state, _ = store.load()
    except StateError as error:
        found.append(_error(error.summary, f"{error.detail} {_WITHOUT_A_STATE}"))
    entries: list[Entry] = []
    broken: StateError | None = None
    try:
        entries.extend(store.entries())
    except StateError as error:
        broken = error
    head = "" if state is None or broken is not None else state.journal_head
    found += (_error("Journal is not whole", f"Journal, {flaw}.") for flaw in verify(entries, head))
    if broken is not None:
        rest = f"The {len(entries)} entries before that place were checked; what comes behind it could not be."
        found.append(_error(broken.summary, f"{broken.detail} {rest}"))
    elif state is not None:
        found += _unfounded(state, entries)
    return Verified(len(entries), tuple(found))


_WITHOUT_A_STATE = (
    "The journal's own chain was checked; without the state nobody can say whether its end was cut off, or all of it "
    "replaced."
)


def _unfounded(state: State, entries: Iterable[Entry]) -> Iterator[Diagnostic]:
    """Decisions and answers of the state that no entry tells: the entries were replaced."""
    told: dict[str, list[object]] = {"approved": [], "answered": []}
    for entry in entries:
        if entry.kind in _FROM_ELSEWHERE:
            return
        if entry.kind in told:
            told[entry.kind].append(entry.data.get("approval" if entry.kind == "approved" else "answer"))
    for approval in state.approvals:
        if APPROVAL.encode(approval) not in told["approved"]:
            yield _error(
                "Journal is not whole",
                f"The state has a {approval.decision.value} of {approval.principal} for {approval.role} on change "
                f"{approval.change[:8]}, which no entry of the journal tells; the journal was rewritten.",
            )
    for subject, answer in state.answers.items():
        if ANSWER.encode(answer) not in told["answered"]:
            yield _error(
                "Journal is not whole",
                f"The state has an answer of {answer.who} to {subject}, which no entry of the journal tells; the "
                "journal was rewritten.",
            )


def _error(summary: str, detail: str) -> Diagnostic:
    return Diagnostic(Severity.ERROR, summary, detail)
