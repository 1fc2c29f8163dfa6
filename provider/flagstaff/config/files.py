"""Reading the files of a configuration directory: names, order, encoding, and where links may lead."""

from __future__ import annotations

import codecs
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flagstaff.diagnostics import Diagnostics, Position, Range
from flagstaff.language.source import Source

VARIABLES = ".hclvars"
# In bytes: ten thousand toggles are a fifth of it.
_LARGEST: Final = 10 * 1024 * 1024
_OTHER_ENDING: Final = re.compile(r"(.+?)\.(?:tf|hcl\.txt|hcl)\Z", re.IGNORECASE)
_TERRAFORM_VALUES: Final = re.compile(r"(terraform|.+\.auto)\.tfvars(\.json)?\Z")


def configuration_files(directory: Path, diagnostics: Diagnostics) -> tuple[Path, ...]:
    """The `*.hcl` files of a directory, sorted by name; none is a mistake."""
    names = _names(directory, diagnostics)
    found = tuple(directory / name for name in names if name.endswith(".hcl"))
    if not found and not diagnostics.has_errors:
        detail = f'"{directory}" has no .hcl file in it. {_other_ending(names)}'
        diagnostics.error("No configuration files", detail)
    return found


def variable_files(directory: Path) -> tuple[Path, ...]:
    """The variable files that are read unasked, the strongest last."""
    names = _names(directory, Diagnostics())
    first = [name for name in (f"flagstaff{VARIABLES}", f"flagstaff{VARIABLES}.json") if name in names]
    suffixes = (f".auto{VARIABLES}", f".auto{VARIABLES}.json")
    return tuple(directory / name for name in [*first, *(name for name in names if name.endswith(suffixes))])


def warn_of_unread(directory: Path, diagnostics: Diagnostics) -> None:
    """Variable files of Terraform, in a directory that is not Terraform's as well, were probably meant for us."""
    names = _names(directory, Diagnostics())
    if any(name.endswith((".tf", ".tf.json")) for name in names):
        return
    for name in names:
        match = _TERRAFORM_VALUES.match(name)
        if match is not None:
            better = f"{'flagstaff' if match[1] == 'terraform' else match[1]}{VARIABLES}{match[2] or ''}"
            detail = f'"{name}" is a file of Terraform, and its values are not used. Rename it to "{better}".'
            diagnostics.warning("Variable file not read", detail)


def read(path: Path, name: str, root: Path | None, diagnostics: Diagnostics, *, found: bool = False) -> Source | None:
    """The text of a file; None where it can't be read, which is reported.

    `root` None: the file may be anywhere. `name` is what the user calls the file. `found`: nobody named it, so a pipe
    is not waited for.
    """
    try:
        if root is not None and not path.resolve(strict=True).is_relative_to(root):
            detail = (
                f'"{name}" is a link to a file outside of the repository, which is not read. Put the file itself here.'
            )
            diagnostics.error("File outside of the repository", detail)
            return None
        status = path.stat()
        if found and not stat.S_ISREG(status.st_mode):
            diagnostics.error("File can't be read", f'"{name}" is not a file, and was not read. Rename or remove it.')
            return None
        if status.st_size > _LARGEST:
            detail = f'"{name}" has more than {_LARGEST:,} bytes, which no configuration needs. Is that the right file?'
            diagnostics.error("File too large", detail)
            return None
        data = path.read_bytes()
    except (OSError, RuntimeError) as error:  # a circle of links is a RuntimeError to Python 3.11 and 3.12
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its links go in a circle"
        diagnostics.error("File can't be read", f'"{name}" can\'t be read: {reason}.')
        return None
    return decode(data, name, diagnostics)


def decode(data: bytes, name: str, diagnostics: Diagnostics) -> Source | None:
    """The text that the bytes of a file are; None where they are none, which is reported."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        diagnostics.error("Invalid character encoding", f'"{name}" is in UTF-16. Save it as UTF-8.')
        return None
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        start = _position(data[: error.start])
        place = Range(name, start, Position(start.line, start.column + 1, error.start + 1))
        detail = f'"{name}" is not in UTF-8: there is a byte {data[error.start]:#04x} in it. Save it as UTF-8.'
        diagnostics.error("Invalid character encoding", detail, place)
        return None


def _other_ending(names: Sequence[str]) -> str:
    for name in names:
        match = _OTHER_ENDING.match(name)
        if match is not None:
            return f'"{name}" is not read; a file of Flagstaff ends with .hcl. Rename it to "{match[1]}.hcl".'
    return "Name the directory of a configuration with -chdir, or start one here with `flagstaff init`."


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
