"""What is read of a damaged document of the state: whatever stands there, nothing of a wrong type comes out."""

from dataclasses import replace

import pytest

from flagstaff.addresses import Address
from flagstaff.model.configuration import ProviderSettings
from flagstaff.plan.applied.read import remembered
from flagstaff.plan.applied.sound import is_sound
from flagstaff.plan.applied.written import applied
from flagstaff.testing import building as b

A = b.address("a")
STAGED = b.ramped(b.rollout("r", b.stage("one", "5", "a"), go=["one"]))


def test_what_was_written_is_sound():
    found = remembered(applied(STAGED))
    assert A in found.toggles
    assert Address("rollout", "r") in found.rollouts


@pytest.mark.parametrize("junk", [5, [1], {"a": 1}, None, "x"])
@pytest.mark.parametrize("name", ["key", "title", "aliases", "product"])
def test_a_toggle_with_junk_in_it_is_whole_or_left_out(name, junk):
    document = dict(applied(STAGED))
    document["toggles"] = {"toggle.a": {**document["toggles"]["toggle.a"], name: junk}}
    assert all(map(is_sound, remembered(document).toggles.values()))


@pytest.mark.parametrize(
    "wrong", [{"kind": 5}, {"settings": []}, {"sensitive": {"token": 5}}, {"propagation": 2}, {"range": "x"}], ids=str
)
def test_each_field_counts(wrong):
    right = ProviderSettings("flipper", "api", {"url": "x"}, {"token": "s"})
    assert is_sound(right)
    assert not is_sound(replace(right, **wrong))


def test_true_is_no_number_and_what_is_within_counts():
    toggle = b.toggle("a", "5", requires=["b"])
    (requirement,) = toggle.requirements
    assert is_sound(toggle)
    assert not is_sound(replace(toggle, requirements=(replace(requirement, at_least=True),)))
    assert not is_sound(replace(toggle, aliases=["x"]))
