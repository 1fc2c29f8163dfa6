"""`between`: a value that may be anything between two ends."""

from collections.abc import Callable

import pytest

from flagstaff.language.values import Undecided, Value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("between(1, 5)", "{from=1, to=5}"),
        ('between("1", 5)', "{from=1, to=5}"),
        ("between(5, 5)", "{from=5, to=5}"),
        ('between("24h", "48h")', '{from="24h", to="48h"}'),
        ('between("0", "2d")', '{from="0", to="2d"}'),
        ('between("90m", "2h")', '{from="90m", to="2h"}'),
        ("between(0.5, 1/2)", "{from=0.5, to=0.5}"),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


WANTED = 'it takes two numbers, or two durations such as "24h"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("between(5, 1)", "1-14 Invalid argument: between: the smaller end comes first; swap the two."),
        ('between("48h", "1d")', "1-21 Invalid argument: between: the smaller end comes first; swap the two."),
        (
            'between("24 hours", "48h")',
            f'9-19 Invalid argument: between: {WANTED}, and "24 hours" is neither; write "24h".',
        ),
        ('between("1h", "soon")', f'15-21 Invalid argument: between: {WANTED}, and "soon" is neither.'),
        ('between(24, "48h")', f"9-11 Invalid argument: between: {WANTED}, and the other end is no number."),
        ('between("24h", 48)', f"16-18 Invalid argument: between: {WANTED}, and the other end is no number."),
        ("between(true, 5)", f"9-13 Invalid argument: between: {WANTED}, and this is a bool."),
        ('between("1h", [2])', f"15-18 Invalid argument: between: {WANTED}, and this is a tuple."),
        (
            "between(1)",
            "1-11 Wrong number of arguments: between(from, to) takes 2 arguments, and this call has 1.",
        ),
        ("between(null, 1)", '9-13 Invalid argument: The argument "from" of between does not fit: it is null.'),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]


def test_an_undecided_end_makes_it_all_undecided(given: Callable[[str], Value]) -> None:
    value = given('between(1, undecided("upper end"))')
    assert value.is_unknown
    assert [mark.why for mark in value.marks if isinstance(mark, Undecided)] == ["upper end"]
