"""`source = "sql"`: what it takes, and how it is opened."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flagstaff.model.configuration import ProviderSettings
from flagstaff.model.live import Json
from flagstaff.postgres.url import check, parse
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.flipper.sql import LOCK_TIMEOUT, STATEMENT_TIMEOUT, Access, SqlStore
from flagstaff.providers.kinds import Attribute, Source, duration, parse_duration, text
from flagstaff.providers.protocols import Provider, StoreError
from flagstaff.providers.surroundings import ALLOWED_HOSTS, HOSTS_FILE, Surroundings

_PORT: Final = "5432"


def open_sql(settings: ProviderSettings, _: Path, surroundings: Surroundings) -> Provider:
    """Raises `StoreError`. Nothing is asked of the database yet."""
    given = {**settings.settings, **settings.sensitive}
    access = Access(parse(given["url"]), given.get("password") or "", "url" in settings.sensitive)
    if access.password or access.place.password:
        check_allowed(access, surroundings)
    store = SqlStore(
        access,
        given.get("schema") or "",
        given.get("table_prefix") or "",
        statement_timeout=parse_duration(given.get("statement_timeout") or "") or STATEMENT_TIMEOUT,
        lock_timeout=parse_duration(given.get("lock_timeout") or "") or LOCK_TIMEOUT,
    )
    return Provider(
        name="flipper.sql",
        title="flipper (sensitive url)" if access.secret else f'flipper "{access.place}"',
        dialect=FlipperDialect(atomic=True),
        reader=store,
        writer=store,
        propagation=settings.propagation,
    )


def check_allowed(access: Access, surroundings: Surroundings) -> None:
    """Raises `StoreError` unless the password may go to every host of the place: to this machine, or to hosts
    that are listed outside the repository."""
    listed = surroundings.allowed_hosts
    for host, port in access.place.hosts:
        place = f"{host}:{port or _PORT}".lower()
        usual = port in {"", _PORT} and host.lower() in listed
        if not (usual or place in listed or _is_here(host)):
            named = "that host" if access.secret else place
            raise StoreError(
                "Credential not allowed for this host",
                f"The configuration would send its password to {named}, and nothing outside the repository allows "
                f'that, so no connection was made. If that host is the right one, add it (as "host:port") to the '
                f"environment variable {ALLOWED_HOSTS} (comma separated), or as a line of its own to {HOSTS_FILE}.",
            )


def check_secrets(settings: ProviderSettings) -> Iterator[str]:
    """What isn't a sensitive value is shown and stored."""
    in_url = bool(parse(settings.sensitive.get("url") or settings.settings["url"]).password)
    if in_url and "url" not in settings.sensitive:
        yield (
            "The url holds a password, and would be shown and stored. Take the password out of it, declare a variable "
            "with sensitive = true, and write password = var.NAME beside the url."
        )
    if settings.settings.get("password") is not None:
        yield (
            'The argument "password" is not a sensitive value, and would be stored. Declare a variable with '
            "sensitive = true, and write password = var.NAME."
        )
    if in_url and "password" in settings.sensitive:
        yield 'The url holds a password, and the argument "password" gives another. Keep one.'


def _is_here(host: str) -> bool:
    """This machine: a socket's directory, or the loopback."""
    try:
        return host.startswith("/") or host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name(value: Json) -> str | None:
    if isinstance(value, str) and value and "\0" not in value and len(value.encode()) <= 40:
        return None
    return "must be a name of at most 40 bytes"


SQL: Final = Source(
    {
        "url": Attribute(
            check,
            required=True,
            credential=True,
            meaning="`postgresql://user@host:5432/database?sslmode=verify-full`; several hosts as in libpq, a socket's "
            "directory as the host with `%2F` for `/`. With a password in it, it must come from a sensitive variable, "
            "and nothing of it is shown",
        ),
        "password": Attribute(text, credential=True, meaning="from a sensitive variable"),
        "schema": Attribute(_name, meaning="where the tables are", default="the user's search path"),
        "table_prefix": Attribute(_name, meaning="before `flipper_features` and `flipper_gates`"),
        "statement_timeout": Attribute(
            duration,
            meaning="the longest that one statement may take",
            default=f'`"{STATEMENT_TIMEOUT.total_seconds():.0f}s"`',
        ),
        "lock_timeout": Attribute(
            duration,
            meaning="the longest to wait for another transaction's lock, three times",
            default=f'`"{LOCK_TIMEOUT.total_seconds():.0f}s"`',
        ),
    },
    open_sql,
    check_secrets,
    "Flipper's tables on PostgreSQL",
)
