"""The settings of the PostgreSQL store: what a `backend "postgres"` block may say, and what the driver gets. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from flagstaff.postgres.driver import DEFAULTS
from flagstaff.postgres.url import Place, UrlError, parse
from flagstaff.postgres.url import check as check_url

DEFAULT_SCHEMA: Final = "flagstaff"
DEFAULT_NAME: Final = "default"
URL_VARIABLE: Final = "FLAGSTAFF_STATE_URL"
# Any of these says that libpq's own variables name the database.
_LIBPQ: Final = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE")


def check(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong: summary and detail of each problem. The url is not repeated."""
    given = {name: value for name, value in settings.items() if value is not None}
    found = []
    if "url" in given and (wrong := check_url(given["url"])):
        found.append(f'The attribute "url" of the backend "postgres" {wrong}.')
    for name, longest in (("schema", 63), ("name", 200)):
        value = given.get(name, "x")
        if not isinstance(value, str) or not value.strip() or "\0" in value or len(value.encode()) > longest:
            found.append(f'The attribute "{name}" of the backend "postgres" must be a name of at most {longest} bytes.')
    return [("Invalid PostgreSQL setting", detail) for detail in found]


def secrets(settings: Mapping[str, Any]) -> Iterator[str]:
    """A url without a password is none."""
    url = settings.get("url")
    if isinstance(url, str) and check_url(url) is None and parse(url).password:
        yield "url"


def title(settings: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    """Where the state is, without user and password."""
    url, name = settings.get("url") or environment.get(URL_VARIABLE), settings.get("name", DEFAULT_NAME)
    if isinstance(url, str) and check_url(url) is None:
        place = str(parse(url))
    else:
        place = f"{environment.get('PGHOST', 'localhost')}/{environment.get('PGDATABASE', '')}"
    return f'{place}, state "{name}"'


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """`place` None: libpq's own variables name the database. `trusted`: the place comes from outside the repository,
    so that a password of the environment may go there."""

    place: Place | None
    schema: str = DEFAULT_SCHEMA
    name: str = DEFAULT_NAME
    trusted: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, settings: Mapping[str, Any], environment: Mapping[str, str], *, trusted: bool) -> Self:
        """From settings in which `check` finds nothing. Raises `UrlError`, whose text goes on from "the url ..."."""
        given = {name: value for name, value in settings.items() if value is not None}
        url = given.get("url")
        if url is None and environment.get(URL_VARIABLE):
            url, trusted = environment[URL_VARIABLE], True
        if url is None and not any(environment.get(name) for name in _LIBPQ):
            raise UrlError(
                f"is missing: give it in the backend block (without a password), with -backend-config, or as "
                f"{URL_VARIABLE}"
            )
        place = None if url is None else parse(url)
        return cls(
            place,
            given.get("schema", DEFAULT_SCHEMA),
            given.get("name", DEFAULT_NAME),
            trusted,
            _parameters(place, trusted=trusted),
        )

    @property
    def shown(self) -> str:
        """The database, as messages name it."""
        return "the database of PGHOST and PGDATABASE" if self.place is None else f'"{self.place}"'

    @property
    def state(self) -> str:
        """The state, as messages name it."""
        return f'the state "{self.name}" in {self.shown}'


def _parameters(place: Place | None, *, trusted: bool) -> Mapping[str, str]:
    """For the driver.

    A host that a repository names gets no password but its user's own (~/.pgpass, which is bound to hosts): what is
    set here, even to nothing, keeps the variables of libpq out.
    """
    fixed = {"client_encoding": "utf8", "options": ""}
    if place is None:
        return {**DEFAULTS, **fixed}
    password = {"password": place.password} if place.password or not trusted else {}
    return {
        **DEFAULTS,
        **place.parameters,
        "host": ",".join(host for host, _ in place.hosts),
        "port": ",".join(port or "5432" for _, port in place.hosts),
        "dbname": place.database,
        **({"user": place.user} if place.user else {}),
        **password,
        **fixed,
    }
