"""The local store under faults: the state is the old one or the new one, the journal whole, the lease never stuck."""

import errno
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure
from flagstaff.model.recorded import ToggleRecord
from flagstaff.state.codec import decode_state
from flagstaff.state.fact_codec import LOCK_INFO
from flagstaff.state.files import Disk
from flagstaff.state.journal import link
from flagstaff.state.local import LocalStore
from flagstaff.state.state import State
from flagstaff.state.store import LockInfo, StateConflict, StateError

TIME = datetime(2026, 1, 27, 14, 3, 5, tzinfo=UTC)
OLD = State("6a1e", 1, tool="0.1.0", toggles={Address("toggle", "a"): ToggleRecord("a", Exposure(0))})
NEW = OLD.changed(toggles={Address("toggle", "a"): ToggleRecord("a", Exposure(5000))})
FIRST = link(None, [("removed", {"address": "toggle.a", "key": "a"})], time=TIME, run="r", who="w")
NEXT = link(FIRST[-1], [("removed", {"address": "toggle.a", "key": key}) for key in "bc"], time=TIME, run="r", who="w")
# Of a save: backup and state are each written, synced and renamed; then the directory is synced.
SAVE = ("write", "sync", "rename", "write", "sync", "rename", "sync")
APPEND = ("cut", "write", "sync")


class Failing(Disk):
    """Fails in the calls with those numbers, counted from 0, having written a third of what it should write."""

    def __init__(self, *at, code=errno.ENOSPC):
        super().__init__()
        self.at, self.code = at, code
        self.calls = []

    def _count(self, name):
        self.calls.append(name)
        return len(self.calls) - 1 in self.at

    def _fail(self):
        raise OSError(self.code, os.strerror(self.code))

    def write(self, file, data):
        if self._count("write"):
            super().write(file, data[: len(data) // 3])
            self._fail()
        super().write(file, data)

    def sync(self, file):
        if self._count("sync"):
            self._fail()
        super().sync(file)

    def cut(self, file, size):
        if self._count("cut"):
            self._fail()
        super().cut(file, size)

    def rename(self, source, target):
        if self._count("rename"):
            self._fail()
        super().rename(source, target)


class Killing(Failing):
    """Kills its process instead."""

    def _fail(self):
        os.kill(os.getpid(), 9)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "va.json"


@pytest.fixture
def token(path):
    """A place with a state and a journal; the token to save over it."""
    store = LocalStore(path)
    store.append(FIRST, "")
    return store.save(OLD, "")


def names(path):
    return sorted(file.name for file in path.parent.iterdir())


def test_the_calls_of_a_save_and_their_order(path, token):
    disk = Failing()
    LocalStore(path, disk=disk).save(NEW, token)
    assert tuple(disk.calls) == SAVE
    disk = Failing()
    LocalStore(path, disk=disk).append(NEXT, FIRST[-1].hash)
    assert tuple(disk.calls) == APPEND
    disk = Failing()
    LocalStore(path.with_name("new.json"), disk=disk).append(FIRST, "")
    assert tuple(disk.calls) == (*APPEND, "sync"), "a new journal's name is made durable, too"


@pytest.mark.parametrize("at", range(len(SAVE)), ids=lambda at: f"{at}-{SAVE[at]}")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_save_that_fails_leaves_the_old_state_or_the_new_one(path, token, at, code):
    before = names(path)
    with pytest.raises(StateError) as raised:
        LocalStore(path, disk=Failing(at, code=code)).save(NEW, token)
    if at == len(SAVE) - 1:
        assert raised.value.summary == "State may not last"
        assert "a power cut may bring back the one before" in raised.value.detail
        assert LocalStore(path).load()[0] == NEW
    else:
        assert raised.value.summary == "State can't be saved"
        assert raised.value.detail.endswith("The state is as it was.")
        assert LocalStore(path).load() == (OLD, token)
        # No file is left lying about, but the backup of what is still there.
        assert set(names(path)) - set(before) <= {"va.json.backup"}
        assert LocalStore(path).save(NEW, token)


@pytest.mark.parametrize("at", range(len(APPEND)), ids=lambda at: APPEND[at])
def test_an_append_that_fails_adds_nothing(path, token, at):
    store = LocalStore(path, disk=Failing(at))
    with pytest.raises(StateError) as raised:
        store.append(NEXT, FIRST[-1].hash)
    assert raised.value.summary == "Journal can't be written"
    assert "the disk is full" in raised.value.detail
    assert tuple(LocalStore(path).entries()) == FIRST
    assert store.append(NEXT, FIRST[-1].hash) == NEXT[-1].hash
    assert tuple(LocalStore(path).entries()) == FIRST + NEXT


def test_an_append_that_can_not_be_taken_back_leaves_a_torn_line_to_the_next(path, token):
    """Writing fails, and so does cutting off what was written."""
    store = LocalStore(path, disk=Failing(1, 2))
    with pytest.raises(StateError, match="the disk is full"):
        store.append(NEXT, FIRST[-1].hash)
    assert not path.with_name("va.journal.jsonl").read_bytes().endswith(b"\n")
    assert store.head() == FIRST[-1].hash
    store.append(NEXT, FIRST[-1].hash)
    assert tuple(LocalStore(path).entries()) == FIRST + NEXT


def test_entries_that_were_written_and_not_taken_back_are_found(path, token):
    """The sync fails, and so does cutting off: the entries are there, and appending them again is refused."""
    store = LocalStore(path, disk=Failing(2, 3))
    with pytest.raises(StateError, match="the disk is full"):
        store.append(NEXT, FIRST[-1].hash)
    with pytest.raises(StateConflict):
        store.append(NEXT, FIRST[-1].hash)
    assert tuple(store.entries()) == FIRST + NEXT


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_state_local import FIRST, NEW, NEXT, Killing
from flagstaff.state.local import LocalStore

path, what, at = Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
store = LocalStore(path, disk=Killing(at))
if what == "save":
    store.save(NEW, store.load()[1])
else:
    store.append(NEXT, FIRST[-1].hash)
"""


def killed(path, what, at):
    arguments = [str(Path(__file__).parent), str(path), what, str(at)]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr


@pytest.mark.parametrize("at", range(len(SAVE)), ids=lambda at: f"{at}-{SAVE[at]}")
def test_a_save_that_is_killed_leaves_the_old_state_or_the_new_one(path, token, at):
    killed(path, "save", at)
    store = LocalStore(path)
    state, now = store.load()
    assert state == (NEW if at == len(SAVE) - 1 else OLD)
    assert set(names(path)) <= {
        *("va.json", "va.json.backup", "va.journal.jsonl", ".va.json.lock"),
        *(".va.json.tmp", ".va.json.backup.tmp"),
    }
    later = state.changed(tool="later")
    store.save(later, now)
    assert LocalStore(path).load()[0] == later
    assert decode_state(Path(f"{path}.backup").read_text(), "backup") == state


@pytest.mark.parametrize("at", range(len(APPEND)), ids=lambda at: APPEND[at])
def test_an_append_that_is_killed_leaves_whole_entries(path, token, at):
    killed(path, "append", at)
    store = LocalStore(path)
    there = tuple(store.entries())
    assert there == (FIRST + NEXT)[: len(there)]
    assert len(there) >= len(FIRST)
    more = link(there[-1], [("removed", {"address": "toggle.a", "key": "z"})], time=TIME, run="s", who="w")
    store.append(more, there[-1].hash)
    assert tuple(LocalStore(path).entries()) == there + more


HOLDER = """
import json, sys
from pathlib import Path
from flagstaff.state.fact_codec import LOCK_INFO
from flagstaff.state.local import LocalStore

lease = LocalStore(Path(sys.argv[1])).acquire(LOCK_INFO.decode(json.loads(sys.argv[2])))
print("held", flush=True)
sys.stdin.read()
"""


def test_killing_the_holder_frees_the_lease_at_once(path):
    info = LockInfo("lease-1", "apply", "jane", "build-7", 1, TIME, "0.1.0")
    arguments = [sys.executable, "-c", HOLDER, str(path), json.dumps(LOCK_INFO.encode(info))]
    store = LocalStore(path)
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        assert store.holder() == info
        holder.kill()
    assert store.holder() is None
    with store.acquire(info) as lease:
        assert lease.took_over == info
