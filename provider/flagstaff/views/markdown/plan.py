"""The whole document: the verdict, what restrains less, what is blocked, then what would change for whom.

The same change reads the same, whenever it is planned: no times of reading, no serial, no ages, no measured figures;
so a comment that is updated changes only where the change did. It begins with a mark, by which such a comment is found.
"""

from __future__ import annotations

import hashlib
from typing import Final

from flagstaff.plan.plan import Plan
from flagstaff.plan.stages.overview import refused_stages
from flagstaff.views.counts import NOTHING_TO_DO, Counts
from flagstaff.views.markdown import sections
from flagstaff.views.markdown.changes import changes_part, records_part
from flagstaff.views.markdown.parts import Part, fitted
from flagstaff.views.markdown.people import people_part
from flagstaff.views.markdown.refusals import refusals_part, waiting_part
from flagstaff.views.markdown.rollouts import rollouts_part
from flagstaff.views.markdown.text import code
from flagstaff.views.plan_checks import waiting_changes
from flagstaff.views.plan_human import PlanView
from flagstaff.views.verdict import extent, sign, verdict
from flagstaff.views.words import SHORT_ID

# What a comment on GitHub holds.
MOST: Final = 65_536
# A verdict, guard changes, who is refused in short, and the commands need about this.
LEAST: Final = 2_000
_NOTE: Final = "Shortened to fit ({}). `flagstaff show FILE` shows all of a saved plan."


def plan_markdown(view: PlanView, limit: int = MOST, folder: str = "") -> str:
    """In `limit` characters (at least `LEAST`); refusals, guard changes and the verdict are never left out.

    `folder` is the configuration's directory from the repository's root, for places in files; "": the root.
    """
    plan = view.plan
    parts = [
        Part.of(_head(view, folder)),
        sections.guards_part(plan, folder, limit // 7),
        refusals_part(plan, folder, limit // 5),
        waiting_part(plan, folder, limit // 10),
        sections.approvals_part(plan, view.agreements, limit // 8),
        sections.broken_part(plan, folder, limit // 20),
        changes_part(plan, folder),
        records_part(plan),
        people_part(plan),
        sections.order_part(view.batches),
        sections.decisions_part(plan, folder),
        sections.checks_part(plan),
        sections.drift_part(plan, limit // 20),
        rollouts_part(plan),
        sections.warnings_part(plan.observed.warnings, folder, limit // 30),
        sections.left_out_part(plan),
        Part.of(_end(plan)),
    ]
    return fitted(parts, limit, _NOTE)


def mark(environment: str, folder: str) -> str:
    """What a comment on this environment and folder begins with. A digest: both may hold anything."""
    digest = hashlib.sha256(f"{environment}\0{folder}".encode("utf-8", "backslashreplace")).hexdigest()
    return f"<!-- flagstaff plan {digest[:16]}"


def _head(view: PlanView, folder: str) -> str:
    plan = view.plan
    core = plan.core
    production = " **(production)**" if plan.observed.production else ""
    facts = [
        f"{code(core.environment, most=40)}{production}",
        *([code(view.directory, most=50)] if view.directory else []),
        f"change {code(view.change_id[:SHORT_ID])}",
    ]
    lines = [
        f"{mark(core.environment, folder)} change {view.change_id} -->",
        f"## {sign(plan)} {verdict(plan)}",
        " · ".join(facts),
    ]
    if people := extent(plan):
        lines.insert(2, f"**{people}**")
    if plan.is_preview:
        lines.append(
            "Planned against copies of the live toggles and of the state: this plan can't be applied, and "
            "its change id is no other plan's."
        )
    return "\n\n".join(lines)


def _end(plan: Plan) -> str:
    """Terraform's words, at the start of a line."""
    lines = ["Changes to Outputs: recorded with this plan"] if plan.observed.outputs_changed else []
    anything = plan.has_changes or plan.blocked or waiting_changes(plan) or refused_stages(plan)
    lines.append(Counts.of_core(plan.core).plan_line if anything else NOTHING_TO_DO)
    return "\n\n".join(lines)
