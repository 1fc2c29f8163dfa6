"""What is worth a warning of who is affected: shares that aren't what percentages say, and keys that are related."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from flagstaff.addresses import Address
from flagstaff.audience.results import Audience, Breach, Pair, Reach
from flagstaff.diagnostics import Diagnostic, Severity
from flagstaff.plan.people.figures import people, percent

# More of one kind are counted.
_MOST: Final = 6


def audience_warnings(audience: Audience, moved: Collection[Address] | None = None) -> Iterator[Diagnostic]:
    """One of each kind, for what changes; `moved` None: for all that there is."""
    off = [reach for reach in audience.experiences if reach.misleads and (moved is None or _changes(reach))]
    if off:
        yield _warning(
            "Effective share is not the percentage",
            [_misleading(reach) for reach in off],
            "Each toggle draws people of its own: a condition over several is true for fewer than any of them, and one "
            "that any of several fulfils for more.",
        )
    pairs = [pair for pair in audience.pairs if moved is None or {pair.first, pair.second} & set(moved)]
    if pairs:
        yield _warning(
            "Toggles draw related people",
            [_related(pair) for pair in pairs],
            "The store's hash makes no independent draws of such keys. A percentage of both is not what it seems.",
        )
    testers = [
        _lacking(breach)
        for breach in audience.requirements
        if breach.testers[-1] and (moved is None or {breach.child, breach.parent} & set(moved))
    ]
    if testers:
        yield _warning(
            "Testers without a prerequisite",
            testers,
            "A tester has a toggle whatever its percentage. Make them testers of what it requires, too.",
        )


def _changes(reach: Reach) -> bool:
    return reach.change is not None and not reach.change.is_none


def _misleading(reach: Reach) -> str:
    change, nominal = reach.change, reach.nominal
    assert change is not None
    assert nominal is not None  # or it would mislead nobody
    return (
        f"{percent(change.after)} of people{people(change.after)} would get {reach.address}, where the percentages "
        f"suggest {percent(nominal[1])}{people(nominal[1])}"
    )


def _related(pair: Pair) -> str:
    have = "nobody has" if not pair.both.count else f"{percent(pair.both)} of people{people(pair.both)} have"
    return f"{have} both {pair.first} and {pair.second}, where chance would give {pair.expected * 100:.2f} %"


def _lacking(breach: Breach) -> str:
    number = breach.testers[-1]
    who = f"1 tester of {breach.child} lacks" if number == 1 else f"{number:,} testers of {breach.child} lack"
    return f"{who} {breach.parent}"


def _warning(summary: str, found: Sequence[str], reason: str) -> Diagnostic:
    more = [f"{len(found) - _MOST:,} more are alike"] if len(found) > _MOST else []
    text = "; ".join([*found[:_MOST], *more])
    return Diagnostic(Severity.WARNING, summary, f"{text[0].upper()}{text[1:]}. {reason}")
