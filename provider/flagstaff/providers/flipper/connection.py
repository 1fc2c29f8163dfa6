"""The connection pool to a Flipper server: certificates, proxy, limits. Everything it uses is said, nothing is
taken from the process's environment."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

import httpx

from flagstaff.providers.endpoints import Endpoint
from flagstaff.providers.protocols import StoreError

FILES: Final = ("ca_bundle", "client_certificate", "client_key")
_CONNECTIONS: Final = 100


@dataclass(frozen=True, slots=True)
class Opener:
    """Makes the pool. `files` are those of `FILES` that were named; `proxy` may hold a password of its own."""

    endpoint: Endpoint
    files: Mapping[str, Path]
    proxy: str | None = field(default=None, repr=False)

    def __call__(self) -> httpx.BaseTransport:
        limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
        # Without https nothing is encrypted, and loading the authorities takes longer than all else here.
        verify = self._context() if self.endpoint.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            return httpx.HTTPTransport(verify=verify, proxy=self.proxy, limits=limits, trust_env=False)
        except (ValueError, httpx.InvalidURL):
            pass
        raise StoreError(
            "Proxy can't be used",
            f"The proxy that the environment names for {self.endpoint} is no address such as "
            '"http://proxy.example.gov:3128". Correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY.',
        )

    def _context(self) -> ssl.SSLContext:
        """The authorities of `ca_bundle`, else those of the system."""
        bundle, certificate, key = (self.files.get(name) for name in FILES)
        try:
            context = ssl.create_default_context(cafile=bundle)
        except (OSError, ssl.SSLError) as error:
            _unusable("ca_bundle", bundle, error)
        if certificate is not None:
            try:
                context.load_cert_chain(certificate, key, password=_no_password)
            except (OSError, ssl.SSLError) as error:
                _unusable("client_certificate or client_key", certificate, error)
        return context


def _no_password() -> str:
    """OpenSSL would ask on the terminal."""
    return ""


def _unusable(name: str, path: Path | None, error: OSError) -> NoReturn:
    reason = "it can't be read" if not isinstance(error, ssl.SSLError) else "it holds no PEM that can be used"
    raise StoreError(
        "Certificate can't be used",
        f"{name} ({path}): {reason}. Name a file in PEM form without a password, from the configuration's directory.",
    ) from None
