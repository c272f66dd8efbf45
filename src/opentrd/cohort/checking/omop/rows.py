"""The rows of a CDM: keys that do not join, days that cannot be, rows outside observation."""

from __future__ import annotations

from datetime import date
from typing import Final

from opentrd.cohort.sources.model import Finding
from opentrd.records.omop.cdm import EVENTS, OF_PERSONS, Event
from opentrd.records.omop.opening import Cdm
from opentrd.statement import Param

_ENDS: Final = (
    ("drug_exposure", "drug_exposure_start_date", "drug_exposure_end_date"),
    ("drug_exposure", "drug_exposure_start_date", "verbatim_end_date"),
    ("condition_occurrence", "condition_start_date", "condition_end_date"),
    ("procedure_occurrence", "procedure_date", "procedure_end_date"),
    ("observation_period", "observation_period_start_date", "observation_period_end_date"),
)


def findings(cdm: Cdm, until: date) -> list[Finding]:
    """Return what is wrong with keys and dates, each with the number of rows; no day lies after ``until``."""
    found: list[Finding | None] = [
        _finding(
            _count(cdm, f"{table} t ANTI JOIN person p USING (person_id)", "t.person_id IS NOT NULL"),
            f"{table}.person_id",
            "source_found.stranger",
            "source_means.unused",
        )
        for table in OF_PERSONS[1:]
    ]
    for event in EVENTS:
        found += _event(cdm, event, until)
    found += [_end(cdm, *ends) for ends in _ENDS]
    found += _observed(cdm)
    found += [_born(cdm), _no_day(cdm)]
    return [one for one in found if one is not None]


def _event(cdm: Cdm, event: Event, until: date) -> list[Finding | None]:
    place = f"{event.table}.{event.concept}"
    unmapped = _finding(
        _count(cdm, event.table, f"{event.concept} = 0"),
        place,
        "source_found.no_concept",
        "source_means.by_source",
        "note",
    )
    unknown = None
    if cdm.has_rows("concept"):
        unknown = _finding(
            _count(
                cdm,
                f"{event.table} t ANTI JOIN concept c ON c.concept_id = t.{event.concept}",
                f"t.{event.concept} <> 0",
            ),
            place,
            "source_found.unknown_concept",
            "source_means.own_ids",
        )
    future = _finding(
        _count(cdm, event.table, f"{event.day} > DATE '{until.isoformat()}'"),
        f"{event.table}.{event.day}",
        "source_found.future",
        "source_means.later",
        params={"day": until.toordinal()},
    )
    undated = _finding(
        _count(cdm, event.table, f"{event.day} IS NULL"),
        f"{event.table}.{event.day}",
        "source_found.empty",
        "source_means.no_day",
    )
    return [unmapped, unknown, future, undated]


def _end(cdm: Cdm, table: str, start: str, end: str) -> Finding | None:
    means = "source_means.made_up"
    return _finding(
        _count(cdm, table, f"{end} < {start}"),
        f"{table}.{end}",
        "source_found.before",
        means,
        params={"start": start},
    )


def _observed(cdm: Cdm) -> list[Finding | None]:
    """Look at the times of observation: persons without one or with gaps, exposures outside."""
    if not cdm.has_rows("observation_period"):
        return []
    outside = _count(
        cdm,
        "drug_exposure d ANTI JOIN observation_period o ON o.person_id = d.person_id "
        "AND d.drug_exposure_start_date >= o.observation_period_start_date "
        "AND d.drug_exposure_start_date <= o.observation_period_end_date",
        "d.drug_exposure_start_date IS NOT NULL",
    )
    without = _count(cdm, "person p ANTI JOIN observation_period o USING (person_id)", "true")
    gaps = _count(
        cdm,
        "(SELECT DISTINCT person_id FROM observation_period "
        "QUALIFY observation_period_start_date > 1 + max(observation_period_end_date) OVER ("
        "PARTITION BY person_id ORDER BY observation_period_start_date, observation_period_end_date "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))",
        "true",
    )
    return [
        _finding(
            outside,
            "drug_exposure.drug_exposure_start_date",
            "source_found.unobserved",
            "source_means.believed",
        ),
        _finding(
            without,
            "observation_period",
            "source_found.never_observed",
            "source_means.gap_or_gap",
        ),
        _finding(
            gaps,
            "observation_period",
            "source_found.gaps",
            "source_means.last_observed",
        ),
    ]


def _born(cdm: Cdm) -> Finding | None:
    strange = _count(
        cdm,
        "person p JOIN (SELECT person_id, min(drug_exposure_start_date) AS first FROM drug_exposure "
        "GROUP BY person_id) d USING (person_id)",
        "p.year_of_birth > year(d.first)",
    )
    means = "source_means.wrong_ages"
    return _finding(strange, "person.year_of_birth", "source_found.born_late", means)


def _no_day(cdm: Cdm) -> Finding | None:
    """Count persons with a month or day of birth that is in no calendar."""
    strange = _count(
        cdm,
        "person",
        "month_of_birth NOT BETWEEN 1 AND 12 OR year_of_birth NOT BETWEEN 1 AND 9999 "
        "OR (day_of_birth IS NOT NULL AND year_of_birth IS NOT NULL "
        "AND try(make_date(year_of_birth, coalesce(month_of_birth, 1), day_of_birth)) IS NULL)",
    )
    return _finding(strange, "person.month_of_birth", "source_found.no_calendar", "source_means.birth_range")


def _count(cdm: Cdm, tables: str, where: str) -> int:
    row = cdm.connection.execute(f"SELECT count(*) FROM {tables} WHERE {where}").fetchone()
    return int(row[0]) if row else 0


def _finding(
    count: int,
    place: str,
    what: str,
    means: str,
    level: str = "warning",
    params: dict[str, Param] | None = None,
) -> Finding | None:
    if not count:
        return None
    return Finding(level=level, place=place, what=what, means=means, params=params or {}, rows=count)
