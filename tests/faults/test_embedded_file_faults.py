"""The embedded file when the disk, the process or another writer fails: the old file or the new one, never a part."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import textwrap

import pytest

from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Step
from flagstaff.providers.flipper.export import EmbeddedFile
from flagstaff.providers.protocols import StoreError

STEP = Step("a", "gates", {"percentage_of_actors": "5"}, Exposure.parse("5"))


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "live.json"
    path.write_text('{"version":1,"features":{"a":{},"b":{}}}', encoding="utf-8")
    return EmbeddedFile(path, "live.json")


def failing(number: int, at: int = 1):
    """A call that fails the time `at` that it is made, and does nothing at others."""
    calls = []

    def call(*_, **__):
        calls.append(1)
        if len(calls) == at:
            raise OSError(number, os.strerror(number))

    return call


def files(store) -> list[str]:
    return sorted(file.name for file in store.path.parent.iterdir())


@pytest.mark.parametrize(
    ("call", "number", "way"),
    [
        ("os.fsync", errno.ENOSPC, "no space left on device. The disk is full: free some space and run it again."),
        ("os.fsync", errno.EDQUOT, "disk quota exceeded. Your disk quota is used up: free some space"),
        ("os.fsync", errno.EIO, "input/output error. Correct the cause and run it again."),
        ("os.replace", errno.EACCES, "permission denied. Give yourself the right to write the file and its directory"),
        ("os.fchmod", errno.EPERM, "operation not permitted. Give yourself the right to write the file"),
        ("fcntl.flock", errno.ENOLCK, "no locks available. Correct the cause and run it again."),
        ("os.open", errno.EROFS, "read-only file system. The file system is read-only"),
    ],
)
def test_a_failure_before_the_rename_changes_nothing(store, monkeypatch, call, number, way):
    seen, before = store.read(), store.path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(call, failing(number))
        with pytest.raises(StoreError) as error:
            store.write_batch([STEP], seen)
    assert error.value.summary == "Toggle file not written"
    assert error.value.detail.startswith(f'"live.json" is unchanged: {way}')
    assert not error.value.unknown
    assert store.path.read_bytes() == before
    assert ".live.json.tmp" not in files(store)
    assert store.write_batch([STEP], seen)[0].raw == {"percentage_of_actors": "5"}


def test_a_failure_behind_the_rename_is_not_called_undone(store, monkeypatch):
    """The second fsync is the directory's: the file is replaced, and nobody knows whether it lasts."""
    seen = store.read()
    monkeypatch.setattr("os.fsync", failing(errno.EIO, at=2))
    with pytest.raises(StoreError) as error:
        store.write_batch([STEP], seen)
    assert error.value.unknown
    assert error.value.summary == "Toggle file not safe on disk"
    assert store.read().toggles["a"] == {"percentage_of_actors": "5"}


def test_everything_is_on_disk_before_the_rename(store, monkeypatch):
    order = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr("os.fsync", lambda handle: (order.append("fsync"), fsync(handle)))
    monkeypatch.setattr("os.replace", lambda *paths: (order.append("rename"), replace(*paths)))
    store.write_batch([STEP], store.read())
    assert order == ["fsync", "rename", "fsync"]


@pytest.mark.parametrize(("works", "order"), [(True, []), (False, ["fsync"])])
def test_macos_is_asked_to_write_through(store, monkeypatch, works, order):
    """F_FULLFSYNC where the file system has it; the directory is synced in either case."""
    asked = []

    def control(handle, command):
        asked.append(command)
        if not works:
            raise OSError(errno.ENOTSUP, "Operation not supported")

    done = []
    monkeypatch.setattr("fcntl.F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr("fcntl.fcntl", control)
    monkeypatch.setattr("os.fsync", lambda handle: done.append("fsync"))
    store.write_batch([STEP], store.read())
    assert asked == [51]
    assert done == [*order, "fsync"]


def run(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), *arguments])


def test_a_process_killed_before_the_rename_leaves_the_old_file(store):
    """kill -9 with the new file half done: no lock stays, and the next write cleans up."""
    code = """
        import os, signal, sys
        from pathlib import Path
        from flagstaff.model.exposure import Exposure
        from flagstaff.model.live import Step
        from flagstaff.providers.flipper.export import EmbeddedFile
        os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        store = EmbeddedFile(Path(sys.argv[1]), "live.json")
        step = Step("a", "gates", {"percentage_of_actors": "100"}, Exposure.parse("100"))
        store.write_batch([step], store.read())
    """
    before = store.path.read_bytes()
    assert run(code, str(store.path)).wait() == -9
    assert store.path.read_bytes() == before
    assert ".live.json.tmp" in files(store)
    store.write_batch([STEP], store.read())
    assert files(store) == [".live.json.lock", "live.json"]
    assert store.read().toggles["a"] == {"percentage_of_actors": "5"}


def test_processes_that_write_at_once_lose_no_update(store):
    """Each makes its own toggles and counts one shared toggle up; a conflict is read again and repeated."""
    code = """
        import sys
        from pathlib import Path
        from flagstaff.model.exposure import Exposure
        from flagstaff.model.live import Step
        from flagstaff.providers.flipper.export import EmbeddedFile
        from flagstaff.providers.protocols import Conflict
        store = EmbeddedFile(Path(sys.argv[1]), "live.json")
        for number in range(20):
            key = f"{sys.argv[2]}_{number}"
            store.write_batch([Step(key, "create", {}, Exposure(0))], store.read([key]))
            while True:
                seen = store.read(["b"])
                after = Exposure.parse(seen.toggles["b"].get("percentage_of_actors", "0")).level + 1
                value = Exposure(after).encode()
                try:
                    store.write_batch([Step("b", "gates", {"percentage_of_actors": value}, Exposure(after))], seen)
                except Conflict:
                    continue
                break
    """
    processes = [run(code, str(store.path), name) for name in ("left", "right")]
    assert [process.wait() for process in processes] == [0, 0]
    features = json.loads(store.path.read_bytes())["features"]
    assert features["b"] == {"percentage_of_actors": "0.04"}
    assert sorted(features) == sorted(["a", "b", *(f"{who}_{n}" for who in ("left", "right") for n in range(20))])


def test_a_reader_sees_whole_files_only_while_others_write(store):
    code = """
        import sys
        from pathlib import Path
        from flagstaff.model.exposure import Exposure
        from flagstaff.model.live import Step
        from flagstaff.providers.flipper.export import EmbeddedFile
        store = EmbeddedFile(Path(sys.argv[1]), "live.json")
        for number in range(1, 60):
            value = {"percentage_of_actors": str(number % 2 * 50), "padding": "x" * 20_000 * (number % 3)}
            steps = [Step(key, "gates", value, Exposure(0)) for key in ("a", "b")]
            store.write_batch(steps, store.read())
    """
    process = run(code, str(store.path))
    seen = 0
    while process.poll() is None:
        toggles = store.read().toggles
        assert toggles["a"] == toggles["b"]
        seen += 1
    assert process.returncode == 0
    assert seen > 0
