"""What Flipper's HTTP API says and is told, as bytes and values.

Pure, and strict: an answer that isn't what the API documents is refused with the reason, never half understood.
Values come as texts from a server of one's own, and typed from Flipper Cloud; both are kept as they are.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import quote

from flagstaff.model.live import Json, Raw
from flagstaff.providers.flipper import gates as gate

# Flipper's numbers for what is wrong with a request, in words that say what to do.
CODES: Final = {
    1: "There is no such toggle on the server.",
    2: "The server has not registered that group.",
    3: "The server takes no such percentage.",
    4: "The server misses the actor's id.",
    5: "The server takes no such name.",
    6: "The server takes no such import.",
    7: "The server takes no such expression.",
}


class WireError(Exception):
    """The answer isn't what the API documents; `str()` says why, in words that go on from "The server answered"."""


def path(key: str, *rest: str) -> str:
    """The path of a toggle, or of one of its gates. What `unwritable` refuses must not come here."""
    return "/".join(("/features", quote(key, safe=""), *rest))


def decode_list(body: bytes) -> dict[str, Raw]:
    """The toggles of a list, in the server's order."""
    document = _document(body)
    features = document.get("features")
    if not isinstance(features, list):
        raise WireError('JSON without a list of "features"')
    toggles = dict(_feature(feature) for feature in features)
    if len(toggles) != len(features):
        raise WireError("a list in which a toggle occurs twice")
    return toggles


def decode_feature(body: bytes, key: str) -> Raw:
    """The toggle `key` as the server has it after a write."""
    found, raw = _feature(_document(body))
    if found != key:
        raise WireError(f'the toggle "{found}", not "{key}"')
    return raw


def complaint(body: bytes) -> tuple[Json, str]:
    """The `code` and `message` of an error in Flipper's own form; None and "" for anything else."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(document, dict) or not isinstance(document.get("message"), str):
        return None, ""
    return document.get("code"), document["message"][:300]


def _document(body: bytes) -> dict[str, Json]:
    try:
        document = json.loads(body)
    except UnicodeDecodeError:
        raise WireError("bytes that are not UTF-8") from None
    except ValueError as error:
        raise WireError(f"JSON that is damaged or cut off, after {len(body)} bytes ({_reason(error)})") from None
    except RecursionError:
        raise WireError("JSON that is nested too deeply") from None
    if not isinstance(document, dict):
        raise WireError("JSON that is no object")
    return document


def _reason(error: ValueError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else "a number that is too long"


def _feature(feature: Json) -> tuple[str, Raw]:
    key = feature.get("key") if isinstance(feature, dict) else None
    gates = feature.get("gates") if isinstance(feature, dict) else None
    if not isinstance(key, str) or not isinstance(gates, list):
        raise WireError("a toggle without a key, or without its gates")
    raw: dict[str, Json] = {}
    for item in gates:
        if not isinstance(item, dict) or not isinstance(item.get("key"), str) or "value" not in item:
            raise WireError(f'a gate of "{key}" without a key or a value')
        raw[item["key"]] = item["value"]
    for name in (gate.ACTORS, gate.GROUPS):
        names = raw.get(name)
        if names is not None and not (isinstance(names, list) and all(isinstance(one, str) for one in names)):
            raise WireError(f'{name} of "{key}" that are no list of texts')
    if gate.PERCENTAGE not in raw or gate.BOOLEAN not in raw:
        raise WireError(f'the toggle "{key}" without its boolean or percentage')
    return key, raw
