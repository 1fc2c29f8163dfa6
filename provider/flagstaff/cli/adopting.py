"""Adopting a live store: toggle blocks for what is live, and a record of it as it is.

Rule: what is written is read back before anything is recorded; if it can't be, it is taken away again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flagstaff.addresses import Address
from flagstaff.cli.backend_config import with_backend
from flagstaff.cli.recording import Record
from flagstaff.cli.workspace import Workspace, check_state_outlives
from flagstaff.config.load import Inputs
from flagstaff.config.writing import Existing, File, files, undeclarable
from flagstaff.diagnostics import Diagnostic, Failure
from flagstaff.model.configuration import Desired
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Dialect, Snapshot
from flagstaff.model.times import exactly
from flagstaff.plan.drift import standing_of
from flagstaff.providers.protocols import Provider
from flagstaff.state.facts import Imported
from flagstaff.state.recovery import fold
from flagstaff.views.adoption import Adoption, adoption_page


def adopt(workspace: Workspace, inputs: Inputs, timeout: timedelta) -> int:
    """Raises `Failure`, `StateError` and `StoreError` with nothing written."""
    _check_there(workspace.directory)
    desired, warnings = _configuration(workspace, inputs)
    provider = workspace.provider(desired.provider, writable=False)
    check_state_outlives(desired, provider)
    record = Record(workspace, workspace.store(desired.settings.backend), "init -from-live", timeout)
    with record.lease():
        snapshot = provider.reader.read()
        declared = {toggle.key for toggle in desired.toggles.values()}
        found = [_existing(key, snapshot, provider.dialect) for key in sorted(snapshot.toggles) if key not in declared]
        unmanaged = {item.key: why for item in found if (why := undeclarable(item.key)) is not None}
        made = _files(workspace.directory, desired, provider, snapshot, [i for i in found if i.key not in unmanaged])
        with _written(workspace.directory, made):
            if made:
                desired, warnings = _configuration(workspace, inputs)
        facts = tuple(_facts(desired, snapshot, provider.dialect, _recorded(record)))
        if facts:
            record.change(facts)
    workspace.tell(warnings)
    known = tuple(item.key for item in found if item.key not in unmanaged and not _is_said(item))
    adoption = Adoption(made, len(facts), known, unmanaged, len(declared & snapshot.toggles.keys()))
    workspace.terminal.show(adoption_page(adoption, workspace.terminal.look))
    return 0


def _configuration(workspace: Workspace, inputs: Inputs) -> tuple[Desired, tuple[Diagnostic, ...]]:
    """With its warnings, to be told once; raises `Failure`."""
    desired, found = workspace.check(inputs)
    if desired is None:
        raise Failure(*found)
    return with_backend(desired, inputs, workspace.directory), found


def _check_there(directory: Path) -> None:
    if not any(directory.glob("*.hcl")):
        raise Failure.error(
            "No provider declared",
            "-from-live reads the store that a provider block names, and there is no .hcl file here. Write main.hcl "
            "with a flagstaff block, which says where the state is kept, and a provider block; then run this again. "
            "`flagstaff init` without -from-live writes an example of both into an empty directory.",
        )


def _existing(key: str, snapshot: Snapshot, dialect: Dialect) -> Existing:
    raw = snapshot.toggles[key]
    return Existing(key, dialect.live(raw), dialect.gates(raw))


def _is_said(item: Existing) -> bool:
    return isinstance(item.live.exposure, Exposure)


def _files(
    directory: Path, desired: Desired, provider: Provider, snapshot: Snapshot, found: Sequence[Existing]
) -> tuple[File, ...]:
    when = exactly(snapshot.taken_at or snapshot.read_at, desired.settings.zone)
    heading = f"Live toggles of {provider.title}, as they were at {when}."
    names = {address.name for address in desired.toggles}
    there = {path.name for path in directory.iterdir()}
    return files(found, heading, names_taken=names, files_taken=there)


@contextmanager
def _written(directory: Path, made: Iterable[File]) -> Iterator[None]:
    """The files, which go again if what follows fails."""
    paths: list[Path] = []
    try:
        for file in made:
            path = directory / file.name
            with path.open("x", encoding="utf-8", newline="\n") as stream:
                paths.append(path)
                stream.write(file.text)
        yield
    except BaseException as error:
        for path in paths:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            detail = f"{error.filename or directory.name}: {error.strerror}. No file was written, and nothing recorded."
            raise Failure.error("File can't be written", detail) from error
        raise


def _recorded(record: Record) -> frozenset[Address]:
    state, _ = record.store.load()
    if state is None:
        return frozenset()
    return frozenset(fold(state, record.store.entries(state.journal_head or None)).state.toggles)


def _facts(desired: Desired, snapshot: Snapshot, dialect: Dialect, recorded: frozenset[Address]) -> Iterator[Imported]:
    """Every toggle that is live as it is declared, and has no record yet."""
    for address, toggle in desired.toggles.items():
        raw = snapshot.toggles.get(toggle.key)
        if raw is None or address in recorded:
            continue
        exposure = dialect.live(raw).exposure
        if isinstance(exposure, Exposure) and exposure == toggle.exposure:
            yield Imported(address, toggle.key, exposure, standing=standing_of(raw, dialect))
