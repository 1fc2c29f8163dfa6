"""The sections about what must be true: validation, blockers, monitors, triggers, risks, open decisions, waivers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flagstaff.addresses import Address
from flagstaff.model.rollout import Blocker, Monitor
from flagstaff.views.report.inert import is_link
from flagstaff.views.report.matter import Matter
from flagstaff.views.report.model import (
    NONE,
    Block,
    Bullets,
    Code,
    Commands,
    Inline,
    Line,
    Link,
    Section,
    Strong,
    Table,
    Text,
    Undecided,
    joined,
    line,
    words,
)

_SIGNS = {"pending": "⏳ Pending", "in_progress": "⏳ In progress", "complete": "✅ Complete"}


def status(blocker: Blocker) -> str:
    return _SIGNS.get(blocker.status, blocker.status)


def validation(matter: Matter) -> Section | None:
    """The blockers that one `for_each` over "row/column" made, as a table."""
    blocks: list[Block] = []
    for group in _tables(matter.blockers).values():
        blocks += _matrix(group)
    return Section("Pre-rollout validation", tuple(blocks)) if blocks else None


def _tables(blockers: Iterable[Blocker]) -> dict[Address, dict[tuple[str, str], Blocker]]:
    found: dict[Address, dict[tuple[str, str], Blocker]] = {}
    for blocker in blockers:
        index = blocker.address.index
        if isinstance(index, str) and index.count("/") == 1:
            row, _, column = index.partition("/")
            found.setdefault(blocker.address.block, {})[row, column] = blocker
    return found


def _matrix(cells: dict[tuple[str, str], Blocker]) -> list[Block]:
    rows, columns = (list(dict.fromkeys(key[side] for key in cells)) for side in (0, 1))
    row_names = {name: _common([b for (row, _), b in cells.items() if row == name], name, 0) for name in rows}
    names = {name: _common([b for (_, col), b in cells.items() if col == name], name, 2) for name in columns}
    table = Table(
        ("", *(names[column] for column in columns)),
        tuple(
            (
                line(Strong(row_names[row])),
                *(line(status(cells[row, one])) if (row, one) in cells else NONE for one in columns),
            )
            for row in rows
        ),
    )
    notes = []
    for column in columns:
        group = [blocker for (_, name), blocker in cells.items() if name == column]
        blocking = any(blocker.blocking for blocker in group)
        said = joined([words(note) for note in dict.fromkeys(one.note for one in group) if note], "; ")
        word = "blocks" if blocking else "does not block"
        notes.append((Strong(names[column]), Text(f": {word}"), *((Text(". "), *said) if said else ())))
    return [table, Bullets(tuple(notes))]


def _common(blockers: Sequence[Blocker], name: str, side: int) -> str:
    """What the titles "row: column" of a row or a column share; its name where they share nothing."""
    parts = {blocker.title.partition(": ")[side] for blocker in blockers}
    found = parts.pop() if len(parts) == 1 else ""
    return found or name


def blockers(matter: Matter) -> Section | None:
    in_tables = {one.address for group in _tables(matter.blockers).values() for one in group.values()}
    listed = [blocker for blocker in matter.blockers if blocker.address not in in_tables]
    if not listed:
        return None
    ticks = tuple(blocker.status == "complete" for blocker in listed)
    return Section("Blockers", (Bullets(tuple(_blocker(one, matter) for one in listed), ticks=ticks),))


def _blocker(blocker: Blocker, matter: Matter) -> Line:
    stages = [stage for stage in matter.rollout.stages if blocker.address in stage.blocked_by]
    blocks = ", ".join(stage.name.name for stage in stages)
    whole = len(stages) == len(matter.rollout.stages) > 1
    parts: list[Line] = [(Strong(blocker.title), Text(f": {status(blocker)}"))]
    parts += [line(f"blocks {'every stage' if whole else blocks}")] if stages and blocker.blocking else []
    parts += [line("does not block")] if not blocker.blocking else []
    parts += [line(f"owner {blocker.owner}")] if blocker.owner else []
    parts += [line("evidence: ", *_evidence(blocker.evidence))] if blocker.evidence else []
    parts += [words(blocker.note)] if blocker.note else []
    said = {piece for part in parts for piece in part}
    parts += [(one,) for one in matter.undecided_at(blocker.address) if one not in said]
    return joined(parts)


def _evidence(text: str) -> tuple[Inline, ...]:
    return (Link(text),) if is_link(text) else words(text)


def monitoring(matter: Matter) -> Section | None:
    known = [matter.desired.monitors[one] for one in matter.monitors if one in matter.desired.monitors]
    if not known:
        return None
    heads = ("What we're watching", "Where we see it", "What's normal", "What's concerning", "Last reading")
    rows = tuple(
        (line(Strong(one.title)), words(one.where) or NONE, _normal(one, matter), _concerning(one), _last(one, matter))
        for one in known
    )
    notes = [(Strong(one.title), Text(": "), *words(one.note)) for one in known if one.note]
    return Section("Monitoring", (Table(heads, rows), *([Bullets(tuple(notes))] if notes else [])))


def _normal(monitor: Monitor, matter: Matter) -> Line:
    if monitor.normal:
        return words(monitor.normal)
    frozen = matter.recorded.baselines.get((matter.rollout.address, monitor.address))
    return line(f"baseline {frozen.measured:f}{_unit(monitor)}") if frozen else NONE


def _concerning(monitor: Monitor) -> Line:
    threshold = monitor.pass_when_text
    passes = line("passes when ", Code(threshold)) if threshold and "undecided(" not in threshold else ()
    return joined([words(monitor.concerning), passes], "; ") or NONE


def _unit(monitor: Monitor) -> str:
    return f" {monitor.unit}" if monitor.unit else ""


def _last(monitor: Monitor, matter: Matter) -> Line:
    reading = matter.readings.get(monitor.address)
    undecided = matter.undecided_at(monitor.address)
    if reading is None:
        return joined([(one,) for one in undecided], "; ") or line("not read yet")
    measured = f"{reading.measured:f}{_unit(monitor)}, " if reading.measured is not None else ""
    return line(Strong(reading.verdict.value), f": {measured}{matter.when(reading.at)}. {reading.reason}")


def triggers(matter: Matter) -> Section:
    """Why and how one goes back."""
    blocks: list[Block] = []
    if matter.triggers:
        rows = []
        for one in matter.triggers:
            monitor = matter.desired.monitors.get(one.monitor) if one.monitor else None
            sees = monitor.title if monitor else str(one.monitor) if one.monitor else "a person"
            cells = (words(one.reason) or NONE, words(one.action) or NONE, line(sees))
            rows.append(((Strong(one.title),), *cells))
        blocks.append(Table(("Trigger", "Why it's serious", "Action", "Who or what sees it"), tuple(rows)))
    name = matter.rollout.address.name
    owner = f"{matter.owner}" if matter.owner else "the owner of the product"
    commands = Commands((f'flagstaff rollback -rollout {name} -reason "what was seen"',))
    steps = (
        line("Anybody on call runs this; going down needs no approval, and toggles that depend on others go first."),
        line("It verifies what it did, and holds every toggle that it turned down: no plan raises it again."),
        line("Write down the cause, if you gave none: the command asks for it, and it stands in the journal."),
        line(f"Once the cause is known, {owner} releases it: flagstaff release ADDRESS -note ROOT_CAUSE"),
    )
    how = Section("How to roll back", (commands, Bullets(steps, ordered=True)))
    return Section("Rollback", (*blocks, how))


def risks(matter: Matter) -> Section | None:
    if not matter.rollout.risks:
        return None
    rows = tuple(
        (
            (Strong(one.title),),
            words(one.detail) or NONE,
            words(one.mitigation) or NONE,
            words(one.status) or NONE,
            line(str(one.owner)) if one.owner else NONE,
        )
        for one in matter.rollout.risks
    )
    return Section("Known risks", (Table(("Risk", "Detail", "What we do about it", "Status", "Owner"), rows),))


def open_decisions(matter: Matter) -> Section | None:
    if not matter.decisions:
        return None
    rows = tuple(
        (
            (Undecided(one.why),),
            (Code(one.place),) if one.place else NONE,
            (Code(str(one.range)),) if one.range else NONE,
            line(str(one.owner or matter.owner or "nobody is named")),
        )
        for one in matter.decisions
    )
    return Section("Open decisions", (Table(("What", "Of", "Where", "Owner"), rows),))


def waivers(matter: Matter) -> Section | None:
    names = {str(matter.rollout.address), "policy"} | {str(stage.name) for stage in matter.rollout.stages}
    names |= set(map(str, matter.toggles))
    rows = [one for one in matter.status.waivers if one.subject in names]
    if not rows:
        return None
    lines = tuple(
        (
            line(one.subject),
            line(f"{one.waiver.check} of {one.waiver.of}" if one.waiver.of else one.waiver.check),
            line(matter.when(one.waiver.until)),
            line(str(one.role)) if one.role else NONE,
            line(one.waiver.reason) or NONE,
        )
        for one in rows
    )
    return Section("Waivers", (Table(("Of", "What is let through", "Until", "Agreed to by", "Why"), lines),))
