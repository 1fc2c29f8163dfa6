"""What pages draw: bars, timelines and graphs, and how they are laid out."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from flagstaff.addresses import Address
from flagstaff.model.decisions import OpenDecision
from flagstaff.model.evidence import Verdict
from flagstaff.model.exposure import FULL, Exposure
from flagstaff.model.rollout import Soak, Stage, StageName
from flagstaff.plan.check import Check, CheckName
from flagstaff.plan.stages.view import StageState, StageView
from flagstaff.views.html.bars import strip
from flagstaff.views.html.graph import graph
from flagstaff.views.html.layers import layers
from flagstaff.views.html.timeline import timeline as drawn
from flagstaff.views.report.figures import Arrow, Graph, Mark, Node, Period
from flagstaff.views.report.times import Moment, Terms, timeline

NOW = datetime(2026, 1, 28, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ROLLOUT = Address("rollout", "r")


def toggle(name):
    return Address("toggle", name)


def node(name, mark=Mark.SAME, before=0.0, after=0.0):
    return Node(toggle(name), name, mark, "level", before, after)


def stage(name, state=StageState.WAITING, **more):
    given = {"go": False, "exposure": Exposure(5_000), "toggles": (toggle("a"),)} | more
    return StageView(StageName(ROLLOUT, name), name.title(), state, **given)


def check(name, of=None, verdict=Verdict.FAIL, label="pending"):
    return Check(name, verdict, "Blocker open", "It is open.", label=label, of=of)


AT = Moment(NOW, UTC, lambda address: f"title of {address.name}")


def test_columns_are_generations_and_rows_are_near_their_neighbours():
    arrows = [Arrow(toggle("child"), toggle(parent), "requires") for parent in ("p1", "p2")]
    arrows += [Arrow(toggle("other"), toggle("p1"), "requires"), Arrow(toggle("last"), toggle("child"), "requires")]
    names = ("child", "last", "lone", "lone2", "other", "p1", "p2")
    arrows.append(Arrow(toggle("last"), toggle("p2"), "requires"))
    layout = layers([node(name) for name in names], arrows, 2)
    assert {address.name: place for address, place in layout.places.items()} == {
        "p1": (0, 0),
        "p2": (0, 1),
        "other": (1, 0),
        "child": (1, 1),
        "last": (2, 0),
        "lone": (0, 3),
        "lone2": (1, 3),
    }
    assert layout.size == (3, 4)
    assert {pair: way for pair, way in layout.ways.items() if way} == {(toggle("last"), toggle("p2")): ((1, 2),)}


def test_lone_boxes_alone():
    layout = layers([node("b"), node("a")], [], 3)
    assert layout.places == {toggle("a"): (0, 0), toggle("b"): (1, 0)}


def test_arrows_that_nobody_could_follow_run_straight():
    names = [f"t{place:02}" for place in range(20)]
    arrows = [Arrow(toggle(one), toggle(two), "x") for place, one in enumerate(names) for two in names[:place]]
    layout = layers(map(node, names), arrows, 3)
    assert layout.size == (20, 1)
    assert not any(layout.ways.values())


def test_an_arrow_passes_beside_the_box_between():
    arrows = (Arrow(toggle("c"), toggle("b"), "x"), Arrow(toggle("b"), toggle("a"), "x"))
    made = graph(Graph("t", "d", tuple(map(node, "abc")), (*arrows, Arrow(toggle("c"), toggle("a"), "x"))), "s")
    assert 'd="M604,33 C570,33 570,107 536,107 L304,107 C274,107 274,33 244,33"' in made


def test_a_circle_can_not_be_drawn():
    with pytest.raises(ValueError, match="cycle"):
        layers([], [Arrow(toggle("a"), toggle("b"), "x"), Arrow(toggle("b"), toggle("a"), "x")], 3)


def test_a_graph_in_boxes():
    item = Graph(
        "Needs",
        "2 toggles",
        (node("a" * 40, Mark.UP, 0.0, 0.05), Node(toggle("b"), "名" * 20, Mark.DOWN, "20 % → 5 %", 0.2, 0.05)),
        (Arrow(toggle("b"), toggle("a" * 40), "comes after", soft=True),),
    )
    made = graph(item, "s1-2")
    assert '<svg class="graph" role="img" aria-labelledby="s1-2-title s1-2-text"' in made
    assert '<title id="s1-2-title">Needs</title>\n<desc id="s1-2-text">2 toggles</desc>' in made
    assert f">{'a' * 24}…</text>" in made
    assert f">{'名' * 11}…</text>" in made
    assert ">▼ 20 % → 5 %</text>" in made
    assert f"<title>toggle.b comes after toggle.{'a' * 40}</title>" in made
    assert 'class="arrow soft"' in made
    assert re.search(r'class="gained" x="10" y="46" height="6" width="10.6"', made)
    assert re.search(r'class="kept" [^>]*width="10.6"/><rect class="lost"', made)


def test_a_box_whose_level_no_share_says_has_no_bar():
    made = graph(Graph("t", "d", (Node(toggle("a"), "a", Mark.SAME, "other"),), ()), "x")
    assert "track" not in made


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (0, 0, ["track"]),
        (0.5, 0.5, ["track", "kept"]),
        (0, 0.00001, ["track", "gained"]),
        (1, 0.2, ["track", "kept", "lost"]),
    ],
)
def test_a_bar_has_what_is_kept_new_and_lost(before, after, kinds):
    made = strip(before, after)
    assert re.findall(r'rect class="(\w+)"', made) == kinds
    assert 'aria-hidden="true"' in made
    assert "0.00%" not in re.findall(r'gained" [^>]*width="([^"]+)"', made)


def test_what_ran_what_soaks_and_what_comes_at_the_earliest():
    stages = (
        stage("canary", StageState.RUNNING, go=True, since=NOW - DAY, served_at=NOW + DAY),
        stage("limited", go=True, exposure=Exposure(20_000), checks=(check(CheckName.SOAK, label=""),)),
        stage("full", exposure=Exposure(FULL), at_least=Exposure(50_000)),
        stage("after", toggles=(), exposure=None),
    )
    terms = {
        "canary": Terms(soak=2 * DAY),
        "limited": Terms(soak=2 * DAY, after=("canary",), not_before=NOW),
        "full": Terms(soak=None, after=("limited",), not_before=NOW + 10 * DAY),
        "after": Terms(after=("full",)),
    }
    made = timeline(stages, terms, AT)
    assert [[(one.period, one.start - NOW, one.end - NOW) for one in row.spans] for row in made.rows] == [
        [(Period.RAN, -DAY, 0 * DAY), (Period.SOAK, 0 * DAY, DAY)],
        [(Period.PLANNED, DAY, 3 * DAY)],
        [(Period.PLANNED, 10 * DAY, 10 * DAY)],
        [],
    ]
    assert [row.text[0].text for row in made.rows] == [
        "5 %; since 2026-01-27 12:00 UTC; soak until 2026-01-29 12:00 UTC (24 h left)",
        "20 %; at the earliest 2026-01-29, soak 48 h",
        "50 % to 100 %; at the earliest 2026-02-07",
        "moves no toggle; no date can be said yet",
    ]
    assert [row.state for row in made.rows] == ["runs", "may not begin yet", "waits", "waits"]
    assert made.ends == ("2026-01-27", "2026-02-07")
    assert [[piece.text for wait in row.waits for piece in wait] for row in made.rows] == [
        [],
        ["Blocker open", ": It is open."],
        ["its Go"],
        ["its Go"],
    ]
    page = drawn(made)
    assert "<span>2026-01-27</span>" in page
    assert re.findall(r'class="(ran|soak|planned)"', page) == [
        *("ran", "soak", "planned"),  # the key
        *("ran", "soak", "planned", "planned"),
    ]


def test_of_what_waits_for_facts_nobody_can_say_a_date():
    blocker = check(CheckName.BLOCKER, Address("blocker", "vista"))
    stages = (stage("first", checks=(blocker,)), stage("second"))
    made = timeline(stages, {"first": Terms(), "second": Terms(after=("first",))}, AT)
    assert [row.text[0].text for row in made.rows] == ["5 %; no date can be said yet"] * 2
    assert [piece.text for piece in made.rows[0].waits[1]] == ["title of vista", " (pending)"]
    assert "<svg" not in drawn(made)


def test_states_that_have_no_time():
    first = StageName(ROLLOUT, "first")
    stages = (
        stage("stopped", StageState.STOPPED, since=NOW - DAY),
        stage("started", StageState.STARTED, since=NOW - DAY),
        stage("left", StageState.LEFT),
        stage("served", StageState.SERVED, since=NOW - DAY, served_at=NOW - DAY / 2),
        stage("first", go=True, checks=(check(CheckName.APPROVAL, verdict=Verdict.PENDING),)),
        stage("unknown", exposure=None),
    )
    made = timeline(stages, {"first": Terms()}, Moment(NOW, UTC, str, {first}))
    assert [(row.sign, row.state) for row in made.rows] == [
        ("■", "stopped"),
        ("◐", "begun in part"),
        ("■", "has no Go any more"),
        ("✓", "soak served"),
        ("▶", "begins with this plan"),
        ("○", "waits"),
    ]
    assert made.rows[0].spans[0].start == made.rows[0].spans[0].end
    assert made.rows[3].text[0].text == "5 %; since 2026-01-27 12:00 UTC; soak served 2026-01-28 00:00 UTC"
    assert made.rows[4].text[0].text == "5 %; at the earliest now"
    assert made.rows[4].waits == ()
    assert made.rows[5].text[0].text == "share not decided; no date can be said yet"


@pytest.mark.parametrize(
    ("declared", "document", "terms"),
    [
        ({}, {"not_before": None, "soak": None, "after": []}, Terms()),
        (
            {"not_before": NOW, "soak": Soak(DAY), "after": ("a",)},
            {"not_before": NOW.isoformat(), "soak": {"minimum": 86_400.0, "maximum": None}, "after": ["a"]},
            Terms(NOW, DAY, after=("a",)),
        ),
        (
            {"not_before": OpenDecision("when?", None), "soak": OpenDecision("how long?", None)},
            {"not_before": {"undecided": "when?"}, "soak": {"undecided": "how long?"}},
            Terms(None, None, known=False),
        ),
    ],
)
def test_terms_as_declared_and_as_applied(declared, document, terms):
    assert Terms.of(Stage(StageName(ROLLOUT, "s"), **declared)) == terms
    assert Terms.read(document) == terms


def test_a_stage_of_which_nobody_says_when_has_no_date():
    made = timeline((stage("s"),), {"s": Terms(known=False)}, AT)
    assert made.rows[0].spans == ()
