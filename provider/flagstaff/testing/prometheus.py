"""A private Prometheus for tests, on free ports of this machine, in a directory of its own, gone afterwards.

It scrapes an exporter whose numbers a test sets (`job="app"`), and may start with samples of other times. Debian's
package `prometheus` has the program, and `promtool`; FLAGSTAFF_TEST_PROMETHEUS may name another folder of them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, Self

import httpx

_BOOT_SECONDS: Final = 60
_EVERY: Final = "200ms"
# The time, the name with its labels, the value.
Sample = tuple[float, str, float]


def program(name: str = "prometheus") -> str | None:
    """In FLAGSTAFF_TEST_PROMETHEUS, or in the PATH."""
    return shutil.which(name, path=os.environ.get("FLAGSTAFF_TEST_PROMETHEUS") or None)


@dataclass(slots=True)
class Exporter:
    """Tells whoever asks the numbers of `values`, whose keys are names with labels: `errors_total{code="500"}`."""

    values: dict[str, float] = field(default_factory=dict)
    _server: ThreadingHTTPServer | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return self._server.server_address[1]

    def start(self, port: int = 0) -> None:
        exporter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                text = "".join(f"{name} {value}\n" for name, value in exporter.values.items())
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        """From now on, the target is dead."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


@dataclass(slots=True)
class Server:
    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    exporter: Exporter

    @classmethod
    def create(cls, samples: Iterable[Sample] = ()) -> Self:
        """Make one that already has `samples`, start it, and wait until it answers."""
        folder = Path(tempfile.mkdtemp(prefix="flagstaff-prometheus-", dir="/tmp"))
        exporter = Exporter()
        exporter.start()
        port = _free_port()
        (folder / "prometheus.yml").write_text(_CONFIG.format(every=_EVERY, port=exporter.port), encoding="utf-8")
        _fill(folder, sorted(samples, key=lambda sample: (sample[1], sample[0])))
        made = cls(folder, port, _start(folder, port), exporter)
        try:
            made.wait(made._is_ready, "an answer of Prometheus")
        except BaseException:
            made.remove()
            raise
        return made

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def value(self, query: str) -> str | None:
        """What it says now, as text; None: it has no such data."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": query}, trust_env=False)
        found = answer.json()["data"]["result"]
        return found[0]["value"][1] if found else None

    def wait(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + _BOOT_SECONDS
        while not condition():
            assert time.monotonic() < end, f"no {what}"
            assert self.process.poll() is None, (self.folder / "log").read_text(encoding="utf-8")
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/-/ready", trust_env=False).status_code == 200
        return False

    def remove(self) -> None:
        """Stop it, and forget it."""
        self.exporter.stop()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def samples(
    name: str,
    start: float,
    end: float,
    value: Callable[[float], float],
    *,
    every: float = 60,
    labels: Mapping[str, str] | None = None,
) -> list[Sample]:
    """One series: its value at each moment, as a function of the seconds since `start`."""
    inner = ",".join(f'{key}="{text}"' for key, text in (labels or {}).items())
    series = f"{name}{{{inner}}}" if inner else name
    count = int((end - start) // every) + 1
    return [(start + number * every, series, value(number * every)) for number in range(count)]


_CONFIG: Final = """\
global:
  scrape_interval: {every}
  scrape_timeout: {every}
scrape_configs:
  - job_name: app
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""


def _fill(folder: Path, found: list[Sample]) -> None:
    if not found:
        return
    lines = [f"{series} {value} {at:.3f}" for at, series, value in found]
    (folder / "samples.txt").write_text("\n".join([*lines, "# EOF", ""]), encoding="utf-8")
    path = program("promtool")
    assert path is not None, "promtool"
    (folder / "data").mkdir()
    subprocess.run(  # noqa: S603 - our own arguments
        [
            path, "tsdb", "create-blocks-from", "openmetrics",
            folder / "samples.txt", folder / "data",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    path = program()
    assert path is not None, "prometheus"
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own arguments
            [
                path,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                "--storage.tsdb.retention.time=100y",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
