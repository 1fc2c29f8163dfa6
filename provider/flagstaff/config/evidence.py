"""What a rollout rests on and tells: blockers, risks, and the rollout's document."""

from __future__ import annotations

from typing import Final

from flagstaff.config.instance import Instance
from flagstaff.config.texts import choice, map_of_words, words
from flagstaff.model.rollout import Blocker, Document, Risk, Section

_STATUSES: Final = ("pending", "in_progress", "complete")
_WORDS: Final = {
    **dict.fromkeys(("done", "completed", "finished", "closed", "resolved", "true", "yes"), "complete"),
    **dict.fromkeys(("open", "todo", "not_started", "new", "false", "no"), "pending"),
    **dict.fromkeys(("started", "ongoing", "running", "doing", "wip"), "in_progress"),
}


def blocker(instance: Instance) -> Blocker:
    """What nobody has decided on is pending, and blocks."""
    address = instance.address
    assert address is not None
    return Blocker(
        address=address,
        title=words(instance, "title", address.name),
        status=choice(instance, "status", _STATUSES, "pending", _WORDS),
        blocking=instance.value("blocking").is_null or instance.flag("blocking", undecided=True),
        owner=instance.owner,
        evidence=words(instance, "evidence"),
        note=words(instance, "note"),
        product=instance.one("product"),
        range=instance.block.header_range,
        status_range=instance.range("status"),
    )


def risk(instance: Instance) -> Risk:
    return Risk(
        title=words(instance, "title", instance.name),
        detail=words(instance, "detail"),
        mitigation=words(instance, "mitigation"),
        status=words(instance, "status", "open"),
        owner=instance.one("owner"),
        range=instance.block.header_range,
    )


def document(instance: Instance) -> Document:
    return Document(
        title=words(instance, "title"),
        status=words(instance, "status"),
        updated=words(instance, "updated"),
        facts=map_of_words(instance, "facts"),
        sections=tuple(map(_section, instance.nested("section"))),
        glossary=map_of_words(instance, "glossary"),
    )


def _section(instance: Instance) -> Section:
    body = instance.decision("body") or instance.text("body")
    return Section(instance.name, words(instance, "title", instance.name), body)
