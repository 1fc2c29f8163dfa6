"""The section that `plan -unmanaged` adds, small and large."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.live import Unrepresentable
from flagstaff.plan.plan import Unmanaged
from flagstaff.views.look import ASCII, Look
from flagstaff.views.plan_human import plan_page


def section(samples, *found, look=Look(100)) -> list[str]:  # noqa: B008 - a frozen value
    plan = samples.plan()
    plan = replace(plan, observed=replace(plan.observed, unmanaged=found))
    lines = plan_page(samples.view(plan), look).text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Unmanaged"))
    return lines[start : lines.index("", start)]


def test_few_are_listed(samples):
    assert section(
        samples,
        Unmanaged("a", OFF),
        Unmanaged("a_long_key", Exposure(5000), 12, samples.NOW - timedelta(days=400)),
        Unmanaged("tab\t", Unrepresentable("percentage_of_time = 5"), 1),
    ) == [
        "Unmanaged: 3 live toggles that nothing mentions",
        "  a           0 %",
        "  a_long_key  5 %, 12 testers, last written 400 d ago",
        "  tab\\t       other (percentage_of_time = 5), 1 tester",
        "  `flagstaff init -from-live` writes blocks for them.",
    ]


def test_groups_have_titles_where_there_are_several(samples):
    found = [Unmanaged(f"mhv_{number}", OFF) for number in range(3)]
    assert section(samples, *found, Unmanaged("z", ON)) == [
        "Unmanaged: 4 live toggles that nothing mentions",
        "  mhv...",
        "    mhv_0  0 %",
        "    mhv_1  0 %",
        "    mhv_2  0 %",
        "  others",
        "    z      on",
        "  `flagstaff init -from-live` writes blocks for them.",
    ]


def test_seven_hundred_are_counted(samples):
    levels = [OFF] * 250 + [ON] * 60 + [Exposure(5000)] * 20 + [Exposure(1000)] * 10 + [Exposure(7000)] * 6
    levels += [Exposure(20_000)] * 3 + [Unrepresentable("x")]
    mhv = [Unmanaged(f"mhv_{number:03}", level, int(number < 3)) for number, level in enumerate(levels)]
    va = [Unmanaged(f"va_{number:03}", OFF) for number in range(348)]
    assert section(samples, *mhv, *va, Unmanaged("lonely", Exposure(100_000), 1), Unmanaged("z", OFF)) == [
        "Unmanaged: 700 live toggles that nothing mentions",
        "  mhv...    350  250 at 0 %, 60 on, 20 at 5 %, 10 at 1 %, 9 at other values, 1 open in another way;",
        "                 3 testers",
        "  va...     348  348 at 0 %",
        "  others      2  1 at 0 %, 1 at 100 %; 1 tester",
        "  A plan saved with -out lists each of them: `flagstaff show -json FILE`.",
        "  `flagstaff init -from-live` writes blocks for them.",
    ]


def test_none(samples):
    assert section(samples) == ["Unmanaged: every live toggle is mentioned"]


def test_ascii(samples):
    assert "  gr\\xf6\\xdfe  0 %" in section(samples, Unmanaged("größe", OFF), look=Look(80, ASCII, "ascii"))
