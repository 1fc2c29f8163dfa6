"""Random small worlds for property tests: a configuration, a store, a record. Needs Hypothesis."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from flagstaff.addresses import Address
from flagstaff.model.configuration import Desired
from flagstaff.model.live import Snapshot
from flagstaff.model.recorded import Recorded
from flagstaff.model.rollout import Rollout, Stage, StageName
from flagstaff.testing import building as b

World = tuple[Desired, Snapshot, Recorded]

LEVELS = st.sampled_from(["0", "5", "20", "50", "100", "on"])
NAMES = "abcdef"


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A small configuration whose requirements point to earlier names only, and a store."""
    names = NAMES[: draw(st.integers(2, 6))]
    toggles = []
    live: dict[str, str] = {}
    record: dict[str, str] = {}
    for index, name in enumerate(names):
        parents = draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=3)) if index else []
        after = draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=1)) if index else []
        toggles.append(
            b.toggle(
                name,
                draw(st.one_of(st.none(), LEVELS, LEVELS, LEVELS)),
                requires=parents,
                at_least=draw(st.sampled_from(["0", "5", "20", "100"])),
                after=after,
                protected=draw(st.integers(0, 9)) == 0,
            )
        )
        live[name] = draw(LEVELS)
        if draw(st.booleans()):
            record[name] = draw(st.one_of(st.just(live[name]), LEVELS))
    group = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    policy = b.policy(draw(st.sampled_from([None, "30", "60"])))
    return _together(b.desired(*toggles, policy=policy), group), b.snapshot(**live), b.recorded(None, **record)


def _together(config: Desired, names: list[str]) -> Desired:
    """With those of the toggles that have an exposure in one stage whose toggles go together."""
    members = tuple(b.address(name) for name in names if config.toggles[b.address(name)].exposure is not None)
    if not members:
        return config
    rollout = Address("rollout", "r")
    stage = Stage(StageName(rollout, "s"), toggles=members, together=True)
    toggles = {a: replace(t, stage=stage.name) if a in members else t for a, t in config.toggles.items()}
    return replace(config, toggles=toggles, rollouts={rollout: Rollout(rollout, go=("s",), stages=(stage,))})
