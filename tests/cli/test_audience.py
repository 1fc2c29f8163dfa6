"""`audience`, and the section of a plan: figures, what-ifs, one person, files of people, and no id anywhere."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import uuid
import zlib

import pytest

from flagstaff.providers.flipper.dialect import FlipperDialect

SIX = ("allergies", "care_notes", "conditions", "labs_and_tests", "vaccines", "vitals")
KEYS = {name: f"mhv_accelerated_delivery_{'vital_signs' if name == 'vitals' else name}_enabled" for name in SIX} | {
    "global": "mhv_accelerated_delivery_enabled",
    "medications": "mhv_medications_cerner_pilot",
}
PEOPLE = 40_000


def sets(**levels):
    return [f"-set=toggle.{name.rstrip('_')}={level}" for name, level in levels.items()]


def asked(project, *arguments):
    ran = project.run("audience", "-json", *arguments)
    assert ran.code == 0, ran.both
    return json.loads(ran.out)


def reach(found, address):
    (one,) = [item for item in (*found["experiences"], *found["toggles"]) if item["address"] == address]
    return one


def of_set(found, name):
    (one,) = [item for item in found["sets"] if item["name"] == name]
    return one["after"]


def within(share, low, high):
    """Whether the figure is that, as far as the sample can say."""
    assert share["low"] <= high / 100
    assert share["high"] >= low / 100


@pytest.fixture(scope="module")
def ids():
    chance = random.Random(7)
    return [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(PEOPLE)]


@pytest.fixture
def file(va, ids):
    return str(va.write("people.txt", "\n".join(ids)))


def cohort(ids, name, level):
    """The slow way: who has it."""
    return {id for id in ids if zlib.crc32((KEYS[name] + id).encode()) % 100_000 < level * 1000}


# ---- the figures ----


@pytest.mark.parametrize(("level", "some", "all_"), [(5, 26.3, 0.0), (20, 73.6, 0.0)])
def test_six_toggles_reach_more_than_any_of_them(va, ids, file, level, some, all_):
    asks = sets(**dict.fromkeys(SIX, level))
    whole = of_set(asked(va, *asks), "rollout.medical_records")
    assert abs(whole["at_least_one"]["share"] * 100 - some) < 0.6
    within(whole["all"], 0, 0.05)
    recounted = of_set(asked(va, *asks, "-population", file), "rollout.medical_records")
    cohorts = [cohort(ids, name, level) for name in SIX]
    held = [sum(id in one for one in cohorts) for id in ids]
    assert recounted["distribution"] == [held.count(number) for number in range(7)]
    assert recounted["mixed"]["share"] == pytest.approx(sum(0 < n < 6 for n in held) / PEOPLE, abs=1e-6)


def test_a_switch_above_takes_most_of_it_away(va, ids, file):
    asks = sets(global_=5, allergies=5)
    found = asked(va, *asks)
    one = reach(found, "experience.allergies_web")
    within(one["change"]["after"], 0.25, 0.27)
    assert one["misleads"]
    recounted = reach(asked(va, *asks, "-population", file), "experience.allergies_web")
    both = cohort(ids, "global", 5) & cohort(ids, "allergies", 5)
    assert recounted["change"]["after"]["share"] == pytest.approx(len(both) / PEOPLE, abs=1e-6)


def test_most_who_get_the_new_medications_lack_the_new_allergies(va, ids, file):
    asks = sets(medications=5, allergies=5)

    def lacking(found):
        (one,) = [item for item in found["requirements"] if item["parent"] == "toggle.allergies"]
        then = one["moments"][-1]
        return then["lacking"]["share"] / then["having"]["share"]

    assert 0.94 < lacking(asked(va, *asks)) < 0.955
    having = cohort(ids, "medications", 5)
    slow = len(having - cohort(ids, "allergies", 5)) / len(having)
    assert lacking(asked(va, *asks, "-population", file)) == pytest.approx(slow, abs=1e-4)


def test_the_blocked_requirement_says_so_in_a_plan(va):
    blockers = "blocker.vista_refill, blocker.drupal_ehr_toggle, blocker.parameter_store"
    va.edit(f"blocked_by = [{blockers}]", "blocked_by = []", "medications_rollout.hcl")
    va.turn(KEYS["allergies"], 5)
    ran = va.run("plan", "-var", 'medications_go=["canary"]', COLUMNS="400")
    assert ran.code == 3, ran.both
    why = re.search(
        r"Of the people who would get toggle.medications, (9\d\.\d) % \(about ([\d,]+)\) would not",
        " ".join(ran.out.split()),
    )
    assert why is not None
    assert 94 < float(why[1]) < 95.5
    assert 46_500 < int(why[2].replace(",", "")) < 48_500


def test_a_shared_toggle_is_advised_with_its_figures(va):
    found = asked(va, *sets(**dict.fromkeys(SIX, 20), uhd="on"))
    (advice,) = [item for item in found["advice"] if item["set"] == "rollout.medical_records"]
    assert (advice["shared"], advice["exposure"]) == ("toggle.uhd", "20")
    assert abs(advice["planned"]["mixed"]["share"] * 100 - 73.6) < 0.6
    assert advice["advised"]["mixed"]["share"] == 0
    assert advice["also"] == ["experience.medications_mobile"]


# ---- the command ----


def test_without_options_it_says_where_everybody_is(va):
    ran = va.run("audience")
    assert ran.code == 0
    assert ran.out.startswith("Where everybody is now (sample of 200,000 made-up UUIDs, seed 1; without testers)\n")
    assert "nobody has: experience.allergies_mobile, " in ran.out
    assert "  toggle.uhd\n    ████████████████████████████████████████  100.00 %, 1,200,000 people\n" in ran.out
    assert " -> " not in ran.out
    assert ran.err == ""


def test_a_what_if_says_what_changes_and_warns(va):
    ran = va.run("audience", "-set", "isAcceleratedDeliveryEnabled=5", "-set", f"{KEYS['allergies']}=5%")
    assert ran.code == 0
    assert "Who would be affected" in ran.out
    assert "  Allergies from SCDF on the website\n    ▓·" in ran.out
    assert "as they are: experience.care_notes_mobile" in ran.out
    assert "Warning: Effective share is not the percentage" in ran.err


def test_what_if_takes_on_off_and_whole_blocks(va):
    found = asked(va, "-set=toggle.oh_scheduling=off", "-set", "toggle.uhd = on")
    blocks = [item for item in found["toggles"] if item["address"].startswith("toggle.oh_scheduling[")]
    assert len(blocks) > 5
    assert all(item["change"]["after"]["share"] == 0 for item in blocks)
    assert reach(found, "toggle.uhd")["change"]["after"] == {
        "share": 1.0, "low": 1.0, "high": 1.0, "people": 1_200_000, "exact": True,
    }  # fmt: skip


def test_full_has_errors_and_segments(va):
    ran = va.run("audience", "-full", "-set", "toggle.secure_messaging=5", COLUMNS="120")
    assert "  toggle.secure_messaging\n" in ran.out
    assert "    oracle\n      " in ran.out
    assert "% ± 0." in ran.out


def test_ascii_for_terminals_that_have_nothing_else(va):
    ran = va.run("audience", "-set", "toggle.secure_messaging=5", PYTHONIOENCODING="ascii")
    assert ran.out.isascii()
    assert "\n    ++......" in ran.out
    assert "Key: # have it and keep it, + new, - lost" in ran.out


def test_seed_and_size_make_other_people(va):
    one, same, other = (asked(va, "-size=1000", f"-seed={seed}", *sets(allergies=20))["toggles"] for seed in (7, 7, 8))
    assert one == same
    assert one != other
    assert asked(va, "-size=1000", "-population=emails")["population"] == "1,000 made-up e-mail addresses"
    assert asked(va, "-population=uuids")["size"] == 200_000


def test_nothing_is_written(va):
    before = va.files()
    va.run("audience", *sets(allergies=20))
    va.run("audience", "-id=someone@example.gov")
    assert va.files() == before


def test_a_snapshot_answers_without_the_network(va):
    va.edit('source = "embedded"', 'source  = "snapshot"\n  max_age = "9000h"', "main.hcl")
    assert reach(asked(va, "-no-network", *sets(allergies=20)), "toggle.allergies")["change"]["after"]["share"] > 0.19


def test_a_store_behind_the_network_is_not_asked(va):
    va.edit('source = "embedded"', 'source = "api"', "main.hcl")
    va.edit('path   = "../../state/va-live.json"', 'url    = "http://127.0.0.1:9"', "main.hcl")
    ran = va.run("audience", "-no-network")
    assert ran.code == 1
    assert "Error: Store is behind the network\n" in ran.err


MISTAKES = {
    "-set toggle.allergie=5": 'configuration or its state. Did you mean "toggle.allergies"?',
    "-set toggle.allergies": 'Invalid -set -set takes TOGGLE=N, such as toggle.x=20; "toggle.allergies" is not that.',
    "-set toggle.allergies=101": 'Invalid share "101" is no share for toggle.allergies: a percentage from 0 to 100',
    "-set toggle.allergies=oof": 'Did you mean "off"?',
    "-set toggle.allergies=nan": "Invalid share",
    "-population none.txt": "Population can't be read none.txt can't be read: No such file or directory.",
    "-column id": "No population file -column says what the columns of a file hold: give it by -population.",
    "-population people.csv -size=5": "Size of a file -size and -seed are for made-up people; all people of a file",
    "-population people.csv -column a -column b": "Column given twice -column names two columns for the usual ids.",
    "-population people.csv -column m=a -column m=b": '-column names two columns for ids of the kind "m".',
    "-population people.csv -column m=a": "No column of the usual ids -column=NAME says which column holds the usual",
    "-population people.csv -column emial": 'has no column "emial" with ids. Did you mean "email"? It has email, ',
    "-population people.csv": 'Unknown column people.csv has no column "id" with ids.',
    "-id x -size=5": "-id is about one person: it takes no -population, -column, -size or -seed.",
    "-segment vista": "-segment says what kind of person -id is: give both.",
    "-id x -segment visto": 'Unknown segment No product has a segment "visto". Did you mean "vista"?',
    "-id x -id y": "Id given twice -id names two ids of the usual kind; a person has one of each.",
    "-id=": "Empty id -id takes the id of a person",
    "-size 0": '-size is a whole number from 1 on, not "0".',
}


@pytest.mark.parametrize("arguments", MISTAKES)
def test_mistakes_are_told(va, arguments):
    va.write("people.csv", "email,segment\nann@example.gov,vista\n")
    ran = va.run("audience", *arguments.split())
    assert ran.code == 1
    assert MISTAKES[arguments] in " ".join(ran.err.split())
    assert ran.out == ""


@pytest.mark.parametrize("arguments", [[], ["-id=x"]])
def test_a_store_whose_hash_nobody_knows(project, monkeypatch, arguments):
    monkeypatch.setattr(FlipperDialect, "hashing", property(lambda _: None))
    ran = project.run("audience", *arguments)
    assert ran.code == 1
    assert 'Hash not known\n\n  How flipper "live.json" chooses people for a percentage is not known' in ran.err
    assert project.run("plan").code == 0


# ---- one person ----


def test_a_tester_gets_it_whatever_the_percentage(va):
    ran = va.run("audience", "-id", "amina.reyes@example.gov", "-set", "toggle.global=off")
    assert ran.code == 0
    assert ran.out.startswith("What amina.reyes@example.gov gets\nnow: the live store; then: with -set\n")
    assert "✓ Allergies from SCDF in the app (experience.allergies_mobile)\n" in ran.out
    assert "- Allergies from SCDF on the website (experience.allergies_web): now yes, then no\n" in ran.out
    assert "    toggle.allergies yes; toggle.global yes -> no; toggle.uhd yes\n" in ran.out
    assert "✓ toggle.allergies\n    a tester\n" in ran.out


def test_one_person_is_told_why(va):
    id = "b.person@example.gov"
    bucket = zlib.crc32((KEYS["allergies"] + id).encode()) % 100_000
    ran = va.run("audience", "-json", "-id", id, "-set", f"toggle.allergies={bucket // 1000 + 1}")
    found = json.loads(ran.out)
    (allergies,) = [item for item in found["toggles"] if item["address"] == "toggle.allergies"]
    assert allergies["before"]["why"] == "off for everybody"
    assert allergies["after"] == {
        "has": True, "why": "inside the percentage", "bucket": bucket, "opens": (bucket // 1000 + 1) * 1000,
        "buckets": 100_000,
    }  # fmt: skip
    assert id not in ran.both


def test_without_a_what_if_then_is_what_is_declared(va):
    ran = va.run("audience", "-id", "c@example.gov", COLUMNS="200")
    assert "now: the live store; then: with what is declared" in ran.out
    assert re.search(
        r"toggle.secure_messaging.*\n    now off for everybody; then (in|out)side the percentage: ", ran.out
    )


def test_a_person_has_ids_of_several_kinds(project):
    project.write("app.hcl", 'experience "app" {\n  title = "App"\n  when  = toggle.parent\n  ids   = "icn"\n}\n')
    project.turn("parent_enabled", 50)
    inside = next(n for n in range(99) if zlib.crc32(f"parent_enabled{n}".encode()) % 100_000 < 50_000)
    outside = next(n for n in range(99) if zlib.crc32(f"parent_enabled{n}".encode()) % 100_000 >= 50_000)
    found = json.loads(project.run("audience", "-json", "-id", f"icn={inside}", "-id", str(outside)).out)
    assert [item["before"] for item in found["experiences"]] == [True]
    assert [item["before"]["has"] for item in found["toggles"]] == [False, False]
    ran = project.run("audience", "-id", "icn=1", "-id", "icn=2")
    assert 'two ids of the kind "icn"; a person has one of each.' in " ".join(ran.err.split())
    project.write("people.csv", "email,number\n" + f"{outside},{inside}\n" * 5)
    found = asked(project, "-population", "people.csv", "-column", "email", "-column", "icn=number")
    assert reach(found, "experience.app")["change"]["after"]["share"] == 1
    assert reach(found, "toggle.parent")["change"]["after"]["share"] == 0


def test_a_plan_has_a_short_section_a_full_one_or_none(project):
    short, none, full = (project.run("plan", f"-audience={detail}").out for detail in ("short", "none", "full"))
    assert "\nWho is affected (sample of 200,000 made-up UUIDs, seed 1; without testers)\n" in short
    assert "  toggle.parent   0.00 %   5.00 %           500   new: 500\n" in short
    assert "Who is affected" not in none
    assert " ± " in full
    assert "Who is affected" not in project.run("plan", "-var=parent=0").out


def test_an_apply_shows_it_too_and_takes_it_for_new_plans_only(project):
    assert "Who is affected" in project.run("apply", "-auto-approve").out
    project.run("plan", "-var=parent=10", "-out=a.plan")
    for option in ("-audience=full", "-population=uuids"):
        ran = project.run("apply", option, "a.plan")
        assert ran.code == 1
        assert "A saved plan is applied as it is" in ran.err


def test_the_stream_and_the_document_have_it(project):
    (line,) = [item for item in project.run("plan", "-json").messages() if "audience" in item]
    assert (line["type"], line["@level"]) == ("log", "info")
    assert line["@message"].startswith("Who is affected: sample of 200,000 made-up UUIDs")
    assert project.run("plan", "-out=a.plan").code == 0
    shown = json.loads(project.run("show", "-json", "a.plan").out)["flagstaff"]["audience"]
    assert shown == line["audience"]
    assert reach(shown, "toggle.parent")["change"]["after"]["people"] == 500
    assert "Who is affected" in project.run("show", "a.plan").out


def test_a_blocked_requirement_matters_in_people(project):
    ran = project.run("plan", "-var=child=5", COLUMNS="300")
    assert ran.code == 3
    assert "Of the people who would get toggle.child, 94.7 % (about 473) would not have toggle.parent." in " ".join(
        ran.out.split()
    )
    assert "Of the people" not in project.run("plan", "-var=child=5", "-audience=none", COLUMNS="300").out


def test_the_same_change_has_the_same_id_whoever_is_looked_at(project):
    project.write("people.txt", "a\nb\nc\n")
    changes = set()
    for arguments in ([], ["-audience=none"], ["-population=people.txt"], ["-population=emails"]):
        assert project.run("plan", "-out=a.plan", *arguments).code == 0
        changes.add(json.loads((project.path / "a.plan").read_text())["change"])
    assert len(changes) == 1


def test_a_bad_population_ends_a_plan(project):
    project.write("people.csv", "id\na\nb,c\n")
    ran = project.run("plan", "-population=people.csv")
    assert ran.code == 1
    assert "Population can't be read\n\n  people.csv has 2 cells at line 3, and 1 in its first line.\n" in ran.err
    assert project.run("plan", "-population=people.csv", "-audience=none").code == 0


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.txt", b"", "Population is empty\n\n  a.txt holds no id"),
        ("a.csv", b"id,id\n1,2\n", 'Duplicate column\n\n  a.csv has more than one column "id".'),
        ("a.txt", b"caf\xe9\n", "Population is not UTF-8\n\n  a.txt is not UTF-8 at line 1."),
        ("a.csv", b"id\nx,y\n", "Population can't be read\n\n  a.csv has 2 cells at line 2, and 1 in its first line."),
        ("a.txt", b"x" * 70_000, "Population is no list of ids"),
        ("a.parquet", b"PAR1", "Population can't be read"),
    ],
)
def test_bad_files_are_told_without_what_is_in_them(project, name, data, told):
    (project.path / name).write_bytes(data)
    ran = project.run("audience", "-population", name)
    assert ran.code == 1
    assert told in ran.err
    assert "caf" not in ran.both


# ---- no id anywhere ----


def test_no_id_is_in_any_output_or_file(project):
    """Marked ids in the population and among the testers: only what `-id` was given may be told."""
    people = [f"canary{number}.qzxw@example.gov" for number in range(3_000)]
    table = io.StringIO()
    csv.writer(table).writerows([("email", "segment"), *((id, "vista") for id in people)])
    project.write("people.csv", table.getvalue())
    project.write("bad.csv", table.getvalue() + "canary,too,many,qzxw\n")
    project.set_live(
        {
            "parent_enabled": {**project.live["parent_enabled"], "actors": people[:3]},
            "child_enabled": {**project.live["child_enabled"], "actors": people[2:9]},
        }
    )
    project.env["FLAGSTAFF_LOG"] = "debug"
    who = ("-population=people.csv", "-column=email")
    runs = [
        ("plan", *who, "-var=child=5"),
        ("plan", *who, "-audience=full", "-out=a.plan"),
        ("plan", *who, "-json"),
        ("plan", "-population=bad.csv", "-column=email"),
        ("show", "a.plan"),
        ("show", "-json", "a.plan"),
        ("audience", *who, "-full", "-set=toggle.child=20"),
        ("audience", *who, "-json", "-set=toggle.child=20"),
        ("audience", "-population=bad.csv", "-column=email"),
        ("audience", "-json", f"-id={people[5]}"),
        ("apply", "a.plan"),
        ("apply", "-auto-approve", *who, "-var=parent=10"),
    ]
    for arguments in runs:
        ran = project.run(*arguments)
        bad, blocked = "-population=bad.csv" in arguments, "-var=child=5" in arguments
        assert ran.code == (1 if bad else 3 if blocked else 0), ran.both
        assert "qzxw" not in ran.both, arguments
    told = project.run("audience", f"-id={people[5]}")
    assert people[5] in told.out
    assert "qzxw" not in told.both.replace(people[5], "")
    ours = {name: data for name, data in project.files().items() if name not in {"people.csv", "bad.csv", "live.json"}}
    assert {"a.plan", "state.json", "state.journal.jsonl"} <= ours.keys()
    # The journal keeps the store's own values as they were before a write, and testers are among those.
    left = {name: re.sub(rb"canary[0-8]\.qzxw", b"", data) for name, data in ours.items()}
    assert [name for name, data in left.items() if b"qzxw" in data] == []
    assert b"qzxw" not in ours["state.json"]
    plan = json.loads(ours["a.plan"])
    assert "qzxw" not in json.dumps(plan["observed"])
