"""What a plan comes to in numbers, and the lines in Terraform's words that tools look for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flagstaff.apply.events import Ended, Outcome
from flagstaff.plan.plan import Action, Core

NOTHING_TO_DO = "No changes. Your infrastructure matches the configuration."


@dataclass(frozen=True, slots=True)
class Counts:
    imported: int = 0
    added: int = 0
    changed: int = 0
    destroyed: int = 0
    forgotten: int = 0

    @classmethod
    def of_core(cls, core: Core) -> Counts:
        """What the plan would do. What is blocked, or waits without a move, does not count."""
        return cls._of([*(move.action for move in core.moves), *(record.action for record in core.records)])

    @classmethod
    def of_outcome(cls, outcome: Outcome) -> Counts:
        """The moves that were made."""
        return cls._of(result.move.action for result in outcome.results if result.ended is Ended.APPLIED)

    @classmethod
    def _of(cls, actions: Iterable[Action]) -> Counts:
        imported = added = changed = destroyed = forgotten = 0
        for action in actions:
            imported += action is Action.ADOPT
            added += action is Action.CREATE
            destroyed += action is Action.DELETE
            forgotten += action is Action.FORGET
            changed += action.writes and action not in {Action.CREATE, Action.DELETE}
        return cls(imported, added, changed, destroyed, forgotten)

    @property
    def plan_line(self) -> str:
        """`Plan: 0 to add, 3 to change, 0 to destroy.`; imports and forgets only where there are some."""
        before = f"{self.imported} to import, " if self.imported else ""
        after = f", {self.forgotten} to forget" if self.forgotten else ""
        return f"Plan: {before}{self.added} to add, {self.changed} to change, {self.destroyed} to destroy{after}."

    @property
    def apply_line(self) -> str:
        return f"Apply complete! Resources: {self.added} added, {self.changed} changed, {self.destroyed} destroyed."
