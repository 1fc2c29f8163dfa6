"""What `-diff` prints is what `diff -u` prints, and `patch` takes it."""

import random
import subprocess

from flagstaff.views.differences import unified


def test_nothing_differs():
    assert unified("a\n", "a\n", "x") == ""


def test_a_line_in_the_middle_with_three_lines_around_it():
    old = "".join(f"{n}\n" for n in range(1, 10))
    assert unified(old, old.replace("5", "five"), "dir/main.hcl") == (
        "--- old/dir/main.hcl\n+++ new/dir/main.hcl\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
    )


def test_a_missing_end_of_line_is_told():
    assert unified("a", "b", "x").splitlines()[2:] == [
        *("@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+b", "\\ No newline at end of file"),
    ]


def test_fewer_lines_and_none():
    assert unified("a\nb\nc\n", "a\nc\n", "x").splitlines()[2:] == ["@@ -1,3 +1,2 @@", " a", "-b", " c"]
    assert unified("a\n", "", "x").splitlines()[2:] == ["@@ -1 +0,0 @@", "-a"]
    assert unified("", "a\n", "x").splitlines()[2:] == ["@@ -0,0 +1 @@", "+a"]


def test_only_line_feeds_end_lines():
    assert "-a\u2028\r\n+b\n" in unified("a\u2028\r\n", "b\n", "x")


def test_line_by_line_it_is_what_diff_prints(tmp_path):
    chance = random.Random(1)
    for _ in range(60):
        old = [f"line {n}" for n in range(chance.randint(1, 40))]
        new = [f"{line} changed" if chance.random() < 0.15 else line for line in old]
        ends = chance.choice((("\n", "\n"), ("\n", ""), ("", "\n"), ("", "")))
        texts = ["\n".join(lines) + end for lines, end in zip((old, new), ends, strict=True)]
        for name, text in zip(("old", "new"), texts, strict=True):
            (tmp_path / name).write_text(text, encoding="utf-8")
        command = ["diff", "-u", "--label=old/x", "--label=new/x", str(tmp_path / "old"), str(tmp_path / "new")]
        assert unified(*texts, "x") == subprocess.run(command, capture_output=True, text=True).stdout
