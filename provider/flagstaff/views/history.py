"""What journal entries tell, in words that a tired reader understands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import singledispatch
from typing import Any, Final

from flagstaff.addresses import Address
from flagstaff.model.evidence import UNTIL_ANSWERED, Answer, Approval, Decision, Frozen, Verdict
from flagstaff.model.times import exactly, moment
from flagstaff.plan.plan import Action
from flagstaff.state import facts
from flagstaff.state.fact_codec import decode_fact
from flagstaff.state.facts import Fact, Outcome, StageEvent
from flagstaff.state.forms import Misfit
from flagstaff.state.journal import Entry
from flagstaff.state.store import LockInfo
from flagstaff.views.look import Look, Page, Piece, column, pad
from flagstaff.views.words import SHORT_ID, compact, count, exposure


@dataclass(frozen=True, slots=True)
class Event:
    """An entry in words.

    `subjects` are the addresses, keys and stages that it is about, `people` all who are named as having done it.
    `minor`: another entry says it, too. `fact` None: this version does not understand the entry.
    """

    entry: Entry
    fact: Fact | None
    text: str
    subjects: frozenset[str]
    people: tuple[str, ...]
    minor: bool = False


def events(entries: Iterable[Entry], zone: tzinfo = UTC) -> list[Event]:
    """All entries in words, in their order. A move is told with its result, where that is written down."""
    found: list[Event] = []
    begun: dict[Address, tuple[int, facts.Intent]] = {}
    cores: dict[str, Any] = {}
    for entry in entries:
        fact = _fact(entry)
        if isinstance(fact, facts.ApplyStarted):
            cores[entry.run] = fact.core
        move: facts.Intent | None = None
        if isinstance(fact, facts.Intent):
            begun[fact.address] = len(found), fact
        elif isinstance(fact, facts.Result | facts.Recovered) and fact.address in begun:
            number, move = begun[fact.address]
            if fact.outcome is not Outcome.UNKNOWN:
                del begun[fact.address]
            first = found[number]
            found[number] = Event(first.entry, first.fact, first.text, first.subjects, first.people, minor=True)
        event = _event(entry, fact, move, zone)
        if isinstance(fact, facts.ApplyFinished) and not fact.counts:
            event = replace(
                event, text=f"apply ended: {_recorded(cores.get(entry.run))}{_after(fact.stopped, _STOPPED)}"
            )
        found.append(event)
    return found


def _recorded(core: object) -> str:
    """What an apply without moves was about, by the core of its plan."""
    parts = []
    for name, thing in (("records", "change of the state"), ("guard_changes", "guard change"), ("stages", "stage")):
        items = core.get(name) if isinstance(core, Mapping) else None
        if isinstance(items, list) and items:
            parts.append(count(len(items), thing, "changes of the state" if name == "records" else ""))
    return f"no toggle was written ({', '.join(parts) or 'the configuration was recorded'})"


def _fact(entry: Entry) -> Fact | None:
    try:
        return decode_fact(entry.kind, entry.data)
    except Misfit:
        return None


def _event(entry: Entry, fact: Fact | None, move: facts.Intent | None, zone: tzinfo) -> Event:
    if fact is None:
        text = f'an entry of the kind "{entry.kind}", which this version of Flagstaff does not understand'
        return Event(entry, None, text, frozenset(), (entry.who,))
    text = _result(fact, move) if isinstance(fact, facts.Result) else _timed(fact, zone) or told(fact)
    return Event(entry, fact, text, frozenset(map(str, _subjects(fact))), (entry.who, *_people(fact)))


_STOPPED: Final = "; stopped: "
_VERBS: Final = {
    Action.CREATE: "created",
    Action.RAISE: "raised",
    Action.LOWER: "lowered",
    Action.SWITCH_ON: "switched on",
    Action.SWITCH_OFF: "switched off",
    Action.DELETE: "deleted",
}


def _result(fact: facts.Result, move: facts.Intent | None) -> str:
    """A move with how it ended."""
    detail = f": {fact.detail}" if fact.detail else ""
    if move is None:
        return f"{fact.address}: {fact.outcome.value}, {exposure(fact.exposure)}{detail}"
    change = f"{exposure(move.before)} -> {exposure(move.after) if move.after is not None else 'gone'}"
    match fact.outcome:
        case Outcome.APPLIED:
            return f"{fact.address} {_VERBS.get(move.action, 'changed')} {change}, verified{detail}"
        case Outcome.FAILED:
            now = "" if fact.exposure is None else f"; the store says {fact.exposure}"
            return f"{fact.address} not {_VERBS.get(move.action, 'changed')} ({change}){detail}{now}"
        case Outcome.UNKNOWN:
            return f"{fact.address} {change}: nobody knows how it ended{detail}"


def _timed(fact: Fact, zone: tzinfo) -> str:
    """Of a fact that speaks of a time; "" for others."""
    match fact:
        case facts.Imported():
            since = f", so since {exactly(fact.since, zone)}" if fact.since else ""
            return f"{fact.address} taken in as it was: {fact.exposure} ({fact.key}){since}"
        case facts.Answered(answer):
            return _answered(answer, f", until {moment(answer.until, zone)}" if answer.until < UNTIL_ANSWERED else "")
        case facts.Approved(one):
            word = "go" if one.decision is Decision.GO else "no-go"
            until = f", expires {moment(one.expires, zone)}" if one.decision is Decision.GO else ""
            change = f"on change {one.change[:SHORT_ID]}"
            return f"{word} by {signed(one)} for {one.role} {change}{until}{_after(one.note, ': ')}"
        case _:
            return ""


def _answered(answer: Answer, until: str) -> str:
    if not until:
        return f"{answer.subject} fired{_after(answer.note, ': ')}"
    if answer.subject.kind == "trigger":
        word = f"called {answer.subject}{until}" if answer.verdict is Verdict.FAIL else f"called off {answer.subject}"
        return f"{answer.who} {word}{_after(answer.note, ': ')}"
    return f"{answer.who} answered {answer.subject}: {answer.verdict.value}{until}{_after(answer.note, ': ')}"


@singledispatch
def told(fact: Fact) -> str:
    """A fact in words, by itself, where it speaks of no time."""
    raise NotImplementedError(type(fact))


@told.register
def _(fact: facts.ApplyStarted) -> str:
    moves = fact.core.get("moves") if isinstance(fact.core, Mapping) else None
    how_many = f", {count(len(moves), 'move')}" if isinstance(moves, list) else ""
    return f"apply began: change {fact.change[:SHORT_ID]} in {fact.environment}{how_many}"


@told.register
def _(fact: facts.Intent) -> str:
    after = exposure(fact.after) if fact.after is not None else "gone"
    return f"{fact.address} {exposure(fact.before)} -> {after} was begun; how it ended is not written down"


@told.register
def _(fact: facts.Result) -> str:
    return _result(fact, None)


@told.register
def _(fact: facts.ApplyFinished) -> str:
    return f"apply ended: {_counts(fact.counts)}{_after(fact.stopped, _STOPPED)}"


@told.register
def _(fact: facts.Recovered) -> str:
    live = "the store has no such toggle" if fact.exposure is None else f"the store says {fact.exposure}"
    run = f" in run {fact.of_run[:SHORT_ID]}" if fact.of_run else ""
    return f"{fact.address} was in flight{run}: {fact.outcome.value}; {live}{_after(fact.detail, ': ')}"


@told.register
def _(fact: facts.Takeover) -> str:
    return f"lease taken over from {_holder(fact.holder)}, who had died or let it expire"


@told.register
def _(fact: facts.Moved) -> str:
    return f"{fact.source} is called {fact.target} from now on ({fact.key})"


@told.register
def _(fact: facts.Removed) -> str:
    return f"{fact.address} forgotten; the live toggle was left as it was ({fact.key})"


@told.register
def _(fact: facts.Unlocked) -> str:
    return f"lease taken away from {_holder(fact.holder)}"


@told.register
def _(fact: facts.Trusted) -> str:
    roles = fact.guards.get("roles")
    names = f": {', '.join(sorted(roles))}" if isinstance(roles, Mapping) and roles else ""
    return f"the guards of the configuration were trusted as the first ones{names}"


@told.register
def _(fact: facts.StageChanged) -> str:
    words = {
        StageEvent.STARTED: "has started",
        StageEvent.VERIFIED: "is verified; its soak runs from now on",
        StageEvent.STOPPED: "stopped its clock",
        StageEvent.LEFT: "has no Go any more",
    }
    toggles = f" ({compact(fact.toggles)})" if fact.toggles and fact.event is not StageEvent.STOPPED else ""
    meaning = f" [{fact.meaning}]" if fact.meaning else ""
    name = f'{fact.stage.rollout} stage "{fact.stage.name}"{meaning}'
    return f"{name} {words[fact.event]}{toggles}{_after(fact.why, ': ')}"


@told.register
def _(fact: facts.BaselineFrozen) -> str:
    return f"{fact.monitor} of {fact.rollout} is compared with {_frozen(fact.baseline)} from now on"


@told.register
def _(fact: facts.Measured) -> str:
    return f"{fact.reading.monitor} read: {fact.reading.verdict.value}. {fact.reading.reason}".rstrip()


@told.register
def _(fact: facts.RollbackStarted) -> str:
    to = f" to {fact.to}" if fact.to is not None else ""
    trigger = f", on {fact.trigger}" if fact.trigger else ""
    return f"rollback began: {', '.join(fact.targets)} down{to}{trigger}{_after(fact.reason, ': ')}"


@told.register
def _(fact: facts.RollbackFinished) -> str:
    return f"rollback ended: {_counts(fact.counts)}{_after(fact.stopped, '; stopped: ')}"


@told.register
def _(fact: facts.Held) -> str:
    hold = fact.hold
    of = f", because of {hold.of} and released with it" if hold.of else ""
    was = f", was at {hold.before}" if hold.before is not None else ""
    return f"{fact.address} held{was}{of}: {hold.cause or 'no reason was given yet'} (hold {hold.id[:SHORT_ID]})"


@told.register
def _(fact: facts.Explained) -> str:
    return f"reason of the rollback {fact.rollback[:SHORT_ID]}: {fact.reason}"


@told.register
def _(fact: facts.Released) -> str:
    by = f"by {signed(fact.approval)} for {fact.approval.role}" if fact.approval else "unsigned"
    return f"released {compact(fact.addresses)}, {by}: {fact.note} (hold {fact.hold[:SHORT_ID]})"


@told.register
def _(fact: facts.Pushed) -> str:
    over = "where there was none" if fact.over is None else f"over serial {fact.over}"
    return f"a state was pushed {over}: serial {fact.serial}"


@told.register
def _(fact: facts.Migrated) -> str:
    return f"the state {'arrived' if fact.arrived else 'moved away'}: {fact.source} -> {fact.target}"


def signed(approval: Approval) -> str:
    """Who decided, and how that is known."""
    if approval.via:
        return f"{approval.principal} ({approval.via})"
    return f"{approval.principal} ({'signed' if approval.signature else 'unsigned'})"


def _holder(holder: LockInfo) -> str:
    return f"{holder.who} ({holder.operation} on {holder.host})"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "nothing to do"


def _after(text: str, mark: str) -> str:
    return f"{mark}{text}" if text else ""


def _frozen(baseline: Frozen) -> str:
    if baseline.samples is not None and baseline.numerator is not None:
        return f"{baseline.numerator:f} of {baseline.samples:f}"
    return f"{baseline.measured:f}"


def _subjects(fact: Fact) -> Iterator[object]:
    """What of an entry a user may look for."""
    for name in ("address", "key", "source", "target", "rollout", "monitor", "trigger", "stage"):
        value = getattr(fact, name, None)
        if value is not None:
            yield value
            if isinstance(value, Address):
                yield value.block
    match fact:
        case facts.StageChanged(stage=stage, toggles=toggles):
            yield stage.rollout
            yield from toggles
        case facts.Measured(reading):
            yield reading.monitor
        case facts.Answered(answer):
            yield answer.subject
        case facts.Approved(approval):
            yield approval.role
        case facts.Released(addresses=addresses):
            yield from addresses
        case facts.RollbackStarted(targets=targets):
            yield from targets
        case facts.Held(hold=hold) if hold.of is not None:
            yield hold.of
        case facts.ApplyStarted(core=core):
            yield from _moved(core)
        case _:
            pass


def _moved(core: Any) -> Iterator[str]:
    """The toggles and stages of a plan's core, as plain JSON."""
    if not isinstance(core, Mapping):
        return
    for name, part in (("moves", "address"), ("records", "address"), ("stages", "stage")):
        items = core.get(name)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, Mapping) and isinstance(item.get(part), str):
                yield item[part]
                if part == "stage":
                    yield item[part].rpartition(".stage.")[0]


def _people(fact: Fact) -> Iterator[str]:
    match fact:
        case facts.Approved(approval) | facts.Released(approval=Approval() as approval):
            yield approval.principal
        case facts.Answered(answer):
            yield answer.who
        case facts.Held(hold=hold):
            yield hold.who
        case _:
            pass


# The time, the gaps, and room for what happened.
_BESIDE: Final = 56


def history_page(found: Iterable[Event], look: Look) -> Page:
    """One line an entry where the width allows, oldest first."""
    page, listed = Page(look), [event for event in found if not event.minor]
    names = [look.clean(event.entry.who) for event in listed]
    width = column(look, names, _BESIDE)
    for event, name in zip(listed, names, strict=True):
        page.paragraph(event.text, lead=Piece(f"{exactly(event.entry.time, look.zone)}   {pad(name, width)}   "))
    return page


def history_json(event: Event) -> dict[str, Any]:
    """An entry as one JSON object, all of it, with what it says. Its fields only grow."""
    entry = event.entry
    return {
        "sequence": entry.sequence,
        "time": entry.time.isoformat(),
        "kind": entry.kind,
        "run": entry.run,
        "who": entry.who,
        "text": event.text,
        "subjects": sorted(event.subjects),
        "data": dict(entry.data),
        "previous": entry.previous,
        "hash": entry.hash,
    }
