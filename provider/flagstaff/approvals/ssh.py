"""Signing and verifying with OpenSSH's `ssh-keygen -Y`: files, agents, hardware keys, passphrases are its business.

No shell, a directory of its own, bounded time. Messages in English, whatever the user's language.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flagstaff.approvals.message import NAMESPACE
from flagstaff.approvals.signers import Key, Signer, SignerError
from flagstaff.diagnostics import Failure

_FILES: Final = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk")
_Done = subprocess.CompletedProcess[bytes]


def _environment() -> Mapping[str, str]:
    return dict(os.environ)


@dataclass(frozen=True, slots=True)
class Ssh:
    """OpenSSH's programs, as the environment has them. `patience` is for a person who types or touches, in seconds."""

    environment: Mapping[str, str] = field(default_factory=_environment, repr=False)
    patience: float = 120.0
    limit: float = 20.0

    def sign(self, text: str, file: Path) -> str:
        """The armoured signature by the key in that file, or in the agent if the file is its public part.

        What has to be asked is asked on the terminal. Raises `Failure`.
        """
        hardware = self.key(file).is_hardware
        with tempfile.TemporaryDirectory(prefix="flagstaff-") as folder:
            message = Path(folder, "message")
            message.write_bytes(text.encode("utf-8", "surrogatepass"))
            # Quiet, but for a key that says on standard error that it wants to be touched.
            quiet = () if hardware else ("-q",)
            # The message is a file: standard input stays the terminal, where a passphrase is typed.
            arguments = ("-Y", "sign", *quiet, "-n", NAMESPACE, "-f", str(file), str(message))
            done = self._run(arguments, self.patience, asks=True)
            signature = message.with_name("message.sig")
            if done.returncode or not signature.exists():
                raise Failure.error("Not signed", f"ssh-keygen could not sign with {file}.{_said(done)}")
            return signature.read_text(encoding="ascii")

    def verifies(self, text: str, signature: str, signer: Signer) -> bool:
        """Whether it is this signer's signature of exactly this text; raises `Failure` where nobody can tell."""
        with tempfile.TemporaryDirectory(prefix="flagstaff-") as folder:
            allowed, signed = Path(folder, "allowed"), Path(folder, "signature")
            allowed.write_text(f'{signer.principal} namespaces="{NAMESPACE}" {signer.key}\n', encoding="ascii")
            signed.write_text(signature, encoding="utf-8", newline="")
            arguments = ("-Y", "verify", "-f", str(allowed), "-I", signer.principal, "-n", NAMESPACE, "-s", str(signed))
            return self._run(arguments, self.limit, text.encode("utf-8", "surrogatepass")).returncode == 0

    def key(self, file: Path) -> Key:
        """The public part of the key in a file, from the `.pub` file beside it where there is one. Raises `Failure`."""
        public = file if file.suffix == ".pub" else file.with_name(f"{file.name}.pub")
        try:
            if public.is_file():
                return Key.parse(public.read_text(encoding="utf-8"))
            if not file.is_file():
                raise Failure.error("No such key", f"There is no file {file}. Name a key with -key.")
            done = self._run(("-y", "-f", str(file)), self.patience, asks=True)
            if done.returncode:
                raise Failure.error("Key can't be used", f"ssh-keygen can't read {file}.{_said(done)}")
            return Key.parse(done.stdout.decode("ascii", "replace"))
        except (OSError, UnicodeDecodeError, SignerError) as error:
            raise Failure.error("Key can't be used", f"{public} {_reason(error)}.") from error

    def usual_files(self) -> tuple[Path, ...]:
        """Files that exist: of git's signing key, where git signs with SSH, then the usual ones in ~/.ssh."""
        home = Path(self.environment.get("HOME") or "~").expanduser()
        files = [home / ".ssh" / name for name in _FILES]
        named = self._git("user.signingkey") if self._git("gpg.format") == "ssh" else ""
        if named and not named.startswith(("key::", "ssh-", "ecdsa-", "sk-")):
            files.insert(0, home / named[2:] if named.startswith("~/") else Path(named))
        return tuple(file for file in files if file.is_file())

    def agent_keys(self) -> tuple[Key, ...]:
        """The keys that an agent holds, in its order; none where there is no agent."""
        program = shutil.which("ssh-add", path=self.environment.get("PATH"))
        if program is None or not self.environment.get("SSH_AUTH_SOCK"):
            return ()
        found = []
        for line in self._output((program, "-L")).splitlines():
            try:
                found.append(Key.parse(line))
            except SignerError:
                continue
        return tuple(found)

    def _git(self, name: str) -> str:
        program = shutil.which("git", path=self.environment.get("PATH"))
        return "" if program is None else self._output((program, "config", "--get", name)).strip()

    def _output(self, command: Sequence[str]) -> str:
        """What a program prints; nothing where it fails."""
        try:
            done = subprocess.run(  # noqa: S603  # the program was found on the PATH, and its arguments are ours
                command,
                env={**self.environment, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self.limit,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return "" if done.returncode else done.stdout.decode("utf-8", "replace")

    def _run(
        self,
        arguments: Sequence[str],
        limit: float,
        given: bytes | None = None,
        *,
        asks: bool = False,
    ) -> _Done:
        """`asks`: it may talk to a person, so what it says on standard error is seen, where a terminal is there."""
        program = shutil.which("ssh-keygen", path=self.environment.get("PATH"))
        if program is None:
            raise Failure.error(
                "No ssh-keygen",
                "Approvals are signed and verified with OpenSSH's ssh-keygen, which is not on the PATH. Install the "
                "package openssh-client (Debian, Ubuntu) or openssh-clients (Fedora, Red Hat); macOS has it.",
            )
        seen = asks and sys.stderr is not None and os.isatty(2)
        try:
            return subprocess.run(  # noqa: S603  # the program was found on the PATH; no shell reads the arguments
                (program, *arguments),
                env={**self.environment, "LC_ALL": "C"},
                input=given,
                stdin=None if asks or given is not None else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=None if seen else subprocess.PIPE,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Failure.error("ssh-keygen did not end", f"It was stopped after {limit:g} seconds.") from error
        except OSError as error:
            raise Failure.error("ssh-keygen can't be run", f"{program}: {error.strerror}.") from error


def public_file(key: Key, folder: Path) -> Path:
    """A file that stands for a key of the agent's."""
    path = folder / "agent.pub"
    path.write_text(f"{key}\n", encoding="ascii")
    return path


def _said(done: _Done) -> str:
    text = (done.stderr or b"").decode("utf-8", "replace").strip()
    return f" It said: {text.splitlines()[-1]}" if text else ""


def _reason(error: Exception) -> str:
    match error:
        case OSError():
            return f"can't be read: {error.strerror}"
        case UnicodeDecodeError():
            return "is no text"
        case _:
            return str(error)
