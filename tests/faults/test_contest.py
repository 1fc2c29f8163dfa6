"""Eight processes that want the same at once: one wins, nothing is lost, and every loser is told who won."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flagstaff.addresses import Address
from flagstaff.model.exposure import Exposure
from flagstaff.state import invariants
from flagstaff.state.journal import verify
from flagstaff.testing.state_samples import SMALL, entries

SCRIPT = Path(__file__).with_name("contest.py")
# 50 where the state is a file; over a network, where that takes minutes, 10, or as many as this says.
ROUNDS = int(os.environ.get("FLAGSTAFF_CONTEST_ROUNDS", "0"))


def rounds(kind):
    return ROUNDS or (50 if kind == "local" else 10)


@pytest.fixture
def contest(kind, folder, settings):
    def run(mode):
        arguments = [sys.executable, str(SCRIPT), str(folder), mode, kind, str(rounds(kind)), json.dumps(settings)]
        done = subprocess.run(arguments, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def test_eight_who_apply_at_once(contest, kind, spot):
    """One gets the lease and does it. The others are told whose it is or, if they come later, find nothing to do."""
    told = contest("apply")
    assert len(told) == 8 * rounds(kind)
    for number in range(1, rounds(kind) + 1):
        ours = [one for one in told if one["round"] == number]
        winners = [one["who"] for one in ours if one["code"] == 0]
        assert winners
        for loser in (one for one in ours if one["code"]):
            assert "State is in use" in loser["text"], loser
            assert any(f"`flagstaff apply` of {winner}@" in loser["text"] for winner in winners), loser
    store = spot.open()
    state, _ = store.load()
    journal = list(store.entries())
    assert invariants.verify(state, journal) == ()
    done = [entry.data["exposure"] for entry in journal if entry.kind == "result"]
    assert done == [str(number) for number in range(1, rounds(kind) + 1)]
    assert state.toggles[Address("toggle", "wanted")].exposure == Exposure.parse(str(rounds(kind)))
    # The first state, and one save for each apply that did something.
    assert state.serial == 1 + rounds(kind)


def test_eight_who_save_at_once_without_a_lease(contest, kind, spot):
    store, first = spot.open(), entries(None, "first")
    store.append(first, "")
    store.save(SMALL, "")
    told = contest("save")
    wins = 8 * rounds(kind)
    assert sorted(serial for one in told for serial in one["won"]) == list(range(2, 2 + wins))
    assert sum(one["lost"] for one in told) > 0
    for one in told:
        assert all(" The last entry of the journal is by " in text for text in one["told"]), one["told"]
        assert all("Nothing was overwritten." in text for text in one["told"])
    store = spot.open()
    state, _ = store.load()
    assert state.serial == 1 + wins
    journal = tuple(store.entries())
    assert verify(journal, first[-1].hash) == ()
    assert sorted(int(entry.data["key"].split()[1]) for entry in journal[1:]) == list(range(2, 2 + wins))
