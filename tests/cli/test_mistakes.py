"""A configuration with ten mistakes is told all ten, each at its place, in one run."""

from __future__ import annotations

import json

import pytest

MISTAKES = """\
flagstaff {
  environment = "try-out"
  enviroment  = "twice"
}

provider "flipper" {
  source = "embedded"
  path   = "live.json"
}

produkt "example" {
}

toggle "first" {
  key        = "first_enabled"
  percentage = 101
}

toggle "second" {
  key        = "first_enabled"
  percentage = 5.0001
}

toggle "third" {
  key        = "third_enabled"
  percentage = "many"
}

toggle "fourth" {
  key        = "fourth_enabled"
  percentage = 5
  enabled    = true
}

toggle "fifth" {
  key        = "fifth_enabled"
  percentage = var.wave
  requires {
    toggles = [toggle.frist]
  }
}

toggle "fifth" {
  key = "sixth_enabled"
}
"""

# Summary, line, what the caret is under, and the guess, where there is one.
WANTED = (
    ("Unknown attribute", 3, "enviroment", "environment"),
    ("Unknown block type", 11, "produkt", "product"),
    ("Percentage out of range", 16, "101", ""),
    ("Duplicate key", 20, '"first_enabled"', ""),
    ("Percentage too fine", 21, "5.0001", ""),
    ("Wrong type", 26, '"many"', ""),
    ("Two sources of exposure", 32, "enabled    = true", ""),
    ("Undeclared variable", 37, "var.wave", ""),
    ("Undeclared toggle", 39, "toggle.frist", "first"),
    ("Duplicate block", 43, 'toggle "fifth"', ""),
)


@pytest.fixture
def broken(project):
    project.main(MISTAKES)
    return project


def test_all_ten_are_told_at_once_in_order_each_with_its_line_and_caret(broken):
    ran = broken.run("plan", COLUMNS="200")
    assert (ran.code, ran.out) == (1, "")
    found = ran.err.split("Error: ")[1:]
    assert [text.partition("\n")[0] for text in found] == [summary for summary, *_ in WANTED]
    for text, (_, line, under, guess) in zip(found, WANTED, strict=True):
        lines = text.split("\n")
        assert lines[2].startswith(f"  on main.hcl line {line}")
        quoted, caret = lines[3], lines[4]
        assert quoted.startswith(f"   {line} │ ")
        start = caret.index("^")
        assert quoted[start : start + caret.count("^")] == under
        assert (f'Did you mean "{guess}"?' in text) is bool(guess)


def test_validate_and_plan_say_the_same(broken):
    assert broken.run("validate", COLUMNS="120").out.startswith(broken.run("plan", COLUMNS="120").err)


def test_as_json_they_have_ranges_and_snippets(broken):
    document = json.loads(broken.run("validate", "-json").out)
    assert (document["valid"], document["error_count"], document["warning_count"]) == (False, 10, 0)
    for item, (summary, line, under, _) in zip(document["diagnostics"], WANTED, strict=True):
        assert (item["severity"], item["summary"]) == ("error", summary)
        span, snippet = item["range"], item["snippet"]
        assert (span["filename"], span["start"]["line"]) == ("main.hcl", line)
        code = snippet["code"][snippet["highlight_start_offset"] : snippet["highlight_end_offset"]]
        assert code == under
        assert MISTAKES.encode()[span["start"]["byte"] : span["end"]["byte"]].decode() == under


def test_a_cycle_is_shown_as_a_path_with_its_lines(project):
    project.edit(
        "percentage = var.parent\n", "percentage = var.parent\n  requires {\n    toggles = [toggle.child]\n  }\n"
    )
    ran = project.run("plan", COLUMNS="200")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("Error: ") == 1
    assert "toggle.child" in ran.err
    assert "toggle.parent" in ran.err
    assert ran.err.count("main.hcl") >= 2


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('source = "embedded"', 'source = "embeded"', ['Did you mean "embedded"?']),
        ('path   = "live.json"', 'path   = "nowhere.json"', ["nowhere.json"]),
        ('path   = "live.json"', 'path   = "../../outside.json"', ["outside.json"]),
        ('provider "flipper"', 'provider "fliper"', ['Did you mean "flipper"?']),
        ('backend "local"', 'backend "lokal"', ['Did you mean "local"?']),
        ('path = "state.json"', 'path = "../../state.json"', ["state.json"]),
    ],
)
def test_where_the_stores_are_is_checked_too(project, old, new, words):
    project.edit(old, new)
    ran = project.run("plan", COLUMNS="200")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: ")
    assert all(word in ran.err for word in words), ran.err
    assert "bug" not in ran.err


def test_a_state_that_is_a_loop_of_links_is_no_bug(project):
    (project.path / "state.json").symlink_to("state.json")
    ran = project.run("plan")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: State can't be read\n")
