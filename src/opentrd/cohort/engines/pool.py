"""The default engine: a pool of processes judges slices of record tables on this machine.

Each judged slice is a folder with one file a table, renamed into place when whole. What is there already is
not judged again, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from opentrd.cohort.judging import Plan, judge_slice
from opentrd.cohort.slices import Slice, read_slice
from opentrd.cohort.sources.model import Progress
from opentrd.processes import pool

#: So many slices wait for each process: enough to keep it busy, few enough to stop soon.
_AHEAD: Final = 2


def judge_all(
    tables: Path, slices: list[Slice], plan: Plan, out: Path, *, processes: int, progress: Progress
) -> None:
    """Judge all slices into ``out``, a folder for each; those that are there already stay.

    Raises what the judging of a slice raises; slices that were finished by then are kept.
    """
    out.mkdir(parents=True, exist_ok=True)
    total = sum(part.persons for part in slices)
    waiting = [part for part in slices if not (out / part.name).exists()]
    done = total - sum(part.persons for part in waiting)
    progress("judge", done, total)
    if processes == 1:
        for part in waiting:
            _judge(tables, part, plan, out)
            done += part.persons
            progress("judge", done, total)
        return
    for part in _pooled(tables, waiting, plan, out, processes):
        done += part.persons
        progress("judge", done, total)


def _pooled(tables: Path, waiting: list[Slice], plan: Plan, out: Path, processes: int) -> Iterator[Slice]:
    """Judge slices in processes of their own, and return each when it is done."""
    with pool(processes) as workers:
        rest = iter(waiting)
        running: dict[Future[None], Slice] = {}
        while True:
            while len(running) < processes * _AHEAD and (part := next(rest, None)) is not None:
                running[workers.submit(_judge, tables, part, plan, out)] = part
            if not running:
                return
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                part = running.pop(future)
                future.result()
                yield part


def _judge(tables: Path, part: Slice, plan: Plan, out: Path) -> None:
    """Judge one slice and put its folder into place."""
    made = out / f"{part.name}.{os.getpid()}.tmp"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    for table, rows in judge_slice(read_slice(tables, part), plan).items():
        pq.write_table(rows, made / f"{table}.parquet", compression="zstd")
    try:
        made.rename(out / part.name)
    except OSError:  # the same slice, judged by a process of a run that was stopped
        shutil.rmtree(made)
