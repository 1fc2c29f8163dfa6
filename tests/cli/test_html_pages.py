"""Pages of the example in a real browser: they fit, load nothing, are accessible, and can be printed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest

from flagstaff.views.html.page import page
from flagstaff.views.report.model import Bullets, Code, Commands, Paragraph, Prose, Report, Section, Table, Text

REPOSITORY = Path(__file__).parents[2]
PAGES = ("plan", "canary", "report", "hostile")
LATER = ["-var", 'secure_messaging_go=["canary","limited"]', "-var", 'medications_go=["canary"]']
LATER += ["-var", 'medical_records_go=["wave_1a"]', "-audience=full"]
LOOKS = [(width, dark) for width in (360, 800, 1400) for dark in (False, True)]
chromium = pytest.mark.service("chromium")


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """A plan that can be applied, one where much is blocked, a report, and a page of what people may have written."""
    root = tmp_path_factory.mktemp("example")
    (root / ".git").mkdir()
    shutil.copytree(REPOSITORY / "configs", root / "configs")
    (root / "state").mkdir()
    shutil.copy(root / "configs/va/start.json", root / "state/va-live.json")
    example = root / "configs/va"
    soon = f"-now={datetime.now(UTC) + timedelta(hours=16):%Y-%m-%dT%H:%M:%SZ}"
    canary = run_in(example, "plan", "-out=canary.plan", "-format=html", code=0)
    run_in(example, "apply", "-auto-approve", "canary.plan", code=0)
    texts = {
        "canary": canary,
        "plan": run_in(example, "plan", soon, *LATER, "-format=html", code=3),
        "report": run_in(example, "report", "rollout", "secure_messaging", soon, "-format=html", code=0),
        "hostile": hostile(),
    }
    assert run_in(example, "show", "-format=html", "canary.plan", code=0).count("<section") > 5
    found = {}
    for name, text in texts.items():
        found[name] = root / f"{name}.html"
        found[name].write_text(text, encoding="utf-8")
    return found


def run_in(example: Path, *arguments: str, code: int) -> str:
    made = subprocess.run([sys.executable, "-m", "flagstaff", *arguments], cwd=example, capture_output=True, text=True)
    assert made.returncode == code, made.stderr
    return made.stdout


def hostile() -> str:
    word = "<script>document.title='hit'</script><img src=http://127.0.0.1:9/x onerror=alert(1)>" + "W" * 10_000
    text = (Text(word), Code(word))
    wide = tuple(text for _ in range(5))
    blocks = (
        Paragraph(text),
        Bullets((text,), ticks=(True,)),
        Commands((word,)),
        Table((word, word), ((text, text),)),
        Table((word,) * 5, (wide,), word),
        Prose(f"# {word}\n\n- {word}\n\n`{word}`\n\n![x](http://127.0.0.1:9/y.png)\n\n|a|b|\n|-|-|\n|{word}|{word}|"),
    )
    return page(Report(word, ((word, text),), (Section(word, (*blocks, Section(word, (Paragraph(text),)))),), (text,)))


@chromium
@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_fits_and_loads_nothing(pages, browser, name, width, dark):
    browser.look(width, dark=dark)
    browser.open(pages[name])
    assert browser.run("[document.documentElement.scrollWidth <= innerWidth, innerWidth]") == [True, width]
    assert browser.requests == [pages[name].as_uri()]
    assert browser.complaints == []
    assert browser.run("document.title") != "hit"
    colour = browser.run("getComputedStyle(document.documentElement).backgroundColor")
    assert colour == ("rgb(22, 23, 26)" if dark else "rgb(255, 255, 255)")


@chromium
@pytest.mark.service("axe")
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["plan", "canary", "report"])
def test_axe_finds_nothing(pages, browser, name, dark):
    browser.look(800, dark=dark)
    browser.open(pages[name])
    (script,) = (REPOSITORY / ".test-tools").glob("axe-*.min.js")
    browser.run(f"{script.read_text(encoding='utf-8')};0")
    found = browser.run(
        "axe.run().then(found => found.violations.map(one => [one.id, one.help, one.nodes.map(node => node.html)]))"
    )
    assert found == []
    assert browser.run("axe.run().then(found => found.passes.length)") > 20


@chromium
def test_axe_and_the_measure_would_find_something(pages, browser, tmp_path):
    """A page that is bad on purpose: the tests above can fail."""
    bad = tmp_path / "bad.html"
    url = escape("http://127.0.0.1:9/x.png")
    bad.write_text(f'<!DOCTYPE html><title>x</title><div style="width: 2000px">x</div><img src="{url}">')
    browser.look(360)
    browser.open(bad)
    assert browser.run("document.documentElement.scrollWidth") > 2000
    assert browser.requests[1:] == [url]
    assert browser.complaints


@chromium
def test_by_keyboard_one_comes_to_the_content_and_to_what_is_wide(pages, browser):
    browser.look(360)
    browser.open(pages["plan"])
    browser.key("Tab")
    assert browser.run("document.activeElement.textContent") == "To the content"
    assert browser.run("document.activeElement.getBoundingClientRect().left >= 0") is True
    links = browser.run("document.querySelectorAll('nav a').length")
    for _ in range(links):
        browser.key("Tab")
    assert browser.run("document.activeElement.textContent").startswith("Open decisions (")
    browser.key("Tab")
    assert browser.run("document.activeElement.className") == "wide"
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@chromium
def test_on_paper_all_is_there_and_nothing_is_cut_off(pages, browser):
    browser.look(800, dark=True, media="print")
    browser.open(pages["plan"])
    assert browser.run("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.run("[...document.querySelectorAll('.wide')].every(one => one.scrollWidth <= one.clientWidth + 1)")
    assert browser.printed().startswith(b"%PDF-")


@chromium
def test_without_colour_the_bars_differ(pages, browser):
    """What ran, what is left of a soak and what is planned differ in their frames, too."""
    browser.look(800)
    browser.open(pages["report"])
    frames = browser.run(
        "['ran', 'soak', 'planned'].map(one => { const style = getComputedStyle(document.querySelector('.' + one));"
        " return [style.stroke === 'none', style.strokeDasharray === 'none', style.fill === 'none'] })"
    )
    assert len({tuple(frame) for frame in frames}) == 3
