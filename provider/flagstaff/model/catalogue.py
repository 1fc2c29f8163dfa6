"""A catalogue: the application's own list of its toggles, which knows no values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flagstaff.diagnostics import Range


@dataclass(frozen=True, slots=True)
class Listed:
    """`by_cookie`: the application draws visitors' browsers for it, not logged-in users."""

    key: str
    by_cookie: bool = False
    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`name` is the file's, as the configuration has it."""

    name: str
    entries: Mapping[str, Listed] = field(default_factory=dict)
