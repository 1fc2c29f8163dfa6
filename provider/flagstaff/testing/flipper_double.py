"""A Flipper server in memory: the HTTP API of flipper-api, answer by answer, as recorded of real servers.

Values are kept as the real adapters keep them: texts. Names and numbers are read as Ruby reads them.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import unicodedata
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

from flagstaff.testing.flipper_releases import HEAD, Release
from flagstaff.testing.ruby import BadRequest, number_text, text, to_number

GATES: Final = ("boolean", "expression", "actors", "percentage_of_actors", "percentage_of_time", "groups")
_NAMES: Final = {"actors": "actor", "groups": "group"}
_SETS: Final = frozenset({"actors", "groups"})
_MORE: Final = "https://flippercloud.io/docs/api#error-code-reference"
_MESSAGES: Final = {
    1: (404, "Feature not found."),
    2: (404, "Group not registered."),
    3: (422, "Percentage must be a positive number less than or equal to 100."),
    4: (422, "Required parameter flipper_id is missing."),
    5: (422, "Required parameter name is missing."),
    6: (422, "Import invalid."),
    7: (422, "The provided expression was not valid."),
}
_CRASH: Final = b"An unhandled lowlevel error occurred. The application logs may have details.\n"
_GATE_ROUTE: Final = re.compile(
    r"/features/(?P<name>.*)/(?P<gate>boolean|actors|groups|percentage_of_actors|percentage_of_time|expression|clear)"
)
_FUNCTIONS: Final = frozenset(
    {
        *("All", "Any", "Boolean", "Duration", "Equal", "GreaterThan", "GreaterThanOrEqualTo", "LessThan"),
        *("LessThanOrEqualTo", "NotEqual", "Now", "Number", "Percentage", "PercentageOfActors", "Property", "Random"),
        *("String", "Time"),
    }
)

Gates = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def basic_auth(user: str, password: str) -> Callable[[Mapping[str, str]], Response | None]:
    """Rack::Auth::Basic in front of the API."""
    right = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    refused = Response(401, b"", "text/plain", {"WWW-Authenticate": 'Basic realm="flipper"'})
    return lambda headers: None if headers.get("authorization") == right else refused


def token_auth(token: str) -> Callable[[Mapping[str, str]], Response | None]:
    """A middleware of one's own, which takes a bearer token or Flipper Cloud's header."""
    refused = answer({"error": "unauthorized"}, 401)
    right = {("authorization", f"Bearer {token}"), ("flipper-cloud-token", token)}
    return lambda headers: None if right.intersection(headers.items()) else refused


def answer(document: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def error(code: int) -> Response:
    status, message = _MESSAGES[code]
    return answer({"code": code, "message": message, "more_info": _MORE}, status)


CRASH: Final = Response(500, _CRASH, "")
NOT_FOUND: Final = answer({}, 404)
DONE: Final = Response(204)


@dataclass(slots=True)
class FlipperDouble:
    """The toggles, and what a server does to them. Each request is one transaction, as under one lock.

    `groups` are those that the server has registered, `mount` the path that its API begins at. `authorized`
    is what stands in front of it, and answers for it. `rivals`: for each toggle, the values that another
    writer sets at the same moment as our next writes of its percentage: the gate then holds two rows, of
    which the rival's is read, until one writer alone writes it again.
    """

    features: dict[str, Gates] = field(default_factory=dict)
    release: Release = HEAD
    groups: Collection[str] = ("admins",)
    mount: str = ""
    authorized: Callable[[Mapping[str, str]], Response | None] = lambda _: None
    rivals: dict[str, list[str]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def put(self, key: str, gates: Mapping[str, Any]) -> None:
        """A toggle as an adapter would have it, typed or in texts, whatever was there before."""
        self.features[key] = {**self._blank(), **{name: _kept(value) for name, value in gates.items()}}

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        """`target` as it stands in the request line; header names in any case."""
        path, _, query = target.partition("?")
        if not (path == self.mount or path.startswith(f"{self.mount}/")):
            return Response(404, f"Not Found: {path}".encode(), "text/plain")
        given = {name.lower(): value for name, value in headers.items()}
        if (refused := self.authorized(given)) is not None:
            return refused
        kind = given.get("content-type", "")
        with self._lock:
            try:
                return self._route(method, path.removeprefix(self.mount), _parameters(query, kind, body), body)
            except BadRequest:
                return CRASH

    def enabled(self, key: str, actor: str) -> bool:
        """Flipper's own decision; expressions are not evaluated."""
        gates = self.features.get(key) or self._blank()
        share = to_number(gates["percentage_of_actors"] or "0")
        return (
            gates["boolean"] == "true"
            or actor in gates["actors"]
            or zlib.crc32((key + actor).encode()) % 100_000 < share * 1000
            or to_number(gates["percentage_of_time"] or "0") >= 100
        )

    def _blank(self) -> Gates:
        names = [name for name in GATES if name != "expression" or self.release.expressions]
        return {name: [] if name in _SETS else None for name in names}

    def _route(self, method: str, path: str, given: Given, body: bytes) -> Response:
        if path == "/features":
            return self._collection(method, given)
        if (match := _GATE_ROUTE.fullmatch(path)) and (match["gate"] != "expression" or self.release.expressions):
            return self._gate(method, match["gate"], _name(match["name"]), given)
        if path.startswith("/features/"):
            return self._feature(method, _name(path.removeprefix("/features/")), given)
        if path.startswith("/actors/"):
            return self._actor(method, path.removeprefix("/actors/"), given)
        if path == "/import" and self.release.imports:
            return self._import(body) if method == "POST" else CRASH
        return NOT_FOUND

    def _collection(self, method: str, given: Given) -> Response:
        if method == "HEAD":
            return Response(200) if self.release.head else Response(500, content_type="")
        if method == "GET":
            return answer({"features": [self._shown(key, given, listed=True) for key in self._asked(given)]})
        if method != "POST":
            return CRASH
        if "name" not in given.values:
            return error(5)
        if given.values["name"] is None and not self.release.strict_names:
            return CRASH
        name = text(given.values["name"])
        if self.release.strict_names:
            name = "".join(char for char in name if unicodedata.category(char) not in {"Cc", "Cf"}).strip()
        if not name.strip() and self.release.blank_names_fail:
            return error(5) if self.release.strict_names else CRASH
        self._made(name)
        return answer(self._shown(name, given))

    def _asked(self, given: Given) -> list[str]:
        every = sorted(self.features) if self.release.sorts else list(self.features)
        asked = given.keys
        if not self.release.lists_of_keys:
            if asked and asked[-1][0] == "keys[]":
                raise BadRequest
            asked = [] if asked and asked[-1][1] is None else asked[-1:]
        if not asked:
            return every
        wanted = [name for _, value in asked for name in self._split(value or "")]
        return [key for key in dict.fromkeys(wanted) if key in self.features]

    def _split(self, value: str) -> list[str]:
        names = value.rstrip(",").split(",") if value else []
        return [value, *names] if self.release.lists_of_keys else names

    def _feature(self, method: str, name: str, given: Given) -> Response:
        match method:
            case "GET":
                return answer(self._shown(name, given)) if name in self.features else error(1)
            case "DELETE":
                self.features.pop(name, None)
                return DONE
            case _:
                return CRASH

    def _gate(self, method: str, gate: str, name: str, given: Given) -> Response:
        if method not in {"POST", "DELETE"} or (gate == "clear" and method == "POST"):
            return CRASH
        if gate == "clear":
            if name in self.features or self.release.clear_creates:
                self.features[name] = self._blank()
            return DONE
        trouble = self._change(gate, name, given, on=method == "POST")
        return trouble or answer(self._shown(name, given))

    def _change(self, gate: str, name: str, given: Given, *, on: bool) -> Response | None:
        """Every change makes the toggle, if there is none of that name."""
        match gate:
            case "boolean":
                self._made(name)
                self.features[name] = {**self._blank(), "boolean": "true" if on else None}
            case "actors":
                if given.values.get("flipper_id") is None:
                    return error(4)
                self._put(name, gate, text(given.values["flipper_id"]), on=on)
            case "groups":
                return self._group(name, given, on=on)
            case "expression":
                return self._expression(name, given, on=on)
            case _:
                written = text(given.values.get("percentage")) if on else "0"
                if not any("0" <= char <= "9" for char in written) or not 0 <= to_number(written) <= 100:
                    return error(3)
                rival = self.rivals.get(name)
                self._made(name)[gate] = rival.pop(0) if rival and on else number_text(to_number(written))
        return None

    def _group(self, name: str, given: Given, *, on: bool) -> Response | None:
        group = text(given.values.get("name"))
        if not group:
            return error(5)
        if group not in self.groups and text(given.values.get("allow_unregistered_groups")) != "true":
            return error(2)
        self._put(name, "groups", group, on=on)
        return None

    def _expression(self, name: str, given: Given, *, on: bool) -> Response | None:
        if not on:
            self._made(name)["expression"] = None
            return None
        try:
            built = self._built(given.document if given.document is not None else {})
        except ValueError:
            return error(7)
        self._made(name)["expression"] = built
        return None

    def _built(self, value: Any) -> Any:
        """The tree as Ruby keeps it; raises ValueError where it knows no such function."""
        if value is None:
            raise ValueError
        if not isinstance(value, dict):
            return value
        [(function, given)] = value.items()
        known = function in _FUNCTIONS or (function == "FeatureEnabled" and self.release.feature_enabled)
        if not known and function != "Kernel":  # a constant of Ruby's own, which the real one takes, too
            raise ValueError
        arguments = given if isinstance(given, list) else [given]
        if not arguments and function in {"All", "Any"} and self.release.empty_groups_fail:
            raise ValueError
        return {function: [self._built(argument) for argument in arguments]}

    def _actor(self, method: str, actor: str, given: Given) -> Response:
        """The id is not unescaped: that is the real one's mistake."""
        if method != "GET":
            return CRASH
        asked = given.keys[-1][1] if given.keys else None
        names = self._asked(given) if asked is None else [name for name in asked.split(",") if name]
        checked = {name: {"enabled": self.enabled(name, actor)} for name in names}
        return answer({"flipper_id": actor, "features": checked})

    def _import(self, body: bytes) -> Response:
        """Replaces everything, toggle by toggle: what stands before a bad value is done."""
        document = _json(body) if body else {}
        features = document.get("features")
        if features is None:
            return error(6)
        for name in [key for key in self.features if key not in features]:
            del self.features[name]
        for name, gates in features.items():
            values = {gate: value for gate, value in gates.items() if gate in self._blank()}
            for gate in ("percentage_of_actors", "percentage_of_time"):
                if values.get(gate) is not None:
                    values[gate] = text(values[gate])
                    if self.release.checks_imports and not 0 <= to_number(values[gate]) <= 100:
                        raise BadRequest
            self.put(name, values)
        return DONE

    def _made(self, name: str) -> Gates:
        return self.features.setdefault(name, self._blank())

    def _put(self, name: str, gate: str, item: str, *, on: bool) -> None:
        gates = self._made(name)
        others = [one for one in gates[gate] if one != item]
        gates[gate] = (sorted([*others, item]) if self.release.sorts else [*others, item]) if on else others

    def _shown(self, name: str, given: Given, *, listed: bool = False) -> dict[str, Any]:
        gates = self.features[name]
        shown: dict[str, Any] = {"key": name, "state": _state(gates)}
        if given.values.get("exclude_gates") == "true":
            return shown
        bare = given.values.get("exclude_gate_names") == "true" and self.release.excludes_gate_names
        names = not (listed and bare)
        shown["gates"] = [
            {"key": gate, "value": _typed(gate, value) if self.release.typed else value}
            | ({"name": _NAMES.get(gate, gate)} if names else {})
            for gate, value in gates.items()
        ]
        return shown


@dataclass(frozen=True, slots=True)
class Given:
    """What a request carries: parameters, the body's over the query's; `document` is a JSON body's own value."""

    values: Mapping[str, Any]
    keys: list[tuple[str, str | None]]
    document: Any = None


def _parameters(query: str, kind: str, body: bytes) -> Given:
    pairs = parse_qsl(query, keep_blank_values=True)
    bare = {part for part in query.split("&") if part and "=" not in part}
    keys = [(name, None if name in bare else value) for name, value in pairs if name in {"keys", "keys[]"}]
    values: dict[str, Any] = dict(pairs)
    document = None
    if kind == "application/x-www-form-urlencoded":
        values |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    elif kind == "application/json" and body:
        document = _json(body)
        values |= document
    return Given(values, keys, document)


def _json(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        raise BadRequest from None
    if not isinstance(document, dict):
        raise BadRequest
    return document


def _name(quoted: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", quoted):
        raise BadRequest
    return unquote_to_bytes(quoted.replace("+", " ")).decode(errors="surrogateescape")


def _kept(value: Any) -> Any:
    """A text, as adapters keep it; sets and expressions as they are."""
    if value is False:
        return None
    return value if value is None or isinstance(value, str | list | dict) else text(value)


def _typed(gate: str, value: Any) -> Any:
    match gate:
        case "boolean":
            return value == "true"
        case "percentage_of_actors" | "percentage_of_time":
            return to_number(value or "0")
        case _:
            return value


def _state(gates: Gates) -> str:
    if gates["boolean"] == "true" or to_number(gates["percentage_of_time"] or "0") == 100:
        return "on"
    shares = any(to_number(gates[name] or "0") > 0 for name in ("percentage_of_actors", "percentage_of_time"))
    return "conditional" if shares or gates["actors"] or gates["groups"] or gates.get("expression") else "off"
