"""What a plan, or what was found in a configuration, is written as: -format."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flagstaff import repository
from flagstaff.cli.arguments import UsageFailure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flagstaff.cli.workspace import Workspace
    from flagstaff.diagnostics import Diagnostic
    from flagstaff.views.findings import Finding
    from flagstaff.views.plan_human import PlanView

# Those that tell what was found where, also where nothing can be planned.
FOUND: Final = frozenset({"sarif", "github"})


def check_format(format_: str, *, json_: bool, most: int | None) -> None:
    """Raises `UsageFailure`."""
    from flagstaff.views.markdown.plan import LEAST

    if json_ and format_ != "text":
        raise UsageFailure(f"-json and -format={format_} can't be used together.")
    if most is not None and format_ != "markdown":
        raise UsageFailure("-max-chars is for -format=markdown.")
    if most is not None and most < LEAST:
        raise UsageFailure(f"-max-chars is a whole number from {LEAST} on, not {most}: a verdict needs that much.")


def write_plan(workspace: Workspace, view: PlanView, format_: str, most: int | None) -> None:
    """On standard output."""
    match format_:
        case "markdown":
            from flagstaff.views.markdown.plan import MOST, plan_markdown

            workspace.terminal.data(plan_markdown(view, most or MOST, Places.of(workspace.directory).folder), end="")
        case "html":
            from flagstaff.views.html.plan import plan_html

            workspace.terminal.data(plan_html(view), end="")
        case "sarif" | "github":
            from flagstaff.views.findings import of_diagnostics, of_plan

            found = (*of_diagnostics(workspace.told), *of_plan(view.plan))
            _write_found(workspace, found, format_, f"plan/{view.plan.core.environment}", view.change_id)
        case _:
            from flagstaff.views.plan_human import plan_page

            workspace.terminal.show(plan_page(view, workspace.terminal.look))


def write_diagnostics(workspace: Workspace, found: Iterable[Diagnostic], format_: str, what: str) -> None:
    from flagstaff.views.findings import of_diagnostics

    _write_found(workspace, of_diagnostics(found), format_, what)


def _write_found(workspace: Workspace, found: tuple[Finding, ...], format_: str, what: str, change: str = "") -> None:
    from flagstaff import __version__
    from flagstaff.views.github import workflow_commands
    from flagstaff.views.sarif import sarif

    places = Places.of(workspace.directory)
    if format_ == "github":
        workspace.terminal.data(workflow_commands(found, places.locate), end="\n" if found else "")
        return
    first = min((places.locate(name) for name in workspace.sources), default="")
    run = f"{what}/{places.folder}"
    workspace.terminal.data(sarif(found, places.locate, tool=__version__, run=run, fallback=first, change=change))


@contextmanager
def told_in(workspace: Workspace, format_: str) -> Iterator[None]:
    """Whatever keeps a plan from being made is written in the format, too, before it is told as ever."""
    try:
        yield
    except UsageFailure:
        raise
    except Exception as error:
        if format_ in FOUND:
            from flagstaff.cli.failures import as_diagnostics

            write_diagnostics(workspace, (*workspace.told, *as_diagnostics(error)), format_, "plan")
        raise


@dataclass(frozen=True, slots=True)
class Places:
    """Files as the repository names them. `folder`: the directory from its root; "" at the root, or without one."""

    directory: Path
    root: Path

    @classmethod
    def of(cls, directory: Path) -> Places:
        here = directory.resolve()
        return cls(here, repository.root(here) or here)

    @property
    def folder(self) -> str:
        return "" if self.directory == self.root else self.directory.relative_to(self.root).as_posix()

    @property
    def locate(self) -> Callable[[str], str]:
        """A file outside of the repository keeps its name."""

        def found(name: str) -> str:
            path = Path(os.path.normpath(self.directory / name))
            return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else name

        return found
