"""Loading a directory: which files are read, in which order, and what can be wrong with them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flagstaff.config.load import Inputs, Variable, VariableFile, load

PROVIDER = 'provider "flipper" {\n  source = "snapshot"\n}\n'
MAIN = PROVIDER + 'variable "x" {\n  default = "default"\n}\noutput "x" {\n  value = var.x\n}\n'


def write(directory: Path, **files: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return directory


def summaries(loaded):
    return [item.summary for item in loaded.diagnostics]


def x(loaded):
    assert loaded.desired is not None, list(loaded.diagnostics)
    return loaded.desired.outputs["x"].value


def test_files_are_read_by_name(tmp_path):
    write(tmp_path, b__hcl='toggle "a" {\n  key = "2"\n}\n', a__hcl=PROVIDER + 'toggle "a" {\n  key = "1"\n}\n')
    write(tmp_path, c__txt="not read", __hidden__hcl="not = read")
    loaded = load(tmp_path, Inputs())
    assert list(loaded.sources) == ["a.hcl", "b.hcl"]
    (duplicate,) = loaded.diagnostics
    assert (duplicate.summary, str(duplicate.range)) == ("Duplicate block", "b.hcl:1")
    assert loaded.desired is None


def test_precedence(tmp_path):
    directory = write(tmp_path / "va", main__hcl=MAIN)
    elsewhere = write(tmp_path / "elsewhere", one__hclvars='x = "file 1"\n', two__json='{"x": "file 2"}')
    files = (VariableFile(elsewhere / "one.hclvars"), VariableFile(elsewhere / "two.json"))
    environment = {"FLAGSTAFF_VAR_x": "environment", "FLAGSTAFF_VAR_other": "1", "HOME": "/"}
    assert x(load(directory, Inputs())) == "default"
    assert x(load(directory, Inputs(environment=environment))) == "environment"
    for name, text, value in [
        ("flagstaff.hclvars", 'x = "plain"\n', "plain"),
        ("flagstaff.hclvars.json", '{"x": "plain json"}', "plain json"),
        ("a.auto.hclvars", 'x = "auto"\n', "auto"),
        ("a.auto.hclvars.json", '{"x": "auto json"}', "auto json"),
        ("b.auto.hclvars", 'x = "later auto"\n', "later auto"),
    ]:
        (directory / name).write_text(text, encoding="utf-8")
        assert x(load(directory, Inputs(environment=environment))) == value
    first, last = Variable("x", "1"), Variable("x", "last")
    assert x(load(directory, Inputs(files))) == "file 2"
    assert x(load(directory, Inputs(files[::-1]))) == "file 1"
    assert x(load(directory, Inputs((*files, first, last)))) == "last"
    assert x(load(directory, Inputs((first, last, *files)))) == "file 2"
    assert x(load(directory, Inputs((files[1], first, files[0], last)))) == "last"


def test_undeclared_variables(tmp_path):
    write(tmp_path, main__hcl=MAIN, flagstaff__hclvars="y = 1\n")
    loaded = load(tmp_path, Inputs((Variable("z", "1"),), environment={"FLAGSTAFF_VAR_w": "1"}))
    assert [(item.severity, item.summary, item.range and str(item.range)) for item in loaded.diagnostics] == [
        ("warning", "Undeclared variable", "flagstaff.hclvars:1"),
        ("error", "Undeclared variable", None),
    ]


def test_the_values_of_inputs_are_not_shown():
    assert "hunter2" not in repr(Inputs((Variable("token", "hunter2"),), {"FLAGSTAFF_VAR_token": "hunter2"}))


def test_json_values_keep_their_decimals(tmp_path):
    write(tmp_path, main__hcl=MAIN, flagstaff__hclvars__json='{"x": [5.001, true, null, {"a": 0.1}]}')
    assert x(load(tmp_path, Inputs())) == [5.001, True, None, {"a": 0.1}]


@pytest.mark.parametrize(
    ("text", "summary", "place"),
    [
        ('{"x": }', "Invalid JSON", "flagstaff.hclvars.json:1"),
        ("[1]", "Invalid JSON", None),
        ("[" * 100_000, "Invalid JSON", None),
        ('{"x": NaN}', "Invalid JSON", None),
        ('{"x": 1e99999}', "Invalid JSON", None),
        (f'{{"x": 1{"0" * 5000}}}', "Invalid JSON", None),
        ('{"x": "\\ud800"}', "Invalid JSON", None),
    ],
)
def test_json_that_is_none(tmp_path, text, summary, place):
    write(tmp_path, main__hcl=MAIN, flagstaff__hclvars__json=text)
    (item,) = load(tmp_path, Inputs()).diagnostics
    assert (item.summary, item.range and str(item.range)) == (summary, place)


def test_a_variable_file_has_no_blocks(tmp_path):
    write(tmp_path, main__hcl=MAIN, flagstaff__hclvars='toggle "a" {\n}\n')
    assert summaries(load(tmp_path, Inputs())) == ["Block in a variable file"]


def test_a_directory_without_configuration(tmp_path):
    write(tmp_path, main__txt="")
    loaded = load(tmp_path, Inputs())
    assert (loaded.desired, loaded.sources) == (None, {})
    assert summaries(loaded) == ["No configuration files"]
    assert summaries(load(tmp_path / "missing", Inputs())) == ["Directory can't be read"]


def test_a_file_that_is_not_utf_8(tmp_path):
    write(tmp_path, main__hcl=MAIN)
    (tmp_path / "latin.hcl").write_bytes('# ok ü\nx = "'.encode() + b'caf\xe9"\n')
    (item,) = load(tmp_path, Inputs()).diagnostics
    assert item.summary == "Invalid character encoding"
    assert item.detail == '"latin.hcl" is not in UTF-8: there is a byte 0xe9 in it. Save it as UTF-8.'
    assert (item.range.start.line, item.range.start.column, item.range.start.byte) == (2, 9, 16)


def test_files_that_cannot_be_read(tmp_path):
    write(tmp_path, main__hcl=MAIN)
    (tmp_path / "directory.hcl").mkdir()
    (tmp_path / "gone.hcl").symlink_to("nowhere")
    (tmp_path / "round.hcl").symlink_to("round.hcl")
    loaded = load(tmp_path, Inputs((VariableFile(tmp_path / "missing.hclvars"),)))
    assert summaries(loaded) == ["File can't be read"] * 4
    assert {item.detail.split('"')[1].rpartition("/")[2] for item in loaded.diagnostics} == {
        "directory.hcl",
        "gone.hcl",
        "round.hcl",
        "missing.hclvars",
    }


def test_links_stay_inside_of_the_repository(tmp_path):
    write(tmp_path, secret__hcl="")
    inside = write(tmp_path / "repository" / "shared", shared__hcl=PROVIDER).parent
    (inside / ".git").mkdir()
    directory = write(inside / "va", main__hcl=MAIN.removeprefix(PROVIDER))
    (directory / "shared.hcl").symlink_to("../shared/shared.hcl")
    assert x(load(directory, Inputs())) == "default"
    (directory / "zz.hcl").symlink_to(tmp_path / "secret.hcl")
    (directory / "a.auto.hclvars").symlink_to(tmp_path / "secret.hcl")
    loaded = load(directory, Inputs())
    assert summaries(loaded) == ["File outside of the repository"] * 2


def test_a_pipe_in_the_directory_is_not_waited_for(tmp_path):
    directory = write(tmp_path, main__hcl=MAIN)
    os.mkfifo(directory / "pipe.hcl")
    loaded = load(directory, Inputs())
    assert [(one.summary, one.detail) for one in loaded.diagnostics] == [
        ("File can't be read", '"pipe.hcl" is not a file, and was not read. Rename or remove it.')
    ]


def test_lines_of_variable_files_are_not_quoted_where_there_are_secrets(tmp_path):
    write(tmp_path, main__hcl=MAIN, flagstaff__hclvars='x = "plain"\n')
    assert list(load(tmp_path, Inputs()).sources) == ["main.hcl", "flagstaff.hclvars"]
    write(tmp_path, secret__hcl='variable "token" {\n  sensitive = true\n}\n')
    write(tmp_path, flagstaff__hclvars='token = ["hunter2"\n')
    loaded = load(tmp_path, Inputs(environment={"FLAGSTAFF_VAR_token": "hunter2"}))
    assert list(loaded.sources) == ["main.hcl", "secret.hcl"]
    assert loaded.diagnostics.has_errors
    assert "hunter2" not in repr(list(loaded.diagnostics))


def test_syntax_errors_of_all_files_are_said(tmp_path):
    write(tmp_path, a__hcl=MAIN, b__hcl="toggle {{\n", c__hcl="x = = 1\n")
    loaded = load(tmp_path, Inputs())
    assert loaded.desired is None
    assert {item.range.filename for item in loaded.diagnostics} == {"b.hcl", "c.hcl"}
    assert list(loaded.sources) == ["a.hcl", "b.hcl", "c.hcl"]


def test_only_broken_files(tmp_path):
    (tmp_path / "main.hcl").write_bytes(b"\xff")
    loaded = load(tmp_path, Inputs())
    assert summaries(loaded) == ["Invalid character encoding"]
