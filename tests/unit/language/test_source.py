from flagstaff.diagnostics import Position
from flagstaff.language.source import Source


def test_positions_count_code_points_and_bytes():
    source = Source("x", "aé😀b\nc")
    assert source.position(3) == Position(1, 4, 7)
    assert source.position(5) == Position(2, 1, 9)
    assert source.position(6) == Position(2, 2, 10)


def test_a_byte_order_mark_has_bytes_and_no_column():
    source = Source("x", "\ufeffab\nc")
    assert source.position(0) == Position(1, 1, 0)
    assert source.position(1) == Position(1, 1, 3)
    assert source.position(3) == Position(1, 3, 5)
    assert source.position(4) == Position(2, 1, 6)
    assert [source.line(number) for number in (1, 2)] == ["ab", "c"]


def test_text_that_is_not_valid_has_positions():
    assert Source("x", "\udcffa\n").position(1) == Position(1, 2, 3)


def test_lines_come_without_their_ends():
    source = Source("x", "a\r\n\nb")
    assert [source.line(number) for number in range(5)] == ["", "a", "", "b", ""]


def test_a_range_names_the_file():
    assert str(Source("main.hcl", "a\nb").range(2, 3)) == "main.hcl:2"
    assert repr(Source("main.hcl", "")) == "Source('main.hcl')"
