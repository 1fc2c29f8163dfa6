"""The wheel: what it holds, built without a network."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import flagstaff

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    (built,) = out.glob("*.whl")
    return zipfile.ZipFile(built)


def test_flagstaff_is_the_only_top_level_name(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"flagstaff", f"flagstaff-{flagstaff.__version__}.dist-info"}


def test_every_module_and_the_type_marker_are_in(wheel: zipfile.ZipFile) -> None:
    package = ROOT / "provider" / "flagstaff"
    sources = {str(path.relative_to(ROOT / "provider")) for path in package.rglob("*.py")}
    shipped = {name for name in wheel.namelist() if name.startswith("flagstaff/")}
    assert sources <= shipped
    assert "flagstaff/py.typed" in shipped


def test_every_schema_is_in_and_found_there(wheel: zipfile.ZipFile) -> None:
    kept = {path.name for path in (ROOT / "provider" / "flagstaff" / "schemas").glob("*.json")}
    assert kept == {name.rpartition("/")[2] for name in wheel.namelist() if name.startswith("flagstaff/schemas/")}
    installed = {**os.environ, "PYTHONPATH": str(wheel.filename)}
    where = [sys.executable, "-c", "import flagstaff; print(flagstaff.__file__)"]
    found = subprocess.run(where, env=installed, check=True, capture_output=True, text=True)
    assert found.stdout.startswith(str(wheel.filename))
    command = [sys.executable, "-m", "flagstaff", "schema", "plan"]
    printed = subprocess.run(command, env=installed, check=True, capture_output=True, text=True)
    assert printed.stdout == (ROOT / "provider/flagstaff/schemas/plan.json").read_text(encoding="utf-8")


def test_the_command_and_the_licence_are_in(wheel: zipfile.ZipFile) -> None:
    info = f"flagstaff-{flagstaff.__version__}.dist-info"
    assert wheel.read(f"{info}/entry_points.txt").decode().split("\n")[:2] == [
        "[console_scripts]",
        "flagstaff = flagstaff.cli.main:main",
    ]
    assert f"{info}/licenses/LICENSE" in wheel.namelist()


def test_the_metadata_names_what_is_needed_at_run_time_only(wheel: zipfile.ZipFile) -> None:
    metadata = wheel.read(f"flagstaff-{flagstaff.__version__}.dist-info/METADATA").decode()
    needed = [line.split(" ", 1)[1] for line in metadata.splitlines() if line.startswith("Requires-Dist: ")]
    assert [item for item in needed if "extra ==" not in item] == [
        "click>=8.2",
        "httpx>=0.27",
        "markdown-it-py>=3",
        "networkx>=3.2",
        "numpy>=1.26",
        "python-hcl2==8.1.4",
        "pyyaml>=6",
        "rich>=13.7",
        "tzdata",
    ]
