import pytest

from flagstaff.language.mask import Heredoc, mask

# text, masked text
PLAIN = [
    ("a = 1\n", "a = 1\n"),
    ("a = 1 # b\n", "a = 1    \n"),
    ("a = 1 // b\n", "a = 1     \n"),
    ("a /* b\nc */ = 1\n", "a           = 1\n"),
    ("a = [\n1,\n]\n", "a = [ 1, ]\n"),
    ("a = (1 # b\n+ 2)\n", "a = (1     + 2)\n"),
    ("a = {\nb = 1\n}\n", "a = {\nb = 1\n}\n"),
    ("a = [{\nb = 1\n}]\n", "a = [{\nb = 1\n}]\n"),
    ("a = {for\nk in l : k\n=> 1}\n", "a = {for k in l : k => 1}\n"),
    ("a = { # c\n/* d */ for k in l : k\n=> 1}\n", "a = {             for k in l : k => 1}\n"),
    ("a = {for_each\n= 1}\n", "a = {for_each\n= 1}\n"),
    ("b {\nfor = 1\n}\n", "b {\nfor = 1\n}\n"),
    ('a = "it is # {"\n', 'a = "xxxxxxxxx"\n'),
    ('a = "$${x} %%{"\n', 'a = "xxxxxxxxx"\n'),
    ('a = "\\"\\\\"\n', 'a = "xxxx"\n'),
    ('a = "x ${ y } z"\n', 'a = "xx${ y }xx"\n'),
    ('a = "${~ y ~}"\n', 'a = "${  y  }"\n'),
    ('a = "%{~ if y ~}z%{~ endif ~}"\n', 'a = "%{  if y  }x%{  endif  }"\n'),
    ('a = "${\n"}"\n}"\n', 'a = "${ "x" }"\n'),
    ("a = b[ * ]\n", "a = b[*]  \n"),
    ("a = 100-50\n", "a = 100-50\n"),
    ("a = x -15\n", "a = x -15\n"),
    ("a = f(1)-1.5\n", "a = f(1)-1.5\n"),
    ('a = "y"-1\n', 'a = "x"-1\n'),
    ("a = x - 15\n", "a = x - 15\n"),
    ("a = x - -15\n", "a = x - -15\n"),
    ("a = -15\n", "a = -15\n"),
    ("a = [1, -15]\n", "a = [1, -15]\n"),
    ("a = x.if -15\n", "a = x.if -15\n"),
    ("a = [for b in -15 : b if -15]\n", "a = [for b in -15 : b if -15]\n"),
    ("a = 1\n-15\n", "a = 1\n-15\n"),
    ("a = !!x\n", "a =  !x\n"),
    ("a = - - 1\n", "a =   - 1\n"),
    ("größe = 1\n", "grQQe = 1\n"),
    ("\ufeffa = 1\n", " a = 1\n"),
    ("a = 1\r\n", "a = 1\r\n"),
    ("a = <<E\nxy\nE\nb = 1\n", 'a = "xxxxxx"\nb = 1\n'),
    ("a = <<-E\n  ${b}\n  E\n", 'a = "xxxxxx${b}xxx"\n'),
    ("a = <<été\nété.\nété\n", 'a = "xxxxxxxxxxxx"\n'),
    ("a = f(<<E\nE\n, 1)\n", 'a = f("xxx" , 1)\n'),
    ("a = <<E\n${f(<<I\nE\nI\n)}\nE\n", 'a = "xxx${f("xxxxx" )}x"\n'),
]


@pytest.mark.parametrize(("text", "masked"), PLAIN, ids=lambda value: ascii(value)[:40])
def test_masks(text, masked):
    result = mask(text)
    assert result.text == masked
    assert len(masked) == len(text)
    assert result.mistakes == ()
    assert not any(item.broken for item in result.items)


def test_what_was_taken_out_is_noted():
    text = 'a = !-!x\nb = "p ${~ q ~} r"\nc = <<-E\n  s\n  E\n'
    result = mask(text)
    assert result.chains == {6: (4, 5)}
    assert result.strips_before == {text.index("${")}
    assert result.strips_after == {text.index("} r")}
    start = text.index("<<")
    assert result.heredocs == {start: Heredoc(flush=True, text_start=start + 5, text_end=start + 9, end=start + 12)}


def items(text):
    return [(text[item.start : item.end], item.broken) for item in mask(text).items]


def test_items_are_the_lines_that_belong_together():
    assert items("\n# x\na = 1\nb {\n c = [\n]\n}\n\nd = 2") == [
        ("a = 1", False),
        ("b {\n c = [\n]\n}", False),
        ("d = 2", False),
    ]


def test_a_brace_on_the_next_line_belongs_to_its_header():
    assert items("b # x\n{\n}\na = 1\n") == [("b # x\n{\n}", False), ("a = 1", False)]


def test_a_brace_goes_with_a_header_only():
    assert items("b {\n}\n{\n}\n") == [("b {\n}", False), ("{\n}", False)]
    assert items("a = 1\n{\n}\n") == [("a = 1", False), ("{\n}", False)]


def test_a_mistake_breaks_its_item_only():
    assert items('a = "x\nb = 1\nc = [1\nd = 2\ne = 3 ^\n') == [
        ('a = "x', True),
        ("b = 1", False),
        ("c = [1\n", True),
        ("d = 2", False),
        ("e = 3 ^", True),
    ]


def test_a_block_without_its_brace_is_cut_where_the_next_one_starts():
    assert items("a {\n b = 1\nc {\n}\nd {\n e {\n}\n") == [
        ("a {\n b = 1\n", True),
        ("c {\n}\n", False),
        ("d {\n e {\n}\n", True),
    ]


def test_a_closing_bracket_without_partner_is_not_said_again():
    result = mask('a "x {\n b = 1\n}\n}\nc = 1\n')
    assert [mistake.summary for mistake in result.mistakes] == ["Missing quote"]
    assert items('a "b" "x\n c = 1\n}\nd = 1\n')[-2:] == [("}", True), ("d = 1", False)]


def test_one_mistake_a_line():
    assert len(mask("a = ^ ^ ^ ^ ]\nb = ^\n").mistakes) == 2


def test_a_lone_expression_has_no_line_ends():
    assert mask("1\n+ {\na = 1\n}\n", expression=True).text == "1 + {\na = 1\n} "


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('a = ["x, 1]\n', 'a = ["     ]\n'),
        ('a = ["x, 1],\n', 'a = ["     ],\n'),
        ('a = f("x)\n', 'a = f(" )\n'),
        ('a "x  {\n}\n', 'a "   {\n}\n'),
        ('a = "x, y\n', 'a = "    \n'),
        ('a = ["~]', 'a = [" ]'),
    ],
)
def test_an_unclosed_string_ends_before_the_brackets_of_its_line(text, masked):
    result = mask(text)
    assert [mistake.summary for mistake in result.mistakes] == ["Missing quote"]
    assert result.text.replace(" ", "") == masked.replace(" ", "")
    assert len(result.text) == len(text)


def test_only_the_last_comment_is_unclosed():
    text = "/* a */ b = 1\n/* c\nd {\n}\n"
    assert [(mistake.start, mistake.summary) for mistake in mask(text).mistakes] == [(14, "Missing end of comment")]
    assert items(text) == [("b = 1", False), ("d {\n}", False)]
