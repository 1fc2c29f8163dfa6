"""Applying on each state store: seconds a move, and how often the state is written: part of `make bench`.

Whole applies in one process on the embedded Flipper: a parent goes to 100 % and a child that requires it to 5 %, in two
batches. The best of several runs counts. It measures and prints; it never judges. `--write` also puts the figures
behind the others of docs/reference/benchmarks.md.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import itertools
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flagstaff.apply.clock import SystemClock
from flagstaff.apply.executor import execute
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.options import Options
from flagstaff.cli.main import collect_seldom
from flagstaff.model.recorded import Recorded
from flagstaff.plan import inputs
from flagstaff.plan.planner import make_plan
from flagstaff.providers.registry import open_provider
from flagstaff.state.local import LocalStore
from flagstaff.state.store import StateStore
from flagstaff.testing import building as b
from flagstaff.testing.applying import INFO

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
HEADING = "## State stores"
SIZES = (1_000, 10_000)
RUNS = 3


@dataclass(frozen=True)
class Row:
    """The best of some applies; `saves` and `appends` are calls, which are the same in each."""

    store: str
    moves: int
    seconds: float
    saves: int
    appends: int

    @property
    def each(self) -> float:
        """Milliseconds a move."""
        return 1000 * self.seconds / self.moves


@contextlib.contextmanager
def local() -> Iterator[Callable[[], StateStore]]:
    with tempfile.TemporaryDirectory(prefix="flagstaff-bench-") as folder:
        numbers = itertools.count()
        yield lambda: LocalStore(Path(folder) / f"{next(numbers)}.json")


@contextlib.contextmanager
def postgres() -> Iterator[Callable[[], StateStore]]:
    from flagstaff.state.postgres.store import open_
    from flagstaff.testing.postgres import PASSWORD, Cluster

    cluster, numbers = Cluster.create(), itertools.count()
    try:
        url = cluster.database().url.replace("@", f":{PASSWORD.replace(' ', '%20')}@")
        yield lambda: open_({"url": url, "name": f"bench-{next(numbers)}"}, trusted=True)
    finally:
        cluster.remove()


@contextlib.contextmanager
def s3() -> Iterator[Callable[[], StateStore]]:
    from flagstaff.state.s3.store import open_
    from flagstaff.testing.s3_server import Server

    server = Server.create()
    try:
        yield lambda: open_(server.settings())
    finally:
        server.remove()


STORES = {"local": local, "postgres": postgres, "s3": s3}


def count(store: StateStore) -> dict[str, int]:
    """How often that store is written from now on."""
    counts = {"save": 0, "append": 0}

    def counting(name: str) -> None:
        real = getattr(store, name)

        def call(*arguments):
            counts[name] += 1
            return real(*arguments)

        setattr(store, name, call)

    for name in counts:
        counting(name)
    return counts


def applied(name: str, moves: int, store: StateStore) -> Row:
    """One apply of so many moves, from the start of the lease to its end."""
    pairs = range(moves // 2)
    parents = [b.toggle(f"p{number}", "100") for number in pairs]
    children = [b.toggle(f"c{number}", "5", requires=[f"p{number}"]) for number in pairs]
    config = b.desired(*parents, *children)
    with tempfile.TemporaryDirectory(prefix="flagstaff-bench-") as folder:
        features = {toggle.key: b.raw("0") for toggle in config.toggles.values()}
        (Path(folder) / "live.json").write_text(json.dumps({"version": 1, "features": features}), encoding="utf-8")
        provider = open_provider(config.provider, Path(folder))
        options = inputs.Options(provider.name, embedded=True)
        plan = make_plan(config, provider.reader.read(), provider.dialect, Recorded(), b.EVIDENCE, options)
        counts = count(store)
        gc.collect()
        start = time.perf_counter()
        with store.acquire(INFO) as lease:
            outcome = execute(
                plan, provider, store, lease, clock=SystemClock(), listener=lambda _: None,
                options=Options("bench", "run"), interrupt=Interrupt(),
            )  # fmt: skip
        seconds = time.perf_counter() - start
    assert outcome.succeeded
    assert len(outcome.results) == 2 * len(pairs)
    return Row(name, moves, seconds, counts["save"], counts["append"])


def measure(names: Sequence[str], sizes: Sequence[int]) -> Iterator[Row]:
    collect_seldom()  # as the command does
    for name in names:
        with STORES[name]() as new:
            applied(name, 100, new())  # what is imported on use
            for moves in sizes:
                row = min((applied(name, moves, new()) for _ in range(RUNS)), key=lambda one: one.seconds)
                print(f"{name}, {moves:,} moves: {row.seconds:.2f} s, {row.saves} saves, {row.appends} appends")
                yield row


def report(rows: Sequence[Row]) -> str:
    """The figures as a section of a Markdown page. The ratio is to the time a move of the store's smallest apply."""
    lines = [
        HEADING,
        "",
        "One apply on the embedded Flipper, half of whose toggles require another, in one process with a server of its",
        f"own beside it; the best of {RUNS}. The ratio compares the time a move with that of the smaller apply.",
        "",
        "| state | moves | apply | a move | ratio | saves of the state | appends to the journal |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    first: dict[str, Row] = {}
    for row in rows:
        ratio = row.each / first.setdefault(row.store, row).each
        lines.append(
            f"| {row.store} | {row.moves:,} | {row.seconds:.2f} s | {row.each:.2f} ms | {ratio:.2f} | {row.saves} | "
            f"{row.appends} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of moves, with commas between")
    parser.add_argument("--store", choices=sorted(STORES), action="append", help="default: all of them")
    parser.add_argument("--write", action="store_true", help="also write docs/reference/benchmarks.md")
    options = parser.parse_args()
    section = report(list(measure(options.store or list(STORES), list(map(int, options.sizes.split(","))))))
    print(f"\n{section}", end="")
    if options.write:
        others = PAGE.read_text(encoding="utf-8").partition(HEADING)[0]
        PAGE.write_text(f"{others.rstrip()}\n\n{section}", encoding="utf-8")
        print(f"\nWritten to {PAGE.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
