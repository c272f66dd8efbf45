"""Adequacy of trials by treatment: too low, too short, not taken, adequate, or not to be told.

By the chosen instrument. A trial that fell short in several ways is counted under the first of them.
"""

from __future__ import annotations

from typing import Final

from opentrd.cohort.summing.results import OUTSIDE_SQL, Draft, Results
from opentrd.cohort.summing.small_cells import Cells, Shown
from opentrd.cohort.summing.sums import Adequacy, Part

KEYS: Final = ("adequate", "too_low", "too_short", "not_taken", "unknown")
OTHER, ALL = "other", "all"
#: So many treatments stand by themselves.
MOST: Final = 12

_SQL: Final = f"""
    WITH own AS (
      SELECT t.person_id, t.treatment,
             CASE WHEN adequate THEN 'adequate' WHEN adequate_dose = false THEN 'too_low'
                  WHEN adequate_duration = false THEN 'too_short'
                  WHEN adequate_adherence = false THEN 'not_taken' ELSE 'unknown' END AS part
      FROM trial t JOIN people p USING (person_id) WHERE p.treated AND t.role NOT IN {OUTSIDE_SQL}
    ), common AS (
      SELECT treatment FROM own GROUP BY treatment ORDER BY count(*) DESC, treatment LIMIT {MOST}
    )
    SELECT coalesce(c.treatment, '{OTHER}') AS name, part, count(*), count(DISTINCT person_id)
    FROM own LEFT JOIN common c ON c.treatment = own.treatment GROUP BY ALL
"""


def draft_adequacy(results: Results, cells: Cells) -> Draft[list[Adequacy]]:
    """Count the trials of each treatment by what became of them; all of them first, the other ones last.

    Where a total is hidden its place does not tell its size.
    """
    found = {(name, part): (count, persons) for name, part, count, persons in results.rows(_SQL)}
    totals: dict[str, int] = {}
    for (name, _), (count, _) in found.items():
        totals[name] = totals.get(name, 0) + count
    names = sorted(totals)
    for name in names:
        for key in KEYS:
            count, persons = found.get((name, key), (0, 0))
            cells.add(_cell(name, key), count, persons=persons)
        cells.total(cells.add(_cell(name), totals[name]), [_cell(name, key) for key in KEYS])
    for key in KEYS:
        cells.add(_cell(ALL, key), keep=True, value=sum(found.get((name, key), (0, 0))[0] for name in names))
        cells.total(_cell(ALL, key), [_cell(name, key) for name in names])
    cells.add(_cell(ALL), sum(totals.values()), keep=True)
    cells.total(_cell(ALL), [_cell(name) for name in names])

    def made(shown: Shown) -> list[Adequacy]:
        ranked = sorted(names, key=lambda n: (n == OTHER, -(shown[_cell(n)] or 0), n))
        return [
            Adequacy(
                treatment=name,
                trials=shown[_cell(name)],
                parts=[Part(key=key, count=shown[_cell(name, key)]) for key in KEYS],
            )
            for name in (ALL, *ranked)
        ]

    return made


def _cell(name: str, key: str = "") -> str:
    return f"adequacy.{name}.{key}"
