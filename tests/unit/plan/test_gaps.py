"""A move of several writes is blocked where a moment in between would break a requirement."""

from dataclasses import replace

from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Snapshot, Step
from flagstaff.plan.check import CheckName
from flagstaff.plan.planner import make_plan
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.testing import building as b

GAPPY = FlipperDialect(atomic=False, allow_gap=True)


def plan(config, live):
    return make_plan(config, live, GAPPY, b.recorded(), b.EVIDENCE, b.EMBEDDED)


def checks(made, name):
    change = next(c for c in made.observed.changes if c.address.name == name)
    return [(c.name, c.verdict, c.summary) for c in change.checks if c.verdict is not Verdict.PASS]


def test_a_gap_under_a_dependent_is_refused():
    config = b.desired(b.toggle("a", "100"), b.toggle("m", requires=["a"]))
    made = plan(config, b.snapshot(a="on", m="5"))
    assert checks(made, "a") == [(CheckName.STORE, Verdict.FAIL, "Change would leave a gap")]
    detail = made.observed.changes[0].checks[0].detail
    assert detail == (
        "This store can't go from on to 100 % in one write: for a moment it would be at 0 %, "
        "while toggle.m requires toggle.a."
    )
    assert made.core.moves == ()


def test_a_gap_under_a_dependent_that_is_about_to_be_raised_is_refused():
    config = b.desired(b.toggle("a", "100"), b.toggle("m", "5", requires=["a"]))
    assert checks(plan(config, b.snapshot(a="on", m="0")), "a")[0][2] == "Change would leave a gap"


def test_a_gap_that_nobody_depends_on_is_allowed():
    config = b.desired(b.toggle("a", "100"), b.toggle("m", requires=["a"]))
    made = plan(config, b.snapshot(a="on", m="0"))
    assert checks(made, "a") == []
    assert [step.leaves.encode() for step in made.core.moves[0].steps] == ["0", "100"]


NOTE = "not in one write: for a moment it is at 0 % on the way, and testers may be off too"


def test_the_plan_says_that_everybody_is_off_for_a_moment():
    made = plan(b.desired(b.toggle("a", "5")), b.snapshot(a="on"))
    assert made.observed.changes[0].notes == (NOTE,)


def test_writes_that_only_go_towards_the_end_leave_nothing_to_tell():
    """Testers that are put back, and what holds a toggle open until the rest is written."""
    config = b.desired(b.toggle("a", "0"), b.toggle("t", "5"))
    on = {"boolean": "true", "actors": ["1"], "percentage_of_actors": "0"}
    always = {"boolean": None, "percentage_of_actors": "0", "percentage_of_time": "100"}
    made = plan(config, Snapshot({"a_enabled": on, "t_enabled": always}, b.NOW))
    assert [len(move.steps) for move in made.core.moves] == [2, 2]
    assert [change.notes for change in made.observed.changes] == [(), ()]


class Overshooting(FlipperDialect):
    def compile(self, before, after):
        high = Step(after.key, "gates", {"percentage_of_actors": "50"}, Exposure.parse("50"))
        on = replace(high, leaves=Exposure.parse("on"))
        return (on, replace(high, leaves=after.exposure))


def test_a_dependent_that_passes_through_more_than_it_may_have():
    """No dialect of ours does this; the rule is for every one."""

    config = b.desired(b.toggle("a"), b.toggle("m", "5", requires=["a"]))
    made = make_plan(config, b.snapshot(a="100", m="0"), Overshooting(), b.recorded(), b.EVIDENCE, b.EMBEDDED)
    assert checks(made, "m")[0][2] == "Change would leave a gap"
    assert made.observed.changes[0].checks[0].ways_out[0] == "raise toggle.a first, in a change of its own"


def test_a_requirement_that_is_broken_already_is_the_reason_instead():
    config = b.desired(b.toggle("a"), b.toggle("m", "6", requires=["a"]))
    made = make_plan(config, b.snapshot(a="50", m="5"), Overshooting(), b.recorded(), b.EVIDENCE, b.EMBEDDED)
    assert [name for name, _, _ in checks(made, "m")] == [CheckName.REQUIREMENT]
