"""Blocks that restrain plans, and the one that lets something past: `policy` and `waive`."""

from __future__ import annotations

from typing import Final

from flagstaff.config.schema.shapes import (
    DAY,
    PRODUCT,
    ROLE,
    TEXTS,
    TIME,
    AttributeSchema,
    BlockSchema,
    Reading,
    flag,
    prose,
)
from flagstaff.language.types import ANY, NUMBER, ListType

WAIVE: Final = BlockSchema(
    "what is let through of the checks of the block around it",
    attributes={
        "check": AttributeSchema("the check that is let through, by its name", required=True, decided=True),
        "of": AttributeSchema(
            "only this one: the blocker, the monitor, the trigger, or the toggle that is required; `blocker.x` stands "
            "for all instances of a repeated one",
            ANY,
            reading=Reading.STATIC,
            notation="blocker, monitor, trigger, toggle",
            default="all of them",
        ),
        "reason": AttributeSchema("shown with it", required=True, decided=True),
        "until": AttributeSchema(
            "when it is over; a bare date counts to its end", required=True, decided=True, notation=TIME
        ),
    },
)

_FREEZE: Final = BlockSchema(
    "a time in which nothing is raised. A rollback is never frozen",
    labels=("name",),
    attributes={
        "from": AttributeSchema("its start", required=True, decided=True, notation=TIME),
        "to": AttributeSchema("its end; a bare date counts to its end", required=True, decided=True, notation=TIME),
        "reason": prose(),
        "products": AttributeSchema("only these", ListType(PRODUCT), default="all"),
    },
)

_WORKING_HOURS: Final = BlockSchema(
    "the time of day in which raises may start",
    attributes={
        "days": AttributeSchema(
            '`mon` to `sun`, or several as in `"mon-fri"`', TEXTS, decided=True, default='`["mon-fri"]`'
        ),
        "from": AttributeSchema('`"09:00"`', required=True, decided=True, notation=DAY),
        "to": AttributeSchema('`"17:00"`, or `"24:00"`', required=True, decided=True, notation=DAY),
        "timezone": AttributeSchema("IANA zone", decided=True, default="that of `flagstaff`"),
        "holidays": AttributeSchema('days on which nothing is raised: `"2026-12-25"`', TEXTS, decided=True),
    },
    unique=True,
    alone="there is one time of day in which raises may start.",
)

POLICY: Final = BlockSchema(
    "what restrains a plan as a whole",
    attributes={
        "max_raise": AttributeSchema(
            "percentage points that one toggle may go up in one plan", NUMBER, default="no limit"
        ),
        "max_changed_share": AttributeSchema(
            "part, from `0` to `1`, of the managed toggles that one plan may change; from 10 of them up",
            NUMBER,
            default="no limit",
        ),
        "owner": AttributeSchema("who may loosen it", ROLE),
        "prevent_self_approval": flag("`true`: who wrote a change can't be the only one who approves it"),
    },
    blocks={"freeze": _FREEZE, "working_hours": _WORKING_HOURS, "waive": WAIVE},
    unique=True,
    alone="there is one policy, and it holds for every plan as a whole.",
)
