"""The documentation's site in a real browser: pages fit, load nothing, are accessible, and are searched from files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGES = ("index", "start/two-minutes", "how-to/monitors", "reference/configuration", "explanation/comparison")
chromium = pytest.mark.service("chromium")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Not strict: a link that leads nowhere is `make lint`'s business."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--no-strict", "--site-dir", folder]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(command, cwd=REPOSITORY, env=quiet, capture_output=True, check=True)
    return folder


def test_pages_from_outside_the_documents_are_linked_both_ways(site):
    index, security = ((site / name).read_text(encoding="utf-8") for name in ("index.html", "project/security.html"))
    assert 'href="project/security.html"' in index
    assert 'href="../how-to/ci.html"' in security
    assert "https://" not in re.sub(r'<a [^>]*href="https://[^>]*>', "", index)


def test_workflows_and_policies_are_pages_to_copy_from(site):
    text = (site / "how-to" / "ci" / "apply.yml.html").read_text(encoding="utf-8")
    assert 'class="language-yaml highlight"' in text
    assert "apply.yml.html" in (site / "how-to" / "ci.html").read_text(encoding="utf-8")


@chromium
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_pages_fit_and_load_nothing_from_elsewhere(site, browser, width):
    browser.look(width, dark=width == 820)
    for name in PAGES:
        browser.open(site / f"{name}.html")
        assert browser.run("document.documentElement.scrollWidth <= innerWidth"), name
        assert {address.split(":")[0] for address in browser.requests} <= {"file", "data"}, name
        assert browser.complaints == []


@chromium
@pytest.mark.service("axe")
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_in_the_site(site, browser, dark):
    (script,) = (REPOSITORY / ".test-tools").glob("axe-*.min.js")
    browser.look(390, dark=dark)
    for name in ("index", "how-to/monitors", "how-to/watch"):
        browser.open(site / f"{name}.html")
        browser.run(f"{script.read_text(encoding='utf-8')};0")
        found = browser.run("axe.run().then(found => found.violations.map(one => [one.id, one.nodes[0].html]))")
        assert found == [], name


@chromium
def test_the_search_works_without_a_server(site, browser):
    browser.look(1440)
    browser.open(site / "explanation" / "order.html")
    browser.run("document.querySelector('#__search').click()")
    browser.run("document.querySelector('.md-search__input').value = 'soak served'")
    browser.run("document.querySelector('.md-search__input').dispatchEvent(new Event('keyup'))")
    until = time.monotonic() + 20
    while not (found := browser.run("document.querySelector('.md-search-result__link')?.href")):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert found.startswith((site / "decisions" / "0013-soaks-in-one-piece.html").as_uri())


@chromium
def test_of_a_session_only_what_was_typed_is_copied(site, browser):
    browser.open(site / "start" / "two-minutes.html")
    browser.run("document.querySelectorAll('.language-console pre')[1].setAttribute('data-md-copying', '')")
    copied = browser.run("document.querySelectorAll('.language-console pre')[1].innerText.trim()")
    assert copied == "flagstaff apply canary.plan"
