"""The judge of `flagstaff fmt`, and what it said: `python tests/contract/hclwrite/judge.py` asks it anew.

The judge is main.go with the library's own formatter, as Debian has it (golang-go, golang-github-hashicorp-hcl-v2-dev).
Its answers to the edge cases, and to some random texts, are kept in tests/data/fmt, so that they count everywhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

HERE = Path(__file__).parent
ANSWERS = HERE.parents[1] / "data" / "fmt"
LIBRARY = Path("/usr/share/gocode")
SEED, COUNT = 1, 300


def build(directory: Path) -> Path:
    """The program, built without the network."""
    program = directory / "hclwrite"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(LIBRARY), "GOCACHE": str(directory / "cache")}
    subprocess.run(["go", "build", "-o", str(program), "main.go"], cwd=HERE, env=environment, check=True)
    return program


def ask(program: Path, texts: Iterable[str]) -> list[str | None]:
    """Each text as the judge formats it; None where HCL's parser refuses it."""
    lines = "".join(f"{json.dumps(text)}\n" for text in texts)
    done = subprocess.run([str(program)], input=lines.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]


def write(name: str, texts: Sequence[str], answers: Sequence[str | None]) -> None:
    lines = (json.dumps(pair, ensure_ascii=False) for pair in zip(texts, answers, strict=True))
    ANSWERS.mkdir(exist_ok=True)
    (ANSWERS / name).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def main() -> None:
    sys.path.insert(0, str(HERE))
    from edge_texts import edges
    from random_texts import random_texts

    with tempfile.TemporaryDirectory() as directory:
        program = build(Path(directory))
        for name, texts in (("edges.json", edges()), ("random.json", [*random_texts(SEED, COUNT)])):
            write(name, texts, ask(program, texts))


if __name__ == "__main__":
    main()
