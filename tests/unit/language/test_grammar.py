from flagstaff.language.grammar import Rejected, Syntax, read


def test_a_body_without_line_ends():
    body = read("Q = 1\n\nQ {\n}\n")
    assert isinstance(body, Syntax)
    assert [(part.rule, part.start, part.end) for part in body.parts] == [("attribute", 0, 5), ("block", 7, 12)]
    assert [part.rule for part in body.parts[0].parts] == ["identifier", "EQ", "int_lit"]


def test_parentheses_are_a_rule_and_a_term_is_what_it_holds():
    assert read("Q=(Q)").parts[0].parts[2].rule == "parentheses"
    assert read("Q=Q").parts[0].parts[2].rule == "identifier"


def test_says_where_the_text_is_wrong():
    wrong = read("Q = ]\n")
    assert isinstance(wrong, Rejected)
    assert wrong.at == 4
    assert "LSQB" in wrong.expected
    assert read("Q = (1").at == 6
    assert read("Q = ^\n").at == 4
    assert read("Q = \\").at == 4


def test_a_minus_before_a_number_is_an_operator():
    assert read("Q = 1-1\n").parts[0].parts[2].rule == "binary_op"
    assert read("Q = Q -1\n").parts[0].parts[2].rule == "binary_op"
    assert read("Q = -1\n").parts[0].parts[2].rule == "unary_op"


def test_a_form_is_read_once():
    read.cache_clear()
    assert read("Q = 1") is read("Q = 1")
    assert read.cache_info().misses == 1
