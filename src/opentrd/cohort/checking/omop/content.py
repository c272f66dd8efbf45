"""What a CDM tells that the rules can use, and what can be computed from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from opentrd.cohort.checking.telling import by_dose, told_of
from opentrd.cohort.sources.model import ANSWER, Finding
from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop.mapping import use_maps
from opentrd.records.omop.opening import Cdm
from opentrd.statement import Param

#: Rows that name no product, and of those of medicines: all, with a dose, an end, handed out.
_MEDICINES: Final = """
    WITH said AS (
      SELECT dose FROM map_dose GROUP BY ALL HAVING count(dose_low) > 0
    ), line AS (
      SELECT d.*, p.each_low, p.least_units, p.most_units, s.dose IS NOT NULL AS said,
             d.reason IS NULL AND p.treatment IS NOT NULL AND p.kind = 'medicine' AS taken
      FROM drug_line d LEFT JOIN map_product p USING (product) LEFT JOIN said s USING (dose)
    )
    SELECT count(*) FILTER (reason = 'no_product'), count(*) FILTER (taken),
           count(*) FILTER (taken AND (said
             OR each_low IS NOT NULL AND quantity / days BETWEEN least_units AND most_units)),
           count(*) FILTER (taken AND (days IS NOT NULL OR stated IS NOT NULL)),
           count(*) FILTER (taken AND origin = 'dispense')
    FROM line
"""


class Told:
    """How many rows of treatment, dose, supply and score the source has, as the mapping reads them."""

    def __init__(self, cdm: Cdm) -> None:
        row = cdm.connection.execute(_MEDICINES).fetchone()
        assert row is not None
        self.nameless, self.exposures, self.dosed, self.ended, self.supplied = row
        found = cdm.connection.execute(
            "SELECT scale, count(*), count(*) FILTER (reason IS NULL), "
            "count(*) FILTER (reason = 'wrong_unit'), count(*) FILTER (reason = 'no_value') "
            "FROM result_line WHERE role IN ('total', 'item') GROUP BY scale ORDER BY scale"
        ).fetchall()
        self.scores = {scale: (rows, used, units, empty) for scale, rows, used, units, empty in found}
        sessions = cdm.connection.execute(
            "SELECT count(*) FROM procedure_line WHERE reason IS NULL"
        ).fetchone()
        self.sessions = int(sessions[0]) if sessions else 0


def findings(cdm: Cdm, maps: Mapping[str, pa.Table], knowledge: Knowledge) -> list[Finding]:
    """Return what is lacking in the rows themselves, then what can be computed."""
    use_maps(cdm.connection, maps)
    told = Told(cdm)
    return [*_lacking(told), *_computed(told, knowledge)]


def _lacking(told: Told) -> list[Finding]:
    found: list[Finding] = []
    if told.nameless:
        found.append(
            Finding(
                level="warning",
                place="drug_exposure.drug_concept_id",
                what="source_found.nameless",
                means="source_means.unused",
                rows=told.nameless,
            )
        )
    for scale, (_, _, units, empty) in told.scores.items():
        for count, what in ((units, "source_found.score_unit"), (empty, "source_found.score_empty")):
            if count:
                means = "source_means.unused"
                found.append(Finding(level="warning", place=scale, what=what, means=means, rows=count))
    return found


def _computed(told: Told, knowledge: Knowledge) -> list[Finding]:
    """Say by kind and policy of the definitions what can be decided with what the source has."""
    if not told.exposures:
        what, means = "source_found.no_treatment", "source_means.no_treatment"
        return [Finding(level="warning", place=ANSWER, what=what, means=means, rows=0)]
    depression = {key for key, row in knowledge.scales.items() if row.measures == "depression"}
    scored = sum(used for scale, (_, used, _, _) in told.scores.items() if scale in depression)
    definitions = knowledge.definitions.values()
    by_score = [d.definition for d in definitions if d.policy.outcome == "score"]
    reported = [d.definition for d in definitions if d.policy.outcome == "score_or_report"]
    taken = [d.definition for d in definitions if d.policy.intake == "required"]
    free = [d.definition for d in definitions if d.reads != "judgements" and d.policy.dose == "ignored"]
    return [
        told_of("source_found.starts", told.exposures, told.exposures, free),
        told_of("source_found.lengths", told.ended, told.exposures, []),
        told_of("source_found.doses", told.dosed, told.exposures, by_dose(knowledge)),
        told_of("source_found.collected", told.supplied, told.exposures, taken),
        _scores(scored, sorted(by_score + reported)),
        _sessions(told.sessions),
    ]


def _scores(scored: int, definitions: list[str]) -> Finding:
    level, means = ("note", "source_means.scores") if scored else ("warning", "source_means.no_scores")
    params: dict[str, Param] = {"definitions": ", ".join(definitions)}
    return Finding(
        level=level, place=ANSWER, what="source_found.scores", means=means, params=params, rows=scored
    )


def _sessions(count: int) -> Finding:
    means = "source_means.sessions" if count else "source_means.no_sessions"
    return Finding(level="note", place=ANSWER, what="source_found.sessions", means=means, rows=count)
