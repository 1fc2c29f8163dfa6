"""Applying as an operation: lease, recover, plan or load, ask, execute, tell."""

from __future__ import annotations

import signal
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from flagstaff.addresses import Address
from flagstaff.apply.events import Event, MoveResult, Outcome
from flagstaff.apply.executor import execute
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.options import Options, RaiseCheck
from flagstaff.apply.prepare import check_writable
from flagstaff.apply.recover import recover
from flagstaff.cli import planning
from flagstaff.cli.agreeing import Agreeing
from flagstaff.cli.backend_config import with_backend
from flagstaff.cli.credentials import with_credentials
from flagstaff.cli.interrupts import signals
from flagstaff.cli.measuring import Remeasuring
from flagstaff.cli.planfile import load_plan
from flagstaff.cli.planning import Asked, Planned
from flagstaff.cli.smoking import smoke
from flagstaff.cli.workspace import Workspace, check_state_outlives
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Failure
from flagstaff.model.configuration import Backend, Desired, ProviderSettings, Settings, Verify
from flagstaff.model.recorded import Recorded
from flagstaff.plan.check import CheckName
from flagstaff.plan.plan import Plan
from flagstaff.providers.protocols import Provider
from flagstaff.state.store import Lease, StateStore
from flagstaff.views.agreements import agreements_page
from flagstaff.views.apply_human import ApplyPrinter, apply_end, apply_header
from flagstaff.views.apply_next import next_page
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
    desired = from_plan(saved) if saved is not None else workspace.configuration(request.inputs)
    if saved is not None:
        workspace.terminal.zone = saved.core.zone
        names = saved.core.target["provider"]["credentials"]
        settings = with_credentials(workspace, desired.provider, names, request.inputs)
        desired = replace(desired, provider=settings)
        desired = with_backend(desired, request.inputs, workspace.directory)
    provider = workspace.provider(desired.provider)
    check_state_outlives(desired, provider)
    store = workspace.store(desired.settings.backend)
    interrupt = Interrupt()
    with (
        signals(lambda *_: interrupt.request()),
        workspace.lease(store, "apply", request.lock_timeout, interrupt.requested) as lease,
    ):
        planned = _planned(workspace, request, desired, provider, store, lease, saved)
        applying = _Applying(workspace, request, planned, store, lease, interrupt)
        code = applying.run()
    with signals(lambda *_: interrupt.request()):
        smoke(workspace, desired.provider, applying.results, interrupt)
    return code


def from_plan(plan: Plan) -> Desired:
    """What a saved plan knows of the store and the state: enough to apply it without the configuration."""
    document = plan.core.target
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
            verify=Verify(**verify) if (verify := provider.get("verify")) else None,
        ),
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
    return Planned(saved, desired, provider, recovery, Agreeing.of(workspace, saved, recovery.state, store))


def _waits_for_adoption(plan: Plan) -> bool:
    return any(check.name is CheckName.ADOPTION for change in plan.observed.changes for check in change.checks)


def _silent(_: Event) -> None:
    """What was recovered is told by the recovery's notes."""


@dataclass(frozen=True, slots=True)
class _Applying:
    workspace: Workspace
    request: Request
    planned: Planned
    store: StateStore
    lease: Lease
    interrupt: Interrupt
    results: list[MoveResult] = field(default_factory=list)

    def run(self) -> int:
        plan, terminal = self.planned.plan, self.workspace.terminal
        self.workspace.tell(self.planned.recovery.notes)
        if self.request.file is None and not self.workspace.json_:
            terminal.show(plan_page(self.workspace.view(self.planned, applying=True), terminal.look))
        elif not self.workspace.json_:
            agreements = self.planned.agreeing.agreements()
            terminal.show(agreements_page(agreements, plan, terminal.look, str(self.request.file)))
        if not plan.has_changes:
            return self._nothing()
        check_writable(plan, self.planned.provider)  # before anybody is asked for a yes that is worth nothing
        try:
            with signals(signal.default_int_handler):
                consented = self._ask()
        except KeyboardInterrupt:
            terminal.tell("")
            consented = None
        if consented is None:
            terminal.tell("Apply cancelled. Nothing was changed.")
            return 1
        return self._execute(consented)

    def _nothing(self) -> int:
        """The configuration itself may differ from the recorded one, in titles for example: it is recorded.

        Not where a raise waits for the store to be taken over: nobody would wait for it any more.
        """
        plan, state = self.planned.plan, self.planned.recovery.state
        same = state is not None and state.applied == plan.observed.applied
        if same or plan.blocked or _waits_for_adoption(plan):
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
        agreeing = planned.agreeing
        agreeing.write_down(run=workspace.run, who=workspace.who)
        options = Options(
            who=workspace.who,
            run=workspace.run,
            parallelism=self.request.parallelism,
            consented=consented,
            approved=agreeing.approved(),
            raise_check=self._raise_check(),
        )
        if workspace.json_:
            outcome = self._streamed(options)
        elif quiet:
            outcome = self._executed(options, _silent)
        else:
            outcome = self._printed(options)
        self.results.extend(outcome.results)
        ended = Counter(result.ended.value for result in outcome.results)
        workspace.log.info("applied", change=planned.change, serial=outcome.serial, stopped=outcome.stopped, **ended)
        if not outcome.succeeded:
            return 1
        return planning.exit_code(planned.plan)

    def _raise_check(self) -> RaiseCheck:
        """Approvals, times, monitors and the policy, looked at again before each batch of raises."""
        planned, request = self.planned, self.request
        state = planned.recovery.state
        again = Remeasuring.of(
            self.workspace,
            planned.plan,
            planned.desired,
            Recorded() if state is None else state.recorded,
            self.store,
            inputs=request.inputs if request.file is not None else None,
        )
        return lambda moves: {**again.stopped(moves), **planned.agreeing.lapsed(moves)}

    def _executed(self, options: Options, listener: Any) -> Outcome:
        return execute(
            self.planned.agreeing.settled(),
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
        # Nothing is said to be applied before it is clear that the plan is not refused as a whole.
        headers = iter([header])
        with ApplyPrinter(terminal.out, planned.plan, now=self.workspace.clock.monotonic) as printer:

            def listener(event: Event) -> None:
                for page in headers:
                    terminal.show(page)
                printer(event)

            outcome = self._executed(options, listener)
        for page in headers:
            terminal.show(page)
        blocked = len(planned.plan.blocked)
        given = bool(self.request.inputs.given)
        terminal.show(apply_end(outcome, terminal.look, plan=planned.plan, blocked=blocked, given=given))
        terminal.show(next_page(planned.plan, outcome, self.workspace.clock.now(), terminal.look))
        return outcome

    def _streamed(self, options: Options) -> Outcome:
        stream = self.workspace.stream(self.planned.provider.name)
        stream.plan(self.planned.plan, self.workspace.sources)
        outcome = self._executed(options, stream)
        stream.end(outcome)
        return outcome
