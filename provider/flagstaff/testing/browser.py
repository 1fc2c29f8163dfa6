"""A private Chromium for tests, without a window and without a network, spoken to over a pipe.

It is told what to do by the Chrome DevTools Protocol: JSON messages that end with a zero byte, the program reading
file descriptor 3 and writing 4 (`--remote-debugging-pipe`). Debian's package `chromium` has the program;
FLAGSTAFF_TEST_CHROMIUM may name another folder of it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

_SECONDS: Final = 60
_FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
# The program wants its pipes as 3 and 4, whichever numbers they have here.
_START: Final = """
import os, sys
read, write, *command = sys.argv[1:]
os.dup2(int(read), 3)
os.dup2(int(write), 4)
os.execv(command[0], command)
"""
Json = Any


def program() -> str | None:
    """In FLAGSTAFF_TEST_CHROMIUM, or in the PATH."""
    return shutil.which("chromium", path=os.environ.get("FLAGSTAFF_TEST_CHROMIUM") or None)


def _flags(folder: Path) -> tuple[str, ...]:
    return (*_FLAGS, f"--user-data-dir={folder}", "about:blank")


@dataclass(slots=True)
class Browser:
    """One page at a time. `requests` are the addresses that it asked for since it was opened, `complaints` what the
    browser had to say about it."""

    folder: Path
    process: subprocess.Popen[bytes]
    write: int
    read: int
    session: str = ""
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _number: int = 0
    _rest: bytes = b""

    @classmethod
    def create(cls) -> Self:
        found = program()
        assert found is not None, "there is no chromium: `make services` installs it"
        folder = Path(tempfile.mkdtemp(prefix="flagstaff-browser-"))
        (their_read, write), (read, their_write) = os.pipe(), os.pipe()
        process = subprocess.Popen(  # noqa: S603  # a program of this machine
            [sys.executable, "-Ic", _START, str(their_read), str(their_write), found, *_flags(folder)],
            pass_fds=(their_read, their_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(their_read)
        os.close(their_write)
        browser = cls(folder, process, write, read)
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            browser.call(f"{domain}.enable")
        return browser

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            self.call("Browser.close")
        self.process.wait(_SECONDS)
        os.close(self.write)
        os.close(self.read)
        shutil.rmtree(self.folder, ignore_errors=True)

    def look(self, width: int, *, height: int = 900, dark: bool = False, media: str = "screen") -> None:
        """How the next page is seen."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def open(self, page: Path) -> None:
        """Returns when the page is loaded."""
        self.requests.clear()
        self.complaints.clear()
        self.call("Page.navigate", url=page.as_uri())
        while self.run("location.href") != page.as_uri() or self.run("document.readyState") != "complete":
            time.sleep(0.01)

    def run(self, expression: str) -> Json:
        """The value of a JavaScript expression, or of its promise; the page's own policy does not hold for it."""
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"])
        return found["result"].get("value")

    def key(self, name: str) -> None:
        """Press a key that has a name only, such as Tab."""
        for kind in ("keyDown", "keyUp"):
            code = {"Tab": 9, "Enter": 13}[name]
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code)

    def printed(self) -> bytes:
        """As PDF."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def call(self, method: str, **parameters: Json) -> Mapping[str, Json]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self.session and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self._note(answer)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        result: Mapping[str, Json] = answer["result"]
        return result

    def _note(self, event: Mapping[str, Json]) -> None:
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(event["params"]["request"]["url"])
            case "Log.entryAdded":
                self.complaints.append(event["params"]["entry"]["text"])
            case _:
                pass

    def _next(self) -> Mapping[str, Json]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self.read], [], [], _SECONDS)
            data = os.read(self.read, 1 << 20) if ready else b""
            if not data:
                raise OSError("chromium says nothing any more")
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        found: Mapping[str, Json] = json.loads(message)
        return found
