"""Checks of one toggle's change on its own: its key, drift, holds, protection, the size of the raise.

Each takes a candidate and returns it with its finding, or as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal

from flagstaff.addresses import Address
from flagstaff.diagnostics import Range
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import FULL, OFF, Exposure
from flagstaff.model.recorded import Hold
from flagstaff.model.rollout import Stage, StageName
from flagstaff.model.times import moment
from flagstaff.plan.candidates import NOBODY, Candidate
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.consents import crossed
from flagstaff.plan.guards import Comparison
from flagstaff.plan.plan import Action, DriftKind
from flagstaff.plan.stages.calendar import calendar_checks
from flagstaff.plan.stages.entry import Entries, has_begun
from flagstaff.plan.stages.meaning import fell, former_meaning, people_note


@dataclass(frozen=True, slots=True)
class Context:
    """What the checks look at: holds, guards, the user's options; `guesses` for keys that no store has.

    `trusted`: the guards were recorded, or need no recording. `entries`: what stages wait for. `zone` is for texts.
    """

    guesses: Mapping[str, str]
    holds: Mapping[Address, Hold]
    guards: Comparison
    gives: Mapping[Address, tuple[Address, ...]]
    accept_drift: Collection[Address]
    adopted: bool
    trusted: bool
    entries: Entries
    now: datetime
    zone: tzinfo


def check(candidate: Candidate, context: Context) -> Candidate:
    """All checks of one candidate, in the order in which they are shown."""
    if candidate.action is Action.DELETE:
        return _deletion(candidate, context)
    if not candidate.action.writes:
        return candidate
    if candidate.up:
        for step in (_known_key, _adoption, _trust, _hold, _implied_hold, _stage, _kept_consents, _calendar):
            candidate = step(candidate, context)
    else:
        for step in (_hand_raised, _protection, _stage, _calendar):
            candidate = step(candidate, context)
    return _max_raise(candidate, context)


def _known_key(candidate: Candidate, context: Context) -> Candidate:
    if candidate.exists or candidate.action is Action.CREATE:
        return candidate
    guess = context.guesses.get(candidate.key, "")
    where = candidate.toggle.key_range if candidate.toggle else None
    return candidate.with_check(
        Check(
            CheckName.UNKNOWN_KEY,
            Verdict.FAIL,
            "Unknown toggle key",
            "The live store has no toggle with this key, and raising it would create one that no code reads." + guess,
            where,
            label=f"not in the live store{guess.rstrip('?').replace(' Did you mean', ', but there is')}"
            if guess
            else "",
            ways_out=(
                "correct the key",
                "`create = true` in the toggle's block, if the toggle is new and Flagstaff shall make it",
            ),
        )
    )


def _adoption(candidate: Candidate, context: Context) -> Candidate:
    if context.adopted:
        return candidate
    return candidate.with_check(
        Check(
            CheckName.ADOPTION,
            Verdict.PENDING,
            "Store not adopted yet",
            "There is no state for this store, so nothing says who set the live values. "
            "Raises wait until they are adopted.",
            ways_out=(
                f"flagstaff import {candidate.address} {candidate.key}",
                "or flagstaff init -from-live -trust, which records all that is live as declared, and the guards",
            ),
        ),
        capped=True,
    )


def _trust(candidate: Candidate, context: Context) -> Candidate:
    if context.trusted or not context.adopted:
        return candidate
    return candidate.with_check(
        Check(
            CheckName.ADOPTION,
            Verdict.PENDING,
            "Guards not trusted yet",
            "Nobody has agreed yet to the roles, policy, requirements and protection that this configuration declares, "
            "so nothing says that they restrain it enough. Raises wait until somebody does.",
            ways_out=("flagstaff init -trust, which shows them and asks",),
        ),
        capped=True,
    )


def _hold(candidate: Candidate, context: Context) -> Candidate:
    hold = context.holds.get(candidate.address)
    if hold is None:
        return candidate
    return candidate.with_check(
        Check(
            CheckName.HOLD,
            Verdict.PENDING,
            "Held",
            f"Held at {candidate.live.exposure}, declared {candidate.wanted}. "
            f"{hold.who} left the hold {hold.id} at {moment(hold.at, context.zone)}: {hold.cause or 'no reason yet'}.",
            _exposure_range(candidate),
            ways_out=(
                f"flagstaff release {hold.of or candidate.address}, once the cause is known"
                + (f": it went down with {hold.of}" if hold.of else ""),
            ),
        ),
        capped=True,
    )


def _implied_hold(candidate: Candidate, context: Context) -> Candidate:
    record = candidate.record
    if record is None or candidate.drift not in {DriftKind.BELOW, DriftKind.GONE}:
        return candidate
    if candidate.address in context.holds or candidate.drift_expected:
        return candidate
    return candidate.with_check(
        Check(
            CheckName.HOLD,
            Verdict.PENDING,
            "Turned down by hand",
            f"Held at {candidate.before or 'nothing'}, declared {candidate.wanted}. "
            f"It was {record.exposure} when it was last recorded; somebody turned it down since, "
            "and Flagstaff does not turn it up again by itself.",
            _exposure_range(candidate),
            ways_out=(
                (
                    "find out who turned it down and why; then, to raise from the live value: "
                    f"flagstaff import {candidate.address} {candidate.key}"
                ),
                f"or declare {candidate.before or OFF} for it",
            ),
        ),
        capped=True,
    )


def _hand_raised(candidate: Candidate, context: Context) -> Candidate:
    record = candidate.record
    if record is None or candidate.drift not in {DriftKind.ABOVE, DriftKind.OTHER} or candidate.drift_expected:
        return candidate
    text = (
        f"Live {candidate.live.exposure}, last applied {record.exposure}, declared {candidate.wanted}: "
        "somebody turned it up by hand, and lowering it takes it away from people."
    )
    if candidate.address in context.accept_drift:
        return candidate.with_check(
            Check(CheckName.DRIFT, Verdict.PASS, "Lowers what a hand raised", text + " Accepted with -accept-drift.")
        )
    marked = candidate.with_check(
        Check(
            CheckName.DRIFT,
            Verdict.PENDING,
            "Lowers what a hand raised",
            text,
            _exposure_range(candidate),
            ways_out=(
                f"plan with -accept-drift {candidate.address}, or answer yes to it at apply",
                f"or declare {candidate.live.exposure} for it, if the hand was right"
                if isinstance(candidate.live.exposure, Exposure)
                else "or undo by hand what was done by hand",
            ),
        )
    )
    return replace(marked, consent=True)


def _protection(candidate: Candidate, context: Context) -> Candidate:
    if candidate.address not in context.guards.in_force.protected:
        return candidate
    in_force = context.guards.in_force
    role = in_force.enforceable(in_force.owners.get(candidate.address))
    who = (
        f"{role} must agree" if role else "no role is recorded that could agree: give its product an owner with signers"
    )
    kept = context.guards.waiting_protection.get(candidate.address)
    still = " Its protection was taken out of the configuration, and stays in force until then." if kept else ""
    marked = candidate.with_check(
        Check(
            CheckName.PROTECTION,
            Verdict.PENDING,
            "Protected toggle",
            f"It would go from {candidate.live.exposure} to {candidate.wanted}, and it is protected: {who}.{still}",
            candidate.toggle.range if candidate.toggle else None,
            ways_out=(f"an approval by {role}",) if role else (),
        )
    )
    return replace(marked, approvals=(role or NOBODY,))


def _stage(candidate: Candidate, context: Context) -> Candidate:
    """What its stage waits for, and who its people are.

    A lower asks nothing, unless its stage is new and gives people something: another meaning, or a `!toggle`.
    """
    toggle, entries = candidate.toggle, context.entries
    entry = entries.of(toggle.stage) if toggle else None
    if entry is None:
        return candidate
    former = former_meaning(entry.stage, candidate.address, entries.recorded.stages, entries.last)
    again = candidate.up and candidate.record is not None and fell(entry.stage, candidate.address, entries.last)
    notes = (*candidate.notes, *people_note(entry.stage, former, again=again))
    candidate = replace(candidate, notes=notes)
    gives = former is not None or (candidate.address in context.gives and not has_begun(entry.place))
    if not entry.enters or candidate.capped or not (candidate.up or gives):
        return candidate
    approvals = dict.fromkeys((*candidate.approvals, *entry.approvals))
    return replace(candidate.rejudged((*candidate.checks, *entry.checks)), approvals=tuple(approvals))


def _kept_consents(candidate: Candidate, context: Context) -> Candidate:
    """Approvals of stages that the configuration has no more, or that have lost this toggle."""
    waiting = (one for one in context.guards.waiting_consents.values() if not _stage_is(candidate, one.stage))
    live = candidate.live.exposure
    level = live.level if isinstance(live, Exposure) else 0
    if candidate.capped or candidate.wanted is None:
        return candidate
    for consent in crossed(waiting, candidate.address, level, candidate.wanted.level):
        roles = tuple(filter(None, map(context.guards.in_force.enforceable, consent.roles)))
        who = ", ".join(map(str, roles))
        candidate = candidate.with_check(
            Check(
                CheckName.APPROVAL,
                Verdict.PENDING,
                "Approval needed",
                f"{who} must agree before it reaches {Exposure(consent.level)}: {consent.stage} said so at the last "
                "apply, and the configuration doesn't say so any more. That counts once they agree.",
                _exposure_range(candidate),
                ways_out=tuple(f"flagstaff approve PLAN -as {role.name}" for role in roles),
            )
        )
        candidate = replace(candidate, approvals=tuple(dict.fromkeys((*candidate.approvals, *roles))))
    return candidate


def _stage_is(candidate: Candidate, stage: StageName) -> bool:
    return candidate.toggle is not None and candidate.toggle.stage == stage


def _calendar(candidate: Candidate, context: Context) -> Candidate:
    if candidate.capped or not (candidate.up or candidate.address in context.gives):
        return candidate
    product = candidate.toggle.product if candidate.toggle else None
    policy = context.guards.in_force.policy
    found = tuple(calendar_checks(policy, (product,) if product else (), context.now, context.zone))
    return candidate.rejudged((*candidate.checks, *found)) if found else candidate


def _max_raise(candidate: Candidate, context: Context) -> Candidate:
    """A stage's own limit stands for the policy's; where it lets more through, that is listed."""
    policy = context.guards.in_force.policy
    entry = context.entries.of(candidate.toggle.stage) if candidate.toggle else None
    own = entry.stage if entry and entry.stage.max_raise is not None else None
    limit = own.max_raise if own else policy.max_raise
    gives = context.gives.get(candidate.address, ()) if candidate.down else ()
    if limit is None or candidate.wanted is None or not (candidate.up or gives):
        return candidate
    before = candidate.live.exposure
    points = abs(candidate.wanted.points - (before.points if isinstance(before, Exposure) else FULL * bool(gives)))
    if points > limit:
        return candidate.with_check(_too_far(candidate, context, points, limit, own, gives))
    if own and policy.max_raise is not None and points > policy.max_raise:
        text = f"{_points(points)} points: its stage allows {_points(limit)}, the policy {_points(policy.max_raise)}"
        return candidate.with_check(
            Check(CheckName.MAX_RAISE, Verdict.PASS, "Stage allows more at once", text, own.range)
        )
    return candidate


def _too_far(
    candidate: Candidate, context: Context, points: int, limit: int, own: Stage | None, gives: tuple[Address, ...]
) -> Check:
    given = f" (lowering it counts as a raise: it gives people {', '.join(map(str, gives))})" if gives else ""
    who = f'stage "{own.name.name}"' if own else "the policy"
    allows = f"allows {_points(limit)} in one plan" if limit else "lets nothing up: its `max_raise` is 0, or undecided"
    place = own.range if own else context.guards.in_force.policy.range
    way = "or raise the stage's `max_raise`" if own else context.guards.way_past("max_raise")
    return Check(
        CheckName.MAX_RAISE,
        Verdict.FAIL,
        "Raised too far at once",
        f"From {candidate.before or OFF} to {candidate.wanted} are {_points(points)} points{given}; {who} {allows}.",
        place or _exposure_range(candidate),
        ways_out=("go in smaller steps", *_stage_limit(candidate, context, own), way),
    )


def _stage_limit(candidate: Candidate, context: Context, own: Stage | None) -> tuple[str, ...]:
    """A stage goes where it goes in one step: with a limit of its own, the policy's needs no change."""
    entry = context.entries.of(candidate.toggle.stage) if candidate.toggle else None
    return (f'or give stage "{entry.stage.name.name}" a `max_raise` of its own',) if entry and not own else ()


def _points(value: int) -> str:
    return f"{(Decimal(value) / 1000).normalize():f}"


def _deletion(candidate: Candidate, context: Context) -> Candidate:
    record = candidate.record
    if record is None or not record.created:
        candidate = candidate.with_check(
            Check(
                CheckName.DELETION,
                Verdict.FAIL,
                "Toggle not made by Flagstaff",
                f"{candidate.key} was in the store before Flagstaff, so Flagstaff does not delete it.",
                ways_out=("take `delete = true` out: the toggle is forgotten then, and stays in the store",),
            )
        )
    if candidate.live.exposure != OFF:
        candidate = candidate.with_check(
            Check(
                CheckName.DELETION,
                Verdict.FAIL,
                "Toggle still in use",
                f"{candidate.key} is at {candidate.live.exposure}; only a toggle at 0 % is deleted.",
                ways_out=("declare `percentage = 0` and apply it first",),
            )
        )
    number = len(candidate.live.testers)
    testers = "1 tester" if number == 1 else f"{number} testers"
    in_force = context.guards.in_force
    role = in_force.enforceable(in_force.owners.get(candidate.address))
    who = f"{role} must agree." if role else "No role is recorded that could agree."
    candidate = candidate.with_check(
        Check(
            CheckName.DELETION,
            Verdict.PENDING,
            "Deletes a live toggle",
            f"{candidate.key} would be gone from the store, with its {testers}. {who}",
        )
    )
    return replace(candidate, approvals=(role or NOBODY,))


def _exposure_range(candidate: Candidate) -> Range | None:
    return candidate.toggle.exposure_range if candidate.toggle else None
