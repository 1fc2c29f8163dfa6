"""`fmt`: which files it finds, what it prints and writes, and how it ends."""

import os
import stat
from pathlib import Path

import pytest

UGLY = "a=1\nbcd = 2\n"
TIDY = "a   = 1\nbcd = 2\n"
DIFF = "--- old/{0}\n+++ new/{0}\n@@ -1,2 +1,2 @@\n-a=1\n+a   = 1\n bcd = 2\n"


@pytest.fixture(name="here")
def here_(new_project):
    """A directory with files of all sorts; in main.hcl there is nothing to do."""
    project = new_project(TIDY, {})
    for name in ("b.hcl", "a.hclvars", "sub/c.hcl", "sub/deep/d.hcl", ".hidden/e.hcl", "old~/f.hcl", ".g.hcl"):
        project.write(name, UGLY)
    project.write("x.tf", UGLY)
    project.write("y.auto.hclvars.json", "{}")
    return project


def read(project, name):
    return (project.path / name).read_bytes().decode()


def test_this_directory_by_name_and_nothing_below(here):
    ran = here.run("fmt")
    assert (ran.code, ran.out, ran.err) == (0, "a.hclvars\nb.hcl\n", "")
    assert read(here, "b.hcl") == read(here, "a.hclvars") == TIDY
    assert read(here, "sub/c.hcl") == read(here, "x.tf") == UGLY
    assert here.run("fmt").out == ""


def test_recursive_but_not_in_hidden_directories(here):
    ran = here.run("fmt", "-recursive")
    assert (ran.code, ran.out) == (0, "a.hclvars\nb.hcl\nsub/c.hcl\nsub/deep/d.hcl\n")
    assert read(here, ".hidden/e.hcl") == read(here, "old~/f.hcl") == read(here, ".g.hcl") == UGLY


def test_files_and_directories_in_the_order_named_and_each_once(here):
    ran = here.run("fmt", "sub", "./b.hcl", "b.hcl", "sub/c.hcl")
    assert (ran.code, ran.out) == (0, "sub/c.hcl\nb.hcl\n")


def test_check_writes_nothing(here):
    before = here.files()
    ran = here.run("fmt", "-check", "-recursive")
    assert (ran.code, ran.out) == (3, "a.hclvars\nb.hcl\nsub/c.hcl\nsub/deep/d.hcl\n")
    assert here.files() == before
    assert here.run("fmt", "-check", "main.hcl").code == 0
    assert here.run("fmt", "-check", "-list=false").out == ""


def test_a_difference_is_shown(here):
    ran = here.run("fmt", "-check", "-diff", "b.hcl", "sub")
    assert ran.out == "b.hcl\n" + DIFF.format("b.hcl") + "sub/c.hcl\n" + DIFF.format("sub/c.hcl")
    ran = here.run("fmt", "-diff", "-write=false", "-list=false", "b.hcl")
    assert (ran.code, ran.out) == (0, DIFF.format("b.hcl"))
    assert read(here, "b.hcl") == UGLY


def test_standard_input_goes_to_standard_output(here):
    ran = here.run("fmt", "-", stdin=UGLY)
    assert (ran.code, ran.out, ran.err) == (0, TIDY, "")
    assert here.run("fmt", "-", stdin=TIDY).out == TIDY
    ran = here.run("fmt", "-check", "-", stdin=UGLY)
    assert (ran.code, ran.out) == (3, "")
    assert here.run("fmt", "-check", "-", stdin=TIDY).code == 0
    assert here.run("fmt", "-diff", "-", stdin=UGLY).out == DIFF.format("<stdin>")


def test_standard_input_stands_alone(here):
    ran = here.run("fmt", "-", "b.hcl")
    assert ran.code == 1
    assert 'A single dash, for standard input, stands alone: "fmt" takes no files beside it.' in ran.err


def test_a_file_with_a_mistake_is_left_and_the_others_are_done(here):
    here.write("broken.hcl", "a=1\nb=\n")
    ran = here.run("fmt")
    assert (ran.code, ran.out) == (2, "a.hclvars\nb.hcl\n")
    assert "Error: Missing value" in ran.err
    assert "on broken.hcl line 2" in ran.err
    assert read(here, "broken.hcl") == "a=1\nb=\n"
    assert here.run("fmt", "-check", "broken.hcl").code == 2
    ran = here.run("fmt", "-", stdin="a=\n")
    assert (ran.code, ran.out) == (2, "")
    assert "on <stdin> line 1" in ran.err


def test_what_is_not_there_or_not_ours(here):
    ran = here.run("fmt", "none", "none.hcl", "x.tf", "b.hcl")
    assert (ran.code, ran.out) == (2, "b.hcl\n")
    assert 'There is no "none" here.' in ran.err
    assert '"none.hcl" can\'t be read: No such file or directory.' in ran.err
    assert '"x.tf" is not formatted: only files that end with .hcl or .hclvars are.' in ran.err


def test_text_that_is_not_utf_8(here):
    (here.path / "b.hcl").write_bytes(b"a = \xff\n")
    ran = here.run("fmt", "b.hcl")
    assert ran.code == 2
    assert '"b.hcl" is not in UTF-8' in ran.err


def test_the_mode_and_a_link_stay(here):
    target = here.write("elsewhere/real.txt", UGLY)
    target.chmod(0o640)
    link = here.path / "link.hcl"
    link.symlink_to("elsewhere/real.txt")
    assert here.run("fmt", "link.hcl").out == "link.hcl\n"
    assert link.is_symlink()
    assert target.read_text() == TIDY
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [path.name for path in target.parent.iterdir()] == ["real.txt"]


def test_a_second_hard_link_has_the_new_text(here):
    os.link(here.path / "b.hcl", here.path / "same.txt")
    assert here.run("fmt", "b.hcl").code == 0
    assert read(here, "same.txt") == TIDY


def test_line_ends_and_a_missing_one_stay(here):
    (here.path / "b.hcl").write_bytes(b"a=1\r\nbcd=2")
    assert here.run("fmt", "b.hcl").code == 0
    assert (here.path / "b.hcl").read_bytes() == b"a   = 1\r\nbcd = 2"


def test_a_link_out_of_the_repository_is_neither_read_nor_written(here, tmp_path):
    inside = here.path
    (inside / ".git").mkdir()
    outside = tmp_path / "outside.hcl"
    outside.write_text(UGLY)
    (inside / "link.hcl").symlink_to(outside)
    ran = here.run("fmt")
    assert ran.code == 2
    assert '"link.hcl" is a link to a file outside of the repository' in ran.err
    assert outside.read_text() == UGLY
    assert here.run("fmt", "link.hcl").code == 0  # who names it means it
    assert outside.read_text() == TIDY


def test_a_link_to_a_directory_is_not_followed(here, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "o.hcl").write_text(UGLY)
    (here.path / "linked").symlink_to(tmp_path / "other")
    assert "linked" not in here.run("fmt", "-recursive").out


def test_a_file_that_cant_be_written(here, monkeypatch):
    (here.path / "b.hcl").chmod(0o444)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).stat().st_mode & 0o200 != 0)  # root may write all
    ran = here.run("fmt", "b.hcl")
    assert ran.code == 2
    assert '"b.hcl" is read-only and was left as it is.' in ran.err
    assert read(here, "b.hcl") == UGLY


def test_a_full_disk_leaves_the_file_and_no_rubbish(here, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    before = here.files()
    ran = here.run("fmt", "b.hcl")
    assert ran.code == 2
    assert '"b.hcl" can\'t be written: No space left on device.' in ran.err
    assert here.files() == before


def test_a_directory_that_cant_be_read(here, monkeypatch):
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    ran = here.run("fmt", "-recursive")
    assert (ran.code, ran.out) == (2, "a.hclvars\nb.hcl\n")
    assert '"sub" can\'t be read: Permission denied.' in ran.err


def test_on_a_terminal_nothing_in_a_difference_acts(here):
    here.write("b.hcl", 'a="\x1b[31m"\n')
    with here.terminal("fmt", "-diff", "b.hcl") as terminal:
        assert terminal.end() == 0
    assert r'-a="\x1b[31m"' in terminal.plain


def test_the_example_is_formatted(va):
    ran = va.run("fmt", "-check", "-diff", "-recursive")
    assert (ran.code, ran.out) == (0, "")


@pytest.mark.parametrize("option", ["-list=no", "-write=1"])
def test_an_option_that_is_true_or_false(here, option):
    ran = here.run("fmt", option)
    assert ran.code == 1
    assert "is true or false, not" in ran.err
