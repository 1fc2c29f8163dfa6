"""Lines that bots look for in what a command prints: tfcmt and Atlantis, which know Terraform's words."""

from __future__ import annotations

import io
import re

import pytest

from flagstaff.views.apply_human import apply_end
from flagstaff.views.console import look_of, make_console, show
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


# What tfcmt takes for an apply that went well; whatever is neither that nor an error it can't read.
APPLIED = re.compile(r"^(Apply complete!|No changes\.)", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def printed(page_for, environment):
    """A page as a command prints it into a pipe."""
    file = io.StringIO()
    console = make_console(file, {"COLUMNS": "80", **environment})
    show(console, page_for(look_of(console)))
    return file.getvalue()


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_in_a_pipe_has_no_colour_and_one_in_colour_has_the_same_lines(samples, name):
    view = getattr(samples, name)()
    plain = printed(lambda look: plan_page(view, look), {})
    assert "\x1b" not in plain
    coloured = printed(lambda look: plan_page(view, look), {"FORCE_COLOR": "1", "TERM": "xterm"})
    assert "\x1b" in coloured or name == "no_changes"
    assert COLOUR.sub("", coloured) == plain
    assert A_PLAN.search(plain)
    assert bool(NOTHING.search(plain)) is bool(UNCHANGED.search(plain)) is (name == "no_changes")


@pytest.mark.parametrize("name", ["success", "partial", "interrupted"])
def test_the_end_of_an_apply_is_one_or_an_error(samples, name):
    outcome = getattr(samples, name)()
    for environment in ({}, {"FORCE_COLOR": "1", "TERM": "xterm"}):
        text = COLOUR.sub("", printed(lambda look: apply_end(outcome, look), environment))
        assert bool(APPLIED.search(text)) is (name == "success")
        assert bool(AN_ERROR.search(text)) is (name != "success")


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
