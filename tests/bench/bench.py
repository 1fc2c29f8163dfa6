"""Time and peak memory of whole `flagstaff` processes on generated configurations: `make bench`.

It measures and prints; it never judges. `--write` also puts the figures into docs/reference/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import flagstaff

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
SIZES = (10, 100, 1_000, 10_000)
# Up to this size a run is short enough for a busy machine to spoil it: the best of three counts.
SHORT = 1_000
PER_FILE = 100

MAIN = """
flagstaff {
  environment = "bench"
  backend "local" {
    path = "state.json"
  }
}

provider "flipper" {
  source = "embedded"
  path   = "live.json"
}

product "bench" {
  title = "Bench"
}
"""

# A pair: the parent goes from 0 to 100 %, and the child, which requires it, to 5 %.
PAIR = """
toggle "parent_{number}" {{
  key        = "bench_parent_{number}"
  product    = product.bench
  percentage = 100
}}

toggle "child_{number}" {{
  key        = "bench_child_{number}"
  product    = product.bench
  percentage = 5
  requires {{
    toggles = [toggle.parent_{number}]
    reason  = "The child shows the parent's data"
  }}
}}
"""

REPEATED = """
locals {
  numbers = toset([%s])
}

toggle "parent" {
  for_each   = local.numbers
  key        = "bench_parent_${each.key}"
  product    = product.bench
  percentage = 100
}

toggle "child" {
  for_each   = local.numbers
  key        = "bench_child_${each.key}"
  product    = product.bench
  percentage = 5
  requires {
    toggles = [toggle.parent[each.key]]
    reason  = "The child shows the parent's data"
  }
}
"""


@dataclass(frozen=True)
class Measure:
    """One process: wall-clock seconds, and the peak of its resident memory in MB."""

    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Row:
    variant: str
    toggles: int
    plan: Measure
    apply: Measure
    unchanged: Measure


def write_blocks(directory: Path, pairs: int) -> None:
    """Two blocks a pair, spread over files of 100 toggles."""
    per_file = PER_FILE // 2
    for first in range(0, pairs, per_file):
        text = "".join(PAIR.format(number=number) for number in range(first, min(first + per_file, pairs)))
        (directory / f"toggles_{first:05d}.hcl").write_text(text, encoding="utf-8")


def write_repeated(directory: Path, pairs: int) -> None:
    """Two blocks altogether, with `for_each`."""
    numbers = ", ".join(f'"{number}"' for number in range(pairs))
    (directory / "toggles.hcl").write_text(REPEATED % numbers, encoding="utf-8")


VARIANTS: dict[str, Callable[[Path, int], None]] = {"blocks": write_blocks, "for_each": write_repeated}


def write_project(directory: Path, variant: str, toggles: int) -> None:
    pairs = toggles // 2
    (directory / "main.hcl").write_text(MAIN, encoding="utf-8")
    VARIANTS[variant](directory, pairs)
    gates = {"boolean": None, "groups": [], "actors": [], "percentage_of_actors": None, "percentage_of_time": None}
    features = {f"bench_{kind}_{number}": gates for kind in ("parent", "child") for number in range(pairs)}
    (directory / "live.json").write_text(json.dumps({"version": 1, "features": features}), encoding="utf-8")


def measure(command: Sequence[str], log: Path) -> Measure:
    """Run a command to its end. Its output goes to `log`; a failure ends the bench and shows it."""
    with log.open("wb") as output:
        actions = [(os.POSIX_SPAWN_DUP2, output.fileno(), stream) for stream in (1, 2)]
        start = time.perf_counter()
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)} failed:\n{log.read_text(encoding='utf-8')[-4000:]}")
    # Linux counts in kilobytes, macOS in bytes.
    return Measure(seconds, usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3))


def run(variant: str, toggles: int) -> Row:
    """Plan cold, apply, and plan again."""
    with tempfile.TemporaryDirectory(prefix="flagstaff-bench-") as name:
        directory = Path(name)
        project = directory / "project"
        project.mkdir()
        write_project(project, variant, toggles)
        command = (sys.executable, "-m", "flagstaff", f"-chdir={project}")
        log = directory / "log"
        plan = measure((*command, "plan"), log)
        applied = measure((*command, "apply", "-auto-approve"), log)
        unchanged = measure((*command, "plan", "-detailed-exitcode"), log)
    return Row(variant, toggles, plan, applied, unchanged)


def best(variant: str, toggles: int) -> Row:
    rows = [run(variant, toggles) for _ in range(3 if toggles <= SHORT else 1)]
    plan, applied, unchanged = (
        min((getattr(row, step) for row in rows), key=lambda item: item.seconds)
        for step in ("plan", "apply", "unchanged")
    )
    return Row(variant, toggles, plan, applied, unchanged)


def start_up(arguments: Sequence[str]) -> float:
    """The best of seven starts, in milliseconds."""
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "log"
        return min(measure((sys.executable, *arguments), log).seconds for _ in range(7)) * 1000


def exponents(rows: Sequence[Row]) -> Iterator[str]:
    """How time grows from one size to the next: 1 is linear, 2 is quadratic."""
    for before, after in pairwise(rows):
        if before.variant != after.variant:
            continue
        growth = math.log(after.toggles / before.toggles)
        plan, applied = (
            math.log(getattr(after, step).seconds / getattr(before, step).seconds) / growth
            for step in ("plan", "apply")
        )
        yield f"| {after.variant} | {before.toggles:,} to {after.toggles:,} | {plan:.2f} | {applied:.2f} |"


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def report(rows: Sequence[Row], starts: dict[str, float]) -> str:
    """The figures as a Markdown page."""
    python = f"Python {platform.python_version()}, {platform.system()}"
    machine = f"{processor()}, {os.cpu_count()} processors"
    lines = [
        "# Benchmarks",
        "",
        f"Flagstaff {flagstaff.__version__}, {python}; {machine}; {datetime.now(UTC):%Y-%m-%d}.",
        "Whole processes on the embedded store; every toggle changes, and half of them require another.",
        f"Up to {SHORT:,} toggles the best of three runs counts.",
        "Repeat with `make bench`; `make bench BENCH=--write` also writes this page.",
        "",
        "| configuration | toggles | plan | apply | plan, no changes | peak memory |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        seconds = " | ".join(f"{item.seconds:.2f} s" for item in (row.plan, row.apply, row.unchanged))
        peak = max(item.megabytes for item in (row.plan, row.apply, row.unchanged))
        lines.append(f"| {row.variant} | {row.toggles:,} | {seconds} | {peak:.0f} MB |")
    lines += [
        "",
        "Growth exponent (1 is linear):",
        "",
        "| configuration | toggles | plan | apply |",
        "|---|---|--:|--:|",
    ]
    lines += [*exponents(rows), "", "Start, best of seven:", "", "| command | time |", "|---|--:|"]
    lines += [f"| `{name}` | {milliseconds:.0f} ms |" for name, milliseconds in starts.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of toggles, with commas between")
    parser.add_argument("--variant", choices=sorted(VARIANTS), action="append", help="default: all of them")
    parser.add_argument("--write", action="store_true", help="also write docs/reference/benchmarks.md")
    options = parser.parse_args()
    rows = []
    for variant in options.variant or VARIANTS:
        for toggles in map(int, options.sizes.split(",")):
            row = best(variant, toggles)
            print(f"{variant}, {toggles:,} toggles: plan {row.plan.seconds:.2f} s, apply {row.apply.seconds:.2f} s")
            rows.append(row)
    starts = {
        "python -c pass": start_up(("-c", "pass")),
        "flagstaff --help": start_up(("-m", "flagstaff", "--help")),
        "flagstaff version": start_up(("-m", "flagstaff", "version")),
    }
    page = report(rows, starts)
    print(f"\n{page}", end="")
    if options.write:
        PAGE.write_text(page, encoding="utf-8")
        print(f"\nWritten to {PAGE.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
