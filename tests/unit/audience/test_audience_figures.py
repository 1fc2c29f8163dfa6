"""The figures that a rollout's people are told, from the example's real keys, against a recount the slow way."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import uuid
import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from flagstaff.addresses import Address
from flagstaff.audience.advice import advise
from flagstaff.audience.analysis import analyse
from flagstaff.audience.cohorts import Cohorts
from flagstaff.audience.population import Chunk, Population, made_up_mails, made_up_uuids
from flagstaff.audience.question import Course, Gathering, Question
from flagstaff.audience.results import Audience
from flagstaff.config.load import Inputs, load
from flagstaff.model.configuration import Product, Requirement
from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.live import Unrepresentable
from flagstaff.plan.codec import _decode, encode
from flagstaff.providers.flipper.dialect import FlipperDialect

EXAMPLE = Path(__file__).resolve().parents[3] / "configs" / "va"
SIX = ("allergies", "care_notes", "conditions", "labs_and_tests", "vaccines", "vitals")
PEOPLE = 200_000


def toggle(name):
    return Address("toggle", name)


@cache
def desired():
    return load(EXAMPLE, Inputs()).desired


@cache
def ids():
    chance = random.Random(6)
    return tuple(str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(PEOPLE))


@cache
def cohort(key, level):
    """The slow way: who has it."""
    return frozenset(id for id in ids() if zlib.crc32((key + id).encode()) % 100_000 < level * 1000)


@cache
def held(level):
    """For each person, how many of the six they have."""
    cohorts = [cohort(desired().toggles[toggle(name)].key, level) for name in SIX]
    return tuple(sum(id in one for one in cohorts) for id in ids())


def population():
    return Population("the test's", lambda _: iter([Chunk(PEOPLE, {"": [id.encode() for id in ids()]})]))


def question(default=OFF, **exposures):
    """The example, with these exposures at the end, all off at the start."""
    found = desired()
    return Question(
        FlipperDialect(),
        {
            address: Course(address, item.key, (OFF, exposures.get(address.name, default)), item.product)
            for address, item in found.toggles.items()
        },
        found.experiences,
        found.products,
        tuple(item for one in found.toggles.values() for item in one.requirements),
        (Gathering("the six", tuple(map(toggle, SIX)), Address("product", "medical_records")),),
    )


def at(level):
    return Exposure(level * 1000)


def six_at(level, **others):
    return question(**dict.fromkeys(SIX, at(level)), **others)


def by_name(reaches, name):
    (found,) = [reach for reach in reaches if reach.address.name == name]
    return found


@pytest.mark.parametrize("make", [population, made_up_uuids, made_up_mails])
@pytest.mark.parametrize(
    ("level", "at_least_one", "every", "mixed"), [(5, 1 - 0.95**6, 0.0, 0.265), (20, 0.738, 0.0, 0.738)]
)
def test_six_toggles_are_not_one(make, level, at_least_one, every, mixed):
    (found,) = analyse(six_at(level), make()).sets
    assert found.before.at_least_one.count == found.before.mixed.count == 0
    assert found.after.at_least_one.part == pytest.approx(at_least_one, abs=0.01)
    assert found.after.all.part == pytest.approx(every, abs=0.001)
    assert found.after.mixed.part == pytest.approx(mixed, abs=0.01)


@pytest.mark.parametrize("level", [5, 20])
def test_the_six_are_those_of_the_slow_way(level):
    audience = analyse(six_at(level), population())
    assert audience.sets[0].after.distribution == tuple(held(level).count(number) for number in range(7))
    assert audience.sets[0].after.at_least_one.part == pytest.approx({5: 0.265, 20: 0.738}[level], abs=0.005)
    assert audience.sets[0].after.at_least_one.number == round(1_200_000 * sum(map(bool, held(level))) / PEOPLE)


def test_the_made_up_are_like_the_test_s_within_the_error():
    for make in (made_up_uuids, made_up_mails):
        spread = analyse(six_at(20), make()).sets[0].after
        low, high = spread.mixed.bounds
        assert low - 0.004 < sum(0 < number < 6 for number in held(20)) / PEOPLE < high + 0.004


def test_two_times_five_percent_is_a_quarter_percent():
    audience = analyse(six_at(5, uhd=ON, **{"global": at(5)}), population())
    reach = by_name(audience.experiences, "allergies_web")
    expected = cohort("mhv_accelerated_delivery_enabled", 5) & cohort("mhv_accelerated_delivery_allergies_enabled", 5)
    assert reach.change.after.count == reach.change.gained.count == len(expected)
    assert reach.change.after.part == pytest.approx(0.0025, abs=0.0005)
    assert [share.part for share in reach.nominal] == pytest.approx([0.0, 0.05], abs=0.002)
    assert reach.nominal[1].number == pytest.approx(60_000, abs=2_000)
    assert reach.misleads
    assert not by_name(audience.experiences, "allergies_mobile").misleads
    assert not audience.changes_no_experience
    assert by_name(audience.toggles, "allergies").change.after.number == pytest.approx(60_000, abs=2_000)


def test_a_toggle_behind_one_that_is_off_changes_nothing_for_anybody():
    audience = analyse(six_at(5), population())
    assert audience.changes_no_experience
    assert by_name(audience.toggles, "allergies").change.gained.part == pytest.approx(0.05, abs=0.002)
    assert by_name(audience.experiences, "allergies_web").change.after.exact


def test_who_gets_medications_lacks_allergies():
    audience = analyse(question(medications=at(5), allergies=at(5), labs_and_tests=at(100)), population())
    first, second = audience.requirements
    meds = cohort("mhv_medications_cerner_pilot", 5)
    assert (first.child, first.parent) == (toggle("medications"), toggle("allergies"))
    assert first.having[1].count == len(meds)
    assert first.lacking[1].count == len(meds - cohort("mhv_accelerated_delivery_allergies_enabled", 5))
    assert first.lacking[1].count / first.having[1].count == pytest.approx(0.95, abs=0.01)
    assert first.lacking[1].number == pytest.approx(47_500, abs=2_000)
    assert first.lacking[0].count == 0
    assert second.lacking[1].count == 0


def test_the_advice_is_a_percentage_on_the_shared_toggle():
    """UHD is what the website and the app both ask for."""
    (advice,) = advise(six_at(20, uhd=ON, **{"global": ON}), population())
    assert (advice.set, advice.shared, advice.exposure) == ("the six", toggle("uhd"), at(20))
    assert advice.others == tuple(map(toggle, SIX))
    assert f"{advice.planned.mixed.part:.0%}" == "74%"
    assert advice.advised.mixed.count == 0
    assert advice.advised.all.count == len(cohort("mhv_accelerated_delivery_uhd_enabled", 20))
    assert advice.also == (Address("experience", "medications_mobile"),)


@pytest.mark.parametrize(
    ("first", "second", "share"), [("notify", "signup_report", 0.029), ("admin_api", "v3_mobile_notify", 0.0)]
)
@pytest.mark.parametrize("make", [population, made_up_uuids])
def test_names_that_a_checksum_makes_alike_or_opposite(first, second, share, make):
    """CRC-32 is affine: the two names decide how many people have both, not chance."""
    courses = {toggle(name): Course(toggle(name), name, (OFF, at(5))) for name in (first, second, "of_no_concern")}
    asked = Question(FlipperDialect(), courses, requirements=(Requirement(toggle(first), toggle(second)),))
    (pair,) = analyse(asked, make()).pairs
    assert (pair.first, pair.second) == (toggle(first), toggle(second))
    assert pair.both.part == pytest.approx(share, abs=0.001)
    assert pair.expected == pytest.approx(0.0025, abs=0.0002)
    assert pair.ratio == pytest.approx(share / 0.0025, abs=0.8)
    assert pair.is_odd
    if make is population:
        assert pair.both.count == len(cohort(first, 5) & cohort(second, 5))


def test_an_audience_can_be_kept_in_a_plan_and_read_without_numpy():
    audience = analyse(question(at(5), uhd=ON, **{"global": Unrepresentable("percentage_of_time = 5")}), population())
    kept = json.dumps(encode(audience))
    assert _decode(Audience, json.loads(kept), "audience") == audience
    program = "import flagstaff.audience.results, flagstaff.audience.question, sys; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"


def test_segments_take_part_with_what_on_and_off_mean():
    audience = analyse(question(secure_messaging=at(20)), population())
    parts = {part.name: part for part in by_name(audience.toggles, "secure_messaging").segments}
    assert set(parts) == {"vista", "oracle", "dual"}
    assert parts["oracle"].on == "Oracle Health messages and recipients are there"
    assert parts["oracle"].off == "no Oracle Health messages"
    assert parts["oracle"].change.after.of == pytest.approx(0.02 * PEOPLE, rel=0.1)
    assert parts["oracle"].change.after.people == 18_000
    assert sum(part.change.after.of for part in parts.values()) == PEOPLE
    for part in parts.values():
        low, high = part.change.gained.bounds
        assert low - 0.01 < 0.2 < high + 0.01


def test_the_same_people_are_vista_patients_in_every_product():
    found = desired()
    one, other = (Address("product", name) for name in ("medical_records", "secure_messaging"))
    swapped: Product = replace(found.products[other], segments=tuple(reversed(found.products[other].segments)))
    asked = replace(question(), products={one: found.products[one], other: swapped})
    cohorts = Cohorts.of(asked, next(population().chunks(1)), FlipperDialect().hashing)
    for name in ("vista", "oracle", "dual"):
        assert (cohorts.segment(one, name) == cohorts.segment(other, name)).all()
