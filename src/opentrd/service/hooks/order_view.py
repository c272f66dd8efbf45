"""What is worth a card when an antidepressant is being ordered.

What speaks against it beside what is taken, its dose at this age, bipolar disorder in the record, a medicine
or class that failed already, and attempts before it that were no full ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.present.answer import too_early
from opentrd.present.course import shortfalls
from opentrd.review.cautions import OPEN, find_cautions, merged
from opentrd.service.hooks.calls import FHIR_ID
from opentrd.service.hooks.cards import Finding, Suggestion
from opentrd.service.hooks.patient_view import ask_for_score, latest_score, safety
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words
    from opentrd.review.model import Caution
    from opentrd.rules.model import Trial
    from opentrd.service.hooks.reading import Order
    from opentrd.statement import Param

BIPOLAR: Final = "bipolar"
#: Cautions that a card on bipolar disorder says already.
MANIA: Final = "caution.mania"
LIMIT: Final = "_limit"
ENOUGH: Final = "inadequate_trials_warned"
#: How old a score may be to be the one that a new trial starts from.
BASELINE: Final = "baseline_before_days"
AVOID: Final = "avoid"


def order_findings(
    a: Assessment, words: Words, orders: list[Order], patient: str
) -> tuple[list[Finding], list[str]]:
    """Return what is worth a card about the orders, and the reasons why the rest is silent."""
    if not orders:
        return [], ["no_medicine_ordered"]
    meant = [order for order in orders if is_antidepressant(order, a)]
    if not meant:
        return [], ["no_antidepressant_ordered"]
    made: list[Finding | str] = [safety(a, words), bipolar(a, meant[0])]
    for order in meant:
        made += [care(a, order), failed(a, order, patient), inadequate(a, words, order, patient)]
    return [each for each in made if isinstance(each, Finding)], [e for e in made if isinstance(e, str)]


def is_antidepressant(order: Order, a: Assessment) -> bool:
    """Say whether an order is of a medicine that is a treatment of depression by itself."""
    row = a.knowledge.treatments.get(order.exposure.treatment or "")
    return row is not None and row.main == "yes" and row.kind == "medicine"


def _key(order: Order) -> str:
    return order.exposure.treatment or ""


def _taken(a: Assessment, order: Order) -> bool:
    """Say whether the medicine is taken now, or may be: then the order goes on with it."""
    return bool(a.context.taken_now([_key(order)]))


# Interactions, wash-outs, limits, conditions


def care(a: Assessment, order: Order) -> Finding | str:
    """Return what asks for care with the medicine, beside what is taken and with what is recorded."""
    key = _key(order)
    going_on = _taken(a, order)
    found = [
        caution
        for caution in merged(find_cautions(a.context, key, key, replaces=frozenset()))
        if _worth(caution, order, going_on)
    ]
    if not found:
        return "nothing_against"
    grave = any(_is_grave(caution) for caution in found)
    return Finding(
        kind="care",
        indicator="critical" if grave else "warning",
        summary=_care_summary(found, order),
        lines=[line for caution in found for line in (caution.statement, caution.ask) if line is not None],
        suggestions=_take_back(order) if grave else [],
    )


def _is_grave(caution: Caution) -> bool:
    """Say whether a caution is critical: it holds, or two medicines that harm each other may meet."""
    together = caution.statement.key.startswith(("interaction.", "washout."))
    return caution.severity == AVOID and (caution.applies == YES or together)


def _worth(caution: Caution, order: Order, going_on: bool) -> bool:
    """Say whether a caution is worth a card: something recorded makes it, and the order is concerned."""
    said = caution.statement
    if said.key == OPEN or not said.sources or said.key.startswith(MANIA):
        return False
    if caution.severity == AVOID:
        return True
    if said.key.endswith(LIMIT):
        return caution.applies == YES and _beyond(order, said.params.get("limit")) != NO
    return caution.severity == "caution" and caution.applies == YES and not going_on


def _beyond(order: Order, limit: object) -> int:
    """Say whether the dose ordered is above a limit; unknown without a dose."""
    low, high = order.exposure.dose_low, order.exposure.dose_high
    if not isinstance(limit, (int, float)) or low is None or high is None:
        return UNKNOWN
    return YES if low > limit else NO if high <= limit else UNKNOWN


def _care_summary(found: list[Caution], order: Order) -> Statement:
    first = found[0]
    said = first.statement
    sort = said.key.partition(".")[0]
    if sort == "washout":
        key = "hooks.summary.washout"
    elif sort == "interaction":
        key = "hooks.summary.avoid_with" if first.severity == AVOID else "hooks.summary.care_with"
    elif said.key.endswith(LIMIT) and _beyond(order, said.params.get("limit")) == YES:
        key = "hooks.summary.limit"
    else:
        key = "hooks.summary.avoid" if first.severity == AVOID else "hooks.summary.care"
    params = {
        **said.params,
        "subject": _key(order),
        "dose": order.exposure.dose_low,
        "until": first.until,
        "more": len(found) - 1 or None,
    }
    return Statement(key, params, said.sources, first.citations)


def _take_back(order: Order) -> list[Suggestion]:
    """Suggest to take the draft back, where it can be named; nothing else is changed."""
    if not FHIR_ID.fullmatch(order.reference.partition("/")[2]):
        return []
    label = Statement("hooks.suggestion.take_back", {"subject": _key(order)})
    action: dict[str, Any] = {"type": "delete", "resourceId": order.reference}
    return [Suggestion(label=label, actions=[action])]


# What the history says


def bipolar(a: Assessment, order: Order) -> Finding | str:
    """Return that the record names or suspects bipolar disorder."""
    found = a.context.find(BIPOLAR)
    if not found.rows:
        return "no_bipolar_disorder"
    mania = [
        caution.statement
        for caution in merged(find_cautions(a.context, _key(order), _key(order), replaces=frozenset()))
        if caution.statement.key.startswith(MANIA)
    ]
    citations = tuple(dict.fromkeys(c for said in (found.statement, *mania) for c in said.citations))
    sources = tuple(dict.fromkeys(source for row in found.rows for source in row.source_ids))
    return Finding(
        kind="bipolar",
        indicator="warning",
        summary=Statement(
            f"hooks.summary.bipolar_{found.state}", {"subject": _key(order)}, sources, citations
        ),
        lines=[*mania, Statement("hooks.line.bipolar", {"subject": _key(order)}, sources, citations)],
    )


def failed(a: Assessment, order: Order, patient: str) -> Finding | str:
    """Return that the medicine, or another of its class, had a full trial in this episode without effect."""
    if _taken(a, order):
        return "goes_on"
    treatments = a.knowledge.treatments
    ordered = treatments[_key(order)]
    names = a.context.failures["medicine"].certain
    same = [name for name in names if name == _key(order)]
    alike = [name for name in names if treatments[name].class_ == ordered.class_]
    shown = same or alike
    if not shown:
        return "class_not_failed"
    trials = [trial for trial in a.context.trials if trial.treatment in shown]
    sources = tuple(dict.fromkeys(source for trial in trials for source in trial.sources))
    cited = tuple(f"treatment:{name}" for name in dict.fromkeys((_key(order), *shown)))
    params: dict[str, Param] = {"subject": _key(order), "failed": tuple(shown), "class": ordered.class_}
    key = "same" if same else "class"
    lines = [line for trial in trials for line in (_trial_line(trial), *trial.outcome.why)]
    return Finding(
        kind="failed",
        indicator="warning" if same else "info",
        summary=Statement(f"hooks.summary.failed_{key}", params, sources, cited),
        lines=[*lines[:2], Statement("hooks.line.failed", params, sources, cited)],
        suggestions=_baseline(a, patient),
    )


def _trial_line(trial: Trial) -> Statement:
    params: dict[str, Param] = {
        "treatment": trial.treatment,
        "dose": trial.dose_max_high,
        "low": trial.days_low,
        "high": trial.days_high,
    }
    return Statement("hooks.line.trial", params, trial.sources)


def inadequate(a: Assessment, words: Words, order: Order, patient: str) -> Finding | str:
    """Return that attempts before this one were too low, too short or not taken."""
    if _taken(a, order):
        return "goes_on"
    trials = [
        trial for trial in a.context.trials if _was_no_full_one(a, trial) and trial.treatment != _key(order)
    ]
    names = tuple(dict.fromkeys(trial.treatment for trial in trials))
    if len(names) < a.context.convention(ENOUGH) or a.context.failures["medicine"].certain:
        return "attempts_were_full"
    sources = tuple(dict.fromkeys(source for trial in trials for source in trial.sources))
    cited = (f"convention:{ENOUGH}",)
    params: dict[str, Param] = {
        "n": len(names),
        "next": len(names) + 1,
        "subject": _key(order),
        "treatments": names,
    }
    return Finding(
        kind="inadequate",
        indicator="warning",
        summary=Statement("hooks.summary.inadequate", params, sources, cited),
        lines=[
            Statement("hooks.said", {"text": shortfalls(a, trials, words)}, sources, cited),
            Statement("hooks.line.inadequate", params, sources, cited),
        ],
        suggestions=_baseline(a, patient),
    )


def _baseline(a: Assessment, patient: str) -> list[Suggestion]:
    """Suggest a score from which the new trial can be judged, where there is none that is new enough."""
    last = latest_score(a)
    if last is not None and a.settings.as_of - last.day_latest <= a.context.convention(BASELINE):
        return []
    return ask_for_score(a, patient, "baseline", (f"convention:{BASELINE}",))


def _was_no_full_one(a: Assessment, trial: Trial) -> bool:
    """Say whether a trial of a main antidepressant was certainly no full one, and is not just beginning."""
    row = a.knowledge.treatments.get(trial.treatment)
    judgement = a.context.judgement(trial)
    return (
        row is not None
        and row.main == "yes"
        and trial.kind == "medicine"
        and judgement is not None
        and judgement.adequate == NO
        and "adverse" not in trial.stopped_for
        and not too_early(a, trial)
    )
