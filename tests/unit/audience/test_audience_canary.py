"""No id is in any answer, nor in what a log or a traceback would show of the values on the way."""

from __future__ import annotations

import dataclasses
import json
import pickle

from flagstaff.addresses import Address
from flagstaff.audience.advice import advise
from flagstaff.audience.analysis import analyse
from flagstaff.audience.buckets import prepare
from flagstaff.audience.cohorts import Cohorts, People
from flagstaff.audience.files import read_population
from flagstaff.audience.person import explain_person
from flagstaff.audience.question import Gathering
from flagstaff.model.conditions import And
from flagstaff.model.configuration import Requirement

IDS = [f"canary{number}.5f3a@example.gov" for number in range(200)]


def question(small):
    members = tuple(map(small.toggle, "ab"))
    return small.question(
        small.course("a", "5", "20", testers=tuple(IDS[:5])),
        small.course("b", "0", "20", testers=tuple(IDS[3:9])),
        small.course("shared", "on", "on"),
        experiences=[small.experience(f"e_{name}", And((small.is_("shared"), small.is_(name)))) for name in "ab"],
        requirements=(Requirement(members[1], members[0]),),
        sets=(Gathering("both", members, Address("product", "p")),),
    )


def shown(value):
    return f"{value!r} {value!s}"


def test_no_id_in_any_answer(small, tmp_path):
    path = tmp_path / "ids.csv"
    path.write_text("id,segment\n" + "".join(f"{id},vista\n" for id in IDS))
    asked = question(small)
    for population in (small.population(*IDS), read_population(path)):
        answers = [analyse(asked, population), advise(asked, population), explain_person(asked, {"": IDS[0]})]
        assert answers[0].sets[0].after.mixed.count > 0
        assert len(answers[1]) == 1
        assert answers[2].toggles[0].after.has
        for answer in answers:
            plain = [dataclasses.asdict(part) for part in (answer if isinstance(answer, tuple) else [answer])]
            assert "canary" not in shown(answer) + json.dumps(plain)
            assert b"canary" not in pickle.dumps(answer)


def test_no_id_in_what_a_traceback_shows(small, tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("\n".join(IDS))
    asked = question(small)
    population = read_population(path)
    (chunk,) = population.chunks(1_000)
    hashing = asked.dialect.hashing
    people = People(hashing, chunk)
    values = [asked, population, chunk, people, Cohorts(asked, chunk, people), prepare(hashing, chunk.ids[""])]
    assert "canary" not in "".join(map(shown, values))
