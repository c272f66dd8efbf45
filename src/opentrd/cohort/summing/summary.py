"""All sums of a folder of results, protected together, and the files that hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Final

import msgspec

from opentrd.cohort.summing import care, compare
from opentrd.cohort.summing.adequacy import draft_adequacy
from opentrd.cohort.summing.attrition import SHARED, draft_attrition, sizes, write_attrition
from opentrd.cohort.summing.care import draft_care
from opentrd.cohort.summing.compare import draft_pairs
from opentrd.cohort.summing.flow import draft_flow
from opentrd.cohort.summing.following import draft_following
from opentrd.cohort.summing.missing import draft_missing
from opentrd.cohort.summing.overlap import draft_overlap
from opentrd.cohort.summing.results import Results, open_results
from opentrd.cohort.summing.small_cells import LIMIT, Cells, Shown
from opentrd.cohort.summing.stages import draft_stages
from opentrd.cohort.summing.sums import Sums
from opentrd.cohort.summing.waiting import draft_waiting
from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge

ATTRITION: Final = "attrition.csv"
SUMMARY: Final = "summary.json"
GAPS: Final = "care_gaps.csv"
DIFFERENCES: Final = "differences.csv"
#: What may be in a folder of results because of the sums.
SUMMED: Final = (ATTRITION, SUMMARY, GAPS, DIFFERENCES)

_COUNTS: Final = """
    SELECT definition, count(*) FILTER (verdict = 'met'), count(*) FILTER (verdict = 'undetermined')
    FROM verdict JOIN people USING (person_id) WHERE treated GROUP BY definition
"""


class SumOptions(msgspec.Struct, kw_only=True, frozen=True):
    """What is summed up: ``compare`` definitions pairwise, ``list_persons`` in files by person."""

    compare: tuple[str, ...] = ()
    list_persons: bool = False
    memory_mb: int = 2000
    threads: int = 2


def summarise(folder: Path, knowledge: Knowledge, options: SumOptions) -> Sums:
    """Sum up a folder of results; write ``attrition.csv`` and ``summary.json``, and return the sums.

    With ``list_persons`` also ``care_gaps.csv`` and, where definitions are compared, ``differences.csv``.
    Raises ``InputError`` where a definition to be compared was not judged, or none was.
    """
    with open_results(folder, knowledge, options.memory_mb, options.threads) as results:
        for name in options.compare:
            if name not in results.definitions:
                raise InputError(
                    "settings", "compare", f"not judged in this run: {name}",
                    "use some of: " + ", ".join(results.definitions),
                )  # fmt: skip
        if not results.definitions:
            raise InputError(str(folder), "status", "nobody was judged", "look at the check of the source")
        sums = _sums(results, list(options.compare))
        if options.list_persons:
            care.write_persons(folder / GAPS, results)
            if options.compare:
                compare.write_persons(folder / DIFFERENCES, results, list(options.compare))
    write_attrition(folder / ATTRITION, sums.attrition)
    (folder / SUMMARY).write_bytes(msgspec.json.format(msgspec.json.encode(sums), indent=1) + b"\n")
    return sums


def _sums(results: Results, compared: list[str]) -> Sums:
    cells = Cells()
    attrition = draft_attrition(results, cells)
    main = compared[0] if compared else main_definition(results)
    pairs = draft_pairs(results, cells, compared)
    wanted = compared if len(compared) > 1 else results.headline
    overlap = draft_overlap(results, cells, wanted, main, list(combinations(compared, 2)))
    of_trials = _draft_of_trials(results, cells, main) if results.trials else None
    shown = cells.protect()
    persons, depressive, adult, treated = (shown[step] for step in SHARED)
    sums = Sums(
        limit=LIMIT,
        hidden=shown.number_hidden,
        as_of=results.one("SELECT max(as_of) FROM people")[0].isoformat(),
        main=main,
        persons=persons,
        depressive=depressive,
        adult=adult,
        treated=treated,
        sizes=sizes(results, shown),
        attrition=attrition(shown),
        overlap=overlap(shown),
        pairs=pairs(shown),
    )
    if of_trials is not None:
        of_trials(sums, shown)
    return sums


def _draft_of_trials(results: Results, cells: Cells, main: str) -> Callable[[Sums, Shown], None]:
    """Note the counts of what is made of trials; return what adds it to the sums."""
    waiting = draft_waiting(results, cells, _twice_failed(results, main))
    flow, adequacy = draft_flow(results, cells), draft_adequacy(results, cells)
    staging, following = draft_stages(results, cells), draft_following(results, cells, main)
    gaps, missing = draft_care(results, cells), draft_missing(results, cells, main)

    def add(sums: Sums, shown: Shown) -> None:
        sums.waiting, sums.flow, sums.adequacy = waiting(shown), flow(shown), adequacy(shown)
        sums.staging, sums.following = staging(shown), following(shown)
        sums.gaps, sums.missing = gaps(shown), missing(shown)

    return add


def main_definition(results: Results) -> str:
    """Return the definition that speaks for the report: of those that most others agree with in numbers.

    Where several readings are shared alike, the one in the middle by size.
    """
    counts = {name: (met, open_) for name, met, open_ in results.rows(_COUNTS)}
    names = sorted(results.headline, key=lambda name: (counts.get(name, (0, 0)), name))
    shared = Counter(counts.get(name, (0, 0)) for name in names)
    middle = len(names) // 2
    return min(
        names, key=lambda name: (-shared[counts.get(name, (0, 0))], abs(names.index(name) - middle), name)
    )


def _twice_failed(results: Results, main: str) -> list[str]:
    """Return the definitions whose first day is that of a second failure, the main one first."""
    names = [n for n in results.headline if n != main]
    found = [n for n in (main, *names) if _is_second(results, n)]
    return found or [main]


def _is_second(results: Results, name: str) -> bool:
    definition = results.definitions[name]
    return definition.kind == "failed_trials" and definition.number == 2 and definition.same_as is None
