"""The two rollout plans of the first users: every line leads to a block of configs/va that is there."""

import re
from pathlib import Path

import pytest

from flagstaff.config.load import Inputs, load
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import Exposure

ROOT = Path(__file__).parents[3]
MAP = (ROOT / "docs/explanation/va-plans.md").read_text(encoding="utf-8")
TITLES = {"appointments": "Appointments", "medical_records": "Medical Records"}


@pytest.fixture(scope="module")
def va():
    loaded = load(ROOT / "configs/va", Inputs())
    assert [str(item) for item in loaded.diagnostics] == []
    return loaded.desired


def rows(title):
    """(first line, last line, addresses) of one plan's table."""
    part = MAP.split(f"\n## {title}\n")[1].split("\n## ")[0]
    for lines, addresses in re.findall(r"^\| ([\d-]+) \|.*\| (.*) \|$", part, re.MULTILINE):
        first, _, last = lines.partition("-")
        yield int(first), int(last or first), re.findall(r"`([^`]+)`", addresses)


def known(va):
    """Every address that the map may name."""
    found = set()
    for blocks in (va.products, va.roles, va.toggles, va.blockers, va.monitors, va.triggers, va.rollouts):
        found |= {str(address) for address in blocks} | {str(address.block) for address in blocks}
    for address, product in va.products.items():
        found |= {f"{address}.segment.{segment.name}" for segment in product.segments}
    for address, rollout in va.rollouts.items():
        found |= {str(stage.name) for stage in rollout.stages}
        found |= {f"{address}.risk.{name}" for name in risks(rollout)}
        found |= {f"{address}.document.section.{section.name}" for section in rollout.document.sections}
        found |= {f"{address}.document"} if rollout.document.title else set()
        found |= {f"{address}.document.glossary"} if rollout.document.glossary else set()
    return found


def risks(rollout):
    text = (ROOT / f"configs/va/{rollout.address.name}_rollout.hcl").read_text(encoding="utf-8")
    names = re.findall(r'^  risk "(\w+)"', text, re.MULTILINE)
    assert len(names) == len(rollout.risks)
    return names


@pytest.mark.parametrize("name", TITLES)
def test_every_line_is_in_the_map_once(name):
    text = (ROOT / f"tests/data/plans/{name}.md").read_text(encoding="utf-8").splitlines()
    lines = [number for first, last, _ in rows(TITLES[name]) for number in range(first, last + 1)]
    assert len(lines) == len(set(lines))
    assert {number for number, line in enumerate(text, 1) if line.strip()} <= set(lines)


@pytest.mark.parametrize("name", TITLES)
def test_every_address_of_the_map_is_there(name, va):
    named = {address for _, _, addresses in rows(TITLES[name]) for address in addresses}
    assert len(named) > 25
    assert named - known(va) == set()


def stage(va, rollout, name):
    return next(
        one
        for address, item in va.rollouts.items()
        if address.name == rollout
        for one in item.stages
        if one.name.name == name
    )


def test_what_the_plans_leave_open_is_undecided(va):
    lh = stage(va, "medical_records", "wave_1c_lh")
    assert isinstance(lh.exposure, OpenDecision)
    assert "X%" in lh.exposure.why
    wave = stage(va, "medical_records", "wave_1a")
    assert isinstance(wave.not_before, OpenDecision)
    assert "that day is a Tuesday" in wave.not_before.why
    assert isinstance(wave.soak, OpenDecision)
    assert "?????" in wave.soak.why
    for one in va.rollouts.values():
        if one.address.name == "appointments":
            assert [each.toggles for each in one.stages] == [()] * 4
            assert any("Coming from team" in each.why for each in one.stages[0].open_decisions)
    assert all(decision.place for decision in va.open_decisions)


def test_what_the_plans_say_is_as_they_say_it(va):
    wave, limited = (stage(va, "medical_records", name) for name in ("wave_1a", "limited"))
    assert (wave.exposure, limited.exposure) == (Exposure(5000), Exposure(20_000))
    assert sorted(toggle.name for toggle in wave.toggles) == ["allergies", "care_notes", "labs_and_tests"]
    assert len(limited.toggles) == 6
    assert limited.together
    canary = stage(va, "appointments", "canary")
    assert (canary.at_least, canary.exposure) == (Exposure(1000), Exposure(5000))
    assert stage(va, "medical_records", "wave_1c_scdf").meaning == "SCDF"
