"""Lines that bots look for in what a command prints: tfcmt and Atlantis, which know Terraform's words."""

from __future__ import annotations

import re

import pytest

from flagstaff.views.diagnostics import diagnostics_page
from flagstaff.views.look import Look
from flagstaff.views.markdown.plan import plan_markdown
from flagstaff.views.plan_human import plan_page

PLANS = ("canary", "blocked", "undecided", "everything", "no_changes", "drift", "guard_changes", "big")
# What tfcmt takes for a plan, for an error, for a plan that destroys, and for one without changes.
A_PLAN = re.compile(r"^(Plan: \d|No changes\.|Changes to Outputs:)", re.MULTILINE)
AN_ERROR = re.compile(r"^(│\s)?Error: ", re.MULTILINE)
DESTROYS = re.compile(r"[1-9][0-9]* to destroy[.,]")  # Terraform puts what it forgets behind it
NOTHING = re.compile(r"^No changes\.", re.MULTILINE)
# What Atlantis counts, and what it takes for a plan without changes.
COUNTS = re.compile(
    r"Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy(?:, (\d+) to forget)?\."
)
UNCHANGED = re.compile(r"No changes\. (?:Infrastructure is up-to-date|Your infrastructure matches the configuration)\.")


def texts(samples, name):
    view = getattr(samples, name)()
    yield from (plan_page(view, Look(width)).text for width in (60, 80, 200))
    yield plan_markdown(view)


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_is_one(samples, name):
    for text in texts(samples, name):
        assert A_PLAN.search(text)
        assert not AN_ERROR.search(text)
        assert bool(NOTHING.search(text)) is bool(UNCHANGED.search(text)) is (name == "no_changes")
        assert bool(COUNTS.search(text)) is (name != "no_changes")
        assert bool(DESTROYS.search(text)) is (name == "everything")


def test_the_counts(samples):
    for text in texts(samples, "everything"):
        assert COUNTS.search(text).groups() == ("1", "1", "3", "1", "1")


def test_an_error_is_one(samples):
    text = diagnostics_page(samples.mistakes(), samples.SOURCES, Look(80)).text
    assert len(AN_ERROR.findall(text)) == 3
