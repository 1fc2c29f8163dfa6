"""A private place for python-hcl2's parser tables where its own is read-only.

python-hcl2 keeps the tables beside its code. Where it can't (a system package, another user's
environment), every run would build them anew, which takes a second. The file is a pickle, so it is
read only from a directory that nobody else can write to.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path


def prepare(environment: Mapping[str, str]) -> None:
    """Call once before the first parse. Never raises: without a cache, parsing only starts more slowly."""
    import hcl2.parser  # noqa: PLC0415  # imported on use: most commands parse nothing

    own = Path(hcl2.parser.PARSER_FILE)
    if own.exists() or os.access(own.parent, os.W_OK):
        return
    directory = private_directory(environment)
    if directory is not None:
        name = f"hcl2-{sys.version_info.major}.{sys.version_info.minor}.bin"
        hcl2.parser.PARSER_FILE = directory / name


def private_directory(environment: Mapping[str, str]) -> Path | None:
    """The user's cache directory for Flagstaff, made with mode 0700; None where it isn't theirs alone."""
    base = environment.get("XDG_CACHE_HOME", "")
    home = environment.get("HOME", "")
    if not Path(base).is_absolute():
        if not Path(home).is_absolute():
            return None
        base = str(Path(home) / ".cache")
    directory = Path(base) / "flagstaff"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.lstat()
    except OSError:
        return None
    alone = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return directory if alone else None
