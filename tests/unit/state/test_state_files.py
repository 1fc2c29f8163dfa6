"""The local store's files: where they are, whose they are, and what is said when the system refuses."""

import errno
import fcntl
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flagstaff.diagnostics import Failure, Position, Range
from flagstaff.model.configuration import Backend
from flagstaff.state.files import Disk, read, replace, trouble
from flagstaff.state.journal import encode_entry, link
from flagstaff.state.local import LocalStore
from flagstaff.state.registry import open_store
from flagstaff.state.state import State
from flagstaff.state.store import StateConflict, StateError

TIME = datetime(2026, 1, 27, 14, 3, 5, tzinfo=UTC)
STATE = State("6a1e", 1, tool="0.1.0")


def entries(*keys, last=None):
    facts = [("removed", {"address": "toggle.a", "key": key}) for key in keys]
    return link(last, facts, time=TIME, run="run-1", who="jane")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "va.json"


@pytest.fixture
def store(path):
    return LocalStore(path)


def refused(action):
    with pytest.raises(StateError) as raised:
        action()
    return raised.value.summary, raised.value.detail


def test_all_files_are_private_and_have_their_names(store, path):
    token = store.save(STATE, "")
    store.save(STATE.changed(tool="2"), token)
    store.append(entries("a"), "")
    assert {file.name: stat.filemode(file.stat().st_mode) for file in path.parent.iterdir()} == {
        "va.json": "-rw-------",
        "va.json.backup": "-rw-------",
        "va.journal.jsonl": "-rw-------",
        ".va.json.lock": "-rw-------",
    }


def test_a_mode_that_was_opened_up_is_closed_by_the_next_save(store, path):
    token = store.save(STATE, "")
    path.chmod(0o644)
    path.with_name(".va.json.tmp").write_text("left by a crash")
    path.with_name(".va.json.tmp").chmod(0o666)
    store.save(STATE.changed(tool="2"), token)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_name_without_json_keeps_all_of_it(tmp_path):
    assert LocalStore(tmp_path / "state").journal.name == "state.journal.jsonl"
    assert LocalStore(tmp_path / "state.v2").backup.name == "state.v2.backup"


def test_a_link_to_a_state_stays_one(tmp_path, store, path):
    link_ = tmp_path / "link.json"
    link_.symlink_to(path)
    token = LocalStore(link_).save(STATE, "")
    assert link_.is_symlink()
    assert store.load() == (STATE, token)


def test_what_was_put_beside_by_somebody_else_is_not_written_through(store, path, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    path.with_name(".va.json.tmp").symlink_to(victim)
    summary, detail = refused(lambda: store.save(STATE, ""))
    assert summary == "State can't be saved"
    assert detail.endswith("The state is as it was.")
    assert victim.read_text() == "mine"
    assert store.load() == (None, "")


def test_a_lost_save_says_who_was_first(store, path):
    other = LocalStore(path)
    token = store.save(STATE, "")
    other.save(STATE.changed(tool="theirs"), token)
    assert refused(lambda: store.save(STATE.changed(tool="ours"), token)) == (
        "State was changed by somebody else",
        (
            f"{path} has serial 2 now, and was the one with serial 1 when this command read it. Nothing was "
            "overwritten. Plan again."
        ),
    )
    other.append(entries("a"), "")
    assert refused(lambda: store.save(STATE.changed(tool="ours"), ""))[1] == (
        f"{path} has serial 2 now, and was none when this command read it. The last entry of the journal is by jane: "
        "removed, 2026-01-27 14:03:05 UTC, run run-1. Nothing was overwritten. Plan again."
    )
    path.unlink()
    with pytest.raises(StateConflict) as raised:
        store.save(STATE.changed(tool="ours"), token)
    assert raised.value.detail == (
        f"{path} is gone, and was the one with serial 1 when this command read it. Nothing was overwritten. Plan again."
    )


def test_a_lost_save_is_told_even_if_the_journal_is_damaged(store, path):
    store.save(STATE, "")
    path.with_name("va.journal.jsonl").write_text("oops\n")
    detail = refused(lambda: store.save(STATE.changed(tool="ours"), ""))[1]
    assert detail == (
        f"{path} has serial 1 now, and was none when this command read it. Nothing was overwritten. Plan again."
    )


def test_a_lost_append_says_who_was_first(store, path):
    store.append(entries("a"), "")
    assert refused(lambda: store.append(entries("b"), "")) == (
        "State was changed by somebody else",
        (
            f"{path.with_name('va.journal.jsonl')} went on meanwhile. The last entry of the journal is by jane: "
            "removed, 2026-01-27 14:03:05 UTC, run run-1. Nothing was overwritten. Plan again."
        ),
    )
    assert refused(lambda: store.append(entries("b"), "f" * 64))[0] == "State was changed by somebody else"


def test_other_lineages_and_old_serials_are_explained(store):
    token = store.save(STATE, "")
    assert refused(lambda: store.save(State("other", 2), token)) == (
        "State has another lineage",
        (
            'The state to be saved has the lineage "other", and the one in its place "6a1e": they describe different '
            "things. Look whether the backend names the right place. The state is as it was."
        ),
    )
    assert refused(lambda: store.save(State("6a1e", 1, tool="x"), token)) == (
        "State has an old serial",
        (
            "The state to be saved has serial 1, and the one in its place, which differs, has 1. It must be higher. "
            "The state is as it was."
        ),
    )


def test_bytes_that_are_no_text(store, path):
    path.write_bytes(b'{"format": \xff}')
    assert refused(store.load) == (
        "State is not readable",
        f"{path}: byte 11 is not UTF-8, so this is no state of Flagstaff, or a damaged one. Nothing was changed.",
    )


def test_a_state_that_breaks_an_invariant_is_not_loaded(store, path):
    path.write_text('{"format": 1, "lineage": ""}')
    assert refused(store.load) == (
        "State breaks an invariant",
        (
            f"{path}: S1: The lineage is empty. The invariants are listed in the reference of the state. "
            "Nothing was changed."
        ),
    )


def test_a_directory_in_the_place_of_a_file(store, path):
    path.mkdir()
    why = "it is a directory. The backend's path must name a file."
    assert refused(store.load) == ("State can't be read", f"{path}: {why} Nothing was changed.")
    assert refused(lambda: store.save(STATE, "")) == (
        "State can't be saved",
        f"{path}: {why} The state is as it was.",
    )
    journal = path.with_name("va.journal.jsonl")
    journal.mkdir()
    expected = ("Journal can't be read", f"{journal}: {why} Nothing was changed.")
    assert refused(lambda: list(store.entries())) == expected
    assert refused(store.last) == expected


def test_a_file_in_the_place_of_a_directory(tmp_path):
    (tmp_path / "file").touch()
    store = LocalStore(tmp_path / "file" / "va.json")
    assert refused(store.load) == (
        "State can't be read",
        (
            f"{tmp_path}/file/va.json: a part of the path is a file and not a directory. Correct the backend's path. "
            "Nothing was changed."
        ),
    )


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.EACCES, "permission denied. Only its owner may use the state; run as that user, or ask them."),
        (
            errno.EPERM,
            "the operation is not permitted. Only its owner may use the state; run as that user, or ask them.",
        ),
        (errno.EROFS, "the file system is read-only. Make it writable, or keep the state elsewhere (backend block)."),
        (errno.ENOSPC, "the disk is full. Free some space and run the command again."),
        (errno.EDQUOT, "the disk quota is used up. Free some space and run the command again."),
        (errno.EIO, "Input/output error. Look into that and run the command again."),
    ],
)
def test_what_the_system_refuses_is_said_in_words(code, why):
    told = trouble("State can't be saved", OSError(code, os.strerror(code)), Path("va.json"), "All is well.")
    assert (told.summary, told.detail) == ("State can't be saved", f"va.json: {why} All is well.")


def test_an_error_without_a_number_keeps_its_text():
    told = trouble("State can't be read", OSError("odd"), Path("va.json"), "All is well.")
    assert told.detail == "va.json: odd. Look into that and run the command again. All is well."


# The journal


def test_a_line_that_is_no_entry_is_named(store, path):
    first = entries("a", "b")
    store.append(first, "")
    journal = path.with_name("va.journal.jsonl")
    lines = journal.read_bytes().splitlines(keepends=True)
    for bad, problem in (
        (b"{}\n", 'the field "data" is missing'),
        (b"\xff\n", "byte 0 is not UTF-8"),
    ):
        journal.write_bytes(lines[0] + bad + lines[1])
        advice = "Nothing was changed. Restore the journal from a copy before going on."
        expected = ("Journal is damaged", f"{journal}, line 2: {problem}. {advice}")
        assert refused(lambda: list(store.entries())) == expected
        journal.write_bytes(lines[0] + bad)
        assert refused(store.last) == ("Journal is damaged", f"{journal}, last line: {problem}. {advice}")


def test_a_journal_without_the_states_entry_is_named(store, path):
    store.append(entries("a"), "")
    assert refused(lambda: list(store.entries("e" * 64))) == (
        "Journal does not fit the state",
        (
            f"{path.with_name('va.journal.jsonl')} has no entry with the hash {'e' * 64}: it was cut, replaced or "
            "moved away. Nothing was changed. Put the journal that belongs to the state back in its place."
        ),
    )


def test_a_hash_in_the_data_is_not_taken_for_the_entrys_own(store):
    first = entries("a")
    second = entries(f'"hash":"{first[0].hash}"}}', last=first[-1])
    store.append(first + second, "")
    assert tuple(store.entries(first[0].hash)) == second


def test_the_last_entry_is_found_behind_long_lines(path):
    long = entries("x" * 200_000, "y" * 200_000)
    LocalStore(path).append(long, "")
    assert LocalStore(path).last() == long[-1]
    LocalStore(path).append(entries("z", last=long[-1]), long[-1].hash)
    assert LocalStore(path).last().sequence == 3
    assert tuple(LocalStore(path).entries())[:2] == long


class Counting(LocalStore):
    """Counts how often the end of the journal is read from the file."""

    reads = 0

    def _decode(self, line, where):
        self.reads += where == "last line"
        return super()._decode(line, where)


def test_appending_does_not_read_the_journal_again(path):
    store, last = Counting(path), None
    for number in range(20):
        made = entries(str(number), last=last)
        store.append(made, last.hash if last else "")
        last = made[-1]
        assert store.head() == last.hash
    assert store.reads == 0


def test_what_another_appends_is_seen(path):
    store, other = Counting(path), LocalStore(path)
    first = entries("a")
    store.append(first, "")
    second = entries("b", last=first[-1])
    other.append(second, first[-1].hash)
    assert store.last() == second[-1]
    assert store.reads == 1


def test_a_torn_line_that_became_another_of_its_length_is_seen(path):
    """What was torn when we looked may have been cut off, and a whole line of that length written instead."""
    first = entries("a")
    second = entries("b", last=first[-1])
    store = LocalStore(path)
    store.append(first, "")
    line = encode_entry(second[0]) + "\n"
    with store.journal.open("a") as file:
        file.write("x" * len(line))
    assert store.last() == first[-1]
    LocalStore(path).append(second, first[-1].hash)
    assert store.last() == second[-1]


# The disk


def test_everything_is_written_though_the_system_takes_it_in_pieces(monkeypatch):
    taken = []

    def some(file, data):
        taken.append(bytes(data[:3]))
        return len(taken[-1])

    monkeypatch.setattr(os, "write", some)
    Disk().write(5, b"12345678")
    assert taken == [b"123", b"456", b"78"]


def test_the_full_sync_of_macos_is_used_where_it_is(tmp_path):
    """F_GETFD stands for F_FULLFSYNC: a call that any system takes; an unknown one falls back to fsync."""
    file = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    Disk(fcntl.F_GETFD).sync(file)
    Disk(99_999).sync(file)
    Disk(None).sync(file)
    os.close(file)
    for disk in (Disk(fcntl.F_GETFD), Disk(99_999), Disk(None)):
        with pytest.raises(OSError, match="Bad file descriptor"):
            disk.sync(file)


def test_replacing_and_reading(tmp_path):
    file = tmp_path / "file"
    assert read(file) is None
    replace(Disk(), file, b"1")
    replace(Disk(), file, b"22")
    assert read(file) == b"22"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


# The registry

PLACE = Range("main.hcl", Position(3, 3, 40), Position(3, 18, 55))


def test_the_default_is_a_file_beside_the_configuration(tmp_path):
    open_store(Backend(), tmp_path).save(STATE, "")
    assert (tmp_path / "flagstaff.state.json").exists()


def test_relative_paths_start_at_the_configuration(tmp_path):
    base = tmp_path / "configs" / "va"
    base.mkdir(parents=True)
    open_store(Backend(settings={"path": "../../state/va.json"}), base).save(STATE, "")
    assert (tmp_path / "state" / "va.json").exists()
    open_store(Backend(settings={"path": str(tmp_path / "abs.json")}), base).save(STATE, "")
    assert (tmp_path / "abs.json").exists()


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        (Backend("lokal", {"path": 5}, PLACE), [("Unknown backend", ('There is no backend "lokal"; this version has: '
         'local, postgres, s3. Did you mean "local"?'))]),
        (Backend("local", {"pth": "x", "bucket": "y"}, PLACE), [
            ("Unknown backend attribute", 'The backend "local" has no attribute "bucket"; it has: path.'),
            ("Unknown backend attribute", ('The backend "local" has no attribute "pth"; it has: path. Did you mean '
             '"path"?')),
        ]),
        *(
            (Backend("local", {"path": path}, PLACE), [("Invalid backend path", ('The attribute "path" of the backend '
             '"local" must name a file, such as "state/va.json".'))])
            for path in (5, None, "", "  ", "a\0b")
        ),
    ],
)  # fmt: skip
def test_a_block_with_mistakes(tmp_path, backend, expected):
    with pytest.raises(Failure) as failure:
        open_store(backend, tmp_path)
    assert [(one.summary, one.detail) for one in failure.value.diagnostics] == expected
    assert {one.range for one in failure.value.diagnostics} == {PLACE}
    assert failure.value.diagnostics[0].context == f'backend "{backend.kind}"'
    assert list(tmp_path.iterdir()) == []
