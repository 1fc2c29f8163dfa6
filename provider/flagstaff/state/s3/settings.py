"""The settings of the S3 store: what a `backend "s3"` block and its secret parts may say. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import urlsplit

_ENCRYPTIONS: Final = ("AES256", "aws:kms")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:[a-z0-9-]+:s3[a-z0-9:/._-]+")
_KEY: Final = re.compile(r"[^/\x00-\x1f\x7f][^\x00-\x1f\x7f]*(?<!/)")
# S3 takes 1,024 bytes; the journal's names are the longest.
_LONGEST_KEY: Final = 980
_FLAGS: Final = {True: True, False: False, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class S3Settings:
    """Where the state is and how to get there; None leaves the choice to boto3."""

    bucket: str
    key: str
    region: str | None = None
    endpoint: str | None = None
    path_style: bool = False
    encryption: str | None = None
    kms_key: str | None = None
    profile: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """From settings in which `check` finds nothing."""
        given = {name: value for name, value in settings.items() if value is not None}
        return cls(**{**given, "path_style": _FLAGS[given.get("path_style", False)]})

    @property
    def place(self) -> str:
        """The state, as messages name it."""
        return f"s3://{self.bucket}/{self.key}"


ATTRIBUTES: Final = tuple(S3Settings.__dataclass_fields__)
_TEXTS: Final = tuple(name for name in ATTRIBUTES if name != "path_style")


def check(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong: summary and detail of each problem. No value of a secret is in them."""
    given = {name: value for name, value in settings.items() if value is not None}
    wrong = [name for name in _TEXTS if name in given and not _is_text(given[name])]
    found = [
        ("Invalid S3 setting", f'The attribute "{name}" of the backend "s3" must be a string that is not empty.')
        for name in wrong
    ]
    found += [
        ("Missing S3 setting", f'The backend "s3" needs the attribute "{name}": {example}.')
        for name, example in _REQUIRED.items()
        if name not in given
    ]
    sound = {name: value for name, value in given.items() if name not in wrong}
    return found + [("Invalid S3 setting", detail) for detail in (*_place(sound), *_way(sound), *_who(sound))]


_REQUIRED: Final = {
    "bucket": "the name of the bucket that holds the state",
    "key": 'the name of the state in the bucket, such as "va/production.json"',
}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _place(given: Mapping[str, Any]) -> Iterator[str]:
    bucket, key = given.get("bucket"), given.get("key")
    if bucket is not None and not _BUCKET.fullmatch(bucket):
        yield (
            'The attribute "bucket" must be the plain name of a bucket (lower-case letters, digits, "-" and "."), such '
            'as "va-flagstaff", or the ARN of an access point; it is no address and holds no folder.'
        )
    if key is None:
        return
    if not _KEY.fullmatch(key) or {"", ".", ".."}.intersection(key.split("/")):
        yield (
            'The attribute "key" must name an object, such as "va/production.json": no "/" at its ends, no "." or '
            '".." or empty part, no control characters.'
        )
    elif len(key.encode("utf-8", "surrogatepass")) > _LONGEST_KEY:
        yield f'The attribute "key" is longer than {_LONGEST_KEY} bytes.'


def _way(given: Mapping[str, Any]) -> Iterator[str]:
    if "endpoint" in given and (problem := _endpoint(given["endpoint"])):
        yield f'The attribute "endpoint" {problem}.'
    path_style = given.get("path_style", False)
    if not isinstance(path_style, bool | str) or path_style not in _FLAGS:
        yield 'The attribute "path_style" must be true or false.'
    encryption = given.get("encryption")
    if encryption is not None and encryption not in _ENCRYPTIONS:
        yield 'The attribute "encryption" must be "AES256" or "aws:kms"; without it, the bucket\'s own rule holds.'
    if "kms_key" in given and encryption != "aws:kms":
        yield 'The attribute "kms_key" has no effect without `encryption = "aws:kms"`.'


def _endpoint(url: str) -> str:
    """What is wrong with it, as the end of a sentence. It is not repeated: it may hold a password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return 'must be an address such as "https://s3.example.gov"'
    if "@" in parts.netloc:
        return "must not hold a name or a password: they are `access_key` and `secret_key`"
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or re.search(r"\s", url):
        return 'must be an address such as "https://s3.example.gov", without ? and #'
    if parts.scheme == "http" and not _is_loopback(host):
        return "must begin with https://: over http anybody on the way can read and change the state"
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _who(given: Mapping[str, Any]) -> Iterator[str]:
    if ("access_key" in given) != ("secret_key" in given):
        yield 'The attributes "access_key" and "secret_key" belong together: give both, or neither.'
    if "session_token" in given and "access_key" not in given:
        yield 'The attribute "session_token" belongs to "access_key" and "secret_key": give all three, or none.'
    if "profile" in given and "access_key" in given:
        yield 'The attributes "profile" and "access_key" are two ways to say who asks: give one of them.'
