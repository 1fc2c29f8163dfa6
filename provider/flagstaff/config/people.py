"""Product, role, experience and policy blocks: from instances to values."""

from __future__ import annotations

from decimal import Decimal

from flagstaff.config.instance import Instance
from flagstaff.config.quantities import level, people, share
from flagstaff.config.traversals import calls
from flagstaff.diagnostics import Diagnostics
from flagstaff.language.conditions import compile_condition
from flagstaff.model.configuration import Experience, Policy, Product, Role, Segment


def product(instance: Instance) -> Product:
    address = instance.address
    assert address is not None
    segments = tuple(
        Segment(nested.label, share(nested, "share"), nested.text("on"), nested.text("off"))
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
    return Role(
        address=instance.address,
        signers=tuple(signer for signer, _ in instance.texts("signers")),
        github_team=instance.text("github_team"),
        range=instance.block.header_range,
    )


def experience(instance: Instance) -> Experience | None:
    """None where its condition is undecided or a mistake: there is nothing to measure yet."""
    address = instance.address
    assert address is not None
    title, owner = instance.text("title", address.name), instance.one("product")
    if not instance.has("when") or f"{instance.part}.when" in instance.module.broken:
        return None
    found = Diagnostics()
    for call in calls(instance.attribute("when").value, "undecided"):
        instance.module.evaluate(call, instance.scope, instance.context, address)
    expression = instance.attribute("when").value
    condition = compile_condition(expression, instance.scope, found)
    instance.module.blame(found, instance.context, address)
    if condition is None:
        return None
    return Experience(address, title, condition, owner, instance.block.header_range)


def policy(instance: Instance) -> Policy:
    """A limit that nobody has decided on lets nothing through."""
    max_raise = level(instance, "max_raise", "Limit")
    max_changed_share = share(instance, "max_changed_share")
    return Policy(
        max_raise=0 if instance.decision("max_raise") else max_raise,
        max_changed_share=Decimal(0) if instance.decision("max_changed_share") else max_changed_share,
        owner=instance.one("owner"),
        range=instance.block.header_range,
    )
