"""`FLAGSTAFF_LOG`: what the tool does, as JSON lines on standard error.

Only names, counts and times are logged, never values of a configuration, so there is nothing to
redact. Levels: `error`, `info`, `debug`; anything else is taken as `info`.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, TextIO

_LEVELS: Final = ("error", "info", "debug")


class Log:
    """Silent unless the environment asks for it."""

    def __init__(self, environment: Mapping[str, str], stream: TextIO, run: str) -> None:
        wanted = environment.get("FLAGSTAFF_LOG", "").lower()
        self._most = -1 if wanted in {"", "off"} else _LEVELS.index(wanted if wanted in _LEVELS else "info")
        self._stream = stream
        self._run = run

    def info(self, message: str, **fields: Any) -> None:
        self._write("info", message, fields)

    def debug(self, message: str, **fields: Any) -> None:
        self._write("debug", message, fields)

    def failure(self, error: BaseException) -> None:
        """Where an error came from: places in the code only, because messages and locals may hold values."""
        places = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        self._write("error", type(error).__name__, {"places": places})

    def _write(self, level: str, message: str, fields: Mapping[str, Any]) -> None:
        if _LEVELS.index(level) > self._most:
            return
        line = {"time": datetime.now(UTC).isoformat(), "level": level, "run": self._run, "message": message, **fields}
        with suppress(OSError):  # a log that nobody takes stops nothing
            self._stream.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
            self._stream.flush()
