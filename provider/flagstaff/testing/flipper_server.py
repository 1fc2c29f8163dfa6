"""The Flipper double over HTTP: a server on a free port of this machine, or a transport without any network.

Faults are asked for each request: they take the place of its answer, or spoil it once the work is done.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Protocol

import httpx

from flagstaff.testing.flipper_double import FlipperDouble, Response


@dataclass(frozen=True, slots=True)
class Fault:
    """`instead`: the request isn't done, and that is the answer. `drop`: the connection ends without an
    answer, `half`: in the middle of it. `delay` in seconds, before anything else."""

    instead: Response | None = None
    drop: bool = False
    half: bool = False
    delay: float = 0.0
    undone: bool = False

    @property
    def done(self) -> bool:
        """Whether the request does its work."""
        return self.instead is None and not self.undone


HTML: Final = Fault(Response(200, b"<!DOCTYPE html><title>Log in</title>", "text/html; charset=utf-8"))
BROKEN: Final = Fault(Response(500, b"An unhandled lowlevel error occurred.\n", "text/plain"))
HALF: Final = Fault(half=True)
DROP_AFTER: Final = Fault(drop=True)
DROP_BEFORE: Final = Fault(drop=True, undone=True)


def too_many(wait: str) -> Fault:
    return Fault(Response(429, b"slow down", "text/plain", {"Retry-After": wait}))


Faults = Callable[[str, str], Fault | None]


class Double(Protocol):
    """Anything that can stand behind the server, below `mount`."""

    mount: str

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response: ...


def no_faults(_: str, __: str) -> None: ...


@dataclass(slots=True)
class Seen:
    """What was asked, in order."""

    requests: list[tuple[str, str]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def count(self, method: str) -> int:
        return sum(one == method for one, _ in self.requests)


def transport(double: FlipperDouble, faults: Faults = no_faults, seen: Seen | None = None) -> httpx.MockTransport:
    """The double behind httpx, without a network: a delay or a dropped connection is what httpx makes of it."""

    def handle(request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        if seen is not None:
            seen.requests.append((request.method, target))
            seen.headers.append(dict(request.headers))
        fault = faults(request.method, target) or Fault()
        response = fault.instead or Response(200)
        if fault.done:
            response = double.handle(request.method, target, request.headers, request.content)
        if fault.delay > request.extensions["timeout"]["read"]:
            raise httpx.ReadTimeout("the read timed out", request=request)
        if fault.drop:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        body = response.body[: len(response.body) // 2] if fault.half else response.body
        kind = {"Content-Type": response.content_type} if response.content_type else {}
        return httpx.Response(response.status, headers={**kind, **response.headers}, content=body)

    return httpx.MockTransport(handle)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.server.seen.requests.append((self.command, self.path))
        self.server.seen.headers.append(dict(self.headers))
        fault = self.server.faults(self.command, self.path) or Fault()
        if fault.delay:
            time.sleep(fault.delay)
        response = fault.instead or Response(200)
        if fault.done:
            response = self.server.double.handle(self.command, self.path, dict(self.headers), body)
        if not fault.drop:
            self._answer(response, half=fault.half)
        if fault.drop or fault.half:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = do  # noqa: N815 - names that the base class calls

    def _answer(self, response: Response, *, half: bool) -> None:
        lines = [f"HTTP/1.1 {response.status} -"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        if response.content_type:
            lines.append(f"Content-Type: {response.content_type}")
        body = response.body
        if response.status not in {204, 304}:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "", ""]).encode()
        with contextlib.suppress(OSError):  # the client gave up
            self.wfile.write(head + (body[: len(body) // 2] if half else body))

    def log_message(self, *_: object) -> None: ...


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, double: Double, faults: Faults) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.double, self.faults, self.seen = double, faults, Seen()
        self.open: set[socket.socket] = set()

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        assert isinstance(request, socket.socket)
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        assert isinstance(request, socket.socket)
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None: ...


@dataclass(slots=True)
class Running:
    """A server that runs. `kill` ends it and every connection at once, as the end of its process would."""

    url: str
    seen: Seen
    _server: _Server

    def kill(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._server.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serving(double: Double, faults: Faults = no_faults) -> Iterator[Running]:
    """The double as a server on 127.0.0.1, each request on a thread of its connection."""
    server = _Server(double, faults)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    running = Running(f"http://127.0.0.1:{server.server_address[1]}{double.mount}", server.seen, server)
    try:
        yield running
    finally:
        running.kill()
        thread.join()
