"""Applying as an operation: lease, recover, plan or load, ask, execute, tell."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flagstaff.addresses import Address
from flagstaff.apply.events import Event, Outcome
from flagstaff.apply.executor import execute
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.options import Options
from flagstaff.apply.recover import recover
from flagstaff.cli import planning
from flagstaff.cli.planfile import load_plan
from flagstaff.cli.planning import Asked, Planned
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import Backend, Desired, ProviderSettings, Settings
from flagstaff.plan.plan import Plan
from flagstaff.providers.protocols import Provider
from flagstaff.state.store import Lease, StateStore
from flagstaff.views.apply_human import ApplyPrinter, apply_end, apply_header
from flagstaff.views.counts import NOTHING_TO_DO
from flagstaff.views.plan_human import plan_page
from flagstaff.views.words import exposure


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked of `apply`; `file` is a saved plan."""

    file: Path | None
    asked: Asked
    inputs: Inputs
    auto_approve: bool
    parallelism: int
    lock_timeout: timedelta


def apply(workspace: Workspace, request: Request) -> int:
    """The exit code. Raises `Failure`, `StateError` and `StoreError` with nothing written."""
    saved = load_plan(request.file) if request.file is not None else None
    desired = _from_plan(saved) if saved is not None else workspace.configuration(request.inputs)
    provider = workspace.provider(desired.provider)
    _check_surroundings(desired, provider, request)
    store = workspace.store(desired.settings.backend)
    interrupt = Interrupt()
    with _signals(interrupt), workspace.lease(store, "apply", request.lock_timeout, interrupt.requested) as lease:
        planned = _planned(workspace, request, desired, provider, store, lease, saved)
        return _Applying(workspace, request, planned, store, lease, interrupt).run()


def _from_plan(plan: Plan) -> Desired:
    """What a saved plan knows of the store and the state: enough to apply it without the configuration."""
    document: Mapping[str, Any] = plan.observed.applied
    provider, backend = document["provider"], document["backend"]
    return Desired(
        settings=Settings(
            environment=document["environment"],
            production=document["production"],
            timezone=document["timezone"],
            backend=Backend(backend["kind"], backend["settings"]),
        ),
        provider=ProviderSettings(
            kind=provider["kind"],
            source=provider["source"],
            settings=provider["settings"],
            propagation=timedelta(seconds=provider["propagation"]),
        ),
    )


def _check_surroundings(desired: Desired, provider: Provider, request: Request) -> None:
    if request.asked.now is not None and not provider.embedded:
        raise Failure.error("Time can't be pretended", "-now is for embedded stores; this one is read by real people.")
    in_ci = os.environ.get("CI") == "true"
    if in_ci and desired.settings.backend.kind == "local" and not provider.embedded:
        raise Failure.error(
            "Local state in CI",
            "The state would be lost with this runner's disk, and the next run would know nothing of what was applied. "
            "Declare a backend that outlives it.",
        )


def _planned(
    workspace: Workspace,
    request: Request,
    desired: Desired,
    provider: Provider,
    store: StateStore,
    lease: Lease,
    saved: Plan | None,
) -> Planned:
    if saved is None:
        return planning.make(workspace, desired, provider, store, request.asked, lease=lease, listener=_silent)
    recovery = recover(
        provider,
        store,
        clock=workspace.clock,
        listener=_silent,
        who=workspace.who,
        run=workspace.run,
        took_over=lease.took_over,
    )
    return Planned(saved, desired, provider, recovery)


def _silent(_: Event) -> None:
    """What was recovered is told by the recovery's notes."""


@contextmanager
def _signals(interrupt: Interrupt) -> Iterator[None]:
    """Ctrl-C and SIGTERM ask the run to stop, for as long as it lasts."""
    before = {
        number: signal.signal(number, lambda *_: interrupt.request()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True, slots=True)
class _Applying:
    workspace: Workspace
    request: Request
    planned: Planned
    store: StateStore
    lease: Lease
    interrupt: Interrupt

    def run(self) -> int:
        plan, terminal = self.planned.plan, self.workspace.terminal
        if not self.workspace.json_:
            terminal.diagnostics(self.planned.recovery.notes, self.workspace.sources)
            if self.request.file is None:
                terminal.show(plan_page(self.workspace.view(self.planned), terminal.look))
        if not plan.has_changes:
            return self._nothing()
        consented = self._ask()
        if consented is None:
            terminal.tell("Apply cancelled. Nothing was changed.")
            return 1
        return self._execute(consented)

    def _nothing(self) -> int:
        """The configuration itself may differ from the recorded one, in titles for example: it is recorded."""
        state = self.planned.recovery.state
        if self.planned.plan.blocked or (state is not None and state.applied == self.planned.plan.observed.applied):
            if self.request.file is not None and not self.workspace.json_:
                self.workspace.terminal.data(NOTHING_TO_DO)
            return planning.exit_code(self.planned.plan)
        return self._execute(frozenset(), quiet=True)

    def _ask(self) -> frozenset[Address] | None:
        """The toggles whose lowering got a yes of its own; None: the plan got none."""
        if not self._approved():
            return None
        moves = [move for move in self.planned.plan.core.moves if move.consent]
        if not moves or self.request.auto_approve:
            return frozenset()
        width = max(len(str(move.address)) for move in moves)
        lines = [f"  {move.address!s:<{width}}   {exposure(move.before)} -> {exposure(move.after)}" for move in moves]
        text = "\n".join(["Somebody turned these up by hand, and this plan takes it away from people again:", *lines])
        answer = self.workspace.terminal.ask(f'\n{text}\nLower them, too? Only "yes" is accepted: ')
        return frozenset(move.address for move in moves) if answer == "yes" else frozenset()

    def _approved(self) -> bool:
        plan, settings = self.planned.plan, self.planned.desired.settings
        if self.request.auto_approve or (self.request.file is not None and not settings.production):
            return True
        if settings.production:
            wanted, hint = settings.environment, f"Type the environment's name ({settings.environment}) to apply: "
        else:
            wanted, hint = "yes", f'Do it in {plan.core.environment}? Only "yes" is accepted: '
        answer = self.workspace.terminal.ask(f"\n{hint}")
        if answer is None:
            raise Failure.error(
                "Nobody to ask",
                "Standard input is not a terminal, so the plan can't be agreed to. "
                "Save it with `flagstaff plan -out=FILE` and apply the file, or use -auto-approve.",
            )
        return answer == wanted

    def _execute(self, consented: frozenset[Address], *, quiet: bool = False) -> int:
        workspace, planned = self.workspace, self.planned
        options = Options(
            who=workspace.who, run=workspace.run, parallelism=self.request.parallelism, consented=consented
        )
        if workspace.json_:
            outcome = self._streamed(options)
        elif quiet:
            outcome = self._executed(options, _silent)
        else:
            outcome = self._printed(options)
        ended = Counter(result.ended.value for result in outcome.results)
        workspace.log.info("applied", change=planned.change, serial=outcome.serial, stopped=outcome.stopped, **ended)
        if not outcome.succeeded:
            return 1
        return planning.exit_code(planned.plan)

    def _executed(self, options: Options, listener: Any) -> Outcome:
        return execute(
            self.planned.plan,
            self.planned.provider,
            self.store,
            self.lease,
            clock=self.workspace.clock,
            listener=listener,
            options=options,
            interrupt=self.interrupt,
        )

    def _printed(self, options: Options) -> Outcome:
        terminal, planned = self.workspace.terminal, self.planned
        header = apply_header(
            planned.plan,
            planned.batches,
            planned.change,
            terminal.look,
            store=planned.provider.title,
            file=str(self.request.file or ""),
        )
        terminal.show(header)
        with ApplyPrinter(terminal.out, planned.plan, now=self.workspace.clock.monotonic) as printer:
            outcome = self._executed(options, printer)
        blocked = len(planned.plan.blocked)
        terminal.show(apply_end(outcome, terminal.look, can_roll_back=False, blocked=blocked))
        return outcome

    def _streamed(self, options: Options) -> Outcome:
        stream = self.workspace.stream(self.planned.provider.name)
        for note in self.planned.recovery.notes:
            stream.diagnostic(note, self.workspace.sources)
        stream.plan(self.planned.plan, self.workspace.sources)
        outcome = self._executed(options, stream)
        stream.end(outcome)
        return outcome
