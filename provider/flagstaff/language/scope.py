"""Scope: how an expression's names get their values.

The evaluator asks for `root.name` in one step, so that what lies behind can be lazy: a local
is evaluated when it is first used, a block is expanded when it is first referred to.
"""

from __future__ import annotations

from typing import Protocol

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostics, Range
from flagstaff.language.values import Value


class Scope(Protocol):
    """Names known from outside of an expression; variables of `for` are the evaluator's own."""

    def member(self, root: str, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        """The value of `root.name`: `var.x`, `local.x`, `each.key`, `toggle.x`.

        A name that isn't there is reported at `at`, with the nearest one, and gives `MISTAKE`.
        """
        ...

    def bare(self, root: str, at: Range, diagnostics: Diagnostics) -> Value:
        """The value of `root` with no attribute behind it: a mistake, reported, unless the scope knows it."""
        ...

    def attribute(self, address: Address, name: str, at: Range, diagnostics: Diagnostics) -> Value:
        """The value of an attribute (or nested block) of the block at `address`: `toggle.x.key`."""
        ...
