"""Functions with regular expressions: RE2's patterns, and what is refused."""

from collections.abc import Callable

import pytest

from flagstaff.language.functions import patterns


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('regex("[a-z]+","123abc456")', '"abc"'),
        (r'regex("(\\d)(x)?","5")', '["5", null]'),
        (r'regex("(?P<y>\\d+)-(?P<m>\\d+)","2020-12")', '{y="2020", m="12"}'),
        (r'regex("(?m)a$","a\nb")', '"a"'),
        ('regex("(?i)ABC","xabc")', '"abc"'),
        ('regex("(?i:a)b","Ab")', '"Ab"'),
        ('regex("[[:alpha:]]+","12ab")', '"ab"'),
        ('regex("[[:^alpha:]]+","12ab")', '"12"'),
        (r'regex("\\pL+","12éb")', '"éb"'),
        (r'regex("\\p{Greek}+","abγδ")', '"γδ"'),
        (r'regex("\\s+","a \t b")', r'" \t "'),
        (r'regex("a\\z","a")', '"a"'),
        (r'regex("\\Aa","a")', '"a"'),
        (r'regex("\\Qa.b\\E+","a.bbb")', '"a.bbb"'),
        ('regex("(?<x>a)","a")', '{x="a"}'),
        ('regex("a|b","xb")', '"b"'),
        ('regex("(?i)b|A","a")', '"a"'),
        (r'regex("(?s)a.b","a\nb")', r'"a\nb"'),
        ('regex("[]a]+","]a")', '"]a"'),
        ('regex("[^]a]+","b]a")', '"b"'),
        (r'regex("\\x41","A")', '"A"'),
        (r'regex("\\x{1F600}","😀")', '"😀"'),
        ('regex("a{2,3}","aaaa")', '"aaa"'),
        ('regex("a{2}?","aaaa")', '"aa"'),
        ('regex("a{,2}","a{,2}")', '"a{,2}"'),
        ('regex("(?:a)(b)","ab")', '["b"]'),
        (r'regex("\\bfoo\\b","a foo b")', '"foo"'),
        ('regex("","abc")', '""'),
        (r'regex("[\\d\\-x]+","1-x")', '"1-x"'),
        (r'regex("[a\\]]+","a]")', '"a]"'),
        (r'regex("\\d+","١٢3")', '"3"'),
        (r'regex("(?im)^b$","a\nB")', '"B"'),
        ('regexall("[a-z]","a1b2")', 'list["a", "b"]'),
        (r'regexall("([a-z])(\\d)","a1b2")', 'list[["a", "1"], ["b", "2"]]'),
        ('regexall("x","a1b2")', "list[]"),
        ('regexall("a*","baac")', 'list["", "aa", ""]'),
        (r'regexall("$","a\nb")', 'list[""]'),
        ('replace("a.b.c",".","-")', '"a-b-c"'),
        ('replace("hello","/l+/","L")', '"heLo"'),
        ('replace("hello","/(l)(l)/","$2-$1$$")', '"hel-l$o"'),
        ('replace("hello","/(?P<q>l)/","<$${q}>")', '"he<l><l>o"'),
        ('replace("hello","/(l)/","$1x")', '"heo"'),
        ('replace("hello","/(l)/","$x")', '"heo"'),
        ('replace("a/b","/","-")', '"a-b"'),
        ('replace("abc","","-")', '"-a-b-c-"'),
        ('replace("abc","//","-")', '"-a-b-c-"'),
        (r'regex("(?m)^b$","a\nb\n")', '"b"'),
        (r'regex("[\\pL]+","é1")', '"é"'),
        (r'regex("\\x{41}","A")', '"A"'),
        ('regexall("a","")', "list[]"),
        ('replace("abc","/b*/","-")', '"-a-c-"'),
        ('replace("abc","/(","-")', '"abc"'),
        ('replace("aaa","/(?P<n>a)/","$${n}$${nope}$9.")', '"a.a.a."'),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            r'regex("(?P<y>\\d+)-(\\d+)","2020-12")',
            "7-27 Invalid argument: regex: the pattern mixes groups with and without a name.",
        ),
        ('regex("z","abc")', "11-16 Invalid argument: regex: the pattern matches nothing in it."),
        ('regex("(","abc")', "7-10 Invalid argument: regex: the pattern can't be used: missing ) at position 1."),
        (r'regex("a$","a\n")', "12-17 Invalid argument: regex: the pattern matches nothing in it."),
        (
            'regex("a(?i)B","ab")',
            (
                "7-15 Invalid argument: regex: the pattern can't be used: flags such as (?i) stand at the "
                "start of the pattern or of a group."
            ),
        ),
        ('regex("a(?=b)","ab")', "7-15 Invalid argument: regex: the pattern can't be used: (?= is not supported."),
        (r'regex("(a)\\1","aa")', r"7-15 Invalid argument: regex: the pattern can't be used: \1 is not supported."),
        ('regex("a++","aa")', "7-12 Invalid argument: regex: the pattern can't be used: ++ is not supported."),
        ('regex("(?U)a+","aaa")', "7-15 Invalid argument: regex: the pattern can't be used: (?U) is not supported."),
        (r'regex("a.b","a\nb")', "13-19 Invalid argument: regex: the pattern matches nothing in it."),
        (
            'regex("(?flags)a","a")',
            "7-18 Invalid argument: regex: the pattern can't be used: (?flags) is not supported.",
        ),
        (r'regex("\\C","a")', r"7-12 Invalid argument: regex: the pattern can't be used: \C is not supported."),
        (
            'regex(sensitive("("),"a")',
            ("7-21 Invalid argument: regex: it does not fit, and why is not shown, because it is sensitive."),
        ),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]


def test_a_pattern_that_takes_too_long_is_ended(
    mistakes: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "_SECONDS", 0.01)
    text = f'regexall("(a|aa)+$", "{"a" * 60}b")'
    assert mistakes(text) == [
        f"1-{len(text) + 1} Invalid argument: regexall: the pattern takes too long to match; make it simpler."
    ]
