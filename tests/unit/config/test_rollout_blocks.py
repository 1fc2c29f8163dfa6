"""Rollout and stage blocks: what becomes of them, and what it makes of the toggles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.rollout import Soak, StageName

TOGGLES = 'toggle "a" {\n  key = "a"\n}\ntoggle "b" {\n  key = "b"\n}\ntoggle "c" {\n  key = "c"\n}\n'
LINES = TOGGLES.count("\n")
ROLLOUT = Address("rollout", "r")


def block(kind, *lines):
    body = "\n".join(f"  {line}" for text in lines for line in text.splitlines())
    return f"{kind} {{\n{body}\n}}\n"


def stage(name, *lines):
    return block(f'stage "{name}"', *lines)


def rollout(*parts, name="r"):
    return block(f'rollout "{name}"', *parts)


def made(built):
    return built.ok.rollouts[ROLLOUT]


def a_toggle(built, name="a"):
    return built.ok.toggles[Address("toggle", name)]


def test_a_rollout_as_the_design_has_it(configure):
    built = configure(
        TOGGLES
        + 'flagstaff {\n  timezone = "America/New_York"\n}\n'
        + 'role "po" {\n}\nrole "lead" {\n}\nproduct "p" {\n  owner = role.po\n}\n'
        + 'blocker "one" {\n}\nblocker "two" {\n}\ntrigger "t" {\n}\n'
        + 'monitor "m" {\n  source "manual" {\n    question = "?"\n  }\n}\n'
        + rollout(
            'title = "Records"',
            "product = product.p",
            'go = ["later", "first"]',
            "blocked_by = [blocker.one]",
            "triggers = [trigger.t]",
            "approval = role.po",
            'soak = "1h"',
            stage(
                "first",
                "percentage = between(1, 5)",
                "toggles = [toggle.b, toggle.a]",
                'not_before = "2026-01-27"',
                'soak = between("24h", "48h")',
                "blocked_by = [blocker.two, blocker.one]",
                "together = true",
                'meaning = "SCDF"',
                "max_raise = 10",
                'title = "First"',
                'note = "n"',
            ),
            stage(
                "later",
                "percentage = 20",
                "toggles = [toggle.a]",
                "approval = role.lead",
                "monitors = [monitor.m]",
            ),
            stage("nudging"),
        )
    )
    one = made(built)
    assert (one.title, one.product, one.owner) == ("Records", Address("product", "p"), Address("role", "po"))
    assert one.go == ("first", "later")
    assert one.go_range.start.line == LINES + 25
    first, later, nudging = one.stages
    assert first.name == StageName(ROLLOUT, "first")
    assert (first.exposure, first.at_least) == (Exposure(5000), Exposure(1000))
    assert first.toggles == (Address("toggle", "a"), Address("toggle", "b"))
    assert first.not_before == datetime(2026, 1, 27, 5, tzinfo=UTC)
    assert first.soak == Soak(timedelta(hours=24), timedelta(hours=48))
    assert (first.together, first.meaning, first.max_raise, first.title, first.note) == (
        True,
        "SCDF",
        10000,
        "First",
        "n",
    )
    assert first.blocked_by == (Address("blocker", "one"), Address("blocker", "two"))
    assert first.exposure_range.start.line == LINES + 31
    assert (later.exposure, later.at_least, later.soak) == (Exposure(20000), None, Soak(timedelta(hours=1)))
    assert later.approvals == (Address("role", "po"), Address("role", "lead"))
    assert later.monitors == (Address("monitor", "m"),)
    assert later.soak_range.start.line == LINES + 29
    assert (nudging.exposure, nudging.toggles, nudging.after) == (None, (), ("later",))
    assert nudging.triggers == (Address("trigger", "t"),)
    assert one.toggles == first.toggles
    toggle = a_toggle(built)
    assert (toggle.rollout, toggle.stage, toggle.exposure) == (ROLLOUT, later.name, Exposure(20000))
    assert toggle.exposure_range == later.exposure_range
    other = a_toggle(built, "b")
    assert (other.stage, other.exposure, other.at_least) == (first.name, Exposure(5000), Exposure(1000))
    assert (a_toggle(built, "c").rollout, a_toggle(built, "c").exposure) == (None, None)


def test_a_toggle_whose_stages_have_no_go_has_no_exposure(configure):
    built = configure(TOGGLES + rollout(stage("one", "percentage = 5", "toggles = [toggle.a]")))
    toggle = a_toggle(built)
    assert (toggle.rollout, toggle.stage, toggle.exposure, toggle.exposure_range) == (ROLLOUT, None, None, None)


def test_enabled_is_on_for_everybody(configure):
    built = configure(
        TOGGLES
        + rollout(
            'go = ["everybody", "nobody"]',
            stage("everybody", "enabled = true", "toggles = [toggle.a]"),
            stage("nobody", "enabled = false", "toggles = [toggle.b]"),
        )
    )
    assert (a_toggle(built).exposure, a_toggle(built, "b").exposure) == (ON, OFF)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("", ("first", "second")),
        ("after = []", ()),
        ("after = null", ("first", "second")),
        ('after = ["second", "second"]', ("second",)),
        ('after = ["second", "first"]', ("first", "second")),
    ],
)
def test_what_a_stage_comes_after(configure, after, expected):
    built = configure(
        TOGGLES
        + rollout(
            stage("first", "percentage = 5", "toggles = [toggle.a]"),
            stage("between", "percentage = 5", "toggles = [toggle.c]", "after = []"),
            stage("second", "percentage = 5", "toggles = [toggle.b]", "after = []"),
            stage("third", "percentage = 20", "toggles = [toggle.a, toggle.b]", after),
        )
    )
    assert made(built).stage("third").after == expected


def test_the_last_go_stage_in_the_declared_order_decides(configure):
    text = TOGGLES + rollout(
        'go = ["small", "middle", "back"]',
        stage("back", "percentage = 1", "toggles = [toggle.a]", 'after = ["middle"]'),
        stage("small", "percentage = 5", "toggles = [toggle.a]", "after = []"),
        stage("middle", "percentage = 20", "toggles = [toggle.a]", 'after = ["small"]'),
    )
    assert a_toggle(configure(text)).stage.name == "back"
    assert a_toggle(configure(text.replace(', "back"]', "]"))).stage.name == "middle"


def test_repeated_stages(configure):
    built = configure(
        TOGGLES
        + rollout(
            'go = ["each[0]", "last"]',
            stage("each", "count = 2", "percentage = 5 * (count.index + 1)", "toggles = [toggle.a]"),
            stage("by", "for_each = { x = toggle.b }", "percentage = 5", "toggles = [each.value]"),
            stage("last", "percentage = 50", "toggles = [toggle.c]", 'after = ["each", "by[\\"x\\"]"]'),
        )
    )
    assert [one.name.name for one in made(built).stages] == ["each[0]", "each[1]", 'by["x"]', "last"]
    assert made(built).stage("last").after == ("each[0]", "each[1]", 'by["x"]')
    assert made(built).stage("each[1]").after == ("each[0]",)
    assert str(a_toggle(built).stage) == "rollout.r.stage.each[0]"
    all_of_them = configure(
        TOGGLES + rollout('go = ["each"]', stage("each", "count = 2", "percentage = 5", "toggles = [toggle.a]"))
    )
    assert made(all_of_them).go == ("each[0]", "each[1]")


def test_repeated_rollouts(configure):
    built = configure(
        TOGGLES
        + 'rollout "r" {\n  for_each = { x = toggle.a, y = toggle.b }\n  go = ["one"]\n'
        + stage("one", "percentage = 5", "toggles = [each.value]")
        + "}\n"
    )
    assert str(a_toggle(built).stage) == 'rollout.r["x"].stage.one'
    assert str(a_toggle(built, "b").rollout) == 'rollout.r["y"]'


def test_blockers_as_a_whole_and_one_by_one(configure):
    text = 'blocker "v" {\n  for_each = toset(["x", "y"])\n}\n' + rollout(
        stage("all", "blocked_by = [blocker.v]"), stage("one", 'blocked_by = [blocker.v["y"]]')
    )
    whole, one = made(configure(text)).stages
    assert [str(address) for address in whole.blocked_by] == ['blocker.v["x"]', 'blocker.v["y"]']
    assert [str(address) for address in one.blocked_by] == ['blocker.v["y"]']


def test_toggles_that_nobody_knows_yet(configure):
    built = configure(
        TOGGLES + rollout('go = ["one"]', stage("one", "percentage = 5", 'toggles = undecided("which?")'))
    )
    (one,) = made(built).stages
    assert (one.toggles, one.exposure) == ((), Exposure(5000))
    assert [decision.why for decision in one.open_decisions] == ["which?"]


def test_some_toggles_known_and_some_not(configure):
    built = configure(
        TOGGLES + rollout(stage("one", "percentage = 5", 'toggles = [toggle.a, undecided("the other one")]'))
    )
    (one,) = made(built).stages
    assert one.toggles == (Address("toggle", "a"),)
    assert [decision.why for decision in one.open_decisions] == ["the other one"]


def test_an_undecided_percentage_is_the_toggles(configure):
    built = configure(
        TOGGLES
        + rollout('go = ["one"]', stage("one", 'percentage = between(1, undecided("X%"))', "toggles = [toggle.a]"))
    )
    toggle = a_toggle(built)
    assert isinstance(toggle.exposure, OpenDecision)
    assert (toggle.exposure.why, toggle.at_least, str(toggle.stage)) == ("X%", None, "rollout.r.stage.one")


PAIR = ("percentage = 5", "toggles = [toggle.a]")

MISTAKES = [
    (
        (stage("one", "percentage = 5"),),
        ["2:18-19 Stage without toggles"],
        (
            "rollout.r.stage.one sets percentage and names no toggles. Add toggles = [...], or take percentage out: a "
            "stage without both moves nothing."
        ),
    ),
    (
        (stage("one", "enabled = true", "toggles = []"),),
        ["2:15-19 Stage without toggles"],
        (
            "rollout.r.stage.one sets enabled and names no toggles. Add toggles = [...], or take enabled out: a "
            "stage without both moves nothing."
        ),
    ),
    (
        (stage("one", "toggles = [toggle.a]"),),
        ["2:15-25 Stage without a percentage"],
        (
            "rollout.r.stage.one names toggles, and not how far they go. Add percentage = 5; where nobody has chosen "
            'yet, percentage = undecided("why").'
        ),
    ),
    (
        (stage("one", "percentage = 5", "enabled = true", "toggles = [toggle.a]"),),
        ["3:5-19 Two sources of exposure"],
        ("rollout.r.stage.one has both percentage (main.hcl:12) and enabled (main.hcl:13). Remove one of the two."),
    ),
    (
        (stage("one", "percentage = 120", "toggles = [toggle.a]"),),
        ["2:18-21 Percentage out of range"],
        '"percentage" of rollout.r.stage.one is 120; it must be from 0 to 100.',
    ),
    (
        (stage("one", "percentage = between(1, 5.0005)", "toggles = [toggle.a]"),),
        ["2:18-36 Percentage too fine"],
        (
            '"percentage" of rollout.r.stage.one is 5.0005; the smallest step is 0.001, so it can have three decimal '
            "places at most."
        ),
    ),
    (
        (stage("one", 'percentage = "5%"', "toggles = [toggle.a]"),),
        ["2:18-22 Wrong type"],
        '"percentage" of rollout.r.stage.one has the wrong type: a number is required. Write 5.',
    ),
    (
        (stage("one", 'percentage = "1-5%"', "toggles = [toggle.a]"),),
        ["2:18-24 Wrong type"],
        (
            '"percentage" of rollout.r.stage.one has the wrong type: a number is required. Two ends are written '
            "between(1, 5)."
        ),
    ),
    (
        (stage("one", *PAIR, 'soak = "1-2 weeks"'),),
        ["4:12-23 Invalid duration"],
        '"1-2 weeks" is not a duration. Write a number with a unit, such as "90s", "2m" or "1h30m".',
    ),
    (
        (stage("one", *PAIR, 'soak = "24-48 hours"'),),
        ["4:12-25 Invalid duration"],
        (
            '"24-48 hours" is not a duration. Write a number with a unit, such as "90s", "2m" or "1h30m". Two ends are '
            'written between("24h", "48h").'
        ),
    ),
    (
        (stage("one", "percentage = { from = 5, to = 1 }", "toggles = [toggle.a]"),),
        ["2:18-38 Span without anything in it"],
        '"percentage" of rollout.r.stage.one has its ends in the wrong order: from is the smaller one. Swap the two.',
    ),
    (
        (stage("one", "percentage = between(0, 5)", "toggles = [toggle.a]"),),
        ["2:18-31 Stage that may be at 0"],
        (
            "From 0 on, rollout.r.stage.one would be done before it began. Give the least that counts, such as "
            "between(1, 5)."
        ),
    ),
    (
        (stage("one", *PAIR, "soak = 24"),),
        ["4:12-14 Invalid duration"],
        (
            '"soak" of rollout.r.stage.one is a duration with a unit, such as "24h". Write "24h" for hours, "24d" for '
            "days."
        ),
    ),
    (
        (stage("one", *PAIR, 'soak = "1 day"'),),
        ["4:12-19 Invalid duration"],
        '"1 day" is not a duration. Write a number with a unit, such as "90s", "2m" or "1h30m". Did you mean "1d"?',
    ),
    (
        (stage("one", *PAIR, "soak = true"),),
        ["4:12-16 Invalid duration"],
        '"soak" of rollout.r.stage.one is a duration with a unit, such as "24h".',
    ),
    (
        ('go = ["wave_1x"]', stage("wave_1a", *PAIR)),
        ["1:9-18 Unknown stage"],
        'There is no stage "wave_1x" in rollout.r. Did you mean "wave_1a"?',
    ),
    (
        ('go = ["nonsense"]', stage("wave_1a", *PAIR)),
        ["1:9-19 Unknown stage"],
        'There is no stage "nonsense" in rollout.r. It has wave_1a.',
    ),
    (('go = ["x"]',), ["1:9-12 Unknown stage"], 'There is no stage "x" in rollout.r. It has no stages.'),
    (
        (stage("one", *PAIR, 'after = ["two"]'),),
        ["4:14-19 Unknown stage"],
        'There is no stage "two" in rollout.r. It has one.',
    ),
    (
        (stage("one", *PAIR, 'after = ["one"]'),),
        ["4:13-20 Stages in a circle"],
        'Stage "one" can\'t come after itself. Take it out of the list.',
    ),
    (
        (stage("one", *PAIR), stage("one", "percentage = 6", "toggles = [toggle.b]")),
        ["5:3-14 Duplicate block"],
        'There is already a block stage "one". The first one is at main.hcl:11. Rename or remove one of the two.',
    ),
    (
        ("go = [stage.one]", stage("one", *PAIR)),
        ["1:9-18 Unknown name"],
        'There is nothing named "stage" here. A stage is named by a text, such as "wave_1a".',
    ),
    (
        (stage("one", *PAIR, "blocked_by = [rollout.r]"),),
        ["4:19-28 Unknown name"],
        (
            'There is nothing named "rollout" here. Nothing refers to a rollout: what can be referred to is blocker, '
            "experience, monitor, product, role, toggle, trigger."
        ),
    ),
    (
        (stage("one", *PAIR, 'not_before = "2026-01-27T25:00"'),),
        ["4:18-36 Invalid date"],
        None,
    ),
    (
        (stage("one", *PAIR, 'after = undecided("?")'),),
        ["4:13-27 Value must be decided"],
        '"after" of rollout.r.stage.one is undecided, and nothing can be planned without it: ?.',
    ),
]


@pytest.mark.parametrize(("parts", "said", "detail"), MISTAKES)
def test_mistakes(configure, parts, said, detail):
    built = configure(TOGGLES + rollout(*parts))
    places = []
    for item in built.said:
        name, line, rest = item.split(":", 2)
        assert name == "main.hcl"
        places.append(f"{int(line) - LINES - 1}:{rest}")
    assert places == said
    assert detail is None or built.only.detail == detail
    assert built.only.address is None or built.only.address.startswith("rollout.r")


def test_together_needs_two(configure):
    built = configure(TOGGLES + rollout(stage("one", *PAIR, "together = true")))
    assert built.said == [f"main.hcl:{LINES + 5}:16-20 (warning) Nothing to go together with"]
    assert built.only.detail == (
        "rollout.r.stage.one doesn't move two toggles, so there is nothing that could go together."
    )
    assert (
        configure(TOGGLES + rollout(stage("one", 'toggles = undecided("?")', "percentage = 5", "together = true"))).said
        == []
    )


def test_a_percentage_below_one_is_asked_about(configure):
    built = configure(TOGGLES + rollout(stage("one", "percentage = 0.05", "toggles = [toggle.a]")))
    assert built.only.detail == (
        '"percentage" of rollout.r.stage.one is 0.05: 0.05 % is 1 person in 2,000. Did you mean 5?'
    )


def test_stages_in_a_circle(configure):
    built = configure(
        TOGGLES
        + rollout(
            'go = ["one"]',
            stage("one", *PAIR, 'after = ["three"]'),
            stage("two", "percentage = 6", "toggles = [toggle.b]"),
            stage("three", "percentage = 7", "toggles = [toggle.c]"),
        )
    )
    assert built.said == [f"main.hcl:{LINES + 6}:13-22 Stages in a circle"]
    assert built.only.detail == (
        "These stages wait for each other, so none of them could ever start:\n"
        f'  "one" comes after "three"  (main.hcl:{LINES + 6})\n'
        '  "three" comes after "two"  (because it stands after it)\n'
        '  "two" comes after "one"  (because it stands after it)\n'
        "Change one of these."
    )


def test_two_go_stages_that_are_in_no_order(configure):
    built = configure(
        TOGGLES
        + rollout(
            'go = ["one", "two"]',
            stage("one", *PAIR),
            stage("two", "percentage = 6", "toggles = [toggle.b, toggle.a]", "after = []"),
        )
    )
    assert built.said == [f"main.hcl:{LINES + 2}:8-22 Two stages for one toggle"]
    assert built.only.detail == (
        'toggle.a is in the stages "one" and "two" of rollout.r, which both have their Go, and neither comes after the '
        "other: it can't be said how far it goes. "
        'Put "one" into the "after" of "two", or take one of them out of "go".'
    )
    assert [(str(one.range), one.message) for one in built.only.related] == [
        (f"main.hcl:{LINES + 5}", 'in "one"'),
        (f"main.hcl:{LINES + 9}", 'in "two"'),
    ]


def test_stages_in_no_order_are_told_once_for_all_their_toggles(configure):
    both = ("percentage = 5", "toggles = [toggle.b, toggle.a, toggle.c]")
    built = configure(TOGGLES + rollout('go = ["one", "two"]', stage("one", *both), stage("two", *both, "after = []")))
    assert built.only.detail.startswith("toggle.b (and 2 more of its toggles) is in the stages")


def test_an_exposure_of_its_own_and_a_rollout(configure):
    built = configure(
        TOGGLES.replace('"a"\n}', '"a"\n  percentage = 5\n}', 1)
        + rollout(stage("one", "percentage = 5", "toggles = [toggle.a]"))
    )
    assert built.said == [f"main.hcl:{LINES + 5}:16-24 Two sources of exposure"]
    assert built.only.detail == (
        "toggle.a has an exposure of its own (main.hcl:3), and it is in rollout.r.stage.one (main.hcl:14). A toggle's "
        "exposure comes from one place: remove one of the two."
    )
    assert [str(one.range) for one in built.only.related] == ["main.hcl:3"]


def test_a_toggle_in_two_rollouts(configure):
    text = (
        TOGGLES + rollout(stage("one", *PAIR)) + rollout(stage("x", "percentage = 1", "toggles = [toggle.a]"), name="s")
    )
    built = configure(text)
    assert built.said == [f"main.hcl:{LINES + 10}:16-24 Toggle in two rollouts"]
    assert built.only.detail == (
        f"toggle.a is in rollout.r (main.hcl:{LINES + 4}) and in rollout.s (main.hcl:{LINES + 10}). A toggle's "
        "exposure comes from one place: remove one of the two."
    )


def test_what_a_variable_leaves_open_is_no_mistake(configure):
    built = configure(
        'variable "p" {\n  type = number\n}\n'
        + TOGGLES
        + rollout('go = ["one"]', stage("one", "percentage = var.p", "toggles = [toggle.a]")),
        require_values=False,
    )
    assert built.said == []
    assert a_toggle(built).exposure is None
