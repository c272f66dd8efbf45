"""Time to the second failure: from the first treatment of an episode until a definition was met."""

from __future__ import annotations

from typing import Final

from opentrd.cohort.summing.results import OUTSIDE_SQL, Draft, Results
from opentrd.cohort.summing.small_cells import LIMIT, Cells, Shown
from opentrd.cohort.summing.sums import Part, Waiting

#: Days below which each band ends, the last one open.
BANDS: Final = (91, 183, 365, 730)
KEYS: Final = ("quarter", "half", "year", "two_years", "longer", "unknown")
#: So many persons make quartiles that tell of no single one.
ENOUGH: Final = 4 * LIMIT

_DAYS: Final = f"""
    CREATE OR REPLACE TEMP TABLE waited AS
    WITH first AS (
      SELECT person_id, episode, min(start) AS start FROM trial
      WHERE role NOT IN {OUTSIDE_SQL} GROUP BY GROUPING SETS ((person_id, episode), (person_id))
    )
    SELECT v.definition, v.first_met - f.start AS days
    FROM verdict v JOIN people p USING (person_id)
    LEFT JOIN first f ON f.person_id = v.person_id AND f.episode IS NOT DISTINCT FROM v.episode
    WHERE v.verdict = 'met' AND p.treated
"""


def draft_waiting(results: Results, cells: Cells, names: list[str]) -> Draft[list[Waiting]]:
    """Count the times of some definitions in bands."""
    results.rows(_DAYS)
    drafts = [_draft(results, cells, name) for name in names]
    for name, twin in results.twins(names):
        for key in KEYS:
            cells.alike(f"waiting.{name}.{key}", f"waiting.{twin}.{key}")
    return lambda shown: [draft(shown) for draft in drafts]


def _draft(results: Results, cells: Cells, name: str) -> Draft[Waiting]:
    bounds = " ".join(f"WHEN days < {day} THEN '{key}'" for day, key in zip(BANDS, KEYS, strict=False))
    found = dict(
        results.rows(
            f"SELECT CASE WHEN days IS NULL THEN 'unknown' {bounds} ELSE 'longer' END AS band, count(*) "
            "FROM waited WHERE definition = ? GROUP BY band",
            [name],
        )
    )
    parts = [cells.add(f"waiting.{name}.{key}", found.get(key, 0)) for key in KEYS]
    cells.total(f"{name}.met", parts)
    quartiles = results.one(
        "SELECT count(days), quantile_cont(days, [0.25, 0.5, 0.75]) FROM waited WHERE definition = ?", [name]
    )
    known, values = quartiles

    def made(shown: Shown) -> Waiting:
        return Waiting(
            definition=name,
            persons=shown[f"{name}.met"],
            bands=[Part(key=key, count=shown[part]) for key, part in zip(KEYS, parts, strict=True)],
            quartiles=tuple(values) if known >= ENOUGH else None,
        )

    return made
