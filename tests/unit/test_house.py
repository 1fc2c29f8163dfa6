"""The house rules that no tool checks: sizes, ignored files, the example, the README's commands."""

import ast
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from flagstaff.config.load import Inputs, load

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "provider" / "flagstaff"
EXAMPLE = ROOT / "configs" / "va"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MAKE = (ROOT / "Makefile").read_text(encoding="utf-8")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_file_is_longer_than_400_lines_and_no_function_than_40(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {f"{node.name}:{node.lineno}": (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert len(text.splitlines()) <= 400
    assert {place: length for place, length in lengths.items() if length > 40} == {}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.name == "__init__.py"


def test_no_python_stands_beside_the_package() -> None:
    assert [name(path) for path in (ROOT / "provider").glob("*.py")] == []


def test_state_is_ignored_at_the_top_only(tmp_path: Path) -> None:
    git = shutil.which("git")
    assert git is not None
    subprocess.run([git, "init", "-q", str(tmp_path)], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)

    def ignored(path: str) -> bool:
        return subprocess.run([git, "check-ignore", "-q", path], cwd=tmp_path, check=False).returncode == 0

    assert ignored("state/va.json")
    assert ignored("state/va-live.json")
    assert not ignored("state/README.md")
    assert not ignored("provider/flagstaff/state/state.py")
    assert not ignored("tests/unit/state/test_codec.py")


def test_the_lock_file_pins_every_requirement_with_hashes_and_names_no_place() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z])", text.split("\n", 2)[2])
    assert len(entries) > 30
    assert [entry for entry in entries if not re.match(r"[a-z0-9-]+==\S+( ; .+)? \\\n +--hash=sha256:", entry)] == []
    assert not re.search(r"://|--index|--find-links|^ *-e|@ file|/home/|/tmp/", text, re.MULTILINE)


def test_the_lock_file_covers_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert {re.split(r"[<>=\[]", requirement)[0] for requirement in asked} - set(locked) == set()


LIVE = json.loads((EXAMPLE / "start.json").read_text(encoding="utf-8"))


def test_every_key_of_the_example_is_live_at_the_start_and_some_live_toggles_are_not_in_it() -> None:
    loaded = load(EXAMPLE, Inputs())
    assert list(loaded.diagnostics) == []
    assert loaded.desired is not None
    declared = {toggle.key for toggle in loaded.desired.toggles.values()}
    assert len(declared) == 25
    assert declared - LIVE["features"].keys() == set()
    assert len(LIVE["features"].keys() - declared) == 11


def test_the_start_is_a_flipper_export_with_made_up_testers() -> None:
    gates = {"boolean", "groups", "actors", "expression", "percentage_of_actors", "percentage_of_time"}
    assert LIVE["version"] == 1
    assert {frozenset(feature) for feature in LIVE["features"].values()} == {frozenset(gates)}
    testers = [actor for feature in LIVE["features"].values() for actor in feature["actors"]]
    made_up = re.compile(r"[a-z]+\.[a-z]+@example\.gov|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    assert testers
    assert all(made_up.fullmatch(actor) for actor in testers)


def test_every_make_command_of_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKE, re.MULTILINE))
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    used = {word for page in pages for word in re.findall(r"`?make ([a-z]+)\b`", page.read_text(encoding="utf-8"))}
    assert {"demo", "test"} <= used
    assert used - targets == set()


def test_every_target_is_told_by_help() -> None:
    told = re.findall(r"^#   make ([a-z]+) ", MAKE, re.MULTILINE)
    targets = set(re.findall(r"^([a-z]+):", MAKE, re.MULTILINE)) - {"help"}
    assert set(told) == targets


def links(page: Path) -> list[tuple[str, str]]:
    """The file and the section; "" is the page itself."""
    return re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text(encoding="utf-8"))


def sections(page: Path) -> set[str]:
    """As GitHub names them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_link_between_documents_leads_somewhere() -> None:
    """Those of the site are found by its own making, too; these are read in the repository."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "configs").rglob("*.md")]
    pages += [ROOT / "state" / "README.md", ROOT / "provider" / "README.md"]
    broken = []
    for page in pages:
        for link, section in links(page):
            target = page.parent / link if link else page
            if not target.exists() or (section and section not in sections(target)):
                broken.append((name(page), link, section))
    assert len(pages) > 60
    assert broken == []


def test_sections_are_named_as_on_github(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('# `source = "api"` and 100 %\n```sh\n# no section\n```\n## S3: what\'s there\n')
    assert sections(page) == {"source--api-and-100-", "s3-whats-there"}
