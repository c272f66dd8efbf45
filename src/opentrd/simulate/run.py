"""A simulation: blocks of persons in several processes, written in their order."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from opentrd.simulate.chance import BLOCK
from opentrd.simulate.course.weeks import run_course
from opentrd.simulate.keeping.record import keep
from opentrd.simulate.parameters import Parameters, parameters
from opentrd.simulate.people import blocks_of, last_day, people_of
from opentrd.simulate.products import Medicines, medicines
from opentrd.simulate.writing.omop import omop_rows
from opentrd.simulate.writing.parts import Parts
from opentrd.simulate.writing.truth import truth_rows
from opentrd.simulate.writing.vocabulary import Concepts, concepts, vocabulary

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

#: Told of progress: persons done, of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What is simulated: handed to every process."""

    persons: int
    seed: int
    p: Parameters
    m: Medicines
    c: Concepts


@dataclass
class Done:
    """What was written: rows by table; how many persons were treated for depression and are resistant."""

    rows: dict[str, int]
    treated: int = 0
    resistant: int = 0


def simulate(
    knowledge: Knowledge, plan: Plan, out: Path, *, form: str, processes: int, progress: Progress
) -> Done:
    """Write a record (``form``: ``omop`` or ``fhir``) and its truth into a folder."""
    done = Done({})
    with Parts(out) as parts:

        def write(name: str, rows: pa.Table, block: int) -> None:
            parts.write(name, rows, block)
            done.rows[name] = done.rows.get(name, 0) + rows.num_rows

        for block, tables in enumerate(blocks(plan, processes)):
            for name, rows in tables.items():
                write(name, rows, block)
            truth = tables["truth"]
            done.treated += pc.sum(truth["treated"]).as_py() or 0
            done.resistant += pc.sum(truth["resistant"]).as_py() or 0
            progress(min((block + 1) * BLOCK, plan.persons), plan.persons)
        for name, rows in vocabulary(knowledge, plan.m, last_day(plan.p)).items():
            write(name, rows, 0)
    return done


def make_plan(
    knowledge: Knowledge,
    persons: int,
    seed: int,
    quality: str,
    off: tuple[str, ...] = (),
    weeks: int | None = None,
) -> Plan:
    """Return what to simulate."""
    p = parameters(knowledge, quality, off, weeks)
    return Plan(persons, seed, p, medicines(knowledge), concepts(knowledge))


def block_rows(plan: Plan, block: int) -> dict[str, pa.Table]:
    """Return the rows of a block: the record and the truth."""
    course = run_course(plan.seed, block, plan.p, plan.m)
    kept = keep(course, plan.p, plan.m, plan.seed, block)
    who = people_of(block, plan.persons, plan.p)
    return omop_rows(kept, course.persons, who, plan.m, plan.c) | truth_rows(course, who, plan.p, plan.m)


def blocks(plan: Plan, processes: int) -> Iterator[dict[str, pa.Table]]:
    """Return the blocks in their order; no more are under way than processes and one ahead of each."""
    total = blocks_of(plan.persons)
    if min(total, processes) == 1:
        yield from (block_rows(plan, block) for block in range(total))
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, total), mp_context=spawn) as pool:
        under_way: deque[Future[dict[str, pa.Table]]] = deque()
        for block in range(total):
            under_way.append(pool.submit(block_rows, plan, block))
            if len(under_way) > 2 * processes:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
