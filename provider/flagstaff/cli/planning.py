"""Planning as an operation: read everything, plan, and change nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from flagstaff import __version__
from flagstaff.addresses import Address
from flagstaff.apply.events import Listener
from flagstaff.apply.recover import Recovery, recover
from flagstaff.cli.agreeing import Agreeing
from flagstaff.cli.asking import Crowd, open_population, readable
from flagstaff.cli.authoring import asks_for_others, author_of
from flagstaff.cli.measuring import lives_of, with_readings
from flagstaff.cli.workspace import Workspace
from flagstaff.diagnostics import Failure, did_you_mean
from flagstaff.model.configuration import Desired
from flagstaff.model.recorded import Recorded
from flagstaff.plan.codec import change_id
from flagstaff.plan.inputs import Detail, Evidence, Options
from flagstaff.plan.order import batches
from flagstaff.plan.plan import Move, Plan
from flagstaff.plan.planner import make_plan
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.providers.protocols import BatchWriter, Provider
from flagstaff.state.store import Lease, StateStore

BLOCKED: Final = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `plan` and `apply` as the user typed them."""

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    accept_drift: tuple[str, ...] = ()
    refresh_only: bool = False
    now: datetime | None = None
    unmanaged: bool = False
    network: bool = True
    crowd: Crowd = field(default_factory=lambda: Crowd(detail="none"))


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what it was made from."""

    plan: Plan
    desired: Desired
    provider: Provider
    recovery: Recovery
    agreeing: Agreeing

    @property
    def change(self) -> str:
        return change_id(self.plan.core)

    @property
    def batches(self) -> tuple[tuple[Move, ...], ...]:
        return batches(self.plan.core.moves)


def make(
    workspace: Workspace,
    desired: Desired,
    provider: Provider,
    store: StateStore,
    asked: Asked,
    *,
    lease: Lease | None = None,
    listener: Listener = lambda _: None,
) -> Planned:
    """Read and plan. With a lease, what earlier runs left open is recorded first; without, nothing is written.

    Raises `Failure`, `StateError` and `StoreError`.
    """
    with workspace.patience("Reading the state"):
        recovery = recover(
            provider,
            store,
            clock=workspace.clock,
            listener=listener,
            who=workspace.who,
            run=workspace.run,
            took_over=lease.took_over if lease else None,
            write=lease is not None,
        )
    recorded = recovery.state.recorded if recovery.state else Recorded()
    options = _with_people(_options(asked, provider, Names(desired, recorded)), asked, desired)
    evidence = _evidence(workspace, desired, recorded, asked)
    with workspace.patience(f"Reading {provider.title}"):
        snapshot = provider.reader.read()
    if not asked.refresh_only:
        lives = lives_of(desired, snapshot, provider.dialect)
        with workspace.patience("Reading the monitors"):
            evidence = with_readings(workspace, evidence, desired, recorded, lives, network=asked.network)
    with nullcontext() if options.population is None else readable():
        plan = make_plan(desired, snapshot, provider.dialect, recorded, evidence, options)
    counts = {"live": len(snapshot.toggles), "moves": len(plan.core.moves), "blocked": len(plan.blocked)}
    workspace.log.info("planned", change=change_id(plan.core), serial=recorded.serial, **counts)
    agreeing = Agreeing.of(workspace, plan, recovery.state, store, asked.now, network=asked.network)
    return Planned(plan, desired, provider, recovery, agreeing)


def exit_code(plan: Plan, *, detailed: bool = False) -> int:
    """0, 2 (changes, where asked for), or 3: something that was asked for is blocked."""
    if plan.blocked or refused_stages(plan):
        return BLOCKED
    return 2 if detailed and plan.has_changes else 0


def _evidence(workspace: Workspace, desired: Desired, recorded: Recorded, asked: Asked) -> Evidence:
    """What is known without asking a monitor."""
    listed = workspace.catalogue.entries if workspace.catalogue else {}
    author = author_of(workspace.directory, os.environ) if asks_for_others(desired, recorded) else ""
    return Evidence(asked.now or workspace.clock.now(), __version__, frozenset(listed), author=author)


def _options(asked: Asked, provider: Provider, names: Names) -> Options:
    """Raises `Failure` for a name that nobody knows."""
    return Options(
        provider=provider.name,
        embedded=provider.embedded,
        transactional=isinstance(provider.writer, BatchWriter),
        targets=names.all(asked.targets),
        excludes=names.all(asked.excludes),
        accept_drift=names.all(asked.accept_drift),
        refresh_only=asked.refresh_only,
        unmanaged=asked.unmanaged,
        audience=Detail(asked.crowd.detail),
    )


def _with_people(options: Options, asked: Asked, desired: Desired) -> Options:
    """With those whom the user brought; else planning makes up its own."""
    if options.audience is Detail.NONE or asked.refresh_only or not asked.crowd.is_chosen:
        return options
    return replace(options, population=open_population(asked.crowd, desired))


class Names:
    """What a user may type for a toggle: its address or its block's, an alias, a live key."""

    def __init__(self, desired: Desired, recorded: Recorded) -> None:
        self._known: dict[str, Address] = {}
        for address, toggle in desired.toggles.items():
            self._add(address, toggle.key, *toggle.aliases)
        for address, record in recorded.toggles.items():
            self._add(address, record.key)

    def _add(self, address: Address, *names: str) -> None:
        for name in (str(address), *names):
            self._known.setdefault(name, address)
        self._known.setdefault(str(address.block), address.block)

    def all(self, texts: Iterable[str]) -> frozenset[Address]:
        return frozenset(map(self.one, texts))

    def one(self, text: str) -> Address:
        """Raises `Failure`, with the nearest name."""
        found = self._known.get(text)
        if found is None:
            guess = did_you_mean(text, self._known)
            raise Failure.error(
                "Unknown toggle", f'"{text}" is no address, alias or key of this configuration or its state.{guess}'
            )
        return found
