"""What the history says of an apply that wrote no toggle."""

from __future__ import annotations

import pytest

from flagstaff.state import facts
from flagstaff.state.fact_codec import encode_fact
from flagstaff.state.journal import link
from flagstaff.views.history import events


def ended(samples, core, stopped=""):
    found = [facts.ApplyStarted("7f3a91c2" * 8, "va-staging", core), facts.ApplyFinished({}, stopped)]
    return events(link(None, map(encode_fact, found), time=samples.NOW, run="r", who="jane@host"))[-1].text


@pytest.mark.parametrize(
    ("core", "told"),
    [
        ({"moves": [], "guard_changes": [{}]}, "1 guard change"),
        ({"moves": [], "records": [{}, {}], "stages": [{}]}, "2 changes of the state, 1 stage"),
        ({"moves": []}, "the configuration was recorded"),
    ],
)
def test_an_apply_without_moves_says_what_it_was_about(samples, core, told):
    assert ended(samples, core) == f"apply ended: no toggle was written ({told})"
    assert ended(samples, core, "Interrupted.").endswith("; stopped: Interrupted.")
