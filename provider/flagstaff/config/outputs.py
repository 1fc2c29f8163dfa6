"""Output blocks: from instances to `Output`s, one for each block."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flagstaff.config.expand import is_repeated
from flagstaff.config.instance import Instance, is_sensitive
from flagstaff.language.limits import TOO_LARGE, fits
from flagstaff.language.nodes import Block
from flagstaff.language.plain import NotPlain, to_plain
from flagstaff.language.values import is_wholly_known
from flagstaff.model.configuration import Output


def output(block: Block, instances: Collection[Instance]) -> Output | None:
    """None after a mistake, which was reported. A repeated block's value is an object by key, or a list."""
    found = [(instance.index, _one(instance)) for instance in instances]
    ones = [(index, one) for index, one in found if one is not None]
    if len(ones) < len(found):
        return None
    if not is_repeated(block):
        return ones[0][1]
    description = ones[0][1].description if ones else ""
    hidden = next((one.hidden for _, one in ones if one.hidden), "")
    values: Any = {index: one.value for index, one in ones}
    if "count" in block.body.attributes:
        values = list(values.values())
    return Output(block.labels[0].value, None if hidden else values, description, hidden)


def _one(instance: Instance) -> Output | None:
    name, description = instance.name, instance.text("description")
    value = instance.value("value")
    if instance.flag("sensitive"):
        return Output(name, None, description, "sensitive")
    if is_sensitive(value):
        detail = f"The value of {instance.title} is sensitive. Declare the output with sensitive = true."
        instance.error("Sensitive value not allowed", detail, instance.range("value"))
        return None
    decision = instance.decision("value")
    if decision is not None:
        return Output(name, None, description, f"undecided: {decision.why}")
    if not is_wholly_known(value):
        return None
    if not fits(value):
        instance.error("Output too large", f"The value of {instance.title} is {TOO_LARGE}.", instance.range("value"))
        return None
    try:
        return Output(name, to_plain(value), description)
    except NotPlain as error:
        instance.error("Wrong type", f"The value of {instance.title} can't be shown: {error}.", instance.range("value"))
        return None
