"""The command ``opentrd simulate``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from opentrd.errors import InputError
from opentrd.present.console import console
from opentrd.simulate.parameters import switches
from opentrd.simulate.run import Done, make_plan, simulate
from opentrd.simulate.sizing import weeks_for
from opentrd.version import __version__

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

#: Where a simulation says what it was made of, as YAML; a folder of FHIR is read without a file of this name.
ABOUT = "simulation.txt"


def run(
    knowledge: Knowledge,
    out: Path,
    *,
    persons: int,
    seed: int,
    form: str,
    quality: str,
    without: tuple[str, ...] = (),
    exposures: float | None = None,
    processes: int | None = None,
) -> None:
    """Simulate into a folder with a progress bar, and say what there is.

    ``without``: names of switches that are turned off; ``all`` for each of them. Raises ``InputError`` for a
    folder that is not empty and for switches that do not exist.
    """
    off = _off(knowledge, without)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(str(out), "", "is there and not empty", "name a new folder with --out")
    weeks = None if exposures is None else weeks_for(knowledge, exposures, seed, quality, off)
    plan = make_plan(knowledge, persons, seed, quality, form=form, off=off, weeks=weeks)
    with _bar() as bar:
        task = bar.add_task("simulating persons", total=persons)
        done = simulate(
            knowledge,
            plan,
            out,
            processes=processes or os.cpu_count() or 1,
            progress=lambda so_far, _: bar.update(task, completed=so_far),
        )
    about = {
        "version": __version__,
        "knowledge": knowledge.version,
        "persons": persons,
        "seed": seed,
        "quality": quality,
        "without": list(off),
        "weeks": plan.p.whole("weeks"),
        "format": form,
        "rows": done.rows,
        "resistant": done.resistant,
    }
    (out / ABOUT).write_bytes(msgspec.yaml.encode(about))
    console().print(_summary(done, out, persons, quality))


def _summary(done: Done, out: Path, persons: int, quality: str) -> str:
    share = 100 * done.resistant / done.treated if done.treated else 0.0
    return (
        f"{persons:,} simulated persons in {out}, quality of the record: {quality}\n"
        f"In truth {done.treated:,} were treated for depression; "
        f"{done.resistant:,} of them ({share:.1f} %) are resistant.\n"
        + "".join(f"  {name:<22}{rows:>12,} rows\n" for name, rows in done.rows.items())
    ).rstrip()


def _off(knowledge: Knowledge, without: tuple[str, ...]) -> tuple[str, ...]:
    known = switches(knowledge)
    if "all" in without:
        return known
    for name in without:
        if name not in known:
            raise InputError(
                "--without", name, "there is no such switch", f"there are {', '.join(known)}, all"
            )
    return tuple(sorted(set(without)))


def _bar() -> Progress:
    shown = console(sys.stderr)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=shown,
        disable=not shown.is_terminal,
    )
