"""Signing: a person's decision becomes an approval, which is verified before anybody gets to see it.

sign(message, role, Ssh(), key_file_or_None) -> Approval      (raises Failure)
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flagstaff.approvals.message import LONGEST, Message
from flagstaff.approvals.signers import Signer, Signers
from flagstaff.approvals.ssh import Ssh, public_file
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import Role
from flagstaff.model.evidence import Approval

_RECORDED: Final = "What counts is the role as it was last applied, not as the configuration declares it now."


@dataclass(frozen=True, slots=True)
class Hand:
    """A signer of a role's, whose key is at hand: in a file, or in the agent (None)."""

    signer: Signer
    file: Path | None


def hand_of(role: Role, ssh: Ssh, file: Path | None = None) -> Hand:
    """Whoever of the role's signers has the key; `role` is the one in force, the recorded one.

    Without `file` it is the first of git's signing key, the usual files and the agent's keys that the role has.
    Raises `Failure` where none is the role's.
    """
    signers = Signers.of(role.signers)
    if file is not None:
        signer = signers.with_key(ssh.key(file))
        if signer is None:
            raise _foreign(role, signers, file)
        return Hand(signer, file)
    for usual in ssh.usual_files():
        if (signer := _of_file(signers, ssh, usual)) is not None:
            return Hand(signer, usual)
    for key in ssh.agent_keys():
        if (signer := signers.with_key(key)) is not None:
            return Hand(signer, None)
    raise _foreign(role, signers, None)


def sign_by(message: Message, hand: Hand, ssh: Ssh) -> Approval:
    """The approval, verified with the key that the signer is recorded with. Raises `Failure`."""
    text, signer = message.text, hand.signer
    if len(text) > LONGEST:
        raise Failure.error("Note is too long", f"What is signed may have {LONGEST:,} characters.")
    if late := signer.untimely(message.at):
        raise Failure.error("Key does not count now", f"{late[0].upper()}{late[1:]}.")
    with tempfile.TemporaryDirectory(prefix="flagstaff-") as folder:
        file = hand.file or public_file(signer.key, Path(folder))
        signature = ssh.sign(text, file)
    if not ssh.verifies(text, signature, signer):
        raise Failure.error(
            "Signature does not verify",
            f"ssh-keygen signed with {file}, but not with the key that {signer.principal} is recorded with. "
            "Nothing was written.",
        )
    return Approval(
        change=message.change,
        role=message.role,
        decision=message.decision,
        principal=signer.principal,
        at=message.at,
        expires=message.expires,
        note=message.note,
        message=text,
        signature=signature,
    )


def sign(message: Message, role: Role, ssh: Ssh, file: Path | None = None) -> Approval:
    """Both in one. Raises `Failure`, with nothing signed where the key is none of the role's."""
    return sign_by(message, hand_of(role, ssh, file), ssh)


def _of_file(signers: Signers, ssh: Ssh, file: Path) -> Signer | None:
    """Nobody named this file: one that can't be used is passed over."""
    try:
        return signers.with_key(ssh.key(file))
    except Failure:
        return None


def _foreign(role: Role, signers: Signers, file: Path | None) -> Failure:
    whose = (
        f"{role.address} has the keys of {', '.join(signers.principals)}"
        if signers.all
        else (f"{role.address} has no key that can be used")
    )
    problems = "".join(f" {problem}" for problem in signers.unusable)
    if file is None:
        return Failure.error(
            "No key found",
            f"Neither git's user.signingkey, nor ~/.ssh, nor an agent has a key of this role's. {whose}.{problems} "
            f"{_RECORDED} Name your key with -key.",
        )
    return Failure.error(
        "Key is none of this role's",
        f"{whose}, and the one in {file} is not among them.{problems} {_RECORDED} Name another key with -key.",
    )
