"""What `fmt` does with files: find them, lay them out, show and write what changes.

A file is written whole or not at all; it keeps its mode, its owner and its links.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flagstaff import repository
from flagstaff.cli.workspace import Workspace
from flagstaff.config.files import VARIABLES, decode, read
from flagstaff.config.grammar_cache import prepare
from flagstaff.diagnostics import Diagnostics
from flagstaff.language.simplifying import formatted
from flagstaff.language.source import Source
from flagstaff.views.differences import unified
from flagstaff.views.look import Page

_ENDINGS: Final = (".hcl", VARIABLES)
_INPUT: Final = "<stdin>"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do with a changed text: print its name, write it, show the difference; `result`: print every text."""

    names: bool
    writes: bool
    diff: bool
    result: bool


@dataclass(slots=True)
class Tidying:
    """One run; `failed` and `changed` say how it went."""

    workspace: Workspace
    wanted: Wanted
    failed: bool = False
    changed: bool = False

    def standard_input(self) -> None:
        found = Diagnostics()
        source = decode(self.workspace.terminal.stdin.buffer.read(), _INPUT, found)
        self._tidy(source, found)

    def files(self, paths: Iterable[str], *, recursive: bool) -> None:
        """In the order named, and in a directory by name."""
        prepare(os.environ)
        seen = set()
        missing = Diagnostics()
        for path, root in _files(paths, missing, recursive=recursive):
            if (name := os.path.normpath(path)) not in seen:
                seen.add(name)
                found = Diagnostics()
                self._tidy(read(path, name, root, found), found)
        self._tell(missing)

    def _tidy(self, source: Source | None, found: Diagnostics) -> None:
        new = None
        if source is not None:
            self.workspace.sources[source.filename] = source
            new = formatted(source, found)
        self._tell(found)
        if source is None or new is None:
            return
        if new != source.text:
            self.changed = True
            self._change(source, new)
        if self.wanted.result:
            self.workspace.terminal.data(new, end="")

    def _change(self, source: Source, new: str) -> None:
        terminal, name = self.workspace.terminal, source.filename
        if self.wanted.names:
            terminal.data(terminal.look.clean(name))
        if self.wanted.writes:
            failures = Diagnostics()
            _write(Path(name), new, failures)
            self._tell(failures)
        if self.wanted.diff:
            self._show(unified(source.text, new, name))

    def _show(self, difference: str) -> None:
        """As it is, for `patch`; on a terminal nothing in it may act."""
        terminal = self.workspace.terminal
        if not terminal.stdout.isatty():
            terminal.data(difference, end="")
            return
        page = Page(terminal.look)
        for line in difference.removesuffix("\n").split("\n"):
            page.line(line)
        terminal.show(page)

    def _tell(self, found: Diagnostics) -> None:
        self.failed |= found.has_errors
        self.workspace.tell(found.sorted())


def _files(paths: Iterable[str], found: Diagnostics, *, recursive: bool) -> Iterator[tuple[Path, Path | None]]:
    """Each file, and where it may lie: a file that is named may lie anywhere."""
    for text in paths:
        path = Path(text)
        if path.is_dir():
            yield from ((file, repository.root(path)) for file in _inside(path, found, recursive=recursive))
        elif path.name.endswith(_ENDINGS):
            yield path, None
        elif not path.exists():
            found.error("No such file or directory", f'There is no "{text}" here. Check the path.')
        else:
            detail = f'"{text}" is not formatted: only files that end with .hcl or {VARIABLES} are.'
            found.error("Not a file of Flagstaff", detail)


def _inside(directory: Path, found: Diagnostics, *, recursive: bool) -> Iterator[Path]:
    """The files of a directory, and of those below it, by name. Links to directories are not followed."""
    try:
        with os.scandir(directory) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        found.error("Directory can't be read", f'"{directory}" can\'t be read: {error.strerror}.')
        return
    for entry in inside:
        if entry.name.startswith(".") or entry.name.endswith("~"):
            continue
        if entry.is_dir(follow_symlinks=False):
            if recursive:
                yield from _inside(directory / entry.name, found, recursive=True)
        elif entry.name.endswith(_ENDINGS):
            yield directory / entry.name


def _write(path: Path, text: str, failures: Diagnostics) -> None:
    target = Path(os.path.realpath(path))
    data = text.encode()
    try:
        status = target.stat()
        if not os.access(target, os.W_OK):
            failures.error("File can't be written", f'"{path}" is read-only and was left as it is.')
        elif status.st_nlink > 1 or not os.access(target.parent, os.W_OK):
            target.write_bytes(data)  # a new file would leave the other links with the old text
        else:
            _replace(target, data, status)
    except OSError as error:
        failures.error("File can't be written", f'"{path}" can\'t be written: {error.strerror}.')


def _replace(target: Path, data: bytes, status: os.stat_result) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            with contextlib.suppress(PermissionError):  # only root gives files away
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
