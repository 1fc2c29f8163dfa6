"""A PostgreSQL URL: where it leads and what it asks for. Pure.

The connection is made from what is read here, never from the text, so that no second reading of it can lead to
another host. Messages never repeat the URL: it may hold a password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from flagstaff.diagnostics import did_you_mean
from flagstaff.model.live import Json

EXAMPLE: Final = '"postgresql://user@host:5432/database"'

_URL: Final = re.compile(
    r"postgres(?:ql)?://"
    r"(?:(?P<user>[^:@/?#\s]*)(?::(?P<password>[^:@/?#\s]*))?@)?"
    r"(?P<hosts>[^@/?#\s]*)(?:/(?P<database>[^/?#\s]*))?(?:\?(?P<query>[^?#\s]*))?"
)
_HOST: Final = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<name>[^\[\]:]+))(?::(?P<port>\d{1,5}))?")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")

# Parameters of libpq that change neither who is asked nor what is sent to them, nor name a file of credentials.
_PARAMETERS: Final = frozenset({
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "sslsni", "sslnegotiation",
    "ssl_min_protocol_version", "ssl_max_protocol_version", "channel_binding", "require_auth", "gssencmode",
    "krbsrvname", "target_session_attrs", "load_balance_hosts", "connect_timeout", "application_name", "keepalives",
    "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
})  # fmt: skip


class UrlError(ValueError):
    """The text is no URL that is taken; `str()` goes on from "the argument ..."."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads. `hosts` are names, addresses or directories of sockets, each with its port ("" is 5432)."""

    hosts: tuple[tuple[str, str], ...]
    database: str
    user: str = ""
    password: str = field(default="", repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Without user and password."""
        hosts = ",".join(f"{_bracketed(host)}:{port}" if port else _bracketed(host) for host, port in self.hosts)
        return f"postgresql://{hosts}/{self.database}"


def parse(url: str) -> Place:
    """Read a URL as libpq does, but strictly; raises `UrlError`."""
    match = _URL.fullmatch(url)
    if match is None or _BAD_ESCAPE.search(url):
        raise UrlError(
            f"must be a URL such as {EXAMPLE}, with %-escapes for characters that mean something in a URL "
            "(@ : / ? # % and blanks)"
        )
    parameters = _query(match["query"] or "")
    in_query = parameters.pop("host", ""), parameters.pop("port", "")
    hosts = _hosts(match["hosts"], *in_query)
    database = _plain(match["database"] or "")
    if not hosts or not database:
        raise UrlError(f"must name a {'database' if hosts else 'host'}, as in {EXAMPLE}")
    return Place(hosts, database, _plain(match["user"] or ""), _plain(match["password"] or ""), parameters)


def check(value: Json) -> str | None:
    """What is wrong with it as an attribute's value."""
    if not isinstance(value, str):
        return f"must be a URL such as {EXAMPLE}"
    try:
        parse(value)
    except UrlError as error:
        return str(error)
    return None


def _query(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in text.split("&") if text else ():
        name, equals, value = pair.partition("=")
        if name not in _PARAMETERS | {"host", "port"}:
            raise UrlError(_refused(name))
        if not equals or name in found:
            raise UrlError(f'must give the parameter "{name}" once, with a value')
        found[name] = _plain(value)
    return found


def _refused(name: str) -> str:
    if name in {"user", "password", "dbname"}:
        return f'takes no parameter "{name}": it stands before the question mark, as in {EXAMPLE}'
    known = re.fullmatch(r"[a-z_]{1,40}", name) is not None
    called = f'parameter "{name}"' if known else "parameter of that name"
    return f"takes no {called}.{did_you_mean(name, _PARAMETERS)}".removesuffix(".")


def _hosts(authority: str, host: str, port: str) -> tuple[tuple[str, str], ...]:
    if authority and host:
        raise UrlError("must name its host once, before the database or as a parameter")
    if host:
        if "," in host or (port and not port.isdecimal()):
            raise UrlError("must name one host as a parameter, and its port as a number")
        return ((host, port),)
    if port:
        raise UrlError("must give its port behind the host")
    return tuple(_host(part) for part in authority.split(",")) if authority else ()


def _host(text: str) -> tuple[str, str]:
    match = _HOST.fullmatch(text)
    if match is None or not 0 < int(match["port"] or 5432) < 65_536:
        raise UrlError(f"must name its host and port as in {EXAMPLE}")
    host = match["v6"] or _plain(match["name"])
    if "," in host:
        raise UrlError(f"must name its host and port as in {EXAMPLE}")
    return host, match["port"] or ""


def _plain(text: str) -> str:
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        plain = "\0"
    if "\0" in plain:
        raise UrlError("must hold %-escapes of UTF-8 text")
    return plain


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
