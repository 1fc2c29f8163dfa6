"""docs/reference/diagnostics.md: every message and every check that there is, from the code."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from generating import explanations
from generating.summaries import Code, Message

from flagstaff.diagnostics import code_of
from flagstaff.plan.check import CheckName

HEAD: Final = """# Messages and checks by code

<!-- Written by docs/generate.py from the code and from docs/generating/explanations.py: run `make docs`. -->

Each message has a summary, which is always the same text, and a detail, which says what is wrong with which thing and
what to do. Its **code** is made of the summary: "Unknown attribute" is `unknown-attribute`. It stands in
`validate -json` as `code`, and in SARIF as the rule `message/unknown-attribute`. The rule of a check is
`check/` and its name, as in `check/max-raise`.

Below, `…` stands for what differs from case to case.
"""
# Which part of the code says it: the first folder of the package.
_AREAS: Final[Mapping[str, tuple[str, ...]]] = {
    "Configuration": ("config", "language"),
    "Plan": ("plan", "graph"),
    "Apply": ("apply",),
    "State and journal": ("state", "postgres"),
    "Stores of toggles": ("providers",),
    "Approvals": ("approvals",),
    "People": ("audience",),
    "Commands": ("cli", "views", "repository"),
}
# A place in a text that is filled in later, by `format`.
_PLACE: Final = re.compile(r"\{[a-z_]+\}")
_LINK: Final = re.compile(r"([\\*_<\[\]])")


def page(root: Path) -> str:
    """Raises ValueError where a message has neither a detail in the code nor an explanation, or two have one code."""
    messages = Code(root / "provider").messages()
    check_codes(messages)
    parts = [HEAD, "## Checks of a plan\n"]
    parts += [_check(name, messages.values()) for name in sorted(CheckName)]
    told: dict[str, list[Message]] = defaultdict(list)
    for message in messages.values():
        if severities(message):
            told[_area(message)].append(message)
    for area in _AREAS:
        parts += [f"## {area}\n", *(entry(message) for message in told[area])]
    return "\n".join(parts)


def check_codes(messages: Mapping[str, Message]) -> None:
    """Raises ValueError where two summaries have one code, or an explanation is of no message."""
    codes: dict[str, str] = {}
    for summary in messages:
        first = codes.setdefault(code_of(summary), summary)
        if first != summary:
            raise ValueError(f'"{first}" and "{summary}" have the same code.')
    if gone := sorted(explanations.MESSAGES.keys() - messages.keys()):
        raise ValueError(f"Explained, and said nowhere: {', '.join(gone)}.")


def severities(message: Message) -> list[str]:
    """Of a message that is said by itself; none: it is only a check's."""
    return sorted({place.severity for place in message.places} - {"check"})


def _area(message: Message) -> str:
    homes = [place.file.split("/")[1].removesuffix(".py") for place in message.places if place.severity != "check"]
    return next(area for area, folders in _AREAS.items() if homes[0] in folders)


def _check(name: CheckName, messages: Iterable[Message]) -> str:
    lines = [f"### `check/{code_of(name.value)}`\n", explanations.CHECKS[name], ""]
    for message in messages:
        if any(name.name in place.checks and not place.passes for place in message.places):
            texts = " / ".join(map(_shown, message.details))
            lines.append(f"- **{message.summary}**{f': {texts}' if texts else ''}")
    return "\n".join(lines).rstrip() + "\n"


def entry(message: Message) -> str:
    explained = explanations.MESSAGES.get(message.summary, "")
    if not explained and not message.details:
        raise ValueError(
            f'"{message.summary}" needs a text in explanations.py: what it says is not written in one place.'
        )
    lines = [f"### `{code_of(message.summary)}`\n", f"**{message.summary}** ({', '.join(severities(message))})\n"]
    if explained:
        lines += [explained, ""]
    lines += [f"- {_shown(detail)}" for detail in message.details]
    return "\n".join(lines).rstrip() + "\n"


def _shown(detail: str) -> str:
    """A template as Markdown that shows it as it is; what stands in back-ticks stays code."""
    parts = " ".join(detail.split()).split("`")
    shown = (part if number % 2 else _LINK.sub(r"\\\1", _PLACE.sub("…", part)) for number, part in enumerate(parts))
    return re.sub(r"…(?:\s*…)+", "…", "`".join(shown)).removesuffix(" …")
