"""Written configuration: layout, names, comments; what can't be written is refused."""

from __future__ import annotations

import pytest

from flagstaff.config.writing import Existing, block, block_names, files, open_gates, quoted, undeclarable
from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.live import Live, Unrepresentable
from flagstaff.model.live import Testers as People


def existing(key, exposure=OFF, testers=0, gates=None):
    return Existing(key, Live(exposure, People(tuple(map(str, range(testers)))), {}), gates or {})


def test_a_percentage_and_a_switch():
    assert block("a", existing("a", Exposure(5500))) == 'toggle "a" {\n  key        = "a"\n  percentage = 5.5\n}\n'
    assert block("a", existing("a", ON)) == 'toggle "a" {\n  key     = "a"\n  enabled = true\n}\n'


def test_testers_are_counted():
    assert block("a", existing("a", OFF, 1)).startswith("# 1 tester has it besides.\n")
    assert block("a", existing("a", OFF, 12)).startswith("# 12 testers have it besides.\n")


def test_what_no_exposure_says_is_known_only():
    other = existing("a", Unrepresentable("..."), 3, {"percentage_of_time": "12.5", "groups": ["x", "y"]})
    assert block("a", other) == (
        "# Open by percentage_of_time = 12.5 and groups (2).\n"
        "# No percentage says that, so it is known here, and never written.\n"
        'toggle "a" {\n  key = "a"\n}\n'
    )


@pytest.mark.parametrize(
    ("gates", "text"),
    [
        ({"expression": {"email": "ann@example.gov"}}, "expression"),
        ({"boolean": "ann@example.gov"}, "boolean"),
        ({"x": 1, "y": True, "z": None}, "x = 1 and y and z"),
        ({"a\nb": 1.5}, "a\\u000ab = 1.5"),
        ({}, "another gate"),
    ],
)
def test_gates_are_named_without_what_may_be_personal(gates, text):
    assert open_gates(gates) == text


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("a", '"a"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("${a} %{b}", '"$${a} %%{b}"'),
        ("$${", '"$$${"'),
        ("\n\r\t\0", '"\\n\\r\\t\\u0000"'),
        ("größe 😀", '"größe 😀"'),
        ("\U000e0001", '"\\U000e0001"'),
    ],
)
def test_quoting(text, literal):
    assert quoted(text) == literal


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("fine_1", None),
        ('${also} "fine"', None),
        ("", "its key has nothing that can be seen"),
        (" \t", "its key has nothing that can be seen"),
        ("a\t", "its key has white space around it"),
        ("a\nb", "its key has a control character in it"),
        ("a\u200bb", "its key has a control character in it"),
        ("a\ud800", "its key has half of a character in it"),
        ("e\u0301", "its key is not in Unicode's composed form (NFC), and text in HCL is"),
    ],
)
def test_keys_that_no_configuration_can_name(key, why):
    assert undeclarable(key) == why


def test_names_come_from_keys():
    names = block_names(["a.b", "a_b", "a-b", "1x", "é", "A_B", "ok:no"])
    assert names == {
        "a_b": "a_b",
        "a-b": "a-b",
        "A_B": "A_B",
        "a.b": "a_b_2",
        "1x": "_1x",
        "é": "toggle",
        "ok:no": "ok_no",
    }


def test_names_that_are_taken_are_not_given_again():
    assert block_names(["a", "b"], {"a", "a_2"}) == {"a": "a_3", "b": "b"}


def test_file_names_mind_that_some_file_systems_do_not_mind_case():
    made = files([existing(key) for key in ("MHV_1", "mhv_2", "mhv_3", "z")], "h", files_taken={"Mhv.hcl", "OTHER.hcl"})
    assert [file.name for file in made] == ["mhv_2.hcl", "other_2.hcl"]
    assert made[0].keys == ("MHV_1", "mhv_2", "mhv_3")


def test_a_heading_stays_one_line():
    (made,) = files([existing("a")], "x\n}")
    assert made.text.splitlines()[0] == "# x\\u000a}"


def test_ten_thousand_of_one_name():
    assert len(set(block_names([chr(0x4E00 + number) for number in range(10_000)]).values())) == 10_000
