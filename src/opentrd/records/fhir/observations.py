"""Observations: parts of scores, laboratory values, vital signs, genotypes, pregnancy, life factors.

A result counts by its status (``statuses``). Its day is effective[x], else the day on which it was issued.
Components are read as observations of their own under the same source.
"""

from __future__ import annotations

from typing import Final

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge import schema
from opentrd.records.fhir import resources as r
from opentrd.records.fhir import statuses
from opentrd.records.fhir.codes import Knows, codings, has_code, pairs, text_of
from opentrd.records.fhir.context import Context
from opentrd.records.fhir.dates import UNKNOWN_DAY, Span, period, span
from opentrd.records.fhir.entry import Entry
from opentrd.records.fhir.scores import Part, ScoreCodes, disagreeing, in_range, valid_item
from opentrd.records.fhir.values import item_value, number_in, score_value
from opentrd.records.model import Observation

_NEGATIVE: Final = frozenset(
    {"260385009", "260415000", "2667000", "60001007", "373067005", "LA32-8", "LA6577-6", "NEG", "N", "ND",
     "428171000124102", "10828004:no"}
)  # fmt: skip
_POSITIVE: Final = frozenset(
    {"10828004", "260373001", "52101004", "77386006", "373066001", "LA33-6", "LA6576-8", "POS", "DET", "Y",
     "428181000124104"}
)  # fmt: skip


def day_of(body: r.Observation) -> Span:
    """Return the day or days of a result: effective, else issued; unknown where neither is there."""
    if body.effective_date_time is not None:
        return span(body.effective_date_time, "effectiveDateTime")
    if body.effective_instant is not None:
        return span(body.effective_instant, "effectiveInstant")
    if body.effective_period is not None:
        start, end = period(body.effective_period, "effectivePeriod")
        if start.earliest is not None and end.latest is not None:
            return Span(start.earliest, max(start.earliest, end.latest - 1))
        if start.earliest is not None:
            return start
        if end.earliest is not None and end.latest is not None:
            return Span(end.earliest - 1, end.latest - 1)
    if body.effective_timing is not None and body.effective_timing.event:
        return span(body.effective_timing.event[0], "effectiveTiming.event[0]")
    return span(body.issued, "issued")


class ObservationReader:
    """Reads the observations of one person; the parts of scores are collected and put together later."""

    def __init__(self, ctx: Context, codes: ScoreCodes) -> None:
        self.ctx = ctx
        self.codes = codes
        self.parts: list[Part] = []
        self._panel_of: dict[str, str] = {}

    def panels(self, entries: list[Entry]) -> None:
        """Note which observation belongs to which panel, before they are read."""
        for entry in sorted(entries, key=lambda e: e.source):
            if isinstance(entry.body, r.Observation):
                for member in entry.body.has_member:
                    target = self.ctx.resolve(member, entry)
                    if target is not None:
                        self._panel_of.setdefault(target.source, entry.source)

    def read(self, entry: Entry, body: r.Observation) -> None:
        """Read one observation."""
        ctx = self.ctx
        _, refused = statuses.meaning(statuses.OBSERVATION, body.status)
        if refused:
            ctx.skip(entry, refused)
            return
        day = day_of(body)
        reason = self._scores(entry, body, day)
        used = reason == ""
        if reason is None and self._plain(entry, body, body.code, day):
            used = True
        for component in body.component:
            own = self._part(entry, component, component.code, day, entry.source)
            used = own == "" or used
            if own is None and self._plain(entry, component, component.code, day):
                used = True
        if used:
            ctx.use(entry.source)
        elif body.has_member:
            ctx.panels.append(entry)
            ctx.skip(entry, reason or "unknown_code")
        else:
            ctx.skip(entry, reason or ("unknown_code" if body.code else "no_code"))

    def _scores(self, entry: Entry, body: r.Observation, day: Span) -> str | None:
        return self._part(entry, body, body.code, day, self._panel_of.get(entry.source, ""))

    def _part(
        self, entry: Entry, value: r.Valued, code: r.CodeableConcept | None, day: Span, group: str
    ) -> str | None:
        """Read a part of a score. Empty where it was taken, a reason where not, ``None`` where it is none."""
        rows = self.codes.find(code)
        if not rows:
            return None
        reason: str | None = None
        for row in best(rows):
            scale = row if isinstance(row, str) else row.scale
            part = "total" if isinstance(row, str) else row.part
            if part in ("answer", "other"):
                reason = reason or "not_score"
                continue
            if not isinstance(row, str) and part in ("total", "panel") and disagreeing(code, scale):
                return "code_and_name_disagree"
            if part == "item" and not isinstance(row, str) and row.number is not None:
                answer = valid_item(
                    scale, row.number, item_value(value, scale, self.ctx.knows), self.ctx.knows
                )
                why = "" if answer is not None else _why_no_item(value)
                if day.earliest is None:
                    why = why or "no_date"
                if not why and answer is not None:
                    self.parts.append(Part(scale, day, entry.source, items={row.number: answer}, group=group))
            else:
                why = self._total(entry, value, scale, day, panel=part == "panel")
            if not why:
                return ""
            reason = reason if reason not in (None, "not_score") else why
        return reason

    def _total(self, entry: Entry, value: r.Valued, scale: str, day: Span, *, panel: bool) -> str:
        number, why = score_value(value)
        if number is None:
            return why
        if not in_range(self.ctx.knows.scales.get(scale), number):
            return "out_of_range"
        if day.earliest is None or day.latest is None:
            return "no_date"
        self.parts.append(Part(scale, day, entry.source, value=number))
        return ""

    def _plain(self, entry: Entry, value: r.Valued, code: r.CodeableConcept | None, day: Span) -> bool:
        """Read a laboratory value, vital sign and the like; ``False`` where the code is none of those."""
        row = find_observation(code, self.ctx.knows)
        if row is None:
            return False
        concept = self.ctx.knows.observations.get(row.concept)
        made = make(self.ctx, entry, value, code, day, row.concept, concept.kind if concept else "laboratory")
        if made is None:
            return False
        self.ctx.observations.append(made)
        return True


def best(rows: tuple[schema.ScoreCode | str, ...]) -> list[schema.ScoreCode | str]:
    """Put the rows of longer scales first, so that items shared with a short form go to the long one."""
    order = {"total": 0, "item": 1, "panel": 2, "answer": 3, "other": 4}
    short = ("PHQ-2", "GAD-2", "PHQ-4", "PHQ-8")
    return sorted(
        rows, key=lambda row: (0, 0) if isinstance(row, str) else (order[row.part], row.scale in short)
    )


def _why_no_item(value: r.Valued) -> str:
    said = (
        value.value_quantity, value.value_codeable_concept, value.value_string, value.value_boolean,
        value.value_integer, value.value_decimal,
    )  # fmt: skip
    return "no_value" if all(one is None for one in said) else "unreadable_answers"


def find_observation(code: r.CodeableConcept | None, knows: Knows) -> schema.ObservationCode | None:
    """Return what an observation's code is, by the first coding that the table knows."""
    for coding in codings(code):
        row = knows.observation_code(coding.system, coding.code or "")
        if row is not None:
            return row
    return None


def make(
    ctx: Context,
    entry: Entry,
    value: r.Valued,
    code: r.CodeableConcept | None,
    day: Span,
    concept: str,
    kind: str,
) -> Observation | None:
    """Return the row of a result, or ``None`` where it has no value."""
    row = Observation(
        person_id=ctx.person_id,
        source_ids=(entry.source,),
        concept=concept,
        kind=kind,
        day_earliest=day.earliest,
        day_latest=day.latest,
        codes=pairs(code),
    )
    quantity = value.value_quantity
    if quantity is not None and quantity.value is not None:
        row.value, row.comparator, row.unit = (
            quantity.value,
            quantity.comparator,
            quantity.code or quantity.unit,
        )
        if quantity.unit and (row.unit is None or row.unit.startswith("{")):
            row.unit = quantity.unit
    elif value.value_integer is not None:
        row.value = float(value.value_integer)
    elif value.value_decimal is not None:
        row.value = value.value_decimal
    elif value.value_codeable_concept is not None:
        row.value_text = text_of(value.value_codeable_concept)
        row.value_code = next((c.code for c in codings(value.value_codeable_concept)), None)
        row.negated = negated_by_code(value.value_codeable_concept)
    elif value.value_boolean is not None:
        row.negated = NO if value.value_boolean else YES
        row.value_text = "yes" if value.value_boolean else "no"
    elif value.value_string is not None and value.value_string.strip():
        row.value_text = value.value_string.strip()
        row.value = number_in(value.value_string)
        row.negated = negated_in_words(row.value_text)
    elif value.value_date_time is not None:
        found = span(value.value_date_time, "valueDateTime")
        row.value_text = value.value_date_time
        row.end_earliest, row.end_latest = found if concept.startswith("delivery") else UNKNOWN_DAY
    else:
        return None
    for limits in value.reference_range[:1]:
        row.range_low = limits.low.value if limits.low else None
        row.range_high = limits.high.value if limits.high else None
    return row


def negated_by_code(concept: r.CodeableConcept) -> Tri:
    """Say whether a coded result means that something is not there."""
    if has_code(concept, _NEGATIVE):
        return YES
    if has_code(concept, _POSITIVE):
        return NO
    return negated_in_words(text_of(concept) or "")


def negated_in_words(text: str) -> Tri:
    """Say whether the words of a result mean that something is not there."""
    words = text.lower().replace("-", " ").split()
    if any(word in ("negative", "not", "no", "absent", "none", "never", "nonreactive") for word in words):
        return YES
    return (
        NO
        if any(word in ("positive", "present", "detected", "yes", "pregnant") for word in words)
        else UNKNOWN
    )
