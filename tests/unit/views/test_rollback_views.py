"""What is said before a rollback, while it runs and at its end."""

from __future__ import annotations

from flagstaff.addresses import Address
from flagstaff.apply.rollback.events import Ended, Lingering, Outcome, Result, Waited, WentOn, Written
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.model.live import Testers as Group
from flagstaff.model.recorded import Hold, Recorded
from flagstaff.plan.rollback.ground import Ground
from flagstaff.plan.rollback.naming import Left
from flagstaff.plan.rollback.retreat import Wish, retreat
from flagstaff.testing import building as b
from flagstaff.views.look import ASCII, Look
from flagstaff.views.rollback_end import Ending, event_page, rollback_end
from flagstaff.views.rollback_human import rollback_page

A, B = Address("toggle", "a"), Address("toggle", "b")
LOOK = Look(100)
CONFIG = b.desired(b.toggle("a", "100"), b.toggle("b", "5", requires="a"))
GROUND = Ground.of(CONFIG, Recorded())


def plan(**wish):
    live = b.snapshot(a=b.raw("100", "ann"), b="5").toggles
    return retreat(Wish({A: OFF}, **wish), GROUND, live, b.DIALECT)


def hold(of=None):
    return Hold("id", "errors", b.NOW, "ann", of=of)


def ended(*results, holds=None, seconds=0.4, stopped="", **fields):
    outcome = Outcome(results, {A: hold(), B: hold(A)} if holds is None else holds, {}, seconds, stopped)
    return rollback_end(Ending(outcome, (), {A: Address("role", "po")}, **fields), GROUND, LOOK).text


def results(*ends):
    return tuple(Result(down, end, "It said 500.") for down, end in zip(plan().downs, ends, strict=True))


def test_what_goes_down_stands_in_order_in_ascii_too():
    text = rollback_page(plan(), GROUND, Look(80, ASCII)).text
    assert text == (
        "Down, in this order. No approval is needed to go down.\n"
        "  1. v toggle.b     5 % -> 0 %   requires toggle.a - b_enabled\n"
        "  2. v toggle.a   100 % -> 0 %   a_enabled\n"
        "\n"
        "What people will see\n"
        "  Of no product: toggle.b, toggle.a go back\n"
        "  1 tester keeps it (-testers removes them, too).\n"
    )


def test_what_is_left_alone_is_listed():
    text = rollback_page(plan(), GROUND, LOOK, left=[Left(B, "Flagstaff does not move it.")]).text
    assert text.endswith(
        "\nLeft alone; name them if they shall go down, too:\n  toggle.b: Flagstaff does not move it.\n"
    )


def test_each_event_is_a_line():
    child, parent = plan().downs

    def line(event):
        return event_page(event, LOOK).text

    assert line(Written(child, "", 0.1)) == "  ✓ toggle.b   5 % -> 0 %   written 0.1 s\n"
    assert line(Written(parent, "It said 500.", 0.1)) == "  ✗ toggle.a   100 % -> 0 %   It said 500.\n"
    assert line(WentOn((B,))) == "  Not waiting any longer for toggle.b.\n"
    assert line(Waited(118)) == "    readers may serve the old value for 1:58 more\n"
    assert line(Lingering("bob", "apply")) == (
        "    bob still runs apply, which was asked to stop; waiting for its last move.\n"
    )


def test_a_good_end():
    text = ended(*results(Ended.DOWN, Ended.DOWN), propagation=120.0, checks=("look at x",), stopped="", again="again")
    assert text == (
        "Rolled back and verified in 0.4 s. Readers may still serve the old values for up to 2:00.\n"
        "1 tester still has it.\n"
        "\n"
        "Both are held: nothing turns them up again before a release.\n"
        '  flagstaff release toggle.a -note "ROOT CAUSE"   (by role.po)\n'
        "  toggle.b is released with toggle.a\n"
        "\n"
        "Check now\n"
        "  1. look at x\n"
    )


def test_a_wait_that_was_waited_is_not_told_again():
    text = ended(*results(Ended.DOWN, Ended.DOWN), propagation=120.0, waited=True)
    assert text.startswith("Rolled back and verified in 0.4 s.\n")


def test_each_bad_end_has_its_words():
    text = ended(*results(Ended.SKIPPED, Ended.FAILED), again="flagstaff rollback a", stopped="Interrupted.")
    assert text.startswith(
        "  ✗ toggle.b (b_enabled) was left alone: It said 500.\n"
        "  ✗ toggle.a (a_enabled) is NOT down: It said 500.\n"
        "\n"
        "NOT all down: 0 of 2 verified. Interrupted.\n"
        "  try again:  flagstaff rollback a\n"
    )
    assert "toggle.a (a_enabled) may not be down: It said 500." in ended(*results(Ended.DOWN, Ended.UNKNOWN))


def test_testers_that_are_missing_are_named():
    (_, parent) = plan().downs
    result = Result(parent, Ended.DOWN, "It said 500.", OFF, Group(("ann",), ("g",)))
    text = ended(result)
    assert text.startswith(
        "  ? toggle.a is down, and ann, the group g could not be put back as testers. It said 500.\n"
        "\n"
        "All down, but testers are missing: 1 of 1 verified.\n"
    )


def test_who_was_stopped_is_said_first():
    outcome = Outcome((), {}, {}, 0.0)
    text = rollback_end(Ending(outcome, (), {}, stopped="bob was asked to stop."), GROUND, LOOK).text
    assert text == "  bob was asked to stop.\n\nNothing had to go down.\n"


def test_without_an_owner_that_is_said():
    many = {Address("toggle", name): hold() for name in "abc"}
    text = ended(holds=many)
    assert "All 3 are held: nothing turns them up again before a release.\n" in text
    assert 'flagstaff release toggle.b -note "ROOT CAUSE"   (no role is recorded that owns it)\n' in text


def test_trouble_with_the_state_says_where_the_journal_is():
    text = ended(holds={}, trouble="It is down.", journal="flagstaff-rollback-1.jsonl")
    assert text.endswith(
        "\nThe state could not be written. It is down.\n"
        "What was done is in flagstaff-rollback-1.jsonl. Keep it: the next command here that writes the state\n"
        "takes it over. Until then only this machine knows of the holds.\n"
    )
    text = ended(holds={}, trouble="It is down.", lost="Read-only file system: x")
    assert "Nor could a local journal: Read-only file system: x. Nothing records this rollback; keep this" in text


def test_a_long_list_of_experiences_is_cut():
    from flagstaff.model.conditions import Is
    from flagstaff.model.configuration import Experience

    uses = {use.address: use for use in (Experience(Address("experience", f"e{n}"), f"E{n}", Is(A)) for n in range(10))}
    ground = Ground.of(b.desired(b.toggle("a", "5"), experiences=uses), Recorded())
    down = retreat(Wish({A: Exposure.parse("0")}), ground, b.snapshot(a="5").toggles, b.DIALECT)
    assert "10 experiences lost: E0, E1, E2, E3, E4, E5, E6, E7, and 2 more\n" in rollback_page(down, ground, LOOK).text
