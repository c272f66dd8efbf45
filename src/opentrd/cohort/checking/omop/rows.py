"""The rows of a CDM: keys that do not join, days that cannot be, rows outside observation."""

from __future__ import annotations

from datetime import date
from typing import Final

from opentrd.cohort.sources.model import Finding
from opentrd.records.omop.cdm import EVENTS, OF_PERSONS, Event
from opentrd.records.omop.opening import Cdm

_ENDS: Final = (
    ("drug_exposure", "drug_exposure_start_date", "drug_exposure_end_date"),
    ("drug_exposure", "drug_exposure_start_date", "verbatim_end_date"),
    ("condition_occurrence", "condition_start_date", "condition_end_date"),
    ("procedure_occurrence", "procedure_date", "procedure_end_date"),
    ("observation_period", "observation_period_start_date", "observation_period_end_date"),
)


def findings(cdm: Cdm, today: date | None) -> list[Finding]:
    """Return what is wrong with keys and dates, each with the number of rows."""
    found: list[Finding | None] = [
        _finding(
            _count(cdm, f"{table} t ANTI JOIN person p USING (person_id)", "t.person_id IS NOT NULL"),
            f"{table}.person_id",
            "names persons who are not in the table person",
            "These rows are not used.",
        )
        for table in OF_PERSONS[1:]
    ]
    limit = _limit(cdm, today)
    for event in EVENTS:
        found += _event(cdm, event, limit)
    found += [_end(cdm, *ends) for ends in _ENDS]
    found += _observed(cdm)
    found.append(_born(cdm))
    return [one for one in found if one is not None]


def _event(cdm: Cdm, event: Event, limit: date | None) -> list[Finding | None]:
    place = f"{event.table}.{event.concept}"
    unmapped = _finding(
        _count(cdm, event.table, f"{event.concept} = 0"),
        place,
        "has rows without a standard concept",
        "They are read by source concept and source value, where these tell what they are.",
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
            "names concepts that are not in the table concept",
            "They are known only where OpenTRD has their ids.",
        )
    future = None
    if limit is not None:
        future = _finding(
            _count(cdm, event.table, f"{event.day} > DATE '{limit.isoformat()}'"),
            f"{event.table}.{event.day}",
            f"lies after {limit.isoformat()}",
            "What lies after the day of assessment does not count.",
        )
    undated = _finding(
        _count(cdm, event.table, f"{event.day} IS NULL"),
        f"{event.table}.{event.day}",
        "is empty",
        "What has no day cannot be placed in a course of treatment.",
    )
    return [unmapped, unknown, future, undated]


def _limit(cdm: Cdm, today: date | None) -> date | None:
    row = cdm.connection.execute("SELECT max(source_release_date) FROM cdm_source").fetchone()
    released = row[0] if row else None
    return released if isinstance(released, date) else today


def _end(cdm: Cdm, table: str, start: str, end: str) -> Finding | None:
    means = "An end that is mandatory and made up is ignored; other such rows are not used."
    return _finding(_count(cdm, table, f"{end} < {start}"), f"{table}.{end}", f"lies before {start}", means)


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
            "lies outside the person's times of observation",
            "The supply is believed; whether anything is missing around it is not known.",
        ),
        _finding(
            without,
            "observation_period",
            "has no time of observation for some persons",
            "For them a gap in treatment cannot be told from a gap in the record.",
        ),
        _finding(
            gaps,
            "observation_period",
            "has gaps between the times of observation of some persons",
            "Only the last one counts as observed: before it, what is not recorded may have been there.",
        ),
    ]


def _born(cdm: Cdm) -> Finding | None:
    strange = _count(
        cdm,
        "person p JOIN (SELECT person_id, min(drug_exposure_start_date) AS first FROM drug_exposure "
        "GROUP BY person_id) d USING (person_id)",
        "p.year_of_birth > year(d.first)",
    )
    means = "Ages of these persons are wrong."
    return _finding(strange, "person.year_of_birth", "lies after the person's first medicine", means)


def _count(cdm: Cdm, tables: str, where: str) -> int:
    row = cdm.connection.execute(f"SELECT count(*) FROM {tables} WHERE {where}").fetchone()
    return int(row[0]) if row else 0


def _finding(count: int, place: str, what: str, means: str, level: str = "warning") -> Finding | None:
    if not count:
        return None
    return Finding(level=level, place=place, what=what, means=means, rows=count)
