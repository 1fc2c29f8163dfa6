"""Whatever a title, key, reason or name holds, a page has our tags and attributes, and no others."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagstaff.addresses import Address
from flagstaff.testing.hostile import STEERING, UNSEEN, poisoned, texts
from flagstaff.views.html.page import page
from flagstaff.views.html.plan import plan_report
from flagstaff.views.report.figures import Arrow, Bar, Bars, Graph, Mark, Node, Period, Row, Span, Timeline
from flagstaff.views.report.inert import seen
from flagstaff.views.report.model import Code, Commands, Link, Paragraph, Prose, Report, Section, Undecided, line

FRAGMENTS = [
    *STEERING,
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</title></style></svg></table></main>",
    '" onclick="alert(1)',
    "' onload='alert(1)",
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
    "https://evil.example",
    "<!-- -->",
    "]]>",
    "&lt;b&gt; &amp; &#x3c;",
    "<a href=javascript:alert(1)>x</a>",
    "{{ x }}",
    "5 %",
]
# Nothing in a page is cut: a longer text would only take longer.
TEXTS = texts(FRAGMENTS, long=1_000).filter(bool)
NOW = datetime(2026, 1, 27, tzinfo=UTC)
# The values of attributes that may hold text from elsewhere: they only name things.
NAMING = {"aria-label", "aria-labelledby"}


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(pair for pair in attrs if pair[0] not in NAMING)))

    def handle_data(self, data):
        self.words += data


def dirty(value, text):
    return poisoned(value, text, kept=(Prose, Link), indexed=True)


@pytest.fixture(scope="session")
def whole(samples):
    """A plan with each kind of section, and each figure."""
    a, b = Address("toggle", "a"), Address("toggle", "b")
    nodes = (Node(a, "a", Mark.UP, "0 %", 0.0, 0.5), Node(b, "b", Mark.STOPPED, "other"))
    span = Span(NOW, NOW + timedelta(days=1), Period.SOAK)
    figures = (
        Graph("t", "d", nodes, (Arrow(a, b, "requires"),)),
        Timeline((Row("t", "s", "x", line("y"), (span,), (line("w"),)),), NOW, ("a", "b")),
        Bars((Bar(line("l"), 0.1, 0.5, line("t")),)),
        Commands(("x",)),
        Paragraph(line(Code("c"), Undecided("u"))),
    )
    report = plan_report(samples.everything())
    made = replace(report, sections=(*report.sections, Section("Figures", figures)))
    return lambda: made


@pytest.fixture(scope="session")
def harmless(whole):
    """The tags and attributes of the page in which nobody wrote anything special."""
    found = Tags(page(dirty(whole(), "harmless"))).found
    return lambda: found


@given(text=TEXTS)
def test_the_tags_and_attributes_are_those_of_a_harmless_text(whole, harmless, text):
    made = page(dirty(whole(), text))
    assert not UNSEEN.search(made)
    assert Tags(made).found == harmless()


@given(text=TEXTS)
def test_links_lead_to_the_web_only_and_prose_has_no_html(text):
    made = page(_document(text))
    for tag, attributes in Tags(made).found:
        assert tag not in {"script", "img", "iframe", "object", "form", "input", "base", "link"}
        for name, value in attributes:
            assert not name.startswith("on")
            assert name != "style"
            assert name != "href" or re.match(r"https?:|mailto:|#", value or "")
    assert not UNSEEN.search(made)


def _document(text):
    return Report(text, ((text, line(text)),), (Section(text, (Prose(text), Paragraph((Link(text),)))),))


@given(text=st.text(max_size=60))
def test_every_character_of_a_text_is_shown(text):
    made = page(Report("t", (), (Section("s", (Commands((text,)),)),)))
    assert seen(text) in Tags(made).words
