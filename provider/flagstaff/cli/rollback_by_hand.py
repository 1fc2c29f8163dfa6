"""A rollback in a store that Flagstaff only reads: what a person has to do, at once; the holds are left, though."""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flagstaff import __version__
from flagstaff.addresses import Address
from flagstaff.apply.rollback.events import Options
from flagstaff.apply.rollback.run import leave_holds
from flagstaff.cli.planfile import save_plan
from flagstaff.cli.rollback_scene import Scene
from flagstaff.cli.workspace import Workspace
from flagstaff.diagnostics import Failure
from flagstaff.model.live import Refusal
from flagstaff.model.recorded import Hold
from flagstaff.model.times import exactly
from flagstaff.plan.applied.written import applied, target
from flagstaff.plan.codec import change_id
from flagstaff.plan.plan import Action, Change, Core, Move, Observed, Plan, Precondition, Status
from flagstaff.plan.rollback.retreat import Down, Retreat
from flagstaff.providers.flipper.handoff import Handoff
from flagstaff.providers.flipper.handoff_checklist import checklist
from flagstaff.providers.flipper.rollback_console import rollback_script
from flagstaff.state.facts import RollbackFinished
from flagstaff.state.store import LockInfo


def hand_over(workspace: Workspace, scene: Scene, retreat: Retreat, options: Options) -> int:
    """Print the clicks and the script, leave the holds, save what `confirm` needs. Never 0: nothing is done yet."""
    now, books, terminal = workspace.clock.now(), scene.books, workspace.terminal
    info = LockInfo(options.run, "rollback", options.who, socket.gethostname(), os.getpid(), now, __version__)
    books.begin(info, f"by hand by {options.who}")
    holds = leave_holds(retreat, books, options, now, by_hand=True)
    books.write([RollbackFinished({"by hand": len(retreat.downs)})])
    books.close()
    plan = _plan(scene, retreat, holds, workspace)
    if retreat.downs and scene.provider.name.startswith("flipper."):
        batches = tuple(tuple(_move(down, scene, ()) for down in batch) for batch in retreat.batches)
        handoff = Handoff(plan, change_id(plan.core), batches, {}, (), workspace.who, now)
        terminal.data(checklist(handoff, rollback=True), end="")
        toggles = [(down.key, down.wanted) for down in retreat.downs]
        without_testers = any(len(down.taken) for down in retreat.downs)
        script = rollback_script(toggles, environment=scene.environment, testers=without_testers)
        terminal.data(f"\n## Or in the Rails console\n\n{script}", end="")
    taken = scene.snapshot.taken_at or scene.snapshot.read_at
    if books.trouble:
        where = (
            f" The holds are in {books.local.path} until then." if books.local.path else " Nothing records the holds."
        )
        terminal.tell(f"The state could not be written. {books.trouble}{where}")
    if not retreat.downs:
        terminal.tell(f"By the export of {exactly(taken, terminal.zone)} nothing is up. Look whether that is still so.")
        return 1
    terminal.tell(_not_done(workspace, plan, options.run))
    return 1


def _not_done(workspace: Workspace, plan: Plan, run: str) -> str:
    path = Path(f"rollback-{run}.plan")
    try:
        save_plan(plan, workspace.directory / path)
    except Failure as failure:
        return f"NOT done until somebody did this. {failure}"
    return (
        f"NOT done until `confirm`. Held already. Once it is done, export the toggles and run:  "
        f"flagstaff confirm {shlex.quote(str(path))} -from export.json"
    )


def _plan(scene: Scene, retreat: Retreat, holds: Mapping[Address, Hold], workspace: Workspace) -> Plan:
    """The same as a plan, for `confirm` to verify and record."""
    recorded, desired = scene.recorded, scene.desired
    document = dict(recorded.applied or (applied(desired) if desired is not None else {}))
    done: tuple[Address, ...] = ()
    moves: list[Move] = []
    for batch in retreat.batches:
        moves += [_move(down, scene, done) for down in batch]
        done = (*done, *(down.address for down in batch))
    core = Core(
        environment=scene.environment,
        provider=scene.provider.name,
        lineage="" if scene.books.state is None else scene.books.state.lineage,
        target=target(desired) if desired is not None else _target(document),
        moves=tuple(moves),
        preconditions=tuple(
            Precondition(
                down.address,
                down.key,
                down.live.exposure,
                recorded.toggles.get(down.address),
                holds[down.address].id if down.address in holds else None,
            )
            for down in retreat.downs
        ),
    )
    observed = Observed(
        created=workspace.clock.now(),
        tool=__version__,
        serial=recorded.serial,
        read_at=scene.snapshot.read_at,
        taken_at=scene.snapshot.taken_at,
        production=bool(core.target.get("production")),
        changes=tuple(_change(down) for down in retreat.downs),
        applied=document,
        guards=recorded.guards or {},
    )
    return Plan(core, observed)


def _target(document: Mapping[str, Any]) -> dict[str, Any]:
    names = ("environment", "production", "timezone", "backend", "provider")
    return {name: document[name] for name in names if name in document}


def _move(down: Down, scene: Scene, behind: tuple[Address, ...]) -> Move:
    return Move(
        address=down.address,
        key=down.key,
        action=Action.LOWER,
        before=down.live.exposure,
        after=down.wanted,
        steps=() if isinstance(down.steps, Refusal) else down.steps,
        gates=scene.provider.dialect.gates(down.live.raw),
        waits_for=behind,
    )


def _change(down: Down) -> Change:
    return Change(
        address=down.address,
        key=down.key,
        action=Action.LOWER,
        status=Status.ALLOWED,
        before=down.live.exposure,
        after=down.wanted,
        product=down.toggle.product,
        testers=len(down.live.testers),
    )
