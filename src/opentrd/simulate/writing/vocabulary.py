"""The concepts that a simulated OMOP database uses: real ids where known, local ones above 2,000,000,000."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from opentrd.simulate.products import Medicines
from opentrd.simulate.writing.omop_columns import CDM
from opentrd.version import __version__

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

_VALID = {"valid_start_date": date(1970, 1, 1), "valid_end_date": date(2099, 12, 31)}


@dataclass(frozen=True)
class Concepts:
    """Ids and codes of concepts by their use. Plain data, so that it can be handed to other processes."""

    ids: dict[str, int]
    codes: dict[str, str]
    systems: dict[str, str]
    names: dict[str, str]


def concepts(knowledge: Knowledge) -> Concepts:
    """Return the concepts of the table ``simulation_concept``."""
    rows = knowledge.simulation_concepts
    return Concepts(
        ids={use: row.concept_id for use, row in rows.items()},
        codes={use: row.code for use, row in rows.items()},
        systems={use: row.vocabulary for use, row in rows.items()},
        names={use: row.name for use, row in rows.items()},
    )


def vocabulary(knowledge: Knowledge, m: Medicines, last_day: date) -> dict[str, pa.Table]:
    """Return the tables that are not about persons."""
    unit = knowledge.simulation_concepts["milligram"].concept_id
    ingredient = [m.concepts[product.treatment] for product in m.products]
    pairs = [(product.concept, above) for product, above in zip(m.products, ingredient, strict=True)]
    itself = [*m.concepts, *(product.concept for product in m.products)]
    tables: dict[str, list[dict[str, Any]]] = {
        "concept": _concepts(knowledge, m),
        "concept_ancestor": [
            {
                "ancestor_concept_id": above,
                "descendant_concept_id": below,
                "min_levels_of_separation": steps,
                "max_levels_of_separation": steps,
            }
            for below, above, steps in (
                *((one, one, 0) for one in itself),
                *((product, above, 1) for product, above in pairs),
            )
        ],
        "concept_relationship": [
            {"concept_id_1": one, "concept_id_2": two, "relationship_id": name, **_VALID}
            for one, two, name in (
                *((one, one, "Maps to") for one in itself),
                *((product, above, "RxNorm has ing") for product, above in pairs),
            )
        ],
        "drug_strength": [
            {
                "drug_concept_id": product.concept,
                "ingredient_concept_id": above,
                "amount_value": product.strength,
                "amount_unit_concept_id": unit,
                **_VALID,
            }
            for product, above in zip(m.products, ingredient, strict=True)
        ],
        "cdm_source": [
            {
                "cdm_source_name": "OpenTRD simulation",
                "cdm_source_abbreviation": "simulation",
                "cdm_holder": "nobody: no real persons",
                "source_description": "Simulated persons with a known truth.",
                "cdm_etl_reference": f"opentrd simulate {__version__}",
                "source_release_date": last_day,
                "cdm_release_date": last_day,
                "cdm_version": "5.4",
                "vocabulary_version": "none: the concepts used, local ids where none is known",
            }
        ],
    }
    return {name: pa.Table.from_pylist(rows, schema=CDM[name]) for name, rows in tables.items()}


def _concepts(knowledge: Knowledge, m: Medicines) -> list[dict[str, Any]]:
    rows = [
        (row.concept_id, row.name, row.domain, row.vocabulary, row.concept_class, row.code)
        for row in knowledge.simulation_concepts.values()
    ]
    rows += [
        (concept, name, "Drug", "RxNorm", "Ingredient", code)
        for concept, name, code in zip(m.concepts, m.labels, m.codes, strict=True)
    ]
    rows += [
        (product.concept, product.name, "Drug", "RxNorm", "Clinical Drug", product.code)
        for product in m.products
    ]
    names = ("concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_class_id", "concept_code")
    return [dict(zip(names, row, strict=True)) | {"standard_concept": "S"} | _VALID for row in sorted(rows)]
