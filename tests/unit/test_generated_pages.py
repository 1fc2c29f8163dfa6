"""What makes the documents' examples: an edit that a page shows is made, or refused where it can't be."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "docs" / "generating" / "consoles.py"
TEXT = 'blocker "a" {\n  status = "pending"\n}\n\nblocker "b" {\n  status = "pending"\n}\n'


@pytest.fixture(scope="module")
def consoles() -> ModuleType:
    spec = importlib.util.spec_from_file_location("consoles", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_edit_changes_what_it_shows_and_nothing_else(consoles: ModuleType) -> None:
    edit = ' blocker "b" {\n-  status = "pending"\n+  status = "complete"\n@@\n blocker "a" {\n+  note   = "x"\n'
    assert consoles.edited(TEXT, edit) == (
        'blocker "a" {\n  note   = "x"\n  status = "pending"\n}\n\nblocker "b" {\n  status = "complete"\n}\n'
    )


@pytest.mark.parametrize(
    "edit",
    [
        '-  status = "pending"\n+  status = "complete"\n',  # stands there twice
        ' blocker "c" {\n-  status = "pending"\n',  # isn't there
        '-status = "pending"\n+status = "complete"\n',  # is a part of a line only
        ' blocker "a" {\n',  # changes nothing
    ],
)
def test_an_edit_that_is_not_clear_is_refused(consoles: ModuleType, edit: str) -> None:
    with pytest.raises(ValueError, match="This edit can't be made"):
        consoles.edited(TEXT, edit)


def test_a_page_shows_what_its_commands_print_after_its_edits(consoles: ModuleType) -> None:
    root = SOURCE.parents[2]
    first = (root / "configs" / "va" / "main.hcl").read_text(encoding="utf-8").splitlines()[0]
    edit = f"```diff\n--- main.hcl\n-{first}\n+# Changed.\n```\n"
    made = consoles.page(root, f"{edit}\n```console\n$ head -1 main.hcl; echo $LOGNAME\n```\n")
    assert made == f"{edit}\n```console\n$ head -1 main.hcl; echo $LOGNAME\n# Changed.\njo\n```\n"
    assert consoles.page(root, made) == made
