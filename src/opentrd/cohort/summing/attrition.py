"""Attrition: from all persons of the source to those who meet a definition, step by step."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from opentrd.cohort.summing.nesting import nested
from opentrd.cohort.summing.results import Draft, Results, listed
from opentrd.cohort.summing.small_cells import Cells, Shown
from opentrd.cohort.summing.sums import Attrition, Part, Size

#: The steps before any definition.
SHARED: Final = ("persons", "depressive", "adult", "treated")
#: The steps of a definition, by what its kind counts.
_STEPS: Final = {
    "failed_trials": ("adequate", "failed"),
    "regimens_started": ("counted",),
    "switches": ("counted",),
    "distinct_medicines": ("counted",),
}
_LAST: Final = ("not_excluded", "possible", "met")

#: Those treated, with what each step asks for.
_FLAGS: Final = """
    CREATE OR REPLACE TEMP TABLE flag AS
    WITH judged AS (
      SELECT person_id, definition, bool_or(adequate IS NOT FALSE AND NOT barred) AS adequate,
             bool_or(counts IS NOT FALSE) AS failed
      FROM (SELECT *, counts IS FALSE AND coalesce(dose, duration, intake, outcome) IS NULL AS barred
            FROM judgement)
      GROUP BY person_id, definition
    )
    SELECT person_id, definition, verdict = 'met' AS met, verdict IN ('met', 'undetermined') AS possible,
           verdict <> 'excluded' AS not_excluded, v.possible >= 1 AS counted,
           coalesce(j.adequate, false) AS adequate, coalesce(j.failed, false) AS failed
    FROM verdict v JOIN people p USING (person_id) LEFT JOIN judged j USING (person_id, definition)
    WHERE p.treated
"""


def steps_of(kind: str) -> tuple[str, ...]:
    """Return the steps of a definition of this kind, after those that all share."""
    return (*_STEPS.get(kind, ()), *_LAST)


def draft_attrition(results: Results, cells: Cells) -> Draft[list[Attrition]]:
    """Count the steps of every definition."""
    shared = results.one(
        "SELECT count(*), count(*) FILTER (depressive), count(*) FILTER (depressive AND adult), "
        "count(*) FILTER (treated) FROM people"
    )
    for step, count in zip(SHARED, shared, strict=True):
        cells.add(step, count, keep=True)
    for before, step, more, less in zip(SHARED, SHARED[1:], shared, shared[1:], strict=False):
        cells.total(before, [step, cells.add(f"lost.{step}", more - less)])
    results.rows(_FLAGS)
    of_kind: dict[str, list[str]] = {}
    for name, d in results.definitions.items():
        of_kind.setdefault(d.kind, []).append(name)
    for kind, names in of_kind.items():
        steps = steps_of(kind)
        found = {definition: counts for definition, *counts in results.rows(_query(steps, names))}
        for name in names:  # without anybody treated there is no row
            _note(name, steps, shared[-1], found.get(name, [0] * len(steps)), cells)
    _note_nested(results, of_kind, cells)
    for name, twin in results.twins(results.definitions):
        for step in steps_of(results.definitions[name].kind):
            cells.alike(f"{name}.{step}", f"{twin}.{step}")
            cells.alike(f"{name}.lost.{step}", f"{twin}.lost.{step}")
    return lambda shown: [
        _attrition(name, steps_of(d.kind), shown) for name, d in results.definitions.items()
    ]


def _query(steps: tuple[str, ...], names: list[str]) -> str:
    """Return the query for definitions of one kind: who is possible has passed every step before."""
    counts = ", ".join(f"count(*) FILTER ({_passed(steps, step)})" for step in steps)
    return f"SELECT definition, {counts} FROM flag WHERE definition IN {listed(names)} GROUP BY definition"


def _passed(steps: tuple[str, ...], step: str) -> str:
    """Return, in SQL, who has passed a step and every one before."""
    if step == "met":
        return step
    return f"(({' AND '.join(steps[: steps.index(step) + 1])}) OR possible)"


def _note_nested(results: Results, of_kind: dict[str, list[str]], cells: Cells) -> None:
    """Note how many more pass a step of a definition than of one whose persons are all among them.

    Who knows the rules knows that they are, and may subtract.
    """
    if len(results.definitions) < 2:
        return
    for step in dict.fromkeys(step for kind in of_kind for step in steps_of(kind)):
        passed = " OR ".join(
            f"(definition IN {listed(names)} AND {_passed(steps_of(kind), step)})"
            for kind, names in of_kind.items()
            if step in steps_of(kind)
        )
        for inner, outer, rest in nested(results.patterns(f"flag WHERE {passed}")):
            more = cells.add(f"{outer}.{step} beside {inner}", rest, shown=False)
            cells.total(f"{outer}.{step}", [f"{inner}.{step}", more])


def _note(definition: str, steps: tuple[str, ...], treated: int, found: list[int], cells: Cells) -> None:
    before, more = SHARED[-1], treated
    for step, less in zip(steps, found, strict=True):
        name = cells.add(f"{definition}.{step}", less, keep=step in _LAST[1:])
        cells.total(before, [name, cells.add(f"{definition}.lost.{step}", more - less)])
        before, more = name, less


def _attrition(definition: str, steps: tuple[str, ...], shown: Shown) -> Attrition:
    own = [f"{definition}.{step}" for step in steps]
    lost = [f"{definition}.lost.{step}" for step in steps]
    return Attrition(
        definition=definition,
        left=[Part(key=step, count=shown[step]) for step in SHARED]
        + [Part(key=step, count=shown[name]) for step, name in zip(steps, own, strict=True)],
        lost=[Part(key=step, count=shown[f"lost.{step}"]) for step in SHARED[1:]]
        + [Part(key=step, count=shown[name]) for step, name in zip(steps, lost, strict=True)],
    )


def sizes(results: Results, shown: Shown) -> list[Size]:
    """Return how many meet each definition, for certain and possibly: the last steps of its attrition."""
    return [
        Size(
            definition=name,
            name=d.name,
            headline=d.headline,
            certain=shown[f"{name}.met"],
            undetermined=shown[f"{name}.lost.met"],
            possible=shown[f"{name}.possible"],
        )
        for name, d in results.definitions.items()
    ]


def write_attrition(path: Path, attrition: list[Attrition]) -> None:
    """Write the steps as CSV: definition, step, persons left, persons lost; an empty count is hidden."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("definition", "step", "persons", "lost"))
        for each in attrition:
            lost = {part.key: part.count for part in each.lost}
            rows.writerows(
                (each.definition, part.key, part.count, lost.get(part.key, 0)) for part in each.left
            )
