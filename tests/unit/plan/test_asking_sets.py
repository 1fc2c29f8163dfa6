"""Sets of experiences: one alone is none."""

from flagstaff.addresses import Address
from flagstaff.model.conditions import Is
from flagstaff.model.configuration import Experience
from flagstaff.model.rollout import Rollout
from flagstaff.plan.people.asking import _given
from flagstaff.testing import building as b

ROLLOUT = Rollout(Address("rollout", "r"))
UP = frozenset({b.address("a"), b.address("c")})


class Asked:
    def __init__(self, *names):
        made = (Experience(Address("experience", name), name, Is(b.address(name))) for name in names)
        self.experiences = {one.address: one for one in made}


def sets(*names):
    return [gathering.name for gathering in _given(ROLLOUT, UP, Asked(*names))]


def test_experiences_that_ask_for_the_same_besides_are_a_set_and_one_alone_is_none():
    assert sets("a", "c") == ["experiences of rollout.r with nothing else"]
    assert sets("a") == []
    assert sets("z") == []
