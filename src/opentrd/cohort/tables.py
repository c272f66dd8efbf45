"""Result tables: what a population run says of its persons (``docs/decisions/0007-population.md``).

A run writes one Parquet file for each. Days are ``date32``, yes and no ``bool``, unknown is null; ``why``,
``missing`` and ``decisive`` keep keys and ids, of which words can be made when somebody reads them.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_TEXT: Final = pa.string()
_DAY: Final = pa.date32()
_YES: Final = pa.bool_()
_WHOLE: Final = pa.int32()
_NUMBER: Final = pa.float64()
_LIST: Final = pa.list_(pa.string())
_ITEMS: Final = pa.list_(
    pa.struct(
        [
            ("item", _TEXT),
            ("level_low", _TEXT),
            ("level_high", _TEXT),
            ("low", _NUMBER),
            ("high", _NUMBER),
        ]
    )
)


def _columns(**types: pa.DataType) -> pa.Schema:
    return pa.schema(list(types.items()))


#: Table to its columns.
RESULTS: Final[dict[str, pa.Schema]] = {
    "person": _columns(
        person_id=_TEXT,
        birth_date=_DAY,
        sex=_TEXT,
        observed_start=_DAY,
        observed_end=_DAY,
        death_date=_DAY,
        applicable=_TEXT,
        as_of=_DAY,
        first_treatment=_DAY,
        last_treatment=_DAY,
        treated=_YES,
        exposures=_WHOLE,
        scores=_WHOLE,
    ),
    "episode": _columns(person_id=_TEXT, episode=_TEXT, start=_DAY, end=_DAY, end_reason=_TEXT),
    "trial": _columns(
        person_id=_TEXT,
        trial=_TEXT,
        episode=_TEXT,
        treatment=_TEXT,
        **{"class": _TEXT},
        kind=_TEXT,
        role=_TEXT,
        base=_TEXT,
        start=_DAY,
        start_earliest=_DAY,
        start_latest=_DAY,
        end=_DAY,
        judged_end=_DAY,
        ongoing=_YES,
        uncertain_dates=_YES,
        days_low=_WHOLE,
        days_high=_WHOLE,
        sessions_low=_WHOLE,
        sessions_high=_WHOLE,
        dose_max_low=_NUMBER,
        dose_max_high=_NUMBER,
        dose_unit=_TEXT,
        pdc_low=_NUMBER,
        pdc_high=_NUMBER,
        taken_low=_NUMBER,
        taken_high=_NUMBER,
        adequate_dose=_YES,
        adequate_duration=_YES,
        adequate_adherence=_YES,
        adequate=_YES,
        result=_TEXT,
        outcome_basis=_TEXT,
        scale=_TEXT,
        baseline=_NUMBER,
        last=_NUMBER,
        percent_change=_NUMBER,
        lost_response=_YES,
        stopped_for=_LIST,
        other_use=_TEXT,
        next_start=_DAY,
        sources=_LIST,
    ),
    "judgement": _columns(
        person_id=_TEXT,
        trial=_TEXT,
        definition=_TEXT,
        counts=_YES,
        dose=_YES,
        duration=_YES,
        intake=_YES,
        adequate=_YES,
        outcome=_YES,
        settled_on=_DAY,
        missing=_LIST,
        why=_LIST,
    ),
    "status": _columns(
        person_id=_TEXT,
        definition=_TEXT,
        episode=_TEXT,
        verdict=_TEXT,
        certain=_NUMBER,
        possible=_NUMBER,
        needed=_NUMBER,
        first_met=_DAY,
        exclusion=_TEXT,
        decisive=_LIST,
        why=_LIST,
    ),
    "staging": _columns(
        person_id=_TEXT,
        model=_TEXT,
        episode=_TEXT,
        applies=_YES,
        low=_NUMBER,
        high=_NUMBER,
        level_low=_TEXT,
        level_high=_TEXT,
        band_low=_TEXT,
        band_high=_TEXT,
        items=_ITEMS,
    ),
    "line": _columns(
        person_id=_TEXT,
        episode=_TEXT,
        line=_WHOLE,
        treatments=_TEXT,
        category=_TEXT,
        start=_DAY,
        end=_DAY,
        adequate=_YES,
    ),
    "gap": _columns(person_id=_TEXT, gap=_TEXT, finding=_TEXT, since=_DAY, sources=_LIST),
}

#: The tables of a run that is asked for verdicts alone: they need no trials, or no more than a verdict does.
VERDICTS: Final = ("person", "judgement", "status")

#: Table to the name of its file in a folder of results.
FILES: Final[dict[str, str]] = {
    "person": "persons.parquet",
    "episode": "episodes.parquet",
    "trial": "trials.parquet",
    "judgement": "judgements.parquet",
    "status": "status.parquet",
    "staging": "staging.parquet",
    "line": "lines.parquet",
    "gap": "gaps.parquet",
}
