"""Expressions as nodes. `show` writes a node with all its brackets, so that a test can say it in a line."""

from typing import assert_never

import pytest

from flagstaff.diagnostics import Diagnostics
from flagstaff.language import nodes
from flagstaff.language.parse import parse, parse_expression
from flagstaff.language.source import Source


def read(text):
    diagnostics = Diagnostics()
    node = parse_expression(Source("x", text), diagnostics)
    assert not diagnostics.items
    return node


def show(node):
    match node:
        case nodes.Null():
            return "null"
        case nodes.Boolean(value=value):
            return str(value).lower()
        case nodes.Number(digits=digits):
            return digits
        case nodes.String(value=value):
            return f"'{value}'"
        case nodes.Template(parts=parts):
            return f'"{" ".join(map(show, parts))}"'
        case nodes.TemplateWrap(value=value):
            return f"wrap({show(value)})"
        case nodes.TemplateJoin(value=value):
            return f"join({show(value)})"
        case nodes.Tuple(items=items):
            return f"[{', '.join(map(show, items))}]"
        case nodes.Object(items=items):
            return f"{{{', '.join(f'{show(item.key)} = {show(item.value)}' for item in items)}}}"
        case nodes.Name(name=name):
            return name
        case nodes.GetAttribute(target=target, name=name):
            return f"{show(target)}.{name}"
        case nodes.Index(target=target, key=key):
            return f"{show(target)}[{show(key)}]"
        case nodes.Splat(target=target, each=each):
            return f"splat({show(target)}, {show(each)})"
        case nodes.Each():
            return "@"
        case nodes.Call(name=name, arguments=arguments, expand_last=expands):
            return f"{name}({', '.join(map(show, arguments))}{'...' if expands else ''})"
        case nodes.Unary(operator=operator, operand=operand):
            return f"({operator}{show(operand)})"
        case nodes.Binary(operator=operator, left=left, right=right):
            return f"({show(left)} {operator} {show(right)})"
        case nodes.Conditional(condition=condition, true=true, false=false):
            return f"({show(condition)} ? {show(true)} : {show(false)})"
        case nodes.For():
            names = f"{node.key_name}, {node.value_name}" if node.key_name else node.value_name
            key = f"{show(node.key)} => " if node.key else ""
            condition = f" if {show(node.condition)}" if node.condition else ""
            group = "..." if node.group else ""
            return f"for({names} in {show(node.collection)} : {key}{show(node.value)}{group}{condition})"
        case nodes.Parentheses(value=value):
            return f"<{show(value)}>"
        case _:
            assert_never(node)


EXPRESSIONS = [
    ("null", "null"),
    ("[true, false]", "[true, false]"),
    ("1.50", "1.50"),
    ("1e3", "1e3"),
    ("-5", "(-5)"),
    ("-1.5", "(-1.5)"),
    ("- 5", "(-5)"),
    ("!!x", "(!(!x))"),
    ("!-!x", "(!(-(!x)))"),
    ("--15", "(-(-15))"),
    ("100-50", "(100 - 50)"),
    ("x -15", "(x - 15)"),
    ("f(x)-15", "(f(x) - 15)"),
    ("1 -1.5", "(1 - 1.5)"),
    ("1 - -1", "(1 - (-1))"),
    ("1 - 2 - 3", "((1 - 2) - 3)"),
    ("1 + 2 * 3", "(1 + (2 * 3))"),
    ("(1 + 2) * 3", "(<(1 + 2)> * 3)"),
    ("1 / 2 % 3", "((1 / 2) % 3)"),
    ("a || b && c == d < e", "(a || (b && (c == (d < e))))"),
    ("a != b", "(a != b)"),
    ("a >= 1 && b <= 2", "((a >= 1) && (b <= 2))"),
    ("!a && b", "((!a) && b)"),
    ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
    ("(a\n+ b)", "<(a + b)>"),
    ("a.b.c", "a.b.c"),
    ("a . b", "a.b"),
    ("(a\n.b)", "<a.b>"),
    ("a.true", "a.true"),
    ("a[0]", "a[0]"),
    ("a.0", "a[0]"),
    ("a.0.b", "a[0].b"),
    ('a["b"][c]', "a[\"'b'\"][c]"),
    ("[1][0]", "[1][0]"),
    ("f(1).a", "f(1).a"),
    ("a[*]", "splat(a, @)"),
    ("a[ * ].b", "splat(a, @.b)"),
    ("a[*].b[0].c", "splat(a, @.b[0].c)"),
    ("a[*].b[*].c", "splat(a, splat(@.b, @.c))"),
    ("a[*][*]", "splat(a, splat(@, @))"),
    ("a.*", "splat(a, @)"),
    ("a.*.b.c", "splat(a, @.b.c)"),
    ("a.*.b.0", "splat(a, @.b[0])"),
    ("a.*.b[0]", "splat(a, @.b)[0]"),
    ("a.*[0].b", "splat(a, @)[0].b"),
    ("a[*].b.*.c", "splat(a, splat(@.b, @.c))"),
    ("a.*.b[*].c", "splat(splat(a, @.b), @.c)"),
    ("a.*.b[0].*.c", "splat(splat(a, @.b)[0], @.c)"),
    ("f()", "f()"),
    ("f(1, [2], )", "f(1, [2])"),
    ("f(a...)", "f(a...)"),
    ("f (1)", "f(1)"),
    ("größe(π)", "größe(π)"),
    ("{}", "{}"),
    ("{a = 1, b : 2}", "{'a' = 1, 'b' = 2}"),
    ("{\na = 1 # x\nb = 2,\n\nc = 3\n}", "{'a' = 1, 'b' = 2, 'c' = 3}"),
    ('{"a" = 1, (b) = 2, 3 = 4, if = 5, "${c}" = 6}', "{\"'a'\" = 1, <b> = 2, 3 = 4, 'if' = 5, wrap(c) = 6}"),
    ("{a = 1, for = 2}", "{'a' = 1, 'for' = 2}"),
    ("[for x in y : x]", "for(x in y : x)"),
    ("[for k, v in y : v if k]", "for(k, v in y : v if k)"),
    ("{for k, v in y : k => v}", "for(k, v in y : k => v)"),
    ("{for k, v in y : k\n => v... if v}", "for(k, v in y : k => v... if v)"),
    ('"x"', "\"'x'\""),
    ('"${x}"', "wrap(x)"),
]


@pytest.mark.parametrize(("text", "shown"), EXPRESSIONS, ids=ascii)
def test_lowers(text, shown):
    assert show(read(text)) == shown


@pytest.mark.parametrize("text", [text for text, _ in EXPRESSIONS], ids=ascii)
def test_a_node_spans_its_text(text):
    node = read(f"\n  {text} # why\n")
    assert node.text == text


@pytest.mark.parametrize(("text", "shown"), EXPRESSIONS, ids=ascii)
def test_an_argument_is_the_same_as_a_lone_expression(text, shown):
    diagnostics = Diagnostics()
    body = parse(Source("x", f"é = ({text})\n"), diagnostics)
    assert not diagnostics.items
    assert show(body.attributes["é"].value.value) == shown


def test_inner_nodes_span_their_text():
    node = read('f(!-x, {a = y.b[0]}, "p ${q} r", z[*].w)')
    unary, thing, template, splat = node.arguments
    assert (node.name_end, node.text[: node.name_end]) == (1, "f")
    assert [unary.text, unary.operand.text, unary.operand.operand.text] == ["!-x", "-x", "x"]
    (item,) = thing.items
    assert [item.text, item.key.text, item.value.text] == ["a = y.b[0]", "a", "y.b[0]"]
    assert item.value.target.text == "y.b"
    assert item.value.target.text[item.value.target.name_start - item.value.target.start :] == "b"
    assert [part.text for part in template.parts] == ["p ", "q", " r"]
    assert [splat.text, splat.target.text, splat.each.text, splat.each.target.text] == [
        "z[*].w",
        "z",
        "[*].w",
        "[*]",
    ]


def test_names_of_keys_are_in_normal_form():
    assert show(read("{e\u0301 = 1}")) == "{'é' = 1}"


@pytest.mark.parametrize(
    ("text", "summary", "where"),
    [
        ("{a.b = 1}", "Ambiguous key", (1, 2)),
        ("{a[0] = 1}", "Ambiguous key", (1, 2)),
        ("{a[*] = 1}", "Ambiguous key", (1, 2)),
        ("{a = 1 b = 2}", "Missing comma", (1, 8)),
        ("{a = x\n ? 1 : 2}", "Expression broken over lines", (1, 7)),
        ("{a = x ?\n 1 : 2}", "Expression broken over lines", (1, 9)),
        ("{a = x ? 1\n : 2}", "Expression broken over lines", (1, 11)),
        ("1.2.3", "Invalid number", (1, 1)),
        ("a.0.1", "Two legacy indexes", (1, 3)),
        ("a.*.b.*", "Nested splat", (1, 6)),
        ("a::b::c()", "Namespaced function", (1, 1)),
    ],
)
def test_rejects_what_the_grammar_takes(text, summary, where):
    diagnostics = Diagnostics()
    assert parse_expression(Source("x", text), diagnostics) is None
    assert [(item.summary, (item.range.start.line, item.range.start.column)) for item in diagnostics] == [
        (summary, where)
    ]
