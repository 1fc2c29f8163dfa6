"""Output blocks: from instances to `Output`s."""

from __future__ import annotations

from flagstaff.config.instance import Instance, is_sensitive
from flagstaff.language.plain import NotPlain, to_plain
from flagstaff.language.values import is_wholly_known
from flagstaff.model.configuration import Output


def output(instance: Instance) -> Output | None:
    """None after a mistake, which was reported."""
    name, description = instance.label, instance.text("description")
    value = instance.value("value")
    if instance.flag("sensitive"):
        return Output(name, None, description, "sensitive")
    if is_sensitive(value):
        detail = f'The value of output "{name}" is sensitive. Declare the output with sensitive = true.'
        instance.error("Sensitive value not allowed", detail, instance.range("value"))
        return None
    decision = instance.decision("value")
    if decision is not None:
        return Output(name, None, description, f"undecided: {decision.why}")
    if not is_wholly_known(value):
        return None
    try:
        return Output(name, to_plain(value), description)
    except NotPlain as error:
        instance.error("Wrong type", f'The value of output "{name}" can\'t be shown: {error}.', instance.range("value"))
        return None
