"""Writes what is generated in the documents; `--check` only says whether it is current.

What makes a page stands in docs/generating, one module for each kind.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from generating import commands, configuration, consoles, diagnostics, formats, functions

ROOT: Final = Path(__file__).resolve().parents[1]
DOCS: Final = ROOT / "docs"

# Pages made of code as a whole.
MADE: Final[Mapping[Path, Callable[[Path], str]]] = {
    DOCS / "reference" / "cli.md": commands.page,
    DOCS / "reference" / "configuration.md": configuration.page,
    DOCS / "reference" / "diagnostics.md": diagnostics.page,
    DOCS / "reference" / "functions.md": functions.page,
    DOCS / "reference" / "json.md": formats.page,
}
# Pages in which the output of commands is made; those without a `console` block stay as they are.
SHOWN: Final = (
    ROOT / "README.md",
    *sorted(path for kind in ("tutorial", "how-to", "explanation") for path in (DOCS / kind).glob("*.md")),
)


def main() -> None:
    check = sys.argv[1:] == ["--check"]
    current = {path: page(ROOT) for path, page in MADE.items()}
    for path in SHOWN:
        text = path.read_text(encoding="utf-8")
        if consoles.BLOCK.search(text):
            current[path] = consoles.page(ROOT, text)
    stale = [page for page, text in current.items() if not page.exists() or page.read_text(encoding="utf-8") != text]
    for page in stale:
        if not check:
            page.write_text(current[page], encoding="utf-8")
    names = ", ".join(str(page.relative_to(ROOT)) for page in stale)
    if check and stale:
        sys.exit(f"Not what the commands print now: {names}. Run `make docs`, and read the difference.")
    sys.stdout.write(f"Written: {names}.\n" if stale else "The documents are current.\n")


if __name__ == "__main__":
    main()
