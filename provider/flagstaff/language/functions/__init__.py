"""Functions: a registry from names to signatures, filled by the modules here; each function is pure.

There is no function that reads the clock, the environment or chance: a plan must be the same each
time it is made, and unable to read the secrets of the machine that makes it.
"""

from __future__ import annotations

from typing import Final

from flagstaff.language.functions import (
    collections,
    conversions,
    encoding,
    formatting,
    mappings,
    marking,
    numeric,
    patterns,
    sets,
    spans,
    strings,
)
from flagstaff.language.functions.signature import FUNCTIONS

__all__ = ["FUNCTIONS", "THEMES", "WITHHELD"]

# These enter their functions when they are imported.
THEMES: Final = (
    collections,
    conversions,
    encoding,
    formatting,
    mappings,
    marking,
    numeric,
    patterns,
    sets,
    spans,
    strings,
)

_SAME: Final = "a plan must be the same each time it is made."
_SECRETS: Final = (
    "a plan must be unable to read the secrets of the machine that makes it. "
    "Declare a variable, and set it with -var, a variable file, or FLAGSTAFF_VAR_name."
)
_FILES: Final = "this version reads no files from expressions. Later ones will, inside the repository only."

# Functions that people know from elsewhere, and why they are not here.
WITHHELD: Final = {
    **dict.fromkeys(("timestamp", "plantimestamp", "uuid", "bcrypt"), _SAME),
    **dict.fromkeys(("env", "get_env", "getenv"), _SECRETS),
    **dict.fromkeys(
        ("abspath", "file", "filebase64", "fileexists", "fileset", "filesha256", "pathexpand", "templatefile"), _FILES
    ),
}
