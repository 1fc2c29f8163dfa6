"""A way to an S3 server that breaks as a test wants: requests that never arrive, answers that never come back."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import unquote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from flagstaff.testing.s3_server import ACCESS_KEY, SECRET_KEY, Server

_BY_HAND: Final = frozenset({"connection", "transfer-encoding", "content-length", "expect"})


@dataclass(frozen=True, slots=True)
class Request:
    """`name` is the object's path, without the query, or with `?` and the query where there is one."""

    method: str
    name: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """`cut`: so many bytes of the body are sent before the connection is closed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: int | None = None


# Does what it likes with a request and with `forward`, which passes it on; None: the connection is closed instead.
Fault = Callable[[Request, Callable[[Request], Reply]], Reply | None]


def never_arrives(request: Request, forward: Callable[[Request], Reply]) -> None:
    """The connection breaks off on the way there."""


def no_answer(request: Request, forward: Callable[[Request], Reply]) -> None:
    """The connection breaks off on the way back: what was asked is done."""
    forward(request)


def refusal(status: int, code: str, message: str = "", *, done: bool = False) -> Fault:
    """An error of S3's; `done`: what was asked is done all the same."""

    def answer(request: Request, forward: Callable[[Request], Reply]) -> Reply:
        if done:
            forward(request)
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        return Reply(status, {"Content-Type": "application/xml"}, body)

    return answer


def without(*headers: str) -> Fault:
    """Passed on as if these headers had not been sent, such as conditions by a server that doesn't know them."""

    def answer(request: Request, forward: Callable[[Request], Reply]) -> Reply:
        left = {name: value for name, value in request.headers.items() if name.lower() not in headers}
        return forward(signed(Request(request.method, request.name, left, request.body)))

    return answer


def before(action: Callable[[], object]) -> Fault:
    """Something happens just before the request arrives."""

    def answer(request: Request, forward: Callable[[Request], Reply]) -> Reply:
        action()
        return forward(request)

    return answer


def signed(request: Request) -> Request:
    """Signed anew, after a fault has changed it."""
    gone = ("authorization", "x-amz-date", "x-amz-content-sha256")
    headers = {name: value for name, value in request.headers.items() if name.lower() not in (*gone, *_BY_HAND)}
    new = AWSRequest(request.method, f"http://{headers['Host']}{request.name}", headers, request.body)
    S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", "us-east-1").add_auth(new)
    return Request(request.method, request.name, dict(new.headers.items()), request.body)


@dataclass(slots=True)
class _Planned:
    method: str
    end: str
    fault: Fault
    times: int


@dataclass(slots=True)
class Proxy:
    """Forwards to the server, but for the faults that are planned; `requests` are those that came."""

    server: Server
    requests: list[Request] = field(default_factory=list)
    _planned: list[_Planned] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _http: Any = None

    def plan(self, method: str, end: str, fault: Fault, *, times: int = 1) -> None:
        """The next requests of that method for names that end so; queries are not part of the name here."""
        self._planned.append(_Planned(method, end, fault, times))

    def forget(self) -> None:
        """No more faults."""
        self._planned.clear()

    def settings(self) -> dict[str, Any]:
        """As the server's, by this way."""
        return self.server.settings() | {"endpoint": f"http://127.0.0.1:{self._http.server_address[1]}"}

    def count(self, method: str, end: str) -> int:
        return sum(_fits(request, method, end) for request in self.requests)

    def __enter__(self) -> Self:
        proxy = self

        class Handler(_Handler):
            def reply(self, request: Request) -> Reply | None:
                return proxy.reply(request)

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def reply(self, request: Request) -> Reply | None:
        """Answer as planned; None: not at all."""
        with self._lock:
            self.requests.append(request)
            fault = self._next(request)
        return fault(request, self._forward) if fault else self._forward(request)

    def _next(self, request: Request) -> Fault | None:
        for planned in self._planned:
            if planned.times and _fits(request, planned.method, planned.end):
                planned.times -= 1
                return planned.fault
        return None

    def _forward(self, request: Request) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in _BY_HAND}
            connection.request(request.method, request.name, request.body, headers | {"Connection": "close"})
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()


def _fits(request: Request, method: str, end: str) -> bool:
    return request.method == method and unquote(request.name.partition("?")[0]).endswith(end)


class _Handler(BaseHTTPRequestHandler):
    """One request of a connection after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def reply(self, request: Request) -> Reply | None:
        raise NotImplementedError

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.reply(Request(self.command, self.path, dict(self.headers.items()), body))
        if reply is None or reply.cut is not None:
            self.close_connection = True
        if reply is not None:
            self._send(reply)
        if self.close_connection:
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            if name.lower() not in _BY_HAND:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: reply.cut])
        self.wfile.flush()

    do_GET = do_PUT = _do  # noqa: N815 - the names that the base class calls

    def log_message(self, *_: object) -> None:
        """Tests look at `Proxy.requests`."""
