"""Making text inert: nothing in it may act on a reader's terminal, page or account."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from flagstaff.views.look import all_visible

_SCHEMES: Final = frozenset({"http", "https", "mailto"})
# What means something in Markdown, or calls an account, an issue or a page, wherever it stands.
_SPECIAL: Final = re.compile(
    r"[\\`*_\[\]<>|~$&]|!$|://|www\.|@(?=\w)|#(?=\d)|\bGH-(?=\d)|\b(?=\d*[a-f])[0-9a-f]{7,40}\b"
    r"|:(?=[\w+-])(?!\d\d?\b)",  # :tada:, whose second colon may be one of ours; but not 10:30:00
    re.IGNORECASE,
)
_NOTHING: Final = "&#8203;"
# A line that begins so would be a heading, a list, a quote or a rule.
_OPENING: Final = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))")


def seen(text: str) -> str:
    """One line, with every character visible: signs that steer terminals or turn the direction as escapes."""
    return all_visible(text.replace("\n", " "))


def seen_lines(text: str) -> str:
    """The same for a text of several lines, which keeps its lines; tabs are blanks."""
    return "\n".join(map(seen, text.expandtabs(4).replace("\r\n", "\n").split("\n")))


def is_link(url: str) -> bool:
    """Whether it may become a link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = url.isprintable() and not any(sign.isspace() or sign in "<>\"'`\\|" for sign in url)
    return plain and parts.scheme in _SCHEMES and bool(parts.netloc or parts.path)


def markdown_text(text: str) -> str:
    """Plain text that Markdown shows as it is, wherever in a line it stands."""
    return _SPECIAL.sub(_escaped, seen(text))


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    match found:
        case "<" | ">" | "|" | "&":
            return {"<": "&lt;", ">": "&gt;", "|": "&#124;", "&": "&amp;"}[found]
        case "://":
            return f":{_NOTHING}//"
        case "@" | "#" | ":":
            return found + _NOTHING
        case _ if found.endswith("."):
            return f"{found[:-1]}{_NOTHING}."
        case _ if found.endswith("-"):
            return f"{found}{_NOTHING}"
        case _ if len(found) > 1:  # what could be a commit
            return _NOTHING.join(found[place : place + 6] for place in range(0, len(found), 6))
        case _:
            return f"\\{found}"


def markdown_heading(text: str) -> str:
    """The same text in a heading, of which a `#` at its end would be taken for the end."""
    return re.sub("(?<!&)#", r"\\#", markdown_text(text))


def markdown_start(text: str) -> str:
    """The same text where it begins a line: it stays a paragraph."""
    return _OPENING.sub(lambda match: f"{match[1]}{_opened(match[2])}", text)


def _opened(sign: str) -> str:
    return f"{sign}{_NOTHING}" if sign.isdigit() else f"\\{sign}"


def markdown_code(text: str, *, cell: bool = False) -> str:
    """A code span; in a table's cell, its pipes don't end the cell."""
    safe = seen(text)
    if cell and "|" in safe and "\\" in safe:
        return markdown_text(text)  # a table would read the one as an escape of the other
    if cell:
        safe = safe.replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", safe)), default=0) + 1)
    blank = " " if safe.startswith("`") or safe.endswith("`") or not safe.strip() else ""
    return f"{fence}{blank}{safe}{blank}{fence}"
