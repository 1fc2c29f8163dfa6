"""What a run brings along from outside the repository: its environment, and the hosts that its user trusts.

Handed in from the rim; nothing deeper reads the environment or the user's files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

ALLOWED_HOSTS: Final = "FLAGSTAFF_ALLOWED_HOSTS"
HOSTS_FILE: Final = "~/.config/flagstaff/hosts"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`hosts` are the lines of the user's own file of hosts."""

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    hosts: tuple[str, ...] = ()

    @classmethod
    def of_process(cls) -> Self:
        """The environment and the user file of this process; a file that can't be read allows nothing."""
        environment = dict(os.environ)
        folder = environment.get("XDG_CONFIG_HOME") or "~/.config"
        try:
            lines = (Path(folder).expanduser() / "flagstaff" / "hosts").read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError, RuntimeError):
            lines = []
        return cls(environment, tuple(lines))

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """What was written in both places, `host` or `host:port`, in lower case; `#` starts a comment."""
        listed = self.environment.get(ALLOWED_HOSTS, "").split(",")
        lines = [line.partition("#")[0] for line in self.hosts]
        return tuple(dict.fromkeys(entry for item in (*listed, *lines) if (entry := item.strip().lower())))
