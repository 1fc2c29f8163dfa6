"""What S3 and the way to it refused, in words: which object, why, what to do. Pure.

No secret is in them: of an answer only its code and its sentence are told, of a broken way its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flagstaff.state.store import StateError

# Somebody else was first, or is just now: the write did not happen, unless it was ours that came twice.
LOST: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "OperationAborted", "412", "409"})
MISSING: Final = frozenset({"NoSuchKey", "404"})
# Refusals with a 4xx status that say nothing about whether the write can be done.
_PASSING: Final = frozenset({"RequestTimeout", "RequestTimeoutException", "SlowDown", "TooManyRequests"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back instead of success. `code` is S3's, or "" with `kind`, the name of boto3's error."""

    code: str
    status: int
    message: str
    kind: str = ""

    @classmethod
    def of(cls, error: Any) -> Answer:
        """Of a ClientError or BotoCoreError."""
        response = getattr(error, "response", None)
        if not isinstance(response, dict):
            return cls("", 0, "", type(error).__name__)
        told = response.get("Error", {})
        status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
        return cls(str(told.get("Code") or status), status, str(told.get("Message") or ""))

    @property
    def is_lost(self) -> bool:
        return self.code in LOST

    @property
    def is_missing(self) -> bool:
        return self.code in MISSING

    @property
    def is_final(self) -> bool:
        """Whether asking again gives the same; if not, a write may even have been made."""
        if self.kind:
            return self.kind not in _BROKEN
        if self.is_lost or self.is_missing or self.code in _PASSING:
            return False
        return self.status < 500 or self.code == "NotImplemented"


def trouble(summary: str, answer: Answer, place: str, after: str) -> StateError:
    """`place` is the object; `after` says how things stand now."""
    return StateError(summary, f"{place}: {_why(answer)} {after}")


def _why(answer: Answer) -> str:
    known = _BY_KIND.get(answer.kind) if answer.kind else _BY_CODE.get(answer.code)
    if known is None and answer.code.startswith("KMS."):
        known = _KMS
    if known is None and answer.status >= 500:
        known = f"the server is in trouble ({answer.status}). Wait a little and run the command again."
    if known is None and answer.kind:
        return f"boto3 gave up ({answer.kind}). Look at the settings of the backend."
    told = f" It said: {answer.message.strip().rstrip('.')}." if answer.message.strip() else ""
    if known is None:
        return f"the server refused ({answer.code}, status {answer.status}).{told}"
    return known + (told if known in _WITH_ITS_WORDS else "")


_UNREACHABLE: Final = (
    "the server can't be reached. Look whether the attributes `endpoint` and `region` are right and the network is up, "
    "then run the command again."
)
_BROKE_OFF: Final = "the connection broke off, or no answer came in time. Run the command again."
_NO_CREDENTIALS: Final = (
    "there are no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a `profile`, or run where a role "
    "is given."
)
_EXPIRED: Final = (
    "the credentials have expired. Get new ones (`aws sso login`, or start the job again), then run the command again."
)
_DENIED: Final = (
    "access denied. The credentials need s3:GetObject and s3:PutObject on the key and all that begins with it, and "
    "s3:ListBucket on the bucket."
)
_REGION: Final = "the bucket is in another region, or the attribute `region` is wrong. Correct it."
_WRONG_KEYS: Final = "the server does not know these credentials. Correct the access key and the secret key."
_KMS: Final = (
    "the KMS key can't be used. The credentials need kms:GenerateDataKey and kms:Decrypt on it, and it must be enabled."
)
_WITH_ITS_WORDS: Final = frozenset({_DENIED, _KMS})
_BY_CODE: Final = {
    "NoSuchBucket": "there is no such bucket. Create it, or correct the attribute `bucket`.",
    "AccessDenied": _DENIED,
    "403": _DENIED,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "InvalidToken": _WRONG_KEYS,
    "InvalidAccessKeyId": _WRONG_KEYS,
    "SignatureDoesNotMatch": _WRONG_KEYS,
    "PermanentRedirect": _REGION,
    "TemporaryRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "301": _REGION,
    "RequestTimeTooSkewed": "this machine's clock is wrong by many minutes. Set it, then run the command again.",
    "SlowDown": "the server is busy and asks for patience. Wait a little and run the command again.",
}
# What can break on the way; whether a write arrived is then not known.
_BROKEN: Final = {
    "EndpointConnectionError": _UNREACHABLE,
    "ConnectTimeoutError": _UNREACHABLE,
    "ProxyConnectionError": _UNREACHABLE,
    "ConnectionClosedError": _BROKE_OFF,
    "ConnectionError": _BROKE_OFF,
    "ReadTimeoutError": _BROKE_OFF,
    "HTTPClientError": _BROKE_OFF,
    "ResponseStreamingError": _BROKE_OFF,
    "IncompleteReadError": _BROKE_OFF,
    "SSLError": "no trusted connection came about. Correct the `endpoint`, or name the authority in AWS_CA_BUNDLE.",
    "ResponseParserError": "what answers there does not talk like S3. Correct the attribute `endpoint`.",
}
_BY_KIND: Final = {
    **_BROKEN,
    "NoCredentialsError": _NO_CREDENTIALS,
    "PartialCredentialsError": _NO_CREDENTIALS,
    "CredentialRetrievalError": _NO_CREDENTIALS,
    "ProfileNotFound": "there is no such profile. Correct the attribute `profile`, or AWS_PROFILE.",
    "UnauthorizedSSOTokenError": _EXPIRED,
    "SSOTokenLoadError": _EXPIRED,
    "TokenRetrievalError": _EXPIRED,
}
