"""An apply of a group: none of it starts alone, and nothing of it starts behind a failure."""

from flagstaff.addresses import Address
from flagstaff.apply.choosing import Progress, groups, skips, with_mates
from flagstaff.apply.events import Ended, MoveResult
from flagstaff.apply.neighbours import Neighbours
from flagstaff.apply.options import Options
from flagstaff.model.exposure import OFF, Exposure
from flagstaff.plan.plan import Action, Move

PO = Address("role", "po")
OPTIONS = Options("ann", "run")


def move(name, *, group="g", after=(), approvals=(), consent=False):
    waits = tuple(Address("toggle", other) for other in after)
    address = Address("toggle", name)
    return Move(
        address,
        name,
        Action.RAISE,
        OFF,
        Exposure(5000),
        (),
        None,
        waits,
        group=group,
        approvals=approvals,
        consent=consent,
    )


def progress(*moves):
    return Progress(Neighbours({}, {}), groups(moves))


def told(found):
    return {address.name: (result.ended, result.detail) for address, result in found.items()}


def test_what_is_alone_has_no_mates():
    alone, one, two = move("alone", group=""), move("a"), move("b")
    assert groups((alone, one, two)) == {"g": (one, two)}
    assert progress(alone, one, two).mates(alone) == ()


def test_a_missing_approval_of_a_later_move_keeps_the_first_from_starting():
    first, later = move("a"), move("b", after="a", approvals=(PO,))
    assert told(skips([first], progress(first, later), OPTIONS)) == {
        "a": (Ended.WAITING, "Waits because of toggle.b, with which it goes together.")
    }
    agreed = Options("ann", "run", approved=frozenset({PO}))
    assert skips([first], progress(first, later), agreed) == {}


def test_a_failed_mate_stops_the_rest():
    first, later, alone = move("a"), move("b", after="a"), move("z", group="")
    now = progress(first, later, alone)
    now.add(MoveResult(first, Ended.FAILED, "it broke"))
    assert told(skips([later, alone], now, OPTIONS)) == {"b": (Ended.SKIPPED, "Skipped because of toggle.a.")}


def test_all_in_a_batch_end_with_one_of_them():
    one, two, alone = move("a"), move("b"), move("z", group="")
    for ended, word, other in ((Ended.FAILED, "Skipped", Ended.SKIPPED), (Ended.WAITING, "Waits", Ended.WAITING)):
        found = with_mates([one, two, alone], {one.address: MoveResult(one, ended, "why")})
        assert told(found) == {
            "a": (ended, "why"),
            "b": (other, f"{word} because of toggle.a, with which it goes together."),
        }
        assert found[two.address].because == one.address
