"""Populations for the tests of a run: simulated once for all workers of the tests."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from opentrd.cli import app
from opentrd.cohort.run import Options, run
from opentrd.cohort.sources.opening import open_source
from opentrd.cohort.tables import FILES
from opentrd.knowledge.loader import load
from opentrd.simulate.run import make_plan, simulate

#: The last day of the simulated records, for runs that have to be told.
AS_OF = date(2025, 12, 31)


def quiet(*_: object) -> None:
    """Take what is told of progress, and show nothing."""


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that the workers of one run of the tests have in common."""
    base = factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


def simulated(factory: pytest.TempPathFactory, persons: int, form: str) -> Path:
    """Return a simulated population, made by whichever worker needs it first."""
    there = shared_folder(factory) / f"population-{form}-{persons}"
    if not there.exists():
        made = factory.mktemp("made") / "population"
        simulate(
            load(), make_plan(load(), persons, 7, "middle", form=form), made, processes=1, progress=quiet
        )
        put(made, there)
    return there


def results(factory: pytest.TempPathFactory, persons: int, form: str) -> Path:
    """Return the folder of results of that population under all definitions."""
    there = shared_folder(factory) / f"results-{form}-{persons}"
    if not there.exists():
        made = factory.mktemp("made") / "results"
        judge(simulated(factory, persons, form), made, Options(processes=2))
        put(made, there)
    return there


def judge(source: Path, out: Path, options: Options) -> None:
    """Run a population without a bar."""
    run(open_source(str(source), load()), out, load(), options, quiet)


def command(*given: str) -> Result:
    """Run ``opentrd cohort`` as its user does, on a terminal of usual width, in one process."""
    return CliRunner().invoke(app, ["cohort", *given, "--processes", "1"], env={"COLUMNS": "120"})


def put(made: Path, there: Path) -> None:
    """Put a folder into place; another worker may have been quicker."""
    try:
        made.rename(there)
    except OSError:
        assert there.exists()


def tables(folder: Path) -> dict[str, list[dict[str, object]]]:
    """Return the rows of all result tables."""
    return {table: pq.read_table(folder / file).to_pylist() for table, file in FILES.items()}
