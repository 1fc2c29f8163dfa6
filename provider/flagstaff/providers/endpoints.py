"""Where a store answers, what is sent along to prove who asks, and whether that may go there.

Strict: an address that two programs could read differently is refused, so that the host which is
compared with the allowed ones is the host that is asked. No secret is part of any text made here.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import quote

from flagstaff.providers.protocols import StoreError
from flagstaff.providers.surroundings import ALLOWED_HOSTS, HOSTS_FILE, Surroundings

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)"
    r"(?::(?P<port>\d{1,5}))?(?P<path>(?:/[A-Za-z0-9._~%!$&'()*+,;=:@-]*)*)",
    re.ASCII | re.IGNORECASE,
)
_PORTS: Final = {"http": 80, "https": 443}
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_SENDABLE = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*", re.ASCII)
# Headers that say what a request is: as a credential, one of them would break it.
_TAKEN: Final = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "transfer-encoding"}
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An http(s) address; what is asked for lies below `path`, which has no slash at its end."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises ValueError, whose text goes on from "The argument ..."."""
        if "@" in url.partition("://")[2].partition("/")[0]:
            raise ValueError("must not hold a name or a password: give user and password as arguments of their own")
        match = _URL.fullmatch(url)
        if match is None:
            raise ValueError('must be an address such as "https://flipper.example.gov/api", without ? and #')
        scheme, port = match["scheme"].lower(), int(match["port"] or _PORTS[match["scheme"].lower()])
        if not 0 < port < 65_536:
            raise ValueError(f"has the port {port}, and ports go from 1 to 65535")
        if {".", ".."}.intersection(match["path"].split("/")):
            raise ValueError('has "." or ".." as a part of its path, which would be taken away on the way')
        return cls(scheme, match["host"].lower(), port, match["path"].rstrip("/"))

    @property
    def place(self) -> str:
        """`host`, or `host:port` where the port isn't the usual one: what an entry of the allowed hosts says."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host == "localhost"

    def proxy(self, environment: Mapping[str, str]) -> str | None:
        """The proxy that the environment names for it, by the variables that curl reads. None on this machine."""
        named = {name.lower(): value for name, value in sorted(environment.items()) if name.lower().endswith("_proxy")}
        if self.is_loopback or any(map(self._is_in, named.get("no_proxy", "").lower().split(","))):
            return None
        return named.get(f"{self.scheme}_proxy") or named.get("all_proxy") or None

    def _is_in(self, entry: str) -> bool:
        """Whether an entry of no_proxy names this host, or a domain that it is in."""
        domain = entry.strip().removesuffix(f":{self.port}").lstrip(".")
        return domain in {"*", self.host} or (bool(domain) and self.host.endswith(f".{domain}"))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}{self.path}"


@dataclass(frozen=True, slots=True)
class Credential:
    """A header that proves who asks. `name` is what messages call it; no text shows its value."""

    name: str
    header: str
    value: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def token(cls, token: str, header: str = "Authorization", prefix: str = "Bearer ") -> Self:
        return cls("token", header, prefix + token, (token,))

    @classmethod
    def basic(cls, user: str, password: str) -> Self:
        coded = base64.b64encode(f"{user}:{password}".encode()).decode()
        return cls("password", "Authorization", f"Basic {coded}", (password, coded))

    @classmethod
    def custom(cls, header: str, value: str) -> Self:
        return cls("header_value", header, value, (value,))

    def problem(self) -> str | None:
        """Why it can't be sent, as a sentence that doesn't show it."""
        if _HEADER.fullmatch(self.header) is None or self.header.lower() in _TAKEN:
            return f'The header "{self.header}" can\'t carry a credential. Name the one that the server looks at.'
        if _SENDABLE.fullmatch(self.value) is None:
            return (
                f"The {self.name} holds a character that no header can carry, or white space at an end: often the line "
                "break of the file that it was read from. Take that out."
            )
        return None

    def redact(self, text: str) -> str:
        """Without the secret, as it is or quoted for a URL."""
        forms = {form for secret in self.secrets for form in (secret, quote(secret), quote(secret, safe=""))}
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, "(secret)")
        return text


def check_allowed(endpoint: Endpoint, sent: str, surroundings: Surroundings) -> None:
    """Raises `StoreError` unless `sent` (a credential's name) may go there: to this machine, or to a host
    that is listed outside the repository."""
    if endpoint.is_loopback:
        return
    default = _PORTS[endpoint.scheme]
    listed = surroundings.allowed_hosts
    if endpoint.place in listed or (endpoint.port == default and f"{endpoint.host}:{default}" in listed):
        return
    odd = [entry for entry in listed if "/" in entry or "@" in entry or "*" in entry]
    slip = f' "{odd[0]}" is listed, but an entry is a host, or host:port, and nothing else.' if odd else ""
    raise StoreError(
        "Credential not allowed for this host",
        f"The configuration would send its {sent} to {endpoint.place}, and nothing outside the repository allows that, "
        f'so no request was made. If that host is the right one, add "{endpoint.place}" to the environment variable '
        f"{ALLOWED_HOSTS} (comma separated), or as a line of its own to {HOSTS_FILE}.{slip}",
    )
