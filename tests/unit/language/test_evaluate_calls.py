"""Function calls: counts, conversion, spreading, unknowns, marks; try, can, undecided; what isn't there."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('upper("a")', '"A"'),
        ("upper(5)", '"5"'),
        ("max([1, 2]...)", "2"),
        ("max(1, toset([2, 3])...)", "3"),
        ("upper(unknown.string)", "<string>"),
        ("upper(unknown.any)", "<string>"),
        ("max(1, unknown.list...)", "<number>"),
        ("max(sensitive(1), unknown.list...)", "!<number>"),
        ("max(sensitive([1, 2])...)", "!2"),
        ("max(unknown.number, sensitive(2))", "!<number>"),
        ("length(unknown.list)", "<number>"),
        ("length([unknown.number])", "1"),
        ("length([sensitive(1)])", "!1"),
        ("length([unknown.number, sensitive(1)])", "!2"),
        ("jsonencode([unknown.number, sensitive(1)])", "!<string>"),
        ("concat([unknown.number], [sensitive(1)])", "![<number>, !1]"),
        ("contains([unknown.number, 1], 1)", "<bool>"),
        ("element([unknown.number, 1], 1)", "1"),
        ("flatten([unknown.string, [1]])", "[<string>, 1]"),
        ("flatten([unknown.list, [1]])", "<any type>"),
        ("flatten([[unknown.any], [1]])", "<any type>"),
        ("coalesce(unknown.number, 1)", "<number>"),
        ("coalesce(null, 1, unknown.number)", "1"),
        ('tolist([unknown.number, "a"])', 'list[<string>, "a"]'),
        ('toset([unknown.string, unknown.string, "a", "a"])', 'set["a", <string>, <string>]'),
        ('toset([sensitive("b"), "a"])', '!set["a", "b"]'),
        ("tonumber(unknown.string)", "<number>"),
        ("merge({a = unknown.number}, {b = 1})", "{a=<number>, b=1}"),
        ('formatlist("%s", ["a", unknown.string])', 'list["a", <string>]'),
        ('formatlist("%s", unknown.list)', "<list of string>"),
        ("nonsensitive(unknown.string)", "<string>"),
        ("issensitive(sensitive(unknown.string))", "true"),
        ("sensitive([1])[0]", "!1"),
        ("nonsensitive(sensitive([1]))[0]", "1"),
        ("try(1, 2)", "1"),
        ("try({}.a, 2)", "2"),
        ('try(null.a, [1][5], "x")', '"x"'),
        ("try(unknown.number, 2)", "<number>"),
        ('try(sensitive("a"), 2)', '!"a"'),
        ('try(tonumber("x"), "fallback")', '"fallback"'),
        ("can(1)", "true"),
        ("can({}.a)", "false"),
        ("can(unknown.number)", "<bool>"),
        ("can(sensitive(1))", "!true"),
        ("can([unknown.number])", "<bool>"),
        ('undecided("share")', "?<any type>"),
        ('[undecided("share"), 1]', "[?<any type>, 1]"),
        ('upper(undecided("a text"))', "?<string>"),
        ('undecided("a") + 1', "?<number>"),
        ('undecided("a") == undecided("b")', "?<bool>"),
        ('"x ${undecided("share")} y"', "?<string>"),
        ('[for x in [1, 2]: x if undecided("which")]', "?<any type>"),
        ('undecided("cond") ? 1 : 2', "?<number>"),
        ('length([undecided("x")])', "?1"),
        ("undecided(unknown.string)", "<any type>"),
        ("undecided(sensitive(unknown.string))", "!<any type>"),
        ('sensitive(undecided("x"))', "!?<any type>"),
        ('nonsensitive(undecided("x"))', "?<any type>"),
        ('issensitive(undecided("x"))', "?false"),
        ('try(undecided("x"), 1)', "?<any type>"),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("upper()", "1-8 Wrong number of arguments: upper(string) takes 1 argument, and this call has 0."),
        ('upper("a", "b")', "1-16 Wrong number of arguments: upper(string) takes 1 argument, and this call has 2."),
        (
            'join(",")',
            (
                "1-10 Wrong number of arguments: join(separator, list, lists...) takes at least 2 arguments, "
                "and this call has 1."
            ),
        ),
        ('upper(["a"])', '7-12 Invalid argument: The argument "string" of upper does not fit: a string is required.'),
        ("upper(null)", '7-11 Invalid argument: The argument "string" of upper does not fit: it is null.'),
        ('max("a"...)', "5-8 Invalid argument: Only a list, set or tuple can stand before ..., not a string."),
        ("max(null...)", "5-9 Invalid argument: Only a list, set or tuple can stand before ..., not null."),
        ("max({}...)", "5-7 Invalid argument: Only a list, set or tuple can stand before ..., not an object."),
        (
            "max([]...)",
            ("1-11 Wrong number of arguments: max(number, numbers...) takes at least 1 argument, and this call has 0."),
        ),
        (
            'max(1, ["x"]...)',
            '8-13 Invalid argument: The argument "numbers" of max does not fit: a number is required.',
        ),
        (
            "substr(unknown.list, 0, 1)",
            '8-20 Invalid argument: The argument "string" of substr does not fit: a string is required.',
        ),
        ('uper("a")', '1-5 Unknown function: There is no function "uper". Did you mean "upper"?'),
        ("nosuchfunction(1)", '1-15 Unknown function: There is no function "nosuchfunction".'),
        ('undecide("x")', '1-9 Unknown function: There is no function "undecide". Did you mean "undecided"?'),
        ("upper(nowhere)", '7-14 Unknown name: There is nothing named "nowhere" here.'),
        (
            'file("secrets.txt")',
            (
                "1-5 Function not available: There is no function file here: this version reads no files "
                "from expressions. Later ones will, inside the repository only."
            ),
        ),
        (
            'templatefile("x", {})',
            (
                "1-13 Function not available: There is no function templatefile here: this version reads no "
                "files from expressions. Later ones will, inside the repository only."
            ),
        ),
        (
            'env("HOME")',
            (
                "1-4 Function not available: There is no function env here: a plan must be unable to read "
                "the secrets of the machine that makes it. Declare a variable, and set it with -var, a "
                "variable file, or FLAGSTAFF_VAR_name."
            ),
        ),
        (
            "timestamp()",
            (
                "1-10 Function not available: There is no function timestamp here: a plan must be the same "
                "each time it is made."
            ),
        ),
        (
            "plantimestamp()",
            (
                "1-14 Function not available: There is no function plantimestamp here: a plan must be the "
                "same each time it is made."
            ),
        ),
        (
            "uuid()",
            (
                "1-5 Function not available: There is no function uuid here: a plan must be the same each "
                "time it is made."
            ),
        ),
        (
            'bcrypt("x")',
            (
                "1-7 Function not available: There is no function bcrypt here: a plan must be the same each "
                "time it is made."
            ),
        ),
        (
            "try()",
            ("1-6 Wrong number of arguments: try(expressions...) takes at least 1 argument, and this call has 0."),
        ),
        (
            "try({}.a, {}.b)",
            (
                '1-16 Nothing to try left: All of them have a mistake. {}.a: There is no attribute "a" here. '
                '{}.b: There is no attribute "b" here.'
            ),
        ),
        ("can()", "1-6 Wrong number of arguments: can(expression) takes 1 argument, and this call has 0."),
        ("can(1, 2)", "1-10 Wrong number of arguments: can(expression) takes 1 argument, and this call has 2."),
        ("undecided()", "1-12 Wrong number of arguments: undecided(why) takes 1 argument, and this call has 0."),
        (
            'undecided("a", "b")',
            "1-20 Wrong number of arguments: undecided(why) takes 1 argument, and this call has 2.",
        ),
        (
            "undecided(null)",
            "11-15 Invalid argument: Say in a few words what has to be chosen: plans and reports list it.",
        ),
        (
            'undecided("  ")',
            "11-15 Invalid argument: Say in a few words what has to be chosen: plans and reports list it.",
        ),
        ("undecided([])", "11-13 Invalid argument: A string is required."),
        (
            'undecided(sensitive("x"))',
            ("11-25 Invalid argument: Why something is undecided is shown in every plan, so it can't be sensitive."),
        ),
        (
            "tolist(sensitive({secret = 1}))",
            ("8-31 Invalid argument: tolist: it does not fit, and why is not shown, because it is sensitive."),
        ),
        (
            "tomap(sensitive({secret = {}, b = 1}))",
            ("7-38 Invalid argument: tomap: it does not fit, and why is not shown, because it is sensitive."),
        ),
        (
            'element([sensitive("a")], -1)',
            ("27-29 Invalid argument: element: it does not fit, and why is not shown, because it is sensitive."),
        ),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
