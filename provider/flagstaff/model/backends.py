"""The kinds of backends, and what each takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BACKENDS: Final[Mapping[str, tuple[str, ...]]] = {
    "local": ("path",),
    "postgres": ("url", "schema", "name"),
    "s3": (
        "bucket",
        "key",
        "region",
        "endpoint",
        "path_style",
        "encryption",
        "kms_key",
        "profile",
        "access_key",
        "secret_key",
        "session_token",
    ),
}
# The backend of a plan that was made against copies, and can't be applied. No configuration can name it.
PREVIEW: Final = "preview"
# Those that a configuration may leave to `-backend-config`, and that opening the state can't do without.
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {"local": (), "postgres": (), "s3": ("bucket", "key")}
