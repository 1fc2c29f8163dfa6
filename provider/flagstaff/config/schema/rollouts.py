"""Blocks about rollouts: `rollout` with its stages, risks and document, and `blocker`."""

from __future__ import annotations

from typing import Final

from flagstaff.config.schema.policy import WAIVE
from flagstaff.config.schema.shapes import (
    PRODUCT,
    ROLE,
    TEXTS,
    TIME,
    TOGGLES,
    AttributeSchema,
    BlockSchema,
    flag,
    prose,
)
from flagstaff.language.types import ANY, BOOL, NUMBER, STRING, ListType, MapType, ReferenceType

# What holds for one stage, or for all of a rollout's.
_ENTRY: Final = {
    "blocked_by": AttributeSchema(
        "what must be complete; `blocker.x` stands for all instances of a repeated one",
        ListType(ReferenceType("blocker")),
    ),
    "monitors": AttributeSchema("what must pass", ListType(ReferenceType("monitor"))),
    "triggers": AttributeSchema("why one goes back", ListType(ReferenceType("trigger"))),
    "approval": AttributeSchema("who must agree", ROLE),
    "soak": AttributeSchema(
        'how long it must run, whole and in one piece, before anything after it: `"24h"`. Over the upper end of '
        '`between("24h", "48h")` warns',
        ANY,
        notation="duration, or `between` two",
    ),
}

_STAGE: Final = BlockSchema(
    "a step of the ramp. One without `percentage` and `toggles` moves nothing: it is a time in the plan, such as the "
    "months after 100 %",
    labels=("name",),
    attributes={
        "title": AttributeSchema("how it is called in plans", default="its name"),
        "percentage": AttributeSchema(
            "how far its toggles go: `5`, or `between(1, 5)`: any value in it is as declared, and moves go to the "
            "upper end",
            ANY,
            notation="number, or `between` two",
        ),
        "enabled": AttributeSchema("instead: `true` is on for everybody, visitors who aren't logged in included", BOOL),
        "toggles": AttributeSchema("what it moves", TOGGLES),
        "after": AttributeSchema(
            "the stages that must be over; `[]`: none",
            TEXTS,
            decided=True,
            default="the stage before, and every earlier one that shares a toggle",
        ),
        "not_before": AttributeSchema("before this it can't start", notation=TIME),
        **_ENTRY,
        "together": flag("`true`: its toggles move as one, or not at all", decided=True),
        "meaning": AttributeSchema(
            "what on means, where that changes from stage to stage: its people are then new people, and it is "
            "entered as if it raised, whatever the number",
            decided=True,
        ),
        "max_raise": AttributeSchema(
            "percentage points that it may raise a toggle", NUMBER, default="that of `policy`"
        ),
        "note": prose(),
    },
    blocks={"waive": WAIVE},
)

_RISK: Final = BlockSchema(
    "a known risk, for the report",
    labels=("name",),
    attributes={
        "title": AttributeSchema("what it is, in a few words", default="its name"),
        "detail": prose("what it is"),
        "mitigation": prose("what is done about it"),
        "status": AttributeSchema("any word", default='`"open"`'),
        "owner": AttributeSchema("who looks after it", ROLE),
    },
)

_DOCUMENT: Final = BlockSchema(
    "what the release plan says besides what can be computed",
    attributes={
        "title": AttributeSchema("its title"),
        "status": AttributeSchema("in its head"),
        "updated": AttributeSchema("in its head: when it was last brought up to date"),
        "facts": AttributeSchema("more lines of its head", MapType(STRING)),
        "glossary": AttributeSchema("words, and what they mean", MapType(STRING)),
    },
    blocks={
        "section": BlockSchema(
            "free text",
            labels=("name",),
            attributes={"title": AttributeSchema("its heading"), "body": AttributeSchema("Markdown")},
        )
    },
    unique=True,
    alone="a rollout has one document.",
)

ROLLOUT: Final = BlockSchema(
    "a ramp, declared once. Its stages stand there in the order in which they are to happen; `go` is the line that a "
    "pull request changes",
    labels=("name",),
    attributes={
        "title": AttributeSchema("how it is called in plans", default="its name"),
        "product": AttributeSchema("whose it is", PRODUCT),
        "owner": AttributeSchema("who answers for it", ROLE, default="its product's owner"),
        "go": AttributeSchema(
            'the stages that have their Go, by their names. `"site"` stands for all instances of a repeated stage, '
            '`"site[\\"653\\"]"` for one',
            TEXTS,
            decided=True,
        ),
        **_ENTRY,
    },
    blocks={"stage": _STAGE, "risk": _RISK, "document": _DOCUMENT, "waive": WAIVE},
)

BLOCKER: Final = BlockSchema(
    "a fact outside the store that a stage waits for",
    labels=("name",),
    attributes={
        "title": AttributeSchema("how it is called in plans", default="its name"),
        "status": AttributeSchema(
            "`pending`, `in_progress` or `complete`. Undecided counts as pending", default='`"pending"`'
        ),
        "blocking": flag("`false`: shown, and blocks nothing", default="`true`"),
        "owner": AttributeSchema("who answers for it", ROLE, default="its product's owner"),
        "evidence": prose("where it can be looked up"),
        "note": prose(),
        "product": AttributeSchema("whose it is", PRODUCT),
    },
)
