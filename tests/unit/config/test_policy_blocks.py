"""The policy block: freezes, working hours; waivers, wherever they stand; dates and times."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flagstaff.addresses import Address
from flagstaff.model.rollout import WorkingHours

NEW_YORK = 'flagstaff {\n  timezone = "America/New_York"\n}\n'


def policy(*lines):
    return "policy {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def freeze(*lines, name="f"):
    return f'freeze "{name}" {{\n' + "".join(f"    {line}\n" for line in lines) + "  }"


def hours(*lines):
    return "working_hours {\n" + "".join(f"    {line}\n" for line in lines) + "  }"


def waive(*lines):
    return "waive {\n" + "".join(f"    {line}\n" for line in lines) + "  }"


def dated(text):
    """A freeze from that time on; it starts in line 2 of the policy."""
    return policy(freeze(f"from = {text}", 'to = "2030-01-01"'))


def test_a_policy_with_everything(configure):
    built = configure(
        NEW_YORK
        + 'role "po" {\n}\nproduct "a" {\n}\nproduct "b" {\n}\n'
        + policy(
            "max_raise = 50",
            "max_changed_share = 0.3",
            "owner = role.po",
            "prevent_self_approval = true",
            freeze('from = "2026-12-23"', 'to = "2027-01-03"', 'reason = "holidays"', name="winter"),
            freeze('from = "2026-07-03 12:00"', 'to = "2026-07-04 12:00"', "products = [product.b, product.a]"),
            hours('days = ["mon-thu", "Saturday"]', 'from = "09:30"', 'to = "24:00"', 'holidays = ["2026-12-25"]'),
            waive('check = "freeze"', 'reason = "urgent"', 'until = "2026-12-24"'),
        )
    )
    one = built.ok.policy
    assert one.prevent_self_approval is True
    summer, winter = one.freezes
    assert (winter.name, winter.reason, winter.products) == ("winter", "holidays", ())
    assert winter.start == datetime(2026, 12, 23, 5, tzinfo=UTC)
    assert winter.end == datetime(2027, 1, 4, 5, tzinfo=UTC)
    assert summer.products == (Address("product", "a"), Address("product", "b"))
    assert (summer.start, summer.end) == (datetime(2026, 7, 3, 16, tzinfo=UTC), datetime(2026, 7, 4, 16, tzinfo=UTC))
    found = one.working_hours
    assert (found.days, found.start, found.end) == ((0, 1, 2, 3, 5), 570, 1440)
    assert (found.timezone, found.holidays) == ("America/New_York", ("2026-12-25",))
    (waiver,) = one.waivers
    assert (waiver.check, waiver.reason, waiver.of) == ("freeze", "urgent", None)
    assert waiver.until == datetime(2026, 12, 25, 5, tzinfo=UTC)


def test_what_nobody_decided_restrains(configure):
    text = 'product "a" {\n}\n' + policy(
        'prevent_self_approval = undecided("?")',
        freeze('from = "2026-12-23"', 'to = "2027-01-03"', 'products = [product.a, undecided("others")]'),
    )
    one = configure(text).ok.policy
    assert one.prevent_self_approval is True
    assert one.freezes[0].products == ()


def test_repeated_freezes_and_waivers(configure):
    built = configure(
        policy(
            freeze('for_each = { a = "2026-01-01", b = "2026-02-01" }', "from = each.value", "to = each.value"),
            waive("count = 2", 'check = "freeze"', 'reason = "${count.index}"', 'until = "2026-01-01"'),
        )
    )
    assert [one.name for one in built.ok.policy.freezes] == ['f["a"]', 'f["b"]']
    assert [one.reason for one in built.ok.policy.waivers] == ["0", "1"]


def test_working_hours_have_defaults(configure):
    found = configure(policy(hours('from = "09:00"', 'to = "17:00"'))).ok.policy.working_hours
    assert (found.days, found.start, found.end) == (WorkingHours().days, 540, 1020)
    assert found.timezone == "UTC"
    own = configure(policy(hours('from = "09:00"', 'to = "17:00"', 'timezone = "Europe/Berlin"', 'days = ["sat-mon"]')))
    assert (own.ok.policy.working_hours.timezone, own.ok.policy.working_hours.days) == ("Europe/Berlin", (0, 5, 6))


MISTAKES = [
    (
        freeze('from = "2026-02-01"', 'to = "2026-01-01"'),
        "4:10-22 Freeze without any time in it",
        "policy.freeze.f ends before it starts. Swap from and to.",
    ),
    (freeze('from = "2026-02-01"', 'to = "2026-01-32"'), "4:10-22 Invalid date", None),
    (
        hours('from = "17:00"', 'to = "09:00"'),
        "4:10-17 Working hours without any time in them",
        "Raises may start from one time of day to a later one of the same day. Swap from and to.",
    ),
    (
        hours('from = "9:00"', 'to = "17:00"'),
        "3:12-18 Invalid time of day",
        (
            '"9:00" is not a time of day. It has two digits for the hour, and two for the minute: "09:00". Did you '
            'mean "09:00"?'
        ),
    ),
    (
        hours('from = "24:00"', 'to = "17:00"'),
        "3:12-19 Invalid time of day",
        '"24:00" is not a time of day. It has two digits for the hour, and two for the minute: "09:00".',
    ),
    (
        hours('from = "09:00"', 'to = "17:00"', 'days = ["mon-fir"]'),
        "5:13-22 Unknown day",
        '"mon-fir" is not a day of the week. They are mon, tue, wed, thu, fri, sat, sun, or several: "mon-fri".',
    ),
    (
        hours('from = "09:00"', 'to = "17:00"', 'days = ["wen"]'),
        "5:13-18 Unknown day",
        (
            '"wen" is not a day of the week. They are mon, tue, wed, thu, fri, sat, sun, or several: "mon-fri". Did '
            'you mean "wed"?'
        ),
    ),
    (
        hours('from = "09:00"', 'to = "17:00"', "days = []"),
        "5:12-14 Working hours without any day",
        "There is no day in the list, so nothing could ever be raised. Name some, such as mon-fri.",
    ),
    (
        hours('from = "09:00"', 'to = "17:00"', 'timezone = "Eastern"'),
        "5:16-25 Unknown time zone",
        '"Eastern" is not a time zone of the IANA database. Did you mean "America/New_York"?',
    ),
    (
        hours('from = "09:00"', 'to = "17:00"', 'holidays = ["12/25/2026"]'),
        "5:17-29 Invalid date",
        '"12/25/2026" is not a day such as "2026-12-25". Did you mean "2026-12-25"?',
    ),
    (
        waive('check = "soak"', 'reason = "r"', 'until = "2026-01-01"'),
        "3:13-19 Waiver in the wrong place",
        'A waiver stands in the block that it overrides: "soak" is waived in a stage, not in a policy.',
    ),
    (
        waive('check = "hold"', 'reason = "r"', 'until = "2026-01-01"'),
        "3:13-19 Check that can't be waived",
        (
            '"hold" can\'t be waived by anybody. In a policy these can be waived: max raise, changed share, freeze, '
            "working hours."
        ),
    ),
    (
        waive('check = "max_raise"', 'reason = "r"', 'until = "2026-01-01"'),
        "3:13-24 Check that can't be waived",
        (
            '"max_raise" is not the name of a check. In a policy these can be waived: max raise, changed share, '
            'freeze, working hours. Did you mean "max raise"?'
        ),
    ),
    (
        waive('check = "frieze"', 'reason = "r"', 'until = "2026-01-01"'),
        "3:13-21 Check that can't be waived",
        (
            '"frieze" is not the name of a check. In a policy these can be waived: max raise, changed share, '
            'freeze, working hours. Did you mean "freeze"?'
        ),
    ),
    (
        waive('check = "freeze"', 'reason = " "', 'until = "2026-01-01"'),
        "4:14-17 Waiver without a reason",
        "A waiver is shown in every plan with its reason, and this one is empty. Say why.",
    ),
    (
        waive('check = "freeze"', 'reason = "r"', 'until = "2026-01-01"', "of = blocker.b"),
        "6:10-19 Nothing to narrow",
        '"freeze" is waived as a whole: there is nothing that "of" could name. Take it out.',
    ),
    (
        waive('check = "freeze"', 'reason = "r"'),
        "2:3-8 Missing required attribute",
        'A waive block needs the attribute "until".',
    ),
    (
        waive("check = null", 'reason = "r"', 'until = "2026-01-01"'),
        "3:13-17 Missing required attribute",
        None,
    ),
    (
        hours('from = undecided("?")', 'to = "17:00"'),
        "3:12-26 Value must be decided",
        None,
    ),
    (
        waive('check = "freeze"', 'reason = "r"', 'until = undecided("?")'),
        "5:13-27 Value must be decided",
        None,
    ),
]


@pytest.mark.parametrize(("block", "said", "detail"), MISTAKES)
def test_mistakes(configure, block, said, detail):
    built = configure(policy(block) + 'blocker "b" {\n}\n')
    assert built.said == [f"main.hcl:{said}"]
    assert detail is None or built.only.detail == detail


TOGGLE = 'toggle "a" {\n  key = "a"\n}\n'


def dependent(*waivers, hard="false"):
    lines = ["requires {\n    toggles = [toggle.a]\n    hard = " + hard + "\n  }", *waivers]
    return TOGGLE + 'toggle "b" {\n  key = "b"\n' + "".join(f"  {line}\n" for line in lines) + "}\n"


def test_waivers_of_a_requirement(configure):
    text = waive('check = "requirement"', "of = toggle.a", 'reason = "r"', 'until = "2026-01-01T10:00:00-05:00"')
    (waiver,) = configure(dependent(text)).ok.toggles[Address("toggle", "b")].waivers
    assert (waiver.of, waiver.until) == (Address("toggle", "a"), datetime(2026, 1, 1, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    ("hard", "of", "said", "detail"),
    [
        (
            "true",
            "",
            "10:3-8 Requirement that can't be waived",
            "toggle.b requires toggle.a with hard = true, and that can't be waived by anybody.",
        ),
        (
            "false",
            "of = toggle.b",
            "10:3-8 Nothing to waive",
            "toggle.b doesn't require toggle.b. Take the waiver out.",
        ),
        (
            "false",
            "of = blocker.x",
            "14:10-19 Wrong kind of reference",
            '"of" takes the toggle that is waived, such as toggle.x, without quotes.',
        ),
    ],
)
def test_requirements_that_no_waiver_is_for(configure, hard, of, said, detail):
    text = waive('check = "requirement"', 'reason = "r"', 'until = "2026-01-01"', of)
    built = configure(dependent(text, hard=hard) + 'blocker "x" {\n}\n')
    assert built.said == [f"main.hcl:{said}"]
    assert built.only.detail == detail


def test_a_waiver_without_any_requirement(configure):
    text = waive('check = "requirement"', 'reason = "r"', 'until = "2026-01-01"')
    built = configure('toggle "a" {\n  key = "a"\n  ' + text + "\n}\n")
    assert built.only.detail == "toggle.a doesn't require anything. Take the waiver out."


def test_waivers_of_rollouts_and_stages(configure):
    def one(check, of):
        return waive(f'check = "{check}"', f"of = {of}", 'reason = "r"', 'until = "2026-01-01"')

    built = configure(
        'blocker "v" {\n  count = 2\n}\nmonitor "m" {\n  source "manual" {\n    question = "?"\n  }\n}\n'
        'rollout "r" {\n  '
        + one("blocker", "blocker.v")
        + '\n  stage "one" {\n  '
        + one("monitor", "monitor.m")
        + '\n  }\n  stage "two" {\n  }\n}\n'
    )
    first, second = built.ok.rollouts[Address("rollout", "r")].stages
    assert [str(waiver.of) for waiver in first.waivers] == ["blocker.v[0]", "blocker.v[1]", "monitor.m"]
    assert [str(waiver.of) for waiver in second.waivers] == ["blocker.v[0]", "blocker.v[1]"]


def test_a_waiver_of_something_undecided_waives_nothing(configure):
    text = waive('check = "requirement"', 'of = undecided("which?")', 'reason = "r"', 'until = "2026-01-01"')
    built = configure(dependent(text))
    assert built.ok.toggles[Address("toggle", "b")].waivers == ()
    assert [one.place for one in built.ok.open_decisions] == ["toggle.b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-27", datetime(2026, 1, 27, 5, tzinfo=UTC)),
        ("2026-07-27", datetime(2026, 7, 27, 4, tzinfo=UTC)),
        ("2026-01-27 09:00", datetime(2026, 1, 27, 14, tzinfo=UTC)),
        ("2026-01-27T09:00:30", datetime(2026, 1, 27, 14, 0, 30, tzinfo=UTC)),
        ("2026-01-27T09:00:00Z", datetime(2026, 1, 27, 9, tzinfo=UTC)),
        ("2026-01-27t09:00:00z", datetime(2026, 1, 27, 9, tzinfo=UTC)),
        ("2026-01-27T09:00:00.5+02:00", datetime(2026, 1, 27, 7, 0, 0, 500000, tzinfo=UTC)),
        ("Tuesday, 2026-01-27", datetime(2026, 1, 27, 5, tzinfo=UTC)),
        ("tue 2026-01-27 09:00", datetime(2026, 1, 27, 14, tzinfo=UTC)),
    ],
)
def test_dates_and_times(configure, text, expected):
    assert configure(NEW_YORK + dated(f'"{text}"')).ok.policy.freezes[0].start == expected


NOTATION = (
    'Write a date such as "2026-01-27", a time such as "2026-01-27 09:00", or one with its offset: '
    '"2026-01-27T09:00:00-05:00".'
)


@pytest.mark.parametrize(
    ("text", "summary", "detail"),
    [
        ("soon", "Invalid date", f'"soon" is not a date. {NOTATION}'),
        (
            "Monday, January 27, 2026",
            "Invalid date",
            f'"Monday, January 27, 2026" is not a date. {NOTATION} 2026-01-27 is a Tuesday, not a Monday.',
        ),
        ("Jan 27, 2026", "Invalid date", f'"Jan 27, 2026" is not a date. {NOTATION} Did you mean "2026-01-27"?'),
        ("27 January 2026", "Invalid date", f'"27 January 2026" is not a date. {NOTATION} Did you mean "2026-01-27"?'),
        ("1/27/2026", "Invalid date", f'"1/27/2026" is not a date. {NOTATION} Did you mean "2026-01-27"?'),
        ("2026-1-27", "Invalid date", f'"2026-1-27" is not a date. {NOTATION} Did you mean "2026-01-27"?'),
        ("2026-02-30", "Invalid date", f'"2026-02-30" is not a date. {NOTATION}'),
        ("Foo 27, 2026", "Invalid date", f'"Foo 27, 2026" is not a date. {NOTATION}'),
        (
            "Monday, 2026-01-27",
            "Wrong weekday",
            (
                '2026-01-27 is a Tuesday, not a Monday. Correct one of the two, or write undecided("...") until it is '
                "known."
            ),
        ),
        (
            "2026-01-27 25:00",
            "Invalid date",
            (
                '"2026-01-27 25:00" is not a time: hours go from 00 to 23, minutes and seconds from 00 to 59, years to '
                "9998."
            ),
        ),
        ("9999-12-31T23:00:00-05:00", "Invalid date", None),
        (
            "2026-03-08 02:30",
            "Time that does not exist",
            (
                '"2026-03-08 02:30" does not exist in America/New_York: the clocks are put forward over it. Write '
                '"2026-03-08 03:30", or a time with its offset.'
            ),
        ),
    ],
)
def test_times_that_are_none(configure, text, summary, detail):
    built = configure(NEW_YORK + dated(f'"{text}"').replace("2030-01-01", "9999-01-01"))
    assert [item.summary for item in built.diagnostics if item.summary != "Freeze without any time in it"] == [summary]
    assert built.diagnostics[0].range.start.column == 12
    assert detail is None or built.diagnostics[0].detail == detail


def test_of_a_time_that_comes_twice_the_later_one_counts(configure):
    built = configure(NEW_YORK + dated('"2026-11-01 01:30"'))
    assert built.said == ["main.hcl:6:12-30 (warning) Time that comes twice"]
    assert built.only.detail == (
        '"2026-11-01 01:30" comes twice in America/New_York, where the clocks are put back. The later one counts; for '
        'the other one write "2026-11-01T01:30:00-04:00".'
    )
    assert built.ok.policy.freezes[0].start == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_the_end_of_the_last_day(configure):
    built = configure(policy(freeze('from = "2026-01-01"', 'to = "9999-12-31"')))
    assert [item.summary for item in built.diagnostics] == ["Invalid date"]


def test_a_day_that_starts_later_than_at_midnight(configure):
    built = configure('flagstaff {\n  timezone = "Africa/Cairo"\n}\n' + dated('"2026-04-24"'))
    assert built.said == []
    assert built.ok.policy.freezes[0].start == datetime(2026, 4, 23, 22, tzinfo=UTC)
