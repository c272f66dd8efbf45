"""Holds every definition against a known truth and writes the tables of ``docs/validity.md``.

``python -m scripts.make_validity [PERSONS] [SEED]``: simulates records of low, middle and high quality of the
same persons, runs the cohort on each, and puts the tables between the marks of the page. The text around them
is written by hand.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from opentrd.cohort.run import Options, run
from opentrd.cohort.sources.opening import open_source
from opentrd.cohort.truth import write_validity
from opentrd.knowledge.definition import Definition
from opentrd.knowledge.loader import Knowledge, load
from opentrd.simulate.parameters import QUALITIES
from opentrd.simulate.run import Done, make_plan, simulate

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "validity.md"
BEGIN: Final = "<!-- made by make validity: begin -->"
END: Final = "<!-- made by make validity: end -->"
PERSONS: Final = 10_000
SEED: Final = 1
#: Persons from which on quartiles are shown.
FEWEST: Final = 5

Rows = dict[str, dict[str, Any]]


def main(persons: int = PERSONS, seed: int = SEED) -> None:
    """Make the tables and put them into the page."""
    knowledge = load()
    found: dict[str, Rows] = {}
    for quality in QUALITIES:
        print(f"validity: {persons:,} persons, quality {quality}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            done, found[quality] = held_against_truth(Path(folder), knowledge, quality, persons, seed)
    text = PAGE.read_text("utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    made = page(knowledge, found, done, persons, seed)
    PAGE.write_text(f"{before}{BEGIN}\n\n{made}\n{END}{after}", "utf-8")
    print(f"validity: {PAGE.relative_to(PAGE.parents[1])}")


def held_against_truth(
    folder: Path, knowledge: Knowledge, quality: str, persons: int, seed: int
) -> tuple[Done, Rows]:
    """Simulate, run the cohort, hold it against the truth: the rows by definition."""
    source, results = folder / "source", folder / "results"
    processes = os.cpu_count() or 1
    plan = make_plan(knowledge, persons, seed, quality)
    done = simulate(knowledge, plan, source, processes=processes, progress=lambda so_far, whole: None)
    options = Options(processes=processes, staging=False)
    opened = open_source(str(source), knowledge)
    run(opened, results, knowledge, options, lambda stage, so_far, whole: None)
    table = write_validity(results, source)
    return done, {row["definition"]: row for row in table.to_pylist()}


def page(knowledge: Knowledge, found: dict[str, Rows], done: Done, persons: int, seed: int) -> str:
    """Return the part of the page that is made."""
    headline = [d for d in knowledge.definitions.values() if d.headline and d.definition in found["low"]]
    parts = [
        f"{persons:,} simulated persons, seed {seed}, knowledge `{knowledge.version}`. In truth "
        f"{done.treated:,} were treated for depression and {done.resistant:,} of these "
        f"({100 * done.resistant / done.treated:.1f} %) became resistant. The persons are the same in all "
        "three records; what the records keep of them is not.\n",
        "## Found by rule, beside what was published\n",
        _published(knowledge, found, headline),
    ]
    for quality in QUALITIES:
        parts += [f"## Record of {quality} quality\n", _table(found[quality], headline)]
    return "\n".join(parts)


def _published(knowledge: Knowledge, found: dict[str, Rows], headline: list[Definition]) -> str:
    """Return the shares found beside those that the definition's own study found."""
    lines = ["| Definition | Published | Low | Middle | High |", "|---|---|---|---|---|"]
    for definition in headline:
        figure = knowledge.figures.get(definition.figure or "")
        if figure is None or figure.category != "prevalence":
            continue
        shares = (found[quality][definition.definition] for quality in QUALITIES)
        cells = " | ".join(_percent(row["found"] / row["persons"]) for row in shares)
        lines.append(f"| {definition.name} | {figure.item}: {figure.value} | {cells} |")
    return "\n".join(lines) + "\n"


def _table(rows: Rows, headline: list[Definition]) -> str:
    """Return the table of a quality, the most sensitive first."""
    lines = [
        "| Definition | Found | Undetermined | Sensitivity | Specificity | Predictive value | Days off |",
        "|---|---|---|---|---|---|---|",
    ]
    for definition in sorted(headline, key=lambda d: (-rows[d.definition]["sensitivity"], d.name)):
        row = rows[definition.definition]
        shares = " | ".join(_interval(row, name) for name in ("sensitivity", "specificity", "ppv"))
        lines.append(
            f"| {definition.name} | {_percent(row['found'] / row['persons'])} "
            f"| {_percent(row['undetermined'] / row['persons'])} | {shares} | {_days(row)} |"
        )
    return "\n".join(lines) + "\n"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _interval(row: dict[str, Any], name: str) -> str:
    """Return a share in percent with its interval; a dash where there is no one to count."""
    if row[name] is None:
        return "–"
    low, high = (100 * row[f"{name}{end}"] for end in ("_low", "_high"))
    return f"{100 * row[name]:.1f} % ({low:.1f} to {high:.1f})"


def _days(row: dict[str, Any]) -> str:
    """Return the median of the time error with its quartiles; a dash where these are of too few."""
    if row["found_resistant"] < FEWEST:
        return "–"
    return (
        f"{row['days_median']:+.0f} ({row['days_lower_quartile']:+.0f} to {row['days_upper_quartile']:+.0f})"
    )


if __name__ == "__main__":
    main(*(int(given) for given in sys.argv[1:]))
