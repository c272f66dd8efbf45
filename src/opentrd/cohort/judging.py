"""A slice of persons through the rules: record tables in, result tables out.

The one place where a population calls ``rules.judge.judge_record``, once for each person, whatever the engine
that brings the slices. Columns: ``cohort/tables.py``.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from opentrd.assessing import rule_book
from opentrd.cohort.summing.gaps import care_gaps
from opentrd.cohort.summing.lines import MEDICINE, STIMULATION, THERAPY, lines_of_treatment
from opentrd.cohort.tables import RESULTS, VERDICTS
from opentrd.kleene import YES
from opentrd.knowledge.loader import load
from opentrd.records.model import Record
from opentrd.records.tables.rows import EPOCH, records
from opentrd.rules.judge import Asked, judge_record
from opentrd.rules.model import Judged, Judgement, Staging, StagingItem, Status, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.statement import Statement

#: What a three-valued answer is in a table.
_BOOL: Final = (False, None, True)

#: Kinds of treatment of which one makes a person treated for depression.
_AGAINST_DEPRESSION: Final = frozenset({MEDICINE, THERAPY, STIMULATION})

Rows: TypeAlias = dict[str, list[tuple[Any, ...]]]


class Plan(msgspec.Struct, kw_only=True, frozen=True):
    """What a run is to judge: the same for every slice, and all that a slice needs to know beside its rows.

    ``as_of`` is the day of assessment (ordinal), ``definitions`` those asked for (``None``: all), ``trials``
    whether trials and all that is made of them are wanted beside the verdicts, ``knowledge`` a folder of
    local rows, as text.
    """

    as_of: int
    instrument: str
    definitions: tuple[str, ...] | None
    staging: bool
    trials: bool
    knowledge: str | None

    @property
    def tables(self) -> tuple[str, ...]:
        """The result tables that are made."""
        return tuple(RESULTS) if self.trials else VERDICTS

    @property
    def asked(self) -> Asked:
        """What the rules are asked for."""
        chosen = None if self.definitions is None else frozenset(self.definitions)
        return Asked(
            definitions=chosen,
            staging=self.staging,
            questions=False,
            readings=False,
            trials=self.trials,
        )

    @property
    def book(self) -> RuleBook:
        """The rules' knowledge, loaded once a process."""
        return _book(self.knowledge)


@lru_cache(maxsize=2)
def _book(folder: str | None) -> RuleBook:
    return rule_book(load(None if folder is None else Path(folder)))


def judge_slice(tables: Mapping[str, pa.Table], plan: Plan) -> dict[str, pa.Table]:
    """Judge the persons of a slice of record tables (``records.tables.rows.records`` says of what form)."""
    found: Rows = {table: [] for table in plan.tables}
    book, asked = plan.book, plan.asked
    with _no_search_for_cycles():
        for record in records(tables):
            judged = judge_record(record, book, plan.as_of, plan.instrument, asked)
            _add_verdicts(found, record, judged, plan)
            if plan.trials:
                _add_trials(found, record, judged, plan)
        return {table: as_table(table, rows) for table, rows in found.items()}


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Let the collector rest: rows hold no cycles, and to look for some takes up to a sixth longer."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def as_table(table: str, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Return rows, in the order of the table's columns, as Arrow; days are ordinals until here."""
    schema = RESULTS[table]
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ((),) * len(schema)
    return pa.table(
        [_array(list(column), field.type) for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def _array(column: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_date32(kind):
        days = pc.subtract(pa.array(column, pa.int32()), pa.scalar(EPOCH, pa.int32()))
        return days.cast(pa.date32())
    if kind == RESULTS["status"].field("why").type and column and isinstance(column[0], tuple):
        return _shared(column, kind)
    return pa.array(column, kind)


def _shared(column: list[tuple[str, ...]], kind: pa.DataType) -> pa.Array:
    """Return lists that many rows have in common: each is turned into Arrow once."""
    number: dict[tuple[str, ...], int] = {}
    places = [number.setdefault(one, len(number)) for one in column]
    return pa.array(list(number), kind).take(pa.array(places, pa.int32()))


def _add_verdicts(found: Rows, record: Record, judged: Judged, plan: Plan) -> None:
    person = record.person.person_id
    found["person"].append(_person(record, judged, plan))
    shared: dict[int, tuple[Any, ...]] = {}
    for definition, judgements in judged.judgements.items():
        for j in judgements:
            said = shared.get(id(j))
            if said is None:
                said = shared[id(j)] = _judgement(j)
            found["judgement"].append((person, j.trial, definition, *said))
    found["status"] += [_status(person, row) for row in judged.status]


def _add_trials(found: Rows, record: Record, judged: Judged, plan: Plan) -> None:
    person = record.person.person_id
    found["episode"] += [(person, e.id, e.start, e.end, e.end_reason) for e in judged.episodes]
    found["trial"] += [_trial(person, t, judged.adequacy[t.id]) for t in judged.trials]
    found["staging"] += [_staging(person, row) for row in judged.staging]
    found["line"] += [
        (person, x.episode, x.line, x.treatments, x.category, x.start, x.end, _BOOL[x.adequate])
        for x in lines_of_treatment(judged)
    ]
    found["gap"] += [
        (person, x.gap, x.finding, x.since, x.sources)
        for x in care_gaps(record, judged, plan.book, plan.as_of + 1)
    ]


def _person(record: Record, judged: Judged, plan: Plan) -> tuple[Any, ...]:
    person = record.person
    starts = [trial.start for trial in judged.trials]
    return (
        person.person_id,
        _known(person.birth_earliest, person.birth_latest),
        person.sex,
        person.observed_start,
        None if person.observed_end is None else person.observed_end - 1,
        _known(person.death_earliest, person.death_latest),
        None if judged.applicable is None else judged.applicable.key,
        plan.as_of,
        min(starts, default=None),
        max(starts, default=None),
        _treated(record, plan),
        len(record.exposures),
        len(record.scores),
    )


def _treated(record: Record, plan: Plan) -> bool:
    """Tell whether a treatment of depression is in the record by the day of assessment, for whatever reason.

    Rules that read supplies alone count what the trials set aside as given for something else, so the reason
    is not asked for: whoever meets any definition is among those treated, whichever definitions are judged.
    """
    treatments = plan.book.treatments
    for x in record.exposures:
        row = treatments.get(x.treatment or "")
        day = x.start_earliest if x.start_earliest is not None else x.start_latest
        if row is not None and row.kind in _AGAINST_DEPRESSION and day is not None and day <= plan.as_of:
            return True
    return False


def _trial(person: str, t: Trial, own: Judgement) -> tuple[Any, ...]:
    era, outcome = t.era, t.outcome
    return (
        person,
        t.id,
        t.episode,
        t.treatment,
        t.class_,
        t.kind,
        t.role,
        t.base,
        t.start,
        era.start_earliest,
        era.start_latest,
        None if t.open_end or t.ongoing == YES else era.end,
        t.judged_end,
        _BOOL[t.ongoing],
        t.uncertain_dates,
        t.days_low,
        t.days_high,
        era.sessions_low,
        era.sessions_high,
        t.dose_max_low,
        t.dose_max_high,
        t.dose_unit,
        t.pdc_low,
        t.pdc_high,
        t.taken_low,
        t.taken_high,
        _BOOL[own.dose],
        _BOOL[own.duration],
        _BOOL[own.intake],
        _BOOL[own.adequate],
        outcome.result,
        outcome.basis,
        outcome.scale,
        outcome.baseline,
        outcome.last,
        outcome.percent_change,
        _BOOL[outcome.lost_response],
        t.stopped_for,
        t.other_use,
        t.next_start,
        t.sources,
    )


def _judgement(j: Judgement) -> tuple[Any, ...]:
    """What a judgement says beside its trial and its definition: definitions share judgements."""
    return (
        _BOOL[j.counts],
        _BOOL[j.dose],
        _BOOL[j.duration],
        _BOOL[j.intake],
        _BOOL[j.adequate],
        _BOOL[j.outcome],
        j.settled_on,
        j.missing,
        _keys(j.why),
    )


def _status(person: str, s: Status) -> tuple[Any, ...]:
    return (
        person,
        s.definition,
        s.episode,
        s.verdict,
        s.certain,
        s.possible,
        s.needed,
        s.first_met,
        s.exclusion,
        s.decisive,
        _keys(s.why),
    )


def _staging(person: str, s: Staging) -> tuple[Any, ...]:
    return (
        person,
        s.model,
        s.episode,
        s.applies,
        s.low,
        s.high,
        s.level_low,
        s.level_high,
        s.band_low,
        s.band_high,
        [_item(i) for i in s.items],
    )


def _item(i: StagingItem) -> dict[str, Any]:
    return {
        "item": i.item,
        "level_low": i.level_low,
        "level_high": i.level_high,
        "low": i.low,
        "high": i.high,
    }


def _known(earliest: int | None, latest: int | None) -> int | None:
    """A day that is known to the day, else unknown."""
    return earliest if earliest == latest else None


def _keys(statements: tuple[Statement, ...]) -> tuple[str, ...]:
    return tuple([s.key for s in statements])
