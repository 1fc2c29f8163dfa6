"""What `fmt` writes more plainly, and what it leaves alone."""

import pytest

from flagstaff.diagnostics import Diagnostics
from flagstaff.language.simplifying import formatted
from flagstaff.language.source import Source


def fmt(text):
    diagnostics = Diagnostics()
    result = formatted(Source("main.hcl", text), diagnostics)
    assert not diagnostics.items
    return result


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ('"${x}"', "x"),
        ('"${ x.y[0] }"', "x.y[0]"),
        ('"${~ x ~}"', "x"),
        ('"${"${x}"}"', "x"),
        ('"${f("${x}")}"', 'f("${x}")'),
        ('"${a ? "${b}" : "c"}"', 'a ? "${b}" : "c"'),
        ('"${\nx\n}"', "x"),
        ('"${a +\nb}"', "(a +\nb)"),
        ('"${(\na)}"', "(\na)"),
        ('"${(a) +\n(b)}"', "((a) +\n(b))"),
        ('"${a # why\n}"', "(a # why\n)"),
        ('"${ # why\na}"', "( # why\na)"),
        ('"${a /* why */}"', "a /* why */"),
        ('"${{}}"', "{}"),
    ],
)
def test_a_single_interpolation_is_the_value(value, plain):
    assert fmt(f"a = {value}\n") == f"a = {plain}\n"


@pytest.mark.parametrize(
    "value",
    [
        '"${x} "',
        '"${x}${y}"',
        '"${x}" == "${y}"',
        '("${x}")',
        '["${x}"]',
        '{ a = "${x}" }',
        '"%{if x}y%{endif}"',
        '"${<<E\nx\nE\n}"',
        '"${f(<<E\n${x}\nE\n)}"',
    ],
)
def test_all_else_stays_a_template(value):
    assert fmt(f"a = {value}\n") == f"a = {value}\n"


def test_labels_are_quoted_and_their_comments_kept():
    assert fmt('a b /* c */ "d" {\ne f {}\n}\n') == 'a "b" /* c */ "d" {\n  e "f" {}\n}\n'


@pytest.mark.parametrize(
    ("type_", "plain"),
    [
        ("list", "list(any)"),
        ("map", "map(any)"),
        ("set", "set(any)"),
        ('"string"', "string"),
        ('"list"', "list(string)"),
        ('"map"', "map(string)"),
        ("list(string)", "list(string)"),
        ('"number"', '"number"'),
        ('"${string}"', '"${string}"'),
    ],
)
def test_the_type_of_a_variable(type_, plain):
    assert fmt(f'variable "v" {{\ntype = {type_}\n}}\n') == f'variable "v" {{\n  type = {plain}\n}}\n'


def test_a_type_elsewhere_is_a_value():
    assert fmt('type = list\nx "v" {\ntype = list\n}\n') == 'type = list\nx "v" {\n  type = list\n}\n'


def test_a_file_with_a_mistake_is_not_formatted_and_the_mistake_told():
    diagnostics = Diagnostics()
    assert formatted(Source("main.hcl", "a=1\nb=\n"), diagnostics) is None
    assert [(item.summary, item.range.start.line) for item in diagnostics] == [("Missing value", 2)]


def test_several_edits_on_a_line():
    assert fmt('a b { c="${d}" }\ne f{}\n') == 'a "b" { c = d }\ne "f" {}\n'
