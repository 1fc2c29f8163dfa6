"""What to look at once something was rolled back: sentences, from what is declared for it. Pure."""

from __future__ import annotations

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired
from flagstaff.plan.rollback.ground import Ground
from flagstaff.plan.rollback.retreat import Retreat


def what_to_check(retreat: Retreat, ground: Ground, declared: Desired) -> tuple[str, ...]:
    """What people should see again, the rollouts' monitors and triggers, and where to write down what happened."""
    addresses = [down.address for down in retreat.downs]
    rollouts = sorted({rollout for address in addresses for rollout in ground.rollouts_of(address)})
    checks = list(_seen(addresses, ground))
    checks += _watched(rollouts, declared)
    checks += [f"write down what happened: flagstaff report rollout {rollout.name}" for rollout in rollouts]
    if not rollouts and addresses:
        checks.append("write down what happened: flagstaff history shows who did what")
    return tuple(dict.fromkeys(checks))


def _seen(addresses: list[Address], ground: Ground) -> list[str]:
    found: list[str] = []
    for address in addresses:
        toggle = ground.toggles.get(address)
        product = ground.products.get(toggle.product) if toggle is not None and toggle.product else None
        if product is not None:
            whose = product.title or product.address.name
            found += [f"people of {whose} ({one.name}) see: {one.off}" for one in product.segments if one.off]
    return found


def _watched(rollouts: list[Address], desired: Desired) -> list[str]:
    stages = [stage for name in rollouts if name in desired.rollouts for stage in desired.rollouts[name].stages]
    found = []
    for address in sorted({monitor for stage in stages for monitor in stage.monitors}):
        monitor = desired.monitors.get(address)
        where = f" ({monitor.where})" if monitor is not None and monitor.where else ""
        found.append(f"{address}{f': {monitor.title}' if monitor is not None else ''}{where}")
    for address in sorted({trigger for stage in stages for trigger in stage.triggers}):
        trigger = desired.triggers.get(address)
        if trigger is not None and trigger.action:
            found.append(f"{trigger.title}: {trigger.action}")
    return found
