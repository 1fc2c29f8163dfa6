"""Blocks about the configuration itself: `flagstaff`, `provider`, variables, locals and outputs."""

from __future__ import annotations

from typing import Final

from flagstaff.config.schema.shapes import DURATION, AttributeSchema, BlockSchema, Reading, flag, prose
from flagstaff.language.types import ANY

FLAGSTAFF: Final = BlockSchema(
    "what the whole configuration has in common",
    attributes={
        "required_version": AttributeSchema(
            'the versions of Flagstaff that may read this: `">= 0.1"`, `"~> 0.1"`', decided=True, default="any"
        ),
        "environment": AttributeSchema(
            "printed on top of every plan, and part of the change id", decided=True, default='`"default"`'
        ),
        "production": flag("`true`: the environment's name has to be typed to confirm an apply", decided=True),
        "timezone": AttributeSchema("IANA zone for dates without one", decided=True, default='`"UTC"`'),
    },
    blocks={
        "backend": BlockSchema(
            "where the state is kept",
            labels=("kind",),
            others=AttributeSchema("as its kind has it", ANY, decided=True),
            unique=True,
            alone="the state of a configuration is kept in one place.",
        )
    },
    unique=True,
    alone="it says what the whole configuration has in common, so there is one.",
)

_VERIFY: Final = BlockSchema(
    "a smoke test after each apply",
    attributes={
        "source": AttributeSchema('what is asked; the only one is `"feature_toggles"`', required=True, decided=True),
        "url": AttributeSchema(
            'an address without credentials and without `?`, such as `"https://api.example.gov/v0/feature_toggles"`',
            required=True,
            decided=True,
        ),
    },
    unique=True,
    alone="an apply is followed by one smoke test.",
)

PROVIDER: Final = BlockSchema(
    "the store in which the toggles live",
    labels=("kind",),
    attributes={
        "source": AttributeSchema("how the store is reached, see below", required=True, decided=True),
        "propagation": AttributeSchema(
            "how long readers may still serve an old value. Neighbours by requirement are not written before that "
            'has passed: `"2m"`',
            decided=True,
            notation=DURATION,
            default='`"0s"`',
        ),
    },
    others=AttributeSchema("as its source has it", ANY, decided=True, credential=True),
    blocks={"verify": _VERIFY},
    unique=True,
    alone="a configuration has one store. Put the toggles of another store into a directory of their own.",
)


def _static(meaning: str, notation: str, default: str = "", *, required: bool = False) -> AttributeSchema:
    return AttributeSchema(meaning, ANY, required=required, reading=Reading.STATIC, notation=notation, default=default)


VARIABLE: Final = BlockSchema(
    "a value from outside, used as `var.name`",
    labels=("name",),
    attributes={
        "type": _static(
            "`string`, `number`, `bool`, `list(...)`, `set(...)`, `map(...)`, `object({...})`, `tuple([...])`, `any`; "
            "in objects `optional(type, default)`",
            "type",
            "`any`",
        ),
        "default": _static("its value if none is given; without it a value has to be given", "constant"),
        "description": _static("for people", "constant string"),
        "sensitive": _static(
            "`true`: its value is never shown or stored, and may be used only as a credential or in a sensitive output",
            "constant bool",
            "`false`",
        ),
        "nullable": _static("`false`: `null` is refused", "constant bool", "`true`"),
    },
    blocks={
        "validation": BlockSchema(
            "a condition that its value must meet",
            attributes={
                "condition": _static("what must be true of `var.name`", "bool", required=True),
                "error_message": _static("what to tell who gave another value", "string", required=True),
            },
            alone="a condition can look at every element itself: alltrue([for x in var.v : x > 0]).",
        )
    },
    alone="a variable has one value, given under its name. Give it a map, and repeat the blocks that use it.",
)

LOCALS: Final = BlockSchema(
    "values with names, used as `local.name`",
    others=AttributeSchema("any name: any expression", ANY),
    alone='a local value can be a list or map of any size: sites = { for s in ["653"] : s => 5 }. As the name of a '
    'local value, "{}" would be taken for a repetition; choose another one.',
)

OUTPUT: Final = BlockSchema(
    "a value for other programs, read with `flagstaff output name`; that of a repeated block is an object by key, "
    "or a list",
    labels=("name",),
    attributes={
        "value": AttributeSchema("what is put out", ANY, required=True, credential=True, notation="any"),
        "description": prose(),
        "sensitive": flag(
            "`true`: the value is neither shown nor stored; needed if it comes from a sensitive variable", decided=True
        ),
    },
)
