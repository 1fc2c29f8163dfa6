"""The local store is a state store."""

import subprocess
import sys
from pathlib import Path

import pytest

from flagstaff.state.codec import decode_state
from flagstaff.state.fact_codec import LOCK_INFO
from flagstaff.state.local import LocalStore
from flagstaff.testing.state_conformance import StateStoreConformance

DIE_WITH_THE_LEASE = """
import json, os, signal, sys
from pathlib import Path
from flagstaff.state.fact_codec import LOCK_INFO
from flagstaff.state.local import LocalStore

LocalStore(Path(sys.argv[1])).acquire(LOCK_INFO.decode(json.loads(sys.argv[2])))
os.kill(os.getpid(), signal.SIGKILL)
"""


class TestLocal(StateStoreConformance):
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "deep" / "down" / "va.json"

    @pytest.fixture
    def opener(self, path):
        return lambda: LocalStore(path)

    @pytest.fixture
    def backup(self, path):
        def read():
            file = Path(f"{path}.backup")
            return decode_state(file.read_bytes().decode("utf-8", "surrogatepass"), "backup") if file.exists() else None

        return read

    @pytest.fixture
    def tear(self, path):
        def write():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.with_name("va.journal.jsonl").open("ab") as file:
                file.write(b'{"sequence":2,"time":"2026-01-2')

        return write

    @pytest.fixture
    def abandon(self, path):
        def run(info):
            import json

            arguments = [str(path), json.dumps(LOCK_INFO.encode(info))]
            done = subprocess.run([sys.executable, "-c", DIE_WITH_THE_LEASE, *arguments], capture_output=True)
            assert done.returncode == -9, done.stderr

        return run
