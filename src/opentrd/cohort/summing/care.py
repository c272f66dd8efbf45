"""Care gaps of a population: how many have each, how many may have it; and by person where asked for."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from opentrd.cohort.summing.results import Draft, Results
from opentrd.cohort.summing.small_cells import Cells
from opentrd.cohort.summing.sums import GapCount

#: Gaps that only a source with such rows can show: without any, what was found is not known.
_NEEDS: Final = {
    "no_score": "scores",
    "inadequate_dose": "scores",
    "uncollected": "scores",
    "no_psychotherapy": "psychotherapy",
}


def draft_care(results: Results, cells: Cells) -> Draft[list[GapCount]]:
    """Count every gap among all persons."""
    total, scores = results.one("SELECT count(*), coalesce(sum(scores), 0) FROM people")
    therapies = results.one("SELECT count(*) FROM trial WHERE kind = 'psychotherapy'")[0]
    held = {"scores": scores, "psychotherapy": therapies}
    found = {
        (gap, finding): count
        for gap, finding, count in results.rows(
            "SELECT gap, finding, count(DISTINCT person_id) FROM gap GROUP BY ALL"
        )
    }
    blind = {gap for gap in results.knowledge.care_gaps if gap in _NEEDS and not held[_NEEDS[gap]]}
    for gap in results.knowledge.care_gaps:
        yes, unknown = found.get((gap, "yes"), 0), found.get((gap, "unknown"), 0)
        if gap in blind:
            yes, unknown = 0, yes + unknown
        parts = [
            cells.add(f"gap.{gap}.{key}", count)
            for key, count in (("yes", yes), ("unknown", unknown), ("no", total - yes - unknown))
        ]
        cells.total("persons", parts)
    return lambda shown: [
        GapCount(
            gap=gap,
            yes=shown[f"gap.{gap}.yes"],
            unknown=shown[f"gap.{gap}.unknown"],
            no=shown[f"gap.{gap}.no"],
            blind=gap in blind,
        )
        for gap in results.knowledge.care_gaps
    ]


def write_persons(path: Path, results: Results) -> None:
    """Write who has which gap since when, and the lines of the record that it rests on."""
    rows = results.rows(
        "SELECT person_id, gap, finding, since, sources FROM gap ORDER BY gap, finding DESC, person_id"
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("person_id", "gap", "name", "finding", "since", "sources"))
        for person, gap, finding, since, sources in rows:
            name = results.knowledge.care_gaps[gap].name
            out.writerow((person, gap, name, finding, since, " ".join(sources or ())))
