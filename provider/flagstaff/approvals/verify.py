"""Which recorded decisions count. Pure, but for `verifies`, which asks OpenSSH whether a signature is of a text.

    verified(approvals, Question(...), Ssh().verifies) -> Agreement
    verified_release(approval, Question(kind=Kind.RELEASE, change=HOLD_ID, ...), verifies) -> "" or why it doesn't count

Nothing that stands beside the signed text is believed, and no decision without a signature: a review counts only as
long as it was read from where it was given, in this run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from flagstaff.approvals.message import Kind, Message, NotAMessageError
from flagstaff.approvals.signers import Signer, Signers, signing_key
from flagstaff.model.configuration import Role
from flagstaff.model.evidence import Approval, Decision
from flagstaff.model.times import moment

# Whether a signature is this signer's, of exactly this text.
Verifies = Callable[[str, str, Signer], bool]
SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Question:
    """Whether `role`, as it is in force, agrees to the change (or the release of the hold) with the id `change`.

    `author` wrote the change ("": nobody knows), which counts where `others`: then somebody else has to agree.
    `zone` is for texts.
    """

    change: str
    role: Role
    environment: str
    lineage: str
    now: datetime
    author: str = ""
    others: bool = False
    kind: Kind = Kind.CHANGE
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Agreement:
    """`by` are the approvals that count, until `until`; `reasons` are sentences: why the role has not agreed, and
    which decisions don't count."""

    approved: bool
    by: tuple[Approval, ...] = ()
    until: datetime | None = None
    reasons: tuple[str, ...] = ()


def verified(
    approvals: Iterable[Approval], question: Question, verifies: Verifies, reviews: Sequence[Approval] = ()
) -> Agreement:
    """What the recorded decisions come to, with `reviews` that were read just now from where they are given.

    A no-go stands until the same person says go, however late that is.
    """
    role = question.role.address
    signers = Signers.of(question.role.signers)
    mine = [one for one in approvals if one.role == role and (one.message or one.change == question.change)]
    reasons: list[str] = []
    found: list[tuple[Approval, datetime]] = []
    for approval in mine:
        if approval.change != question.change:
            continue
        judged = _judged(approval, question, signers, verifies)
        if isinstance(judged, str):
            reasons.append(judged)
        else:
            found.append((approval, judged))
    found += [(one, one.expires) for one in reviews if one.role == role and one.change == question.change]
    standing = _last_words(found)
    if refused := [one for one, _ in standing if one.decision is Decision.NO_GO]:
        reasons = [_no_go(one, question.zone) for one in refused] + reasons
        return Agreement(approved=False, reasons=tuple(reasons))
    return _counted(standing, question, [*reasons, *_elsewhere(mine, question, found)])


def verified_release(approval: Approval, question: Question, verifies: Verifies) -> str:
    """Why this is no go of the role on the release of the hold `question.change`; "" if it is one."""
    if approval.role != question.role.address or approval.change != question.change:
        return f"It is about {approval.change} by {approval.role}, which is something else."
    agreement = verified([approval], question, verifies)
    return "" if agreement.approved else " ".join(agreement.reasons)


def _counted(standing: Sequence[tuple[Approval, datetime]], question: Question, reasons: list[str]) -> Agreement:
    """Everybody who is heard here said go."""
    now = question.now
    reasons += [
        f"{_who(one, question.zone)}, and that expired at {moment(until, question.zone)}."
        for one, until in standing
        if until <= now
    ]
    valid = sorted(((one, until) for one, until in standing if until > now), key=lambda item: item[1], reverse=True)
    if not valid:
        return Agreement(approved=False, reasons=tuple(reasons))
    if not question.others:
        return _agreed(valid, valid[0][1], reasons)
    # Whoever read a review made sure that it is not the author's.
    sure = [item for item in valid if item[0].via or (question.author and not _is(item[0], question.author))]
    if sure:
        return _agreed(valid, sure[0][1], reasons)
    if not question.author and len(valid) > 1:
        return _agreed(valid, valid[1][1], reasons)
    return Agreement(approved=False, reasons=(*reasons, _alone(question, valid[0][0])))


def _agreed(valid: Sequence[tuple[Approval, datetime]], until: datetime, reasons: Sequence[str]) -> Agreement:
    return Agreement(approved=True, by=tuple(one for one, _ in valid), until=until, reasons=tuple(reasons))


def _is(approval: Approval, author: str) -> bool:
    return approval.principal.casefold() == author.casefold()


def _alone(question: Question, approval: Approval) -> str:
    role, who = question.role.address, _who(approval, question.zone)
    if not question.author:
        return (
            f"{who}, and the policy does not let anybody approve their own change alone; nobody knows who "
            f"wrote this one, so it takes two people of {role}."
        )
    return f"{who}, and wrote the change: the policy wants somebody else of {role} to agree, too."


def _last_words(found: Sequence[tuple[Approval, datetime]]) -> list[tuple[Approval, datetime]]:
    """Each person's last decision, in the order of the signed times; what was signed counts, not where it stands."""
    last: dict[str, tuple[Approval, datetime]] = {}
    for approval, until in sorted(found, key=lambda item: item[0].at):
        name = approval.principal.casefold()
        last.pop(name, None)
        last[name] = approval, until
    return list(last.values())


def _judged(approval: Approval, question: Question, signers: Signers, verifies: Verifies) -> datetime | str:
    """Until when it counts, or why it doesn't: a sentence."""
    who = f"The decision of {approval.principal} on {question.role.address}'s behalf does not count"
    if not approval.message or not approval.signature:
        where = f" (it is said to be a {approval.via})" if approval.via else ""
        return f"{who}: it is not signed{where}."
    key = signing_key(approval.signature)
    if key is None:
        return f"{who}: its signature is none of OpenSSH's."
    signer = signers.with_key(key)
    if signer is None or signer.principal != approval.principal:
        whose = f", which has {', '.join(signers.principals)}" if signers.all else ""
        return f"{who}: it was not made with a key of theirs in {question.role.address} as recorded{whose}."
    if not verifies(approval.message, approval.signature, signer):
        return f"{who}: the signature is not of this text. One of the two was changed."
    try:
        message = Message.read(approval.message)
    except NotAMessageError:
        return f"{who}: what was signed is no text of Flagstaff's."
    if told := _differs(message, approval, question):
        return f"{who}: {told}."
    if late := signer.untimely(question.now, question.zone):
        return f"{who}: {late}."
    if message.at > question.now + SKEW:
        return f"{who}: it is dated {moment(message.at, question.zone)}, which has not come yet."
    return message.expires if signer.valid_before is None else min(message.expires, signer.valid_before)


def _differs(message: Message, approval: Approval, question: Question) -> str:
    """What the signed text is about, if that is something else than what is asked, or than what stands beside it."""
    asked = (
        ("kind", str(message.kind), str(question.kind)),
        ("change", message.change, question.change),
        ("role", str(message.role), str(question.role.address)),
        ("environment", message.environment, question.environment),
        ("lineage", message.lineage, question.lineage),
    )
    for name, signed, wanted in asked:
        if signed != wanted:
            return f"what was signed is for the {name} {_short(signed)}, not {_short(wanted)}"
    beside = (approval.decision, approval.at, approval.expires, approval.note, approval.via)
    if beside != (message.decision, message.at, message.expires, message.note, ""):
        return "what is recorded of it is not what was signed"
    return ""


def _elsewhere(
    approvals: Sequence[Approval], question: Question, found: Sequence[tuple[Approval, datetime]]
) -> list[str]:
    """A hint at the last decision on another change: often this one, before it was changed. It is not verified."""
    others = [one for one in approvals if one.change != question.change and one.expires > question.now]
    if found or not others or question.kind is Kind.RELEASE:
        return []
    last = max(others, key=lambda one: one.at)
    return [
        f"{last.principal} decided on {_short(last.change)}, which is another change: this one does something else."
    ]


def _no_go(approval: Approval, zone: tzinfo) -> str:
    note = f": {approval.note}" if approval.note else ""
    end = "" if note.endswith((".", "!", "?")) else "."
    return (
        f"{approval.principal} said no-go at {moment(approval.at, zone)}{note}{end} "
        "It stands until the same person says go."
    )


def _who(approval: Approval, zone: tzinfo) -> str:
    return f"{approval.principal} approved it at {moment(approval.at, zone)}"


def _short(text: str) -> str:
    """Ids, shortened as everywhere."""
    if len(text) == 64:
        return text[:12]
    return f'"{text}"' if text else "of a first apply"
