"""The export file as a store: where it lies, what it holds, how old it may be, what keeps it from being written."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Step, Target
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.providers.flipper.export import EmbeddedFile, SnapshotFile, utc_now
from flagstaff.providers.protocols import Conflict, StoreError

NOW = datetime(2026, 1, 27, 14, 0, tzinfo=UTC)
FIVE = Exposure.parse("5")
RAISE = Step("a", "gates", {"percentage_of_actors": "5"}, FIVE)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "live.json"
    file.write_text('{"version":1,"features":{"a":{"actors":["User;1"]},"b":{}},"mine":[1]}\n', encoding="utf-8")
    return file


def embedded(path, **options) -> EmbeddedFile:
    return EmbeddedFile(path, "state/live.json", lambda: NOW, **options)


def failure(call) -> StoreError:
    with pytest.raises(StoreError) as error:
        call()
    return error.value


def test_a_write_changes_the_named_toggle_and_keeps_the_rest(path):
    store = embedded(path)
    (result,) = store.write_batch([RAISE], store.read())
    assert result.raw == {"actors": ["User;1"], "percentage_of_actors": "5"}
    assert path.read_text(encoding="utf-8") == (
        '{"version":1,"features":{"a":{"actors":["User;1"],"percentage_of_actors":"5"},"b":{}},"mine":[1]}\n'
    )
    assert store.read() == store.read()
    assert store.read().read_at == NOW
    assert store.read().taken_at is None


def test_the_mode_is_kept_and_nothing_is_left_behind(path):
    path.chmod(0o640)
    store = embedded(path)
    store.write_batch([RAISE], store.read())
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(file.name for file in path.parent.iterdir()) == [".live.json.lock", "live.json"]


def test_what_changes_nothing_writes_nothing(path):
    store = embedded(path)
    before = path.stat().st_ino
    assert store.write_batch([], store.read()) == ()
    store.write_batch([Step("b", "gates", {}, OFF)], store.read())
    assert path.stat().st_ino == before


def test_a_tester_who_came_meanwhile_is_kept(path):
    store = embedded(path)
    seen = store.read()
    document = json.loads(path.read_text(encoding="utf-8"))
    document["features"]["a"] = {"actors": ["User;1", "new"], "boolean": False}
    path.write_text(json.dumps(document), encoding="utf-8")
    (result,) = store.write_batch([RAISE], seen)
    assert FlipperDialect().live(result.raw).testers.actors == ("User;1", "new")


def test_a_delete_loses_no_tester_who_came_meanwhile(path):
    store = embedded(path)
    seen = store.read()
    path.write_text('{"version":1,"features":{"a":{"actors":["User;1","new"]}}}', encoding="utf-8")
    delete = FlipperDialect().compile(FlipperDialect().live(seen.toggles["a"]), Target("a", OFF, delete=True))
    with pytest.raises(Conflict) as conflict:
        store.write_batch(delete, seen)
    assert conflict.value.keys == ("a",)


def test_a_conflict_says_what_each_toggle_is_now(path):
    store = embedded(path)
    seen = store.read()
    path.write_text('{"version":1,"features":{"b":{"percentage_of_actors":20}}}', encoding="utf-8")
    steps = [RAISE, Step("b", "gates", {"boolean": None}, FIVE)]
    steps += [Step(f"new_{number}", "gates", {}, OFF) for number in range(5)]
    expect = {**seen.toggles, **{f"new_{number}": {} for number in range(5)}}
    error = failure(lambda: store.write_batch(steps, type(seen)(expect, NOW)))
    assert error.summary == "Toggle changed meanwhile"
    assert error.detail == (
        'Somebody else changed what this write is based on: "a" is now gone; "b" is now 20 %; "new_0" is now gone; '
        '"new_1" is now gone; "new_2" is now gone; and 2 more. Nothing was written. Plan again.'
    )


def test_a_missing_file_says_how_to_make_one(tmp_path):
    store = embedded(tmp_path / "live.json")
    for call in (store.read, lambda: store.write_batch([RAISE], None)):
        error = failure(call)
        assert error.summary == "Toggle file not found"
        assert error.detail == (
            'There is no file "state/live.json". To make one of a live Flipper, run File.write("live.json", '
            "Flipper.export.contents) in its console and put it there. To start without toggles, write "
            '{"version":1,"features":{}} into it.'
        )
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_says_where(path):
    path.write_text('{"version":1,\n"features":{"a":{}', encoding="utf-8")
    error = failure(embedded(path).read)
    assert error.summary == "Damaged toggle file"
    assert error.detail.startswith('"state/live.json" is not a Flipper export: line 2, column 19: not JSON')


def test_a_directory_is_no_file(tmp_path):
    error = failure(embedded(tmp_path).read)
    assert error.summary == "Toggle file not read"
    assert error.detail == '"state/live.json" can\'t be read: is a directory. Correct the path.'


def test_a_file_that_may_not_be_read(path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    assert failure(embedded(path).read).detail.endswith("permission denied. Give yourself the right to read it.")


def test_a_read_only_file_is_not_replaced(path):
    store = embedded(path)
    seen = store.read()
    path.chmod(0o444)
    error = failure(lambda: store.write_batch([RAISE], seen))
    assert error.summary == "Toggle file not written"
    assert error.detail == (
        '"state/live.json" is unchanged: the file is read-only. Give yourself the right to write the file and its '
        "directory, or run it as its owner."
    )
    assert store.read() == seen


def test_a_file_that_somebody_else_writes_is_waited_for_and_then_given_up(path):
    store = embedded(path, wait=0.03)
    seen = store.read()
    with (path.parent / ".live.json.lock").open("w") as side:
        fcntl.flock(side, fcntl.LOCK_EX)
        error = failure(lambda: store.write_batch([RAISE], seen))
        assert error.summary == "Toggle file is in use"
        assert store.read() == seen
    assert store.write_batch([RAISE], seen)[0].error is None


def test_a_planted_link_in_the_place_of_the_lock_is_not_followed(path, tmp_path):
    (tmp_path / ".live.json.lock").symlink_to(tmp_path / "elsewhere")
    store = embedded(path)
    assert failure(lambda: store.write_batch([RAISE], store.read())).summary == "Toggle file not written"
    assert not (tmp_path / "elsewhere").exists()


def snapshot(path, text: str, **options):
    path.write_text(text, encoding="utf-8")
    os.utime(path, (0, (NOW - timedelta(hours=2)).timestamp()))
    return SnapshotFile(path, "export.json", lambda: NOW, **options).read()


def test_a_snapshot_is_as_old_as_its_file_or_as_it_says(path):
    read = snapshot(path, '{"version":1,"features":{"a":{}}}')
    assert (read.read_at, read.taken_at) == (NOW, NOW - timedelta(hours=2))
    read = snapshot(path, '{"version":1,"features":{},"exported_at":"2026-01-27T09:30:00+01:00"}')
    assert read.taken_at == datetime(2026, 1, 27, 8, 30, tzinfo=UTC)


def test_a_snapshot_over_its_age_is_refused(path):
    old = '{"version":1,"features":{}}'
    assert snapshot(path, old, max_age=timedelta(hours=2)).toggles == {}
    error = failure(lambda: snapshot(path, old, max_age=timedelta(hours=1, minutes=59)))
    assert error.summary == "Snapshot is too old"
    assert error.detail.startswith(
        '"export.json" was taken at 2026-01-27 12:00 UTC, which is not within max_age (1:59:00).'
    )


def test_a_snapshot_from_the_future_has_no_age(path):
    text = '{"version":1,"features":{},"exported_at":"2026-01-27T14:%s:00Z"}'
    assert snapshot(path, text % "05", max_age=timedelta(hours=1)).taken_at == NOW + timedelta(minutes=5)
    assert failure(lambda: snapshot(path, text % "06", max_age=timedelta(hours=1))).summary == "Snapshot is too old"


@pytest.mark.parametrize("value", ['"yesterday"', '"2026-01-27T09:30:00"', "5"])
def test_a_time_that_is_none_is_refused(path, value):
    error = failure(lambda: snapshot(path, f'{{"version":1,"features":{{}},"exported_at":{value}}}'))
    assert error.summary == "Damaged toggle file"
    assert "no time with a zone" in error.detail


def test_the_clock_is_utc():
    assert utc_now().tzinfo is UTC
