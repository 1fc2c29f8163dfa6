"""What every step of the lowering needs: the piece of text at hand, and the way back from it to the file."""

from __future__ import annotations

from dataclasses import dataclass

from flagstaff.diagnostics import Diagnostics
from flagstaff.language.chunks import Chunk
from flagstaff.language.grammar import Syntax
from flagstaff.language.mask import Mask
from flagstaff.language.mistakes import Mistake
from flagstaff.language.nodes import Null
from flagstaff.language.source import Source

# Deeper than any configuration that a person reads, and shallow enough for every recursion over the tree.
MAX_DEPTH = 100


@dataclass(slots=True)
class Piece:
    source: Source
    mask: Mask
    chunk: Chunk
    diagnostics: Diagnostics
    context: str = ""
    depth: int = 0
    is_too_deep: bool = False

    def start(self, syntax: Syntax) -> int:
        return self.chunk.start(syntax.start)

    def end(self, syntax: Syntax) -> int:
        return self.chunk.end(syntax.end)

    def text(self, syntax: Syntax) -> str:
        return self.source.text[self.start(syntax) : self.end(syntax)]

    def has_newline(self, start: int, end: int) -> bool:
        """Whether a line end that counts stands between two offsets."""
        return self.mask.text.find("\n", start, end) >= 0

    def report(self, mistake: Mistake) -> None:
        mistake.report(self.source, self.context, self.diagnostics)

    def mistake(self, start: int, end: int, summary: str, detail: str) -> None:
        self.report(Mistake(start, end, summary, detail))

    def allows(self, levels: int) -> bool:
        return self.depth + levels <= MAX_DEPTH

    def too_deep(self, start: int, end: int) -> Null:
        """Said once, at the first character; what is deeper is left out."""
        if not self.is_too_deep:
            self.is_too_deep = True
            self.mistake(
                start,
                start + 1,
                "Nesting too deep",
                f"Here more than {MAX_DEPTH} brackets, operators or blocks are nested in each other. "
                "Take parts of it out into `locals`.",
            )
        return Null(self.source, start, end)
