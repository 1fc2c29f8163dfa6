"""Entry checks that the world outside decides: blockers, triggers that were called, monitors, approvals."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import UNTIL_ANSWERED, Verdict
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Blocker, Monitor, Rollout
from flagstaff.model.times import moment
from flagstaff.plan.candidates import NOBODY
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.guards import Guards
from flagstaff.plan.inputs import Evidence
from flagstaff.plan.stages.order import Subject
from flagstaff.plan.stages.texts import sentence
from flagstaff.plan.waivers import Allowance


@dataclass(frozen=True, slots=True)
class World:
    """What there is to look at. `traffic`: the rollouts that have a toggle up; `policy`: the policy's own waivers."""

    desired: Desired
    recorded: Recorded
    evidence: Evidence
    guards: Guards
    traffic: frozenset[Address]
    policy: tuple[Allowance, ...] = ()


def evidence_checks(subject: Subject, world: World) -> Iterator[Check]:
    stage, desired = subject.stage, world.desired
    for address in stage.blocked_by:
        blocker = desired.blockers.get(address)
        if blocker is not None:
            yield from _blocker(subject, blocker)
    for address in stage.triggers:
        yield from _trigger(subject, address, world)
    for address in stage.monitors:
        monitor = desired.monitors.get(address)
        if monitor is not None:
            yield _monitor(subject, monitor, world)


def _blocker(subject: Subject, blocker: Blocker) -> Iterator[Check]:
    if not blocker.is_open:
        if blocker.status == "complete":
            text = f"{blocker.address} is complete"
            place = blocker.status_range
            yield Check(CheckName.BLOCKER, Verdict.PASS, "Blocker resolved", text, place, of=blocker.address)
        return
    status = blocker.status.replace("_", " ")
    yield Check(
        CheckName.BLOCKER,
        Verdict.FAIL,
        "Blocker open",
        f'Stage {subject.name} waits for {blocker.address} ("{blocker.title}"), which is {status}.',
        blocker.status_range or blocker.range,
        label=f"{status}; owner: {blocker.owner}" if blocker.owner else status,
        why=blocker.note,
        ways_out=('have it done; then set `status = "complete"`, with the `evidence` for it',),
        of=blocker.address,
    )


def _trigger(subject: Subject, address: Address, world: World) -> Iterator[Check]:
    """A person's call, or what a watch saw, as long as that counts."""
    trigger, answer = world.desired.triggers.get(address), world.recorded.answers.get(address)
    if trigger is None or answer is None or answer.verdict is not Verdict.FAIL or answer.until <= subject.now:
        return
    note, at = f": {answer.note}" if answer.note else "", moment(answer.at, subject.zone)
    fired = answer.until >= UNTIL_ANSWERED
    name = f'{address} ("{trigger.title}")'
    what = f"{name} fired at {at}" if fired else f"{answer.who} called {name} at {at}"
    over = "" if fired else f", or wait until the call is over, {moment(answer.until, subject.zone)}"
    yield Check(
        CheckName.TRIGGER,
        Verdict.FAIL,
        "Trigger has fired" if fired else "Trigger was called",
        f"{what}{note}".removesuffix(".") + ".",
        trigger.range,
        why=trigger.reason,
        ways_out=(
            f"roll back: flagstaff rollback -rollout {_typed(subject.rollout)}",
            f"once it is over, say so: flagstaff answer {shlex.quote(str(address))} -verdict=pass -note=...{over}",
        ),
        of=address,
    )


def _typed(rollout: Rollout) -> str:
    return shlex.quote(str(rollout.address).removeprefix("rollout."))


_MONITOR: Final = {
    Verdict.PASS: "Monitor passes",
    Verdict.FAIL: "Monitor does not pass",
    Verdict.INCONCLUSIVE: "Monitor is inconclusive",
    Verdict.UNDECIDED: "Monitor is not decided",
}


def _monitor(subject: Subject, monitor: Monitor, world: World) -> Check:
    verdict, detail = _verdict(subject, monitor, world)
    ways: tuple[str, ...] = ()
    if verdict is Verdict.FAIL:
        where = f" ({monitor.where})" if monitor.where else ""
        ways = (f"find out why{where} before anything goes further; going down is free meanwhile",)
    elif verdict is Verdict.UNDECIDED:
        ways = ("put the value in the place of `undecided(...)`",)
    elif verdict is Verdict.INCONCLUSIVE:
        ways = (
            "answer it, and plan again"
            if _awaits_answer(monitor, world)
            else "see that it is measured, and plan again",
        )
    return Check(
        CheckName.MONITOR,
        verdict,
        _MONITOR[verdict],
        detail if verdict is Verdict.PASS else f"Stage {subject.name} waits for {monitor.address}. {detail}",
        monitor.range,
        why=monitor.concerning if verdict is Verdict.FAIL else "",
        ways_out=ways,
        of=monitor.address,
    )


def _awaits_answer(monitor: Monitor, world: World) -> bool:
    """Whether a person has to say, and nobody has."""
    reading = world.evidence.readings.get(monitor.address)
    return reading is not None and reading.verdict is Verdict.PENDING


def _verdict(subject: Subject, monitor: Monitor, world: World) -> tuple[Verdict, str]:
    for decision in open_parts(monitor):
        return Verdict.UNDECIDED, f"Nobody has chosen yet: {sentence(decision.why)}"
    name = f"monitor {monitor.address.name}"
    if skips(subject, monitor, world):
        return Verdict.PASS, f"{name} skipped: no toggle of the rollout is up yet"
    reading = world.evidence.readings.get(monitor.address)
    if reading is None:
        return Verdict.INCONCLUSIVE, world.evidence.unread or "It was not read."
    if reading.verdict is Verdict.PASS:
        return Verdict.PASS, f"{name}: {reading.reason}"
    # An answer that is missing lets nothing through, whoever agrees to the plan.
    return Verdict.INCONCLUSIVE if reading.verdict is Verdict.PENDING else reading.verdict, reading.reason


def open_parts(monitor: Monitor) -> Iterator[OpenDecision]:
    """What nobody has chosen yet of a monitor, without which it has no verdict."""
    for part in (monitor.source, monitor.pass_when, monitor.baseline and monitor.baseline.value):
        if isinstance(part, OpenDecision):
            yield part


def skips(subject: Subject, monitor: Monitor | None, world: World) -> bool:
    """Whether there is nothing to measure yet, and the monitor says that it doesn't matter."""
    return monitor is not None and monitor.before_traffic == "skip" and subject.rollout.address not in world.traffic


def approvals(subject: Subject, guards: Guards) -> tuple[Address, ...]:
    """The roles that must agree; `role.none` where the one that should names nobody."""
    return tuple(dict.fromkeys(guards.enforceable(role) or NOBODY for role in _asked(subject, guards)))


def _asked(subject: Subject, guards: Guards) -> tuple[Address, ...]:
    """The stage's roles, and those that it had at the last apply and that have not agreed to its losing them."""
    consent = guards.consents.get(subject.stage.name)
    return tuple(dict.fromkeys((*subject.stage.approvals, *(consent.roles if consent else ()))))


def approval_checks(subject: Subject, guards: Guards) -> Iterator[Check]:
    for role in _asked(subject, guards):
        known = guards.enforceable(role) is not None
        who = f"{role} must agree" if known else f"{role}, for which no signer or team is recorded, would have to agree"
        yield Check(
            CheckName.APPROVAL,
            Verdict.PENDING,
            "Approval needed",
            f"{who} before stage {subject.name} begins.",
            subject.stage.range,
            ways_out=(f"flagstaff approve PLAN -as {role.name}",) if known else (),
        )
