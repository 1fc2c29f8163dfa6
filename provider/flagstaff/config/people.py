"""Product, role and experience blocks: from instances to values."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from flagstaff.config.instance import Instance
from flagstaff.config.quantities import people, share
from flagstaff.config.traversals import Mention, calls, mentions
from flagstaff.diagnostics import Diagnostics
from flagstaff.language.conditions import compile_condition
from flagstaff.model.conditions import Always
from flagstaff.model.configuration import Experience, Product, Role, Segment

# A literal principal, options, the kind of key, the key.
_SIGNER: Final = re.compile(r"[^\s*?!,]+\s+(?:\S+\s+)*?(?:ssh|ecdsa|sk)-\S+\s+\S+")
_TEAM: Final = re.compile(r"[\w.-]+/[\w.-]+\Z")
_TEAM_WORDS: Final = re.compile(r"(?:orgs/|^@)([\w.-]+)/(?:teams/)?([\w.-]+)")


def product(instance: Instance) -> Product:
    address = instance.address
    assert address is not None
    segments = tuple(
        Segment(nested.name, share(nested, "share"), nested.text("on"), nested.text("off"), nested.text("title"))
        for nested in instance.nested("segment")
    )
    total = sum((segment.share for segment in segments if segment.share is not None), Decimal(0))
    if total > 1:
        shares = [nested.range("share") for nested in instance.nested("segment") if nested.has("share")]
        detail = (
            f"The shares of {address}'s segments add up to {total:f}, and no person is in two segments: they can't be "
            "more than 1."
        )
        instance.error("Shares over 1", detail, shares[-1])
    return Product(
        address=address,
        title=instance.text("title", address.name),
        owner=instance.one("owner"),
        people=people(instance, "people"),
        segments=segments,
        range=instance.block.header_range,
    )


def role(instance: Instance) -> Role:
    assert instance.address is not None
    signers = instance.texts("signers")
    for signer, place in signers:
        if not _SIGNER.match(signer):
            detail = (
                f'"{signer}" is no line of an allowed-signers file: one literal principal, the kind of key, the key. '
                "One looks like po@example.gov ssh-ed25519 AAAA..."
            )
            instance.error("Invalid signer", detail, place)
    return Role(
        address=instance.address,
        signers=tuple(signer for signer, _ in signers),
        github_team=_team(instance),
        range=instance.block.header_range,
    )


def _team(instance: Instance) -> str:
    team = instance.text("github_team")
    if team and not _TEAM.match(team):
        found = _TEAM_WORDS.search(team)
        hint = "It is the organisation and the team, such as org/team."
        hint = hint if found is None else f'Write "{found[1]}/{found[2]}".'
        instance.error("Invalid team", f'"{team}" is not a team. {hint}', instance.range("github_team"))
    return team


def experience(instance: Instance) -> Experience | None:
    """None where its condition is undecided or a mistake: there is nothing to measure yet."""
    address = instance.address
    assert address is not None
    title, owner = instance.text("title", address.name), instance.one("product")
    if not instance.has("when") or f"{instance.part}.when" in instance.module.broken:
        return None
    found = Diagnostics()
    for call in calls(instance.attribute("when").value, "undecided"):
        instance.evaluate(call)
    expression = instance.attribute("when").value
    condition = compile_condition(expression, instance.scope, found)
    instance.module.blame(found, instance.context, address)
    if condition is None:
        return None
    if isinstance(condition, Always) and any(_is_settled(mention) for mention in mentions(expression)):
        detail = (
            "An attribute of a toggle is a value that the configuration knows, so this doesn't depend on any person. "
            'For "the person has it" write the toggle alone, such as toggle.x.'
        )
        instance.warn(
            "Condition is always true" if condition.value else "Condition is always false", detail, expression.range
        )
    return Experience(address, title, condition, owner, instance.block.header_range, instance.text("ids"))


def _is_settled(mention: Mention) -> bool:
    return mention.root == "toggle" and mention.attribute is not None
