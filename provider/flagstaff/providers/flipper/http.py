"""`source = "api"` and `source = "cloud"`: what they take, and how they are opened.

Nothing here imports the HTTP client: that happens when a store is opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flagstaff.model.configuration import ProviderSettings
from flagstaff.model.live import Json
from flagstaff.providers.endpoints import Credential, Endpoint, check_allowed
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.kinds import Attribute, Source, flag, text
from flagstaff.providers.protocols import Provider, StoreError
from flagstaff.providers.surroundings import Surroundings

if TYPE_CHECKING:
    from flagstaff.providers.flipper.session import Session

CLOUD_URL: Final = "https://www.flippercloud.io/adapter"
CLOUD_HEADER: Final = "Flipper-Cloud-Token"
_SECRETS: Final = ("header_value", "password", "token")


def open_api(settings: ProviderSettings, base: Path, surroundings: Surroundings) -> Provider:
    given = {**settings.settings, **settings.sensitive}
    return _opened(settings, base, surroundings, Endpoint.parse(given["url"]), _credential(given))


def open_cloud(settings: ProviderSettings, base: Path, surroundings: Surroundings) -> Provider:
    given = {**settings.settings, **settings.sensitive}
    endpoint = Endpoint.parse(given.get("url") or CLOUD_URL)
    credential = Credential.token(given["token"], header=CLOUD_HEADER, prefix="")
    return _opened(settings, base, surroundings, endpoint, credential)


def open_session(
    settings: ProviderSettings,
    base: Path,
    surroundings: Surroundings,
    endpoint: Endpoint,
    credential: Credential | None,
) -> Session:
    """A session that has asked nothing yet. Raises `StoreError` where the credential can't go there, or nowhere."""
    from flagstaff.providers.flipper import connection  # noqa: PLC0415 - httpx takes its time
    from flagstaff.providers.flipper.session import Session  # noqa: PLC0415 - httpx takes its time

    if credential is not None and (problem := credential.problem()):
        raise StoreError("Credential can't be sent", problem)
    files = {name: base / settings.settings[name] for name in connection.FILES if settings.settings.get(name)}
    sent = credential.name if credential is not None else "client_certificate" if "client_certificate" in files else ""
    if sent:
        check_allowed(endpoint, sent, surroundings)
    return Session(endpoint, credential, connection.Opener(endpoint, files, endpoint.proxy(surroundings.environment)))


def _opened(
    settings: ProviderSettings,
    base: Path,
    surroundings: Surroundings,
    endpoint: Endpoint,
    credential: Credential | None,
) -> Provider:
    from flagstaff.providers.flipper.api import FlipperApi  # noqa: PLC0415 - httpx takes its time

    store = FlipperApi(open_session(settings, base, surroundings, endpoint, credential))
    return Provider(
        name=f"flipper.{settings.source}",
        title=f'flipper "{endpoint}"',
        dialect=FlipperDialect(atomic=False, allow_gap=bool(settings.settings.get("allow_gap"))),
        reader=store,
        writer=store,
        propagation=settings.propagation,
        close=store.close,
    )


def _credential(given: Mapping[str, Json]) -> Credential | None:
    if given.get("token"):
        return Credential.token(given["token"])
    if given.get("password"):
        return Credential.basic(given["user"], given["password"])
    if given.get("header_value"):
        return Credential.custom(given["header"], given["header_value"])
    return None


def check_settings(settings: ProviderSettings) -> Iterator[str]:
    """What is wrong between the arguments."""
    given = {name for name, value in {**settings.settings, **settings.sensitive}.items() if value is not None}
    for name in sorted(given.intersection(_SECRETS) - set(settings.sensitive)):
        yield (
            f'The argument "{name}" is a secret, and its value is not sensitive, so that the state would hold it. '
            f"Declare a variable with sensitive = true and write {name} = var.NAME."
        )
    for one, other in (("user", "password"), ("header", "header_value"), ("client_certificate", "client_key")):
        if one in given and other not in given:
            yield f'The argument "{one}" needs "{other}" beside it.'
        if other in given and one not in given:
            yield f'The argument "{other}" needs "{one}" beside it.'
    if len(ways := sorted(given.intersection(_SECRETS))) > 1:
        named = " and ".join(f'"{name}"' for name in ways)
        yield f"The arguments {named} are different ways to say who asks. Keep one."
    if ":" in str({**settings.settings, **settings.sensitive}.get("user", "")):
        yield 'The argument "user" holds a colon, and what is before it would be taken for the name.'
    yield from _insecure(settings)


def _insecure(settings: ProviderSettings) -> Iterator[str]:
    endpoint = Endpoint.parse(settings.settings.get("url") or CLOUD_URL)
    if endpoint.scheme == "http" and not endpoint.is_loopback and not settings.settings.get("insecure"):
        yield (
            f'The url "{endpoint}" is not encrypted: everybody on the way can read the credential and change the '
            "answers. Write https, or insecure = true if that is known and accepted."
        )


def _url(value: Json) -> str | None:
    try:
        Endpoint.parse(value if isinstance(value, str) else "")
    except ValueError as error:
        return str(error)
    return None


_COMMON: Final = {
    "ca_bundle": Attribute(
        text,
        meaning="a PEM file of the authorities to trust; from the configuration's directory",
        default="the system's",
    ),
    "client_certificate": Attribute(text, meaning="a PEM file, beside `client_key`"),
    "client_key": Attribute(text, meaning="a PEM file, the key without a password"),
    "insecure": Attribute(flag, meaning="`true`: `http` to another machine is accepted", default="`false`"),
    "allow_gap": Attribute(
        flag,
        meaning="`true`: a toggle that is on by its boolean may go to a percentage, with everybody off for a moment in "
        "between",
        default="`false`",
    ),
}


def _secret(meaning: str, *, required: bool = False) -> Attribute:
    return Attribute(text, required, credential=True, meaning=meaning)


API: Final = Source(
    {
        "url": Attribute(
            _url,
            required=True,
            meaning='where the API is mounted: `"https://flipper.example.gov/flipper/api"`',
        ),
        "token": _secret("sent as `Authorization: Bearer`"),
        "user": _secret("basic authentication"),
        "password": _secret("basic authentication"),
        "header": Attribute(text, meaning="a header of the server's own"),
        "header_value": _secret("what is sent in it"),
        **_COMMON,
    },
    open_api,
    check_settings,
    "a server with flipper-api",
)
CLOUD: Final = Source(
    {
        "url": Attribute(_url, meaning="where the API is mounted", default=f"`{CLOUD_URL}`"),
        "token": _secret(f"sent as `{CLOUD_HEADER}`", required=True),
        **_COMMON,
    },
    open_cloud,
    check_settings,
    "Flipper Cloud",
)
