"""The page on the folder of results: it describes every file and column, and its examples run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from opentrd.cohort.tables import FILES
from tests.cohort.populations import results, simulated

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "cohort-results.md").read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return results(tmp_path_factory, 150, "fhir")


def _described(file: str) -> list[tuple[str, str]]:
    """Return the columns that the page describes for a file, with their types."""
    section = PAGE.partition(f"## `{file}`\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \| ([A-Z\[\]]+) \| \S", section, re.MULTILINE)


@pytest.mark.parametrize("file", [*FILES.values(), "cohort.parquet"])
def test_every_column_is_described_in_its_order(file: str, folder: Path) -> None:
    there = duckdb.connect().execute(f"DESCRIBE FROM '{folder / file}'").fetchall()
    types = [(name, "STRUCT[]" if kind.startswith("STRUCT") else kind) for name, kind, *_ in there]
    assert _described(file) == types


def test_every_other_file_is_named(folder: Path) -> None:
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert [name for name in sorted(names) if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL))
def test_the_queries_run(query: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert duckdb.connect().execute(query).fetchall()


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_the_python_example_runs(example: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "results").symlink_to(folder, target_is_directory=True)
    done = subprocess.run(
        [sys.executable, "-c", example],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=os.environ,
    )
    assert re.search(r"^SSRI: \d+ of \d+$", done.stdout, re.MULTILINE)


def test_the_example_of_a_run_runs(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """As a file of its own: its processes import it again."""
    (tmp_path / "people").symlink_to(simulated(tmp_path_factory, 150, "fhir"), target_is_directory=True)
    (example,) = re.findall(r"```python\n(.*?)```", (DOCS / "cohort.md").read_text(), re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, cwd=tmp_path, env=env
    )
    assert (tmp_path / "results" / "status.parquet").exists()
