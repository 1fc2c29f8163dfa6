"""JSON as it is printed: readable where it can be, on as many lines as it was asked for.

Signs that end a line for some readers, turn the direction of text or steer a terminal are written as JSON's escapes:
a log that shows the text shows what is in it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

# JSON itself escapes those below a blank. None of these occurs outside of strings.
_UNSEEN: Final = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def json_text(document: Any, *, indent: int | None = None, compact: bool = False) -> str:
    """One line without `indent`; `compact`: with no blanks in it."""
    text = json.dumps(document, ensure_ascii=False, indent=indent, separators=(",", ":") if compact else None)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
