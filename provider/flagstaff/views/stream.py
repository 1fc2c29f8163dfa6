"""`plan -json` and `apply -json`: Terraform's UI messages, ui "1.2", one JSON object a line.

Every message carries @level, @message, @module and @timestamp. The sums come last, and after an
apply only if all of it was done; a failed move is a `diagnostic` with its address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, assert_never

from flagstaff.addresses import Address
from flagstaff.apply.events import (
    BatchStarted,
    Ended,
    Event,
    MoveEnded,
    MoveResult,
    MoveStarted,
    Outcome,
    Recovered,
    Slow,
    Stopping,
    Waiting,
)
from flagstaff.diagnostics import Diagnostic, Severity
from flagstaff.model.configuration import Output
from flagstaff.model.evidence import Verdict
from flagstaff.plan.plan import Action, Drift, DriftKind, Move, Plan, RecordChange
from flagstaff.views.audience_json import affected_json
from flagstaff.views.audience_table import sample
from flagstaff.views.counts import Counts
from flagstaff.views.diagnostics import Sources, diagnostic_json
from flagstaff.views.json_text import json_text
from flagstaff.views.outputs import outputs_json, outputs_of
from flagstaff.views.terraform_json import TERRAFORM_VERSION, output_action, provider_name
from flagstaff.views.words import clock, count, ended_text, recovered_text

Json = dict[str, Any]

UI: Final = "1.2"
# Seconds between two progress messages of one move.
_PROGRESS: Final = 10
# How Terraform tells that an action begins, and that it ended.
_WORDS: Final = {
    "create": ("Creating", "Creation"),
    "update": ("Modifying", "Modifications"),
    "delete": ("Destroying", "Destruction"),
}


class UiStream:
    """Writes messages. `write` takes a line without its end; `now` tells the time of each."""

    def __init__(self, write: Callable[[str], None], now: Callable[[], datetime], provider: str = "") -> None:
        self._write = write
        self._now = now
        self._provider = provider_name(provider).partition("/")[2]
        self._waiting: dict[Address, datetime] = {}
        self._told: dict[Address, int] = {}

    def _send(self, kind: str, message: str, level: str = "info", **body: Any) -> None:
        head = {"@level": level, "@message": message, "@module": "terraform.ui"}
        stamp = self._now().astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        line = {**head, "@timestamp": stamp, **body, "type": kind}
        self._write(json_text(line, compact=True))

    def version(self, tool: str) -> None:
        """The first message. `terraform` is there for readers that ask for it."""
        self._send("version", f"Flagstaff {tool}", terraform=TERRAFORM_VERSION, flagstaff=tool, ui=UI)

    def log(self, message: str, level: str = "info") -> None:
        self._send("log", message, level)

    def tell(self, kind: str, message: str, level: str = "info", **body: Any) -> None:
        """A message of a kind that Terraform doesn't have."""
        self._send(kind, message, level, **body)

    def diagnostic(self, diagnostic: Diagnostic, sources: Sources) -> None:
        error = diagnostic.severity is Severity.ERROR
        message = f"{'Error' if error else 'Warning'}: {diagnostic.summary}"
        self._send("diagnostic", message, "error" if error else "warn", diagnostic=diagnostic_json(diagnostic, sources))

    def plan(self, plan: Plan, sources: Sources) -> None:
        """What was found, what would change, the sums, and what to know."""
        for item in plan.observed.drift:
            self._drift(item)
        for move in plan.core.moves:
            action = _action(move.action)
            change: Json = {"resource": self._resource(move.address), "action": action}
            self._send("planned_change", f"{move.address}: Plan to {action}", change=change)
        for record in plan.core.records:
            self._record(record)
        if (affected := plan.observed.affected) is not None:
            self._send("log", f"Who is affected: {sample(affected.audience)}", audience=affected_json(affected))
        counts = Counts.of_core(plan.core)
        self._send("change_summary", counts.plan_line, changes=_changes(counts, "plan"))
        before, after = (
            outputs_json(outputs_of({"outputs": outputs}))
            for outputs in (plan.observed.outputs_before, plan.observed.applied.get("outputs", {}))
        )
        if before or after:
            shown = {}
            for name in sorted(before.keys() | after.keys()):
                action = output_action(before.get(name), after.get(name)).replace("-", "")
                shown[name] = {"sensitive": (after.get(name) or before[name])["sensitive"], "action": action}
            self._send("outputs", f"Outputs: {len(shown)}", outputs=shown)
        for warning in (*plan.observed.warnings, *_refusals(plan)):
            self.diagnostic(warning, sources)

    def _drift(self, item: Drift) -> None:
        action = "delete" if item.kind is DriftKind.GONE else "update"
        change: Json = {"resource": self._resource(item.address), "action": action}
        self._send("resource_drift", f"{item.address}: Drift detected ({action})", change=change)

    def _record(self, record: RecordChange) -> None:
        change: Json = {"resource": self._resource(record.address)}
        if record.moved_from is not None:
            change["previous_resource"] = self._resource(record.moved_from)
        action = {Action.ADOPT: "import", Action.MOVE: "move", Action.FORGET: "remove"}.get(record.action, "noop")
        change["action"] = action
        if record.action is Action.ADOPT:
            change["importing"] = {"id": record.key}
        self._send("planned_change", f"{record.address}: Plan to {action}", change=change)

    def __call__(self, event: Event) -> None:
        """A listener for a running apply."""
        match event:
            case BatchStarted(number, total, moves):
                self.log(f"Batch {number} of {total}: {count(moves, 'move')}")
            case Waiting():
                self._progress(event)
            case MoveStarted(move):
                begun, _ = _WORDS[_action(move.action)]
                self._send("apply_start", f"{move.address}: {begun}...", hook=self._hook(move))
            case MoveEnded(result):
                self._ended(result)
            case Recovered():
                self.log(recovered_text(event), "warn")
            case Stopping(why):
                self.log(f"Stopping: {why}", "warn")
            case Slow(doing, seconds):
                self.log(f"Still {doing}... [{round(seconds)}s elapsed]")
            case _:
                assert_never(event)

    def _progress(self, event: Waiting) -> None:
        """Terraform's progress message, as often as Terraform, while a move waits for readers."""
        since = self._waiting.setdefault(event.address, self._now())
        elapsed = int((self._now() - since).total_seconds())
        if elapsed < self._told.get(event.address, 0):
            return
        self._told[event.address] = elapsed + _PROGRESS
        message = f"{event.address}: Still waiting for readers of {event.neighbour}... [{clock(event.seconds)} left]"
        hook = {"resource": self._resource(event.address), "action": "update", "elapsed_seconds": elapsed}
        self._send("apply_progress", message, hook=hook)

    def _ended(self, result: MoveResult) -> None:
        move, seconds = result.move, round(result.seconds)
        _, done = _WORDS[_action(move.action)]
        hook = self._hook(move)
        match result.ended:
            case Ended.APPLIED:
                hook |= {"id_key": "key", "id_value": move.key, "elapsed_seconds": seconds}
                message = f"{move.address}: {done} complete after {seconds}s [key={move.key}]"
                self._send("apply_complete", message, hook=hook)
            case Ended.FAILED | Ended.UNKNOWN:
                hook |= {"elapsed_seconds": seconds}
                self._send("apply_errored", f"{move.address}: {done} errored after {seconds}s", hook=hook)
            case Ended.SKIPPED | Ended.WAITING | Ended.NOT_STARTED:
                self.log(f"{move.address}: {ended_text(result)}", "warn")
            case _:
                assert_never(result.ended)

    def end(self, outcome: Outcome, outputs: Mapping[str, Output] | None = None) -> None:
        """The sums, if all that was allowed was done; else a diagnostic for each move that was not verified.

        What waits for somebody's yes is a warning."""
        if outcome.succeeded:
            for result in outcome.waiting:
                self.diagnostic(
                    Diagnostic(Severity.WARNING, "Move waits", result.detail, address=str(result.move.address)), {}
                )
            counts = Counts.of_outcome(outcome)
            self._send("change_summary", counts.apply_line, changes=_changes(counts, "apply"))
            if outputs:
                self._send("outputs", f"Outputs: {len(outputs)}", outputs=outputs_json(outputs))
            return
        for result in outcome.results:
            if result.ended in {Ended.FAILED, Ended.UNKNOWN}:
                self.diagnostic(_failure(result), {})
        if outcome.stopped:
            detail = f"{outcome.stopped.rstrip('.')}. State serial {outcome.serial} is saved."
            self.diagnostic(Diagnostic(Severity.ERROR, "Apply stopped", detail), {})

    def _hook(self, move: Move) -> Json:
        return {"resource": self._resource(move.address), "action": _action(move.action)}

    def _resource(self, address: Address) -> Json:
        return {
            "addr": str(address),
            "module": "",
            "resource": str(address),
            "implied_provider": self._provider,
            "resource_type": address.kind,
            "resource_name": address.name,
            "resource_key": address.index,
        }


def _failure(result: MoveResult) -> Diagnostic:
    summary = "Toggle not verified" if result.ended is Ended.FAILED else "Outcome not known"
    return Diagnostic(Severity.ERROR, summary, result.detail, address=str(result.move.address))


def _refusals(plan: Plan) -> Iterable[Diagnostic]:
    """Why blocked changes are blocked. Warnings, because the plan itself is valid."""
    for change in plan.blocked:
        for check in change.checks:
            if check.verdict is not Verdict.PASS:
                yield Diagnostic(
                    Severity.WARNING, check.summary, check.detail, check.range, address=str(change.address)
                )


def _action(action: Action) -> str:
    match action:
        case Action.CREATE:
            return "create"
        case Action.DELETE:
            return "delete"
        case _:
            return "update"


def _changes(counts: Counts, operation: str) -> Json:
    made: Json = {
        "add": counts.added,
        "change": counts.changed,
        "import": counts.imported,
        "remove": counts.destroyed,
        "operation": operation,
    }
    return {**made, "forget": counts.forgotten} if counts.forgotten else made
