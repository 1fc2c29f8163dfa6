"""Texts with a meaning: one of a few words, words for people, maps of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flagstaff.config.instance import Instance, undecided
from flagstaff.diagnostics import did_you_mean
from flagstaff.language.values import Value


def choice(
    instance: Instance, name: str, known: Collection[str], default: str, others: Mapping[str, str] | None = None
) -> str:
    """One of the known words; the default where it is not set, undecided or a mistake.

    `others` are words that people use for a known one.
    """
    text = instance.text(name, default)
    if text in known:
        return text
    plain = text.strip().casefold().replace(" ", "_").replace("-", "_")
    meant = plain if plain in known else (others or {}).get(plain)
    hint = f' Did you mean "{meant}"?' if meant else did_you_mean(text, known)
    *most, last = (f'"{word}"' for word in known)
    detail = f'"{name}" of {instance.title} is "{text}"; it is {", ".join(most)} or {last}.{hint}'
    instance.error("Unknown word", detail, instance.range(name))
    return default


def words(instance: Instance, name: str, default: str = "") -> str:
    """Words for people. Where nobody has written them yet, they say so."""
    return _said(instance.value(name), default)


def map_of_words(instance: Instance, name: str) -> dict[str, str]:
    """Words for people by their names, sorted; those that are null are left out."""
    data = instance.value(name).data
    if not isinstance(data, dict):
        return {}
    return {key: _said(data[key], "") for key in sorted(data) if not data[key].is_null}


def _said(value: Value, default: str) -> str:
    if isinstance(value.data, str):
        return value.data
    marks = undecided(value)
    return f"undecided: {marks[0].why}" if marks else default
