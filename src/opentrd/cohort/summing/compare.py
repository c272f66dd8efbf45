"""Two definitions side by side: who is in one and not in the other, and which rule makes the difference."""

from __future__ import annotations

import csv
from itertools import combinations, permutations
from pathlib import Path
from typing import Any, Final

import msgspec

from opentrd.cohort.summing.results import Draft, Results
from opentrd.cohort.summing.small_cells import LIMIT, Cells, Shown
from opentrd.cohort.summing.sums import Difference, Example, Pair, Part
from opentrd.knowledge.definition import Definition
from opentrd.rules.days import DAYS_PER_WEEK

#: What does not say how a definition judges.
_ASIDE: Final = (
    "definition",
    "name",
    "source_kind",
    "headline",
    "same_as",
    "open",
    "note",
    "source",
    "status",
    "checked",
    "figure",
    "reads",
)
VERDICTS: Final = ("undetermined", "excluded", "not_met")
#: So many reasons are told.
_REASONS: Final = 6

_APART: Final = """
    CREATE OR REPLACE TEMP TABLE apart AS
    SELECT person_id, b.verdict
    FROM verdict a JOIN verdict b USING (person_id) JOIN people USING (person_id)
    WHERE a.definition = ? AND b.definition = ? AND a.verdict = 'met' AND b.verdict <> 'met' AND treated
"""
#: What kept a trial out: its role or class, the first part of the rule that it fails, or cannot be told of.
_TRIAL: Final = """
    CASE WHEN b.counts OR b.trial IS NULL THEN NULL
         WHEN NOT b.counts AND coalesce(b.dose, b.duration, b.intake, b.outcome) IS NULL THEN 'role'
         WHEN b.dose = false THEN 'dose.no' WHEN b.duration = false THEN 'duration.no'
         WHEN b.intake = false THEN 'intake.no' WHEN b.outcome = false THEN 'outcome.no'
         WHEN b.dose IS NULL THEN 'dose.unknown' WHEN b.duration IS NULL THEN 'duration.unknown'
         WHEN b.intake IS NULL THEN 'intake.unknown' WHEN b.outcome IS NULL THEN 'outcome.unknown' END
"""
_WHY: Final = f"""
    CREATE OR REPLACE TEMP TABLE told AS
    SELECT DISTINCT person_id, key FROM (
      SELECT person_id, 'exclusion.' || exclusion AS key FROM status JOIN apart USING (person_id)
      WHERE definition = $outside AND apart.verdict = 'excluded' AND status.verdict = 'excluded'
      UNION ALL
      SELECT b.person_id, {_TRIAL} FROM judgement b JOIN apart USING (person_id)
      LEFT JOIN judgement a ON a.person_id = b.person_id AND a.trial = b.trial AND a.definition = $inside
      WHERE b.definition = $outside AND apart.verdict <> 'excluded'
        AND (a.counts OR (a.counts IS NULL AND a.trial IS NULL))
      UNION ALL
      SELECT v.person_id, 'counted.' || least(floor(v.possible), 9)::INTEGER FROM verdict v
      JOIN apart USING (person_id)
      WHERE v.definition = $outside AND $outside NOT IN (SELECT definition FROM judgement)
        AND apart.verdict = 'not_met'
    ) WHERE key IS NOT NULL
"""
_EXAMPLE: Final = f"""
    WITH chosen AS (
      SELECT person_id FROM apart LEFT JOIN told USING (person_id)
      GROUP BY person_id ORDER BY bool_or(key = $key) DESC NULLS LAST, md5(person_id) LIMIT 1
    )
    SELECT t.treatment, t.start - min(t.start) OVER () AS day, t.days_low, a.counts, b.counts,
           {_TRIAL} AS why
    FROM trial t JOIN chosen USING (person_id)
    LEFT JOIN judgement a ON a.person_id = t.person_id AND a.trial = t.trial AND a.definition = $inside
    LEFT JOIN judgement b ON b.person_id = t.person_id AND b.trial = t.trial AND b.definition = $outside
    ORDER BY t.start, t.trial
"""


def draft_pairs(results: Results, cells: Cells, names: list[str]) -> Draft[list[Pair]]:
    """Count who is in one and not in the other, for every two of some definitions."""
    drafts = [_pair(results, cells, first, second) for first, second in combinations(names, 2)]
    for name, twin in results.twins(names):
        for third in names:
            if third not in (name, twin):
                _alike(cells, _stem(names, name, third), _stem(names, twin, third), (name, twin), third)
    return lambda shown: [draft(shown) for draft in drafts]


def _stem(names: list[str], *two: str) -> str:
    """Return how the cells of a pair begin, whichever of the two is named first."""
    return "pair." + ".".join(sorted(two, key=names.index))


def _alike(cells: Cells, one: str, other: str, twins: tuple[str, str], third: str) -> None:
    """Say that what sets each of two twins apart from a third definition is the same."""
    for own, its in (("both", "both"), ("neither", "neither"), twins, (third, third)):
        for key in ("", *(f".{verdict}" for verdict in VERDICTS)):
            cells.alike(f"{one}.{own}{key}", f"{other}.{its}{key}")


def sides(first: str, second: str) -> dict[tuple[bool, bool], str]:
    """Return the cells of a pair by who is in the first and who is in the second."""
    stem = f"pair.{first}.{second}"
    return {
        (True, True): f"{stem}.both",
        (True, False): f"{stem}.{first}",
        (False, True): f"{stem}.{second}",
        (False, False): f"{stem}.neither",
    }


def _pair(results: Results, cells: Cells, first: str, second: str) -> Draft[Pair]:
    stem = f"pair.{first}.{second}"
    both, neither = results.one(
        "SELECT count(*) FILTER (a.verdict = 'met' AND b.verdict = 'met'), "
        "count(*) FILTER (a.verdict <> 'met' AND b.verdict <> 'met') "
        "FROM verdict a JOIN verdict b USING (person_id) JOIN people USING (person_id) "
        "WHERE a.definition = ? AND b.definition = ? AND treated",
        [first, second],
    )
    cells.add(f"{stem}.both", both)
    cells.add(f"{stem}.neither", neither)
    differences = [_difference(results, cells, stem, *ends) for ends in ((first, second), (second, first))]
    for name in (first, second):
        cells.total(f"{name}.met", [f"{stem}.both", f"{stem}.{name}"])
    cells.total("treated", [f"{stem}.{key}" for key in ("both", "neither", first, second)])
    parameters = differing(results.definitions[first], results.definitions[second])
    return lambda shown: Pair(
        first=first,
        second=second,
        both=shown[f"{stem}.both"],
        neither=shown[f"{stem}.neither"],
        parameters=parameters,
        differences=[draft(shown) for draft in differences],
    )


def _difference(results: Results, cells: Cells, stem: str, inside: str, outside: str) -> Draft[Difference]:
    ends = {"inside": inside, "outside": outside}
    results.rows(_APART, [inside, outside])
    results.rows(_WHY, ends)
    name = f"{stem}.{inside}"
    found = dict(results.rows("SELECT verdict, count(*) FROM apart GROUP BY verdict"))
    total = cells.add(name, sum(found.values()))
    parts = [cells.add(f"{name}.{key}", found.get(key, 0)) for key in VERDICTS]
    cells.total(total, parts)
    reasons = results.rows(
        "SELECT key, count(*) FROM told GROUP BY key ORDER BY count(*) DESC, key LIMIT ?", [_REASONS]
    )
    for key, count in reasons:
        cells.add(f"{name}.why.{key}", count)
        rest = cells.add(f"{name}.why_not.{key}", sum(found.values()) - count, shown=False)
        cells.total(total, [f"{name}.why.{key}", rest])
    example: list[Example] = []
    if reasons and reasons[0][1] >= LIMIT:
        example = [_example(row) for row in results.rows(_EXAMPLE, {**ends, "key": reasons[0][0]})]

    def made(shown: Shown) -> Difference:
        return Difference(
            inside=inside,
            outside=outside,
            persons=shown[total],
            verdicts=[Part(key=key, count=shown[part]) for key, part in zip(VERDICTS, parts, strict=True)],
            reasons=[Part(key=key, count=shown[f"{name}.why.{key}"]) for key, _ in reasons],
            example=example if shown[total] is not None else [],
        )

    return made


def _example(row: tuple[Any, ...]) -> Example:
    treatment, day, days, inside, outside, why = row
    return Example(
        treatment=treatment,
        week=day // DAYS_PER_WEEK,
        weeks=(days or 0) // DAYS_PER_WEEK,
        inside=inside,
        outside=outside,
        why=why,
    )


def differing(first: Definition, second: Definition) -> list[tuple[str, str, str]]:
    """Return the parameters in which two definitions differ: name, value in the first, in the second."""
    one, other = _flat(first), _flat(second)
    return [(name, one[name], other[name]) for name in one if one[name] != other[name]]


def _flat(definition: Definition) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in msgspec.structs.asdict(definition).items():
        if name in _ASIDE:
            continue
        if isinstance(value, msgspec.Struct):
            found |= {f"{name}.{key}": _said(inner) for key, inner in msgspec.structs.asdict(value).items()}
        else:
            found[name] = _said(value)
    return found


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def write_persons(path: Path, results: Results, names: list[str]) -> None:
    """Write who is in one definition and not in another, with the other's verdict and reasons."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("inside", "outside", "person_id", "verdict", "why"))
        for inside, outside in permutations(names, 2):
            results.rows(_APART, [inside, outside])
            results.rows(_WHY, {"inside": inside, "outside": outside})
            found = results.rows(
                "SELECT person_id, verdict, list(key ORDER BY key) FILTER (key IS NOT NULL) FROM apart "
                "LEFT JOIN told USING (person_id) GROUP BY ALL ORDER BY person_id"
            )
            out.writerows((inside, outside, who, verdict, " ".join(why or ())) for who, verdict, why in found)
