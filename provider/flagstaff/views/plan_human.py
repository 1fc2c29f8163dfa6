"""A plan as text: the verdict, what changes for whom, why the rest does not, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from flagstaff.addresses import Address
from flagstaff.approvals.verify import Agreement
from flagstaff.language.source import Source
from flagstaff.model.times import exactly
from flagstaff.plan.plan import Plan
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.views.agreements import add_agreements, add_waivers
from flagstaff.views.counts import NOTHING_TO_DO, Counts
from flagstaff.views.diagnostics import add_diagnostic
from flagstaff.views.look import Look, Page, Piece, cells
from flagstaff.views.plan_audience import add_audience
from flagstaff.views.plan_changes import Batches, add_changes
from flagstaff.views.plan_checks import add_refused, verdict_line, waiting_changes
from flagstaff.views.plan_context import add_broken, add_drift, add_guard_changes, add_left_out, add_open_decisions
from flagstaff.views.plan_rollouts import add_checks, add_refused_stages, add_rollouts, add_stages
from flagstaff.views.plan_unmanaged import add_unmanaged
from flagstaff.views.verdict import extent
from flagstaff.views.words import SHORT_ID, count, span

# More moves than this are summed up first; of more lines than this, the verdict is said again at the end.
_MANY: Final = 12
_LONG: Final = 60


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with what is known around it.

    `directory` is the configuration's, as the user typed it; `store` is `Provider.title`;
    `sources` are the configuration's files, for snippets; `saved_as` is the file of `-out`;
    `applying`: it is about to be applied, so nothing is said about doing that later; `agreements` are
    what the roles say that it waits for.
    """

    plan: Plan
    batches: Batches
    change_id: str
    directory: str = ""
    store: str = ""
    sources: Mapping[str, Source] = field(default_factory=dict)
    saved_as: str = ""
    applying: bool = False
    agreements: Mapping[Address, Agreement] = field(default_factory=dict)


def plan_page(view: PlanView, look: Look) -> Page:
    page, plan = Page(look), view.plan
    verdict_line(page, plan)
    _add_extent(page, plan)
    _add_header(page, view)
    add_guard_changes(page, plan.core.guard_changes)
    add_waivers(page, plan.core.waived)
    add_broken(page, plan.observed.broken)
    add_drift(page, plan)
    add_changes(page, plan, view.batches)
    add_stages(page, plan)
    add_audience(page, plan)
    add_refused(page, plan, view.sources)
    add_refused_stages(page, plan, view.sources)
    add_checks(page, plan)
    add_agreements(page, view.agreements, plan, view.saved_as)
    add_rollouts(page, plan)
    add_open_decisions(page, plan)
    add_left_out(page, plan)
    add_unmanaged(page, plan)
    for warning in plan.observed.warnings:
        add_diagnostic(page, warning, view.sources)
    _add_end(page, view)
    return page


def _add_extent(page: Page, plan: Plan) -> None:
    """Of a plan that is long to read, how much it does."""
    if len(plan.core.moves) > _MANY:
        page.paragraph(f"{extent(plan)} if it is applied.", style="strong")


def _add_header(page: Page, view: PlanView) -> None:
    core, observed = view.plan.core, view.plan.observed
    environment = f"{core.environment} (production)" if observed.production else core.environment
    read = f"{view.store or core.provider} read {exactly(observed.read_at, core.zone)}"
    if observed.taken_at is not None:
        age = span((observed.read_at - observed.taken_at).total_seconds())
        read = f"{read}, exported {age} before that"
    known = f"{count(observed.known, 'toggle')}, {observed.managed} managed"
    parts = [view.directory, environment, known, read, f"state serial {observed.serial}"]
    # The parts stay whole; a line is broken between them.
    dot, line = f" {page.look.symbols.dot} ", ""
    for part in filter(None, parts):
        longer = f"{line}{dot}{part}" if line else part
        if line and len(longer) > page.look.width:
            page.line(Piece(line, "dim"))
            longer = part
        line = longer
    page.line(Piece(line, "dim"))


def _add_end(page: Page, view: PlanView) -> None:
    plan = view.plan
    page.blank()
    if not plan.has_changes and not plan.blocked and not waiting_changes(plan) and not refused_stages(plan):
        page.whole(Piece(NOTHING_TO_DO, "strong"))
        return
    if (plan.blocked or refused_stages(plan)) and len(page.lines) > _LONG:
        # Whoever sees the end of it first learns that there is more to read.
        verdict_line(page, plan)
    if plan.observed.outputs_changed:
        page.whole(Piece("Changes to Outputs:", "strong"), " recorded with this plan")
    page.whole(Piece(Counts.of_core(plan.core).plan_line, "strong"))
    if plan.observed.refresh_only and plan.core.records:
        page.line("This plan only records what is live; it writes to no toggle.")
    _add_next(page, view)


def _command(view: PlanView, name: str) -> tuple[str, str]:
    """What comes next for a saved plan: a store behind a snapshot is written by a person."""
    core, file = view.plan.core, shlex.quote(view.saved_as)
    if core.moves and core.provider.endswith(".snapshot"):
        saved = f"Saved as {view.saved_as} ({name}). A person does it; make what they need with:"
        return saved, f"flagstaff handoff {file}"
    return f"Saved as {view.saved_as} ({name}). Apply exactly this with:", f"flagstaff apply {file}"


def _add_next(page: Page, view: PlanView) -> None:
    name = f"change {view.change_id[:SHORT_ID]}"
    if view.plan.is_preview:
        page.paragraph("This plan was made against copies, to be looked at: it can't be applied.")
    elif not view.plan.has_changes:
        page.line("There is nothing to apply yet.")
    elif view.saved_as:
        saved, command = _command(view, name)
        # The command stays on one line, to be copied.
        if cells(saved) + 2 + cells(command) <= page.look.width:
            page.line(f"{saved}  ", Piece(command, "strong"))
        else:
            page.paragraph(saved)
            page.whole(Piece(command, "strong"), indent=2)
    elif not view.applying:
        page.paragraph(f"This is {name}. Save it with -out=FILE to apply exactly this later.")
