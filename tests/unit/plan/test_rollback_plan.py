"""What goes down, how far and in which order; what is left broken; what is known of it when little is left."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from flagstaff.addresses import Address
from flagstaff.diagnostics import Diagnostics
from flagstaff.model import live as model
from flagstaff.model.conditions import Is, Not, all_of, any_of
from flagstaff.model.configuration import Experience, Product, Requirement, Segment
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.exposure import OFF, ON, Exposure
from flagstaff.model.recorded import Recorded, StageRecord, ToggleRecord
from flagstaff.model.rollout import Monitor, StageName, Trigger
from flagstaff.plan.applied.read import remembered
from flagstaff.plan.applied.written import applied
from flagstaff.plan.rollback.ground import Ground
from flagstaff.plan.rollback.naming import Typed, named
from flagstaff.plan.rollback.retreat import (
    Wish,
    again,
    is_down,
    kept_testers,
    missing_testers,
    retreat,
    told_testers,
    unmet_by,
)
from flagstaff.plan.rollback.what_to_check import what_to_check
from flagstaff.plan.stages.levels import stage_levels
from flagstaff.providers.flipper.dialect import FlipperDialect
from flagstaff.testing import building as b

A, B, C = (Address("toggle", name) for name in "abc")
DIALECT = FlipperDialect()
P, Q = Address("product", "p"), Address("product", "q")


def percent(text):
    return Exposure.parse(text)


def experience(name, when, product=None):
    address = Address("experience", name)
    return Experience(address, f"Title of {name}", when, product)


def went(config, live, *names, to="0", recorded=None, **wish):
    ground = Ground.of(config, recorded or Recorded())
    asked = Wish({Address("toggle", name): percent(to) for name in names}, **wish)
    return retreat(asked, ground, live.toggles, DIALECT)


def order(plan):
    return [[down.address.name for down in batch] for batch in plan.batches]


CHAIN = b.desired(b.toggle("a", "100"), b.toggle("b", "100", requires="a"), b.toggle("c", "5", requires="b"))


def test_dependents_go_first_and_say_why():
    plan = went(CHAIN, b.snapshot(a="100", b="100", c="5"), "a")
    assert order(plan) == [["c"], ["b"], ["a"]]
    c, middle, a = plan.downs
    assert (a.named, middle.named, c.named) == (True, False, False)
    assert (middle.of, c.of) == (A, A)
    assert c.requirement.parent == B
    assert [down.wanted for down in plan.downs] == [OFF] * 3


def test_a_dependent_at_0_stays_where_it_is():
    assert order(went(CHAIN, b.snapshot(a="100", b="0", c="0"), "a")) == [["a"]]


def test_a_dependent_that_the_lower_level_still_carries_stays():
    config = b.desired(b.toggle("a", "100"), b.toggle("b", "5", requires="a", at_least="20"))
    assert order(went(config, b.snapshot(a="100", b="5"), "a", to="20")) == [["a"]]
    assert order(went(config, b.snapshot(a="100", b="5"), "a", to="10")) == [["b"], ["a"]]


def test_a_dependent_does_not_stay_where_the_store_closes_the_toggle_on_its_way():
    """Over the API there is no way from the boolean to a percentage but through 0."""
    config = b.desired(b.toggle("a", "on"), b.toggle("b", "5", requires="a", at_least="5"))
    live, wish = b.snapshot(a="on", b="5").toggles, Wish({A: percent("20")})
    ground = Ground.of(config, Recorded())
    assert order(retreat(wish, ground, live, DIALECT)) == [["a"]]
    assert order(retreat(wish, ground, live, FlipperDialect(atomic=False))) == [["b"], ["a"]]


def test_a_key_that_can_not_be_written_does_not_hide_what_depends_on_it():
    config = b.desired(b.toggle("a", "on", key=".."), b.toggle("b", "5", requires="a"))
    live = {"..": b.raw("on"), "b_enabled": b.raw("5")}
    plan = retreat(Wish({A: percent("20")}), Ground.of(config, Recorded()), live, FlipperDialect(atomic=False))
    assert order(plan) == [["b"], ["a"]]
    assert isinstance(plan.downs[1].steps, model.Refusal)


def test_a_named_dependent_goes_down_for_its_own_sake():
    plan = went(CHAIN, b.snapshot(a="100", b="100", c="5"), "a", "c")
    assert {down.address: down.of for down in plan.downs} == {A: None, B: A, C: None}


def test_a_named_dependent_goes_as_far_down_as_it_must():
    config = b.desired(b.toggle("a", "100"), b.toggle("b", "100", requires="a"))
    plan = went(config, b.snapshot(a="100", b="100"), "a", "b", to="20")
    assert [(down.address, down.wanted) for down in plan.downs] == [(B, OFF), (A, percent("20"))]


def test_only_leaves_dependents_alone_and_tells_what_is_broken():
    plan = went(CHAIN, b.snapshot(a="100", b="100", c="5"), "a", only=True)
    assert order(plan) == [["a"]]
    assert [(one.requirement.child, one.child, one.parent) for one in plan.unmet] == [(B, percent("100"), OFF)]


def test_it_only_goes_down():
    plan = went(CHAIN, b.snapshot(a="5", b="0", c="0"), "a", to="20")
    assert plan.batches == ()
    assert [down.address for down in plan.resting] == [A]


def test_one_that_is_open_in_another_way_goes_to_0():
    raw = b.raw("5", percentage_of_time="50")
    (down,) = went(CHAIN, b.snapshot(a=raw, b="0", c="0"), "a", to="20").downs
    assert down.wanted == OFF
    assert str(down.before) == "other (percentage_of_time = 50)"


def test_what_is_not_in_the_store_is_told():
    plan = went(CHAIN, b.snapshot(b="5", c="0"), "a")
    assert plan.batches == ()
    assert [toggle.address for toggle in plan.missing] == [A]


def test_requirements_of_the_last_apply_count_as_well():
    now = b.desired(b.toggle("a", "100"), b.toggle("b", "100"), b.toggle("c", "5"))
    plan = went(now, b.snapshot(a="100", b="100", c="5"), "a", recorded=Recorded(applied=applied(CHAIN)))
    assert order(plan) == [["c"], ["b"], ["a"]]


def test_a_circle_between_then_and_now_goes_down_together():
    now = b.desired(b.toggle("a", "100", requires="b"), b.toggle("b", "100"), b.toggle("c", "5"))
    plan = went(now, b.snapshot(a="100", b="100", c="5"), "a", recorded=Recorded(applied=applied(CHAIN)))
    assert order(plan) == [["c"], ["a", "b"]]


def test_depends_on_orders_and_takes_nobody_along():
    config = b.desired(b.toggle("a", "100"), b.toggle("b", "100", after="a"))
    live = b.snapshot(a="100", b="100")
    assert order(went(config, live, "a")) == [["a"]]
    assert order(went(config, live, "a", "b")) == [["b"], ["a"]]


def test_people_and_experiences_are_counted():
    product = Product(P, "P", people=1000)
    uses = (
        experience("web", all_of([Is(A), Is(B)])),
        experience("other", all_of([Is(B)])),
        experience("old", Not(Is(A))),
        experience("nested", all_of([Is(Address("experience", "web")), Not(any_of([Is(C), Is(B)]))])),
    )
    config = b.desired(
        b.toggle("a", "20", product=P), products={P: product}, experiences={use.address: use for use in uses}
    )
    (down,) = went(config, b.snapshot(a="20"), "a").downs
    assert down.people == 200
    assert [use.address.name for use in down.lost] == ["nested", "web"]
    assert [use.address.name for use in down.gained] == ["old"]
    ground = Ground.of(config, Recorded())
    assert ground.uses[Address("experience", "nested")].bars == {B, C}


def test_experiences_are_known_from_the_last_apply_too():
    uses = (experience("web", all_of([Is(A), any_of([Is(B), Not(all_of([Is(C), Is(B)]))])])),)
    config = b.desired(b.toggle("a"), experiences={use.address: use for use in uses})
    use = Ground.of(None, Recorded(applied=applied(config))).uses[Address("experience", "web")]
    assert (use.title, use.needs, use.bars) == ("Title of web", {A, B}, {B, C})


def test_testers_are_kept_or_taken():
    live = b.snapshot(a=b.raw("5", "ann", groups=["g"]), b="0", c="0")
    (down,) = went(CHAIN, live, "a").downs
    assert (kept_testers(down.kept), len(down.taken)) == (("ann", "group:g"), 0)
    (down,) = went(CHAIN, live, "a", testers=True).downs
    assert (len(down.kept), kept_testers(down.taken)) == (0, ("ann", "group:g"))
    assert told_testers(("ann", "group:g")) == down.taken


def test_lost_testers_are_put_back_though_it_is_down():
    lost = {"a_enabled": model.Testers(("ann",))}
    (down,) = went(CHAIN, b.snapshot(a=b.raw("0", "bob"), b="0", c="0"), "a", lost=lost).downs
    assert (down.before, down.wanted, kept_testers(down.kept)) == (OFF, OFF, ("ann", "bob"))


def test_the_same_wish_once_more_keeps_testers_that_have_come():
    (down,) = went(CHAIN, b.snapshot(a=b.raw("on", "ann"), b="0", c="0"), "a").downs
    now = b.raw("5", "bob")
    later = again(down, now, DIALECT)
    assert kept_testers(later.kept) == ("ann", "bob")
    assert missing_testers(down, now, DIALECT) == model.Testers(("ann",))
    assert not is_down(down, now, DIALECT)
    assert is_down(down, None, DIALECT)
    assert again(down, None, DIALECT).steps == ()
    taken = went(CHAIN, b.snapshot(a=b.raw("on", "ann"), b="0", c="0"), "a", testers=True).downs[0]
    assert len(again(taken, now, DIALECT).kept) == 0


def test_protected_toggles_are_known():
    config = b.desired(b.toggle("a", "5", protected=True), b.toggle("b", "5"))
    assert [down.address for down in went(config, b.snapshot(a="5", b="5"), "a", "b").protected] == [A]


def test_the_end_is_judged_by_what_was_read():
    plan = went(CHAIN, b.snapshot(a="100", b="100", c="5"), "a")
    ground = Ground.of(CHAIN, Recorded())
    left = unmet_by(plan, ground, {A: OFF, B: percent("100"), C: OFF})
    assert [one.requirement.child for one in left] == [B]


def test_a_renamed_key_is_found_under_the_one_that_people_have():
    record = Recorded(toggles={A: ToggleRecord("old_key", percent("20"))})
    config = b.desired(b.toggle("a", "20", key="new_key"))
    live = {"old_key": b.raw("20"), "new_key": b.raw("0")}
    ground = Ground.of(config, record)
    assert retreat(Wish({A: OFF}), ground, live, DIALECT).downs[0].key == "old_key"
    live = {"old_key": b.raw("0"), "new_key": b.raw("20")}
    assert retreat(Wish({A: OFF}), ground, live, DIALECT).downs[0].key == "new_key"
    assert retreat(Wish({A: OFF}, {A: "old_key"}), ground, live, DIALECT).resting[0].key == "old_key"


# What may be typed.


def meant(text, config=CHAIN, live=("a_enabled", "stray_key"), recorded=None, **typed):
    found = Diagnostics()
    asked = Typed((text,) if text else (), **typed)
    answer = named(asked, Ground.of(config, recorded or Recorded()), live, found)
    return answer, [f"{item.summary}: {item.detail}" for item in found]


@pytest.mark.parametrize("text", ["toggle.a", "a", "a_enabled", "isA", " isA "])
def test_every_name_works(text):
    config = b.desired(b.toggle("a", "5", aliases=("isA",)), b.toggle("b"))
    assert meant(text, config)[0].toggles == {A: OFF}


def test_case_slips_get_the_nearest_name():
    config = b.desired(b.toggle("a", "5", aliases=("isAcceleratingAllergies",)))
    _, (problem,) = meant("isacceleratingallergies", config)
    assert problem.endswith('Did you mean "isAcceleratingAllergies"?')


def test_a_name_that_nobody_has_is_told():
    answer, (problem,) = meant("something else entirely")
    assert answer.toggles == {}
    assert problem == (
        'Unknown toggle: "something else entirely" is no address, alias or key that the configuration, the state or '
        "the live store has."
    )


def test_several_matches_are_listed():
    config = b.desired(b.toggle("a", "5", aliases=("x",)), b.toggle("b", "5", aliases=("x",)))
    answer, (problem,) = meant("x", config)
    assert answer.toggles == {}
    assert problem == (
        'Name of several toggles: "x" may be any of these. Name the one that you mean:\n'
        "  toggle.a   a_enabled\n  toggle.b   b_enabled"
    )


def test_a_block_stands_for_its_instances():
    config = b.desired(b.toggle('toggle.site["1"]', "5"), b.toggle('toggle.site["2"]', "5"))
    for text in ("toggle.site", "site"):
        assert [str(one) for one in meant(text, config)[0].toggles] == ['toggle.site["1"]', 'toggle.site["2"]']


def test_a_live_key_that_nobody_declared_gets_a_name():
    answer, _ = meant("stray_key")
    assert answer.toggles == {Address("toggle", "stray_key"): OFF}
    assert answer.keys == {Address("toggle", "stray_key"): "stray_key"}
    answer, _ = meant("1-a b", live=("1-a b",))
    assert list(map(str, answer.toggles)) == ["toggle._1-a_b"]
    config = b.desired(b.toggle("x_", key="other"))
    answer, _ = meant("x!", config, live=("x!",))
    assert list(map(str, answer.toggles)) == ["toggle.x__"]
    plan = retreat(Wish(answer.toggles, answer.keys), Ground.of(config, Recorded()), {"x!": b.raw("5")}, DIALECT)
    assert [down.key for down in plan.downs] == ["x!"]


SHARED = b.desired(
    b.toggle("a", "5", product=P),
    b.toggle("b", "5", product=P),
    b.toggle("c", product=P),
    b.toggle("d", "5", product=Q),
    products={P: Product(P, "P")},
    experiences={
        one.address: one
        for one in (
            experience("p", all_of([Is(A), Is(B)]), P),
            experience("q", all_of([Is(B), Is(Address("toggle", "d"))])),
        )
    },
)


@pytest.mark.parametrize("text", ["p", "product.p"])
def test_of_a_product_only_what_is_its_alone_and_managed(text):
    answer, _ = meant("", SHARED, products=(text,))
    assert list(answer.toggles) == [A]
    assert [(one.address, one.why) for one in answer.left] == [
        (B, "2 experiences of several products need it."),
        (C, "Flagstaff does not move it."),
    ]
    answer, _ = meant("toggle.b", SHARED, products=(text,))
    assert list(answer.toggles) == [A, B]
    assert [one.address for one in answer.left] == [C]


def test_a_product_may_stand_where_a_toggle_does():
    assert list(meant("product.q", SHARED)[0].toggles) == [Address("toggle", "d")]


def test_an_unknown_product_gets_the_nearest_name():
    _, (problem,) = meant("", SHARED, products=("product.pp",))
    assert problem == (
        'Unknown product: There is no product "product.pp"; there are: product.p, product.q. Did you mean "product.p"?'
    )


STAGES = b.rollout(
    "r",
    b.stage("one", "5", "a"),
    b.stage("two", ("10", "20"), "a", "b"),
    b.stage("wait", None),
    b.stage("three", "50", "a", "b", "c"),
    b.stage("side", "7", "c", after=("one",)),
)
RAMPED = b.ramped(STAGES)


def test_a_rollout_takes_all_that_its_stages_move():
    answer, _ = meant("rollout.r", RAMPED)
    assert answer.toggles == {A: OFF, B: OFF, C: OFF}


@pytest.mark.parametrize(
    ("stage", "levels"),
    [("one", ("5", "0", "0")), ("two", ("20", "20", "0")), ("wait", ("20", "20", "0")), ("side", ("5", "0", "7"))],
)
@pytest.mark.parametrize("known", ["declared", "recalled"])
def test_to_a_stage_is_where_everything_was_then(stage, levels, known):
    config, recorded = (RAMPED, None) if known == "declared" else (None, Recorded(applied=applied(RAMPED)))
    answer, problems = meant("", config, recorded=recorded, rollouts=("r",), to=stage)
    assert problems == []
    assert answer.toggles == dict(zip((A, B, C), map(percent, levels), strict=True))
    answer, _ = meant("", config, recorded=recorded, rollouts=("r",), to=f"rollout.r.stage.{stage}")
    assert answer.toggles[A] == percent(levels[0])


def test_the_rollout_that_has_the_stage_is_asked():
    one = b.rollout("q", b.stage("early", "3", "a"))
    config = b.ramped(one, STAGES)
    assert meant("a", config, to="two")[0].toggles == {A: percent("20")}
    assert meant("a", config, to="early")[0].toggles == {A: percent("3")}


def test_a_circle_of_stages_ends():
    first, second = b.rollout("r", b.stage("x", "5", "a"), b.stage("y", "7", "b")).stages
    circle = replace(STAGES, stages=(replace(first, after=("y", "gone")), second))
    assert stage_levels(circle, "x") == {A: percent("5"), B: percent("7")}


def test_a_circle_of_experiences_ends():
    uses = (
        experience("x", all_of([Is(A), Is(Address("experience", "y"))])),
        experience("y", Is(Address("experience", "x"))),
    )
    ground = Ground.of(b.desired(b.toggle("a"), experiences={use.address: use for use in uses}), Recorded())
    assert ground.uses[Address("experience", "y")].needs == {A}


def test_a_stage_is_known_from_its_record_alone():
    stages = {
        StageName(Address("rollout", "r"), "one"): StageRecord((A,), percent("5"), started=b.NOW),
        StageName(Address("rollout", "r"), "two"): StageRecord((A, B), percent("10")),
    }
    record = Recorded(toggles={A: ToggleRecord("a_enabled", ON), B: ToggleRecord("b_enabled", ON)}, stages=stages)
    answer, _ = meant("", None, recorded=record, rollouts=("r",), to="one")
    assert answer.toggles == {A: percent("5"), B: OFF}


def test_the_latest_of_unordered_stages_is_the_lowest():
    rollout = b.rollout("r", b.stage("x", "5", "a"), b.stage("y", "3", "a"), b.stage("end", None, after=("x", "y")))
    first, second, end = rollout.stages
    rollout = replace(rollout, stages=(replace(first, after=()), replace(second, after=()), end))
    assert stage_levels(rollout, "end") == {A: percent("3")}


def test_a_share_that_nobody_decided_is_none():
    undecided = b.rollout("r", b.stage("x", OpenDecision("how far", None), "a"))
    assert stage_levels(undecided, "x") == {A: OFF}


def test_wrong_stages_are_told():
    _, (problem,) = meant("", RAMPED, rollouts=("r",), to="tow")
    assert problem == (
        'Unknown stage: No rollout of these toggles has a stage "tow"; there are: one, side, three, two, wait. '
        'Did you mean "two"?'
    )
    config = replace(RAMPED, toggles={**RAMPED.toggles, Address("toggle", "d"): b.toggle("d", "5")})
    asked, found = Typed(("d", "a"), to="one"), Diagnostics()
    assert named(asked, Ground.of(config, Recorded()), (), found).toggles == {A: percent("5")}
    assert [item.summary for item in found] == ["Toggle without this stage"]


# What is known when little is left.


def test_what_can_not_be_read_of_an_old_document_is_left_out():
    document = {
        **applied(CHAIN),
        "products": {"product.p": {"title": 1}, "no address": {}},
        "experiences": {"experience.x": {}, "experience.y": None},
        "rollouts": {
            "rollout.r": {"stages": [{"name": "x", "exposure": "5", "toggles": ["toggle.a"]}]},
            "rollout.s": {},
        },
    }
    document["toggles"]["toggle.c"] = "broken"
    found = remembered(document)
    assert sorted(found.toggles) == [A, B]
    assert found.products == {}
    assert [stage.name.name for stage in found.rollouts[Address("rollout", "r")].stages] == ["x"]
    assert Ground.of(None, Recorded(applied=document)).uses == {}
    assert remembered({"toggles": []}).toggles == {}


def test_everything_a_rollback_needs_comes_back_from_the_last_apply():
    segment = Segment("dual", Decimal("0.08"), "new", "old")
    config = b.desired(
        b.toggle("a", "5", aliases=("isA",), protected=True, product=P, after="c"),
        b.toggle("b", "5", requires="a", at_least="20"),
        b.toggle("c", OpenDecision("how far", None)),
        products={P: Product(P, "P", Address("role", "po"), 1000, (segment,))},
    )
    ground = Ground.of(None, Recorded(applied=applied(config)))
    assert ground.toggles[A].aliases == ("isA",)
    assert ground.toggles[A].protected
    assert ground.owner(A) == Address("role", "po")
    assert ground.owner(B) is None
    assert ground.products[P].segments == (segment,)
    assert ground.requirements == (Requirement(B, A, 20_000),)
    assert [(one.child, one.parent) for one in ground.dependencies] == [(A, C)]
    assert ground.managed == {A, B}


def test_a_broken_configuration_is_believed_last():
    broken = b.desired(b.toggle("a", "5", key="typo"), b.toggle("new", "5"))
    ground = Ground.of(None, Recorded(applied=applied(CHAIN)), broken)
    assert ground.toggles[A].key == "a_enabled"
    assert ground.keys[A] == ("a_enabled", "typo")
    assert Address("toggle", "new") in ground.toggles


# What to look at afterwards.


def test_what_to_check_names_people_monitors_triggers_and_the_report():
    monitor, trigger, other = Address("monitor", "errors"), Address("trigger", "calls"), Address("trigger", "other")
    rollout = b.rollout("r", b.stage("one", "5", "a", monitors=(monitor,), triggers=(trigger, other)))
    product = Product(P, "P", segments=(Segment("dual", None, "new", "MHV data only"), Segment("vista", None, "", "")))
    config = b.ramped(
        rollout,
        toggles=[b.toggle("a", product=P)],
        products={P: product},
        monitors={monitor: Monitor(monitor, "Error rate", OpenDecision("where", None), where="dashboard 7")},
        triggers={trigger: Trigger(trigger, "People call", action="tell the desk"), other: Trigger(other, "No action")},
    )
    ground = Ground.of(config, Recorded())
    plan = retreat(Wish({A: OFF}), ground, b.snapshot(a="5").toggles, DIALECT)
    assert what_to_check(plan, ground, config) == (
        "people of P (dual) see: MHV data only",
        "monitor.errors: Error rate (dashboard 7)",
        "People call: tell the desk",
        "write down what happened: flagstaff report rollout r",
    )


def test_without_a_rollout_the_history_is_named():
    ground = Ground.of(CHAIN, Recorded())
    plan = retreat(Wish({C: OFF}), ground, b.snapshot(c="5").toggles, DIALECT)
    assert what_to_check(plan, ground, CHAIN) == ("write down what happened: flagstaff history shows who did what",)
