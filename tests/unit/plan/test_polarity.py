"""Which toggles give people something when they go down."""

from decimal import Decimal

from flagstaff.addresses import Address
from flagstaff.model.conditions import Always, And, Comparison, Constant, Is, Not, Or, Symbol
from flagstaff.model.configuration import Experience
from flagstaff.plan.polarity import negated
from flagstaff.testing import building as b

A, B = Is(b.address("a")), Is(b.address("b"))


def experience(name, when):
    return Experience(Address("experience", name), name, when)


def find(*experiences):
    return {str(t): [e.name for e in es] for t, es in negated(experiences).items()}


def test_only_an_odd_number_of_nots_counts():
    assert find(experience("x", And((A, Not(B))))) == {"toggle.b": ["x"]}
    assert find(experience("x", Not(Not(A)))) == {}
    assert find(experience("x", Not(Or((A, Not(B)))))) == {"toggle.a": ["x"]}


def test_experiences_are_looked_into():
    inner, outer = experience("inner", A), experience("outer", Not(Is(Address("experience", "inner"))))
    assert find(inner, outer) == {"toggle.a": ["outer"]}
    assert find(experience("x", Not(Is(Address("experience", "missing"))))) == {}
    assert find(experience("x", Not(Is(Address("experience", "x"))))) == {}


def test_segments_and_constants_give_nothing():
    segment = Is(Address("product", "p"), "dual")
    compare = Comparison("<", Symbol("measured"), Constant(Decimal(1)))
    assert find(experience("x", Not(And((segment, Always(True), compare))))) == {}
