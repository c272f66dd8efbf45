"""Do the tables hold together? Keys that join, names inside definitions, units, the default instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.knowledge.definition import Counts, Definition, Policy
from opentrd.knowledge.medicines import unknown_tokens
from opentrd.knowledge.reading import Problems
from opentrd.knowledge.schema import JOINS

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

#: What a kind cannot do without, and what means nothing to it.
REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "failed_trials": (),
    "regimens_started": (),
    "switches": (),
    "distinct_medicines": (),
    "any_of": ("any_of",),
    "staging_at_least": ("model",),
}
_ONLY: Final[dict[str, tuple[str, ...]]] = {
    "any_of": ("any_of",),
    "model": ("staging_at_least",),
    "at_least": ("staging_at_least",),
    "above": ("staging_at_least",),
    "switch_within_days": ("switches",),
    "min_distinct_lifetime": ("switches",),
}

#: Groups of conditions (see ``schema.ConditionConcept``).
GROUPS: Final = frozenset(
    {
        "depressive",
        "bipolar",
        "psychosis",
        "dementia",
        "substance",
        "anxiety",
        "personality",
        "eating",
        "physical",
        "life",
        "self_harm",
        "sleep",
        "pain",
        "perinatal",
        "neurodevelopmental",
        "other",
    }
)

#: Columns that list several keys, their separator and the table they name.
_LISTS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("treatment", "parts"): ("+", "treatment"),
    ("other_use", "reasons"): (";", "condition"),
    ("option", "treatments"): (";", "treatment"),
    ("option", "figures"): (";", "figure"),
    ("option_order", "options"): (";", "option"),
    ("safety", "treatments"): (";", "treatment"),
}

#: Columns that hold selectors (see ``schema/cautioning.py``).
_SELECTORS: Final = (
    ("caution", "affects"),
    ("washout", "before"),
    ("washout", "after"),
    ("interaction_rule", "one"),
    ("interaction_rule", "other"),
)

#: What a safety rule cannot do without, by its trigger.
SAFETY_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "item": ("scale", "item", "at_least"),
    "earlier_item": ("within_days",),
    "score": ("scale", "at_least", "within_days"),
    "latest_score": ("within_days",),
    "condition": ("concept",),
    "observation": ("concept",),
    "start": ("age_below", "within_days", "unknown_message"),
    "after_start": ("concept", "within_days"),
    "worsening": ("treatments", "within_days"),
    "option": ("option", "from_level"),
    "note": ("from_level",),
}

_MORE_JOINS: Final[dict[tuple[str, str], str]] = {("instrument", "stand_in"): "instrument"}


def check(knowledge: Knowledge) -> Problems:
    """Check everything across tables; rows were already checked one by one when their table was read."""
    problems = Problems()
    _check_joins(knowledge, problems)
    _check_rows(knowledge, problems)
    _check_selectors(knowledge, problems)
    _check_safety(knowledge, problems)
    for definition in knowledge.definitions.values():
        _check_definition(knowledge, definition, problems)
    return problems


def _check_joins(knowledge: Knowledge, problems: Problems) -> None:
    for (name, column), target in (*JOINS.items(), *_MORE_JOINS.items()):
        keys = knowledge.table(target)
        for key, row in knowledge.table(name).items():
            value = getattr(row, column)
            if value is not None and value not in keys:
                problems.at(*knowledge.place(name, key), column, f"{value!r} is not in {target}.csv")
    for (name, column), (separator, target) in _LISTS.items():
        keys = knowledge.table(target)
        for key, row in knowledge.table(name).items():
            for value in (part.strip() for part in (getattr(row, column) or "").split(separator)):
                if value and value not in keys:
                    problems.at(*knowledge.place(name, key), column, f"{value!r} is not in {target}.csv")


def _check_rows(knowledge: Knowledge, problems: Problems) -> None:
    for use_key, use in knowledge.other_uses.items():
        place = knowledge.place("other_use", use_key)
        if "dose" in use.rule and (use.dose_below is None or use.dose_unit is None):
            problems.at(*place, "dose_below", f"rule {use.rule} needs dose_below and dose_unit")
        if "reason" in use.rule and not use.reasons:
            problems.at(*place, "reasons", f"rule {use.rule} needs reasons")
    for key, need in knowledge.adequacy.items():
        place = knowledge.place("adequacy", key)
        if need.min_dose is not None and need.dose_unit is None:
            problems.at(*place, "dose_unit", "min_dose needs a unit")
        if need.min_dose is need.min_sessions is need.min_weeks is need.min_months is None:
            problems.at(*place, "min_dose", "the row gives no minimum at all")
    for name, concept in knowledge.conditions.items():
        if concept.group not in GROUPS:
            problems.at(*knowledge.place("condition", name), "group", f"{concept.group!r} is no group")
    defaults = [name for name, row in knowledge.instruments.items() if row.default == "yes"]
    if len(defaults) != 1:
        problems.add("instrument.csv", "column default", f"{len(defaults)} rows are the default, not one")


def _check_selectors(knowledge: Knowledge, problems: Problems) -> None:
    """A selector or trigger that names nothing would never speak: a caution that is silently lost."""
    for name, column in _SELECTORS:
        for key, row in knowledge.table(name).items():
            for token in unknown_tokens(getattr(row, column), knowledge):
                problems.at(*knowledge.place(name, key), column, f"{token!r} names nothing that is known")
    concepts = {*knowledge.conditions, *knowledge.observations, *GROUPS}
    for key, caution in knowledge.cautions.items():
        place = knowledge.place("caution", key)
        trigger = caution.trigger or ""
        if caution.kind in ("comedication", "stopped"):
            wrong = unknown_tokens(trigger, knowledge)
        elif caution.kind in ("condition", "device", "observation"):
            tokens = [token.strip().removeprefix("-") for token in trigger.split(";")]
            wrong = [t for t in tokens if not t.startswith(("icd:", "text:")) and t not in concepts]
        else:
            wrong = []
        for token in wrong:
            problems.at(*place, "trigger", f"{token!r} names nothing that is known")
        if caution.unknown == "ask" and caution.ask is None:
            problems.at(*place, "ask", "is empty and must be given where unknown is ask")
        if caution.kind == "observation" and not (
            caution.unit and {caution.at_least, caution.above, caution.below} != {None}
        ):
            problems.at(*place, "unit", "an observation needs a unit and a limit")


def _check_safety(knowledge: Knowledge, problems: Problems) -> None:
    """A rule that lacks what its trigger reads would never find anything."""
    for key, rule in knowledge.safety_rules.items():
        place = knowledge.place("safety", key)
        for column in SAFETY_NEEDS[rule.trigger]:
            if getattr(rule, column) is None:
                problems.at(*place, column, f"is empty and must be given where trigger is {rule.trigger}")
        known = knowledge.observations if rule.trigger == "observation" else knowledge.conditions
        for concept in (part.strip() for part in (rule.concept or "").split(";")):
            if concept and concept not in known:
                problems.at(*place, "concept", f"{concept!r} is no concept that is known")


def _check_definition(knowledge: Knowledge, definition: Definition, problems: Problems) -> None:
    file = f"{definition.definition}.toml"

    def wrong(parameter: str, what: str) -> None:
        problems.add(file, parameter, what)

    for parameter in REQUIRED[definition.kind]:
        if not getattr(definition, parameter):
            wrong(parameter, f"kind {definition.kind} needs it")
    for parameter, kinds in _ONLY.items():
        if getattr(definition, parameter) and definition.kind not in kinds:
            wrong(parameter, f"means nothing to kind {definition.kind}")
    if definition.kind == "staging_at_least" and definition.at_least is None and definition.above is None:
        wrong("at_least", "kind staging_at_least needs at_least or above")
    if (definition.scope == "window") != (definition.window_days is not None):
        wrong("window_days", "is given with scope window, and only there")
    if definition.number < 1:
        wrong("number", "must be 1 or more")
    for parameter in ("window_days", "min_weeks", "adequate_days", "gap_days", "switch_within_days"):
        value = getattr(definition, parameter)
        if value is not None and value < 0:
            wrong(parameter, "is below zero")
    if (definition.min_age or 0) > (definition.max_age or 999):
        wrong("min_age", "is above max_age")

    conditions = knowledge.conditions
    classes = {row.class_ for row in knowledge.treatments.values()}
    targets: tuple[tuple[str, tuple[str | None, ...], set[str], str], ...] = (
        ("any_of", definition.any_of, set(knowledge.definitions), "a definition"),
        ("same_as", (definition.same_as,), set(knowledge.definitions), "a definition"),
        ("instrument", (definition.instrument,), set(knowledge.instruments), "in instrument.csv"),
        ("model", (definition.model,), set(knowledge.staging_models), "in staging_model.csv"),
        ("figure", (definition.figure,), set(knowledge.figures), "in figure.csv"),
        ("treatments", definition.treatments, set(knowledge.treatments), "in treatment.csv"),
        ("classes", definition.classes, classes, "a class of treatment.csv"),
        ("exclude", definition.exclude, {*conditions, *GROUPS}, "a condition or a group of conditions"),
    )
    for parameter, values, known, what in targets:
        for value in values:
            if value is not None and value not in known:
                wrong(parameter, f"{value!r} is not {what}")
            elif value == definition.definition and parameter in ("any_of", "same_as"):
                wrong(parameter, "names itself")
    parameters = {field.name for field in msgspec.structs.fields(Definition)}
    parameters |= {f"counts.{field.name}" for field in msgspec.structs.fields(Counts)}
    parameters |= {f"policy.{field.name}" for field in msgspec.structs.fields(Policy)}
    for item in definition.open:
        if item.parameter not in parameters:
            wrong("open", f"{item.parameter!r} is not a parameter of a definition")
