"""Applying over HTTP against a bare loop of the same requests: part of `make bench`.

Both send 1,000 POSTs, ten at a time, to the Flipper double in a process of its own: as fast as it can,
and with the pace of a real server, which takes some 20 ms a write at ten at a time (450 writes/s were
measured of one on PostgreSQL). The best of several runs counts. It measures and prints; it never judges.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from flagstaff.apply.clock import SystemClock
from flagstaff.apply.events import Ended
from flagstaff.apply.executor import execute
from flagstaff.apply.interrupt import Interrupt
from flagstaff.apply.options import Options
from flagstaff.model.configuration import ProviderSettings
from flagstaff.model.recorded import Recorded
from flagstaff.plan import inputs
from flagstaff.plan.planner import make_plan
from flagstaff.providers.flipper.wire import path
from flagstaff.providers.protocols import Provider
from flagstaff.providers.registry import open_provider
from flagstaff.providers.surroundings import Surroundings
from flagstaff.state.local import LocalStore
from flagstaff.testing import building as b
from flagstaff.testing.applying import INFO

TOGGLES = 1_000
PARALLELISM = 10
RUNS = 3
PACES = {"the double": 0.0, "the double at a real server's pace": 0.02}
SERVER = """
import sys
from flagstaff.testing.flipper_double import FlipperDouble
from flagstaff.testing.flipper_server import Fault, serving
pace = Fault(delay=float(sys.argv[2]))
double = FlipperDouble()
for number in range(int(sys.argv[1])):
    double.put(f"t{number}_enabled", {})
with serving(double, lambda method, _: pace if method == "POST" else None) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def server(pace: float) -> Iterator[str]:
    """A double with toggles at 0, in a process of its own; its url. A write takes `pace` seconds at least."""
    command = [sys.executable, "-c", SERVER, str(TOGGLES), str(pace)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        assert process.stdin is not None
        process.stdin.close()


def bare(url: str) -> float:
    """Seconds for the POSTs alone."""
    urls = [f"{url}{path(f't{number}_enabled', 'percentage_of_actors')}" for number in range(TOGGLES)]
    limits = httpx.Limits(max_connections=PARALLELISM, max_keepalive_connections=PARALLELISM)
    with httpx.Client(limits=limits, trust_env=False) as client:

        def post(one: str) -> None:
            client.post(one, json={"percentage": "5"}).raise_for_status()

        with ThreadPoolExecutor(PARALLELISM) as threads:
            start = time.perf_counter()
            list(threads.map(post, urls))
            return time.perf_counter() - start


def applied(url: str) -> float:
    """Seconds for a whole apply of the same: preconditions, journal, writes, verification, state."""
    config = b.desired(*(b.toggle(f"t{number}", "5") for number in range(TOGGLES)))
    settings = ProviderSettings("flipper", "api", {"url": url})
    provider = open_provider(settings, Path.cwd(), surroundings=Surroundings())
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(Path(folder) / "state.json")
        plan = plan_for(config, provider)
        lease = store.acquire(INFO)
        start = time.perf_counter()
        outcome = execute(
            plan,
            provider,
            store,
            lease,
            clock=SystemClock(),
            listener=lambda _: None,
            options=Options("bench", "run", PARALLELISM),
            interrupt=Interrupt(),
        )
        seconds = time.perf_counter() - start
        lease.release()
    assert all(result.ended is Ended.APPLIED for result in outcome.results), outcome.results[0]
    return seconds


def plan_for(config, provider: Provider):
    options = inputs.Options(provider.name, embedded=True)
    return make_plan(config, provider.reader.read(), provider.dialect, Recorded(), b.EVIDENCE, options)


def best(run: Callable[[str], float], pace: float) -> float:
    """Of runs that each have a server of their own."""
    seconds = []
    for _ in range(RUNS):
        with server(pace) as url:
            seconds.append(run(url))
    return min(seconds)


def main() -> None:
    for name, pace in PACES.items():
        loop, whole = best(bare, pace), best(applied, pace)
        rates = f"bare httpx loop {TOGGLES / loop:,.0f} writes/s, whole apply {TOGGLES / whole:,.0f} writes/s"
        print(f"{name}: {rates}, ratio {loop / whole:.2f}")


if __name__ == "__main__":
    main()
