"""A plan survives its JSON form, and the same change has the same id."""

import json
from dataclasses import replace

from hypothesis import given

from flagstaff.plan.codec import change_id, decode_plan, encode_plan
from flagstaff.testing import building as b
from flagstaff.testing.worlds import worlds


@given(worlds())
def test_decode_gives_back_what_was_encoded(world):
    plan = b.plan(*world)
    text = json.dumps(encode_plan(plan))
    assert decode_plan(json.loads(text)) == plan


@given(worlds())
def test_change_id_does_not_depend_on_time_serial_or_order(world):
    config, live, record = world
    plan = b.plan(config, live, record)
    shuffled = replace(live, toggles=dict(reversed(live.toggles.items())))
    again = b.plan(config, shuffled, replace(record, serial=record.serial + 7))
    assert change_id(again.core) == change_id(plan.core)
