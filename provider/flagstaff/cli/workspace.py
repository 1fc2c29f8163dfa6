"""The workspace: the configuration of this directory, its state store and its live store, opened on use."""

from __future__ import annotations

import getpass
import os
import socket
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flagstaff import __version__, repository
from flagstaff.apply.clock import Clock, PretendedClock, SystemClock
from flagstaff.apply.local_journal import merge
from flagstaff.approvals.signers import check_signers
from flagstaff.cli.backend_config import check_endpoint, with_backend
from flagstaff.cli.log import Log
from flagstaff.cli.patience import Retries, Waiting, told_if_slow
from flagstaff.cli.terminal import Terminal
from flagstaff.config.load import Inputs, load
from flagstaff.diagnostics import Diagnostic, Failure, Severity
from flagstaff.language.source import Source
from flagstaff.model.catalogue import Catalogue
from flagstaff.model.configuration import Backend, Desired, ProviderSettings
from flagstaff.plan.catalogued import check_catalogue
from flagstaff.providers.protocols import Provider
from flagstaff.providers.registry import check_settings, open_catalogue, open_provider
from flagstaff.providers.retries import told_to
from flagstaff.state.keeping import KeptLease
from flagstaff.state.lease import acquire
from flagstaff.state.registry import DEFAULT_PATH, check_backend, open_store
from flagstaff.state.store import Lease, LeaseHeld, LockInfo, StateStore
from flagstaff.views.plan_human import PlanView
from flagstaff.views.stream import UiStream

if TYPE_CHECKING:
    from flagstaff.cli.planning import Planned


@dataclass
class Workspace:
    """One command's surroundings. `run` groups its journal entries; `who` is in each of them."""

    terminal: Terminal
    directory: Path = field(default_factory=Path.cwd)
    clock: Clock = field(default_factory=SystemClock)
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    sources: dict[str, Source] = field(default_factory=dict)
    json_: bool = False
    catalogue: Catalogue | None = None
    told: list[Diagnostic] = field(default_factory=list)
    _streaming: bool = False
    _pretends: bool = False
    _opened: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def log(self) -> Log:
        return Log(self.terminal.environment, self.terminal.stderr, self.run)

    @property
    def title(self) -> str:
        """The directory as a reader knows it: from the repository's root, where there is one."""
        directory, root = self.directory.resolve(), repository.root(self.directory)
        return directory.name if root is None or directory == root else str(directory.relative_to(root))

    @property
    def who(self) -> str:
        """The user as the journal names them; in CI, whoever started the run, where the system says so."""
        actor = os.environ.get("GITHUB_ACTOR") or os.environ.get("GITLAB_USER_LOGIN")
        return f"{actor or _user()}@{socket.gethostname()}"

    def check(self, inputs: Inputs) -> tuple[Desired | None, tuple[Diagnostic, ...]]:
        """Everything that is wrong with the configuration, as far as it can be said without a store."""
        loaded = load(self.directory, inputs)
        self.log.info("configuration read", files=sorted(loaded.sources), diagnostics=len(loaded.diagnostics))
        self.sources.update(loaded.sources)
        if loaded.partial is not None:
            self.terminal.zone = loaded.partial.settings.zone
        found = list(loaded.diagnostics.sorted())
        if loaded.partial is not None:
            found += check_settings(loaded.partial.provider)
            found += check_backend(loaded.partial.settings.backend)
        if loaded.desired is not None:
            found += self._check_catalogue(loaded.desired)
            found += check_signers(loaded.desired.roles.values())
        found.sort(key=lambda item: item.sort_key)
        failed = any(item.severity is Severity.ERROR for item in found)
        return None if failed else loaded.desired, tuple(found)

    def _check_catalogue(self, desired: Desired) -> tuple[Diagnostic, ...]:
        """Read what the application lists, where the provider names it, and compare."""
        listed = open_catalogue(desired.provider, self.directory)
        self.sources.update(listed.sources)
        self.catalogue = listed.catalogue
        compared = check_catalogue(desired, listed.catalogue) if listed.catalogue is not None else ()
        return (*listed.diagnostics, *compared)

    def configuration(self, inputs: Inputs) -> Desired:
        """The configuration; its warnings are printed. Raises `Failure` with all its mistakes."""
        desired, found = self.check(inputs)
        if desired is None:
            raise Failure(*found)
        self.tell(found)
        return with_backend(desired, inputs, self.directory)

    def tell(self, found: Iterable[Diagnostic]) -> None:
        """Messages: in the stream with -json, else on standard error. They are kept in `told`."""
        found = tuple(found)
        self.told.extend(found)
        if self.json_:
            for diagnostic in found:
                self.stream().diagnostic(diagnostic, self.sources)
        else:
            self.terminal.diagnostics(found, self.sources)

    def stream(self, provider: str = "") -> UiStream:
        """Terraform's messages on standard output; the first call begins with the version."""
        stream = UiStream(self.terminal.data, self.clock.now, provider)
        if not self._streaming:
            stream.version(__version__)
            self._streaming = True
        return stream

    def view(self, planned: Planned, saved_as: str = "", *, applying: bool = False) -> PlanView:
        """A plan with its surroundings, as the human view takes it."""
        return PlanView(
            planned.plan,
            planned.batches,
            planned.change,
            directory=self.title,
            store=planned.provider.title,
            sources=self.sources,
            saved_as=saved_as,
            applying=applying,
            agreements=planned.agreeing.agreements(),
        )

    def store(self, backend: Backend) -> StateStore:
        """The state store that a configuration or a plan names; raises `Failure`."""
        if backend.kind == "local" and "path" not in backend.given:
            self._check_inside(str(backend.settings.get("path", DEFAULT_PATH)), backend)
        check_endpoint(backend)
        return open_store(backend, self.directory)

    def _check_inside(self, path: str, backend: Backend) -> None:
        """A pull request must not make a run write elsewhere."""
        # A loop of links is no place at all: opening it fails with a message of its own.
        root = repository.leaves(self.directory, Path(os.path.realpath(self.directory / path)))
        if root is not None:
            raise Failure.error(
                "State file outside of the repository",
                f'"{path}" leads out of {root}. A local state stays inside the repository, also through links, so that '
                "a pull request can't make a run read or write anything else.",
                backend.range,
            )

    def close(self) -> None:
        """Give back what was opened."""
        self._opened.close()

    def pretend(self, now: datetime) -> None:
        """Go by another time of day from here on; `check_time` says where that may be."""
        self.clock, self._pretends = PretendedClock(self.clock, now - self.clock.now()), True

    def check_time(self, *, embedded: bool) -> None:
        """Raises `Failure` where a time is pretended over a store that real people read."""
        if self._pretends and not embedded:
            raise Failure.error(
                "Time can't be pretended", "-now is for embedded stores; this one is read by real people."
            )

    def provider(self, settings: ProviderSettings, *, writable: bool = True) -> Provider:
        provider = open_provider(settings, self.directory, writable=writable)
        self._opened.callback(provider.close)
        self.check_time(embedded=provider.embedded)
        self.log.info("store opened", provider=provider.name, writable=writable)
        return provider

    @contextmanager
    def patience(self, doing: str) -> Iterator[None]:
        """Around what may take long: it is told then what is done, and how long that has taken."""
        began = self.clock.monotonic()
        with told_if_slow(self.terminal.tell, self.clock, doing):
            yield
        self.log.debug("waited", doing=doing, seconds=round(self.clock.monotonic() - began, 3))

    def lease(
        self,
        store: StateStore,
        operation: str,
        timeout: timedelta,
        woken: Callable[[], bool],
        *,
        moving: bool = False,
    ) -> Lease:
        """The right to write the state; waiting is told. `moving`: also of one that was moved away."""
        info = LockInfo(
            id=uuid.uuid4().hex,
            operation=operation,
            who=self.who,
            host=socket.gethostname(),
            pid=os.getpid(),
            created=self.clock.now(),
            tool=__version__,
        )

        patient = Waiting(self.clock, self.terminal.tell, timeout.total_seconds())

        def waiting(held: LeaseHeld) -> None:
            holder = held.holder
            patient.begin(f"Waiting for the lease: {holder.who} runs {holder.operation} on {holder.host};")

        lease = KeptLease(acquire(store, info, timeout, patient, waiting=waiting, woken=woken, moving=moving))
        try:
            self.take_over(store)
        except BaseException:
            lease.release()
            raise
        return lease

    def take_over(self, store: StateStore) -> None:
        """What a rollback wrote into a file of its own, while the state was out of reach; raises `StateError`."""
        for merged in merge(store, self.directory):
            self.terminal.tell(
                f"A rollback wrote {merged.path} while the state was out of reach; its {merged.entries} entries are in "
                "the journal now."
            )


def check_state_outlives(desired: Desired, provider: Provider) -> None:
    """Whoever writes the state in CI needs one that is still there afterwards. Raises `Failure`."""
    in_ci = os.environ.get("CI") == "true"
    if in_ci and desired.settings.backend.kind == "local" and not provider.embedded:
        raise Failure.error(
            "Local state in CI",
            "The state would be lost with this runner's disk, and the next run would know nothing of what was applied. "
            "Declare a backend that outlives it.",
        )


def _user() -> str:
    """In a container that runs under any number, no name belongs to it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # which of the two depends on Python's version
        return f"uid {os.getuid()}"


def never() -> bool:
    """No interrupt to look at."""
    return False


def run(body: Callable[[Workspace], int], *, no_color: bool = False, now: datetime | None = None, **fields: Any) -> int:
    """Run a command's body, at the time that is pretended, if any; failures are printed with the lines of the
    configuration they speak of."""
    from flagstaff.cli.failures import as_diagnostics, output_is_lost

    workspace = Workspace(Terminal.standard(color=not no_color), **fields)
    if now is not None:
        workspace.pretend(now)
    try:
        with told_to(Retries(workspace.terminal.tell, workspace.clock)):
            return body(workspace)
    except Exception as error:  # the configuration's lines are known here, and not further out
        if isinstance(error, BrokenPipeError | click.UsageError) or output_is_lost(error):
            raise
        workspace.log.failure(error)
        workspace.tell(as_diagnostics(error))
        return 1
    finally:
        workspace.close()
