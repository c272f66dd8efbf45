"""A report of a made population, written once for the tests of this folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from opentrd.cohort.report.page import write_report
from opentrd.cohort.summing.summary import SumOptions, summarise
from opentrd.cohort.summing.sums import Sums
from opentrd.knowledge.loader import load
from opentrd.present.words import Words
from tests.cohort.summing.population import OTHER, TWO, at_random

SETTINGS = {
    "opentrd": "0.1.0",
    "knowledge": "0123456789ab",
    "local_rows": 2,
    "source": "clinic <b>east</b>",
    "source_kind": "omop",
    "engine": "duckdb",
    "as_of": "2026-07-01",
    "instrument": "MGH-ATRQ",
    "definitions": [TWO, OTHER],
    "findings": [
        {
            "level": "warning",
            "place": "drug_strength",
            "what": "source_found.no_rows",
            "means": "source_means.without.drug_strength",
        }
    ],
    "read": [{"table": "drug_exposure", "read": 903, "used": None, "unused": {"no_date": None}}],
}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sums]:
    """The folder of results, and the sums in it."""
    folder = at_random(1, 400).write(tmp_path_factory.mktemp("cohort"))
    (folder / "settings.json").write_bytes(msgspec.json.encode(SETTINGS))
    return folder, summarise(folder, load(), SumOptions(compare=(TWO, OTHER)))


@pytest.fixture(scope="session")
def pages(made: tuple[Path, Sums]) -> dict[str, Path]:
    """The report in each language."""
    folder, sums = made
    written = {}
    for language in ("en", "es"):
        path = write_report(folder, sums, Words(language, "clinician", load(), strict=True))
        written[language] = Path(shutil.copy(path, folder / f"report.{language}.html"))
    return written
