"""Reading the files of a configuration directory: names, order, encoding, and where links may lead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flagstaff.diagnostics import Diagnostics, Position, Range
from flagstaff.language.source import Source

VARIABLES = ".hclvars"


def configuration_files(directory: Path, diagnostics: Diagnostics) -> tuple[Path, ...]:
    """The `*.hcl` files of a directory, sorted by name; none is a mistake."""
    names = _names(directory, diagnostics)
    found = tuple(directory / name for name in names if name.endswith(".hcl"))
    if not found and not diagnostics.has_errors:
        detail = f'"{directory}" has no .hcl file in it. Give the directory of a configuration with -chdir.'
        diagnostics.error("No configuration files", detail)
    return found


def variable_files(directory: Path) -> tuple[Path, ...]:
    """The variable files that are read unasked, the strongest last."""
    names = _names(directory, Diagnostics())
    first = [name for name in (f"flagstaff{VARIABLES}", f"flagstaff{VARIABLES}.json") if name in names]
    suffixes = (f".auto{VARIABLES}", f".auto{VARIABLES}.json")
    return tuple(directory / name for name in [*first, *(name for name in names if name.endswith(suffixes))])


def read(path: Path, name: str, root: Path | None, diagnostics: Diagnostics) -> Source | None:
    """The text of a file; None where it can't be read, which is reported.

    `root` None: the file may be anywhere. `name` is what the user calls the file.
    """
    try:
        if root is not None and not path.resolve(strict=True).is_relative_to(root):
            detail = (
                f'"{name}" is a link to a file outside of the repository, which is not read. Put the file itself here.'
            )
            diagnostics.error("File outside of the repository", detail)
            return None
        data = path.read_bytes()
    except (OSError, RuntimeError) as error:  # a circle of links is a RuntimeError to Python 3.11 and 3.12
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its links go in a circle"
        diagnostics.error("File can't be read", f'"{name}" can\'t be read: {reason}.')
        return None
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        start = _position(data[: error.start])
        place = Range(name, start, Position(start.line, start.column + 1, error.start + 1))
        detail = f'"{name}" is not in UTF-8: there is a byte {data[error.start]:#04x} in it. Save it as UTF-8.'
        diagnostics.error("Invalid character encoding", detail, place)
        return None


def repository(directory: Path) -> Path:
    """The root of the repository around a directory; the directory itself where there is none."""
    resolved = directory.resolve()
    return next((path for path in (resolved, *resolved.parents) if (path / ".git").exists()), resolved)


def _names(directory: Path, diagnostics: Diagnostics) -> Sequence[str]:
    try:
        return sorted(path.name for path in directory.iterdir() if not path.name.startswith("."))
    except OSError as error:
        diagnostics.error("Directory can't be read", f'"{directory}" can\'t be read: {error.strerror}.')
        return ()


def _position(before: bytes) -> Position:
    """The position behind some valid UTF-8."""
    line = before.rpartition(b"\n")[2].decode("utf-8")
    return Position(before.count(b"\n") + 1, len(line) + 1, len(before))
