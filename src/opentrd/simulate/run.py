"""A simulation: blocks of persons in several processes, written in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from opentrd.processes import pool
from opentrd.simulate.chance import BLOCK
from opentrd.simulate.course.weeks import run_course
from opentrd.simulate.keeping.record import keep
from opentrd.simulate.parameters import Parameters, parameters
from opentrd.simulate.people import blocks_of, last_day, people_of
from opentrd.simulate.products import Medicines, medicines
from opentrd.simulate.writing.fhir import fhir_lines
from opentrd.simulate.writing.omop import omop_rows
from opentrd.simulate.writing.parts import Parts
from opentrd.simulate.writing.truth import truth_rows
from opentrd.simulate.writing.vocabulary import Concepts, concepts, vocabulary

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

#: Forms of a record.
OMOP, FHIR = "omop", "fhir"

#: Told of progress: persons done, of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What is simulated: handed to every process."""

    persons: int
    seed: int
    form: str
    p: Parameters
    m: Medicines
    c: Concepts


@dataclass(frozen=True)
class Block:
    """The rows of a block: tables, and lines of JSON with their number."""

    tables: dict[str, pa.Table]
    lines: dict[str, tuple[bytes, int]]


@dataclass
class Done:
    """What was written: rows by table; how many persons were treated for depression and are resistant."""

    rows: dict[str, int]
    treated: int = 0
    resistant: int = 0


def simulate(knowledge: Knowledge, plan: Plan, out: Path, *, processes: int, progress: Progress) -> Done:
    """Write a record and its truth into a folder."""
    done = Done({})
    with Parts(out) as parts:

        def write(name: str, rows: pa.Table, block: int) -> None:
            parts.write(name, rows, block)
            done.rows[name] = done.rows.get(name, 0) + rows.num_rows

        for number, block in enumerate(blocks(plan, processes)):
            for name, (lines, count) in block.lines.items():
                parts.append(name, lines)
                done.rows[name] = done.rows.get(name, 0) + count
            for name, rows in block.tables.items():
                write(name, rows, number)
            truth = block.tables["truth"]
            done.treated += pc.sum(truth["treated"]).as_py() or 0
            done.resistant += pc.sum(truth["resistant"]).as_py() or 0
            progress(min((number + 1) * BLOCK, plan.persons), plan.persons)
        if plan.form == OMOP:
            for name, rows in vocabulary(knowledge, plan.m, last_day(plan.p)).items():
                write(name, rows, 0)
    return done


def make_plan(
    knowledge: Knowledge,
    persons: int,
    seed: int,
    quality: str,
    *,
    form: str = OMOP,
    off: tuple[str, ...] = (),
    weeks: int | None = None,
) -> Plan:
    """Return what to simulate; ``form`` is ``omop`` or ``fhir``."""
    p = parameters(knowledge, quality, off, weeks)
    return Plan(persons, seed, form, p, medicines(knowledge), concepts(knowledge))


def make_block(plan: Plan, number: int) -> Block:
    """Return the rows of a block: the record and the truth."""
    p, m = plan.p, plan.m
    course = run_course(plan.seed, number, p, m)
    kept = keep(course, p, m, plan.seed, number)
    who = people_of(number, plan.persons, p)
    truth = truth_rows(course, who, p, m)
    if plan.form == FHIR:
        return Block(truth, fhir_lines(kept, course.persons, who, m, plan.c))
    return Block(omop_rows(kept, course.persons, who, m, plan.c) | truth, {})


def blocks(plan: Plan, processes: int) -> Iterator[Block]:
    """Return the blocks in their order; few are under way at a time, so that memory is bounded."""
    total = blocks_of(plan.persons)
    if min(total, processes) == 1:
        yield from (make_block(plan, number) for number in range(total))
        return
    with pool(min(processes, total)) as workers:
        under_way: deque[Future[Block]] = deque()
        for number in range(total):
            under_way.append(workers.submit(make_block, plan, number))
            if len(under_way) > 2 * processes:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
