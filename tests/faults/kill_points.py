"""Kills a command at every point that matters, each time in a new place, and looks at what later runs make of it.

Run as `python kill_points.py DIRECTORY COMMAND STORE LIVE MOST SETTINGS`: one line of JSON with how many points there
are, and one for each that was tried, of which there are no more than MOST, spread evenly. Every third time the next
run is killed, too. This process runs no thread, so that forking is safe: whatever does is a fork.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kill_commands import COMMANDS
from kill_effects import Effects
from kill_places import Place, place, warm

# Imported on use: here once instead of in every fork.
for name in (
    "networkx", "httpx", "psycopg", "flagstaff.cli.workspace", "flagstaff.cli.recording",
    "flagstaff.state.postgres.store", "flagstaff.state.s3.store", "flagstaff.providers.flipper.api",
    "flagstaff.apply.rollback.run",
):  # fmt: skip
    importlib.import_module(name)
AGAIN = 3


def in_fork(work: Callable[[], None]) -> int:
    """The wait status: 0, or a signal, or 256 when it raised."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    try:
        work()
    except BaseException:  # noqa: BLE001  # a fork must not go on as its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


class Tries:
    def __init__(self, folder: Path, command: str, store: str, live: str, settings: dict[str, Any]) -> None:
        self.folder, self.store, self.live, self.settings = folder, store, live, settings
        self.command = COMMANDS[command]

    def place(self, name: str):
        return place(self.folder / name, self.store, self.settings, self.live, self.command.toggles)

    def count(self) -> int:
        """How many points a whole run has."""
        with self.place("whole") as here:
            result = self.folder / "count"

            def whole() -> None:
                effects = Effects(-1)
                effects.install()
                self.command.run(here)
                result.write_text(str(effects.count))

            assert in_fork(lambda: self.command.before(here)) == 0
            assert in_fork(whole) == 0
            assert in_fork(lambda: self.command.end(here)) == 0
            return int(result.read_text())

    def at(self, point: int, again: int | None) -> dict[str, object]:
        """Kill a run at `point`, the next one at `again`, and let the last one end."""
        with self.place(f"p{point}") as here:
            ready = in_fork(lambda: self.command.before(here))
            first = in_fork(lambda: self._killed(here, point))
            second = 0 if again is None else in_fork(lambda: self._looked(here, again))
            last = in_fork(lambda: self._looked(here, None))
        fine = ready == last == 0 and {first, second} <= {0, signal.SIGKILL}
        return {"point": point, "killed": first != 0, "again": second != 0, "fine": fine}

    def _killed(self, here: Place, point: int) -> None:
        Effects(point).install()
        self.command.run(here)

    def _looked(self, here: Place, again: int | None) -> None:
        self.command.look(here)
        if again is not None:
            self._killed(here, again)
        self.command.between(here)
        self.command.run(here)
        self.command.end(here)


def main(folder: Path, command: str, store: str, live: str, most: int, settings: dict[str, Any]) -> None:
    warm(store, settings)
    tries = Tries(folder, command, store, live, settings)
    count = tries.count()
    print(json.dumps({"points": count}), flush=True)
    gc.freeze()
    gc.disable()
    tried = range(1, count + 1) if count <= most else [1 + number * count // most for number in range(most)]
    for number, point in enumerate(tried):
        again = 1 + point * 7 % count if number % AGAIN == 0 else None
        print(json.dumps(tries.at(point, again)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:5], int(sys.argv[5]), json.loads(sys.argv[6]))
