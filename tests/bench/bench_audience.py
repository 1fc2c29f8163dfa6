"""How long audiences take: buckets of many ids, an analysis of the example, ids streamed from Parquet.

It measures and prints; it never judges. `make bench` runs it after the others. `--stream FILE` is the process of
its own in which the memory of streaming is measured.
"""

from __future__ import annotations

import argparse
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from flagstaff.addresses import Address
from flagstaff.audience.analysis import analyse
from flagstaff.audience.buckets import prepare
from flagstaff.audience.files import read_population
from flagstaff.audience.population import ROWS, Population, made_up_mails, made_up_uuids
from flagstaff.audience.question import Course, Gathering, Question
from flagstaff.config.load import Inputs, load
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.providers.flipper.dialect import FlipperDialect

EXAMPLE = Path(__file__).resolve().parents[2] / "configs" / "va"
TOGGLES = 20
FIVE = Exposure.parse("5")
DIALECT = FlipperDialect()


def best(call: Callable[[], Any], runs: int = 3) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def twenty() -> Question:
    """Twenty toggles at 5 %, looked at as a set."""
    addresses = [Address("toggle", f"t{number}") for number in range(TOGGLES)]
    courses = {address: Course(address, f"bench_{address.name}_enabled", (OFF, FIVE)) for address in addresses}
    return Question(DIALECT, courses, sets=(Gathering("all", tuple(addresses)),))


def example() -> Question:
    """The four products, everything at 5 %."""
    desired = load(EXAMPLE, Inputs()).desired
    assert desired is not None
    courses = {a: Course(a, toggle.key, (OFF, FIVE), toggle.product) for a, toggle in desired.toggles.items()}
    requirements = tuple(item for toggle in desired.toggles.values() for item in toggle.requirements)
    sets = (Gathering("all", tuple(courses)),)
    return Question(DIALECT, courses, desired.experiences, desired.products, requirements, sets)


def decide(population: Population) -> None:
    """Every decision of twenty toggles, from ids in memory."""
    chunks = [chunk.ids[""] for chunk in population.chunks(ROWS)]
    opens = DIALECT.opens(FIVE)

    def all_at_once() -> int:
        inside = 0
        for ids in chunks:
            people = prepare(DIALECT.hashing, ids)
            for number in range(TOGGLES):
                inside += int(np.count_nonzero(people.buckets(f"bench_t{number}_enabled") < opens))
        return inside

    size = sum(map(len, chunks))
    print(f"{size:,} ids x {TOGGLES} toggles, {population.what}: {best(all_at_once):.3f} s")


def write(path: Path, size: int) -> None:
    with parquet.ParquetWriter(path, pa.schema([("id", pa.string())])) as file:
        for chunk in made_up_uuids(size).chunks(1_000_000):
            file.write_table(pa.table({"id": pa.array(chunk.ids[""]).cast(pa.string())}))


def stream(path: Path) -> None:
    start = time.perf_counter()
    audience = analyse(twenty(), read_population(path))
    assert audience is not None
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 2**20)
    print(f"{audience.size:,} ids from Parquet, {TOGGLES} toggles and a set: {seconds:.1f} s, {peak:.0f} MB at most")


def section() -> None:
    """What the section adds to a plan of the example: whole processes, with the start of numpy."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / ".git").mkdir()
        (place / "state").mkdir()
        shutil.copytree(EXAMPLE, place / "configs" / "va")
        shutil.copy(EXAMPLE / "start.json", place / "state" / "va-live.json")

        def plan(detail: str) -> float:
            """Processor time, which other processes don't spoil as they do the clock."""
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sys.executable, "-m", "flagstaff", "plan", f"-audience={detail}"]
            subprocess.run(command, cwd=place / "configs" / "va", check=True, stdout=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        runs = [[plan(detail) for detail in ("none", "short", "full")] for _ in range(7)]
        without, short, full = map(min, zip(*runs, strict=True))
    print(
        f"a plan of configs/va: {without:.2f} s; the section adds {short - without:.2f} s, "
        f"in full {full - without:.2f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ids", type=int, default=10_000_000, help="how many ids the Parquet file holds")
    parser.add_argument("--stream", type=Path, help="only stream this Parquet file")
    options = parser.parse_args()
    if options.stream:
        stream(options.stream)
        return
    print(f"Python {platform.python_version()}, numpy {np.__version__}, pyarrow {pa.__version__}")
    decide(made_up_uuids(1_000_000))
    decide(made_up_mails(1_000_000))
    population, question = made_up_uuids(), example()
    print(f"{population.what}: made in {best(lambda: list(population.chunks(ROWS))):.3f} s")
    print(f"configs/va, made and analysed: {best(lambda: analyse(question, population)):.3f} s")
    section()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ids.parquet"
        write(path, options.ids)
        subprocess.run([sys.executable, __file__, "--stream", str(path)], check=True)


if __name__ == "__main__":
    main()
