"""What an analysis says of toggles, experiences, requirements, sets and pairs; small cases, each with its reason."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from flagstaff.addresses import Address
from flagstaff.audience.analysis import analyse
from flagstaff.audience.population import Population, made_up_uuids
from flagstaff.audience.question import Gathering
from flagstaff.audience.results import by_address
from flagstaff.audience.sets import LARGEST
from flagstaff.model.conditions import And, Comparison, Constant, Is, Not, Or, Symbol
from flagstaff.model.configuration import Product, Requirement, Segment
from flagstaff.providers.flipper.dialect import FlipperDialect

P = Address("product", "p")


def product(people=1_000, **shares):
    segments = tuple(
        Segment(name, None if share is None else Decimal(share), f"{name} on", f"{name} off")
        for name, share in shares.items()
    )
    return {P: Product(P, "P", people=people, segments=segments)}


def counts(change):
    return (change.before.count, change.after.count, change.gained.count, change.lost.count)


def test_what_an_audience_says_of_itself(small):
    audience = analyse(small.question(small.course("a", "0", "5")), made_up_uuids(3_000, seed=4))
    assert (audience.population, audience.size, audience.seed) == ("3,000 made-up UUIDs", 3_000, 4)
    assert audience.moments == ("now", "after")
    assert (audience.experiences, audience.requirements, audience.sets, audience.pairs) == ((), (), (), ())


def test_a_store_without_a_hash_has_no_audience(small):
    question = replace(small.question(small.course("a", "0", "5")), dialect=small.no_hash)
    assert analyse(question, small.numbered(10)) is None


def test_a_population_of_nobody(small):
    with pytest.raises(ValueError, match="a population of nobody"):
        analyse(small.question(), Population("nobody", lambda _: iter(())))


def test_a_raise_keeps_its_people_and_a_lower_takes_from_them(small):
    audience = analyse(
        small.question(small.course("a", "20", "50"), small.course("b", "50", "20")), small.numbered(1_000)
    )
    up, down = audience.toggles
    assert up.change.lost.count == down.change.gained.count == 0
    assert up.change.stay.part == 1.0
    assert down.change.stay.part == pytest.approx(0.4, abs=0.05)
    assert up.same_people
    assert down.same_people


def test_on_is_everybody_and_all_actors_are_those_with_an_id(small):
    audience = analyse(
        small.question(small.course("a", "100", "on"), small.course("b", "on", "0")), small.population("x", None)
    )
    first, second = audience.toggles
    assert counts(first.change) == (1, 2, 1, 0)
    assert counts(second.change) == (2, 0, 0, 2)
    assert not first.change.before.exact
    assert second.change.lost.exact
    assert [share.part for share in (*first.nominal, *second.nominal)] == [1.0, 1.0, 1.0, 0.0]


def test_other_is_unknown_and_never_nobody(small):
    question = small.question(
        small.course("a", "other", "5"),
        small.course("off", "0", "0"),
        small.course("half", "50", "50"),
        experiences=[
            small.experience("both", And((small.is_("a"), small.is_("half")))),
            small.experience("never", And((small.is_("a"), small.is_("off")))),
            small.experience("always", Or((small.is_("a"), Not(small.is_("off"))))),
        ],
        sets=(Gathering("s", (small.toggle("a"), Address("experience", "both"))),),
        requirements=(
            Requirement(small.toggle("a"), small.toggle("half")),
            Requirement(small.toggle("half"), small.toggle("a")),
        ),
    )
    audience = analyse(question, small.numbered(100))
    toggles, experiences = by_address(audience.toggles), by_address(audience.experiences)
    reach = toggles[small.toggle("a")]
    assert (reach.change, reach.nominal, reach.unknown) == (None, None, ("toggle.a",))
    reach = experiences[Address("experience", "both")]
    assert (reach.change, reach.nominal, reach.unknown) == (None, None, ("toggle.a",))
    assert counts(experiences[Address("experience", "never")].change) == (0, 0, 0, 0)
    assert counts(experiences[Address("experience", "always")].change) == (100, 100, 0, 0)
    assert not audience.changes_no_experience
    (found,) = audience.sets
    assert found.before is None
    assert found.after is not None
    assert found.unknown == ("toggle.a",)
    child, parent = audience.requirements
    assert (child.having[0], child.lacking[0], child.testers) == (None, None, (0, 0))
    assert (parent.having[0].count > 0, parent.lacking[0], parent.testers) == (True, None, (None, 0))


def test_what_is_missing_is_named(small):
    missing = Address("experience", "missing")
    question = small.question(
        small.course("a", "5", "10"),
        experiences=[
            small.experience("gone", And((small.is_("a"), Is(missing), small.is_("no_such")))),
            small.experience(
                "seg", And((small.is_("a"), Is(P, "dual"), Is(P, "vista"), Is(Address("product", "q"), "x")))
            ),
            small.experience("inner", Is(Address("experience", "seg"))),
            small.experience("measured", Comparison("<", Symbol("measured"), Constant(Decimal(1)))),
        ],
        products=product(vista="0.9", dual=None),
    )
    reaches = {reach.address.name: reach for reach in analyse(question, small.numbered(10)).experiences}
    assert reaches["gone"].unknown == ("experience.missing", "toggle.no_such")
    assert reaches["seg"].unknown == ("product.p.segment.dual", "product.q.segment.x")
    assert reaches["inner"].unknown == reaches["seg"].unknown
    assert reaches["measured"].change is None
    assert reaches["measured"].unknown == ()


def test_a_lower_can_give(small):
    question = small.question(small.course("a", "50", "0"), experiences=[small.experience("old", Not(small.is_("a")))])
    audience = analyse(question, small.numbered(200))
    (reach,) = audience.experiences
    assert reach.change.gained.count == audience.toggles[0].change.lost.count > 50
    assert reach.change.lost.count == 0
    assert [share.part for share in reach.nominal] == pytest.approx([0.5, 1.0], abs=0.1)


def test_a_new_key_is_new_people(small):
    audience = analyse(small.question(small.course("a", "20", "20", key_now="a_old")), small.numbered(10_000))
    (reach,) = audience.toggles
    assert not reach.same_people
    assert reach.change.stay.part == pytest.approx(0.2, abs=0.1)
    assert reach.change.before.part == pytest.approx(0.2, abs=0.02)
    assert reach.change.gained.part == pytest.approx(0.16, abs=0.03)


def test_another_meaning_is_for_new_people_though_they_are_the_same(small):
    audience = analyse(small.question(small.course("a", "20", "5", same_meaning=False)), small.numbered(1_000))
    assert not audience.toggles[0].same_people
    assert audience.toggles[0].change.gained.count == 0


def test_requirements_at_every_moment(small):
    """The child goes first, which a plan would not do; then the parent; then all is well."""
    question = small.question(
        small.course("child", "0", "10", "10", "10"),
        small.course("parent", "0", "0", "50", "100"),
        requirements=(Requirement(small.toggle("child"), small.toggle("parent")),),
        moments=("now", "batch 1", "batch 2", "after"),
    )
    (breach,) = analyse(question, small.numbered(5_000)).requirements
    having, lacking = ([share.count for share in shares] for shares in (breach.having, breach.lacking))
    assert having[0] == lacking[0] == lacking[3] == 0
    assert having[1] == lacking[1] > 400
    assert lacking[2] / having[2] == pytest.approx(0.5, abs=0.1)


def test_testers_who_lack_the_prerequisite_are_counted(small):
    testers = tuple(f"User;{number}" for number in range(200))
    question = small.question(
        small.course("child", "0", "0", "0", "0", testers=testers),
        small.course("parent", "0", "30", "on", "other", testers=testers[:50]),
        requirements=(
            Requirement(small.toggle("child"), small.toggle("parent")),
            Requirement(small.toggle("child"), small.toggle("unheard_of")),
            Requirement(small.toggle("unheard_of"), small.toggle("child")),
        ),
        moments=("now", "1", "2", "3"),
    )
    first, second, third = analyse(question, small.numbered(10)).requirements
    buckets = FlipperDialect().bucket("parent_enabled", testers[50:]).values
    assert first.testers == (150, sum(bucket >= 30_000 for bucket in buckets), 0, None)
    assert first.having[0].count == 0
    assert second.testers == third.testers == (None,) * 4


def test_a_store_that_hashes_nothing_one_by_one_counts_no_testers(small):
    class Vague(FlipperDialect):
        def bucket(self, key, ids):
            return None

    question = small.question(
        small.course("child", "0", "5", testers=("x",)),
        small.course("parent", "0", "5"),
        requirements=(Requirement(small.toggle("child"), small.toggle("parent")),),
    )
    assert analyse(replace(question, dialect=Vague()), small.numbered(10)).requirements[0].testers == (None, None)


def test_the_web_and_the_app_hash_other_ids(small):
    """One toggle, two surfaces: the app's people are others, and those without its id are out."""
    both = And((small.is_("a"), small.is_("b")))
    experiences = [small.experience("web", both), small.experience("app", both), small.experience("other_app", both)]
    web = [f"user{number}@example.gov" for number in range(3_000)]
    app = [None if number % 2 else f"{number}V{number}" for number in range(3_000)]
    app_only = Address("experience", "app")
    question = small.question(
        small.course("a", "0", "50"),
        small.course("b", "on", "on"),
        experiences=experiences,
        kinds={app_only: "icn", Address("experience", "other_app"): "unheard"},
    )
    audience = analyse(question, small.population(kinds={"mail": web, "icn": app}))
    reaches = by_address(audience.experiences)
    assert reaches[Address("experience", "web")].change == audience.toggles[0].change
    assert reaches[app_only].change.after.part == pytest.approx(0.25, abs=0.03)
    assert reaches[app_only].nominal[1].part == pytest.approx(0.25, abs=0.03)
    unheard = reaches[Address("experience", "other_app")]
    assert (unheard.change, unheard.unknown) == (None, ('ids of the kind "unheard"',))
    buckets = FlipperDialect().bucket("a_enabled", [id for id in app if id is not None]).values
    assert reaches[app_only].change.after.count == sum(bucket < 50_000 for bucket in buckets)


def test_a_toggle_can_have_a_kind_of_its_own(small):
    question = small.question(small.course("a", "0", "50"), kinds={small.toggle("a"): "icn"})
    one, other = (
        analyse(question, small.population(kinds={"mail": ids, "icn": ["x"] * 100})).toggles[0].change.after.count
        for ids in ([str(number) for number in range(100)], ["y"] * 100)
    )
    assert one == other
    assert one in {0, 100}


def test_a_requirement_is_looked_at_with_the_child_s_ids(small):
    """At 50 % of the same ids under the same key, the child's people are the parent's."""
    child, parent = (replace(small.course(name, "0", "50"), key="same") for name in ("child", "parent"))
    requirement = Requirement(child.address, parent.address)
    population = small.population(kinds={"mail": [str(n) for n in range(500)], "icn": [f"V{n}" for n in range(500)]})
    for kinds in ({child.address: "icn"}, {child.address: "icn", parent.address: "mail"}, {}):
        question = small.question(child, parent, requirements=(requirement,), kinds=kinds)
        (breach,) = analyse(question, population).requirements
        assert breach.having[1].count > 200
        assert breach.lacking[1].count == 0


def test_segments_by_the_population_s_own_word(small):
    question = small.question(
        small.course("a", "0", "on", product=P),
        experiences=[small.experience("e", And((small.is_("a"), Is(P, "dual"))), P)],
        products=product(people=1_000, vista="0.9", dual=None, oracle="0.02"),
    )
    population = small.population(*"abcdefghij", segments=["vista"] * 6 + ["dual"] * 3 + [""])
    audience = analyse(question, population)
    parts = {part.name: part for part in audience.toggles[0].segments}
    assert {name: counts(part.change) for name, part in parts.items()} == {
        "vista": (0, 6, 6, 0),
        "dual": (0, 3, 3, 0),
        "oracle": (0, 0, 0, 0),
    }
    assert {name: part.change.after.people for name, part in parts.items()} == {"vista": 900, "dual": 300, "oracle": 20}
    assert (parts["dual"].on, parts["dual"].off) == ("dual on", "dual off")
    assert counts(audience.experiences[0].change) == (0, 3, 3, 0)
    assert audience.experiences[0].change.after.number == 300


def test_segments_of_a_product_with_no_number_of_people(small):
    question = small.question(small.course("a", "0", "on", product=P), products=product(people=None, vista="1"))
    (part,) = analyse(question, small.numbered(10)).toggles[0].segments
    assert counts(part.change) == (0, 10, 10, 0)
    assert part.change.after.people is None


def test_segments_are_drawn_apart_from_every_cohort(small):
    question = small.question(
        small.course("a", "50", "50", product=P), products=product(vista="0.5", oracle="0.25", dual="0.25")
    )
    (reach,) = analyse(question, made_up_uuids(50_000)).toggles
    for part, share in zip(reach.segments, (0.5, 0.25, 0.25), strict=True):
        assert part.change.after.of / 50_000 == pytest.approx(share, abs=0.01)
        assert part.change.after.part == pytest.approx(0.5, abs=0.02)
    assert sum(part.change.after.of for part in reach.segments) == 50_000


def test_the_people_of_a_product(small):
    question = small.question(
        small.course("a", "0", "on", product=P), small.course("b", "0", "on"), products=product(people=900)
    )
    population = small.population(*"abcdef", products={"p": np.array([True, True, False, False, True, False])})
    own, all_ = analyse(question, population).toggles
    assert (counts(own.change), own.change.after.of, own.change.after.number) == ((0, 3, 3, 0), 3, 900)
    assert (counts(all_.change), all_.change.after.of, all_.change.after.number) == ((0, 6, 6, 0), 6, None)


def test_a_product_that_is_not_declared_has_everybody(small):
    question = small.question(
        small.course("a", "0", "on", product=P), requirements=(Requirement(small.toggle("a"), small.toggle("a")),)
    )
    audience = analyse(question, small.population(*"abcd", products={"p": np.array([True, False, False, False])}))
    assert counts(audience.toggles[0].change) == (0, 4, 4, 0)
    assert audience.toggles[0].change.after.of == 4
    assert audience.requirements[0].having[1].count == 4


def test_percentages_as_if_of_the_same_people_first(small):
    """What one expects of them: && is the smallest, || the largest; the segment's share stays what it is."""
    a, b = small.is_("a"), small.is_("b")
    question = small.question(
        small.course("a", "0", "10"),
        small.course("b", "0", "40"),
        experiences=[
            small.experience("and", And((a, b))),
            small.experience("or", Or((a, b))),
            small.experience("part", And((b, Is(P, "dual")))),
        ],
        products=product(dual="0.25"),
    )
    reaches = {reach.address.name: reach for reach in analyse(question, made_up_uuids(50_000)).experiences}
    assert reaches["and"].nominal[1].part == pytest.approx(0.1, abs=0.01)
    assert reaches["or"].nominal[1].part == pytest.approx(0.4, abs=0.01)
    assert reaches["part"].nominal[1].part == pytest.approx(0.1, abs=0.01)
    assert {name: reach.misleads for name, reach in reaches.items()} == {"and": True, "or": False, "part": False}


def test_sets_of_what_everybody_has(small):
    question = small.question(
        small.course("a", "on", "0"),
        small.course("b", "0", "on"),
        small.course("c", "on", "on"),
        sets=(Gathering("s", tuple(map(small.toggle, "abc"))),),
    )
    (found,) = analyse(question, small.numbered(5)).sets
    assert found.before.distribution == found.after.distribution == (0, 0, 5, 0)
    assert found.after.mixed.exact
    assert found.unknown == ()


def test_pairs_are_of_toggles_that_somebody_may_take_for_the_same_people(small):
    names = ("notify", "signup_report", "v3_mobile_notify", "admin_api")
    courses = {name: small.course(name, "0", "5") for name in names}
    keyed = [replace(course, key=course.address.name) for course in courses.values()]
    both = And((small.is_("notify"), small.is_("signup_report")))
    outer = small.experience("outer", Is(Address("experience", "e")))

    def pairs(**fields):
        question = small.question(*keyed, **fields)
        return [(pair.first.name, pair.second.name) for pair in analyse(question, made_up_uuids(50_000)).pairs]

    assert pairs() == []
    assert pairs(experiences=[small.experience("e", both)]) == [("notify", "signup_report")]
    assert pairs(experiences=[small.experience("e", both), outer], sets=(Gathering("s", (outer.address,)),)) == [
        ("notify", "signup_report")
    ]
    assert pairs(sets=(Gathering("s", tuple(map(small.toggle, names)), P),), products=product()) == [
        ("admin_api", "v3_mobile_notify"),
        ("notify", "signup_report"),
    ]
    assert pairs(sets=(Gathering("s", (Address("experience", "no_such"), small.toggle("no_such"))),)) == []


def test_a_pair_of_one_product_is_told_in_people(small):
    courses = [
        replace(small.course(name, "0", "5", product=product_), key=name)
        for name, product_ in (("notify", P), ("signup_report", P), ("admin_api", P), ("v3_mobile_notify", None))
    ]
    question = small.question(
        *courses, sets=(Gathering("s", tuple(course.address for course in courses)),), products=product(people=10_000)
    )
    nobody, many = analyse(question, made_up_uuids(50_000)).pairs
    assert (nobody.both.count, nobody.both.people, nobody.ratio) == (0, None, 0.0)
    assert many.both.number == pytest.approx(290, abs=20)


def test_pairs_of_toggles_that_are_not_partly_on_say_nothing(small):
    courses = [small.course(name, "5", level) for name, level in zip("abcd", ("0", "100", "on", "other"), strict=True)]
    question = small.question(
        *courses, small.course("e", "5", "5"), sets=(Gathering("s", tuple(map(small.toggle, "abcde"))),)
    )
    assert analyse(question, small.numbered(1_000)).pairs == ()


def test_toggles_without_ids_or_people_make_no_pair(small):
    courses = [small.course("a", "0", "5"), small.course("b", "0", "0.001")]
    question = small.question(
        *courses, sets=(Gathering("s", (small.toggle("a"), small.toggle("b"))),), kinds={small.toggle("a"): "icn"}
    )
    assert analyse(question, small.numbered(10)).pairs == ()
    assert analyse(replace(question, kinds={}), small.numbered(3)).pairs == ()


def test_pairs_are_not_looked_at_in_very_large_sets(small):
    courses = [small.course(f"t{number}", "0", "5") for number in range(LARGEST + 1)]
    addresses = tuple(course.address for course in courses)
    question = small.question(*courses, sets=(Gathering("large", addresses), Gathering("small", addresses[1:])))
    audience = analyse(question, small.numbered(100))
    assert audience.unpaired == ("large",)


def test_ten_thousand_toggles(small):
    """In chunks of fewer people, so that their masks fit."""
    courses = [small.course(f"t{number}", "0", "5") for number in range(10_000)]
    seen = []

    def chunks(rows):
        seen.append(rows)
        yield from small.numbered(50).chunks(rows)

    audience = analyse(small.question(*courses), Population("few", chunks))
    assert len(audience.toggles) == 10_000
    assert 1_024 <= seen[0] < 10_000
