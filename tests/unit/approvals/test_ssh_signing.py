"""ssh-keygen, for real: every kind of key, agents, passphrases, and what is said where it can't sign."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flagstaff.addresses import Address
from flagstaff.approvals import ssh as module
from flagstaff.approvals.message import LONGEST, Kind, Message
from flagstaff.approvals.signers import Key, Signer
from flagstaff.approvals.signing import sign
from flagstaff.approvals.ssh import Ssh
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import Role
from flagstaff.model.evidence import Decision
from flagstaff.testing.signing import agent

pytestmark = pytest.mark.service("ssh-keygen")

PO = Address("role", "po")
NOW = datetime(2026, 1, 27, 14, 3, 5, tzinfo=UTC)
MESSAGE = Message(Kind.CHANGE, "a" * 64, PO, Decision.GO, "prod", "line", NOW, NOW.replace(day=30), "seen")


@pytest.fixture
def home(tmp_path):
    """A home of one's own, in which git knows nothing."""
    (tmp_path / ".ssh").mkdir()
    return tmp_path


@pytest.fixture
def ssh(home):
    return Ssh({"HOME": str(home), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"})


def failure(call) -> tuple[str, str]:
    with pytest.raises(Failure) as caught:
        call()
    found = caught.value.diagnostics[0]
    return found.summary, found.detail


@pytest.mark.parametrize("name", ["po", "ecdsa", "rsa"])
def test_an_approval_is_signed_by_the_key_and_verifies(keys, ssh, name):
    role = Role(PO, (keys["other"].signer("other"), keys[name].signer("po@example.gov")))
    approval = sign(MESSAGE, role, ssh, keys[name].file)
    assert approval.principal == "po@example.gov"
    assert approval.message == MESSAGE.text
    assert (approval.change, approval.role, approval.note) == (MESSAGE.change, PO, "seen")
    assert (approval.at, approval.expires) == (MESSAGE.at, MESSAGE.expires)
    signer = Signer.parse(role.signers[1])
    assert ssh.verifies(approval.message, approval.signature, signer)
    assert not ssh.verifies(approval.message + " ", approval.signature, signer)
    assert not ssh.verifies(approval.message, approval.signature, Signer.parse(role.signers[0]))
    assert not ssh.verifies(approval.message, "no signature", signer)


def test_a_signature_for_another_purpose_does_not_verify(keys, ssh, monkeypatch):
    monkeypatch.setattr(module, "NAMESPACE", "git")
    signature = ssh.sign("text", keys["po"].file)
    monkeypatch.undo()
    assert not ssh.verifies("text", signature, Signer.parse(keys["po"].signer("po")))


def test_a_note_that_is_no_text_is_signed_as_it_was_typed(keys, ssh):
    """A terminal in another encoding gives bytes that are not UTF-8."""
    typed = "n\udcf6"
    signature = ssh.sign(typed, keys["po"].file)
    assert ssh.verifies(typed, signature, Signer.parse(keys["po"].signer("po")))


def test_a_key_in_an_agent_signs_by_its_public_file(keys, ssh, tmp_path):
    with agent(tmp_path, keys["other"].file, keys["po"].file) as variables:
        there = Ssh({**ssh.environment, **variables})
        assert there.agent_keys() == (Key.parse(keys["other"].public), Key.parse(keys["po"].public))
        public = tmp_path / "only.pub"
        public.write_text(keys["po"].public + "\n")
        assert sign(MESSAGE, Role(PO, (keys["po"].signer("po"),)), there, public).principal == "po"


def test_without_a_name_the_agent_has_the_roles_key(keys, ssh, tmp_path):
    shutil.copy(keys["other"].file, tmp_path / ".ssh" / "id_ed25519")
    shutil.copy(f"{keys['other'].file}.pub", tmp_path / ".ssh" / "id_ed25519.pub")
    with agent(tmp_path, keys["po"].file) as variables:
        there = Ssh({**ssh.environment, **variables})
        assert sign(MESSAGE, Role(PO, (keys["po"].signer("po"),)), there).principal == "po"


def test_without_a_name_the_first_usual_file_that_the_role_has_signs(keys, ssh, tmp_path):
    for name, key in (("id_ed25519", "mallory"), ("id_rsa", "rsa")):
        shutil.copy(keys[key].file, tmp_path / ".ssh" / name)
    shutil.copy(f"{keys['mallory'].file}.pub", tmp_path / ".ssh" / "id_ed25519.pub")
    (tmp_path / ".ssh" / "id_ecdsa").write_text("no key at all")
    assert [file.name for file in ssh.usual_files()] == ["id_ed25519", "id_ecdsa", "id_rsa"]
    assert sign(MESSAGE, Role(PO, (keys["rsa"].signer("po"),)), ssh).principal == "po"


@pytest.mark.parametrize("form", ["{}", "~/{}"])
def test_gits_signing_key_comes_first(keys, ssh, tmp_path, form):
    shutil.copy(keys["po"].file, tmp_path / "mine")
    shutil.copy(f"{keys['po'].file}.pub", tmp_path / "mine.pub")
    named = form.format("mine" if form.startswith("~") else tmp_path / "mine")
    (tmp_path / ".gitconfig").write_text(f"[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = {named}\n")
    assert ssh.usual_files() == (tmp_path / "mine",)


@pytest.mark.parametrize(
    "config",
    ["[user]\n\tsigningkey = 0xABCD\n", "[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = key::ssh-ed25519 AAAA\n"],
)
def test_what_git_names_that_is_no_file_is_passed_over(ssh, tmp_path, config):
    (tmp_path / ".gitconfig").write_text(config)
    assert ssh.usual_files() == ()


def test_a_passphrase_is_asked_for(keys, ssh, tmp_path):
    ask = tmp_path / "ask"
    ask.write_text("#!/bin/sh\necho open sesame\n")
    ask.chmod(ask.stat().st_mode | stat.S_IXUSR)
    role = Role(PO, (keys["locked"].signer("po"),))
    there = Ssh({**ssh.environment, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"})
    assert sign(MESSAGE, role, there, keys["locked"].file).principal == "po"
    ask.write_text("#!/bin/sh\necho wrong\n")
    summary, detail = failure(lambda: sign(MESSAGE, role, there, keys["locked"].file))
    assert summary == "Not signed"
    assert detail.startswith(f"ssh-keygen could not sign with {keys['locked'].file}. It said: ")
    assert "incorrect passphrase" in detail


def test_a_locked_key_alone_needs_its_passphrase_to_be_read(keys, ssh, tmp_path):
    alone = tmp_path / "alone"
    shutil.copy(keys["locked"].file, alone)
    there = Ssh({**ssh.environment, "SSH_ASKPASS": "/bin/false", "SSH_ASKPASS_REQUIRE": "force"})
    summary, detail = failure(lambda: there.key(alone))
    assert summary == "Key can't be used"
    assert detail.startswith(f"ssh-keygen can't read {alone}.")


def test_a_key_that_the_role_does_not_have_signs_nothing(keys, ssh):
    role = Role(PO, (keys["po"].signer("po"), keys["other"].signer("other"), "x ssh-ed25519 AAAA"))
    summary, detail = failure(lambda: sign(MESSAGE, role, ssh, keys["mallory"].file))
    assert summary == "Key is none of this role's"
    assert detail.startswith(
        f"role.po has the keys of po, other, and the one in {keys['mallory'].file} is not among them. "
        'The signer "x ssh-ed25519 AAAA" has a key that is no whole ssh-ed25519 key; copy it from the .pub file.'
    )
    assert "What counts is the role as it was last applied" in detail
    assert keys["po"].public not in detail


def test_where_no_key_is_found_it_says_where_was_looked(ssh):
    summary, detail = failure(lambda: sign(MESSAGE, Role(PO), ssh))
    assert summary == "No key found"
    assert "Neither git's user.signingkey, nor ~/.ssh, nor an agent has a key of this role's." in detail
    assert "role.po has no key that can be used." in detail


def test_a_key_whose_time_is_over_signs_nothing(keys, ssh):
    role = Role(PO, (keys["po"].signer("po", 'valid-before="20260101Z"'),))
    assert failure(lambda: sign(MESSAGE, role, ssh, keys["po"].file)) == (
        "Key does not count now",
        "The key of po counts only until 2026-01-01 00:00 UTC.",
    )


def test_a_public_file_that_is_not_its_private_files_is_noticed(keys, ssh, tmp_path):
    mixed = tmp_path / "mixed"
    shutil.copy(keys["mallory"].file, mixed)
    shutil.copy(f"{keys['po'].file}.pub", tmp_path / "mixed.pub")
    summary, _ = failure(lambda: sign(MESSAGE, Role(PO, (keys["po"].signer("po"),)), ssh, mixed))
    assert summary == "Not signed"


def test_a_signature_that_does_not_verify_is_not_kept(keys, ssh, monkeypatch):
    monkeypatch.setattr(Ssh, "verifies", lambda *_: False)
    role = Role(PO, (keys["po"].signer("po"),))
    summary, detail = failure(lambda: sign(MESSAGE, role, ssh, keys["po"].file))
    assert summary == "Signature does not verify"
    assert detail.endswith("but not with the key that po is recorded with. Nothing was written.")


def test_a_note_has_an_end(keys, ssh):
    message = replace(MESSAGE, note="x" * LONGEST)
    role = Role(PO, (keys["po"].signer("po"),))
    assert failure(lambda: sign(message, role, ssh, keys["po"].file))[0] == "Note is too long"


def test_a_file_that_is_not_there(ssh, tmp_path):
    summary, detail = failure(lambda: ssh.key(tmp_path / "none"))
    assert (summary, detail) == ("No such key", f"There is no file {tmp_path / 'none'}. Name a key with -key.")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"ssh-dss AAAA", "has no key of a kind that is known"),
        (b"\xff\xfe", "is no text"),
    ],
)
def test_a_public_file_that_is_no_key(ssh, tmp_path, content, why):
    (tmp_path / "odd.pub").write_bytes(content)
    summary, detail = failure(lambda: ssh.key(tmp_path / "odd.pub"))
    assert summary == "Key can't be used"
    assert detail.startswith(f"{tmp_path / 'odd.pub'} {why}")


def test_a_public_file_that_cannot_be_read(ssh, tmp_path, monkeypatch):
    (tmp_path / "odd.pub").write_bytes(b"")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module.Path, "read_text", refuse)
    assert failure(lambda: ssh.key(tmp_path / "odd.pub"))[1].endswith("odd.pub can't be read: Permission denied.")


def test_a_missing_program_names_its_package(ssh, tmp_path, keys):
    there = Ssh({"PATH": str(tmp_path)})
    summary, detail = failure(lambda: there.verifies("a", "b", Signer.parse(keys["po"].signer("po"))))
    assert summary == "No ssh-keygen"
    assert "openssh-client (Debian, Ubuntu)" in detail
    assert there.agent_keys() == ()
    assert there.usual_files() == ()


def program(tmp_path, text: str) -> Ssh:
    path = tmp_path / "ssh-keygen"
    path.write_text(text)
    path.chmod(0o755)
    return Ssh({"PATH": f"{tmp_path}:/usr/bin:/bin"}, patience=0.1, limit=0.1)


def test_a_program_that_does_not_end_is_stopped(tmp_path, keys):
    there = program(tmp_path, "#!/bin/sh\nexec sleep 30\n")
    summary, detail = failure(lambda: there.verifies("a", "b", Signer.parse(keys["po"].signer("po"))))
    assert (summary, detail) == ("ssh-keygen did not end", "It was stopped after 0.1 seconds.")


def test_a_program_that_cannot_be_run(tmp_path, keys):
    there = program(tmp_path, "#!/no/such/interpreter\n")
    summary, detail = failure(lambda: there.verifies("a", "b", Signer.parse(keys["po"].signer("po"))))
    assert summary == "ssh-keygen can't be run"
    assert detail.endswith("No such file or directory.")


def test_an_agent_that_does_not_answer_has_no_keys(tmp_path):
    path = tmp_path / "ssh-add"
    path.write_text("#!/bin/sh\nexec sleep 30\n")
    path.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "SSH_AUTH_SOCK": str(tmp_path / "none")}
    assert Ssh(environment, limit=0.1).agent_keys() == ()
    path.write_text("#!/bin/sh\necho The agent has no identities.\n")
    assert Ssh(environment).agent_keys() == ()
    path.write_text("#!/bin/sh\nexit 1\n")
    assert Ssh(environment).agent_keys() == ()


def test_a_hardware_key_may_say_that_it_wants_to_be_touched(tmp_path, keys):
    """No such key is here: what counts is that nothing is silenced, and that standard input stays the terminal."""
    there = program(tmp_path, '#!/bin/sh\necho "$@" > "$0.said"\necho Confirm user presence >&2\nexit 1\n')
    there = replace(there, patience=5.0)
    field = "sk-ssh-ed25519@openssh.com"
    import base64

    data = b"".join(len(part).to_bytes(4, "big") + part for part in (field.encode(), b"k" * 32, b"ssh:"))
    (tmp_path / "sk.pub").write_text(f"{field} {base64.b64encode(data).decode()}\n")
    summary, detail = failure(lambda: there.sign("text", tmp_path / "sk"))
    assert summary == "Not signed"
    assert detail.endswith("It said: Confirm user presence")
    assert " -q " not in (tmp_path / "ssh-keygen.said").read_text()
