"""The pages of the reference that are made of code: they are current, and the code says enough to make them."""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from flagstaff.config.build import build
from flagstaff.config.monitor_sources import SOURCES
from flagstaff.config.schema.kinds import KINDS
from flagstaff.config.schema.shapes import BlockSchema
from flagstaff.diagnostics import Diagnostics, Failure
from flagstaff.language.parse import parse
from flagstaff.language.source import Source
from flagstaff.model.backends import BACKENDS
from flagstaff.plan.check import CheckName
from flagstaff.providers.flipper.sources import FLIPPER

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"


@pytest.fixture(scope="module")
def made() -> Iterator[dict[str, ModuleType]]:
    """The modules that make the pages, and what they are made with."""
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        names = ("configuration", "diagnostics", "explanations", "functions", "summaries")
        yield {name: importlib.import_module(f"generating.{name}") for name in names}
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "generating":
            del sys.modules[name]


@pytest.mark.parametrize("name", ["configuration", "diagnostics", "functions"])
def test_the_page_is_the_one_that_the_code_makes(made: dict[str, ModuleType], name: str) -> None:
    assert made[name].page(ROOT) == (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")


# Blocks and attributes


def walk(path: str, block: BlockSchema) -> Iterator[tuple[str, BlockSchema]]:
    yield path, block
    for name, nested in block.blocks.items():
        yield from walk(f"{path}.{name}", nested)


BLOCKS = [item for kind, block in KINDS.items() for item in walk(kind, block)]


def test_every_attribute_and_every_block_has_a_meaning() -> None:
    said = {path: block.meaning for path, block in BLOCKS}
    said |= {f"{path}.{name}": one.meaning for path, block in BLOCKS for name, one in block.attributes.items()}
    said |= {f"{path}.*": block.others.meaning for path, block in BLOCKS if block.others is not None}
    for kind, source in SOURCES.items():
        said |= {kind: source.meaning, **{f"{kind}.{name}": one.meaning for name, one in source.attributes.items()}}
    for kind, settings in BACKENDS.items():
        said |= {f"{kind}.{name}": one.meaning for name, one in settings.items()}
    for kind, store in FLIPPER.sources.items():
        said |= {kind: store.meaning, **{f"{kind}.{name}": one.meaning for name, one in store.attributes.items()}}
    said |= {name: one.meaning for name, one in FLIPPER.shared.items()}
    assert len(said) > 150
    assert [path for path, meaning in said.items() if not meaning.strip() or meaning.endswith(".")] == []


TOGGLE = 'toggle "x" {\n  key = "x"\n'
MONITOR = 'monitor "m" {\n  pass_when = measured <= 1\n'
SOURCE = 'source "http_json" {\n  url = "https://monitors.example.gov"\n  value = "/a"\n'
# Each block with a default, as short as it can be; the attribute comes in place of the `@`.
SAMPLES = {
    "flagstaff": "flagstaff {\n@\n}",
    "provider": 'provider "flipper" {\n  source = "snapshot"\n@\n}',
    "variable": 'variable "v" {\n  default = 5\n@\n}',
    "output": 'output "o" {\n  value = 5\n@\n}',
    "toggle": f"{TOGGLE}@\n}}",
    "toggle.requires": f'{TOGGLE}requires {{\n  toggles = [toggle.y]\n@\n}}\n}}\ntoggle "y" {{\n  key = "y"\n}}',
    "policy": "policy {\n@\n}",
    "policy.working_hours": 'policy {\nworking_hours {\n  from = "09:00"\n  to = "17:00"\n@\n}\n}',
    "blocker": 'blocker "b" {\n@\n}',
    "monitor": f"{MONITOR}{SOURCE}}}\n@\n}}",
    "monitor.source": f"{MONITOR}{SOURCE}@\n}}\n}}",
    "rollout.stage": f'{TOGGLE}}}\nrollout "r" {{\nstage "s" {{\n  toggles = [toggle.x]\n  percentage = 5\n@\n}}\n}}',
    "rollout.risk": 'rollout "r" {\nrisk "k" {\n@\n}\n}',
    "removed": "removed {\n  from = toggle.gone\n@\n}",
}
DEFAULTS = [
    (path, name, match[1])
    for path, block in BLOCKS
    for name, attribute in block.attributes.items()
    if (match := re.fullmatch(r"`([^`]+)`", attribute.default)) and name != "type"
]


def built(text: str) -> str:
    """What a configuration means, without its places."""
    diagnostics = Diagnostics()
    provider = "" if "provider " in text else 'provider "flipper" {\n  source = "snapshot"\n}\n'
    source = Source("main.hcl", provider + text)
    desired = build([parse(source, diagnostics)], (), diagnostics, version="0.1.0")
    assert [item.summary for item in diagnostics if item.severity == "error"] == []
    return re.sub(
        r"(\w*range)=(None|Range\(.*?\)\)|R)", r"\1=", re.sub(r"Range\(.*?\), end=.*?\)\)", "R", repr(desired))
    )


@pytest.mark.parametrize(("path", "name", "value"), DEFAULTS, ids=str)
def test_a_default_in_the_reference_is_the_one_that_holds(path: str, name: str, value: str) -> None:
    sample = SAMPLES[path]
    assert built(sample.replace("@", f"  {name} = {value}")) == built(sample.replace("@", ""))


def test_a_table_without_a_place_in_the_page_is_a_mistake(made: dict[str, ModuleType], tmp_path: Path) -> None:
    page = tmp_path / "docs" / "reference" / "configuration.md"
    page.parent.mkdir(parents=True)
    text = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    page.write_text(text.replace("<!-- table: toggle -->", ""), encoding="utf-8")
    with pytest.raises(ValueError, match=r"one place for each table; see: toggle$"):
        made["configuration"].page(tmp_path)


# Functions


def test_an_example_that_is_a_mistake_makes_no_page(made: dict[str, ModuleType]) -> None:
    with pytest.raises(Failure, match='There is no function "uper"'):
        made["functions"].result_of('uper("x")')
    assert made["functions"].result_of('{ "653" = [null, 0.5] }') == '{ "653" = [null, 0.5] }'


# Messages by code


@pytest.fixture(scope="module")
def messages(made: dict[str, ModuleType]) -> dict[str, object]:
    found: dict[str, object] = made["summaries"].Code(ROOT / "provider").messages()
    return found


def test_every_summary_that_a_test_expects_is_in_the_list(messages: dict[str, object]) -> None:
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py") if path != Path(__file__)]
    seen = {summary for text in texts for summary in re.findall(r'\.summary == "([^"]+)"', text)}
    assert len(seen) > 60
    assert sorted(seen - messages.keys()) == []


def test_a_summary_is_terse_fixed_text(messages: dict[str, object]) -> None:
    odd = [text for text in messages if not re.fullmatch(r"(?:[A-Z]|ssh-|pyarrow)[^.…{}\n]{1,59}", text)]
    assert odd == []


def test_every_check_is_explained_and_is_made_somewhere(made: dict[str, ModuleType]) -> None:
    assert set(made["explanations"].CHECKS) == set(CheckName)
    page = (ROOT / "docs" / "reference" / "diagnostics.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### `check/([^`]+)`\n\n(.*?)(?=^###? )", page, re.MULTILINE | re.DOTALL)
    assert [name for name, text in sections if "- **" not in text] == []


def test_what_is_filled_in_later_is_shown_as_any_other_place(made: dict[str, ModuleType]) -> None:
    message = made["summaries"].Message(
        "Lost", details=["{said} The table {schema}.x is lost… {more}", "Write `{ a }`."]
    )
    assert "- … The table ….x is lost…\n- Write `{ a }`.\n" in made["diagnostics"].entry(message)


CODE = "from flagstaff.diagnostics import Failure\n\n\ndef f(name):\n"


def source(directory: Path, body: str) -> Path:
    package = directory / "flagstaff"
    package.mkdir()
    (package / "diagnostics.py").write_text(
        "class Failure:\n    @classmethod\n    def error(cls, summary, detail): ...\n", encoding="utf-8"
    )
    (package / "mine.py").write_text(CODE + body, encoding="utf-8")
    return directory


def test_a_summary_made_of_a_name_is_a_mistake(made: dict[str, ModuleType], tmp_path: Path) -> None:
    code = made["summaries"].Code(source(tmp_path, '    raise Failure.error(f"Bad {name}", "It is bad.")\n'))
    with pytest.raises(ValueError, match=r"mine\.py:5"):
        code.messages()


def test_summaries_are_found_where_they_are_chosen(made: dict[str, ModuleType], tmp_path: Path) -> None:
    body = (
        '    summary, detail = "One", f"{name} is one."\n'
        "    if name:\n"
        '        summary, detail = "Two", "It is two. " + name\n'
        "    raise Failure.error(summary, detail)\n"
    )
    found = made["summaries"].Code(source(tmp_path, body)).messages()
    assert {summary: message.details for summary, message in found.items()} == {
        "One": ["… is one."],
        "Two": ["It is two. …"],
    }


def test_two_summaries_with_one_code_are_a_mistake(made: dict[str, ModuleType]) -> None:
    message = made["summaries"].Message
    with pytest.raises(ValueError, match="have the same code"):
        made["diagnostics"].check_codes({"Not a plan": message("Not a plan"), "Not a plan!": message("Not a plan!")})


def test_an_explanation_of_nothing_is_a_mistake(made: dict[str, ModuleType]) -> None:
    with pytest.raises(ValueError, match=r"said nowhere: .*Curly quotes"):
        made["diagnostics"].check_codes({})
