"""Functions on strings."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'chomp("a\n\n")', '"a"'),
        (r'chomp("a\r\n")', '"a"'),
        (r'chomp("a\r")', '"a"'),
        (r'chomp("a\n\r")', '"a"'),
        (r'indent(2,"a\nb\n")', r'"a\n  b\n  "'),
        ('join(",",["a","b"],["c"])', '"a,b,c"'),
        ('join(",",[])', '""'),
        ('join(",",[1,true])', '"1,true"'),
        ('join(",", toset(["b","a"]))', '"a,b"'),
        ('lower("ÀÉ İ")', '"àé i"'),
        ('upper("straße éà")', '"STRAßE ÉÀ"'),
        ('title("hello wor_ld foo-bar éa b\'c")', '"Hello Wor_ld Foo-Bar Éa B\'C"'),
        ('title("ǆ x")', '"ǅ X"'),
        ('split(",","a,b,,c")', 'list["a", "b", "", "c"]'),
        ('split(",","")', 'list[""]'),
        ('split("","abc")', 'list["a", "b", "c"]'),
        ('split("","")', "list[]"),
        ('strrev("aé👩\u200d👩\u200d👧\u200d👦b")', '"b👩\u200d👩\u200d👧\u200d👦éa"'),
        ('substr("hello",1,3)', '"ell"'),
        ('substr("hello",-3,2)', '"ll"'),
        ('substr("hello",-3,-1)', '"llo"'),
        ('substr("hello",1,-1)', '"ello"'),
        ('substr("hello",10,1)', '""'),
        ('substr("hello",-10,2)', '"he"'),
        ('substr("hello",0,0)', '""'),
        ('substr("hello",2,100)', '"llo"'),
        ('trim("??a?b??","?")', '"a?b"'),
        ('trim("abc","")', '"abc"'),
        ('trim("abcba","ab")', '"c"'),
        ('trimprefix("aab","a")', '"ab"'),
        ('trimsuffix("baa","a")', '"ba"'),
        (r'trimspace("  a b\n\t")', '"a b"'),
        (r'trimspace("\u00a0a\u001f")', r'"a\u001f"'),
        ('startswith("abc","ab")', "true"),
        ('endswith("abc","bc")', "true"),
        ('strcontains("abc","x")', "false"),
        ("upper(5)", '"5"'),
        ('split(" ","a b")', 'list["a", "b"]'),
        ('upper("ŉß")', '"ŉß"'),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'indent(-1,"a\nb")', "8-10 Invalid argument: indent: the number of spaces must be from 0 to 1000."),
        ('join(",",["a",null])', "10-20 Invalid argument: join: element 1 is null."),
        (
            'join(",")',
            (
                "1-10 Wrong number of arguments: join(separator, list, lists...) takes at least 2 arguments, "
                "and this call has 1."
            ),
        ),
        ('substr("hello",1.5,1)', "16-19 Invalid argument: substr: the offset must be a whole number."),
        ("upper()", "1-8 Wrong number of arguments: upper(string) takes 1 argument, and this call has 0."),
        ('upper("a","b")', "1-15 Wrong number of arguments: upper(string) takes 1 argument, and this call has 2."),
        ('upper(["a"])', '7-12 Invalid argument: The argument "string" of upper does not fit: a string is required.'),
        ("upper(null)", '7-11 Invalid argument: The argument "string" of upper does not fit: it is null.'),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
