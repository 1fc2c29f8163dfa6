"""`source = "api"` and `"cloud"`: their arguments, where their credentials may go, and how they connect."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import certifi
import httpx
import pytest

from flagstaff.diagnostics import Failure, Position, Range
from flagstaff.model.configuration import ProviderSettings
from flagstaff.providers.endpoints import Credential, Endpoint
from flagstaff.providers.flipper.connection import Opener
from flagstaff.providers.protocols import StoreError
from flagstaff.providers.registry import check_settings, open_provider
from flagstaff.providers.surroundings import Surroundings
from flagstaff.testing.flipper_double import FlipperDouble, token_auth
from flagstaff.testing.flipper_server import serving

RANGE = Range("main.hcl", Position(3, 1, 40), Position(3, 20, 59))
URL = "https://flipper.example.gov/api"
CANARY = "canary-4f1d9c7e"
HERE = Path()


def settings(source="api", sensitive=None, **attributes) -> ProviderSettings:
    return ProviderSettings("flipper", source, attributes, sensitive or {}, range=RANGE)


def said(given):
    return [(item.summary, item.detail) for item in check_settings(given)]


@pytest.mark.parametrize(
    "given",
    [
        settings(url=URL),
        settings(url=URL, sensitive={"token": "x"}),
        settings(url=URL, user="ci", sensitive={"password": "x"}),
        settings(url=URL, sensitive={"user": "ci", "password": "x"}),
        settings(url=URL, header="X-Token", sensitive={"header_value": "x"}),
        settings(url=URL, ca_bundle="ca.pem", client_certificate="c.pem", client_key="k.pem", allow_gap=True),
        settings(url="http://flipper.example.gov", insecure=True),
        settings(url="http://localhost:3000/flipper/api"),
        settings(url="http://127.0.0.1"),
        settings(url="http://[::1]:3000"),
        settings("cloud", {"token": "x"}),
        settings("cloud", {"token": "x"}, url="https://cloud.example.gov/adapter"),
    ],
)
def test_good_settings(given):
    assert check_settings(given) == ()


@pytest.mark.parametrize(
    ("given", "summary", "detail"),
    [
        (settings(), "Missing required argument", 'The argument "url" is required for the source "api".'),
        (settings("cloud"), "Missing required argument", 'The argument "token" is required for the source "cloud".'),
        (
            settings(url="flipper.example.gov"),
            "Incorrect attribute value",
            'The argument "url" must be an address such as "https://flipper.example.gov/api", without ? and #.',
        ),
        (
            settings(url=5),
            "Incorrect attribute value",
            'The argument "url" must be an address such as "https://flipper.example.gov/api", without ? and #.',
        ),
        (
            settings(url="https://ci:secret@flipper.example.gov"),
            "Incorrect attribute value",
            'The argument "url" must not hold a name or a password: give user and password as arguments of their own.',
        ),
        (
            settings(url=URL, allow_gap="yes"),
            "Incorrect attribute value",
            'The argument "allow_gap" must be true or false.',
        ),
        (
            settings(url=URL, token=CANARY),
            "Invalid provider settings",
            (
                'The argument "token" is a secret, and its value is not sensitive, so that the state would hold it. '
                "Declare a variable with sensitive = true and write token = var.NAME."
            ),
        ),
        (
            settings(url=URL, user="ci"),
            "Invalid provider settings",
            'The argument "user" needs "password" beside it.',
        ),
        (
            settings(url=URL, sensitive={"header_value": "x"}),
            "Invalid provider settings",
            'The argument "header_value" needs "header" beside it.',
        ),
        (
            settings(url=URL, user="ci", sensitive={"password": "x", "token": "y"}),
            "Invalid provider settings",
            'The arguments "password" and "token" are different ways to say who asks. Keep one.',
        ),
        (
            settings(url=URL, user="c:i", sensitive={"password": "x"}),
            "Invalid provider settings",
            'The argument "user" holds a colon, and what is before it would be taken for the name.',
        ),
        (
            settings(url="http://flipper.example.gov"),
            "Invalid provider settings",
            (
                'The url "http://flipper.example.gov" is not encrypted: everybody on the way can read the credential '
                "and change the answers. Write https, or insecure = true if that is known and accepted."
            ),
        ),
    ],
)  # fmt: skip
def test_mistakes(given, summary, detail):
    assert said(given) == [(summary, detail)]
    with pytest.raises(Failure) as failure:
        open_provider(given, HERE, surroundings=Surroundings())
    assert failure.value.diagnostics == check_settings(given)
    assert CANARY not in str(failure.value)


def test_what_is_not_known_yet_is_not_judged():
    given = ProviderSettings("flipper", "api", {"user": "ci"}, {}, unknown=frozenset({"url"}))
    assert check_settings(given) == ()


@pytest.mark.parametrize(
    ("url", "place", "shown"),
    [
        ("https://Flipper.Example.gov", "flipper.example.gov", "https://flipper.example.gov"),
        ("HTTPS://flipper.example.gov:443/Api/", "flipper.example.gov", "https://flipper.example.gov/Api"),
        ("http://flipper_api:3000/a//b", "flipper_api:3000", "http://flipper_api:3000/a//b"),
        ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://10.0.0.1:80", "10.0.0.1", "http://10.0.0.1"),
    ],
)
def test_endpoints(url, place, shown):
    endpoint = Endpoint.parse(url)
    assert (endpoint.place, str(endpoint)) == (place, shown)
    assert Endpoint.parse(str(endpoint)) == endpoint
    assert httpx.URL(str(endpoint)).raw_host.decode() == endpoint.host.strip("[]")


@pytest.mark.parametrize(
    "url",
    [
        "", "https://", "ftp://example.gov", "//example.gov", "https://example.gov?a=b", "https://example.gov/#x",
        "https://example.gov\\@evil.example", "https://exa mple.gov", "https://example.gov\n", "https://éxample.gov",
        "https://-example.gov", "https://example.gov.", "https://example.gov:0", "https://example.gov:65536",
        "https://example.gov/a/../b", "https://example.gov/./b", "https://user@example.gov", "https://@example.gov",
        "https://example.gov:port",
    ],
)  # fmt: skip
def test_addresses_that_could_be_read_in_two_ways_are_refused(url):
    with pytest.raises(ValueError, match=r"^(must|has) "):
        Endpoint.parse(url)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost", True), ("http://127.8.9.1:80", True), ("http://[::1]", True),
        ("http://localhost.example", False), ("http://127.1", False), ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
    ],
)  # fmt: skip
def test_the_loopback(url, here):
    assert Endpoint.parse(url).is_loopback == here


def surroundings(allowed="", *lines, **environment):
    return Surroundings({"FLAGSTAFF_ALLOWED_HOSTS": allowed, **environment}, lines)


WITH_TOKEN = settings(url=URL, sensitive={"token": CANARY})


@pytest.mark.parametrize(
    "around",
    [
        surroundings("flipper.example.gov"),
        surroundings("other.example, FLIPPER.example.gov ,"),
        surroundings("flipper.example.gov:443"),
        surroundings("", "# ours", "flipper.example.gov  # production"),
    ],
)
def test_a_credential_goes_to_hosts_that_are_listed(around, tmp_path):
    assert open_provider(WITH_TOKEN, tmp_path, surroundings=around).title == f'flipper "{URL}"'


@pytest.mark.parametrize(
    "around",
    [
        Surroundings(),
        surroundings("other.example.gov"),
        surroundings("example.gov"),
        surroundings("flipper.example.gov:8443"),
        surroundings("flipper.example.gov.evil.example"),
        surroundings("", "# flipper.example.gov"),
    ],
)
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (WITH_TOKEN, "token"),
        (settings(url=URL, user="ci", sensitive={"password": CANARY}), "password"),
        (settings(url=URL, header="X-Token", sensitive={"header_value": CANARY}), "header_value"),
        (settings(url=URL, client_certificate="c.pem", client_key="k.pem"), "client_certificate"),
    ],
)
def test_a_credential_goes_nowhere_else(given, sent, around, tmp_path):
    with pytest.raises(Failure) as failure:
        open_provider(given, tmp_path, surroundings=around)
    (diagnostic,) = failure.value.diagnostics
    assert diagnostic.summary == "Credential not allowed for this host"
    assert diagnostic.detail.startswith(
        f"The configuration would send its {sent} to flipper.example.gov, and nothing outside the repository allows "
        'that, so no request was made. If that host is the right one, add "flipper.example.gov" to the environment '
        "variable FLAGSTAFF_ALLOWED_HOSTS (comma separated), or as a line of its own to ~/.config/flagstaff/hosts."
    )
    assert diagnostic.range == RANGE
    assert CANARY not in str(failure.value)


def test_another_port_is_another_place(tmp_path):
    given = settings(url="https://flipper.example.gov:8443", sensitive={"token": CANARY})
    with pytest.raises(Failure, match=r'add "flipper\.example\.gov:8443" to'):
        open_provider(given, tmp_path, surroundings=surroundings("flipper.example.gov"))
    open_provider(given, tmp_path, surroundings=surroundings("flipper.example.gov:8443"))


def test_a_slip_in_the_list_is_named(tmp_path):
    with pytest.raises(Failure) as failure:
        open_provider(WITH_TOKEN, tmp_path, surroundings=surroundings("https://flipper.example.gov/api"))
    assert '"https://flipper.example.gov/api" is listed, but an entry is a host, or host:port' in str(failure.value)


def test_cloud_is_bound_as_any_other_host(tmp_path):
    given = settings("cloud", {"token": CANARY})
    with pytest.raises(Failure, match=r'add "www\.flippercloud\.io" to'):
        open_provider(given, tmp_path, surroundings=Surroundings())
    provider = open_provider(given, tmp_path, surroundings=surroundings("www.flippercloud.io"))
    assert (provider.name, provider.title) == ("flipper.cloud", 'flipper "https://www.flippercloud.io/adapter"')


def test_without_a_credential_no_entry_is_needed(tmp_path):
    provider = open_provider(settings(url=URL, allow_gap=True), tmp_path, surroundings=Surroundings())
    assert provider.dialect.allow_gap
    assert not provider.dialect.atomic
    assert not provider.embedded
    assert open_provider(settings(url=URL), tmp_path, writable=False, surroundings=Surroundings()).writer is None


def test_this_machine_needs_no_entry_and_no_proxy(tmp_path):
    double = FlipperDouble(authorized=token_auth(CANARY))
    double.put("a", {})
    around = surroundings("", HTTP_PROXY="http://127.0.0.1:1", ALL_PROXY="http://127.0.0.1:1")
    with serving(double) as server:
        given = settings(url=server.url, sensitive={"token": CANARY})
        provider = open_provider(given, tmp_path, surroundings=around)
        assert list(provider.reader.read().toggles) == ["a"]
        provider.writer.close()


@pytest.mark.parametrize("token", ["a\n", " a", "a b ", "ä", "a\tb", "\x7f"])
def test_tokens_that_no_header_carries(token, tmp_path):
    given = settings(url="http://localhost:3000", sensitive={"token": token})
    with pytest.raises(Failure) as failure:
        open_provider(given, tmp_path, surroundings=Surroundings())
    (diagnostic,) = failure.value.diagnostics
    assert diagnostic.summary == "Credential can't be sent"
    assert diagnostic.detail == (
        "The token holds a character that no header can carry, or white space at an end: often the line break of the "
        "file that it was read from. Take that out."
    )


@pytest.mark.parametrize("header", ["Host", "content-type", "X Token", "X:Token", "X\nToken"])
def test_headers_that_carry_no_credential(header):
    assert "can't carry a credential" in Credential.custom(header, "x").problem()
    assert Credential.custom("X-Token", "x").problem() is None


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ({"https_proxy": "http://proxy:3128", "HTTP_PROXY": "http://no"}, "http://proxy:3128"),
        ({"ALL_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ({"HTTP_PROXY": "http://proxy:3128"}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "other.gov, .example.gov"}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "no_proxy": "flipper.example.gov:443"}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "no_proxy": "*"}, None),
        ({"HTTPS_PROXY": "http://proxy:3128", "no_proxy": "ample.gov,,"}, "http://proxy:3128"),
    ],
)
def test_the_proxy_is_the_environments(environment, proxy):
    assert Endpoint.parse(URL).proxy(environment) == proxy


def test_the_surroundings_of_a_process(tmp_path, monkeypatch):
    (tmp_path / "flagstaff").mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("FLAGSTAFF_ALLOWED_HOSTS", "a.example,B.example:81")
    assert Surroundings.of_process().allowed_hosts == ("a.example", "b.example:81")
    (tmp_path / "flagstaff" / "hosts").write_text("c.example\n\n# d.example\na.example # twice\n", encoding="utf-8")
    around = Surroundings.of_process()
    assert around.allowed_hosts == ("a.example", "b.example:81", "c.example")
    assert "a.example,B" not in repr(around)
    (tmp_path / "flagstaff" / "hosts").write_bytes(b"\xff")
    assert Surroundings.of_process().hosts == ()


# The connection.


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"ca_bundle": "nowhere.pem"}, "ca_bundle ({0}/nowhere.pem): it can't be read."),
        ({"ca_bundle": "garbage.pem"}, "ca_bundle ({0}/garbage.pem): it holds no PEM that can be used."),
        (
            {"client_certificate": "garbage.pem", "client_key": "garbage.pem"},
            "client_certificate or client_key ({0}/garbage.pem): it holds no PEM that can be used.",
        ),
        (
            {"client_certificate": "nowhere.pem", "client_key": "garbage.pem"},
            "client_certificate or client_key ({0}/nowhere.pem): it can't be read.",
        ),
    ],
)
def test_certificates_that_cant_be_used(files, text, tmp_path):
    (tmp_path / "garbage.pem").write_text("garbage", encoding="utf-8")
    provider = open_provider(settings(url=URL, **files), tmp_path, surroundings=surroundings("flipper.example.gov"))
    with pytest.raises(StoreError) as caught:
        provider.reader.read()
    assert caught.value.summary == "Certificate can't be used"
    assert caught.value.detail.startswith(text.format(tmp_path))


@pytest.mark.parametrize("files", [{}, {"ca_bundle": Path(certifi.where())}])
def test_secure_connections_are_made_with_the_authorities_that_were_named(files):
    Opener(Endpoint.parse(URL), files)().close()


def test_a_proxy_that_is_none():
    opener = Opener(Endpoint.parse(URL), {}, f"nonsense://user:{CANARY}@proxy")
    assert CANARY not in repr(opener)
    with pytest.raises(StoreError) as caught:
        opener()
    assert caught.value.summary == "Proxy can't be used"
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


def test_nothing_of_it_is_imported_before_a_store_is_opened():
    code = (
        "import sys; from flagstaff.model.configuration import ProviderSettings as S;"
        "from flagstaff.providers.registry import check_settings;"
        f"assert check_settings(S('flipper', 'api', {{'url': '{URL}'}})) == (); assert 'httpx' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
