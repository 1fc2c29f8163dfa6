"""Who a plan affects: its moves as a question, moment by moment, and what to be warned of."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import replace

import pytest

from flagstaff.addresses import Address
from flagstaff.audience.population import Chunk, Population, made_up_uuids
from flagstaff.audience.results import Share
from flagstaff.model.conditions import And, Is, Not
from flagstaff.model.configuration import Experience, Product, Removed, Segment
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Snapshot
from flagstaff.model.recorded import Recorded, StageRecord, ToggleRecord
from flagstaff.model.rollout import StageName
from flagstaff.plan.codec import change_id, decode_plan, encode_plan
from flagstaff.plan.inputs import Detail
from flagstaff.plan.people.asking import kept
from flagstaff.plan.people.figures import error, number, people, percent, rough
from flagstaff.plan.planner import make_plan
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.testing import building as b

IDS = [f"User;{number}" for number in range(20_000)]
P = Address("product", "p")
PRODUCTS = {P: Product(P, "P", people=40_000)}
SHORT = replace(b.EMBEDDED, audience=Detail.SHORT)
FULL = replace(b.EMBEDDED, audience=Detail.FULL)


def numbered(kinds=("",)):
    columns = {kind: [f"{id}{kind}".encode() for id in IDS] for kind in kinds}
    return Population("a test's", lambda _: iter([Chunk(len(IDS), columns)]))


def cohort(key, level, suffix=""):
    """The slow way."""
    return {id for id in IDS if zlib.crc32((key + id + suffix).encode()) % 100_000 < level * 1000}


def experience(name, when, **fields):
    address = Address("experience", name)
    return address, Experience(address, name.title(), when, P, **fields)


def is_(name):
    return Is(b.address(name))


def plan(desired, live=(), recorded=None, options=SHORT, population=None, dialect=b.DIALECT):
    """`live`: by name, a percentage, or a percentage with testers and other gates."""
    options = replace(options, population=population or numbered())
    raws = {t.key: b.raw("0") for t in desired.toggles.values()}
    for name, at in dict(live).items():
        level, *rest = [at] if isinstance(at, str) else at
        gates = {key: value for one in rest if isinstance(one, dict) for key, value in one.items()}
        raws[f"{name}_enabled"] = b.raw(level, *(one for one in rest if isinstance(one, str)), **gates)
    return make_plan(desired, Snapshot(raws, b.NOW), dialect, recorded or Recorded(), b.EVIDENCE, options)


def reach(found, name):
    audience = found.observed.affected.audience
    (one,) = [item for item in (*audience.toggles, *audience.experiences) if str(item.address) == name]
    return one


def summaries(found):
    return [item.summary for item in found.observed.warnings]


def test_nothing_is_computed_where_nobody_asked_or_nothing_moves():
    desired = b.desired(b.toggle("a", "5"))
    asked = plan(desired)
    assert plan(desired, options=b.EMBEDDED).observed.affected is None
    assert plan(desired, {"a": "5"}).observed.affected is None
    assert plan(desired, options=replace(SHORT, refresh_only=True)).observed.affected is None
    assert asked.observed.affected is not None
    assert change_id(asked.core) == change_id(plan(desired, options=b.EMBEDDED).core)


def test_in_full_it_is_computed_though_nothing_moves():
    found = plan(b.desired(b.toggle("a", "5"), b.toggle("b")), {"a": "5"}, options=FULL).observed.affected
    assert found.full
    assert [str(item.address) for item in found.audience.toggles] == ["toggle.a", "toggle.b"]


def test_made_up_people_are_as_many_as_suit_the_question():
    options = replace(SHORT, population=None)
    desired = b.desired(b.toggle("a", "5"))
    found = make_plan(desired, b.snapshot(a="0"), b.DIALECT, Recorded(), b.EVIDENCE, options)
    audience = found.observed.affected.audience
    assert (audience.population, audience.size, audience.seed) == ("200,000 made-up UUIDs", 200_000, 1)


def test_moved_toggles_and_every_experience_are_told():
    found = plan(
        b.desired(
            b.toggle("a", "5", product=P, title="The A"),
            b.toggle("gate", "100", product=P),
            b.toggle("still"),
            products=PRODUCTS,
            experiences=dict([experience("web", And((is_("a"), is_("gate")))), experience("none", is_("still"))]),
        ),
        {"gate": "20"},
    )
    audience = found.observed.affected.audience
    assert [str(item.address) for item in audience.toggles] == ["toggle.a", "toggle.gate"]
    assert [str(item.address) for item in audience.experiences] == ["experience.none", "experience.web"]
    a, gate = cohort("a_enabled", 5), cohort("gate_enabled", 20)
    change = reach(found, "experience.web").change
    assert (change.before.count, change.after.count) == (0, len(a))
    assert reach(found, "toggle.gate").change.before.count == len(gate)
    assert found.observed.affected.titles == {
        "experience.none": "None", "experience.web": "Web", "product.p": "P", "toggle.a": "The A",
    }  # fmt: skip
    assert not audience.changes_no_experience


def test_a_plan_goes_round_through_its_file():
    found = plan(
        b.desired(
            b.toggle("a", "5", product=P),
            b.toggle("c", "5", requires=["a"]),
            products={P: Product(P, "P", people=9, segments=(Segment("s", None, "on", "off"),))},
            experiences=dict([experience("web", Not(And((is_("a"), is_("c")))))]),
        ),
        {"a": "30"},
        options=FULL,
    )
    assert found.observed.affected.audience.requirements
    document = json.loads(json.dumps(encode_plan(found)))
    assert decode_plan(document) == found
    assert "User;" not in json.dumps(document)


def test_requirements_are_told_after_each_batch():
    """The child is up already; its prerequisite comes in three batches."""
    found = plan(
        b.desired(
            b.toggle("base", "100"),
            b.toggle("mid", "100", requires=["base"]),
            b.toggle("child", "50", requires=["mid"]),
        ),
        {"child": "20"},
    )
    audience = found.observed.affected.audience
    (breach,) = audience.requirements
    assert (str(breach.child), str(breach.parent)) == ("toggle.child", "toggle.mid")
    assert audience.moments == ("now", "after batch 1", "after batch 2", "after")
    had = len(cohort("child_enabled", 20))
    assert [share.count for share in breach.lacking] == [had, had, 0, 0]
    assert [share.count for share in breach.having] == [had, had, had, len(cohort("child_enabled", 50))]


def test_of_many_batches_only_some_moments_are_told():
    names = [f"t{number:02}" for number in range(30)]
    chain = [b.toggle(name, "100", requires=[names[place - 1]] if place else []) for place, name in enumerate(names)]
    audience = plan(b.desired(*chain)).observed.affected.audience
    assert audience.moments[:3] == ("now", "after batch 3", "after batch 6")
    assert audience.moments[-2:] == ("after batch 27", "after")
    assert len(audience.moments) == 11


def test_why_a_blocked_requirement_matters_is_told_in_people():
    child = b.toggle("child", "5", product=P, requires=["parent"])
    found = plan(b.desired(b.toggle("parent", "5"), child, products=PRODUCTS))
    (change,) = found.blocked
    having = cohort("child_enabled", 5)
    share = Share(len(having - cohort("parent_enabled", 5)), len(having), round(len(having) * 2))
    assert 0.9 < share.part < 1
    assert change.checks[0].why == (
        f"Of the people who would get toggle.child, {rough(share)} (about {number(share)}) would not have "
        "toggle.parent. A share of one toggle and the same share of another are different people."
    )


def test_a_chain_of_blocked_requirements_is_told_link_by_link():
    """The one in the middle would get somewhere as a child, and stays where it is as a prerequisite."""
    links = b.toggle("a", "5"), b.toggle("m", "100", requires=["a"]), b.toggle("z", "5", requires=["m"])
    found = plan(b.desired(*links))
    why = {change.address.name: change.checks[-1].why for change in found.observed.changes if change.checks}
    assert why["z"].startswith("Of the people who would get toggle.z, 100 % would not have toggle.m.")
    assert re.search(r"Of the people who would get toggle.m, 9[45]\.\d % would not have toggle.a", why["m"])


def test_a_requirement_is_told_without_figures_where_nobody_asked():
    desired = b.desired(b.toggle("parent", "5"), b.toggle("child", "5", requires=["parent"]))
    found = plan(desired, options=b.EMBEDDED)
    assert "Of the people" not in found.blocked[0].checks[0].why
    assert "Of the people" in plan(desired).blocked[0].checks[0].why


def test_nobody_can_say_what_a_parent_that_is_open_in_another_way_leaves_out():
    """The other stop is of a raise that comes after it, and breaks nothing itself."""
    desired = b.desired(
        b.toggle("parent"), b.toggle("child", "5", requires=["parent"]), b.toggle("later", "5", after=["child"])
    )
    found = plan(desired, {"parent": ("0", {"percentage_of_time": "10"})})
    why = {change.address.name: change.checks[-1].why for change in found.blocked}
    assert why.keys() == {"child", "later"}
    assert not any("Of the people" in text for text in why.values())


def test_a_new_key_draws_other_people():
    record = ToggleRecord("old_enabled", Exposure.parse("20"))
    found = plan(
        b.desired(b.toggle("a", "20", key="new_enabled")),
        {"old": "20", "new": "0"},
        Recorded("l", 1, {b.address("a"): record}),
    )
    one = reach(found, "toggle.a")
    old, new = cohort("old_enabled", 20), cohort("new_enabled", 20)
    assert not one.same_people
    assert (one.change.before.count, one.change.after.count) == (len(old), len(new))
    assert one.change.stay.count == len(old & new)


def test_a_new_meaning_makes_other_people_as_the_note_says():
    stages = b.stage("lh", "5", "a", meaning="LH"), b.stage("scdf", "20", "a", meaning="SCDF")
    one = b.rollout("r", *stages, go=["lh", "scdf"])
    begun = StageRecord((b.address("a"),), Exposure.parse("5"), "LH", started=b.NOW, verified=b.NOW)
    at_five = {b.address("a"): ToggleRecord("a_enabled", Exposure.parse("5"))}
    recorded = Recorded("l", 1, at_five, stages={StageName(one.address, "lh"): begun})
    found = plan(b.ramped(one), {"a": "5"}, recorded)
    (change,) = found.observed.changes
    assert change.notes == ('new people: it means "SCDF" from now on, and meant "LH"',)
    assert reach(found, "toggle.a").same_people is False


def test_sets_are_the_rollouts_toggles_groups_and_the_experiences_that_follow_them():
    one = b.rollout(
        "r",
        b.stage("some", "5", "a", "c", together=True),
        b.stage("rest", "5", "d"),
        b.stage("later", "20", "e"),
        go=["some", "rest"],
    )  # fmt: skip
    found = plan(
        b.ramped(
            one,
            toggles=[b.toggle("gate", "100")],
            products=PRODUCTS,
            experiences=dict(
                [
                    *(experience(f"{name}_web", And((is_(name), is_("gate")))) for name in "acd"),
                    *(experience(f"{name}_app", is_(name), ids="icn") for name in "ac"),
                    experience("two", And((is_("a"), is_("c")))),
                ]
            ),
        ),
        {"gate": "100", "d": "5"},
        population=numbered(("", "icn")),
    )
    sets = {item.name: [address.name for address in item.members] for item in found.observed.affected.audience.sets}
    assert sets == {
        "rollout.r": ["a", "c", "d"],
        "rollout.r.stage.some": ["a", "c"],
        "experiences of rollout.r with nothing else (icn)": ["a_app", "c_app"],
        "experiences of rollout.r with toggle.gate": ["a_web", "c_web", "d_web"],
    }
    (whole,) = [item for item in found.observed.affected.audience.sets if item.name == "rollout.r"]
    assert whole.after.at_least_one.count == len(set.union(*(cohort(f"{name}_enabled", 5) for name in "acd")))
    assert reach(found, "experience.a_app").change.after.count == len(cohort("a_enabled", 5, "icn"))


def test_rollouts_that_stay_as_they_are_are_no_sets():
    one = b.rollout("r", b.stage("all", "5", "a", "c"), go=["all"])
    found = plan(b.ramped(one, toggles=[b.toggle("other", "5")]), {"a": "5", "c": "5"})
    assert found.observed.affected.audience.sets == ()
    assert len(plan(b.ramped(one), {"a": "5", "c": "5"}, options=FULL).observed.affected.audience.sets) == 1


def shared(*exposures):
    names = "acd"[: len(exposures)]
    one = b.rollout("r", b.stage("all", "20", *names), go=["all"])
    return b.ramped(
        one,
        toggles=[b.toggle("gate", "100")],
        products=PRODUCTS,
        experiences=dict([experience(name, And((is_(name), is_("gate")))) for name in names]),
    )


def test_advice_comes_with_its_figures():
    found = plan(shared(20, 20, 20), {"gate": "100"})
    (advice,) = found.observed.affected.advice
    assert (str(advice.shared), advice.exposure) == ("toggle.gate", Exposure.parse("20"))
    assert [address.name for address in advice.others] == ["a", "c", "d"]
    cohorts = [cohort(f"{name}_enabled", 20) for name in "acd"]
    assert advice.planned.mixed.count == len(set.union(*cohorts) - set.intersection(*cohorts))
    assert advice.advised.mixed.count == 0


def test_an_effective_share_far_from_the_percentage_is_warned_of():
    assert summaries(plan(shared(20, 20), {"gate": "5"})) == []  # the gate goes to 100 %
    low = shared(20, 20)
    low = replace(low, toggles=low.toggles | {b.address("gate"): b.toggle("gate", "5")})
    found = plan(low, {"gate": "5"})
    (warning,) = [item for item in found.observed.warnings if item.summary == "Effective share is not the percentage"]
    both = len(cohort("a_enabled", 20) & cohort("gate_enabled", 5))
    share = Share(both, len(IDS), 40_000)
    told = f"{percent(share)} of people{people(share)} would get experience.a, where the percentages suggest "
    assert warning.detail.startswith(told)
    assert "would get experience.c, where" in warning.detail


def test_keys_that_are_related_are_warned_of():
    """CRC-32 is affine: with ids of one length two names alone decide how many people have both."""
    pairs = [("notify", "signup_report"), ("admin_api", "v3_mobile_notify")]
    toggles = [b.toggle(name, "5", key=name) for pair in pairs for name in pair]
    experiences = dict(experience(f"e{place}", And(tuple(map(is_, pair)))) for place, pair in enumerate(pairs))
    desired = b.desired(*toggles, experiences=experiences)
    options = replace(SHORT, population=made_up_uuids(50_000))
    live = Snapshot({item.key: b.raw("0") for item in toggles}, b.NOW)
    found = make_plan(desired, live, b.DIALECT, Recorded(), b.EVIDENCE, options)
    (warning,) = [item for item in found.observed.warnings if item.summary == "Toggles draw related people"]
    assert re.match(
        r"Nobody has both toggle.admin_api and toggle.v3_mobile_notify, where chance would give 0.2\d %; "
        r"2.[89]\d % of people have both toggle.notify and toggle.signup_report, where chance would give 0.2\d %\. ",
        warning.detail,
    )


def test_testers_without_a_prerequisite_are_counted_and_not_named():
    desired = b.desired(b.toggle("parent", "100"), b.toggle("child", "5", requires=["parent"]))
    live = {"parent": ("0", "User;1"), "child": ("0", "User;1", "User;2", "User;3")}
    found = plan(desired, live)
    assert "Testers without a prerequisite" not in summaries(found)  # at 100 % all of them have it
    desired = b.desired(b.toggle("parent", "1"), b.toggle("child", requires=["parent"]))
    found = plan(desired, live)
    (warning,) = [item for item in found.observed.warnings if item.summary == "Testers without a prerequisite"]
    assert warning.detail.startswith("2 testers of toggle.child lack toggle.parent.")
    assert "User;" not in json.dumps(encode_plan(found)["observed"]["affected"])


def test_more_than_a_few_of_one_kind_are_counted():
    names = [f"t{number}" for number in range(9)]
    one = b.rollout("r", b.stage("all", "20", *names), go=["all"])
    gate = b.toggle("gate", "5")
    experiences = dict(experience(name, And((is_(name), is_("gate")))) for name in names)
    found = plan(b.ramped(one, toggles=[gate], experiences=experiences, products=PRODUCTS), {"gate": "5"})
    (warning,) = [item for item in found.observed.warnings if item.summary == "Effective share is not the percentage"]
    assert "; 3 more are alike. Each toggle draws" in warning.detail


def test_what_is_deleted_was_nobodys():
    desired = replace(b.desired(), removed=(Removed(b.address("a"), delete=True),))
    record = Recorded("l", 1, {b.address("a"): ToggleRecord("a_enabled", OFF, created=True)})
    found = plan(desired, {"a": "0"}, record)
    assert [move.action.value for move in found.core.moves] == ["delete"]
    assert reach(found, "toggle.a").change.is_none


def test_a_lower_that_gives_people_something_says_who_gains():
    plain = dict([experience("plain", Not(is_("old")))])
    found = plan(b.desired(b.toggle("old", "0"), experiences=plain, products=PRODUCTS), {"old": "20"})
    change = reach(found, "experience.plain").change
    assert change.gained.count == len(cohort("old_enabled", 20))
    assert change.lost.count == 0


@pytest.mark.parametrize(
    ("share", "text", "sentence", "half"),
    [
        (Share(10_040, 200_000, 1_200_000), "5.02 %", "5.0 %", "0.10"),
        (Share(0, 200_000), "0.00 %", "0 %", "0.00"),
        (Share(1, 200_000), "< 0.01 %", "< 0.01 %", "0.00"),
        (Share(199_999, 200_000), "> 99.99 %", "> 99.99 %", "0.00"),
        (Share(1, 1, exact=True), "100.00 %", "100 %", ""),
        (Share(9_460, 10_000, 60_000), "94.60 %", "94.6 %", "0.44"),
        (Share(5, 1_000, exact=True), "0.50 %", "0.5 %", ""),
    ],
)
def test_shares_are_told_with_as_many_digits_as_they_carry(share, text, sentence, half):
    assert (percent(share), rough(share), error(share)) == (text, sentence, half)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Share(10_040, 200_000, 1_200_000), "60,200"),
        (Share(28_480, 200_000, 1_200_000), "170,900"),
        (Share(25, 200_000, 1_200_000), "150"),
        (Share(1, 2, 1_000_001, exact=True), "500,000"),
        (Share(1, 2, 3), "2"),
        (Share(1, 2), ""),
    ],
)
def test_people_are_rounded_to_a_tenth_of_the_error(share, text):
    assert number(share) == text
    assert people(share) == (f" ({'' if share.exact else 'about '}{text})" if text else "")


class NoHash(FlipperDialect):
    """Of a store whose hash nobody has described."""

    @property
    def hashing(self):
        return None


def test_a_store_without_a_known_hash_says_nothing_of_people():
    desired = b.desired(b.toggle("parent", "5"), b.toggle("child", "5", requires=["parent"]))
    found = plan(desired, dialect=NoHash(atomic=True))
    assert found.observed.affected is None
    assert found.core.moves
    assert "Of the people" not in found.blocked[0].checks[0].why


def test_made_up_people_are_made_once():
    made = []

    def chunks(rows):
        made.append(rows)
        yield Chunk(1, {"": [b"x"]})

    population = kept(Population("one", chunks))
    for rows in (5, 5, 7):
        assert [chunk.size for chunk in population.chunks(rows)] == [1]
    assert made == [5, 7]
