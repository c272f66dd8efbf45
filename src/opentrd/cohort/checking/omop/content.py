"""What a CDM tells that the rules can use, and what can be computed from it."""

from __future__ import annotations

from typing import Final

from opentrd.cohort.sources.model import Finding
from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop.mapping import use_maps
from opentrd.records.omop.maps import make_maps
from opentrd.records.omop.opening import Cdm

#: The place of the findings that end a check.
PLACE: Final = "what can be computed"


class Told:
    """How many rows of treatment, dose, supply and score the source has, as the mapping reads them."""

    def __init__(self, cdm: Cdm) -> None:
        row = cdm.connection.execute(
            "WITH taken AS (SELECT d.*, p.each_low, "
            "EXISTS (SELECT 1 FROM map_dose s WHERE s.product = d.product "
            "AND s.sig = d.sig AND s.dose_low IS NOT NULL) AS said FROM drug_line d "
            "JOIN map_product p ON p.product = d.product "
            "WHERE d.reason IS NULL AND p.treatment IS NOT NULL AND p.kind = 'medicine') "
            "SELECT count(*), count(*) FILTER (said OR each_low * quantity / days IS NOT NULL), "
            "count(*) FILTER (days IS NOT NULL OR stated IS NOT NULL), "
            "count(*) FILTER (origin = 'dispense'), count(DISTINCT person_id) FROM taken"
        ).fetchone() or (0, 0, 0, 0, 0)
        self.exposures, self.dosed, self.ended, self.supplied, self.persons = (int(one) for one in row)
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
        products = cdm.connection.execute(
            "SELECT count(*) FILTER (reason = 'no_product') FROM drug_line"
        ).fetchone()
        self.nameless = int(products[0]) if products else 0


def findings(cdm: Cdm, knowledge: Knowledge) -> list[Finding]:
    """Return what is lacking in the rows themselves, then what can be computed."""
    use_maps(cdm.connection, make_maps(cdm.connection, knowledge))
    told = Told(cdm)
    return [*_lacking(told, knowledge), *_computed(told, knowledge)]


def _lacking(told: Told, knowledge: Knowledge) -> list[Finding]:
    found: list[Finding] = []
    if told.nameless:
        found.append(
            Finding(
                level="warning",
                place="drug_exposure.drug_concept_id",
                what="neither concept nor source value says which medicine it is",
                means="These rows are not used.",
                rows=told.nameless,
            )
        )
    for scale, (_, _, units, empty) in told.scores.items():
        name = knowledge.scales[scale].name if scale in knowledge.scales else scale
        for count, what in ((units, "scores have a unit that no score has"), (empty, "scores have no value")):
            if count:
                means = "These rows are not used."
                found.append(
                    Finding(level="warning", place=f"scores of {name}", what=what, means=means, rows=count)
                )
    return found


def _computed(told: Told, knowledge: Knowledge) -> list[Finding]:
    """Say by kind and policy of the definitions what can be decided with what the source has."""
    if not told.exposures:
        what = "no medicine against depression is found in the source"
        means = (
            "Nobody has a trial: every cohort is empty. Look whether concepts and source values are filled."
        )
        return [Finding(level="warning", place=PLACE, what=what, means=means, rows=0)]
    depression = {key for key, row in knowledge.scales.items() if row.measures == "depression"}
    scored = sum(used for scale, (_, used, _, _) in told.scores.items() if scale in depression)
    definitions = knowledge.definitions.values()
    dosed = [d.definition for d in definitions if d.policy.dose == "instrument" and d.reads == "judgements"]
    by_score = [d.definition for d in definitions if d.policy.outcome == "score"]
    reported = [d.definition for d in definitions if d.policy.outcome == "score_or_report"]
    taken = [d.definition for d in definitions if d.policy.intake == "required"]
    free = [d.definition for d in definitions if d.reads != "judgements" and d.policy.dose == "ignored"]
    return [
        _said("starts, switches and counts of medicines", told.exposures, told.exposures, free),
        _said("lengths of treatment", told.ended, told.exposures, []),
        _said("doses", told.dosed, told.exposures, dosed),
        _said("whether medicines were collected", told.supplied, told.exposures, taken),
        _scores(scored, sorted(by_score + reported)),
        _sessions(told.sessions),
    ]


def _said(what: str, have: int, of: int, definitions: list[str]) -> Finding:
    share = have / of
    names = f" Definitions that rest on it: {', '.join(definitions)}." if definitions else ""
    if have == 0:
        means = f"Unknown throughout; what rests on it stays undetermined.{names}"
    elif have < of:
        means = f"Known for {share:.0%}; for the rest what rests on it stays undetermined.{names}"
    else:
        means = f"Known throughout.{names}"
    level = "warning" if have == 0 else "note"
    return Finding(level=level, place=PLACE, what=what, means=means, rows=have)


def _scores(scored: int, definitions: list[str]) -> Finding:
    if scored:
        means = "Outcome is known where a score lies before and at the end of a trial, and unknown elsewhere."
        return Finding(level="note", place=PLACE, what="scores of depression", means=means, rows=scored)
    means = (
        "No outcome is known: definitions that judge response by scores or reports leave the outcome "
        f"undetermined ({', '.join(definitions)}). "
        "Those that take the next treatment as failure can be decided."
    )
    return Finding(level="warning", place=PLACE, what="scores of depression", means=means, rows=0)


def _sessions(count: int) -> Finding:
    means = (
        "Sessions of these are seen." if count else "None is recorded: care outside the source is not seen."
    )
    what = "psychotherapy, ECT and magnetic stimulation"
    return Finding(level="note", place=PLACE, what=what, means=means, rows=count)
