"""Nothing but blanks is left out, and lines are those of the text outside of literals."""

import pytest

from flagstaff.language.lexemes import lines


def kinds(text):
    return [line[0] for line in lines(text)]


def words(text):
    return [line[1] for line in lines(text)]


def test_a_line_of_each_sort():
    text = 'a = 1 # c\nb "l" {\n  x-y = [in, é.0]\n}\n  '
    assert kinds(text) == [
        ["name", "=", "number", "comment"],
        ["name", "string", "{", "newline"],
        ["name", "=", "[", "in", ",", "name", ".", "number", "]", "newline"],
        ["}", "newline"],
        ["end"],
    ]
    assert words(text)[0] == ["a", "=", "1", "# c\n"]
    assert words(text)[-1] == ["  "]


@pytest.mark.parametrize("name", ["rhésus", "abcdé", "straße", "inxé", "a-b-日", "she\u0301"])
def test_a_name_is_one_lexeme_wherever_its_letters_are_from(name):
    assert words(f"{name} = 1\n")[0] == [name, "=", "1", "\n"]


def test_a_string_without_signs_is_one_lexeme_and_a_template_several():
    assert kinds('"a\\"b"')[0] == ["string", "end"]
    assert kinds('"$a"')[0] == ["quote", "text", "end quote", "end"]
    assert kinds('"a${ {b=1} }%{~ if x ~}"')[0][1:-2] == [
        *("text", "${", "{", "name", "=", "number", "}", "}$", "${", "name", "name", "}$"),
    ]


def test_a_heredoc_is_one_line_whatever_is_in_it():
    text = "a = <<-E\n  ${f(\nx)}\r\n E b\n  E \nc = 1\n"
    found = words(text)
    assert found[0] == ["a", "=", "<<-E\n", "  ", "${", "f", "(", "\n"]
    assert found[1] == ["x", ")", "}", "\r\n", " E b\n", "  E ", "\n"]
    assert found[2] == ["c", "=", "1", "\n"]


def test_a_heredoc_in_a_heredoc():
    assert kinds("<<E\n${<<F\nE\nF\n}\nE\n")[1] == ["}$", "text", "end heredoc", "newline"]


def test_comments_and_line_ends():
    assert words("/* a\nb */ // c\r\n\r\n#")[:2] == [["/* a\nb */", "// c\r\n"], ["\r\n"]]
    assert words("#")[0] == ["#", ""]


def test_a_byte_order_mark_is_left_out():
    assert words("\ufeffa") == [["a", ""]]


@pytest.mark.parametrize(
    "text", ['"a', "a = <<E\n", "a = <<E\nb", "a = <<1\n", '"${a}', "a = ;", "²", "a = 'b'", '"a\n"', "/*"]
)
def test_what_is_no_lexeme_is_an_error(text):
    with pytest.raises(ValueError, match="offset"):
        list(lines(text))


def test_brackets_that_do_not_match_are_the_parsers_business():
    assert kinds("}}]")[0] == ["}", "}", "]", "end"]
