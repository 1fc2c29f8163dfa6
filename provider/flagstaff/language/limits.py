"""How much one expression may make, so that a few lines can't ask for more memory than there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from flagstaff.language.values import Value

# Characters of one text, and elements of one list.
MOST_TEXT: Final = 4 * 1024 * 1024
MOST_ELEMENTS: Final = 1_000_000
# Rounds of all `for`s of one expression together.
MOST_ROUNDS: Final = 1_000_000

TOO_LONG: Final = f"the text would have more than {MOST_TEXT:,} characters"
TOO_MANY: Final = f"the list would have more than {MOST_ELEMENTS:,} elements"
TOO_LARGE: Final = f"larger than {MOST_TEXT:,} characters and elements"


def fits(value: Value) -> bool:
    """Whether a value is small enough to be written down; what stands in it twice counts twice."""
    left, stack = MOST_TEXT, [value]
    while stack and left >= 0:
        data = stack.pop().data
        left -= 1
        if isinstance(data, str):
            left -= len(data)
        elif isinstance(data, tuple):
            left -= len(data)
            stack += data if left >= 0 else ()
        elif isinstance(data, dict):
            left -= len(data)
            stack += data.values() if left >= 0 else ()
    return left >= 0


class Rounds:
    """How many there were."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0
