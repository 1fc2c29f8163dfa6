"""Signers: lines of OpenSSH's allowed-signers form, and whose key made a signature. Pure.

Stricter than OpenSSH: one literal principal a line, no certificates, and no key that stands for two people.
Source: ssh-keygen(1), "ALLOWED SIGNERS", and OpenSSH's PROTOCOL.sshsig.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final, Self

from flagstaff.approvals.message import NAMESPACE
from flagstaff.diagnostics import Diagnostic, Severity
from flagstaff.model.configuration import Role
from flagstaff.model.times import moment

TYPES: Final = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
_SHORTEST_RSA: Final = 2048
_OPTION = re.compile(r'(?P<name>[A-Za-z-]+)(?:="(?P<value>[^"]*)")?')
_TIME = re.compile(r"\d{8}(?:\d{4}(?:\d{2})?)?Z?", re.ASCII)
_ARMOUR = re.compile(r"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n?")
_LARGEST: Final = 64 * 1024


class SignerError(ValueError):
    """Why a line can't be used, as a part of a sentence that goes on from "The line "..."."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key: its kind, and its blob in base64."""

    type: str
    blob: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `TYPE BLOB COMMENT`, as in a .pub file; raises `SignerError`."""
        parts = text.split(maxsplit=2)
        if len(parts) < 2 or parts[0] not in TYPES:
            raise SignerError(f"has no key of a kind that is known: {', '.join(TYPES)}")
        try:
            fields = _fields(base64.b64decode(parts[1], validate=True))
        except (binascii.Error, ValueError):
            fields = []
        if len(fields) < 2 or fields[0] != parts[0].encode():
            raise SignerError(f"has a key that is no whole {parts[0]} key; copy it from the .pub file")
        if parts[0] == "ssh-rsa" and int.from_bytes(fields[-1], "big").bit_length() < _SHORTEST_RSA:
            raise SignerError(f"has an RSA key of less than {_SHORTEST_RSA} bits")
        return cls(parts[0], parts[1])

    @property
    def is_hardware(self) -> bool:
        return self.type.startswith("sk-")

    def __str__(self) -> str:
        return f"{self.type} {self.blob}"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs with which key, and from when until when that counts."""

    principal: str
    key: Key
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    @classmethod
    def parse(cls, line: str) -> Self:
        """Raises `SignerError`."""
        principal, rest = [*line.split(maxsplit=1), "", ""][:2]
        if not principal or principal.startswith("#"):
            raise SignerError("names no principal")
        if not (principal.isascii() and principal.isprintable()) or '"' in principal:
            raise SignerError("has a principal that is not plain ASCII")
        if sign := next((sign for sign in "*?!," if sign in principal), ""):
            raise SignerError(f'has "{sign}" in its principal: each line names exactly one person, and no pattern')
        options, key = _options(rest.strip())
        found = cls(
            principal, Key.parse(key), _time(options.get("valid-after", "")), _time(options.get("valid-before", ""))
        )
        if NAMESPACE not in options.get("namespaces", NAMESPACE).split(","):
            raise SignerError(f'has namespaces without "{NAMESPACE}"')
        return found

    def untimely(self, now: datetime, zone: tzinfo = UTC) -> str:
        """Why the key does not count at that time; "" if it does."""
        if self.valid_after is not None and now < self.valid_after:
            return f"the key of {self.principal} counts only from {moment(self.valid_after, zone)} on"
        if self.valid_before is not None and now >= self.valid_before:
            return f"the key of {self.principal} counts only until {moment(self.valid_before, zone)}"
        return ""


@dataclass(frozen=True, slots=True)
class Signers:
    """The signers of a role. `unusable` are its other lines, as sentences that say why."""

    all: tuple[Signer, ...] = ()
    unusable: tuple[str, ...] = ()

    @classmethod
    def of(cls, lines: Iterable[str]) -> Self:
        """A key that stands for two people counts for neither: nobody could tell who signed."""
        found: list[Signer] = []
        problems: list[str] = []
        for line in lines:
            try:
                found.append(Signer.parse(line))
            except SignerError as error:
                problems.append(f'The signer "{line}" {error}.')
        people: dict[str, set[str]] = {}
        for signer in found:
            people.setdefault(signer.key.blob, set()).add(signer.principal.casefold())
        shared = [signer for signer in found if len(people[signer.key.blob]) > 1]
        problems += [f"The key of {signer.principal} is also another signer's." for signer in shared]
        return cls(tuple(signer for signer in found if signer not in shared), tuple(problems))

    @property
    def principals(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(signer.principal for signer in self.all))

    def with_key(self, key: Key) -> Signer | None:
        return next((signer for signer in self.all if signer.key == key), None)


def check_signers(roles: Iterable[Role]) -> tuple[Diagnostic, ...]:
    """What is wrong with the signers of roles. It is a mistake, as nobody could ever agree to correct a role that was
    recorded without a key that can be used."""
    return tuple(
        Diagnostic(Severity.ERROR, "Signer can't be used", problem, role.range, context=str(role.address))
        for role in roles
        for problem in Signers.of(role.signers).unusable
    )


def signing_key(signature: str) -> Key | None:
    """The key that a signature says it was made with; None for anything that is no signature of OpenSSH's."""
    match = _ARMOUR.fullmatch(signature) if len(signature) <= _LARGEST else None
    if match is None:
        return None
    try:
        data = base64.b64decode(match[1].replace("\n", ""), validate=True)
        if data[:10] != b"SSHSIG\x00\x00\x00\x01":
            return None
        blob = _fields(data[10:])[0]
        return Key.parse(f"{_fields(blob)[0].decode('ascii')} {base64.b64encode(blob).decode()}")
    except (binascii.Error, ValueError, IndexError):
        return None


def _options(text: str) -> tuple[Mapping[str, str], str]:
    """What stands before the key, and the rest of the line; raises `SignerError`."""
    if text.startswith(("ssh-", "ecdsa-", "sk-")):
        return {}, text
    options: dict[str, str] = {}
    at = 0
    while match := _OPTION.match(text, at):
        name, value = match["name"].lower(), match["value"]
        if name == "cert-authority":
            raise SignerError("is a certificate authority's: name the people themselves")
        if name not in {"namespaces", "valid-after", "valid-before"} or value is None or name in options:
            raise SignerError(f'has "{match[0]}" where namespaces="...", valid-after="..." or a kind of key may stand')
        options[name] = value
        at = match.end()
        if text[at : at + 1] != ",":
            break
        at += 1
    return options, text[at:].strip()


def _time(text: str) -> datetime | None:
    """A time of allowed signers; without Z it is UTC, too, so that it is the same everywhere. Raises `SignerError`."""
    if not text:
        return None
    digits = text.removesuffix("Z").ljust(14, "0")
    try:
        return (
            datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC) if _TIME.fullmatch(text) else _no_time(text)
        )
    except ValueError:
        return _no_time(text)


def _no_time(text: str) -> datetime:
    raise SignerError(f'has the time "{text}", which is not such as 20260127Z or 202601271400Z')


def _fields(data: bytes) -> list[bytes]:
    """The strings of an SSH blob (RFC 4251, section 5); raises ValueError where it isn't made of them alone."""
    fields, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 4 + size > len(data):
            raise ValueError("cut off")
        fields.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return fields
