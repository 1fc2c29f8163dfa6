"""The bar that a terminal shows while readers may still serve an old value."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from flagstaff.views.words import clock


class TimeLeft(ProgressColumn):
    """Counts down to a task's field `until`, a time of the same clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        # Where both are too long for a line, it is the text that goes on below.
        super().__init__(Column(no_wrap=True))
        self._now = now

    def render(self, task: Task) -> Text:
        return Text(f"for {clock(task.fields['until'] - self._now())} more")


def make_progress(console: Console, now: Callable[[], float]) -> Progress:
    """Redraws itself, and leaves nothing behind when it stops."""
    spinner = SpinnerColumn("line" if console.options.ascii_only else "dots")
    text = TextColumn("{task.description}", markup=False, table_column=Column())
    return Progress(spinner, text, TimeLeft(now), console=console, transient=True)
