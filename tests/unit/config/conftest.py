"""Configurations from texts, for tests of the configuration layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from flagstaff.config.build import build
from flagstaff.config.variables import Given
from flagstaff.diagnostics import Diagnostic, Diagnostics, Severity
from flagstaff.language.parse import parse
from flagstaff.language.source import Source
from flagstaff.model.configuration import Desired

PROVIDER = 'provider "flipper" {\n  source = "snapshot"\n}\n'


@dataclass(frozen=True)
class Built:
    """What became of a configuration. `said` has a line for each diagnostic, in order."""

    desired: Desired | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> Desired:
        assert self.desired is not None, self.said
        return self.desired

    @property
    def said(self) -> list[str]:
        return [_line(item) for item in self.diagnostics]

    @property
    def only(self) -> Diagnostic:
        assert len(self.diagnostics) == 1, self.said
        return self.diagnostics[0]


def _line(item: Diagnostic) -> str:
    mark = "" if item.severity is Severity.ERROR else "(warning) "
    if item.range is None:
        return f"{mark}{item.summary}"
    start, end = item.range.start, item.range.end
    return f"{item.range.filename}:{start.line}:{start.column}-{end.column} {mark}{item.summary}"


Configure = Callable[..., Built]


@pytest.fixture
def configure() -> Configure:
    """Build texts as files; `main` is main.hcl. A provider block is added where there is none."""

    def run(
        main: str, *, given: Sequence[Given] = (), version: str = "0.1.0", require_values: bool = True, **others: str
    ) -> Built:
        texts = {"main": main, **others}
        if 'provider "' not in "".join(texts.values()):
            texts["zz"] = PROVIDER
        diagnostics, incomplete, bodies = Diagnostics(), set(), []
        for name, text in texts.items():
            found = Diagnostics()
            bodies.append(parse(Source(f"{name}.hcl", text), found))
            diagnostics.extend(found)
            if found.has_errors:
                incomplete.add(f"{name}.hcl")
        desired = build(
            bodies,
            given,
            diagnostics,
            version=version,
            incomplete=frozenset(incomplete),
            require_values=require_values,
        )
        return Built(None if diagnostics.has_errors else desired, diagnostics.sorted())

    return run
