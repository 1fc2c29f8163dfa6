import pytest

from flagstaff.diagnostics import Diagnostics
from flagstaff.language.nodes import Conditional, String, Template, TemplateJoin, TemplateWrap
from flagstaff.language.parse import parse
from flagstaff.language.source import Source


def value(text):
    """The value of an argument, and nothing wrong with it."""
    diagnostics = Diagnostics()
    body = parse(Source("x", f"a = {text}\n"), diagnostics)
    assert not diagnostics.items
    return body.attributes["a"].value


def show(node):
    """Literal text as it is, values in braces, directives spelled out."""
    match node:
        case String(value=text):
            return text
        case Template(parts=parts):
            return "".join(map(show, parts))
        case TemplateWrap(value=inner):
            return f"<{inner.text}>"
        case TemplateJoin(value=loop):
            return f"[for {loop.key_name},{loop.value_name} in {loop.collection.text}:{show(loop.value)}]"
        case Conditional():
            return f"[if {node.condition.text}:{show(node.true)}|{show(node.false)}]"
        case _:
            return f"{{{node.text}}}"


QUOTED = [
    ('""', ""),
    ('"x"', "x"),
    (r'"\n\r\t\"\\"', '\n\r\t"\\'),
    (r'"\u00e9\U0001F600"', "é😀"),
    ('"e\u0301"', "é"),
    (r'"e\u0301"', "é"),
    ('"$${x} %%{y} $ % $$ %% 100%"', "${x} %{y} $ % $$ %% 100%"),
    ('"$$${x}"', "$${x}"),
    ('"$${"', "${"),
    ('"$${${x}}"', "${{x}}"),
    ('"${x}"', "<x>"),
    ('"${"${x}"}"', '<"${x}">'),
    ('"a${x}"', "a{x}"),
    ('"${x}${y}"', "{x}{y}"),
    ('"a ${~ x ~} b"', "a{x}b"),
    ('"a ${ x ~} b"', "a {x}b"),
    ('" ${~ x}"', "{x}"),
    ('"${\n  x # why\n}"', "<x>"),
    ('"%{ if x }y%{ endif }"', "[if x:y|]"),
    ('"%{ if x }y%{ else }z%{ endif }"', "[if x:y|z]"),
    ('"a %{~ if x ~} y %{~ else ~} z %{~ endif ~} b"', "a[if x:y|z]b"),
    ('"%{ for v in l }${v},%{ endfor }"', "[for None,v in l:{v},]"),
    ('"%{ for k, v in l }%{ if v }${k}%{ endif }%{ endfor }"', "[for k,v in l:[if v:{k}|]]"),
    ('"%{ for v in l }%{ endfor }"', "[for None,v in l:]"),
]


@pytest.mark.parametrize(("text", "shown"), QUOTED, ids=ascii)
def test_strings(text, shown):
    node = value(text)
    assert show(node) == shown
    assert node.text == text


HEREDOCS = [
    ("<<E\nE", ""),
    ("<<E\nx\nE", "x\n"),
    ("<<E\n  x\n\ny\n  E", "  x\n\ny\n"),
    ("<<E\n\\n $${x} ${y}\nE", "\\n ${x} {y}\n"),
    ("<<E\nx E\nE", "x E\n"),
    ("<<E\n${x}E\nE", "{x}E\n"),
    ("<<-E\n    x\n      y\n    E", "x\n  y\n"),
    ("<<-E\n    x\n  y\n\n   \n  E", "  x\ny\n\n   \n"),
    ("<<-E\n  ${x}\n    y\n  E", "{x}\n  y\n"),
    ("<<-E\n  x\n${y}\n  E", "  x\n{y}\n"),
    ("<<-E\n\tx\n\t\ty\n\tE", "x\n\ty\n"),
    ("<<-E\n\u2003x\n\u2003y\n  E", "x\ny\n"),
    ("<<E\na\n${~ x ~}\nb\nE", "a{x}b\n"),
    ("<<E\na\n\n${~ x ~}\n  b\nE", "a\n{x}  b\n"),
    ("<<E\n%{ if x ~}\ny\n%{ else ~}\nz\n%{ endif ~}\nE", "[if x:y\n|z\n]"),
    ("<<E\n%{ for v in l ~}\n${v}\n%{ endfor ~}\nE", "[for None,v in l:{v}\n]"),
    ("<<E\n${f(<<I\nE\nI\n)}\nE", "{f(<<I\nE\nI\n)}\n"),
    ("<<E\ne\u0301\nE", "é\n"),
]


@pytest.mark.parametrize(("text", "shown"), HEREDOCS, ids=ascii)
def test_heredocs(text, shown):
    node = value(text)
    assert show(node) == shown
    assert isinstance(node, Template)
    assert node.text == text


def test_a_heredoc_with_line_ends_of_windows():
    assert show(value("<<-E\r\n  x\r\n  E\r")) == "x\r\n"


def test_a_plain_string_has_at_most_one_part():
    assert value('""').parts == ()
    (part,) = value("<<E\nx\ny\nE").parts
    assert (part.value, part.text) == ("x\ny\n", "x\ny\n")


def test_parts_of_directives_span_their_text():
    node = value('"%{ if x }y%{ else }z%{ endif }"').parts[0]
    assert [node.text, node.condition.text, node.true.text, node.false.text] == [
        "%{ if x }y%{ else }z%{ endif }",
        "x",
        "y",
        "z",
    ]
    join = value('"-%{ for v in l }w%{ endfor }"').parts[1]
    assert (join.text, join.value.collection.text) == ("%{ for v in l }w%{ endfor }", "l")


@pytest.mark.parametrize(
    ("text", "start", "end", "summary"),
    [
        (r'"ab\qc"', 8, 10, "Invalid escape sequence"),
        (r'"\u00"', 6, 10, "Invalid escape sequence"),
        (r'"\x41"', 6, 8, "Invalid escape sequence"),
        (r'"\ud800"', 6, 12, "Invalid escape sequence"),
        (r'"\U00110000"', 6, 16, "Invalid escape sequence"),
        (r'"\U1234"', 6, 12, "Invalid escape sequence"),
        ('"%{ if x }"', 6, 15, "Missing end of directive"),
        ('"%{ for v in l }"', 6, 21, "Missing end of directive"),
        ('"%{ endfor }"', 6, 17, "Unexpected directive"),
        ('"%{ else }"', 6, 15, "Unexpected directive"),
        ('"%{ if x }%{ else }%{ else }%{ endif }"', 24, 33, "Unexpected directive"),
        ('"%{ if x }%{ endfor }"', 15, 26, "Unexpected directive"),
        ('"%{ for v in l }%{ else }%{ endfor }"', 21, 30, "Unexpected directive"),
    ],
)
def test_mistakes(text, start, end, summary):
    diagnostics = Diagnostics()
    parse(Source("x", f"a = {text}\n"), diagnostics)
    (found,) = diagnostics
    assert (found.range.start.column, found.range.end.column, found.summary) == (start, end, summary)


def test_a_stray_directive_points_at_the_one_that_is_open():
    diagnostics = Diagnostics()
    parse(Source("x", 'a = "%{ if x }%{ endfor }"\n'), diagnostics)
    (found,) = diagnostics
    assert found.detail == "This `%{ endfor }` can't stand here: `%{ if }` ends with `%{ endif }`."
    assert [(item.range.start.column, item.range.end.column) for item in found.related] == [(6, 15)]
