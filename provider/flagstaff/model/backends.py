"""The kinds of backends, and what each takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Setting:
    """What it means, for the reference, in Markdown; `default`: what holds without it, if that says something.

    `secret`: it can only be given from outside of the configuration.
    """

    meaning: str
    type: str = "string"
    default: str = ""
    secret: bool = False


BACKENDS: Final[Mapping[str, Mapping[str, Setting]]] = {
    "local": {
        "path": Setting(
            "a file, relative to the configuration's directory and inside the repository",
            default='`"flagstaff.state.json"`',
        ),
    },
    "postgres": {
        "url": Setting(
            '`"postgresql://user@host:5432/database"`, without a password',
            default="`FLAGSTAFF_STATE_URL`, or libpq's own variables (`PGHOST`, `PGDATABASE`, ...)",
        ),
        "schema": Setting("that of the tables", default='`"flagstaff"`'),
        "name": Setting("this state among those of the database", default='`"default"`'),
    },
    "s3": {
        "bucket": Setting("the bucket"),
        "key": Setting('the object: `"va/production.json"`'),
        "region": Setting("where the bucket is", default="that of the surroundings"),
        "endpoint": Setting("the address of a server that is not Amazon's", default="Amazon's"),
        "path_style": Setting("`true`: the bucket stands in the path, not in the host's name", "bool", "`false`"),
        "encryption": Setting('`"AES256"` or `"aws:kms"`', default="the bucket's own rule"),
        "kms_key": Setting('the key for `"aws:kms"`', default="the account's"),
        "profile": Setting("a profile of the AWS configuration files", default="that of the surroundings"),
        "access_key": Setting("who asks", default="the usual places of AWS", secret=True),
        "secret_key": Setting("beside `access_key`", secret=True),
        "session_token": Setting("beside `access_key`, for a time", secret=True),
    },
}
# The backend of a plan that was made against copies, and can't be applied. No configuration can name it.
PREVIEW: Final = "preview"
# Those that a configuration may leave to `-backend-config`, and that opening the state can't do without.
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {"local": (), "postgres": (), "s3": ("bucket", "key")}
