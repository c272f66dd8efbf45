"""Tables of how a population's source words itself."""

from __future__ import annotations

from typing import Literal

from opentrd.knowledge.schema.base import Row


class OmopConcept(Row, kw_only=True, frozen=True):
    """What one of the OMOP CDM's own concepts says. Key: ``concept_id``.

    ``sort``: ``type`` of record (``meaning``: an origin of an exposure; ``claim`` and ``record`` where the
    type does not tell, and the row's supply decides), ``condition_status`` (a verification), ``sex``,
    ``operator`` (a comparator), ``unit`` (as ``records/fhir/amounts.py`` writes it).
    """

    concept_id: int
    sort: Literal["type", "condition_status", "sex", "operator", "unit"]
    name: str
    meaning: str
    remark: str | None = None
