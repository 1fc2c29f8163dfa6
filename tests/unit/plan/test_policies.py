"""The policy as a guard: what of a change loosens it, and what stays in force."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.model.configuration import Policy
from flagstaff.model.rollout import Freeze, WorkingHours
from flagstaff.plan import policies

NOW = datetime(2026, 1, 10, tzinfo=UTC)
ROLE = Address("role", "owner")
MEDS, SM = Address("product", "medications"), Address("product", "sm")
FREEZE = Freeze("spring", NOW + timedelta(days=1), NOW + timedelta(days=9), "cutover")
HOURS = WorkingHours(timezone="America/New_York", holidays=("2026-07-03",))


def frozen(*freezes):
    return Policy(freezes=freezes)


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(max_raise=50_000, owner=ROLE, prevent_self_approval=True),
        Policy(freezes=(replace(FREEZE, products=(MEDS, SM)),), working_hours=HOURS),
    ],
)
def test_what_is_written_is_read_back(policy):
    assert policies.read(policies.document(policy)) == policy


def test_what_is_not_set_is_not_written():
    assert list(policies.document(Policy())) == ["max_raise", "max_changed_share", "owner"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            frozen(FREEZE),
            frozen(),
            ('freeze "spring"', "2026-01-11 00:00 to 2026-01-19 00:00 UTC", "none", True),
        ),
        (
            frozen(FREEZE),
            frozen(replace(FREEZE, end=FREEZE.end - timedelta(hours=1))),
            (
                'freeze "spring"',
                "2026-01-11 00:00 to 2026-01-19 00:00 UTC",
                "2026-01-11 00:00 to 2026-01-18 23:00 UTC",
                True,
            ),
        ),
        (
            frozen(FREEZE),
            frozen(replace(FREEZE, end=FREEZE.end + timedelta(hours=1))),
            (
                'freeze "spring"',
                "2026-01-11 00:00 to 2026-01-19 00:00 UTC",
                "2026-01-11 00:00 to 2026-01-19 01:00 UTC",
                False,
            ),
        ),
        (
            frozen(FREEZE),
            frozen(replace(FREEZE, products=(MEDS,))),
            (
                'freeze "spring"',
                "2026-01-11 00:00 to 2026-01-19 00:00 UTC",
                "2026-01-11 00:00 to 2026-01-19 00:00 UTC for product.medications",
                True,
            ),
        ),
        (
            frozen(replace(FREEZE, products=(MEDS,))),
            frozen(replace(FREEZE, products=(SM, MEDS))),
            (
                'freeze "spring"',
                "2026-01-11 00:00 to 2026-01-19 00:00 UTC for product.medications",
                "2026-01-11 00:00 to 2026-01-19 00:00 UTC for product.sm, product.medications",
                False,
            ),
        ),
        (frozen(), frozen(FREEZE), ('freeze "spring"', "none", "2026-01-11 00:00 to 2026-01-19 00:00 UTC", False)),
        (
            Policy(working_hours=HOURS),
            Policy(),
            (
                "working_hours",
                "Mon, Tue, Wed, Thu, Fri 09:00 to 17:00 America/New_York, not on 2026-07-03",
                "any time",
                True,
            ),
        ),
        (Policy(), Policy(prevent_self_approval=True), ("prevent_self_approval", "no", "yes", False)),
        (Policy(prevent_self_approval=True), Policy(), ("prevent_self_approval", "yes", "no", True)),
    ],
)
def test_a_loosened_setting_stays_in_force_until_the_owner_agrees(before, after, expected):
    in_force, changes = policies.compare(before, after, ROLE, NOW)
    assert [(c.subject, c.before, c.after, c.loosens) for c in changes] == [expected]
    assert changes[0].role == (ROLE if expected[3] else None)
    assert in_force == (before if expected[3] else after)
    assert policies.compare(before, after, None, NOW)[0] == after  # nobody could agree


def test_a_freeze_that_is_over_may_go():
    over = replace(FREEZE, start=NOW - timedelta(days=9), end=NOW)
    in_force, changes = policies.compare(frozen(over), frozen(), ROLE, NOW)
    assert [(c.loosens, c.role) for c in changes] == [(False, None)]
    assert in_force.freezes == ()


def test_a_freeze_with_other_words_is_the_same():
    assert policies.compare(frozen(FREEZE), frozen(replace(FREEZE, reason="new")), ROLE, NOW)[1] == ()
