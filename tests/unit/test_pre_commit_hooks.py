"""The hooks that other repositories use: their shape, and that their commands do what they say."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from flagstaff.cli.main import run

ROOT = Path(__file__).parents[2]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}


def test_the_shape_is_pre_commits():
    assert list(HOOKS) == ["flagstaff-fmt", "flagstaff-validate"]
    known = {"id", "name", "description", "entry", "language", "files", "pass_filenames"}
    for hook in HOOKS.values():
        assert set(hook) <= known
        assert hook["language"] == "python"
        assert hook["entry"].startswith("flagstaff ")


@pytest.mark.parametrize(
    ("hook", "matching"),
    [
        ("flagstaff-fmt", {"a.hcl", "x/b.hclvars"}),
        ("flagstaff-validate", {"a.hcl", "x/b.hclvars", "c.auto.hclvars.json"}),
    ],
)
def test_the_files_are_ours(hook, matching):
    names = {"a.hcl", "x/b.hclvars", "c.auto.hclvars.json", "hcl", "a.hcl.txt", "a.tf", "a.json"}
    assert {name for name in names if re.search(HOOKS[hook]["files"], name)} == matching


def entry(hook, *files):
    name, *arguments = shlex.split(HOOKS[hook]["entry"])
    assert name == "flagstaff"
    return run([*arguments, *(files if HOOKS[hook].get("pass_filenames", True) else ())])


def test_fmt_rewrites_the_files_that_it_is_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.hcl", "b.hclvars", "c.hcl"):
        Path(name).write_text("a=1\n", encoding="utf-8")
    with CliRunner().isolation():
        assert entry("flagstaff-fmt", "a.hcl", "b.hclvars") == 0
    assert [Path(name).read_text(encoding="utf-8") for name in ("a.hcl", "b.hclvars", "c.hcl")] == [
        *("a = 1\n", "a = 1\n", "a=1\n"),
    ]


def test_validate_checks_the_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT / "configs" / "va")
    with CliRunner().isolation():
        assert entry("flagstaff-validate", "main.hcl") == 0
    monkeypatch.chdir(tmp_path)
    Path("a.hcl").write_text("toggle {\n", encoding="utf-8")
    with CliRunner().isolation():
        assert entry("flagstaff-validate", "a.hcl") == 1


def test_the_guide_names_every_hook():
    guide = (ROOT / "docs" / "how-to" / "pre-commit.md").read_text(encoding="utf-8")
    configuration = yaml.safe_load(re.search(r"```yaml\n(.*?)```", guide, re.DOTALL)[1])
    used = {hook["id"]: hook for hook in configuration["repos"][0]["hooks"]}
    assert set(used) == set(HOOKS)
    assert used["flagstaff-validate"]["entry"] == "flagstaff -chdir=configs/va validate"
