"""The share of managed toggles that one plan may change, up or down.

It catches a configuration that lost most of itself: an emptied `for_each`, a wrong variable file.
Forgetting counts as a change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flagstaff.addresses import Address
from flagstaff.model.evidence import Verdict
from flagstaff.plan.candidates import Candidate
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.guards import Comparison
from flagstaff.plan.plan import Action
from flagstaff.plan.waivers import Allowance, waive_all

# Below this many managed toggles a share says nothing.
FEWEST = 10


def limit_share(
    candidates: Mapping[Address, Candidate], guards: Comparison, managed: int, allowed: Collection[Allowance] = ()
) -> dict[Address, Candidate]:
    """Block every change where together they are too many; `allowed` are the policy's waivers."""
    result = dict(candidates)
    policy = guards.in_force.policy
    limit = policy.max_changed_share
    changed = [a for a, c in candidates.items() if c.goes and (c.action.writes or c.action is Action.FORGET)]
    if limit is None or managed < FEWEST or len(changed) <= limit * managed:
        return result
    check = Check(
        CheckName.CHANGED_SHARE,
        Verdict.FAIL,
        "Too many toggles changed at once",
        f"{len(changed)} of {managed} managed toggles would change or be forgotten "
        f"({100 * len(changed) / managed:.0f} %); the policy allows {(limit * 100).normalize():f} % in one plan.",
        policy.range,
        why="So many at once are rarely meant: an emptied for_each or a wrong variable file looks like this.",
        ways_out=("change fewer: plan with -target", guards.way_past("max_changed_share")),
    )
    for address in changed:
        result[address] = waive_all(result[address].with_check(check), allowed)
    return result
