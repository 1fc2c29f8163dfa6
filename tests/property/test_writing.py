"""Written configuration is read back as the toggles that it was written for, whatever their keys are."""

from __future__ import annotations

from datetime import UTC, datetime
from unicodedata import category

from hypothesis import given, settings
from hypothesis import strategies as st

from flagstaff.config.build import build
from flagstaff.config.writing import Existing, files, quoted, undeclarable
from flagstaff.diagnostics import Diagnostics, Severity
from flagstaff.language.parse import parse
from flagstaff.language.source import Source
from flagstaff.model.exposure import Exposure
from flagstaff.model.live import Snapshot
from flagstaff.model.recorded import Recorded, ToggleRecord
from flagstaff.plan.inputs import Evidence, Options
from flagstaff.plan.planner import make_plan
from flagstaff.providers.flipper.dialect import FlipperDialect

NOW = datetime(2026, 1, 27, tzinfo=UTC)
PROVIDER = 'provider "flipper" {\n  source = "embedded"\n  path   = "live.json"\n}\n'
DIALECT = FlipperDialect()

PIECES = st.sampled_from(["${", "%{", "$", "%", "{", "}", '"', "\\", "\n", "\t", " ", "é", "e\u0301", "#", "<<A", "_"])
KEYS = st.one_of(st.text(max_size=20), st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=8).map("".join))
GATES = st.fixed_dictionaries(
    {
        "boolean": st.sampled_from([None, "true"]),
        "percentage_of_actors": st.one_of(st.none(), st.integers(0, 100_000).map(lambda level: str(level / 1000))),
        "actors": st.lists(st.text(max_size=5), max_size=3),
        "groups": st.lists(st.text(max_size=5), max_size=1),
        "percentage_of_time": st.sampled_from([None, "0", "50"]),
    }
)


def read(texts):
    diagnostics = Diagnostics()
    bodies = [parse(Source(name, text), diagnostics) for name, text in texts.items()]
    desired = build(bodies, (), diagnostics, version="0.1.0")
    errors = [item for item in diagnostics if item.severity is Severity.ERROR]
    return desired, errors


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(KEYS, GATES, max_size=8))
def test_it_is_read_back_and_plans_to_nothing(live):
    found = [Existing(key, DIALECT.live(raw), DIALECT.gates(raw)) for key, raw in live.items()]
    made = files([item for item in found if undeclarable(item.key) is None], 'Live in "x"\n${y}')
    desired, errors = read({"main.hcl": PROVIDER} | {file.name: file.text for file in made})
    assert errors == []
    assert {toggle.key for toggle in desired.toggles.values()} == {key for key in live if undeclarable(key) is None}
    exposures = {toggle.key: toggle.exposure for toggle in desired.toggles.values()}
    for item in found:
        if item.key in exposures:
            said = item.live.exposure if isinstance(item.live.exposure, Exposure) else None
            assert exposures[item.key] == said
    records = {a: ToggleRecord(t.key, t.exposure) for a, t in desired.toggles.items() if t.exposure is not None}
    recorded = Recorded("lineage", 1, records)
    plan = make_plan(desired, Snapshot(live, NOW), DIALECT, recorded, Evidence(NOW, "0.1.0"), Options("flipper.sql"))
    assert not plan.has_changes
    assert plan.observed.drift == ()


@given(KEYS)
def test_a_key_is_refused_exactly_where_the_configuration_refuses_it(key):
    """Lone surrogates apart, which no file can hold."""
    if "Cs" in map(category, key):
        return
    desired, errors = read({"main.hcl": f'{PROVIDER}toggle "a" {{\n  key = {quoted(key)}\n}}\n'})
    held = not errors and next(iter(desired.toggles.values())).key == key
    assert held == (undeclarable(key) is None)
