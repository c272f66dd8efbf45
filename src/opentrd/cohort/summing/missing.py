"""What the data could not say, and what it does to the answer of a definition."""

from __future__ import annotations

from typing import Final

from opentrd.cohort.summing.results import OUTSIDE_SQL, Draft, Results
from opentrd.cohort.summing.small_cells import Cells
from opentrd.cohort.summing.sums import Missing

#: Fact to what shows, in the table of trials, that it is known.
FACTS: Final = {
    "dose": "adequate_dose IS NOT NULL",
    "duration": "adequate_duration IS NOT NULL",
    "intake": "adequate_adherence IS NOT NULL",
    "outcome": "result IS NOT NULL",
}
#: The names under which judgements miss a fact.
_NAMES: Final = {
    "dose": ("dose", "sessions", "minimum"),
    "duration": ("duration",),
    "intake": ("intake",),
    "outcome": ("outcome", "next_treatment"),
}

_KEPT: Final = """
    SELECT count(DISTINCT v.person_id)
    FROM verdict v JOIN people p USING (person_id) JOIN judgement j USING (person_id, definition)
    WHERE v.definition = ? AND v.verdict = 'undetermined' AND p.treated
      AND j.counts IS NULL AND list_has_any(j.missing, ?)
"""


def draft_missing(results: Results, cells: Cells, definition: str) -> Draft[list[Missing]]:
    """Count trials with a fact known and unknown, and the persons whom its lack keeps undetermined."""
    undetermined = results.one(
        "SELECT count(*) FROM verdict JOIN people USING (person_id) "
        "WHERE definition = ? AND verdict = 'undetermined' AND treated",
        [definition],
    )[0]
    kept = results.definitions[definition].kind == "failed_trials"
    for fact, known in FACTS.items():
        for key, test in (("known", known), ("unknown", f"NOT ({known})")):
            count, persons = results.one(
                "SELECT count(*), count(DISTINCT person_id) FROM trial JOIN people USING (person_id) "
                f"WHERE treated AND role NOT IN {OUTSIDE_SQL} AND {test}"
            )
            cells.add(f"missing.{fact}.{key}", count, persons=persons)
        cells.total("adequacy.all.", [f"missing.{fact}.known", f"missing.{fact}.unknown"])
        if kept:
            with_it = results.one(_KEPT, [definition, list(_NAMES[fact])])[0]
            cells.add(f"missing.{fact}.kept", with_it)
            rest = cells.add(f"missing.{fact}.not_kept", undetermined - with_it, shown=False)
            cells.total(f"{definition}.lost.met", [f"missing.{fact}.kept", rest])
    return lambda shown: [
        Missing(
            fact=fact,
            known=shown[f"missing.{fact}.known"],
            unknown=shown[f"missing.{fact}.unknown"],
            undetermined=shown[f"missing.{fact}.kept"] if kept else None,
        )
        for fact in FACTS
    ]
