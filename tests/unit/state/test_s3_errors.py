"""What S3's refusals are called, and which of them leave the outcome of a write open."""

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError

from flagstaff.state.s3.errors import Answer, trouble


def answer(status, code=None, message=None):
    told = {name: text for name, text in (("Code", code), ("Message", message)) if text is not None}
    return Answer.of(ClientError({"Error": told, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject"))


def detail(what):
    return trouble("Summary", what, "s3://b/k", "Nothing was changed.").detail


@pytest.mark.parametrize(
    ("status", "code", "final"),
    [
        (403, "AccessDenied", True),
        (301, "PermanentRedirect", True),
        (400, "ExpiredToken", True),
        (404, "NoSuchBucket", True),
        (501, "NotImplemented", True),
        (404, "NoSuchKey", False),
        (409, "ConditionalRequestConflict", False),
        (409, "OperationAborted", False),
        (412, "PreconditionFailed", False),
        (400, "RequestTimeout", False),
        (429, "TooManyRequests", False),
        (500, "InternalError", False),
        (503, "SlowDown", False),
    ],
)
def test_which_refusals_are_final(status, code, final):
    assert answer(status, code).is_final is final


def test_a_bare_status_is_a_code():
    assert answer(412).is_lost
    assert answer(404).is_missing
    assert detail(answer(403)).startswith("s3://b/k: access denied.")
    assert detail(answer(502)) == (
        "s3://b/k: the server is in trouble (502). Wait a little and run the command again. Nothing was changed."
    )
    assert detail(answer(418)) == "s3://b/k: the server refused (418, status 418). Nothing was changed."
    assert not Answer.of(ClientError({}, "PutObject")).message


def test_a_broken_way_is_told_by_its_kind_and_leaves_the_outcome_open():
    broken = {
        exceptions.EndpointConnectionError(endpoint_url="http://x"): "the server can't be reached.",
        exceptions.ConnectTimeoutError(endpoint_url="http://x"): "the server can't be reached.",
        exceptions.ConnectionClosedError(endpoint_url="http://x"): "the connection broke off,",
        exceptions.ReadTimeoutError(endpoint_url="http://x"): "the connection broke off,",
        exceptions.SSLError(endpoint_url="https://x", error="y"): "no trusted connection came about.",
    }
    for error, words in broken.items():
        assert detail(Answer.of(error)).startswith(f"s3://b/k: {words}")
        assert not Answer.of(error).is_final


def test_missing_and_old_credentials_are_told_and_final():
    for error, words in {
        exceptions.NoCredentialsError(): "there are no credentials.",
        exceptions.UnauthorizedSSOTokenError(): "the credentials have expired.",
        exceptions.ProfileNotFound(profile="x"): "there is no such profile.",
        exceptions.NoRegionError(): "boto3 gave up (NoRegionError). Look at the settings of the backend.",
    }.items():
        assert detail(Answer.of(error)).startswith(f"s3://b/k: {words}")
        assert Answer.of(error).is_final
