"""Who wrote a change, as far as that can be known: needed where nobody may approve their own alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flagstaff.model.configuration import Desired
from flagstaff.model.recorded import Recorded

VARIABLE: Final = "FLAGSTAFF_AUTHOR"
_LIMIT: Final = 10.0
# What a configuration is made of, here and in modules below; a state or a saved plan beside it is no change of it.
_FILES: Final = ("*.hcl", "*.hclvars", "*.hclvars.json")


def asks_for_others(desired: Desired, recorded: Recorded) -> bool:
    """Whether it matters, by the declared policy or the recorded one."""
    old = (recorded.guards or {}).get("policy", {})
    return desired.policy.prevent_self_approval or bool(old.get("prevent_self_approval"))


def author_of(directory: Path, environment: Mapping[str, str]) -> str:
    """What the run says (FLAGSTAFF_AUTHOR); else, by git: who changes files here without having committed them, or
    who wrote the last commit of this directory. "": nobody knows."""
    if named := environment.get(VARIABLE, "").strip():
        return named
    program = shutil.which("git", path=environment.get("PATH"))
    if program is None:
        return ""
    changed = _git(program, directory, environment, "status", "--porcelain", "--", *_FILES)
    if changed:
        return _git(program, directory, environment, "config", "--get", "user.email") or ""
    last = _git(program, directory, environment, "log", "-1", "--format=%aE", "--", *_FILES) if changed == "" else ""
    return last or ""


def _git(program: str, directory: Path, environment: Mapping[str, str], *arguments: str) -> str | None:
    """What git prints; None where it fails, as outside a repository."""
    try:
        done = subprocess.run(  # noqa: S603  # the program was found on the PATH, and its arguments are ours
            (program, "-C", str(directory), *arguments),
            env={**environment, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout.decode("utf-8", "replace").strip()
