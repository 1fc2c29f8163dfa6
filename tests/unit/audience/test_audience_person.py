"""One person: what decides for them, and what they get."""

from dataclasses import replace

from flagstaff.addresses import Address
from flagstaff.audience.person import Moment, Part, PersonExperience, Why, explain_person
from flagstaff.model.conditions import And, Is, Not
from flagstaff.model.configuration import Product, Segment
from flagstaff.providers.flipper.dialect import FlipperDialect

ID = "someone@example.gov"


def explained(question, ids=None, **fields):
    person = explain_person(question, ids or {"": ID}, **fields)
    return {item.address.name: item for item in (*person.toggles, *person.experiences)}


def bucket(key, id=ID):
    return FlipperDialect().bucket(key, [id]).values[0]


def test_why_somebody_has_a_toggle_or_not(small):
    number = bucket("part_enabled")
    below, above = f"{number / 1000:.3f}", f"{(number + 1) / 1000:.3f}"
    found = explained(
        small.question(
            small.course("all", "0", "on"),
            small.course("part", below, above),
            small.course("tester", "0", "other", testers=(ID, "x")),
            small.course("open", "other", "5"),
        )
    )
    assert (found["all"].before, found["all"].after) == (Moment(False, Why.NOBODY), Moment(True, Why.EVERYBODY))
    opens = FlipperDialect().opens(small.exposure(above))
    assert found["part"].after == Moment(True, Why.INSIDE, number, opens, 100_000)
    assert (found["part"].before.has, found["part"].before.why) == (False, Why.OUTSIDE)
    assert found["tester"].before == found["tester"].after == Moment(True, Why.TESTER)
    assert found["open"].before == Moment(None, Why.UNKNOWN)


def test_a_new_key_is_another_bucket(small):
    found = explained(small.question(small.course("a", "5", "5", key_now="a_old")))
    assert found["a"].before.bucket == bucket("a_old")
    assert found["a"].after.bucket == bucket("a_enabled")


def test_what_somebody_gets_and_what_is_missing(small):
    question = small.question(
        small.course("a", "0", "on"),
        small.course("b", "other", "0"),
        small.course("c", "0", "0", testers=(ID,)),
        experiences=[
            small.experience("e", And((small.is_("a"), small.is_("c")))),
            small.experience("f", And((small.is_("b"), Not(Is(Address("experience", "e")))))),
        ],
    )
    found = explained(question)
    assert found["e"] == PersonExperience(
        Address("experience", "e"), False, True, (Part("toggle.a", False, True), Part("toggle.c", True, True))
    )
    assert (found["f"].before, found["f"].after) == (None, False)
    assert found["f"].parts == (Part("experience.e", False, True), Part("toggle.b", None, False))


def test_a_segment_is_told_and_never_drawn(small):
    product = Address("product", "p")
    question = small.question(
        experiences=[small.experience("e", Is(product, "dual"))],
        products={product: Product(product, "", segments=(Segment("dual", 1, "", ""),))},
    )
    assert explained(question)["e"].after is None
    assert explained(question, segment="dual")["e"].after is True
    assert explained(question, segment="vista")["e"].after is False


def test_the_app_knows_them_by_another_id(small):
    """A tester by e-mail is none in the app; without the app's id nobody can say."""
    question = small.question(
        small.course("a", "0", "50", testers=(ID,)),
        small.course("in_app", "0", "50"),
        experiences=[small.experience("web", small.is_("a")), small.experience("app", small.is_("a"))],
        kinds={Address("experience", "app"): "icn", small.toggle("in_app"): "icn"},
    )
    found = explained(question, {"mail": ID, "icn": "1013V1"})
    assert (found["web"].before, found["web"].after) == (True, True)
    assert (found["app"].before, found["app"].after) == (False, bucket("a_enabled", "1013V1") < 50_000)
    assert found["in_app"].after.bucket == bucket("in_app_enabled", "1013V1")
    found = explained(question, {"mail": ID})
    assert (found["app"].before, found["app"].after) == (False, None)
    assert found["in_app"].after == Moment(None, Why.NO_ID)


def test_a_store_without_a_hash(small):
    assert explain_person(replace(small.question(), dialect=small.no_hash), {"": ID}) is None
