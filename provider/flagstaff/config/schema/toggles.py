"""Blocks about toggles, and whose they are: products, roles, experiences, `moved` and `removed`."""

from __future__ import annotations

from typing import Final

from flagstaff.config.schema.policy import WAIVE
from flagstaff.config.schema.shapes import (
    PRODUCT,
    ROLE,
    TEXTS,
    TOGGLES,
    AttributeSchema,
    BlockSchema,
    Reading,
    address,
    flag,
    prose,
)
from flagstaff.language.types import BOOL, NUMBER

PRODUCT_BLOCK: Final = BlockSchema(
    "an owner of toggles, and how plans are grouped",
    labels=("name",),
    attributes={
        "title": AttributeSchema("how it is called in plans", default="its name"),
        "owner": AttributeSchema("who answers for it", ROLE),
        "people": AttributeSchema("how many it has, as an estimate: turns shares into people", NUMBER),
    },
    blocks={
        "segment": BlockSchema(
            'a kind of person: `dual`, or `dual["653"]` of a repeated one',
            labels=("name",),
            attributes={
                "title": AttributeSchema("how it is called in plans", default="its name"),
                "share": AttributeSchema("its part of the product's people, from `0` to `1`", NUMBER),
                "on": prose("what they have where a toggle is on, in words"),
                "off": prose("what they have where it is off, in words"),
            },
        )
    },
)

ROLE_BLOCK: Final = BlockSchema(
    "who must agree to something",
    labels=("name",),
    attributes={
        "signers": AttributeSchema("lines in OpenSSH's allowed-signers form, one literal principal each", TEXTS),
        "github_team": AttributeSchema("`organisation/team`"),
    },
)

_REQUIRES: Final = BlockSchema(
    "what must be so while this toggle is above 0",
    attributes={
        "toggles": AttributeSchema("the parents", TOGGLES, required=True, decided=True),
        "at_least": AttributeSchema("the percentage that each parent must have", NUMBER, default="`100`"),
        "hard": flag("`true`: nobody can waive it"),
        "actors_only": flag(
            "`true`: this toggle may be on while a parent is at a percentage; visitors who aren't logged in then have "
            "it without the parent"
        ),
        "reason": prose("why, shown when it blocks"),
    },
)

TOGGLE: Final = BlockSchema(
    "a toggle of the live store",
    labels=("name",),
    attributes={
        "key": AttributeSchema(
            "its name in the live store, to the letter; two blocks can't have the same", required=True, decided=True
        ),
        "title": AttributeSchema("what it does, beside its name in plans and reports"),
        "product": AttributeSchema("whose it is", PRODUCT),
        "aliases": AttributeSchema("other names that people type for it", TEXTS, decided=True),
        "percentage": AttributeSchema("`0` to `100`, in steps of 0.001: how far it is turned up", NUMBER),
        "enabled": AttributeSchema(
            "`true`: on for everybody, visitors who aren't logged in included; `false`: the switch is off", BOOL
        ),
        "create": flag("`true`: made in the live store if it isn't there; otherwise that is an error on a raise"),
        "protected": flag(
            "`true`: no plan lowers it without its product owner's agreement; a rollback has its key typed"
        ),
        "expect_drift": flag(
            "`true`: its environment turns it up or down by itself, as a start of the application with "
            "`enable_in_development` does. Its drift is one line of the plan; turned down, it is not held, turned up, "
            "it is lowered without a yes of its own. All other checks hold"
        ),
        "depends_on": AttributeSchema(
            "an order without a level: these move first on the way up", TOGGLES, decided=True
        ),
    },
    blocks={"requires": _REQUIRES, "waive": WAIVE},
)

EXPERIENCE: Final = BlockSchema(
    "what a person really gets",
    labels=("name",),
    attributes={
        "title": AttributeSchema("how it is called in plans", default="its name"),
        "product": AttributeSchema("whose it is", PRODUCT),
        "when": AttributeSchema(
            "`&&`, `||`, `!` over toggles, segments and other experiences: `toggle.global && toggle.allergies`",
            BOOL,
            required=True,
            reading=Reading.CONDITION,
        ),
        "ids": AttributeSchema(
            'the kind of id that its toggles are evaluated with, where that isn\'t the usual one: `"icn"`'
        ),
    },
)

REMOVED: Final = BlockSchema(
    "a toggle whose block was taken out on purpose",
    attributes={
        "from": address("the toggle's address"),
        "delete": flag(
            "`true`: its live toggle is deleted as well, if it is at 0, Flagstaff made it, and its owner agrees",
            decided=True,
        ),
    },
)
MOVED: Final = BlockSchema(
    "the same toggle under another address",
    attributes={"from": address("the address that it had"), "to": address("the address that it has now")},
)
