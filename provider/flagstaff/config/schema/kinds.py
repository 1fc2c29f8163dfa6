"""The kinds of blocks that a configuration may have, by their names.

Rule: what can be said of a block without evaluating it is said in its schema, once; `instance` enforces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flagstaff.config.schema import monitors, policy, rollouts, settings, toggles
from flagstaff.config.schema.shapes import BlockSchema

KINDS: Final[Mapping[str, BlockSchema]] = {
    "flagstaff": settings.FLAGSTAFF,
    "provider": settings.PROVIDER,
    "variable": settings.VARIABLE,
    "locals": settings.LOCALS,
    "output": settings.OUTPUT,
    "product": toggles.PRODUCT_BLOCK,
    "role": toggles.ROLE_BLOCK,
    "toggle": toggles.TOGGLE,
    "experience": toggles.EXPERIENCE,
    "policy": policy.POLICY,
    "blocker": rollouts.BLOCKER,
    "monitor": monitors.MONITOR,
    "trigger": monitors.TRIGGER,
    "rollout": rollouts.ROLLOUT,
    "removed": toggles.REMOVED,
    "moved": toggles.MOVED,
}

# The kinds that an expression can refer to, as `toggle.x`.
REFERABLE: Final = ("blocker", "experience", "monitor", "product", "role", "toggle", "trigger")
