"""Live toggles that nothing mentions."""

from dataclasses import replace
from datetime import timedelta

from flagstaff.model.exposure import Exposure
from flagstaff.plan.codec import decode_plan, encode_plan
from flagstaff.plan.plan import Unmanaged
from flagstaff.testing import building as b


def test_nobody_asked():
    assert b.plan(b.desired(b.toggle("a", "5")), b.snapshot(a="5", z="3")).observed.unmanaged is None


def test_what_neither_the_configuration_nor_the_record_mentions():
    at = b.NOW - timedelta(days=40)
    live = replace(b.snapshot(a="5", gone="5", z="3", y="0"), changed_at={"z_enabled": at})
    config = b.desired(b.toggle("a"))
    plan = b.plan(config, live, b.recorded(gone="5"), unmanaged=True)
    assert plan.observed.unmanaged == (
        Unmanaged("y_enabled", Exposure(0)),
        Unmanaged("z_enabled", Exposure(3000), 0, at),
    )
    assert decode_plan(encode_plan(plan)) == plan


def test_it_does_not_touch_the_change_id():
    config, live = b.desired(b.toggle("a", "9")), b.snapshot(a="5", z="3")
    assert b.plan(config, live).core == b.plan(config, live, unmanaged=True).core


def test_none_is_not_the_same_as_not_asked():
    plan = b.plan(b.desired(b.toggle("a")), b.snapshot(a="5"), unmanaged=True)
    assert plan.observed.unmanaged == ()
    assert decode_plan(encode_plan(plan)).observed.unmanaged == ()
