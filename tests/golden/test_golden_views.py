"""What the tool reads like: every view, compared with a file."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from flagstaff.apply.events import BatchStarted, MoveEnded, MoveStarted, Recovered, Stopping, Waiting
from flagstaff.views.apply_human import ApplyPrinter, apply_end, apply_header
from flagstaff.views.console import look_of, show
from flagstaff.views.diagnostics import diagnostics_page, validation_json
from flagstaff.views.history import events, history_page
from flagstaff.views.look import Look
from flagstaff.views.outputs import outputs_of, outputs_page
from flagstaff.views.plan_human import plan_page
from flagstaff.views.records import state_page, state_show
from flagstaff.views.stream import UiStream
from flagstaff.views.terraform_json import plan_json, state_json

WIDE, NARROW, ASCII = Look(100), Look(60), Look.fitting(100, "ascii")
PLANS = ("canary", "blocked", "undecided", "everything", "no_changes", "drift", "guard_changes", "big")
WIDTHS = ("everything", "blocked", "undecided", "big")
APPLIES = ("success", "partial", "interrupted")


@pytest.mark.parametrize("name", PLANS)
def test_plan(golden, samples, name):
    view = getattr(samples, name)()
    golden(f"plan/{name}.txt", plan_page(view, WIDE).text)


@pytest.mark.parametrize("name", ["everything", "blocked", "drift"])
def test_plan_at_60_columns(golden, samples, name):
    text = plan_page(getattr(samples, name)(), NARROW).text
    golden(f"plan-narrow/{name}.txt", text)


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("name", WIDTHS)
def test_plan_at_a_terminal_width(golden, samples, name, width):
    golden(f"plan-widths/{name}-{width}.txt", plan_page(getattr(samples, name)(), Look(width)).text)


@pytest.mark.parametrize("name", ["everything", "blocked"])
def test_plan_in_ascii(golden, samples, name):
    text = plan_page(getattr(samples, name)(), ASCII).text
    assert text.isascii()
    golden(f"plan-ascii/{name}.txt", text)


@pytest.mark.parametrize("name", PLANS)
def test_plan_json(golden, samples, name):
    view = getattr(samples, name)()
    line = plan_json(view.plan, view.batches, samples.CHANGE_ID, sources=view.sources)
    assert "\n" not in line
    if name != "big":
        golden(f"plan-json/{name}.json", json.dumps(json.loads(line), indent=1, ensure_ascii=False) + "\n")


def test_mistakes(golden, samples):
    golden("diagnostics/mistakes.txt", diagnostics_page(samples.mistakes(), samples.SOURCES, WIDE).text)
    golden("diagnostics/mistakes-narrow.txt", diagnostics_page(samples.mistakes(), samples.SOURCES, NARROW).text)
    golden("diagnostics/mistakes.json", validation_json(samples.mistakes(), samples.SOURCES) + "\n")


def run_apply(samples, outcome, file) -> None:
    """Replays what an apply that ended so would have told, without a terminal."""
    console = Console(file=file, width=100, color_system=None)
    moves = tuple(result.move for result in outcome.results)
    plan = samples.plan(moves)
    show(console, apply_header(plan, (moves,), samples.CHANGE_ID, look_of(console), file="canary.plan"))
    with ApplyPrinter(console, plan, now=lambda: 0.0) as printer:
        printer(Recovered(moves[0].address, moves[0].key, "not applied", "5d0c44e1-run", samples.OFF))
        printer(BatchStarted(1, 2, len(moves)))
        for left in (118.0, 117.0, 80.0):
            printer(Waiting(moves[0].address, moves[1].address, left))
        for number, result in enumerate(outcome.results):
            if outcome.stopped and number == 1:
                printer(Stopping("Interrupted."))
            printer(MoveStarted(result.move))
            printer(MoveEnded(result))
    show(console, apply_end(outcome, look_of(console), blocked=1))


@pytest.mark.parametrize("name", APPLIES)
def test_apply(golden, samples, name):
    file = io.StringIO()
    run_apply(samples, getattr(samples, name)(), file)
    golden(f"apply/{name}.txt", file.getvalue())


def stream(samples, act) -> str:
    lines: list[str] = []
    act(UiStream(lines.append, lambda: samples.NOW, "flipper.embedded"))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", ["everything", "blocked", "no_changes"])
def test_plan_stream(golden, samples, name):
    view = getattr(samples, name)()

    def act(ui):
        ui.version("0.1.0")
        ui.plan(view.plan, view.sources)

    golden(f"stream/plan-{name}.jsonl", stream(samples, act))


@pytest.mark.parametrize("name", APPLIES)
def test_apply_stream(golden, samples, name):
    outcome = getattr(samples, name)()
    first = outcome.results[0].move

    def act(ui):
        ui.version("0.1.0")
        ui(BatchStarted(1, 1, len(outcome.results)))
        ui(Recovered(first.address, first.key, "unknown", "5d0c44e1-run"))
        ui(Waiting(first.address, outcome.results[1].move.address, 118.0))
        for result in outcome.results:
            ui(MoveStarted(result.move))
            ui(MoveEnded(result))
        ui(Stopping("Interrupted."))
        ui.end(outcome, outputs_of({"outputs": samples.OUTPUTS}))

    golden(f"stream/apply-{name}.jsonl", stream(samples, act))


def test_state(golden, samples):
    state = samples.state()
    golden("state/show.txt", state_page(state, WIDE).text)
    pages = [state_show(address, record, state.holds.get(address), WIDE) for address, record in state.toggles.items()]
    golden("state/toggles.txt", "\n".join(page.text for page in pages))
    document = json.loads(state_json(state, "flipper.embedded"))
    golden("state/show.json", json.dumps(document, indent=1) + "\n")


def test_history(golden, samples):
    golden("state/history.txt", history_page(events(samples.journal()), WIDE).text)


def test_outputs(golden, samples):
    golden("outputs/outputs.txt", outputs_page(outputs_of({"outputs": samples.OUTPUTS}), WIDE).text)


def test_no_golden_file_is_left_over():
    """Every file belongs to a case above: what nobody compares must go."""
    used = {f"plan/{name}.txt" for name in PLANS}
    used |= {f"plan-narrow/{name}.txt" for name in ("everything", "blocked", "drift")}
    used |= {f"plan-widths/{name}-{width}.txt" for name in WIDTHS for width in (80, 200)}
    used |= {f"plan-ascii/{name}.txt" for name in ("everything", "blocked")}
    used |= {f"plan-json/{name}.json" for name in PLANS if name != "big"}
    used |= {f"apply/{name}.txt" for name in APPLIES} | {f"stream/apply-{name}.jsonl" for name in APPLIES}
    used |= {f"stream/plan-{name}.jsonl" for name in ("everything", "blocked", "no_changes")}
    used |= {f"diagnostics/{name}" for name in ("mistakes.txt", "mistakes-narrow.txt", "mistakes.json")}
    used |= {"state/show.txt", "state/toggles.txt", "state/show.json", "state/history.txt", "outputs/outputs.txt"}
    here = Path(__file__).parent
    mine = {name.partition("/")[0] for name in used}
    found = {str(path.relative_to(here)) for folder in mine for path in (here / folder).rglob("*") if path.is_file()}
    assert found == used
