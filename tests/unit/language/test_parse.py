import gc
import subprocess
import sys
from itertools import pairwise

import pytest

from flagstaff.diagnostics import Diagnostics
from flagstaff.language import grammar
from flagstaff.language import parse as parse_module
from flagstaff.language.nodes import Binary, Block, Number, Template
from flagstaff.language.parse import parse, parse_expression
from flagstaff.language.source import Source


def mistakes(text):
    """Place, summary and context of everything that is wrong."""
    return [(place(item.range), item.summary, item.context) for item in diagnose(text)]


def diagnose(text):
    diagnostics = Diagnostics()
    parse(Source("main.hcl", text), diagnostics)
    return diagnostics.sorted()


def place(found):
    return f"{found.start.line}:{found.start.column}-{found.end.line}:{found.end.column}"


def body(text):
    diagnostics = Diagnostics()
    result = parse(Source("main.hcl", text), diagnostics)
    assert not diagnostics.items
    return result


# What is right


@pytest.mark.parametrize(
    "text", ["", "\n", "\r\n", "   ", "# only a comment", "/* so\n it is */\n", "\ufeff", "\ufeff# x\n"]
)
def test_a_file_may_be_empty(text):
    result = body(text)
    assert (dict(result.attributes), result.blocks) == ({}, ())


def test_blocks_and_arguments_know_where_they_are():
    text = '# toggles\ntoggle "vitals" {\n  key = "x"\n  requires {\n    at_least = 100\n  }\n}\n\nname = 1\n'
    result = body(text)
    (toggle,) = result.blocks
    assert toggle.title == 'toggle "vitals"'
    assert place(toggle.range) == "2:1-7:2"
    assert place(toggle.header_range) == "2:1-2:16"
    assert place(toggle.labels[0].range) == "2:8-2:16"
    assert place(toggle.body.attributes["key"].name_range) == "3:3-3:6"
    assert place(toggle.body.attributes["key"].value.range) == "3:9-3:12"
    assert toggle.body.blocks[0].type == "requires"
    assert place(result.attributes["name"].range) == "9:1-9:9"


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing():
    result = body('\ufefftoggle "a" {\r\n  key = "x" # why\r\n  n   = [\r\n    1,\r\n  ]\r\n}\r\n')
    key = result.blocks[0].body.attributes["key"]
    assert key.value.parts[0].value == "x"
    assert place(result.blocks[0].range) == "1:1-6:2"
    assert key.range.start.byte == 3 + len('toggle "a" {\r\n  ')


def test_names_and_bytes_beyond_ascii():
    result = body('é = "ü${größe}"\n')
    value = result.attributes["é"].value
    assert value.parts[1].name == "größe"
    assert value.parts[1].range.start.column == 9
    assert value.parts[1].range.start.byte == 10


def test_names_are_the_same_in_every_normal_form():
    assert list(body("e\u0301 = 1\n").attributes) == ["é"]


def test_an_argument_may_have_the_name_of_a_keyword():
    result = body("b {\n  for = 1\n  in = 2\n  if = 3\n  true = 4\n}\n")
    assert list(result.blocks[0].body.attributes) == ["for", "in", "if", "true"]


def test_labels_may_be_bare_words():
    assert body("toggle vital-signs {}\n").blocks[0].labels[0].value == "vital-signs"


def test_a_value_on_several_lines_of_brackets_and_comments():
    result = body("a = [ # one\n  1, // two\n  /* three */ 2\n]\nb = (1\n  + 2)\n")
    assert [item.digits for item in result.attributes["a"].value.items] == ["1", "2"]
    assert isinstance(result.attributes["b"].value.value, Binary)


# What is wrong: one slip each, with what it is called and where


SLIPS = {
    # brackets
    'toggle "a" {\n  key = 1\n': ("1:12-1:13", "Missing closing brace", 'toggle "a"'),
    "a = [1, 2\n": ("1:5-1:6", "Missing closing bracket", ""),
    "a = f(1, 2\nb = 2\n": ("1:6-1:7", "Missing closing parenthesis", ""),
    "t {\n  a = [1,\n  b = 2\n}\n": ("2:7-2:8", "Missing closing bracket", "t"),
    "t {\n  a = {\n    b = 1\n\nt {\n}\n": ("2:7-2:8", "Missing closing brace", "t"),
    "t {\n  a = list(string\n}\n": ("2:11-2:12", "Missing closing parenthesis", "t"),
    'a = "${x"\n': ("1:6-1:8", "Missing closing brace", ""),
    'a = "${f(x"\n': ("1:6-1:8", "Missing closing brace", ""),
    'a = "${x"\nb = 1\n': ("1:6-1:8", "Missing closing brace", ""),
    "a = [1, 2)\n": ("1:10-1:11", "Wrong closing bracket", ""),
    "t {\n  a = [1, 2}\n}\n": ("2:12-2:13", "Wrong closing bracket", "t"),
    'a = "${x]}"\n': ("1:9-1:10", "Wrong closing bracket", ""),
    "}\n": ("1:1-1:2", "Unexpected closing brace", ""),
    "a = 1)\n": ("1:6-1:7", "Unexpected closing parenthesis", ""),
    "a = 1]\n": ("1:6-1:7", "Unexpected closing bracket", ""),
    "t {\n  a = 1)\n}\n": ("2:8-2:9", "Unexpected closing parenthesis", "t"),
    # quotes
    'toggle "a {\n  key = 1\n}\n': ("1:8-1:12", "Missing quote", ""),
    'a = "x\n': ("1:5-1:7", "Missing quote", ""),
    'a = x"\n': ("1:6-1:7", "Missing quote", ""),
    'a = ["x, "y"]\n': ("1:12-1:14", "Missing quote", ""),
    'a = "x\\\n': ("1:5-1:8", "Missing quote", ""),
    'a = "': ("1:5-1:6", "Missing quote", ""),
    'a = "x': ("1:5-1:7", "Missing quote", ""),
    "a = 'it is'\n": ("1:5-1:12", "Single quotes", ""),
    "a = 'it\n": ("1:5-1:6", "Single quotes", ""),
    "a = “curly”\n": ("1:5-1:12", "Curly quotes", ""),
    "a = ‘curly’\n": ("1:5-1:12", "Curly quotes", ""),
    "a = \u201dx\n": ("1:5-1:6", "Curly quotes", ""),
    "title = Hello world\n": ("1:9-1:20", "Missing quotes", ""),
    "soak = 24h\n": ("1:8-1:11", "Missing quotes", ""),
    "n = 1_000\n": ("1:5-1:10", "Invalid number", ""),
    "n = [24h]\n": ("1:6-1:9", "Missing quotes", ""),
    'a = "x" "y"\n': ("1:9-1:12", "Values side by side", ""),
    "a = 1 2\n": ("1:7-1:8", "Values side by side", ""),
    # characters
    "a = 1;\n": ("1:6-1:7", "Invalid character", ""),
    "a = b & c\n": ("1:7-1:8", "Invalid character", ""),
    "a = b ^ c\n": ("1:7-1:8", "Invalid character", ""),
    "a = ²\n": ("1:5-1:6", "Invalid character", ""),
    "a = 1\0\n": ("1:6-1:7", "Invalid character", ""),
    'a = "x\0"\n': ("1:7-1:8", "Invalid character", ""),
    "a = 1\rb = 2\n": ("1:6-1:7", "Invalid character", ""),
    'a = "x\ry"\n': ("1:7-1:8", "Invalid character", ""),
    "a = <<E\nx\ry\nE\n": ("2:2-2:3", "Invalid character", ""),
    "a = 1\x07\n": ("1:6-1:7", "Control character", ""),
    "a =\u00a01\n": ("1:4-1:5", "Invisible character", ""),
    "a = 1\u200b\n": ("1:6-1:7", "Invisible character", ""),
    "a = \udcff\n": ("1:5-1:6", "Invalid text encoding", ""),
    'a = "\udcff"\n': ("1:6-1:7", "Invalid text encoding", ""),
    "<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> other\n": ("1:1-1:13", "Merge conflict marker", ""),
    "a = 1\n=======\n": ("2:1-2:8", "Merge conflict marker", ""),
    "t {\n<<<<<<< HEAD\n": ("2:1-2:13", "Merge conflict marker", "t"),
    "<<<<<<< HEAD\na = 1\n>>>>>>> other": ("1:1-1:13", "Merge conflict marker", ""),
    "a = 1 /* x\n": ("1:7-1:9", "Missing end of comment", ""),
    # heredocs
    "a = <<EOT\nx\n": ("1:5-1:10", "Missing end of heredoc", ""),
    "a = <<EOT\nx\nEOT": ("1:5-1:10", "Missing end of heredoc", ""),
    "a = <<EOT\n${<<EOT\nx\nEOT\n": ("2:1-2:3", "Missing closing brace", ""),
    "a = <<EOT\n${<<EOT\nEOT\n}\nx\n": ("1:5-1:10", "Missing end of heredoc", ""),
    "a = << EOT\nx\nEOT\n": ("1:5-1:11", "Invalid heredoc marker", ""),
    'a = <<"EOT"\nx\nEOT\n': ("1:5-1:12", "Invalid heredoc marker", ""),
    "a = <<\n": ("1:5-1:7", "Invalid heredoc marker", ""),
    "a = <<EOT # why\nx\nEOT\n": ("1:5-1:16", "Invalid heredoc marker", ""),
    "a = <<E“\n": ("1:5-1:9", "Invalid heredoc marker", ""),
    # arguments and blocks
    'toggle "a" = {\n}\n': ("1:12-1:13", "Equals sign before a block", 'toggle "a"'),
    "toggle 2fa {\n}\n": ("1:8-1:9", "Invalid block label", ""),
    "toggle a.b {\n}\n": ("1:9-1:10", "Invalid block label", ""),
    '"a" = 1\n': ("1:1-1:4", "Quoted argument name", ""),
    "t {\n  a: 1\n}\n": ("2:4-2:5", "Colon instead of equals sign", "t"),
    "a == 1\n": ("1:3-1:5", "Comparison instead of argument", ""),
    "a = b = c\n": ("1:7-1:8", "Second equals sign", ""),
    "a.b = 1\n": ("1:2-1:3", "Dot in a name", ""),
    "key\n": ("1:1-1:4", "Invalid block or argument", ""),
    'key "x"\n': ("1:8-1:8", "Missing opening brace", ""),
    't {\n  requires "x" "y"\n}\n': ("2:19-2:19", "Missing opening brace", "t"),
    'toggle "a"\n{\n}\n': ("2:1-2:2", "Opening brace on its own line", ""),
    "a = 1 b = 2\n": ("1:7-1:8", "Missing line end", ""),
    "a = 1, b = 2\n": ("1:6-1:7", "Unexpected comma", ""),
    "t { a = 1 b = 2 }\n": ("1:11-1:12", "Missing line end", "t"),
    "t { a = 1\n}\n": ("1:5-1:6", "Missing line end", "t"),
    "t { b {} }\n": ("1:5-1:6", "Missing line end", "t"),
    "t {\n  a = 1 }\n": ("2:9-2:10", "Missing line end", "t"),
    "t {} u {}\n": ("1:6-1:7", "Missing line end", "t"),
    "= 1\n": ("1:1-1:2", "Invalid block or argument", ""),
    # values
    "a =\n": ("1:4-1:4", "Missing value", ""),
    "t {\n  a = }\n": ("2:7-2:8", "Missing value", "t"),
    "a = 1 +\n": ("1:8-1:8", "Missing value", ""),
    "a = (1 +)\n": ("1:9-1:10", "Missing value", ""),
    "a = x.\n": ("1:7-1:7", "Missing name", ""),
    "percentage = 5%\n": ("1:15-1:16", "Percent sign after a number", ""),
    "t {\n  a = 5%\n}\n": ("2:8-2:9", "Percent sign after a number", "t"),
    't {\n  a = 5 %\n\n  b = "x"\n}\n': ("2:9-2:10", "Percent sign after a number", "t"),
    "a = x.y and z.y\n": ("1:9-1:12", "Word instead of operator", ""),
    "a = not x\n": ("1:5-1:8", "Word instead of operator", ""),
    'a = "x or y" or z\n': ("1:14-1:16", "Word instead of operator", ""),
    "a = [1 2]\n": ("1:8-1:9", "Missing comma", ""),
    "a = f(1 x)\n": ("1:9-1:10", "Missing comma", ""),
    'a = between("24h" "48h")\n': ("1:19-1:24", "Missing comma", ""),
    't {\n  a = {"x" 2}\n}\n': ("2:12-2:13", "Missing equals sign", "t"),
    "a = {x = 1 y = 2}\n": ("1:12-1:13", "Missing comma", ""),
    "a = {x = 1\n, y = 2}\n": ("2:1-2:2", "Comma at the start of a line", ""),
    "a = {for = 1}\n": ("1:6-1:9", "Invalid for expression", ""),
    "a = [for x in y]\n": ("1:16-1:17", "Invalid for expression", ""),
    "a = {x.y = 1}\n": ("1:6-1:9", "Ambiguous key", ""),
    "a = .5\n": ("1:5-1:7", "Invalid number", ""),
    "a = 1.5.6\n": ("1:5-1:10", "Invalid number", ""),
    "a = x.0.1\n": ("1:7-1:10", "Two legacy indexes", ""),
    "a = x.*.y.*\n": ("1:10-1:12", "Nested splat", ""),
    "a = n::f(1)\n": ("1:6-1:8", "Namespaced function", ""),
    "a = n::m::f(1)\n": ("1:5-1:12", "Namespaced function", ""),
    "a = 1\n+ 2\n": ("2:1-2:2", "Expression broken over lines", ""),
    "t {\n  a = 1\n  + 2\n}\n": ("2:8-3:1", "Expression broken over lines", "t"),
    "t {\n  a = x\n  ? 1 : 2\n}\n": ("2:8-3:1", "Expression broken over lines", "t"),
    "a = f(,)\n": ("1:7-1:8", "Invalid expression", ""),
    "a = [1, => 2]\n": ("1:9-1:11", "Invalid expression", ""),
    "a = null()\n": ("1:9-1:10", "Invalid expression", ""),
    "a = x ? 1\n": ("1:10-1:10", "Invalid expression", ""),
    # text
    r'a = "x\q"': ("1:7-1:9", "Invalid escape sequence", ""),
    'toggle "${x}" {}\n': ("1:8-1:14", "Invalid block label", 'toggle "${x}"'),
    "toggle <<E\nx\nE\n{}\n": ("1:8-3:2", "Invalid block label", ""),
    'a = "%{ if x }y"\n': ("1:6-1:15", "Missing end of directive", ""),
    'a = "%{ endif }"\n': ("1:6-1:16", "Unexpected directive", ""),
}


@pytest.mark.parametrize("text", SLIPS, ids=ascii)
def test_a_slip_has_a_name_a_place_and_a_context(text):
    found = mistakes(text)
    assert found[0] == SLIPS[text]
    summaries = {summary for _, summary, _ in found}
    assert len(found) == 1 or summaries & {"Opening brace on its own line", "Invalid block label"}


DETAILS = {
    'toggle "a" = {\n}\n': 'A block has no `=` before its brace. Write `toggle "a" {`.',
    "t {\n  a: 1\n}\n": "An argument is set with `=`: `a = ...`.",
    "a = 'it is'\n": 'Text is written in straight double quotes: `"it is"`.',
    "a = 'say \"x\"'\n": "Text is written in straight double quotes.",
    "soak = 24h\n": '`24h` is neither a number nor a name. Text stands in double quotes: `"24h"`.',
    "title = Hello world\n": 'Several words in a row are text. Text stands in double quotes: `"Hello world"`.',
    'key "x"\n': (
        'A block has a `{` at the end of this line: `key "x" {`. An argument has an equals sign: `key = "x"`.'
    ),
    "a = 1\u200b\n": (
        "What looks like a blank or nothing here is a zero width space (U+200B). Write an ordinary blank, or remove it."
    ),
    "a = .5\n": "A number starts with a digit: `0.5`.",
    "a = x.0.1\n": "Write indexes in brackets: `[0][1]`.",
    "a = [1, => 2]\n": "`=>` can't stand here: a value is expected.",
    "a = 1 +\n": "Behind `+` a value is expected. To go on over several lines, put the expression in parentheses.",
    'a = x"\n': 'This `"` has no partner on its line. The text before it probably lacks its opening `"`.',
    "a = <<EOT\nx\nEOT": "The closing `EOT` is the last thing in the file. Add a line end behind it.",
    "t {\n  a = [1,\n  b = 2\n}\n": "The `[` here is not closed before `b = 2`. Add the `]` that belongs to it.",
    "a = [1\n": "The `[` here is not closed before the end of the file. Add the `]` that belongs to it.",
}


@pytest.mark.parametrize("text", DETAILS, ids=ascii)
def test_the_detail_says_what_to_do(text):
    assert [item.detail for item in diagnose(text)] == [DETAILS[text]]


# Mistakes don't hide each other


def test_every_broken_block_is_reported_and_the_others_are_read():
    text = (
        'toggle "a {\n  key = 1\n}\n'
        'toggle "b" {\n  key = 1 2\n}\n'
        'toggle "c" {\n  key = 3\n}\n'
        'toggle "d" {\n  list = [1,\n  key = 4\n}\n'
        'toggle "e" {\n  key = 5\n\n'
        'toggle "f" {\n  key = "x\\q"\n}\n'
        'toggle "g" {\n  key = 7\n}\n'
    )
    diagnostics = Diagnostics()
    result = parse(Source("main.hcl", text), diagnostics)
    assert [(place(item.range), item.summary) for item in diagnostics.sorted()] == [
        ("1:8-1:12", "Missing quote"),
        ("5:11-5:12", "Values side by side"),
        ("11:10-11:11", "Missing closing bracket"),
        ("14:12-14:13", "Missing closing brace"),
        ("18:11-18:13", "Invalid escape sequence"),
    ]
    assert [block.labels[0].value for block in result.blocks] == ["c", "f", "g"]


def test_several_mistakes_of_one_block_are_reported():
    text = 'toggle "a" {\n  a = "\\q"\n  b = {c = 1 d = 2}\n  a = 3\n}\n'
    assert [summary for _, summary, _ in mistakes(text)] == [
        "Invalid escape sequence",
        "Missing comma",
        "Duplicate argument",
    ]


def test_indentation_shows_which_brace_is_missing():
    text = 'toggle "a" {\n  requires {\n    x = 1\n}\n\ntoggle "b" {\n}\n'
    (found,) = diagnose(text)
    assert place(found.range) == "2:12-2:13"
    assert found.detail == (
        "The block `requires` is not closed before the next one starts. Add a `}` on a line of its own where it ends."
    )
    assert [(place(item.range), item.message) for item in found.related] == [
        ("6:1-6:13", "this block starts inside of it")
    ]


def test_blocks_that_are_not_indented_are_no_mistake():
    result = body('toggle "a" {\nrequires {\nx = 1\n}\n}\n')
    assert result.blocks[0].body.blocks[0].type == "requires"


def test_what_is_behind_an_unclosed_heredoc_or_comment_is_still_read():
    for broken in ("a = <<EOT\nx\n", "/* x\n"):
        diagnostics = Diagnostics()
        result = parse(Source("main.hcl", f'{broken}toggle "b" {{\n  key = 1\n}}\n'), diagnostics)
        assert [item.range.start.line for item in diagnostics] == [1]
        assert [block.title for block in result.blocks] == ['toggle "b"']


def test_an_argument_set_twice_points_at_the_first():
    (found,) = diagnose("t {\n  a = 1\n  a = 2\n}\n")
    assert (place(found.range), found.context) == ("3:3-3:4", "t")
    assert found.detail == "The argument `a` is set twice here. Remove one of the two."
    assert [(place(item.range), item.message) for item in found.related] == [("2:3-2:4", "first set here")]
    assert mistakes("a = 1\nb = 1\na = 2\n") == [("3:1-3:2", "Duplicate argument", "")]


def test_the_first_of_two_values_counts():
    diagnostics = Diagnostics()
    result = parse(Source("main.hcl", "a = 1\na = 2\n"), diagnostics)
    assert result.attributes["a"].value.digits == "1"


# Depth and size


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "(" * 5000 + "1" + ")" * 5000 + "\n",
        "a = " + "[" * 5000 + "]" * 5000 + "\n",
        "a = " + "!" * 5000 + "x\n",
        "a = " + "-" * 5000 + "1\n",
        "a = 1" + " + 1" * 5000 + "\n",
        "a = x" + ".y" * 5000 + "\n",
        "a = " + "x ? y : " * 5000 + "z\n",
        "a = " + '"${' * 5000 + "x" + '}"' * 5000 + "\n",
        'a = "' + "%{ if x }" * 5000 + "%{ endif }" * 5000 + '"\n',
        "b {\n" * 5000 + "}\n" * 5000,
    ],
    ids=["()", "[]", "!", "-", "+", ".", "?", "${", "%{", "{}"],
)
def test_deep_nesting_is_a_diagnostic(text):
    found = diagnose(text)
    assert [item.summary for item in found] == ["Nesting too deep"]
    assert found[0].range.end.column == found[0].range.start.column + 1


def test_reasonable_depth_is_read():
    assert body("a = " + "(" * 90 + "1" + ")" * 90 + "\n").attributes
    assert body("a = " + " && ".join(f"toggle.t{index}" for index in range(90)) + "\n").attributes


def blocks(count):
    return "".join(f'toggle "t{index}" {{\n  key = "k{index}"\n  n   = {index}\n}}\n' for index in range(count))


def test_work_grows_with_the_number_of_blocks(monkeypatch):
    """The grammar sees each form once, however many blocks have it."""
    grammar.read.cache_clear()
    result = body(blocks(500))
    assert len(result.blocks) == 500
    assert grammar.read.cache_info().misses == 1
    starts = [block.start for block in result.blocks]
    assert all(before < after for before, after in pairwise(starts))
    assert result.blocks[321].body.attributes["n"].value.digits == "321"


# The collector


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_as_before(enabled, monkeypatch):
    seen = []
    real = parse_module.mask
    monkeypatch.setattr(
        parse_module, "mask", lambda *args, **named: seen.append(gc.isenabled()) or real(*args, **named)
    )
    was = gc.isenabled()
    try:
        gc.enable() if enabled else gc.disable()
        diagnose("a = ]\n")
        parse_expression(Source("x", "1 +"), Diagnostics())
        assert gc.isenabled() is enabled
    finally:
        gc.enable() if was else gc.disable()
    assert seen == [False, False]


def test_the_collector_is_on_again_after_a_bug(monkeypatch):
    def fail(*_args, **_named):
        raise RuntimeError

    monkeypatch.setattr(parse_module, "mask", fail)
    assert gc.isenabled()
    with pytest.raises(RuntimeError):
        parse(Source("x", ""), Diagnostics())
    assert gc.isenabled()


def test_the_parser_is_imported_on_use():
    code = "import sys, flagstaff.language.parse; print({'hcl2', 'lark'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# Lone expressions


def expression(text):
    diagnostics = Diagnostics()
    return parse_expression(Source("<value for var.x>", text), diagnostics), diagnostics.items


def test_an_expression_may_take_several_lines():
    node, found = expression("\n 1\n +\n 2 # why\n")
    assert not found
    assert isinstance(node, Binary)
    assert isinstance(node.left, Number)
    assert (place(node.range), node.text) == ("2:2-4:3", "1\n +\n 2")


def test_an_expression_may_be_anything():
    node, found = expression('{ a = ["x", -1] }')
    assert not found
    assert isinstance(node.items[0].value.items[0], Template)


@pytest.mark.parametrize(
    ("text", "where", "summary"),
    [
        ("", "1:1-1:1", "Missing expression"),
        (" # nothing\n", "1:1-1:1", "Missing expression"),
        ("1 2", "1:3-1:4", "Missing comma"),
        ("1 +", "1:4-1:4", "Missing value"),
        ("a)", "1:2-1:3", "Unexpected closing parenthesis"),
        ("[a\nb = 1", "1:1-1:2", "Missing closing bracket"),
        ('"x', "1:1-1:3", "Missing quote"),
        ("a = 1", "1:3-1:4", "Second equals sign"),
        ('"\\q"', "1:2-1:4", "Invalid escape sequence"),
        ("a, b", "1:2-1:3", "Invalid expression"),
    ],
)
def test_what_is_no_expression(text, where, summary):
    node, found = expression(text)
    assert node is None
    assert [(place(item.range), item.summary) for item in found] == [(where, summary)]


def test_title_of_a_nested_type():
    assert isinstance(body("a {\n  b {}\n}\n").blocks[0], Block)
