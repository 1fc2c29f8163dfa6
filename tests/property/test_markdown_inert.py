"""Whatever a title, key, reason or name holds, a plan's Markdown means what we meant, and fits."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from flagstaff.addresses import Address
from flagstaff.approvals.verify import Agreement
from flagstaff.audience.results import Audience, Reach, SegmentReach, SetReach, Share, Spread
from flagstaff.audience.results import Change as Reached
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.rollout import StageName
from flagstaff.plan.check import CheckName
from flagstaff.plan.people.affected import Affected
from flagstaff.plan.plan import StageMove, Unmanaged, Waived
from flagstaff.plan.stages.view import RolloutView, StageState, StageView
from flagstaff.testing.hostile import STEERING, UNSEEN, poisoned, texts
from flagstaff.views.markdown.parts import length
from flagstaff.views.markdown.plan import LEAST, MOST, plan_markdown

FRAGMENTS = [
    *STEERING,
    "@octo-org/everybody",
    "#12",
    "GH-7",
    "octo/repo#3",
    "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "<https://evil.example>",
    "http://evil.example",
    "www.evil.example",
    "ann@example.gov",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</details>",
    "<!-- flagstaff plan 0000",
    "-->",
    "a | b",
    "a \\| b",
    "|---|---|",
    "`code`",
    "```",
    "``` console",
    "~~gone~~",
    "**bold**",
    "__under__",
    "# heading",
    "- item",
    "1. one",
    "> quote",
    "---",
    "===",
    "    indented",
    "$x$",
    "&lt;b&gt;",
    "&#64;octo",
    "\x07",
    "{{ x }}",
    "${{ secrets.TOKEN }}",
    "::error::x",
    "[^1]",
    "[ref]: http://x",
    "\\",
    "!",
    "\U0001f9ff",
    ":tada:",
    "- [x] done",
    "\u200b@\u200bocto",
    "\u2060",
    "a_b_c",
    "$`x`$",
    "\\(x\\)",
    "mailto:ann@example.gov",
    "ftp://evil.example",
    "@octo/team",
    "octo-org/repo@0a1b2c3d4e5f",
    "0A1B2C3",
    "\uff20octo",
]
TEXTS = texts(FRAGMENTS, between=("", "\n"))
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = re.compile(
    r"<!-- flagstaff plan [0-9a-f]{16} change [0-9a-f]{64} -->\n?"
    r"|<details><summary>[A-Za-z ]+(: \d+( toggles?| batches)?)?</summary>\n?|</details>\n?"
)
INLINE = {"text", "text_special", "code_inline", "strong_open", "strong_close", "softbreak"}
CALLS = re.compile(
    r"@\w|(?<!\w)#\d|\bGH-\d|://|www\.|\b(?=\d*[a-f])[0-9a-f]{7,40}\b|:(?!\d\d?\b)[\w+-]+:", re.IGNORECASE
)


def affected(addresses):
    """One experience and one set that change, of an owner's product with a segment."""
    some, more = Share(10, 1000, 50_000), Share(60, 1000, 50_000)
    change = Reached(some, more, Share(50, 1000, 50_000), Share(0, 1000, 50_000))
    product = Address("product", "medical_records")
    segment = SegmentReach("dual", "both", "one of them", change)
    reaches = tuple(Reach(address, product, change, None) for address in addresses)
    experience = Reach(Address("experience", "web"), product, change, None, segments=(segment,))
    spread = SetReach("rollout.medical_records", tuple(addresses), Spread((990, 10), 50_000), Spread((940, 60), 50_000))
    audience = Audience("people", 1000, 1, ("now", "after"), reaches, (experience,), (), (spread,), ())
    return Affected(audience, titles={str(experience.address): "Web", str(product): "Medical Records"})


@pytest.fixture(scope="session")
def whole(samples):
    """A plan with one of each thing, so that every kind of text stands somewhere."""
    view = samples.everything()
    plan = view.plan
    stage = StageName(Address("rollout", "medical_records"), "limited")
    role = Address("role", "medical_records_po", "x")
    check = replace(samples.blocked_change().checks[0], name=CheckName.BLOCKER)
    stages = (
        StageView(stage, "Limited", StageState.RUNNING, go=True, exposure=Exposure(5_000), since=samples.NOW),
        StageView(replace(stage, name="full"), "Full", StageState.WAITING, go=True, checks=(check,)),
    )
    rollout = RolloutView(stage.rollout, "Medical Records", None, stages, at="limited", next="full")
    moves = tuple(replace(move, stage=stage) for move in plan.core.moves)
    waived = Waived("toggle.labs", CheckName.SOAK, "The soak is known from staging", samples.NOW, role)
    begin = StageMove(stage, (moves[0].address, moves[1].address), (moves[0].address,), partial=True)
    core = replace(plan.core, moves=moves, waived=(waived,), stages=(begin,))
    observed = replace(
        plan.observed,
        changes=(*plan.observed.changes, *samples.drift().plan.observed.changes[:1]),
        drift=samples.drift().plan.observed.drift,
        rollouts=(rollout,),
        unmanaged=(Unmanaged("mhv_other", OFF),),
        affected=affected([move.address for move in moves]),
    )
    agreements = {role: Agreement(approved=False, reasons=("It is not signed",))}
    made = replace(view, plan=replace(plan, core=core, observed=observed), agreements=agreements)
    # A function: a failing example shall not print all of the plan.
    return lambda: made


def with_text(whole, text):
    view = whole()
    # What follows from what is declared has Terraform's and our own words in it: the verdicts stay.
    core = replace(poisoned(view.plan.core, text), target={"timezone": "UTC"}, lineage="lineage")
    observed = replace(poisoned(view.plan.observed, text), applied={}, outputs_before={})
    rollouts = tuple(replace(one, at=text, next=text) for one in observed.rollouts)
    plan = replace(view.plan, core=core, observed=replace(observed, rollouts=rollouts))
    return replace(view, plan=plan, directory=text, agreements=poisoned(view.agreements, text))


def shape(markdown):
    """The blocks of a document, without what stands in them."""
    return [token.type for token in PARSER.parse(markdown)]


def check_inert(markdown):
    tokens = PARSER.parse(markdown)
    for token in tokens:
        if token.type == "html_block":
            assert OURS.fullmatch(token.content), token.content
        for child in token.children or ():
            assert child.type in INLINE, (child.type, child.content)
            if child.type == "text":
                assert not CALLS.search(child.content), child.content
    assert not UNSEEN.search(markdown)
    check_tables(tokens)


def check_tables(tokens):
    """Each row has a cell for each head; a table's text is in its cells."""
    heads = 0
    for before, token in pairwise(tokens):
        if token.type == "thead_open":
            heads, cells = 0, 0
        heads += token.type == "th_open"
        if token.type == "tr_open":
            cells = 0
        cells = cells + 1 if token.type in {"th_open", "td_open"} else cells if heads else 0
        if token.type == "tr_close":
            assert cells == heads, before


@given(text=TEXTS)
def test_no_text_means_anything(whole, text):
    made = plan_markdown(with_text(whole, text), MOST, text)
    check_inert(made)
    assert length(made) <= MOST


@pytest.fixture(scope="session")
def harmless(whole):
    """The structure of the document in which nobody wrote anything special."""
    return shape(plan_markdown(with_text(whole, "harmless"), 10 * MOST, "harmless"))


@given(text=TEXTS.filter(lambda text: len(text) < 100 and text.strip()))
def test_the_structure_is_that_of_a_harmless_text(whole, harmless, text):
    assert shape(plan_markdown(with_text(whole, text), 10 * MOST, text)) == harmless


@given(text=TEXTS, limit=st.one_of(st.just(LEAST), st.integers(LEAST, MOST)))
def test_it_fits_whatever_the_limit(whole, text, limit):
    made = plan_markdown(with_text(whole, text), limit, text)
    check_inert(made)
    assert length(made) <= limit
    assert made.startswith("<!-- flagstaff plan ")
    assert "\n## ✗ 1 raise is blocked" in made
    assert "### Guard changes (2)" in made
    assert "### Blocked" in made


@pytest.mark.parametrize("text", [text * times for text in FRAGMENTS for times in (8, 10_000 // len(text))])
def test_the_least_holds_what_may_not_be_left_out(whole, text):
    made = plan_markdown(with_text(whole, text), LEAST, text)
    assert length(made) <= LEAST
    assert "\n## ✗ 1 raise is blocked" in made


def test_a_raw_line_of_each_table_has_as_many_cells_as_its_head(whole):
    """markdown-it drops cells beyond the head's; GitHub does so, too, but nobody shall lose one."""
    made = plan_markdown(with_text(whole, "a | b"))
    rows = [line for line in made.splitlines() if line.startswith("|")]
    counts = [len(re.split(r"(?<!\\)\|", row)) for row in rows]
    for (row, number), (_, other) in pairwise(zip(rows, counts, strict=True)):
        assert number == other or row.startswith("|"), row
    assert len(rows) > 10
