"""Functions that encode, decode and hash."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'jsonencode("<>&\u2028")', r'"\"\\u003c\\u003e\\u0026\\u2028\""'),
        ("jsonencode({b=1,a=[1.5,null,true]})", r'"{\"a\":[1.5,null,true],\"b\":1}"'),
        (
            "jsonencode(1/3)",
            (
                '"0.33333333333333333333333333333333333333333333333333333333333333333333333333333333333333333'
                '333333333333333333333333333333333333333333333333333333333333333335"'
            ),
        ),
        ("jsonencode(1e21)", '"1000000000000000000000"'),
        (r'jsonencode("\u00e9\n\t\"\\\u0001\u007f")', '"\\"é\\\\n\\\\t\\\\\\"\\\\\\\\\\\\u0001\x7f\\""'),
        ("jsonencode(null)", '"null"'),
        ('jsonencode(toset(["b","a"]))', r'"[\"a\",\"b\"]"'),
        ("jsonencode(tomap({b=1}))", r'"{\"b\":1}"'),
        (r'jsondecode("{\"a\":[1,2.5,null,true,\"x\"]}")', '{a=[1, 2.5, null, true, "x"]}'),
        ('jsondecode("1e3")', "1000"),
        (r'jsondecode("{\"a\":1,\"a\":2}")', "{a=2}"),
        ('jsondecode(" 5 ")', "5"),
        (r'jsondecode("\"\\ud83d\\ude00\"")', '"😀"'),
        (r'csvdecode("a,b\n1,2\n3,4")', 'list[{a="1", b="2"}, {a="3", b="4"}]'),
        (r'csvdecode("a\n\"x\ny\"\n")', r'list[{a="x\ny"}]'),
        (r'csvdecode("a,b\r\n1,\"2,\"\"3\"\r\n")', r'list[{a="1", b="2,\"3"}]'),
        (r'csvdecode("a\n")', "list[]"),
        (r'csvdecode("a,b\n\n1,2")', 'list[{a="1", b="2"}]'),
        ('base64encode("é")', '"w6k="'),
        ('base64decode("w6k=")', '"é"'),
        ('sha1("a")', '"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"'),
        ('sha256("a")', '"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"'),
        ('md5("a")', '"0cc175b9c0f1b6a831c399e269772661"'),
        ('md5("é")', '"66ddcd97cfdeabb2f6fb8a999b4bc76f"'),
        ("jsonencode(toset([]))", '"[]"'),
        (r'csvdecode("a,b\n1,\n")', 'list[{a="1", b=""}]'),
        (r'csvdecode("a,b\n1,")', 'list[{a="1", b=""}]'),
        (r'csvdecode("a\n\"\"\n")', 'list[{a=""}]'),
        (r'csvdecode("a\n\n\n1")', 'list[{a="1"}]'),
        (r'jsondecode("\"\\ud800x\"")', '"�x"'),
    ],
)
def test_results(shown: Callable[..., str], text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('jsondecode("[1,2")', "12-18 Invalid argument: jsondecode: this is not JSON (line 1, column 5)."),
        ('jsondecode("")', "12-14 Invalid argument: jsondecode: this is not JSON (line 1, column 1)."),
        ('jsondecode("NaN")', "12-17 Invalid argument: jsondecode: this is not JSON."),
        ('jsondecode("01")', "12-16 Invalid argument: jsondecode: this is not JSON (line 1, column 2)."),
        (r'csvdecode("a,b\n1")', "11-19 Invalid argument: csvdecode: row 2 has not as many columns as the first one."),
        (r'csvdecode("a,a\n1,2")', "11-21 Invalid argument: csvdecode: two columns have the same name."),
        ('csvdecode("")', "11-13 Invalid argument: csvdecode: there is no first row, which names the columns."),
        (r'csvdecode("a\nx\"y")', "11-20 Invalid argument: csvdecode: a quote is in the wrong place in line 2."),
        (r'csvdecode("a\n\"x\"y")', "11-22 Invalid argument: csvdecode: a quote is in the wrong place in line 2."),
        ('base64decode("!!")', "14-18 Invalid argument: base64decode: this is not Base64."),
        ('base64decode("/w==")', "14-20 Invalid argument: base64decode: what it encodes is not text in UTF-8."),
        ("jsonencode(1/0)", "12-15 Invalid argument: jsonencode: JSON can't hold an infinite number."),
        ("jsonencode(toggle.a)", "12-20 Invalid argument: jsonencode: toggle.a is a reference, which JSON can't hold."),
    ],
)
def test_mistakes(mistakes: Callable[..., list[str]], text: str, expected: str) -> None:
    assert mistakes(text) == [expected]
