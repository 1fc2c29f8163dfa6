"""Diagnostics as text for people, and as Terraform's `validate -json` document.

The summary line starts at the line's start: tools look for `Error: ` there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flagstaff.diagnostics import Diagnostic, Position, Range, Severity
from flagstaff.language.source import Source
from flagstaff.views.json_text import json_text
from flagstaff.views.look import Look, Page, Piece
from flagstaff.views.snippet import add_snippet, line_numbers
from flagstaff.views.words import count

Sources = Mapping[str, Source]


def diagnostics_page(diagnostics: Iterable[Diagnostic], sources: Sources, look: Look) -> Page:
    page = Page(look)
    for diagnostic in diagnostics:
        add_diagnostic(page, diagnostic, sources)
    return page


def add_diagnostic(page: Page, diagnostic: Diagnostic, sources: Sources) -> None:
    """One message: what, where, the source, and what to do."""
    page.blank()
    error = diagnostic.severity is Severity.ERROR
    page.line(
        Piece("Error: " if error else "Warning: ", "bad" if error else "warn"), Piece(diagnostic.summary, "strong")
    )
    if diagnostic.range is not None:
        page.blank()
        inside = f", in {diagnostic.context}" if diagnostic.context else ""
        _add_place(page, f"on {_place(diagnostic.range)}{inside}", diagnostic.range, sources, diagnostic.label)
    elif diagnostic.address is not None:
        page.blank()
        page.line(f"with {diagnostic.address}", indent=2)
    if diagnostic.detail:
        page.blank()
        page.paragraph(diagnostic.detail, indent=2)
    for related in diagnostic.related:
        page.blank()
        _add_place(page, f"{related.message}: {_place(related.range)}", related.range, sources)


def _place(range: Range) -> str:
    return f"{range.filename} line {range.start.line}"


def _add_place(page: Page, title: str, range: Range, sources: Sources, label: str = "") -> None:
    source = sources.get(range.filename)
    page.paragraph(f"{title}:" if source else title, indent=2)
    if source:
        add_snippet(page, source, range, label=label)
    elif label:
        page.paragraph(label, indent=4)


def validation_page(diagnostics: Iterable[Diagnostic], sources: Sources, look: Look) -> Page:
    """What `validate` prints: the messages, then the verdict."""
    items = tuple(diagnostics)
    page = diagnostics_page(items, sources, look)
    errors = sum(item.severity is Severity.ERROR for item in items)
    page.blank()
    if errors:
        page.line(Piece(f"{count(errors, 'error')}.", "bad"))
    elif items:
        page.line(Piece("Success!", "good"), " The configuration is valid, but there were some warnings.")
    else:
        page.line(Piece("Success!", "good"), " The configuration is valid.")
    return page


def validation_json(diagnostics: Iterable[Diagnostic], sources: Sources) -> str:
    """Terraform's document, format_version "1.0", indented as Terraform prints it; each message has a code besides."""
    items = tuple(diagnostics)
    errors = sum(item.severity is Severity.ERROR for item in items)
    document = {
        "format_version": "1.0",
        "valid": errors == 0,
        "error_count": errors,
        "warning_count": len(items) - errors,
        "diagnostics": [{**diagnostic_json(item, sources), "code": item.code} for item in items],
    }
    return json_text(document, indent=2)


def diagnostic_json(diagnostic: Diagnostic, sources: Sources) -> dict[str, Any]:
    """One message in Terraform's form; absent things are absent keys."""
    made: dict[str, Any] = {
        "severity": diagnostic.severity.value,
        "summary": diagnostic.summary,
        "detail": _whole_detail(diagnostic),
    }
    if diagnostic.address is not None:
        made["address"] = diagnostic.address
    if diagnostic.range is not None:
        made["range"] = range_json(diagnostic.range)
        source = sources.get(diagnostic.range.filename)
        if source is not None:
            made["snippet"] = _snippet_json(diagnostic, diagnostic.range, source)
    return made


def _whole_detail(diagnostic: Diagnostic) -> str:
    """Terraform's form has no place for related ranges, so the detail carries them."""
    lines = [diagnostic.detail, *(f"{item.message}: {_place(item.range)}" for item in diagnostic.related)]
    return "\n".join(line for line in lines if line)


def range_json(range: Range) -> dict[str, Any]:
    return {"filename": range.filename, "start": _position_json(range.start), "end": _position_json(range.end)}


def _position_json(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column, "byte": position.byte}


def _snippet_json(diagnostic: Diagnostic, range: Range, source: Source) -> dict[str, Any]:
    """Offsets are bytes of `code`, as Terraform counts them."""
    first = range.start.line
    last = max(first, range.end.line if range.end.column > 1 else range.end.line - 1)
    code = "\n".join(source.line(number) for number in line_numbers(first, last))
    start = len(source.line(first)[: range.start.column - 1].encode())
    size = len(code.encode())
    return {
        "context": diagnostic.context or None,
        "code": code,
        "start_line": first,
        "highlight_start_offset": min(start, size),
        "highlight_end_offset": min(start + range.end.byte - range.start.byte, size),
        "values": [],
    }
