"""How far a long command is: a bar on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from opentrd.cohort.sources.model import Progress as Told

#: Stages that are told by a short key, in words.
STAGES: Final = {
    "check": "checking the source",
    "map": "mapping the source",
    "judge": "judging persons",
    "start Spark": "starting Spark",
    "write": "putting results together",
    "sum": "summing up",
}


@contextmanager
def progress(file: IO[str] | None = None) -> Iterator[Told]:
    """Give what is told of progress: the stage, how much is done, of how much (``None`` where unknown).

    On a terminal it shows the stage, a bar, the amounts, the time spent and the time left, on standard error;
    elsewhere it is quiet.
    """
    shown = Console(file=file or sys.stderr)
    if not shown.is_terminal:
        yield lambda stage, done, total: None
        return
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[amount]}", justify="right"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        TimeRemainingColumn(compact=True),
        console=shown,
    )
    stages: dict[str, TaskID] = {}

    def told(stage: str, done: int, total: int | None) -> None:
        words = STAGES.get(stage, stage)
        if words not in stages:
            for earlier in stages.values():
                _end(bars, earlier)
            stages[words] = bars.add_task(words, total=total, amount="", left="")
        amount = f"{done:,}" if total is None else f"{done:,} of {total:,}"
        going = total is not None and done < total
        bars.update(stages[words], completed=done, total=total, amount=amount, left="left" if going else "")

    with bars:
        yield told
        for task in stages.values():
            _end(bars, task)


def _end(bars: Progress, task: TaskID) -> None:
    """Show a stage as done; one without a total has an empty bar until then."""
    one = next(each for each in bars.tasks if each.id == task)
    total = one.total if one.total is not None else max(one.completed, 1)
    bars.update(task, completed=total, total=total, left="")
