"""The tables by their types, and what names and codes mean: the part of ``Knowledge`` that looks up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, TypeVar, cast

from opentrd.knowledge import schema
from opentrd.knowledge.lookup import Codes, Names
from opentrd.knowledge.schema import TABLES, Row

R = TypeVar("R", bound=Row)

_TABLE_OF = {cls: name for name, (cls, _) in TABLES.items()}


class Tables(ABC):
    """Tables are dictionaries from key to row; the key is a tuple where several columns make it."""

    @abstractmethod
    def table(self, name: str) -> dict[Any, Row]:
        """Return a table by name, its rows by key."""

    def _typed(self, cls: type[R]) -> dict[Any, R]:
        return cast("dict[Any, R]", self.table(_TABLE_OF[cls]))

    @property
    def treatments(self) -> dict[str, schema.Treatment]:
        """Treatments by key."""
        return self._typed(schema.Treatment)

    @property
    def instruments(self) -> dict[str, schema.Instrument]:
        """Instruments by key."""
        return self._typed(schema.Instrument)

    @property
    def adequacy(self) -> dict[tuple[str, str, str | None, int | None], schema.Adequacy]:
        """Minimum doses and times by instrument, treatment, formulation and age from."""
        return self._typed(schema.Adequacy)

    @property
    def dose_ranges(self) -> dict[tuple[str, str | None, str | None, int | None], schema.DoseRange]:
        """Doses by treatment, formulation, region and age from."""
        return self._typed(schema.DoseRange)

    @property
    def other_uses(self) -> dict[tuple[str, str], schema.OtherUse]:
        """Uses other than against depression by treatment and use."""
        return self._typed(schema.OtherUse)

    @property
    def scales(self) -> dict[str, schema.Scale]:
        """Scales by key."""
        return self._typed(schema.Scale)

    @property
    def scale_bands(self) -> dict[tuple[str, float], schema.ScaleBand]:
        """Severity bands by scale and lower end."""
        return self._typed(schema.ScaleBand)

    @property
    def scale_conversions(self) -> dict[tuple[str, float, str], schema.ScaleConversion]:
        """Published equivalences by scale, lower end and other scale."""
        return self._typed(schema.ScaleConversion)

    @property
    def conditions(self) -> dict[str, schema.ConditionConcept]:
        """Conditions by key."""
        return self._typed(schema.ConditionConcept)

    @property
    def observations(self) -> dict[str, schema.ObservationConcept]:
        """Observations by key."""
        return self._typed(schema.ObservationConcept)

    @property
    def conventions(self) -> dict[str, schema.Convention]:
        """Conventions by key."""
        return self._typed(schema.Convention)

    @property
    def reported_responses(self) -> dict[str, schema.ReportedResponse]:
        """What told responses mean, by what was told."""
        return self._typed(schema.ReportedResponse)

    @property
    def taken_shares(self) -> dict[str, schema.TakenShare]:
        """Shares of doses taken by what was told."""
        return self._typed(schema.TakenShare)

    @property
    def staging_models(self) -> dict[str, schema.StagingModel]:
        """Staging models by key."""
        return self._typed(schema.StagingModel)

    @property
    def staging_items(self) -> dict[tuple[str, str, str], schema.StagingItem]:
        """Levels of staging items by model, item and level."""
        return self._typed(schema.StagingItem)

    @property
    def staging_bands(self) -> dict[tuple[str, str], schema.StagingBand]:
        """Bands of totals by model and band."""
        return self._typed(schema.StagingBand)

    @property
    def not_computed(self) -> dict[tuple[str, str], schema.NotComputed]:
        """What is not computed, and why."""
        return self._typed(schema.NotComputed)

    @property
    def figures(self) -> dict[str, schema.Figure]:
        """Published figures by key."""
        return self._typed(schema.Figure)

    @property
    def safety_rules(self) -> dict[str, schema.SafetyRule]:
        """Safety rules by key."""
        return self._typed(schema.SafetyRule)

    @property
    def safety_levels(self) -> dict[str, schema.SafetyLevel]:
        """How pressing findings are, by level, the most pressing first."""
        return self._typed(schema.SafetyLevel)

    @property
    def contacts(self) -> dict[tuple[str, str], schema.Contact]:
        """Crisis contacts by contact and region."""
        return self._typed(schema.Contact)

    @property
    def cautions(self) -> dict[str, schema.CautionRow]:
        """Cautions by key."""
        return self._typed(schema.CautionRow)

    @property
    def washouts(self) -> dict[str, schema.Washout]:
        """Wash-out times by key."""
        return self._typed(schema.Washout)

    @property
    def interaction_classes(self) -> dict[tuple[str, str], schema.InteractionClass]:
        """Properties of medicines by medicine and class."""
        return self._typed(schema.InteractionClass)

    @property
    def comedication_names(self) -> dict[str, schema.ComedicationName]:
        """Names of medicines that are no treatments of depression."""
        return self._typed(schema.ComedicationName)

    @property
    def interaction_rules(self) -> dict[str, schema.InteractionRule]:
        """Rules of interactions by key."""
        return self._typed(schema.InteractionRule)

    @property
    def side_effects(self) -> dict[tuple[str, str | None, str], schema.SideEffect]:
        """Side effects and burdens by treatment, use and effect."""
        return self._typed(schema.SideEffect)

    @property
    def preferences(self) -> dict[tuple[str, str, str, str | None], schema.Preference]:
        """What preferences make of options, by preference, sort, target and level."""
        return self._typed(schema.Preference)

    @property
    def options(self) -> dict[str, schema.OptionRow]:
        """Next steps by key."""
        return self._typed(schema.OptionRow)

    @property
    def option_orders(self) -> dict[str, schema.OptionOrder]:
        """The rule that orders the options, by the place a row gives."""
        return self._typed(schema.OptionOrder)

    @property
    def switch_choices(self) -> dict[str, schema.SwitchChoice]:
        """Antidepressants that may be switched to, by treatment."""
        return self._typed(schema.SwitchChoice)

    @property
    def checks(self) -> dict[str, schema.Check]:
        """What a specialist looks at, by key."""
        return self._typed(schema.Check)

    @property
    def screens(self) -> dict[tuple[str, str, int | None, str | None], schema.Screen]:
        """Limits of scales by check, scale, item and sex."""
        return self._typed(schema.Screen)

    @property
    def life_answers(self) -> dict[tuple[str, str], schema.LifeAnswer]:
        """What answers about life say, by concept and answer."""
        return self._typed(schema.LifeAnswer)

    @property
    def result_limits(self) -> dict[tuple[str, str, str | None], schema.ResultLimit]:
        """Limits of results without a reference range, by concept, unit and sex."""
        return self._typed(schema.ResultLimit)

    @property
    def care_gaps(self) -> dict[str, schema.CareGap]:
        """Gaps in care by key."""
        return self._typed(schema.CareGap)

    @property
    def simulation(self) -> dict[str, schema.SimulationParameter]:
        """Parameters of the simulation by key."""
        return self._typed(schema.SimulationParameter)

    @property
    def simulation_treatments(self) -> dict[str, schema.SimulationTreatment]:
        """How often simulated medicines are chosen, by treatment."""
        return self._typed(schema.SimulationTreatment)

    @property
    def simulation_doses(self) -> dict[tuple[str, str], schema.SimulationDose]:
        """Products of simulated doses by treatment and level."""
        return self._typed(schema.SimulationDose)

    @property
    def simulation_concepts(self) -> dict[str, schema.SimulationConcept]:
        """Concepts of the simulated tables by use."""
        return self._typed(schema.SimulationConcept)

    @property
    def omop_concepts(self) -> dict[int, schema.OmopConcept]:
        """What the OMOP CDM's own concepts say, by concept id."""
        return self._typed(schema.OmopConcept)

    @property
    def measures(self) -> dict[str, schema.Measure]:
        """Quality measures by their CMS number."""
        return self._typed(schema.Measure)

    @property
    def measure_populations(self) -> dict[tuple[str, int, str], schema.MeasurePopulation]:
        """Populations of the measures by measure, group and population."""
        return self._typed(schema.MeasurePopulation)

    @property
    def measure_numbers(self) -> dict[tuple[str, str], schema.MeasureNumber]:
        """Numbers in the texts of the measures by measure and name."""
        return self._typed(schema.MeasureNumber)

    @property
    def value_sets(self) -> dict[str, schema.ValueSet]:
        """Lists of codes that the measures name, by key."""
        return self._typed(schema.ValueSet)

    @property
    def value_set_codes(self) -> dict[tuple[str, str, str], schema.ValueSetCode]:
        """Codes by value set, system and code."""
        return self._typed(schema.ValueSetCode)

    # What names and codes mean

    @cached_property
    def names(self) -> Names:
        """The index of the names of treatments."""
        return Names(self._typed(schema.Name).values())

    @cached_property
    def _treatment_codes(self) -> Codes[schema.TreatmentCode]:
        return Codes(self._typed(schema.TreatmentCode).values())

    @cached_property
    def _procedure_codes(self) -> Codes[schema.ProcedureCode]:
        return Codes(self._typed(schema.ProcedureCode).values())

    @cached_property
    def _condition_codes(self) -> Codes[schema.ConditionCode]:
        return Codes(self._typed(schema.ConditionCode).values())

    @cached_property
    def _score_codes(self) -> Codes[schema.ScoreCode]:
        return Codes(self._typed(schema.ScoreCode).values())

    @cached_property
    def _observation_codes(self) -> Codes[schema.ObservationCode]:
        return Codes(self._typed(schema.ObservationCode).values())

    def by_name(self, text: str, region: str | None = None) -> tuple[schema.Name, ...]:
        """Return the rows of a treatment's name (``names`` also finds names in a text and suggests)."""
        return self.names.find(text, region)

    def by_code(self, system: str | None, code: str) -> schema.TreatmentCode | None:
        """Return what medicine a code is, by any name of the code system."""
        found = self._treatment_codes.find(system, code)
        return found[0] if found else None

    def procedure_by_code(self, system: str | None, code: str) -> schema.ProcedureCode | None:
        """Return what treatment a procedure code is."""
        found = self._procedure_codes.find(system, code)
        return found[0] if found else None

    def condition_by_code(self, system: str | None, code: str) -> tuple[schema.ConditionCode, ...]:
        """Return what condition a code is, the narrowest first."""
        return self._condition_codes.find(system, code)

    def score_code(self, system: str | None, code: str) -> tuple[schema.ScoreCode, ...]:
        """Return which scales' total, item or answer a code is."""
        return self._score_codes.find(system, code)

    def observation_code(self, system: str | None, code: str) -> schema.ObservationCode | None:
        """Return which observation a code is."""
        found = self._observation_codes.find(system, code)
        return found[0] if found else None
