"""Any JSON over HTTP: numbers at JSON pointers (RFC 6901) of one document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from flagstaff.monitors.asking import Queries, as_number
from flagstaff.monitors.http import Client, Question, Reach, connect
from flagstaff.monitors.protocols import PLACEHOLDER, Measurement, Source, Trouble, Window
from flagstaff.providers.endpoints import Credential, Endpoint

_INDEX: Final = re.compile(r"0|[1-9]\d*", re.ASCII)
_QUERY: Final = re.compile(r"[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class HttpJson:
    """`query` is what stands behind the `?` of the url."""

    pointers: Queries
    client: Client
    query: str = ""

    def measure(self, window: Window) -> Measurement:
        """One request, whatever is looked at in its answer."""
        query = self.query.replace(PLACEHOLDER, str(window.seconds))
        document = self.client.ask(Question("GET", f"?{query}" if query else ""))
        if isinstance(document, Trouble):
            return self.pointers.trouble(document, "")
        return self.pointers.measured(lambda pointer: _at(document, pointer))


def _at(document: Any, pointer: str) -> Decimal | Trouble:
    found = resolved(document, pointer)
    if isinstance(found, Trouble):
        return found
    if found is None:
        return Trouble(f'There is null at "{pointer}", so there is no data.')
    value = as_number(found)
    return value if value is not None else Trouble(f'What is at "{pointer}" is no number. Correct the pointer.')


def resolved(document: Any, pointer: str) -> Any:
    """What a JSON pointer leads to, or a `Trouble`."""
    if not pointer.startswith("/"):
        return Trouble(f'"{pointer}" is no JSON pointer; one begins with a slash: /data/errors.')
    for step in pointer[1:].split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and name in document:
            document = document[name]
        elif isinstance(document, list) and _INDEX.fullmatch(name) and int(name) < len(document):
            document = document[int(name)]
        else:
            return Trouble(
                f'The answer has nothing at "{pointer}". Correct the pointer, or look at what answers there.'
            )
    return document


def open_http_json(settings: Mapping[str, Any], reach: Reach) -> Source | Trouble:
    address, _, query = str(settings.get("url") or "").partition("?")
    try:
        endpoint = Endpoint.parse(address)
    except ValueError as error:
        return Trouble(f'The argument "url" {error.args[0].removesuffix(", without ? and #")}.')
    if _QUERY.fullmatch(query) is None:
        return Trouble('The argument "url" has a character behind its "?" that must be quoted there, such as %20.')
    credentials = [
        Credential("header", str(name), str(value), (str(value),))
        for name, value in sorted((settings.get("headers") or {}).items())
    ]
    if token := settings.get("token"):
        credentials.append(Credential.token(str(token)))
    access = "Check the token, or the headers, of the source."
    client = connect("The server", endpoint, credentials, access, reach)
    return client if isinstance(client, Trouble) else HttpJson(Queries.of(settings, "value"), client, query)
