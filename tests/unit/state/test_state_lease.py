"""Leases: waiting, what is said to those who wait, and files that are not as they should be."""

import fcntl
import json
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.state.lease import acquire, held_by
from flagstaff.state.local import LocalStore
from flagstaff.state.store import LeaseHeld, LockInfo, StateError
from flagstaff.testing.clock import FakeClock

SINCE = datetime(2026, 1, 27, 14, 0, 0, tzinfo=UTC)
JANE = LockInfo("lease-1", "apply", "jane", "build-7", 4242, SINCE, "0.1.0")
JOE = LockInfo("lease-2", "state mv", "joe", "laptop", 99, SINCE, "0.1.0")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "va.json"


@pytest.fixture
def store(path):
    return LocalStore(path, now=lambda: SINCE + timedelta(minutes=3, seconds=12))


def test_the_message_says_who_where_what_since_when_and_what_to_do(store):
    with store.acquire(JANE), pytest.raises(LeaseHeld) as held:
        store.acquire(JOE)
    assert held.value.summary == "State is in use"
    assert held.value.detail == (
        "`flagstaff apply` of jane holds the lease: on host build-7, process 4242, version 0.1.0, since "
        "2026-01-27 14:00:00 UTC (3 min 12 s ago). Wait for it with -lock-timeout=10m. If jane agrees that it should "
        "not go on, `flagstaff unlock` takes the lease away."
    )


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (-1, "in the future: the clocks differ"),
        (0, "0 s ago"),
        (59.9, "59 s ago"),
        (60, "1 min 0 s ago"),
        (7200, "2 h ago"),
        (3661, "1 h 1 min ago"),
        (90_000, "1 d 1 h ago"),
    ],
)
def test_the_age_in_its_two_largest_units(seconds, age):
    assert f"UTC ({age})." in held_by(JANE, SINCE + timedelta(seconds=seconds)).detail


def test_what_is_free_is_taken_without_waiting(store):
    clock = FakeClock()
    with acquire(store, JANE, timedelta(minutes=1), clock) as lease:
        assert lease.info == JANE
    assert clock.slept == []


def test_without_time_the_first_refusal_is_the_last(store):
    clock, told = FakeClock(), []
    with store.acquire(JANE), pytest.raises(LeaseHeld):
        acquire(store, JOE, timedelta(0), clock, waiting=told.append)
    assert clock.slept == []
    assert told == []


def test_waiting_doubles_its_pauses_and_ends_in_time(store):
    clock, told = FakeClock(), []
    with store.acquire(JANE), pytest.raises(LeaseHeld) as held:
        acquire(store, JOE, timedelta(seconds=15), clock, waiting=told.append)
    assert clock.slept == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 2.25]
    assert [one.holder for one in told] == [JANE]
    assert held.value.holder == JANE


def test_who_waits_gets_it_when_it_is_free(store):
    lease = store.acquire(JANE)
    clock = FakeClock(on_sleep=lambda seconds: lease.release() if seconds == 1.0 else None)
    with acquire(store, JOE, timedelta(minutes=1), clock) as mine:
        assert mine.took_over is None
        assert store.holder() == JOE
    assert clock.slept == [0.25, 0.5, 1.0]


def test_who_is_woken_does_not_wait_on(store):
    clock = FakeClock()
    with store.acquire(JANE), pytest.raises(LeaseHeld):
        acquire(store, JOE, timedelta(minutes=1), clock, woken=lambda: len(clock.slept) == 2)
    assert clock.slept == [0.25, 0.5]


def test_a_lost_lease_says_what_to_do(store):
    lease = store.acquire(JANE)
    store.break_lease()
    with pytest.raises(StateError) as raised:
        lease.renew()
    assert raised.value.summary == "Lease was lost"
    assert raised.value.detail == (
        "The lease of `flagstaff apply` was taken away with `flagstaff unlock`; somebody else may be writing now. "
        "Nothing more is written. Find out who did it, then plan again."
    )
    lease.release()


def test_the_lease_is_a_private_file_with_the_holders_name(store, path):
    file = path.with_name(".va.json.lease")
    with store.acquire(JANE):
        assert json.loads(file.read_text())["who"] == "jane"
        assert file.stat().st_mode & 0o777 == 0o600
        store.request_stop("enough")
        assert path.with_name(".va.json.stop").stat().st_mode & 0o777 == 0o600
    assert file.read_text() == ""
    assert not path.with_name(".va.json.stop").exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"{"])
def test_a_lock_without_a_readable_name_is_still_a_lock(store, path, content):
    file = path.with_name(".va.json.lease")
    file.write_bytes(content)
    with file.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StateError) as raised:
            store.acquire(JANE)
        assert raised.value.summary == "State lease is not accessible"
        assert raised.value.detail == (
            f"{file} is locked by a process that left no name in it. Find it with `fuser {file}`, and wait for it."
        )
        assert store.holder() is None
    with store.acquire(JANE) as lease:
        assert lease.took_over is None


def test_a_lease_that_is_unlinked_in_the_meantime_is_nobodys(store, path):
    """Between looking and locking somebody may break the lease."""
    store.acquire(JANE).release()
    path.with_name(".va.json.lease").unlink()
    assert store._place._holder() is None


@pytest.mark.parametrize("mark", [b"{}", b"\xff", b'{"lease": 1, "why": ""}'])
def test_a_stop_mark_that_can_not_be_read_stops(store, path, mark):
    file = path.with_name(".va.json.stop")
    with store.acquire(JANE) as lease:
        file.write_bytes(mark)
        assert lease.stop_requested() == f"somebody left a mark that can't be read: {file}"


def test_a_stop_mark_for_another_lease_is_not_ours(store, path):
    with store.acquire(JANE) as lease:
        path.with_name(".va.json.stop").write_text('{"lease": "lease-0", "why": "long ago"}')
        assert lease.stop_requested() is None


def test_a_place_that_can_not_hold_a_lease_is_named(tmp_path):
    (tmp_path / "file").touch()
    store = LocalStore(tmp_path / "file" / "va.json")
    with pytest.raises(StateError) as raised:
        store.acquire(JANE)
    assert raised.value.summary == "State lease is not accessible"
    (tmp_path / ".va.json.lease").mkdir()
    with pytest.raises(StateError) as raised:
        LocalStore(tmp_path / "va.json").acquire(JANE)
    assert raised.value.detail == (
        f"{tmp_path}/.va.json.lease: it is a directory. The backend's path must name a file. The state is as it was."
    )
