"""Lines of a treatment, as exposures: what was taken, when, how much, whether it helped, why it stopped."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.knowledge.lookup import plain
from opentrd.records.model import RESPONSES, STOP_REASONS, Exposure, Observation
from opentrd.records.sheet.amounts import DOSE_HELP, Dose, in_unit, read_doses, read_sessions
from opentrd.records.sheet.context import Context
from opentrd.records.sheet.dates import Span
from opentrd.records.sheet.lines import Line
from opentrd.records.sheet.names import Named
from opentrd.records.sheet.problems import CellError, shown
from opentrd.records.sheet.words import choices, closest, found_words, is_unknown, leading, meaning, within

_JOINED: Final = re.compile(r"\s*[+/&]\s*")
_BY_SESSION: Final = frozenset({"psychotherapy", "stimulation", "lifestyle"})
#: Session details that the table ``adequacy`` tells apart as formulations.
_FORMULATIONS: Final = frozenset({"bilateral", "right unilateral", "group"})
#: Reasons for stopping that one word within a longer text tells; others need their whole phrase.
_BY_WORD: Final = frozenset({"adverse", "cost", "pregnancy"})
_STATUS: Final = {YES: "active", UNKNOWN: "unknown", NO: "completed"}
_NEGATIONS: Final = frozenset({"not", "no", "never", "without", "nor", "sin", "nunca", "ni"})


def read_treatment(
    line: Line, person: str, context: Context
) -> tuple[list[Exposure], list[Observation], str | None]:
    """Return the exposures of a line, what else it tells, or the reason why it is not used."""
    names = _names(line, context)
    doses = _doses(line, max(len(names), 1), context)
    start = context.date(line, "from")
    end, ongoing = context.end(line)
    low, high, never = context.cell(line, "taken", context.taken) or (None, None, False)
    response, worse, lost = context.cell(line, "helped", _helped) or (None, False, False)
    reasons = context.cell(line, "stopped", _reasons) or ()
    sessions = context.cell(line, "sessions", lambda text: read_sessions(text, context.about_share)) or (
        None,
        None,
    )
    if never:
        return [], [], "not_started"
    if start and end and end.latest <= start.earliest:
        return [], [], "end_before_start"
    if start and end:
        end = Span(max(end.earliest, start.earliest + 1), end.latest)
        start = Span(start.earliest, min(start.latest, end.latest - 1))
    if lost and "lost_effect" not in reasons:
        reasons = tuple(sorted({*reasons, "lost_effect"}, key=STOP_REASONS.index))
    if reasons and ongoing == UNKNOWN and not lost:
        ongoing = NO
    shape = Exposure(
        person_id=person,
        source_ids=(line.ref,),
        treatment=None,
        kind="comedication",
        origin="self_report",
        start_earliest=start and start.earliest,
        start_latest=start and start.latest,
        end_earliest=end and end.earliest,
        end_latest=end and end.latest,
        ongoing=ongoing,
        sessions_low=sessions[0],
        sessions_high=sessions[1],
        taken_low=low,
        taken_high=high,
        reported_response=response,
        stop_reasons=reasons,
        indication=_indication(line, context),
        status=_STATUS[ongoing] if ongoing != NO or not reasons else "stopped",
    )
    exposures: list[Exposure] = []
    for named, steps in zip(names, doses, strict=False):
        exposures.extend(_exposures(shape, named, steps, line, context))
    told = [
        Observation(person_id=person, source_ids=(line.ref,), concept=None, kind="told", value_code="worse",
                    value_text=line.text("helped"), substance=x.treatment or x.product_text,
                    day_earliest=x.start_earliest, day_latest=x.end_latest)
        for x in exposures[:1] if worse
    ]  # fmt: skip
    return exposures, told, None


def _names(line: Line, context: Context) -> list[Named]:
    """Return the treatments that a line names: one, or those of a combination."""
    text = line.text("name")
    if not text or is_unknown(text):
        context.problems.add(
            line.at("name"), "the line does not say which treatment", "write its name; brand names are fine"
        )
        return []
    if line.what == "other_medicine" and not context.names.knows_treatment(text):
        return [Named(None, text, None, None, False)]
    parts = [part for part in _JOINED.split(text) if part]
    whole = context.names.whole(text) and "+" not in text
    many = len(parts) > 1 and not whole and all(context.names.knows_treatment(part) for part in parts)
    found: list[Named] = []
    for part in parts if many else [text]:
        try:
            found.append(context.names.treatment(part))
        except CellError as wrong:
            context.problems.add(line.at("name"), wrong.what, wrong.what_to_do)
    return found


def _doses(line: Line, count: int, context: Context) -> list[list[Dose]]:
    """Return the dose steps of each treatment of a line."""
    text = line.text("dose")
    parts = [part.strip() for part in re.split(r"\s*[+/&]\s*(?=\d)", text)] if count > 1 and text else [text]
    if count > 1 and not is_unknown(text) and len(parts) != count:
        what = f"{count} treatments and {len(parts)} dose" + ("s" if len(parts) > 1 else "")
        context.problems.add(line.at("dose"), what, "write the doses in the same order, such as 20 mg + 5 mg")
        return [[] for _ in range(count)]
    parts = parts * count if len(parts) != count else parts
    steps: list[list[Dose]] = []
    for part in parts:
        try:
            steps.append(read_doses(part))
        except CellError as wrong:
            steps.append([])
            context.problems.add(line.at("dose"), wrong.what, wrong.what_to_do)
    return steps


def _exposures(
    shape: Exposure, named: Named, steps: list[Dose], line: Line, context: Context
) -> list[Exposure]:
    """Return the exposure of one treatment; several that touch where its dose had steps of known length."""
    row = named.row
    kind = row.kind if row else ("lifestyle" if shape.sessions_high is not None else "comedication")
    formulation = named.formulation
    details = list(
        dict.fromkeys(word.meaning for word in within("detail", f"{named.text} {line.text('note')}"))
    )
    text = line.text("dose")
    if kind in _BY_SESSION and text and not is_unknown(text):
        details.append(" ".join(text.split()))
    if formulation is None and kind in ("psychotherapy", "stimulation"):
        formulation = next((detail for detail in details if detail in _FORMULATIONS), None)
    base = msgspec.structs.replace(
        shape,
        treatment=row.treatment if row else None,
        kind=kind,
        product_text=named.text,
        formulation=formulation,
        session_detail="; ".join(details) or None if kind != "medicine" else None,
    )
    if not steps and named.strength and kind == "medicine":
        strength = context.cell(line, "name", lambda _: read_doses(named.strength or "")) or []
        if named.counted and strength and strength[0].low == strength[0].high:
            low, _ = in_unit(strength[0], "mg")
            base = msgspec.structs.replace(base, strength=low, strength_unit="mg")
        else:
            steps = strength
    if not steps or kind in _BY_SESSION:
        return [base]
    placed = _placed(base, steps, line, context)
    for exposure, dose in zip(placed, steps if len(placed) > 1 else [_single(steps)], strict=True):
        _set_dose(exposure, dose, row.dose_unit if row else None, line, context)
    return placed


def _single(steps: list[Dose]) -> Dose:
    """Return one dose that holds all steps."""
    lows, highs = [step.low for step in steps], [step.high for step in steps]
    low = None if None in lows else min(x for x in lows if x is not None)
    high = None if None in highs else max(x for x in highs if x is not None)
    return steps[0]._replace(low=low, high=high)


def _placed(base: Exposure, steps: list[Dose], line: Line, context: Context) -> list[Exposure]:
    """Return touching exposures for steps of known length; one where the start is not known."""
    earliest, latest = base.start_earliest, base.start_latest
    if earliest is None or latest is None or (len(steps) == 1 and steps[0].days is None):
        return [base]
    found: list[Exposure] = []
    for index, step in enumerate(steps):
        last = index == len(steps) - 1
        piece = msgspec.structs.replace(base, start_earliest=earliest, start_latest=latest)
        if step.days is not None and not (last and (base.end_latest is not None or base.ongoing == YES)):
            earliest, latest = earliest + step.days[0], latest + step.days[1]
            piece = msgspec.structs.replace(piece, end_earliest=earliest, end_latest=latest, ongoing=NO)
        if not last:
            piece = msgspec.structs.replace(
                piece, stop_reasons=(), reported_response=None, status="completed"
            )
        found.append(piece)
    if base.end_latest is not None and earliest >= base.end_latest:
        context.problems.add(
            line.at("dose"), "the steps of the dose last longer than the treatment", DOSE_HELP
        )
    return found


def _set_dose(exposure: Exposure, dose: Dose, unit: str | None, line: Line, context: Context) -> None:
    """Write a dose in the unit of the treatment."""
    if dose.unit == "mmol/L":
        exposure.dose_low, exposure.dose_high, exposure.dose_unit = dose.low, dose.high, "mmol/L"
        if exposure.treatment not in context.by_level:
            context.problems.add(line.at("dose"), "a blood level stands where a dose is expected", DOSE_HELP)
        exposure.formulation = "level"
        return
    wanted = "mcg" if unit == "mcg/d" else "mg"
    low, high = in_unit(dose, wanted)
    if low == 0 and high == 0:
        context.problems.add(
            line.at("dose"), "a dose of zero", "write 'never started' under taken, or leave the line out"
        )
    exposure.dose_low, exposure.dose_high = low, high
    exposure.dose_unit = unit if unit in ("mg/session", "mcg/d") else "mg/d"


def _helped(text: str) -> tuple[str | None, bool, bool]:
    """Return the told response, whether it was worse, and whether an effect was lost again."""
    if is_unknown(text):
        return None, False, False
    word = meaning("helped", text)
    if word is None:
        close = closest("helped", text)
        advice = f"did you mean '{close}'? " if close else ""
        raise CellError(f"{shown(text)} does not say how much it helped in words that can be read",
                    f"{advice}write not at all, a little, a lot or well again")  # fmt: skip
    if word.meaning == "lost":
        return None, False, True
    return ("none", True, False) if word.meaning == "worse" else (word.meaning, False, False)


assert set(RESPONSES) == {"none", "little", "lot", "well"}


def _reasons(text: str) -> tuple[str, ...]:
    """Return why a treatment was stopped: several, separated by ; or , or a word for "and"."""
    if is_unknown(text):
        return ()
    if word := meaning("stop", text):
        return (word.meaning,)
    found: set[str] = set()
    for part in re.split(r"[;,/+\n]|\b(?:and|y|e)\b", text, flags=re.IGNORECASE):
        if not is_unknown(part):
            found.add(_reason(part))
    return tuple(reason for reason in STOP_REASONS if reason in found)


def _reason(text: str) -> str:
    if word := meaning("stop", text):
        return word.meaning
    words = plain(text).split()
    inside = {
        row.meaning for word, row in found_words("stop", text) if row.meaning in _BY_WORD or " " in word
    } - {"other"}
    negated = any(word in _NEGATIONS or word.endswith("n't") for word in words) or leading(
        "negation", plain(text)
    )
    if inside and negated:
        raise CellError(f"{shown(text)} can be read two ways", f"write one of: {choices('stop')}")
    if len(inside) == 1:
        return inside.pop()
    close = closest("stop", text)
    if close and len(words) <= len(close.split()) + 1:
        raise CellError(f"{shown(text)} is not known", f"did you mean '{close}'?")
    return "other"


def _indication(line: Line, context: Context) -> str | None:
    text = line.text("for")
    if is_unknown(text):
        return None
    word = meaning("indication", text)
    return (word and word.meaning) or context.names.condition(text, strict=False) or " ".join(text.split())
