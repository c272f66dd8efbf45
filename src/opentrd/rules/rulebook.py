"""What the rules need to know, looked up once from the knowledge tables and handed to every stage.

The rules read no files: a ``RuleBook`` is made from a loaded ``Knowledge`` and given as an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from opentrd.knowledge.definition import Definition, Open
from opentrd.knowledge.medicines import medicines_of
from opentrd.knowledge.schema import Adequacy, OtherUse, ScaleBand, StagingBand, StagingItem, StagingModel
from opentrd.rules.days import DAYS_PER_WEEK
from opentrd.rules.judging.policy import JudgePolicy, policy_of, policy_of_model, policy_of_staged

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

R = TypeVar("R")
K = TypeVar("K")

SESSION_KINDS = ("psychotherapy", "stimulation", "lifestyle")
SESSION_UNITS = ("sessions", "mg/session")


class Conventions(msgspec.Struct, kw_only=True, frozen=True):
    """The rows of ``convention`` that the rules use, by key; days unless the name says otherwise."""

    same_supply_days: int
    open_join_days: int
    era_gap_days: int
    session_gap_psychotherapy_days: int
    session_gap_stimulation_days: int
    cross_taper_days: int
    episode_remission_days: int
    episode_gap_days: int
    onset_lead_days: int
    baseline_before_days: int
    baseline_after_days: int
    outcome_earliest_days: int
    outcome_after_days: int
    outcome_next_treatment_days: int
    pdc_adequate: float
    adult_age: int
    severity_recent_days: int
    proxy_next_days: int
    days_per_month: float
    questions_at_once: int
    optimised_weeks: float
    lower_dose_tolerance: float


class Need(msgspec.Struct, kw_only=True, frozen=True):
    """The least that an instrument asks of a treatment, and its row; ``stand_in`` names who lent it."""

    min_dose: float | None
    dose_unit: str | None
    min_sessions: int | None
    days: int | None
    citation: str
    stand_in: str | None


class RuleBook:
    """The knowledge, arranged for the rules. Make it once for a ``Knowledge`` and share it."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.conventions = msgspec.convert(
            {key: row.value for key, row in knowledge.conventions.items()}, Conventions, strict=False
        )
        self.treatments = knowledge.treatments
        #: The parts of every combination product; of any other treatment the treatment itself.
        self.parts = {
            t: tuple(row.parts.split("+") if row.parts else (t,)) for t, row in self.treatments.items()
        }
        #: Treatments that are counted in sessions rather than in days at a dose.
        self.in_sessions = frozenset(
            treatment
            for treatment, row in self.treatments.items()
            if row.kind in SESSION_KINDS or row.dose_unit in SESSION_UNITS
        )
        self.instruments = knowledge.instruments
        self.scales = knowledge.scales
        self.conditions = knowledge.conditions
        self.observations = knowledge.observations
        self.checks = knowledge.checks
        self.cautions = list(knowledge.cautions.values())
        self.told = knowledge.reported_responses
        self.shares_taken = {told: (row.low, row.high) for told, row in knowledge.taken_shares.items()}
        self.models = knowledge.staging_models
        self.definitions = knowledge.definitions
        self.bands: dict[str, list[ScaleBand]] = _grouped(knowledge.scale_bands.values(), lambda r: r.scale)
        #: The levels of an item of a staging model, in their order.
        self.levels: dict[tuple[str, str], list[StagingItem]] = _grouped(
            sorted(knowledge.staging_items.values(), key=lambda r: r.order), lambda r: (r.model, r.item)
        )
        self.totals: dict[str, list[StagingBand]] = _grouped(
            knowledge.staging_bands.values(), lambda r: r.model
        )
        self.other_uses: dict[str, list[OtherUse]] = _grouped(
            knowledge.other_uses.values(), lambda r: r.treatment
        )
        self.safety = list(knowledge.safety_rules.values())
        self.care_gaps = knowledge.care_gaps
        self._adequacy: dict[tuple[str, str], list[Adequacy]] = _grouped(
            knowledge.adequacy.values(), lambda r: (r.instrument, r.treatment)
        )
        self._row_ref = knowledge.row_ref
        self._medicines = medicines_of(knowledge)
        self._recognised: dict[tuple[str, tuple[tuple[str, str], ...]], bool] = {}
        ranked = [s for s in self.scales.values() if s.rank is not None and s.response_percent is not None]
        self.usual_response_percent = min(ranked, key=lambda s: s.rank or 0).response_percent or 0.0
        self.default_instrument = next(i for i, row in self.instruments.items() if row.default == "yes")
        self._policies: dict[tuple[int, str], JudgePolicy] = {}
        self._cores: dict[JudgePolicy, JudgePolicy] = {}
        self._others: dict[str, list[tuple[Open, Definition]]] = {}
        self._needs: dict[tuple[str, str, str | None, int | None], Need | None] = {}

    def recognises(self, product: str, codes: tuple[tuple[str, str], ...]) -> bool:
        """Say whether the tables know a product that is no treatment of depression."""
        key = (product, codes)
        found = self._recognised.get(key)
        if found is None:
            found = self._recognised[key] = self._medicines.recognises(product, codes)
        return found

    def need(
        self, instrument: str, treatment: str, formulation: str | None, age: float | None
    ) -> Need | None:
        """Return what ``instrument`` asks of ``treatment`` at that age, or what stands in for it.

        Returns ``None`` where no instrument in the chain of stand-ins has a row for the treatment.
        """
        key = (instrument, treatment, formulation, None if age is None else int(age))
        if key not in self._needs:
            self._needs[key] = self._find_need(instrument, treatment, formulation, age)
        return self._needs[key]

    def turning_ages(self, instrument: str, treatment: str) -> list[float]:
        """Return the ages at which the need of a treatment may change, in the chain of stand-ins."""
        ages: set[float] = set()
        asked: str | None = instrument
        seen: set[str] = set()
        while asked is not None and asked not in seen:
            seen.add(asked)
            for row in self._adequacy.get((asked, treatment), ()):
                ages.update(age for age in (row.age_from, row.age_to) if age is not None)
            asked = self.instruments[asked].stand_in
        return sorted(ages)

    def _find_need(
        self, instrument: str, treatment: str, formulation: str | None, age: float | None
    ) -> Need | None:
        seen: set[str] = set()
        asked: str | None = instrument
        while asked is not None and asked not in seen:
            seen.add(asked)
            row = self._adequacy_row(asked, treatment, formulation, age)
            if row is not None:
                weeks = row.min_weeks if row.min_weeks is not None else self.instruments[instrument].min_weeks
                days = (
                    round(row.min_months * self.conventions.days_per_month)
                    if row.min_months is not None
                    else None
                    if weeks is None
                    else round(weeks * DAYS_PER_WEEK)
                )
                return Need(
                    min_dose=row.min_dose,
                    dose_unit=row.dose_unit,
                    min_sessions=row.min_sessions,
                    days=days,
                    citation=self._row_ref("adequacy", row),
                    stand_in=row.stand_in or (asked if asked != instrument else None),
                )
            asked = self.instruments[asked].stand_in
        return None

    def _adequacy_row(
        self, instrument: str, treatment: str, formulation: str | None, age: float | None
    ) -> Adequacy | None:
        best: Adequacy | None = None
        best_fit = -1
        for row in self._adequacy.get((instrument, treatment), ()):
            if row.formulation is not None and row.formulation != formulation:
                continue
            if row.age_from is not None and (age is None or age < row.age_from):
                continue
            if row.age_to is not None and age is not None and age >= row.age_to:
                continue
            fit = (2 if row.formulation is not None else 0) + (1 if row.age_from is not None else 0)
            if fit > best_fit:
                best, best_fit = row, fit
        return best

    def policy(self, definition: Definition, instrument: str) -> JudgePolicy:
        """Return how a definition of this book judges trials, made once for an instrument."""
        key = (id(definition), instrument)
        found = self._policies.get(key)
        if found is None:
            model = None if definition.model is None else self.models[definition.model]
            found = self._policies[key] = (
                policy_of(definition, instrument)
                if model is None
                else policy_of_staged(definition, model, instrument)
            )
        return found

    def policy_of_model(self, model: StagingModel, instrument: str) -> JudgePolicy:
        """Return how a staging model of this book judges trials, made once for an instrument."""
        key = (id(model), instrument)
        found = self._policies.get(key)
        if found is None:
            found = self._policies[key] = policy_of_model(model, instrument)
        return found

    def core(self, policy: JudgePolicy) -> JudgePolicy:
        """Return the policy without role and class, made once."""
        found = self._cores.get(policy)
        if found is None:
            found = self._cores[policy] = policy.core()
        return found

    def other_ends(self, definition: Definition) -> list[tuple[Open, Definition]]:
        """Return each open parameter with the definition as it would be at the other end."""
        if definition.definition not in self._others:
            self._others[definition.definition] = [
                (opening, _with(definition, opening.parameter, opening.other))
                for opening in definition.open
                if opening.other is not None
            ]
        return self._others[definition.definition]


def _with(definition: Definition, parameter: str, value: float | str | bool) -> Definition:
    """Return a definition with one parameter changed; ``counts.x`` and ``policy.x`` name nested ones."""
    outer, _, inner = parameter.partition(".")
    if inner:
        changed = msgspec.structs.replace(getattr(definition, outer), **{inner: value})
    elif isinstance(getattr(definition, outer), tuple):
        changed = tuple(str(value).split(";"))
    else:
        changed = value
    return msgspec.structs.replace(definition, **{outer: changed})


def _grouped(rows: Iterable[R], key: Callable[[R], K]) -> dict[K, list[R]]:
    found: dict[K, list[R]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
