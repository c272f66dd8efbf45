"""The tables of what is known: one class a table, one field a column.

Every row says where it comes from (``source``), whether that was read (``status``: ``seen``, ``derived`` from
what was read, ``from_memory`` and then shown as not yet confirmed, or ``ours`` for a choice of the project)
and when it was last checked. Empty cells are ``None``: not known, never "none". ``key`` columns join.
"""

from __future__ import annotations

from opentrd.knowledge.schema.base import Kind, Row, Status, YesNo
from opentrd.knowledge.schema.findings import (
    ConditionCode,
    ConditionConcept,
    ObservationCode,
    ObservationConcept,
    ReportedResponse,
    Scale,
    ScaleBand,
    ScaleConversion,
    ScoreCode,
    TakenShare,
)
from opentrd.knowledge.schema.judging import (
    Convention,
    NotComputed,
    StagingBand,
    StagingItem,
    StagingModel,
)
from opentrd.knowledge.schema.medicines import (
    Adequacy,
    DoseRange,
    Instrument,
    Name,
    OtherUse,
    ProcedureCode,
    Treatment,
    TreatmentCode,
)
from opentrd.knowledge.schema.showing import (
    Contact,
    Figure,
    SafetyRule,
)

__all__ = [
    "JOINS",
    "TABLES",
    "Adequacy",
    "ConditionCode",
    "ConditionConcept",
    "Contact",
    "Convention",
    "DoseRange",
    "Figure",
    "Instrument",
    "Kind",
    "Name",
    "NotComputed",
    "ObservationCode",
    "ObservationConcept",
    "OtherUse",
    "ProcedureCode",
    "ReportedResponse",
    "Row",
    "SafetyRule",
    "Scale",
    "ScaleBand",
    "ScaleConversion",
    "ScoreCode",
    "StagingBand",
    "StagingItem",
    "StagingModel",
    "Status",
    "TakenShare",
    "Treatment",
    "TreatmentCode",
    "YesNo",
]

#: Every table that the loader reads, by file name: its class and the columns that make its key.
TABLES: dict[str, tuple[type[Row], tuple[str, ...]]] = {
    "treatment": (Treatment, ("treatment",)),
    "name": (Name, ("name", "treatment", "region")),
    "treatment_code": (TreatmentCode, ("system", "code")),
    "procedure_code": (ProcedureCode, ("system", "code")),
    "instrument": (Instrument, ("instrument",)),
    "adequacy": (Adequacy, ("instrument", "treatment", "formulation", "age_from")),
    "dose_range": (DoseRange, ("treatment", "formulation", "region", "age_from")),
    "other_use": (OtherUse, ("treatment", "use")),
    "scale": (Scale, ("scale",)),
    "scale_band": (ScaleBand, ("scale", "low")),
    "scale_conversion": (ScaleConversion, ("from_scale", "from_low", "to_scale")),
    "score_code": (ScoreCode, ("system", "code", "scale", "part")),
    "condition": (ConditionConcept, ("concept",)),
    "condition_code": (ConditionCode, ("system", "code", "concept")),
    "observation": (ObservationConcept, ("concept",)),
    "observation_code": (ObservationCode, ("system", "code")),
    "convention": (Convention, ("key",)),
    "reported_response": (ReportedResponse, ("told",)),
    "taken_share": (TakenShare, ("told",)),
    "staging_model": (StagingModel, ("model",)),
    "staging_item": (StagingItem, ("model", "item", "level")),
    "staging_band": (StagingBand, ("model", "band")),
    "not_computed": (NotComputed, ("what", "key")),
    "figure": (Figure, ("figure",)),
    "safety": (SafetyRule, ("rule",)),
    "contact": (Contact, ("contact", "region")),
}

#: Columns that must name a row of another table: table, column -> table (its first key column).
JOINS: dict[tuple[str, str], str] = {
    ("name", "treatment"): "treatment",
    ("treatment_code", "treatment"): "treatment",
    ("procedure_code", "treatment"): "treatment",
    ("adequacy", "treatment"): "treatment",
    ("adequacy", "instrument"): "instrument",
    ("adequacy", "stand_in"): "instrument",
    ("dose_range", "treatment"): "treatment",
    ("other_use", "treatment"): "treatment",
    ("scale_band", "scale"): "scale",
    ("scale_conversion", "from_scale"): "scale",
    ("scale_conversion", "to_scale"): "scale",
    ("score_code", "scale"): "scale",
    ("condition", "parent"): "condition",
    ("condition_code", "concept"): "condition",
    ("observation_code", "concept"): "observation",
    ("staging_model", "instrument"): "instrument",
    ("staging_item", "model"): "staging_model",
    ("staging_band", "model"): "staging_model",
    ("safety", "scale"): "scale",
    ("safety", "concept"): "condition",
}
