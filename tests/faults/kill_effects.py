"""Kills this process before, or in the middle of, one of its effects on the world, counted from 1.

Effects are calls that change files, what goes through Python's sockets, and statements of psycopg, whose sockets are
its own. A request has two places: nothing of it is sent; all is sent, and nobody waits for the answer. Where the answer
is there and nothing was done about it, that is the place before the next effect.
"""

from __future__ import annotations

import itertools
import os
import signal
import socket
from collections.abc import Callable
from typing import Any

FILES = ("open", "write", "fsync", "replace", "rename", "ftruncate", "unlink", "pwrite")
SENDS = ("send", "sendall")
RECEIVES = ("recv", "recv_into")


class Effects:
    """Counts, from any thread, and kills at `point`; -1: only counts."""

    def __init__(self, point: int) -> None:
        self._point = point
        self._next = itertools.count(1)
        self.count = 0
        self._asked: set[int] = set()

    def hit(self) -> bool:
        self.count = number = next(self._next)
        return number == self._point

    def pass_(self) -> None:
        """A place where it may die."""
        if self.hit():
            die()

    def install(self) -> None:
        """For the rest of this process."""
        for name in FILES:
            setattr(os, name, self._file(name))
        for name in SENDS:
            setattr(socket.socket, name, self._send(name))
        for name in RECEIVES:
            setattr(socket.socket, name, self._receive(name))
        self._statements()

    def _file(self, name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self.pass_()
            if name == "write" and self.hit():
                file, data = arguments
                real(file, bytes(data)[: len(data) // 2])
                die()
            return real(*arguments, **named)

        return call

    def _send(self, name: str) -> Callable[..., Any]:
        real = getattr(socket.socket, name)

        def call(own: socket.socket, *arguments: Any) -> Any:
            self.pass_()
            self._asked.add(id(own))
            return real(own, *arguments)

        return call

    def _receive(self, name: str) -> Callable[..., Any]:
        """Only the first of an answer: that more of it comes in changes nothing."""
        real = getattr(socket.socket, name)

        def call(own: socket.socket, *arguments: Any) -> Any:
            if id(own) in self._asked:
                self._asked.discard(id(own))
                self.pass_()
            return real(own, *arguments)

        return call

    def _statements(self) -> None:
        import psycopg

        real = psycopg.Connection.execute

        def execute(own: psycopg.Connection, query: Any, params: Any = None, **named: Any) -> Any:
            self.pass_()
            if self.hit():
                own.pgconn.send_query(psycopg.ClientCursor(own).mogrify(query, params).encode())
                own.pgconn.flush()
                die()
            return real(own, query, params, **named)

        psycopg.Connection.execute = execute


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
