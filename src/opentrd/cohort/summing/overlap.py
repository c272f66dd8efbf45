"""Overlap: which definitions find the same persons, as exclusive patterns of definitions met for certain."""

from __future__ import annotations

from itertools import product
from typing import Final

from opentrd.cohort.summing.results import Draft, Results
from opentrd.cohort.summing.small_cells import Cells
from opentrd.cohort.summing.sums import Overlap, Pattern

#: So many definitions can be read in one picture, and so many patterns.
MOST_SETS: Final = 7
MOST_PATTERNS: Final = 14
_NOBODY: Final = "overlap."


def draft_overlap(results: Results, cells: Cells, wanted: list[str]) -> Draft[Overlap | None]:
    """Count the patterns of the wanted definitions, or of some of several sizes where there are many."""
    sets = _chosen(results, wanted)
    if len(sets) < 2:
        return lambda _: None
    found = dict(_patterns(results, sets))
    treated = results.one("SELECT count(*) FILTER (treated) FROM people")[0]
    found[()] = treated - sum(found.values())
    every = [
        tuple(s for s, met in zip(sets, row, strict=True) if met) for row in product((0, 1), repeat=len(sets))
    ]
    ranked = sorted((p for p in every if p and found.get(p)), key=lambda p: (-found[p], p))
    shown_ones = ranked[:MOST_PATTERNS]
    names = {p: _NOBODY + "+".join(p) for p in every}
    for pattern in every:
        cells.add(names[pattern], found.get(pattern, 0), shown=pattern in shown_ones or not pattern)
    rest = [names[p] for p in every if p and p not in shown_ones]
    others = cells.add("overlap:others", sum(found.get(p, 0) for p in every if p and p not in shown_ones))
    cells.total(others, rest)
    cells.total("treated", [others, *(names[p] for p in every if p in shown_ones or not p)])
    for name in sets:
        cells.total(f"{name}.met", [names[p] for p in every if name in p])
    return lambda shown: Overlap(
        definitions=tuple(sets),
        patterns=[Pattern(definitions=p, persons=shown[names[p]]) for p in shown_ones],
        others=shown[others],
        none=shown[names[()]],
    )


def _chosen(results: Results, wanted: list[str]) -> list[str]:
    """Return the definitions to be compared, the largest first; of many, some spread over the sizes."""
    sized = results.rows(
        "SELECT definition, count(*) FROM verdict JOIN people USING (person_id) "
        "WHERE verdict = 'met' AND treated GROUP BY definition ORDER BY count(*) DESC, definition"
    )
    names = [name for name, _ in sized if name in wanted and results.definitions[name].same_as is None]
    if len(names) <= MOST_SETS:
        return names
    last = len(names) - 1
    return [names[round(place * last / (MOST_SETS - 1))] for place in range(MOST_SETS)]


def _patterns(results: Results, sets: list[str]) -> list[tuple[tuple[str, ...], int]]:
    names = ", ".join(f"'{name}'" for name in sets)
    found = results.rows(
        "WITH each AS (SELECT person_id, list(definition ORDER BY definition) AS pattern FROM verdict "
        f"JOIN people USING (person_id) WHERE verdict = 'met' AND treated AND definition IN ({names}) "
        "GROUP BY person_id) SELECT pattern, count(*) FROM each GROUP BY pattern"
    )
    return [(tuple(s for s in sets if s in pattern), count) for pattern, count in found]
