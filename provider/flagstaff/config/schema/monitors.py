"""Blocks about what is measured: `monitor` and `trigger`."""

from __future__ import annotations

from typing import Final

from flagstaff.config.schema.shapes import DURATION, AttributeSchema, BlockSchema, Reading, prose
from flagstaff.language.types import ANY, BOOL, NUMBER, ReferenceType

_SOURCE: Final = BlockSchema(
    "where its numbers come from; no monitor is without one",
    labels=("kind",),
    attributes={
        "window": AttributeSchema("how far back it looks", notation=DURATION, default='`"1h"`'),
        "delay": AttributeSchema("how old the newest point must be", notation=DURATION, default='`"2m"`'),
        "interval": AttributeSchema("the step between two points", notation=DURATION, default='`"1m"`'),
    },
    others=AttributeSchema("as its kind has it", ANY, credential=True),
    unique=True,
    alone="a monitor has one source.",
)

_BASELINE: Final = BlockSchema(
    "what the measurement is compared with. Needed where there is no `pass_when`, or where that speaks of `baseline`",
    attributes={
        "window": AttributeSchema(
            'the same query over so long a time, which ends at the rollout\'s first move, and is frozen then: `"7d"`',
            notation=DURATION,
        ),
        "value": AttributeSchema("instead: a number that somebody knows", NUMBER),
    },
    unique=True,
    alone="a monitor has one baseline.",
)

MONITOR: Final = BlockSchema(
    "a measurement with a verdict",
    labels=("name",),
    attributes={
        "title": AttributeSchema("how it is called in plans", default="its name"),
        "pass_when": AttributeSchema(
            "what is good enough, over `measured`, `baseline`, `numerator` and `samples`: `measured <= baseline * 1.1`",
            BOOL,
            reading=Reading.CONDITION,
            default="no change for the worse that the data supports",
        ),
        "worse": AttributeSchema("`increase` or `decrease`: which way is worse", decided=True, default='`"increase"`'),
        "tolerance": AttributeSchema(
            "how much of a change doesn't matter, as a part of the baseline", NUMBER, default="`0.05`"
        ),
        "min_samples": AttributeSchema("fewer are inconclusive, which never passes", NUMBER, default="`1`"),
        "before_traffic": AttributeSchema(
            "while no toggle of the rollout is up: `wait`, or `skip`: it passes", decided=True, default='`"wait"`'
        ),
        "unit": prose(),
        "where": prose("where people look at it"),
        "normal": prose("what is normal"),
        "concerning": prose("what is not"),
        "note": prose(),
    },
    blocks={"source": _SOURCE, "baseline": _BASELINE},
)

TRIGGER: Final = BlockSchema(
    "a condition under which one rolls back",
    labels=("name",),
    attributes={
        "title": AttributeSchema("how it is called in plans", default="its name"),
        "reason": prose("why it is serious"),
        "action": prose("what to do"),
        "monitor": AttributeSchema("what shows it", ReferenceType("monitor"), default="it is a person's call"),
        "when": AttributeSchema(
            "over the monitor's numbers, as in `pass_when`",
            BOOL,
            reading=Reading.CONDITION,
            default="the monitor fails",
        ),
    },
)
