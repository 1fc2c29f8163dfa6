"""What a backend "s3" may say, and what is said of the rest."""

import sys

import pytest

from flagstaff.state.s3 import store as s3
from flagstaff.state.s3.settings import ATTRIBUTES, S3Settings, check
from flagstaff.state.store import StateError

SOUND = {"bucket": "va-flagstaff", "key": "va/production.json"}
SECRET = "made-up secret"


def details(**settings):
    found = check({**SOUND, **settings})
    assert {summary for summary, _ in found} <= {"Invalid S3 setting"}
    return [detail for _, detail in found]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"region": "us-gov-west-1", "profile": "va"},
        {"endpoint": "https://s3.example.gov:9000/", "path_style": True},
        {"endpoint": "http://127.0.0.1:8333", "path_style": "true"},
        {"endpoint": "http://localhost:8333", "path_style": "false"},
        {"endpoint": "http://[::1]:8333"},
        {"bucket": "arn:aws-us-gov:s3:us-gov-west-1:123456789012:accesspoint/va"},
        {"encryption": "AES256"},
        {"encryption": "aws:kms", "kms_key": "alias/va"},
        {"access_key": "A", "secret_key": "S"},
        {"access_key": "A", "secret_key": "S", "session_token": "T"},
        {"key": "a"},
        {"key": "Zustände/prod.json"},
        {"region": None, "path_style": None},
    ],
)
def test_sound_settings(settings):
    assert check(SOUND | settings) == []


def test_the_settings_are_read_as_they_are():
    read = S3Settings.of(SOUND | {"path_style": "true", "region": None, "secret_key": SECRET, "access_key": "AK"})
    assert (read.bucket, read.key, read.place) == ("va-flagstaff", SOUND["key"], "s3://va-flagstaff/va/production.json")
    assert read.path_style is True
    assert read.region is None
    assert SECRET not in repr(read)
    assert "AK" not in repr(read)
    assert ATTRIBUTES[:2] == ("bucket", "key")


def test_bucket_and_key_are_needed():
    found = check({})
    assert [summary for summary, _ in found] == ["Missing S3 setting"] * 2
    bucket, key = (detail for _, detail in found)
    assert bucket == 'The backend "s3" needs the attribute "bucket": the name of the bucket that holds the state.'
    assert key.startswith('The backend "s3" needs the attribute "key": the name of the state in the bucket, such as')


@pytest.mark.parametrize("name", [name for name in ATTRIBUTES if name != "path_style"])
@pytest.mark.parametrize("value", ["", " ", 7, True, ["x"]])
def test_a_text_is_a_text(name, value):
    assert f'The attribute "{name}" of the backend "s3" must be a string that is not empty.' in details(**{name: value})


@pytest.mark.parametrize(
    "bucket", ["Va", "va/state", "s3://va", "va_state", "v", "-va", "https://va.example.gov", "a" * 64]
)
def test_a_bucket_is_a_plain_name(bucket):
    (detail,) = details(bucket=bucket)
    assert detail.startswith('The attribute "bucket" must be the plain name of a bucket')


@pytest.mark.parametrize("key", ["/a", "a/", "a//b", "a/../b", "./a", "..", "a\nb", "a\0"])
def test_a_key_is_a_clean_name(key):
    (detail,) = details(key=key)
    assert detail.startswith(
        'The attribute "key" must name an object, such as "va/production.json": no "/" at its ends'
    )


def test_a_key_leaves_room_for_the_journal():
    assert details(key="ü" * 490) == []
    assert details(key="ü" * 490 + "x") == ['The attribute "key" is longer than 980 bytes.']


@pytest.mark.parametrize(
    ("endpoint", "problem"),
    [
        (f"https://me:{SECRET.replace(' ', '')}@s3.example.gov", "must not hold a name or a password"),
        ("s3.example.gov", "must be an address such as"),
        ("ftp://s3.example.gov", "must be an address such as"),
        ("https://", "must be an address such as"),
        ("https://s3.example.gov?x=1", "must be an address such as"),
        ("https://s3.example.gov#x", "must be an address such as"),
        ("https://s3.example gov", "must be an address such as"),
        ("https://s3.example.gov:x", "must be an address such as"),
        ("https://[::1", "must be an address such as"),
        ("http://s3.example.gov", "must begin with https://"),
        ("http://10.0.0.1:9000", "must begin with https://"),
    ],
)
def test_an_endpoint_is_a_safe_address_and_not_repeated(endpoint, problem):
    (detail,) = details(endpoint=endpoint)
    assert detail.startswith(f'The attribute "endpoint" {problem}')
    assert SECRET.replace(" ", "") not in detail


@pytest.mark.parametrize("value", ["yes", 1.5, "", ["x"]])
def test_path_style_is_a_truth_value(value):
    assert details(path_style=value) == ['The attribute "path_style" must be true or false.']


def test_encryption_is_one_of_two():
    (detail,) = details(encryption="rot13")
    assert detail.startswith('The attribute "encryption" must be "AES256" or "aws:kms"')
    for settings in ({"kms_key": "alias/va"}, {"kms_key": "alias/va", "encryption": "AES256"}):
        assert details(**settings) == ['The attribute "kms_key" has no effect without `encryption = "aws:kms"`.']


def test_credentials_come_whole():
    both = 'The attributes "access_key" and "secret_key" belong together: give both, or neither.'
    assert details(access_key="A") == [both]
    assert details(secret_key=SECRET) == [both]
    (detail,) = details(session_token=SECRET)
    assert detail.startswith('The attribute "session_token" belongs to "access_key" and "secret_key"')
    (detail,) = details(access_key="A", secret_key=SECRET, profile="va")
    assert detail.startswith('The attributes "profile" and "access_key" are two ways to say who asks')


def opened(**settings):
    with pytest.raises(StateError) as caught:
        s3.open_(SOUND | settings)
    return caught.value.summary, caught.value.detail


def test_without_boto3_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert opened() == (
        "S3 support is not installed",
        'The backend "s3" needs the Python package `boto3`. Install it: `pip install "flagstaff[s3]"`.',
    )


def test_what_boto3_does_not_take_is_told_when_it_is_opened(monkeypatch, tmp_path):
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    summary, detail = opened(profile="nobody")
    assert summary == "State is not accessible"
    assert detail == (
        "s3://va-flagstaff/va/production.json: there is no such profile. Correct the attribute `profile`, or "
        "AWS_PROFILE. Nothing was changed."
    )
    assert "boto3 gave up (ValueError). Look at the settings" in opened(endpoint="https://s3_.example.gov")[1]
    assert "boto3 gave up (InvalidRegionError). Look at the settings" in opened(region="a b")[1]


def test_without_credentials_it_is_said_how_to_give_them(monkeypatch, tmp_path):
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    store = s3.open_(SOUND | {"endpoint": "http://127.0.0.1:1"})
    with pytest.raises(StateError) as caught:
        store.load()
    assert "there are no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in caught.value.detail
