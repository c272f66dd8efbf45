"""Tables from which persons with a known truth are simulated."""

from __future__ import annotations

from typing import Literal

from opentrd.knowledge.schema.base import Row


class SimulationParameter(Row, kw_only=True, frozen=True):
    """A number of the simulation by the quality of the record. Key: ``key``.

    ``switch`` names what a record does to the truth; with that switch off, ``off`` stands instead. A row
    without a switch describes the persons or how a record is made, and is the same at every quality.
    ``source`` is where the number was read, or begins with the word "assumed".
    """

    key: str
    low_quality: float
    middle_quality: float
    high_quality: float
    off: float | None = None
    unit: str
    switch: str | None = None
    meaning: str


class SimulationTreatment(Row, kw_only=True, frozen=True):
    """How often a medicine is chosen, relative to the others of its column. Key: ``treatment``.

    ``first``: as the first of an episode; ``later``: after another; ``add_on``: as augmentation;
    ``combine``: as a second antidepressant beside another; ``pain``, ``sleep``: for these and not for mood.
    """

    treatment: str
    first: float
    later: float
    add_on: float
    combine: float
    pain: float
    sleep: float


class SimulationDose(Row, kw_only=True, frozen=True):
    """A dose of a simulated medicine by its products. Key: ``treatment``, ``level``.

    ``units`` of the RxNorm product ``code`` are taken a day. Supplied in two strengths, one of these units
    is replaced by ``split_units`` of ``split_code``, which together hold the same.
    """

    treatment: str
    level: Literal["low", "usual", "high", "other_use"]
    code: str
    units: int
    split_code: str | None = None
    split_units: int | None = None


class SimulationConcept(Row, kw_only=True, frozen=True):
    """A concept of the simulated OMOP tables that no other table gives. Key: ``use``.

    ``concept_id``: the id of the OMOP vocabulary; ids above 2,000,000,000 are local, as sites do for what
    has no known id.
    """

    use: str
    concept_id: int
    name: str
    domain: str
    vocabulary: str
    concept_class: str
    code: str
