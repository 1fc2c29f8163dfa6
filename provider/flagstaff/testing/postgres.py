"""A private PostgreSQL server for tests: on a free port of this machine, in a directory of its own, gone afterwards.

It runs as an unprivileged user, also where the tests are run by root. Fast, not durable: a crash of the machine may
lose everything, a crash of the server nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import psycopg
from psycopg import sql

USER: Final = "owner"
PASSWORD: Final = "made-up, for tests"
_SETTINGS: Final = """
listen_addresses = '127.0.0.1'
fsync = off
max_connections = 60
deadlock_timeout = '100ms'
timezone = 'America/New_York'
"""


def program(name: str) -> str | None:
    """One of PostgreSQL's programs, also where Debian keeps them: out of the PATH, by version."""
    folder = os.environ.get("FLAGSTAFF_TEST_POSTGRES")
    if folder:
        return shutil.which(name, path=folder)
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(re.sub(r"\D", "", str(path))))
    return shutil.which(name) or next(
        (found for path in reversed(versions) if (found := shutil.which(name, path=path))), None
    )


@dataclass(slots=True)
class Cluster:
    """A server. On its socket it trusts everybody, over TCP it wants `PASSWORD` of `USER`, who may do all."""

    folder: Path
    port: int
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    def create(cls) -> Self:
        """Make one and start it."""
        folder = Path(tempfile.mkdtemp(prefix="flagstaff-pg-", dir="/tmp"))
        made = cls(folder, _free_port())
        if os.geteuid() == 0:
            owner = pwd.getpwnam(_unprivileged())
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        (folder / "password").chmod(0o644)
        made._run(
            "initdb", f"--username={USER}", "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8",
            "--locale=C", "--no-sync", f"--pwfile={folder / 'password'}", f"--pgdata={made.data}",
        )  # fmt: skip
        with (made.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"{_SETTINGS}port = {made.port}\nunix_socket_directories = '{folder}'\n")
        made.start()
        return made

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        self._run("pg_ctl", "-w", "-t", "60", "-D", str(self.data), "-l", str(self.folder / "log"), "start")

    def crash(self) -> None:
        """What is left is what a crash of the server leaves."""
        self._run("pg_ctl", "-w", "-D", str(self.data), "-m", "immediate", "stop")

    def remove(self) -> None:
        """Stop it by its own process id, and forget it."""
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0]), signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self) -> Database:
        """A new, empty one."""
        name = f"test_{next(self.numbers)}"
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
        return Database(self, name)

    def connect(self, database: str, **parameters: Any) -> psycopg.Connection:
        """By the socket, each statement committed by itself."""
        given: dict[str, Any] = {"host": str(self.folder), "user": USER, "autocommit": True, **parameters}
        return psycopg.connect(port=self.port, dbname=database, **given)

    def _run(self, name: str, *arguments: str) -> None:
        path = program(name)
        assert path is not None, name
        user = _unprivileged() if os.geteuid() == 0 else None
        extra: list[str] | None = [] if user else None
        subprocess.run(  # noqa: S603 - our own arguments
            [path, *arguments],
            check=True,
            cwd=self.folder,
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            user=user,
            group=user and pwd.getpwnam(user).pw_gid,
            extra_groups=extra,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )


@dataclass(frozen=True, slots=True)
class Database:
    """One database of a cluster."""

    cluster: Cluster
    name: str

    @property
    def url(self) -> str:
        """Over TCP, without the password."""
        return self.at(self.cluster.port)

    def at(self, port: int) -> str:
        """The same by another port: a proxy's."""
        return f"postgresql://{USER}@127.0.0.1:{port}/{self.name}"

    def connect(self, **parameters: Any) -> psycopg.Connection:
        return self.cluster.connect(self.name, **parameters)

    def empty(self) -> None:
        """As new, but much faster than a new one: nothing in it, nothing set, nobody connected."""
        with self.cluster.connect("postgres") as connection:
            connection.execute(sql.SQL("alter database {} reset all").format(sql.Identifier(self.name)))
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [self.name])
        with self.connect() as connection:
            schemas = connection.execute(
                "select nspname from pg_namespace where nspname !~ '^(pg_|information_schema$)'"
            )
            for (name,) in schemas.fetchall():
                connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(name)))
            connection.execute("create schema public; grant usage on schema public to public")


def _unprivileged() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
