"""The local store on a disk that really refuses: too little room, no right to write, nothing may be written at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from flagstaff.state.local import LocalStore
from flagstaff.testing.state_samples import SMALL, entries, info

NOBODY = 65534
FIRST = entries(None, "first")
# Does one thing with the state and says what it is told of it.
WORK = """
import resource, os, sys
from pathlib import Path
from flagstaff.state.local import LocalStore
from flagstaff.state.store import StateError
from flagstaff.testing.state_samples import STATE, entries, info

path, what, limit, user = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
store = LocalStore(path)
state, token = store.load()
last = store.last()
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
if limit >= 0:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    match what:
        case "save":
            store.save(state.changed(tool="x" * 5000), token)
        case "append":
            store.append(entries(last, "x" * 5000), last.hash)
        case "acquire":
            store.acquire(info())
        case "first":
            LocalStore(path.with_name("new.json")).save(STATE, "")
except StateError as error:
    print(error.summary)
    print(error.detail)
"""


@pytest.fixture
def place():
    """Where another user may come, which pytest's own folders don't allow."""
    folder = Path(tempfile.mkdtemp(prefix="flagstaff-disk-"))
    folder.chmod(0o755)
    store = LocalStore(folder / "va.json")
    store.append(FIRST, "")
    store.save(SMALL, "")
    yield folder
    shutil.rmtree(folder)


def told(place, what, *, limit=-1, user=0):
    arguments = [sys.executable, "-c", WORK, str(place / "va.json"), what, str(limit), str(user)]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    summary, detail = done.stdout.splitlines()
    return summary, detail


def is_as_it_was(place):
    store = LocalStore(place / "va.json")
    return (store.load()[0], tuple(store.entries())) == (SMALL, FIRST)


@pytest.mark.parametrize(
    ("what", "summary", "name"),
    [
        ("save", "State can't be saved", "va.json"),
        ("append", "Journal can't be written", "va.journal.jsonl"),
        ("acquire", "State lease is not accessible", ".va.json.lease"),
        ("first", "State can't be saved", "new.json"),
    ],
)
def test_a_file_that_may_not_grow(place, what, summary, name):
    """A real limit, in the middle of the write: part of it is on the disk by then."""
    limit = {"save": 3000, "append": 3000}.get(what, 20)
    said, detail = told(place, what, limit=limit)
    assert said == summary
    assert detail.startswith(f"{place / name}: the file would be larger than this process, or the file system, allows")
    assert is_as_it_was(place)
    assert not list(place.glob(".*.tmp"))
    store = LocalStore(place / "va.json")
    with store.acquire(info()) as lease:
        assert lease.took_over is None
        store.append(entries(FIRST[-1], "next"), FIRST[-1].hash)
        store.save(SMALL.changed(tool="next"), store.load()[1])


@pytest.mark.parametrize("what", ["save", "append", "acquire", "first"])
def test_no_right_to_write(place, what):
    """Another user, or one who took the right away from himself: nothing can be made there, nor written."""
    if os.geteuid():
        for path in (*place.iterdir(), place):
            path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        summary, detail = told(place, what, user=0 if os.geteuid() else NOBODY)
    finally:
        for path in (place, *place.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o600)
    assert summary in {"State can't be saved", "Journal can't be written", "State lease is not accessible"}
    assert "permission denied. Only its owner may use the state; run as that user, or ask them." in detail
    assert is_as_it_was(place)
