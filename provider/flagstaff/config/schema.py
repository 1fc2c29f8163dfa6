"""The kinds of blocks that a configuration may have, as data.

Rule: what can be said of a block without evaluating it is said here, once; `decode` enforces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from flagstaff.language.types import ANY, BOOL, NUMBER, STRING, ListType, MapType, ReferenceType, Type


class Reading(Enum):
    """How an attribute's expression is understood."""

    VALUE = "evaluated, and converted to its type"
    CONDITION = "compiled, not evaluated"
    STATIC = "read by the block's own code: an address, a type, a constant"


@dataclass(frozen=True, slots=True)
class AttributeSchema:
    """`decided`: an undecided value is refused here. `credential`: a sensitive value is welcome."""

    type: Type = STRING
    required: bool = False
    decided: bool = False
    credential: bool = False
    reading: Reading = Reading.VALUE


@dataclass(frozen=True, slots=True)
class BlockSchema:
    """`labels` says what each label is; the first one of a kind in `NAMED` is its name in an address.

    `others`: the schema of attributes that aren't listed, where any are allowed.
    `unique`: at most one in a configuration (or in the block around it).
    `alone`: why it takes no `for_each` or `count`, of which `{}` is the one; empty where it does.
    """

    labels: tuple[str, ...] = ()
    attributes: Mapping[str, AttributeSchema] = field(default_factory=dict)
    blocks: Mapping[str, BlockSchema] = field(default_factory=dict)
    others: AttributeSchema | None = None
    unique: bool = False
    alone: str = ""

    @property
    def repeats(self) -> bool:
        return not self.alone

    def attribute(self, name: str) -> AttributeSchema | None:
        return self.attributes.get(name, self.others)


_TEXT: Final = AttributeSchema()
_TEXTS: Final = AttributeSchema(ListType(STRING))
_FLAG: Final = AttributeSchema(BOOL)
_NUMBER: Final = AttributeSchema(NUMBER)
_ROLE: Final = AttributeSchema(ReferenceType("role"))
_PRODUCT: Final = AttributeSchema(ReferenceType("product"))
_STATIC: Final = AttributeSchema(ANY, reading=Reading.STATIC)
_ADDRESS: Final = AttributeSchema(ANY, required=True, reading=Reading.STATIC)
_DECIDED_TEXT: Final = AttributeSchema(decided=True)
_NAMED_TEXT: Final = AttributeSchema(required=True, decided=True)
_DECIDED_FLAG: Final = AttributeSchema(BOOL, decided=True)
_TOGGLES: Final = AttributeSchema(ListType(ReferenceType("toggle")))
# A number or a duration, or `between` two of them.
_SPAN: Final = AttributeSchema(ANY)
_TRIGGERS: Final = AttributeSchema(ListType(ReferenceType("trigger")))
_MONITORS: Final = AttributeSchema(ListType(ReferenceType("monitor")))
_BLOCKERS: Final = AttributeSchema(ListType(ReferenceType("blocker")))
_WAIVE: Final = BlockSchema(
    attributes={
        "check": _NAMED_TEXT,
        "of": AttributeSchema(ANY, reading=Reading.STATIC),
        "reason": _NAMED_TEXT,
        "until": _NAMED_TEXT,
    }
)

_FLAGSTAFF: Final = BlockSchema(
    attributes={
        "required_version": _DECIDED_TEXT,
        "environment": _DECIDED_TEXT,
        "production": _DECIDED_FLAG,
        "timezone": _DECIDED_TEXT,
    },
    blocks={
        "backend": BlockSchema(
            labels=("kind",),
            others=AttributeSchema(ANY, decided=True),
            unique=True,
            alone="the state of a configuration is kept in one place.",
        )
    },
    unique=True,
    alone="it says what the whole configuration has in common, so there is one.",
)

_PROVIDER: Final = BlockSchema(
    labels=("kind",),
    attributes={"source": AttributeSchema(required=True, decided=True), "propagation": _DECIDED_TEXT},
    others=AttributeSchema(ANY, decided=True, credential=True),
    blocks={
        "verify": BlockSchema(
            attributes={"source": _NAMED_TEXT, "url": _NAMED_TEXT},
            unique=True,
            alone="an apply is followed by one smoke test.",
        )
    },
    unique=True,
    alone="a configuration has one store. Put the toggles of another store into a directory of their own.",
)

_VARIABLE: Final = BlockSchema(
    labels=("name",),
    attributes=dict.fromkeys(("type", "default", "description", "sensitive", "nullable"), _STATIC),
    blocks={
        "validation": BlockSchema(
            attributes=dict.fromkeys(
                ("condition", "error_message"), AttributeSchema(ANY, required=True, reading=Reading.STATIC)
            ),
            alone="a condition can look at every element itself: alltrue([for x in var.v : x > 0]).",
        )
    },
    alone="a variable has one value, given under its name. Give it a map, and repeat the blocks that use it.",
)

_OUTPUT: Final = BlockSchema(
    labels=("name",),
    attributes={
        "value": AttributeSchema(ANY, required=True, credential=True),
        "description": _TEXT,
        "sensitive": _DECIDED_FLAG,
    },
)

_PRODUCT_BLOCK: Final = BlockSchema(
    labels=("name",),
    attributes={"title": _TEXT, "owner": _ROLE, "people": _NUMBER},
    blocks={
        "segment": BlockSchema(
            labels=("name",), attributes={"title": _TEXT, "share": _NUMBER, "on": _TEXT, "off": _TEXT}
        )
    },
)

_TOGGLE: Final = BlockSchema(
    labels=("name",),
    attributes={
        "key": AttributeSchema(required=True, decided=True),
        "title": _TEXT,
        "product": _PRODUCT,
        "aliases": AttributeSchema(ListType(STRING), decided=True),
        "percentage": _NUMBER,
        "enabled": _FLAG,
        "create": _FLAG,
        "protected": _FLAG,
        "expect_drift": _FLAG,
        "depends_on": AttributeSchema(ListType(ReferenceType("toggle")), decided=True),
    },
    blocks={
        "requires": BlockSchema(
            attributes={
                "toggles": AttributeSchema(ListType(ReferenceType("toggle")), required=True, decided=True),
                "at_least": _NUMBER,
                "hard": _FLAG,
                "actors_only": _FLAG,
                "reason": _TEXT,
            }
        ),
        "waive": _WAIVE,
    },
)

# What holds for one stage, or for all of a rollout's.
_ENTRY: Final = {
    "blocked_by": _BLOCKERS,
    "monitors": _MONITORS,
    "triggers": _TRIGGERS,
    "approval": _ROLE,
    "soak": _SPAN,
}

_STAGE: Final = BlockSchema(
    labels=("name",),
    attributes={
        **_ENTRY,
        "title": _TEXT,
        "percentage": _SPAN,
        "enabled": _FLAG,
        "toggles": _TOGGLES,
        "after": AttributeSchema(ListType(STRING), decided=True),
        "not_before": _TEXT,
        "together": _DECIDED_FLAG,
        "meaning": _DECIDED_TEXT,
        "max_raise": _NUMBER,
        "note": _TEXT,
    },
    blocks={"waive": _WAIVE},
)

_RISK: Final = BlockSchema(
    labels=("name",),
    attributes={
        "title": _TEXT,
        "detail": _TEXT,
        "mitigation": _TEXT,
        "status": _TEXT,
        "owner": _ROLE,
    },
)

_DOCUMENT: Final = BlockSchema(
    attributes={
        "title": _TEXT,
        "status": _TEXT,
        "updated": _TEXT,
        "facts": AttributeSchema(MapType(STRING)),
        "glossary": AttributeSchema(MapType(STRING)),
    },
    blocks={"section": BlockSchema(labels=("name",), attributes={"title": _TEXT, "body": _TEXT})},
    unique=True,
    alone="a rollout has one document.",
)

_ROLLOUT: Final = BlockSchema(
    labels=("name",),
    attributes={
        **_ENTRY,
        "title": _TEXT,
        "product": _PRODUCT,
        "owner": _ROLE,
        "go": AttributeSchema(ListType(STRING), decided=True),
    },
    blocks={"stage": _STAGE, "risk": _RISK, "document": _DOCUMENT, "waive": _WAIVE},
)

_MONITOR: Final = BlockSchema(
    labels=("name",),
    attributes={
        "title": _TEXT,
        "pass_when": AttributeSchema(BOOL, reading=Reading.CONDITION),
        "worse": _DECIDED_TEXT,
        "tolerance": _NUMBER,
        "min_samples": _NUMBER,
        "before_traffic": _DECIDED_TEXT,
        "unit": _TEXT,
        "where": _TEXT,
        "normal": _TEXT,
        "concerning": _TEXT,
        "note": _TEXT,
    },
    blocks={
        "source": BlockSchema(
            labels=("kind",),
            attributes={"window": _TEXT, "delay": _TEXT, "interval": _TEXT},
            others=AttributeSchema(ANY, credential=True),
            unique=True,
            alone="a monitor has one source.",
        ),
        "baseline": BlockSchema(
            attributes={"window": _TEXT, "value": _NUMBER},
            unique=True,
            alone="a monitor has one baseline.",
        ),
    },
)

KINDS: Final[Mapping[str, BlockSchema]] = {
    "flagstaff": _FLAGSTAFF,
    "provider": _PROVIDER,
    "variable": _VARIABLE,
    "locals": BlockSchema(
        others=AttributeSchema(ANY),
        alone='a local value can be a list or map of any size: sites = { for s in ["653"] : s => 5 }. As the name of a '
        'local value, "{}" would be taken for a repetition; choose another one.',
    ),
    "output": _OUTPUT,
    "product": _PRODUCT_BLOCK,
    "role": BlockSchema(labels=("name",), attributes={"signers": _TEXTS, "github_team": _TEXT}),
    "toggle": _TOGGLE,
    "experience": BlockSchema(
        labels=("name",),
        attributes={
            "title": _TEXT,
            "product": _PRODUCT,
            "when": AttributeSchema(BOOL, required=True, reading=Reading.CONDITION),
            "ids": _TEXT,
        },
    ),
    "policy": BlockSchema(
        attributes={
            "max_raise": _NUMBER,
            "max_changed_share": _NUMBER,
            "owner": _ROLE,
            "prevent_self_approval": _FLAG,
        },
        blocks={
            "freeze": BlockSchema(
                labels=("name",),
                attributes={
                    "from": _NAMED_TEXT,
                    "to": _NAMED_TEXT,
                    "reason": _TEXT,
                    "products": AttributeSchema(ListType(ReferenceType("product"))),
                },
            ),
            "working_hours": BlockSchema(
                attributes={
                    "days": AttributeSchema(ListType(STRING), decided=True),
                    "from": _NAMED_TEXT,
                    "to": _NAMED_TEXT,
                    "timezone": _DECIDED_TEXT,
                    "holidays": AttributeSchema(ListType(STRING), decided=True),
                },
                unique=True,
                alone="there is one time of day in which raises may start.",
            ),
            "waive": _WAIVE,
        },
        unique=True,
        alone="there is one policy, and it holds for every plan as a whole.",
    ),
    "blocker": BlockSchema(
        labels=("name",),
        attributes={
            "title": _TEXT,
            "status": _TEXT,
            "blocking": _FLAG,
            "owner": _ROLE,
            "evidence": _TEXT,
            "note": _TEXT,
            "product": _PRODUCT,
        },
    ),
    "monitor": _MONITOR,
    "trigger": BlockSchema(
        labels=("name",),
        attributes={
            "title": _TEXT,
            "reason": _TEXT,
            "action": _TEXT,
            "monitor": AttributeSchema(ReferenceType("monitor")),
            "when": AttributeSchema(BOOL, reading=Reading.CONDITION),
        },
    ),
    "rollout": _ROLLOUT,
    "removed": BlockSchema(attributes={"from": _ADDRESS, "delete": _DECIDED_FLAG}),
    "moved": BlockSchema(attributes={"from": _ADDRESS, "to": _ADDRESS}),
}

# The kinds that an expression can refer to, as `toggle.x`.
REFERABLE: Final = ("blocker", "experience", "monitor", "product", "role", "toggle", "trigger")

# What a block that `repeats` may have besides its own attributes.
REPETITION: Final[Mapping[str, AttributeSchema]] = {"for_each": _STATIC, "count": _STATIC}
