"""The order rule, checked by brute force: no allowed order of writes breaks a requirement that holds at both ends."""

from itertools import combinations

from hypothesis import given

from flagstaff.model.exposure import Exposure
from flagstaff.plan.order import batches
from flagstaff.plan.plan import Status
from flagstaff.plan.requirements import holds, strictest
from flagstaff.testing import building as b
from flagstaff.testing.worlds import worlds


def down_closed(moves):
    """Every set of moves that may have been done when a run stops."""
    for size in range(len(moves) + 1):
        for some in combinations(moves, size):
            done = {move.address for move in some}
            if all(done.issuperset(move.waits_for) for move in some):
                yield some


def requirements(config):
    return strictest(r for toggle in config.toggles.values() for r in toggle.requirements)


def at(config, live, name):
    return b.DIALECT.live(live.toggles.get(config.toggles[name].key)).exposure


@given(worlds())
def test_no_allowed_order_breaks_a_requirement_that_holds_at_both_ends(world):
    config, live, record = world
    moves = b.plan(config, live, record).core.moves
    end = b.after(live, (step for move in moves for step in move.steps))
    kept = [
        r
        for r in requirements(config)
        if holds(r, at(config, live, r.child), at(config, live, r.parent))
        and holds(r, at(config, end, r.child), at(config, end, r.parent))
    ]
    for some in down_closed(moves):
        now = b.after(live, (step for move in some for step in move.steps))
        for r in kept:
            assert holds(r, at(config, now, r.child), at(config, now, r.parent)), (r, some)


@given(worlds())
def test_a_requirement_that_holds_now_holds_after_any_part_of_the_plan(world):
    """Stronger: whatever the configuration asks for, a plan never breaks what holds."""
    config, live, record = world
    moves = b.plan(config, live, record).core.moves
    for some in down_closed(moves):
        now = b.after(live, (step for move in some for step in move.steps))
        for r in requirements(config):
            if holds(r, at(config, live, r.child), at(config, live, r.parent)):
                assert holds(r, at(config, now, r.child), at(config, now, r.parent)), (r, some)


@given(worlds())
def test_only_blocked_or_pending_changes_are_left_after_applying_everything(world):
    config, live, record = world
    first = b.plan(config, live, record)
    live, record = b.applied(first, live, record)
    second = b.plan(config, live, record)
    left = {change.address for change in first.observed.changes if change.status is not Status.ALLOWED}
    assert not {move.address for move in second.core.moves} - left
    assert not second.core.guard_changes


@given(worlds())
def test_what_is_live_already_needs_no_move(world):
    config, live, record = world
    for toggle in config.toggles.values():
        if isinstance(toggle.exposure, Exposure):
            live = b.after(live, b.DIALECT.compile(b.DIALECT.live(live.toggles[toggle.key]), _target(toggle)))
    assert b.plan(config, live, record).core.moves == ()


def _target(toggle):
    from flagstaff.model.live import Target

    return Target(toggle.key, toggle.exposure)


@given(worlds())
def test_batches_hold_every_move_once_and_behind_all_it_waits_for(world):
    config, live, record = world
    moves = b.plan(config, live, record).core.moves
    done = set()
    for batch in batches(moves):
        assert all(done.issuperset(move.waits_for) for move in batch)
        done.update(move.address for move in batch)
    assert sorted(done) == [move.address for move in moves]


@given(worlds())
def test_a_group_goes_as_a_whole_and_with_nothing_in_between(world):
    config, live, record = world
    plan = b.plan(config, live, record)
    members = {a for a, toggle in config.toggles.items() if toggle.stage is not None}
    moving = {change.address for change in plan.observed.changes if change.action.writes and change.address in members}
    places = [i for i, batch in enumerate(batches(plan.core.moves)) if any(move.group for move in batch)]
    going = {move.address for move in plan.core.moves if move.group}
    assert going in (set(), moving)
    assert places == list(range(places[0], places[-1] + 1)) if places else not going
    for place in places:
        assert all(move.group for move in batches(plan.core.moves)[place])
