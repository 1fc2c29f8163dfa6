"""Keys for tests of what is signed: made by the real ssh-keygen, in a folder of the test's."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class KeyPair:
    """`file` is the private part; `public` is `TYPE BLOB`."""

    file: Path

    @property
    def public(self) -> str:
        return " ".join(self.file.with_name(f"{self.file.name}.pub").read_text(encoding="ascii").split()[:2])

    def signer(self, principal: str, options: str = "") -> str:
        """A line of allowed signers."""
        return " ".join(part for part in (principal, options, self.public) if part)


def make_key(folder: Path, name: str, kind: str = "ed25519", passphrase: str = "") -> KeyPair:
    file = folder / name
    subprocess.run(  # noqa: S603  # a test's own arguments
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", name, "-f", str(file)],  # noqa: S607
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return KeyPair(file)


@contextmanager
def agent(folder: Path, *files: Path) -> Iterator[Mapping[str, str]]:
    """The environment of an ssh-agent that holds these keys."""
    socket = folder / "agent"
    process = subprocess.Popen(  # noqa: S603
        ["ssh-agent", "-D", "-a", str(socket)],  # noqa: S607
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()  # it says where it listens once it does
        environment = {"SSH_AUTH_SOCK": str(socket)}
        for file in files:
            subprocess.run(  # noqa: S603
                ["ssh-add", "-q", str(file)],  # noqa: S607
                check=True,
                env={**environment, "PATH": "/usr/bin:/bin"},
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        yield environment
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
