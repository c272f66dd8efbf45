"""What follows treatment resistance: the first step on or after the day on which a definition was met."""

from __future__ import annotations

from typing import Final

from opentrd.cohort.summing.lines import AUGMENTATION, COMBINATION, RAPID
from opentrd.cohort.summing.results import OUTSIDE_SQL, Draft, Results
from opentrd.cohort.summing.small_cells import Cells, Shown
from opentrd.cohort.summing.sums import Following, Part

KINDS: Final = (
    "augmentation",
    "psychotherapy",
    "ect",
    "tms",
    "rapid",
    "other_stimulation",
    "combination",
    "switch",
    "nothing",
)
NOTHING: Final = "nothing"
#: Days within which each band ends, the last one open.
BANDS: Final = (30, 91, 183, 365)
WITHIN: Final = ("month", "quarter", "half", "year", "later")

_SQL: Final = f"""
    WITH step AS (
      SELECT t.person_id, t.start, CASE
          WHEN t.kind = 'psychotherapy' THEN 'psychotherapy' WHEN t.class = 'ECT' THEN 'ect'
          WHEN t.class = 'TMS' THEN 'tms' WHEN t.kind = 'stimulation' THEN 'other_stimulation'
          WHEN t.class = '{RAPID}' THEN 'rapid' WHEN t.role = '{AUGMENTATION}' THEN 'augmentation'
          WHEN t.role = '{COMBINATION}' THEN 'combination' ELSE 'switch' END AS kind
      FROM trial t WHERE t.role NOT IN {OUTSIDE_SQL}
    ), next AS (
      SELECT v.person_id, arg_min(s.kind, s.start) AS kind, min(s.start) - any_value(v.first_met) AS days
      FROM verdict v JOIN people p USING (person_id)
      LEFT JOIN step s ON s.person_id = v.person_id AND s.start >= v.first_met
      WHERE v.definition = ? AND v.verdict = 'met' AND p.treated GROUP BY v.person_id
    )
    SELECT coalesce(kind, '{NOTHING}') AS kind,
           CASE {" ".join(f"WHEN days < {day} THEN '{key}'" for day, key in zip(BANDS, WITHIN, strict=False))}
                ELSE 'later' END AS within, count(*)
    FROM next GROUP BY ALL
"""


def draft_following(results: Results, cells: Cells, definition: str) -> Draft[Following]:
    """Count what came first after a definition was met, and within how long."""
    found = {(kind, within): count for kind, within, count in results.rows(_SQL, [definition])}
    for kind in KINDS:
        total = sum(count for (k, _), count in found.items() if k == kind)
        cells.add(_cell(kind), total)
        if kind != NOTHING:
            parts = [cells.add(_cell(kind, within), found.get((kind, within), 0)) for within in WITHIN]
            cells.total(_cell(kind), parts)
    cells.total(f"{definition}.met", [_cell(kind) for kind in KINDS])

    def made(shown: Shown) -> Following:
        return Following(
            definition=definition,
            persons=shown[f"{definition}.met"],
            kinds=[Part(key=kind, count=shown[_cell(kind)]) for kind in KINDS],
            within={
                kind: [Part(key=within, count=shown[_cell(kind, within)]) for within in WITHIN]
                for kind in KINDS
                if kind != NOTHING
            },
        )

    return made


def _cell(kind: str, within: str = "") -> str:
    return f"following.{kind}.{within}"
