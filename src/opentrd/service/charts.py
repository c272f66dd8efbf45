"""A chart becomes a record, and the record an assessment: made anew each time it is looked at.

What a person wrote in the form is turned into a history sheet and read like any other; scores of the
follow-up are scores of the record, under the id of their entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from opentrd.assessing import assess
from opentrd.assessment import Assessment
from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge
from opentrd.records.model import Record, Score
from opentrd.records.read import read_files
from opentrd.rules.measured import is_value
from opentrd.run import single
from opentrd.service.samples import day_of
from opentrd.service.store import Store
from opentrd.service.store import tables as t
from opentrd.service.view import View

#: The kind of a follow-up entry that is a score.
SCORE: Final = "score"


def record_of(store: Store, chart: t.Chart, knowledge: Knowledge) -> Record:
    """Return the record of a chart: its sources, and the scores noted since.

    Raises ``InputError`` where a source cannot be read, or holds several persons and none was chosen.
    """
    files = {source.name: source.body for source in store.sources(chart.id)}
    if not files:
        raise InputError(chart.label, "", "nothing was written down or brought in yet", "add a treatment")
    found = single(read_files(files, knowledge))
    records = [r for r in found if chart.person is None or r.person.person_id == chart.person]
    if len(records) != 1:
        raise InputError(chart.label, "", f"the files hold {len(records)} persons", "choose one of them")
    record = records[0]
    for entry in store.follow_ups(chart.id):
        if entry.kind == SCORE:
            record.scores.append(_score(entry, record))
            record.used.append(_line(entry))
    return record


def assess_chart(store: Store, chart: t.Chart, knowledge: Knowledge, view: View) -> Assessment:
    """Assess a chart as a view asks for it. Raises ``InputError`` as ``record_of`` and ``assess`` do.

    A sample person is judged on the day on which the story is told, until something is noted since.
    """
    record = record_of(store, chart, knowledge)
    day = day_shown(store, chart, view)
    return assess_told(record, day, knowledge, view, store.answers(chart.id), store.preferences(chart.id))[0]


def day_shown(store: Store, chart: t.Chart, view: View) -> int:
    """Return the day as of which a chart is judged."""
    told = None if store.follow_ups(chart.id) else day_of(chart)
    return view.as_of if told is None else told


def assess_told(
    record: Record,
    as_of: int,
    knowledge: Knowledge,
    view: View,
    answers: Mapping[str, object],
    preferences: Mapping[str, float],
) -> tuple[Assessment, dict[str, InputError]]:
    """Assess a record with what was said since, and return beside it the answers that do not fit it.

    An answer that fitted when it was given may not any more, where the record was changed: it is left out,
    so that the rest can be seen.
    """
    fitting = {key: _dated(each) if is_value(key) else each for key, each in answers.items()}
    unfit: dict[str, InputError] = {}
    while True:
        try:
            made = assess(
                record,
                as_of=as_of,
                knowledge=knowledge,
                instrument=view.instrument,
                region=view.region,
                language=view.language,
                audience=view.audience,
                answers=fitting,
                preferences=preferences,
            )
        except InputError as error:
            if error.file != "answers" or error.place not in fitting:
                raise
            unfit[error.place] = error
            del fitting[error.place]
        else:
            return made, unfit


def _dated(kept: object) -> object:
    """Return a measured value with its day as a date: days are kept as ordinals."""
    return {**kept, "day": date.fromordinal(kept["day"])} if isinstance(kept, dict) else kept


def _score(entry: t.FollowUp, record: Record) -> Score:
    items = {int(number): int(value) for number, value in entry.value.get("items", {}).items()}
    return Score(
        person_id=record.person.person_id,
        source_ids=(_line(entry),),
        scale=str(entry.value["scale"]),
        day_earliest=entry.day,
        day_latest=entry.day,
        value=None if entry.value.get("value") is None else float(entry.value["value"]),
        items=items,
        suicide_item=items.get(9) if entry.value["scale"] == "PHQ-9" else None,
    )


def _line(entry: t.FollowUp) -> str:
    return f"follow-up:{entry.id}"
