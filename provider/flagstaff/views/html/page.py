"""A document as one HTML page."""

from __future__ import annotations

from flagstaff.views.html.blocks import section
from flagstaff.views.html.inert import Markup, block, element, joined, text
from flagstaff.views.html.lines import inline
from flagstaff.views.html.style import STYLE
from flagstaff.views.report.model import Report

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(report: Report) -> str:
    """The whole document, its last line ended."""
    head = [
        element("meta", {"charset": "utf-8"}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY}),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        element("title", {}, report.title),
        element("style", {}, Markup(f"\n{STYLE}\n")),
    ]
    body = [
        element("a", {"class": "skip", "href": "#main"}, "To the content"),
        _header(report),
        _contents(report),
        block("main", {"id": "main"}, (section(one, 2, f"s{place}") for place, one in enumerate(report.sections, 1))),
    ]
    whole = block("html", {"lang": "en"}, [block("head", {}, head), block("body", {}, body)])
    return f"<!DOCTYPE html>\n{whole}\n"


def _header(report: Report) -> Markup:
    facts = (
        element("div", {}, element("dt", {}, f"{name}:"), Markup(" "), element("dd", {}, inline(value)))
        for name, value in report.facts
    )
    lead = [element("p", {"class": "lead"}, inline(line)) for line in report.lead]
    title = element("h1", {}, text(report.title))
    return block("header", {}, [title, *lead, *([block("dl", {"class": "facts"}, facts)] if report.facts else [])])


def _contents(report: Report) -> Markup:
    links = (
        element("li", {}, element("a", {"href": f"#s{place}"}, one.title))
        for place, one in enumerate(report.sections, 1)
    )
    return block("nav", {"aria-label": "Contents"}, [block("ol", {}, links)]) if report.sections else joined(())
