"""Rolling back as an operation: find what there is, name, show, ask, write, tell.

Nothing but the live store can stop it; everything else that is in the way is told.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
from dataclasses import dataclass, replace

from flagstaff import __version__
from flagstaff.addresses import Address
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.rollback.events import Event, Options, Outcome
from flagstaff.apply.rollback.run import roll_back as execute
from flagstaff.cli.interrupts import signals
from flagstaff.cli.rollback_by_hand import hand_over
from flagstaff.cli.rollback_scene import Scene, open_scene
from flagstaff.cli.workspace import Workspace
from flagstaff.config.load import Inputs
from flagstaff.diagnostics import Diagnostics, Failure
from flagstaff.plan.applied.read import remembered
from flagstaff.plan.rollback.naming import Named, Typed, named
from flagstaff.plan.rollback.retreat import Retreat, Wish, retreat, unmet_by
from flagstaff.plan.rollback.what_to_check import what_to_check
from flagstaff.state.facts import Explained
from flagstaff.state.store import LockInfo
from flagstaff.views.rollback_end import Ending, event_page, rollback_end
from flagstaff.views.rollback_human import rollback_page


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked of `rollback`; `trigger` is what made a watch ask it."""

    typed: Typed
    inputs: Inputs
    reason: str = ""
    wait: bool = False
    only: bool = False
    testers: bool = False
    auto_approve: bool = False
    trigger: Address | None = None


def roll_back(workspace: Workspace, request: Request) -> int:
    """The exit code. Raises `Failure` and `StoreError` with nothing written."""
    scene = open_scene(workspace, request.inputs)
    meant, plan = _plan(scene, request)
    rolling = _Rolling(workspace, request, scene, meant, plan)
    try:
        rolling.show()
    except OSError:  # nobody is asked to agree to it, and the output may be gone
        if not request.auto_approve and scene.provider.writer is not None:
            raise
    if scene.provider.writer is None:
        return hand_over(workspace, scene, plan, rolling.options())
    if not rolling.agreed():
        workspace.terminal.tell("Rollback cancelled. Nothing was changed.")
        return 1
    if not request.auto_approve:  # time has passed, and more may be up now
        scene = replace(scene, snapshot=scene.provider.reader.read())
        meant, plan = _plan(scene, request)
        rolling = _Rolling(workspace, request, scene, meant, plan)
    return rolling.execute()


def _plan(scene: Scene, request: Request) -> tuple[Named, Retreat]:
    """Raises `Failure` for names that nobody knows, or that may mean several toggles."""
    live, found = scene.snapshot.toggles, Diagnostics()
    meant = named(request.typed, scene.ground, live, found)
    if found.has_errors:
        raise Failure(*found)
    wish = Wish(meant.toggles, meant.keys, request.only, request.testers, scene.lost_testers)
    return meant, retreat(wish, scene.ground, live, scene.provider.dialect)


@dataclass(frozen=True, slots=True)
class _Rolling:
    workspace: Workspace
    request: Request
    scene: Scene
    meant: Named
    plan: Retreat

    def show(self) -> None:
        terminal = self.workspace.terminal
        held = self.scene.recorded.holds
        terminal.show(rollback_page(self.plan, self.scene.ground, terminal.look, left=self.meant.left, held=held))

    def agreed(self) -> bool:
        """Protected toggles have their keys typed; that is the only thing that is asked then."""
        if self.request.auto_approve or not self.plan.downs:
            return True
        try:
            with signals(signal.default_int_handler):
                return all(self._asked(*question) for question in self._questions())
        except KeyboardInterrupt:
            self.workspace.terminal.tell("")
            return False

    def _questions(self) -> list[tuple[str, str]]:
        keys = [down.key for down in self.plan.protected]
        return [(f"Protected. Type its key ({key}) to take it down: ", key) for key in keys] or [
            ('Do it? Only "yes" is accepted: ', "yes")
        ]

    def _asked(self, question: str, wanted: str) -> bool:
        answer = self.workspace.terminal.ask(f"\n{question}")
        if answer is None:
            raise Failure.error(
                "Nobody to ask",
                "Standard input is not a terminal, so nobody can say yes. Nothing was changed. Use -auto-approve.",
            )
        return answer == wanted.strip()

    def options(self) -> Options:
        typed = self.request.typed
        targets = (*typed.names, *typed.products, *typed.rollouts)
        return Options(
            who=self.workspace.who,
            run=self.workspace.run,
            environment=self.scene.environment,
            targets=tuple(map(str, self.meant.toggles)) or targets,
            reason=self.request.reason,
            trigger=self.request.trigger,
            wait=self.request.wait,
        )

    def execute(self) -> int:
        workspace, books, interrupt = self.workspace, self.scene.books, Interrupt()
        options = self.options()
        with signals(lambda *_: interrupt.request()):
            books.begin(self._info(), self._stop_mark())
            outcome = execute(
                self.plan,
                self.scene.provider,
                books,
                options,
                clock=workspace.clock,
                interrupt=interrupt,
                listener=self._tell,
            )
            serial = books.close()
        counts = {"downs": len(outcome.results), "held": len(outcome.holds), "serial": serial}
        workspace.log.info("rolled back", verified=outcome.verified, trouble=books.trouble, **counts)
        self._end(outcome)
        self._explain(outcome)
        return 0 if outcome.verified else 1

    def _tell(self, event: Event) -> None:
        """The output may be gone; the rollback goes on."""
        terminal = self.workspace.terminal
        try:
            terminal.show(event_page(event, terminal.look))
        except OSError:
            return

    def _info(self) -> LockInfo:
        workspace = self.workspace
        now = workspace.clock.now()
        return LockInfo(workspace.run, "rollback", workspace.who, socket.gethostname(), os.getpid(), now, __version__)

    def _stop_mark(self) -> str:
        reason = f": {self.request.reason}" if self.request.reason else ""
        return f"of {', '.join(map(str, self.meant.toggles))} by {self.workspace.who}{reason}"

    def _end(self, outcome: Outcome) -> None:
        scene, books, terminal = self.scene, self.scene.books, self.workspace.terminal
        ends = dict(scene.snapshot.toggles) | dict(outcome.ends or {})
        dialect = scene.provider.dialect
        public = {
            address: dialect.public(ends[key])
            for address, keys in scene.ground.keys.items()
            for key in keys
            if key in ends
        }
        public |= {one.down.address: one.live for one in outcome.results if one.live is not None}
        ground = scene.ground
        ending = Ending(
            outcome=outcome,
            unmet=unmet_by(self.plan, ground, public),
            owners={address: ground.owner(address) for address in outcome.holds},
            propagation=scene.provider.propagation.total_seconds(),
            waited=self.request.wait,
            trouble=books.trouble,
            journal=str(books.local.path or ""),
            lost=books.lost,
            stopped=_stopped(books.stopped),
            checks=what_to_check(self.plan, ground, scene.desired or remembered(scene.recorded.applied or {})),
            again=self._again(),
        )
        terminal.show(rollback_end(ending, ground, terminal.look))

    def _again(self) -> str:
        typed = self.request.typed
        words = ["flagstaff", "rollback", *typed.names]
        words += [f"-product={name}" for name in typed.products] + [f"-rollout={name}" for name in typed.rollouts]
        words += [f"-to={typed.to}"] if typed.to else []
        words += ["-only"] if self.request.only else []
        words += ["-testers"] if self.request.testers else []
        return shlex.join(words)

    def _explain(self, outcome: Outcome) -> None:
        """The reason, of whoever gave none; an empty line leaves it for the release."""
        if self.request.reason or self.request.auto_approve or not outcome.holds:
            return
        try:
            with signals(signal.default_int_handler):
                answer = self.workspace.terminal.ask("\nWhy? One line for the record, or just Enter: ")
        except KeyboardInterrupt:
            answer = None
        if answer:
            self.scene.books.explain(Explained(self.workspace.run, answer))


def _stopped(holder: LockInfo | None) -> str:
    if holder is None:
        return ""
    return f"{holder.who} was running flagstaff {holder.operation} on {holder.host}; it was asked to stop."
