"""Lines of allowed signers: one literal person each, keys that are whole, and nothing that ssh would read otherwise."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from flagstaff.addresses import Address
from flagstaff.approvals.signers import Key, Signer, SignerError, Signers, check_signers, signing_key
from flagstaff.approvals.ssh import Ssh
from flagstaff.model.configuration import Role

pytestmark = pytest.mark.service("ssh-keygen")


def blob(*fields: bytes) -> str:
    return base64.b64encode(b"".join(len(field).to_bytes(4, "big") + field for field in fields)).decode()


SK = "sk-ssh-ed25519@openssh.com " + blob(b"sk-ssh-ed25519@openssh.com", b"k" * 32, b"ssh:")


@pytest.mark.parametrize("kind", ["po", "ecdsa", "rsa"])
def test_a_line_names_a_person_and_a_key(keys, kind):
    signer = Signer.parse(f"  po@example.gov\t{keys[kind].public} a comment of theirs ")
    assert signer.principal == "po@example.gov"
    assert str(signer.key) == keys[kind].public
    assert not signer.key.is_hardware


def test_a_hardware_key_is_known():
    assert Signer.parse(f"po {SK}").key.is_hardware


def test_options_that_narrow_are_kept(keys):
    line = keys["po"].signer("po", 'namespaces="git,flagstaff",valid-after="20260101",valid-before="202701010930Z"')
    signer = Signer.parse(line)
    assert signer.valid_after == datetime(2026, 1, 1, tzinfo=UTC)
    assert signer.valid_before == datetime(2027, 1, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "names no principal"),
        ("# po KEY", "names no principal"),
        ("*@example.gov KEY", 'has "*" in its principal'),
        ("p? KEY", 'has "?" in its principal'),
        ("!po KEY", 'has "!" in its principal'),
        ("po,other KEY", 'has "," in its principal'),
        ('"po" KEY', "has a principal that is not plain ASCII"),
        ("pö KEY", "has a principal that is not plain ASCII"),
        ("po", "has no key of a kind that is known"),
        ("po ssh-dss AAAA", "has no key of a kind that is known"),
        ("po ssh-ed25519-cert-v01@openssh.com AAAA", "has no key of a kind that is known"),
        ("po ssh-ed25519 AAAA", "has a key that is no whole ssh-ed25519 key"),
        ("po ssh-ed25519 !!!!", "has a key that is no whole ssh-ed25519 key"),
        ("po ssh-rsa " + blob(b"ssh-ed25519", b"k" * 32), "has a key that is no whole ssh-rsa key"),
        ("po ssh-rsa " + blob(b"ssh-rsa", b"\1\0\1", b"\xff" * 128), "has an RSA key of less than 2048 bits"),
        ("po cert-authority KEY", "is a certificate authority's"),
        ("po CERT-AUTHORITY KEY", "is a certificate authority's"),
        ('po namespaces="git" KEY', 'has namespaces without "flagstaff"'),
        ('po namespaces="*" KEY', 'has namespaces without "flagstaff"'),
        ('po namespaces="flagstaff",namespaces="git" KEY', 'has "namespaces="git"" where'),
        ("po no-touch-required KEY", 'has "no-touch-required" where'),
        ("po namespaces KEY", 'has "namespaces" where'),
        ('po valid-after="soon" KEY', 'has the time "soon"'),
        ('po valid-before="20261301" KEY', 'has the time "20261301"'),
    ],
)
def test_what_cannot_be_used_says_why(keys, line, problem):
    with pytest.raises(SignerError) as caught:
        Signer.parse(line.replace("KEY", keys["po"].public))
    assert str(caught.value).startswith(problem)


def test_a_key_counts_for_some_time(keys):
    options = 'valid-after="20260101Z",valid-before="20260201Z"'
    signer = Signer.parse(keys["po"].signer("po", options))
    assert signer.untimely(datetime(2026, 1, 15, tzinfo=UTC)) == ""
    early = "the key of po counts only from 2026-01-01 00:00 UTC on"
    assert signer.untimely(datetime(2025, 12, 31, tzinfo=UTC)) == early
    assert signer.untimely(datetime(2026, 2, 1, tzinfo=UTC)) == "the key of po counts only until 2026-02-01 00:00 UTC"


def test_a_role_knows_its_people_and_what_it_cannot_use(keys):
    lines = [keys["po"].signer("po"), keys["rsa"].signer("po"), "x ssh-dss AAAA", keys["other"].signer("other")]
    signers = Signers.of(lines)
    assert signers.principals == ("po", "other")
    assert len(signers.unusable) == 1
    assert signers.unusable[0].startswith('The signer "x ssh-dss AAAA" has no key of a kind that is known')
    found = signers.with_key(Key.parse(keys["rsa"].public))
    assert found is not None
    assert found.principal == "po"
    assert signers.with_key(Key.parse(keys["mallory"].public)) is None


def test_a_key_that_stands_for_two_people_counts_for_neither(keys):
    signers = Signers.of([keys["po"].signer("po"), keys["po"].signer("second"), keys["other"].signer("other")])
    assert signers.principals == ("other",)
    assert signers.unusable == (
        "The key of po is also another signer's.",
        "The key of second is also another signer's.",
    )


def test_a_role_with_a_signer_that_cannot_be_used_is_a_mistake(keys):
    roles = [Role(Address("role", "po"), (keys["po"].signer("po"), "x ssh-ed25519 AAAA"))]
    (found,) = check_signers(roles)
    assert (found.summary, found.context) == ("Signer can't be used", "role.po")
    whole = 'The signer "x ssh-ed25519 AAAA" has a key that is no whole ssh-ed25519 key; copy it from the .pub file.'
    assert found.detail == whole


def test_the_same_person_twice_is_one(keys):
    assert Signers.of([keys["po"].signer("po"), keys["po"].signer("PO")]).principals == ("po", "PO")


def test_a_signature_says_whose_key_made_it(keys):
    signature = Ssh().sign("text", keys["ecdsa"].file)
    assert signing_key(signature) == Key.parse(keys["ecdsa"].public)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "AAAA",
        blob(b"x"),
        base64.b64encode(b"SSHSIG\0\0\0\1").decode(),
        base64.b64encode(b"SSHSIG\0\0\0\1\0").decode(),
        "A",
    ],
)
def test_what_is_no_signature_has_no_key(body):
    assert signing_key(f"-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----\n") is None


def test_a_huge_signature_is_not_looked_at():
    assert signing_key("-----BEGIN SSH SIGNATURE-----\n" + "A" * 70_000 + "\n-----END SSH SIGNATURE-----\n") is None
