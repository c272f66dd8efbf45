"""Overlap: which definitions find the same persons, as exclusive patterns of definitions met for certain."""

from __future__ import annotations

from itertools import product
from typing import Final

from opentrd.cohort.summing.compare import sides
from opentrd.cohort.summing.results import Draft, Results, listed
from opentrd.cohort.summing.small_cells import Cells
from opentrd.cohort.summing.sums import Overlap, Pattern

#: So many definitions can be read in one picture, and so many patterns.
MOST_SETS: Final = 6
MOST_PATTERNS: Final = 12


def draft_overlap(
    results: Results, cells: Cells, wanted: list[str], main: str, pairs: list[tuple[str, str]]
) -> Draft[Overlap | None]:
    """Count the patterns of the wanted definitions, or of some of several sizes where there are many.

    ``pairs`` are those that were drafted side by side: their counts are sums of patterns too.
    Hidden patterns come last, in an order that does not tell their size.
    """
    sets = _chosen(results, wanted, main)
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
    names = {p: "overlap." + "+".join(p) for p in every}
    for pattern in every:
        cells.add(names[pattern], found.get(pattern, 0), shown=pattern in shown_ones or not pattern)
    rest = [names[p] for p in every if p and p not in shown_ones]
    others = cells.add("overlap:others", sum(found.get(p, 0) for p in every if p and p not in shown_ones))
    cells.total(others, rest)
    cells.total("treated", [others, *(names[p] for p in every if p in shown_ones or not p)])
    for name in sets:
        cells.total(f"{name}.met", [names[p] for p in every if name in p])
    for first, second in pairs:
        if first in sets and second in sets:
            for inside, cell in sides(first, second).items():
                cells.total(cell, [names[p] for p in every if (first in p, second in p) == inside])
    return lambda shown: Overlap(
        definitions=tuple(sets),
        patterns=sorted(
            (Pattern(definitions=p, persons=shown[names[p]]) for p in shown_ones),
            key=lambda each: (each.persons is None, -(each.persons or 0), each.definitions),
        ),
        others=shown[others],
        none=shown[names[()]],
    )


def _chosen(results: Results, wanted: list[str], main: str) -> list[str]:
    """Return the definitions to be compared, the largest first.

    Of those with the same numbers one speaks for all, the main one for its own; of many, some spread over the
    sizes.
    """
    sized = results.rows(
        "SELECT definition, count(*) FILTER (verdict = 'met'), count(*) FILTER (verdict = 'undetermined') "
        "FROM verdict JOIN people USING (person_id) WHERE treated GROUP BY definition"
    )
    sized = [row for row in sized if row[0] in wanted and row[1]]
    sized.sort(key=lambda row: (-row[1], row[2], row[0] != main, row[0]))
    names: list[str] = []
    seen: set[tuple[int, int]] = set()
    for name, met, open_ in sized:
        if (met, open_) not in seen or len(sized) <= MOST_SETS:
            names.append(name)
            seen.add((met, open_))
    if len(names) <= MOST_SETS:
        return names
    last = len(names) - 1
    kept = {round(place * last / (MOST_SETS - 1)) for place in range(MOST_SETS)}
    if main in names and names.index(main) not in kept:
        nearest = min(kept, key=lambda place: abs(place - names.index(main)))
        kept = (kept - {nearest}) | {names.index(main)}
    return [names[place] for place in sorted(kept)]


def _patterns(results: Results, sets: list[str]) -> list[tuple[tuple[str, ...], int]]:
    found = results.patterns(
        "verdict JOIN people USING (person_id) "
        f"WHERE verdict = 'met' AND treated AND definition IN {listed(sets)}"
    )
    return [(tuple(s for s in sets if s in pattern), count) for pattern, count in found]
