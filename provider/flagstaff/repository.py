"""The repository around a configuration: the boundary that its paths don't leave.

A pull request writes the configuration, so nothing in it may make a run read or write elsewhere.
Where there is no repository there is no pull request, and no boundary either.
"""

from __future__ import annotations

from pathlib import Path


def root(directory: Path) -> Path | None:
    """The nearest directory at or above this one that has a `.git`, links resolved."""
    start = directory.resolve()
    return next((path for path in (start, *start.parents) if (path / ".git").exists()), None)


def leaves(directory: Path, target: Path) -> Path | None:
    """The repository's root, if a resolved path lies outside of it."""
    boundary = root(directory)
    return None if boundary is None or target.is_relative_to(boundary) else boundary
