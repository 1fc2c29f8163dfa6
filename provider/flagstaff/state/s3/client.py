"""Objects in one bucket, by boto3: read, listed, and written only under a condition.

boto3 repeats reads. Writes are repeated here, after a look at what is there: each carries an id of its own, so that
a write that arrived although its answer did not is known as ours, and never fought or made twice.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from flagstaff.state.s3.errors import Answer, trouble
from flagstaff.state.s3.settings import S3Settings
from flagstaff.state.store import StateError

CONNECTIONS: Final = 16
_CONNECT_SECONDS: Final = 5
_READ_SECONDS: Final = 30
_READ_ATTEMPTS: Final = 4
# Between the attempts of a write.
_DELAYS: Final = (0.2, 1.0)
_MARK: Final = "flagstaff-write"
_NOT_S3: Final = Answer("", 0, "", "ResponseParserError")


@dataclass(frozen=True, slots=True)
class Found:
    """An object. `changed` and `now` are by the server's clock; `write` is the id of the write that made it."""

    data: bytes
    etag: str
    write: str
    changed: datetime
    now: datetime | None


class LostError(Exception):
    """The object isn't what the write expected; `found` is what is there now."""

    def __init__(self, found: Found | None) -> None:
        super().__init__("another write was first")
        self.found = found


class S3Objects:
    """All methods raise `StateError`, and may be called from several threads."""

    def __init__(self, settings: S3Settings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._bucket = settings.bucket
        self._sleep = sleep
        # The first client repeats what fails, the second does not.
        self._session, self._reading, self._writing, self._broken = _connect(settings)
        self._encrypted = {} if settings.encryption is None else {"ServerSideEncryption": settings.encryption}
        if settings.kms_key is not None:
            self._encrypted["SSEKMSKeyId"] = settings.kms_key

    def place(self, name: str) -> str:
        return f"s3://{self._bucket}/{name}"

    def get(self, name: str, summary: str) -> Found | None:
        """The object whole, or None; `summary` is what an error is called."""
        answer = Answer("", 0, "")
        for _ in range(_READ_ATTEMPTS):
            try:
                response = self._reading.get_object(Bucket=self._bucket, Key=name)
                with contextlib.closing(response["Body"]) as body:
                    data = body.read()
                if "ETag" in response and "LastModified" in response:
                    return _found(response, data)
                answer = _NOT_S3
            except self._broken as error:
                answer = self._answer(error)
            if answer.is_missing:
                return None
            # boto3 has repeated what failed before the first byte of the content; the rest is for this loop.
            if answer.kind not in {"ResponseStreamingError", "IncompleteReadError", "ReadTimeoutError"}:
                break
        raise trouble(summary, answer, self.place(name), "Nothing was changed.")

    def names(self, prefix: str, summary: str, limit: int | None = None) -> Iterator[str]:
        """The names that begin so, in their order, at most `limit`; asks for them page by page."""
        pages = self._reading.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket,
            Prefix=prefix,
            PaginationConfig={"MaxItems": limit, "PageSize": min(limit or 1000, 1000)},
        )
        try:
            for page in pages:
                if "Name" not in page:
                    raise trouble(summary, _NOT_S3, self.place(prefix), "Nothing was changed.")
                for item in page.get("Contents", ()):
                    yield item["Key"]
        except self._broken as error:
            raise trouble(summary, self._answer(error), self.place(prefix), "Nothing was changed.") from None

    def put(self, name: str, data: bytes, expect: str, summary: str, *, attempts: int = len(_DELAYS) + 1) -> str:
        """Write the object if its ETag still is `expect` ("": if there is none), and return the new ETag.

        Raises `LostError` if it is not. An error that leaves the outcome open says so; nothing of somebody else's is
        overwritten in any case.
        """
        write, after, delays = uuid.uuid4().hex, "Nothing was written.", iter(_DELAYS[: attempts - 1])
        condition = {"IfMatch": expect} if expect else {"IfNoneMatch": "*"}
        while True:
            answer = self._try(name, data, write, condition, self._writing)
            if isinstance(answer, str):
                return answer
            if answer.is_final:
                raise trouble(summary, answer, self.place(name), after)
            found, after = self._look(name, answer, summary), _OPEN
            if found is not None and found.write == write:
                return found.etag
            if (found.etag if found else "") != expect:
                raise LostError(found)
            if (delay := next(delays, None)) is None:
                raise trouble(summary, answer, self.place(name), after)
            self._sleep(delay)

    def probe(self, name: str, data: bytes, condition: Mapping[str, str]) -> str | Answer:
        """Write under a condition of boto3's that should not hold, and may be tried again: the ETag, or the answer."""
        return self._try(name, data, uuid.uuid4().hex, condition, self._reading)

    def put_anyway(self, name: str, data: bytes, summary: str) -> None:
        """Write the object, whatever is there."""
        answer = self._try(name, data, uuid.uuid4().hex, {}, self._reading)
        if isinstance(answer, Answer):
            raise trouble(summary, answer, self.place(name), "It is not known to be written.")

    def copy(self, source: str, target: str, expect: str, summary: str) -> None:
        """Copy the object as it is, on the server, if its ETag is `expect`; else `LostError`."""
        delays = iter(_DELAYS)
        while (answer := self._copy(source, target, expect)) is not None:
            delay = next(delays, None)
            if not (answer.is_lost or answer.is_missing) or delay is None:
                raise trouble(summary, answer, self.place(target), "The state is as it was.")
            found = self.get(source, summary)
            if (found.etag if found else "") != expect:
                raise LostError(found)
            self._sleep(delay)

    def _copy(self, source: str, target: str, expect: str) -> Answer | None:
        try:
            self._reading.copy_object(
                Bucket=self._bucket,
                Key=target,
                CopySource={"Bucket": self._bucket, "Key": source},
                CopySourceIfMatch=expect,
                **self._encrypted,
            )
        except self._broken as error:
            return self._answer(error)
        return None

    def _try(self, name: str, data: bytes, write: str, condition: Mapping[str, str], client: Any) -> str | Answer:
        # S3 refuses content that was damaged on the way; a bucket with object lock insists on such a sum.
        checksum = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        try:
            response = client.put_object(
                Bucket=self._bucket,
                Key=name,
                Body=data,
                ContentMD5=checksum,
                Metadata={_MARK: write},
                **condition,
                **self._encrypted,
            )
        except self._broken as error:
            return self._answer(error)
        return str(response["ETag"]) if "ETag" in response else _NOT_S3

    def _look(self, name: str, answer: Answer, summary: str) -> Found | None:
        """What is there after a write whose outcome is open."""
        try:
            return self.get(name, summary)
        except StateError:
            raise trouble(summary, answer, self.place(name), _OPEN) from None

    def _answer(self, error: Exception) -> Answer:
        """Without our credentials, should the server repeat them."""
        answer = Answer.of(error)
        with contextlib.suppress(*self._broken):
            keys = self._session.get_credentials()
            frozen = keys.get_frozen_credentials() if keys and answer.message else ()
            for secret in filter(None, frozen):
                answer = Answer(answer.code, answer.status, answer.message.replace(secret, "***"), answer.kind)
        return answer


_OPEN: Final = (
    "It is not known whether the write arrived; nothing of somebody else's was overwritten. Look, and plan again."
)


def _found(response: Any, data: bytes) -> Found:
    told = response["ResponseMetadata"]["HTTPHeaders"].get("date")
    now = None
    with contextlib.suppress(TypeError, ValueError):
        now = parsedate_to_datetime(told)
    write = response.get("Metadata", {}).get(_MARK, "")
    return Found(data, response["ETag"], write, response["LastModified"], now)


def _connect(settings: S3Settings) -> tuple[Any, Any, Any, tuple[type[Exception], ...]]:
    """The session, a client that repeats and one that does not, and what they raise."""
    boto3, config_of, broken = _library()
    refused: tuple[type[Exception], ...] = (*broken, ValueError)

    def client(attempts: int) -> Any:
        config = config_of(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=CONNECTIONS,
            # Other servers don't know the newer checksums, and the older one is given by hand.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if settings.path_style else "auto"},
        )
        return session.client("s3", endpoint_url=settings.endpoint, config=config)

    try:
        session = boto3.Session(
            settings.access_key,
            settings.secret_key,
            settings.session_token,
            region_name=settings.region,
            profile_name=settings.profile,
        )
        return session, client(_READ_ATTEMPTS), client(1), broken
    except refused as error:
        raise trouble("State is not accessible", Answer.of(error), settings.place, "Nothing was changed.") from None


def _library() -> tuple[Any, Any, tuple[type[Exception], ...]]:
    """boto3, its configuration's class, and what it raises; an extra, and slow to import."""
    try:
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
        from botocore.parsers import ResponseParserError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise StateError(
            "S3 support is not installed",
            f'The backend "s3" needs the Python package `{error.name}`. Install it: `pip install "flagstaff[s3]"`.',
        ) from None
    return boto3, Config, (BotoCoreError, ClientError, ResponseParserError)
