"""Runs that meet each other, are interrupted, or are killed: real processes, real signals, real locks."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

DEADLINE = 60.0
TWO_BATCHES = ("-var=parent=100", "-var=child=5")


def squeezed(text: str) -> str:
    return " ".join(text.split())


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def kinds(project) -> list[str]:
    return [entry["kind"] for entry in project.journal]


@pytest.fixture
def slow(project):
    """Its second batch waits for a minute until readers have seen the first."""
    project.edit('source = "embedded"', 'source = "embedded"\n  propagation = "1m"')
    return project


@contextmanager
def running(project, *arguments) -> Iterator[subprocess.Popen[bytes]]:
    process = project.start(*arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def between_batches(project) -> Iterator[subprocess.Popen[bytes]]:
    """An apply that has written the parent and waits before the child."""
    with running(project, "apply", "-auto-approve", *TWO_BATCHES) as process:
        until(lambda: "result" in kinds(project))
        yield process


@contextmanager
def store_locked(project) -> Iterator[None]:
    """Whoever writes the live file waits, as with a store that does not answer."""
    file = os.open(project.path / ".live.json.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=DEADLINE)
    return process.returncode, out.decode(), err.decode()


def test_a_second_apply_is_refused_and_told_who_holds_the_lease(slow):
    with between_batches(slow) as first:
        before = slow.files()
        ran = slow.run("apply", "-auto-approve", "-var=parent=7")
        assert (ran.code, ran.out) == (1, "")
        text = squeezed(ran.err)
        assert "`flagstaff apply` of " in text
        assert f"process {first.pid}, version " in text
        assert "Wait for it with -lock-timeout=10m." in text
        assert {n: d for n, d in slow.files().items() if "lock" not in n} == {
            n: d for n, d in before.items() if "lock" not in n
        }
        for arguments in (["state", "rm", "toggle.parent"], ["import", "toggle.parent", "parent_enabled"]):
            assert slow.run(*arguments).code == 1
        looked = slow.run("plan", *TWO_BATCHES)
        assert looked.code == 0  # planning needs no lease
        assert "Warning: Another run is at work" in looked.err


def test_a_second_apply_waits_for_the_lease_and_nothing_is_lost(slow):
    with (
        between_batches(slow) as first,
        running(slow, "apply", "-auto-approve", "-var=parent=100", "-lock-timeout=1m") as second,
    ):
        assert second.stderr
        assert b"Waiting for the lease: " in second.stderr.readline()
        first.send_signal(signal.SIGINT)
        assert ended(first)[0] == 1
        code, out, _ = ended(second)
    assert code == 0
    assert "No changes." in out or "Apply complete!" in out
    assert slow.percentage("parent_enabled") == "100"
    assert slow.run("state", "verify").code == 0
    assert slow.run("journal", "verify").code == 0


def test_ctrl_c_ends_the_waiting_for_the_lease(slow):
    with between_batches(slow), running(slow, "apply", "-auto-approve", "-lock-timeout=10m") as second:
        assert second.stderr
        second.stderr.readline()
        second.send_signal(signal.SIGINT)
        code, _, err = ended(second)
    assert code == 1
    assert "holds the lease" in squeezed(err)


def test_unlock_takes_the_lease_away_and_its_holder_stops(slow):
    with between_batches(slow) as first:
        asked = slow.run("unlock")
        assert asked.code == 1
        assert "holds the lease: flagstaff apply, process " in asked.out
        assert "Error: Nobody to ask" in asked.err
        with slow.terminal("unlock") as terminal:
            terminal.answer(r'Take it away\? Only "yes" is accepted: ', "no")
            assert terminal.end() == 1
        assert "The lease was left alone." in terminal.plain
        ran = slow.run("unlock", "-force")
        assert ran.code == 0
        assert "The lease is free." in ran.out
        code, out, _ = ended(first)
    assert code == 1
    assert "Lease was lost" in out
    assert "unlocked" in kinds(slow)
    assert slow.percentage("child_enabled") is None
    slow.edit('"1m"', '"0s"')
    slow.apply(*TWO_BATCHES)
    assert slow.percentage("child_enabled") == "5"


def test_ctrl_c_finishes_what_is_in_flight_and_prints_the_table(slow):
    with between_batches(slow) as process:
        process.send_signal(signal.SIGINT)
        code, out, err = ended(process)
    assert (code, err) == (1, "")
    assert "Stopping: Interrupted. No new move is started." in out
    assert "Partly applied: 1 applied, 0 failed, 0 skipped, 1 not started." in out
    assert "  ✓ applied      toggle.parent" in out
    assert "    not started  toggle.child" in out
    assert "finish:  flagstaff apply" in out
    assert (slow.percentage("parent_enabled"), slow.percentage("child_enabled")) == ("100", None)
    assert kinds(slow)[-1] == "apply_finished"
    slow.edit('"1m"', '"0s"')
    slow.apply(*TWO_BATCHES)
    assert slow.percentage("child_enabled") == "5"


def test_sigterm_is_an_interrupt_too(slow):
    with between_batches(slow) as process:
        process.terminate()
        code, out, _ = ended(process)
    assert code == 1
    assert "Partly applied: 1 applied" in out


def test_ctrl_c_waits_for_a_move_in_flight(project):
    with running(project, "apply", "-auto-approve") as process:
        with store_locked(project):
            until(lambda: "intent" in kinds(project))
            process.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.3)
        code, out, _ = ended(process)
    assert code == 1
    assert "\nError: Applied: 1 applied, 0 failed, 0 skipped, 0 not started" in out
    assert "Stopped: Interrupted." in out
    assert project.percentage("parent_enabled") == "5"


def test_a_second_ctrl_c_leaves_it_alone_and_the_next_run_asks_the_store(project):
    with store_locked(project), running(project, "apply", "-auto-approve") as process:
        until(lambda: "intent" in kinds(project))
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        code, out, err = ended(process)
    assert (code, err) == (1, "")
    assert "Interrupted twice: what was in flight was left alone." in out
    assert "toggle.parent" in out
    plan = project.run("plan")
    assert "Warning: Move was in flight" in plan.err
    project.apply()
    assert project.percentage("parent_enabled") == "5"
    assert project.run("plan", "-detailed-exitcode").code == 0


@pytest.mark.parametrize("written", [False, True])
def test_the_next_run_tells_what_a_killed_apply_had_in_flight_and_converges(project, written):
    with store_locked(project), running(project, "apply", "-auto-approve") as process:
        until(lambda: "intent" in kinds(project))
        process.kill()
        process.wait(DEADLINE)
    if written:  # as if the write had got through before the end
        project.turn("parent_enabled", 5)
    before = project.files()
    plan = project.run("plan")
    assert plan.code == 0
    text = squeezed(plan.err)
    assert "Warning: Move was in flight" in text
    assert "toggle.parent (parent_enabled): the apply of " in text
    assert "It was at 0 % before and at 5 % is planned." in text
    assert ("it was applied." if written else "it was not applied.") in text
    assert "Nothing was written; the next apply records it." in text
    assert project.files() == before

    done = project.apply()
    assert "Move was in flight" in done.err
    assert project.percentage("parent_enabled") == "5"
    assert kinds(project).count("recovered") == 1
    again = project.run("plan", "-detailed-exitcode")
    assert (again.code, again.err) == (0, "")
    assert project.run("state", "verify").code == 0
    assert project.run("journal", "verify").code == 0


def test_killed_between_batches_the_rest_is_planned_again(slow):
    with between_batches(slow) as process:
        process.kill()
        process.wait(DEADLINE)
    slow.edit('"1m"', '"0s"')
    ran = slow.run("plan", *TWO_BATCHES)
    assert "Warning: Apply did not finish" in ran.err
    assert "toggle.child   0 % -> 5 %" in ran.out
    assert "parent_enabled" not in ran.out
    slow.apply(*TWO_BATCHES)
    assert slow.run("plan", "-detailed-exitcode", *TWO_BATCHES).code == 0


def test_the_records_are_not_corrected_while_a_move_is_in_flight(project):
    with store_locked(project), running(project, "apply", "-auto-approve") as process:
        until(lambda: "intent" in kinds(project))
        process.kill()
        process.wait(DEADLINE)
    ran = project.run("state", "rm", "toggle.child")
    assert (ran.code, ran.out) == (1, "")
    assert "Error: Moves are in flight" in ran.err


def test_a_wait_is_told_in_lines_where_there_is_no_terminal(slow):
    with between_batches(slow) as process:
        assert process.stdout is not None
        said = next((line for line in process.stdout if b"waits" in line), b"").decode()
        process.send_signal(signal.SIGINT)
        _, rest, _ = ended(process)
    wait = "toggle.child waits: readers may still serve the old value of toggle.parent for"
    assert squeezed(said + rest).startswith(wait)


def test_a_wait_has_a_clock_on_a_terminal(slow):
    with slow.terminal("apply", "-auto-approve", *TWO_BATCHES) as terminal:
        terminal.wait_for(r"toggle.child waits: readers may still serve the old value of toggle.parent for 0:5\d more")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 1
    assert "Partly applied: 1 applied" in terminal.plain


def test_a_reader_that_goes_away_ends_an_apply_in_order(project):
    with store_locked(project):
        process = project.start("apply", "-auto-approve", *TWO_BATCHES)
        until(lambda: "intent" in kinds(project))
        process.stdout.close()
    _, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, err) == (1, b"")
    assert kinds(project)[-2:] == ["result", "apply_finished"]
    assert project.journal[-1]["data"]["stopped"] == "The output broke off: Broken pipe."
    assert (project.percentage("parent_enabled"), project.percentage("child_enabled")) == ("100", None)
    assert project.run("plan", *TWO_BATCHES).err == ""
