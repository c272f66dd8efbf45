"""Maps: small tables, made once for a source, that say what its concepts, texts and units mean.

They carry all the knowledge that the SQL of the mapping needs; whoever has them and the rows of some persons
can map those rows anywhere (``mapping.map_slice``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import duckdb
import pyarrow as pa

from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop import conditions, doses, drugs, procedures, results
from opentrd.records.omop.views import create_lines
from opentrd.records.tables.columns import CODES, IDS

_KEY, _TEXT, _NUMBER, _WHOLE, _YES = pa.int64(), pa.string(), pa.float64(), pa.int32(), pa.bool_()
_SAID: Final = [("concept", _KEY), ("source_concept", _KEY), ("source_value", _TEXT)]
_CONDITION: Final = pa.schema(
    [
        *_SAID,
        ("condition", _TEXT),
        ("text", _TEXT),
        ("codes", CODES),
        ("severity", _TEXT),
        ("family_member", _TEXT),
    ]
)

#: Map to its columns. ``concept``, ``source_concept`` and ``source_value`` are how a row says what it is.
SCHEMAS: Final[dict[str, pa.Schema]] = {
    # The CDM's own concepts (types, sexes, operators): the knowledge table ``omop_concept``.
    "map_concept": pa.schema([("concept_id", _KEY), ("sort", _TEXT), ("meaning", _TEXT)]),
    # Numbers that are agreed on: the knowledge table ``convention``.
    "map_convention": pa.schema([("key", _TEXT), ("value", _NUMBER)]),
    # Which product a row of drug_exposure is, every way of saying it.
    "map_drug": pa.schema([*_SAID, ("product", _WHOLE)]),
    # A product, one row for each of its parts: ``each_*`` mg of one unit of its quantity, which is believed
    # from ``least_units`` to ``most_units`` a day; ``share`` of the first part's dose; ``factor`` from mg.
    "map_product": pa.schema(
        [
            ("product", _WHOLE),
            ("treatment", _TEXT),
            ("kind", _TEXT),
            ("product_text", _TEXT),
            ("codes", CODES),
            ("formulation", _TEXT),
            ("route", _TEXT),
            ("strength", _NUMBER),
            ("strength_unit", _TEXT),
            ("each_low", _NUMBER),
            ("each_high", _NUMBER),
            ("least_units", _NUMBER),
            ("most_units", _NUMBER),
            ("share", _NUMBER),
            ("factor", _NUMBER),
            ("dose_unit", _TEXT),
            ("per_session", _YES),
            ("doubt", _TEXT),
        ]
    ),
    # What a sig says for a product, one row for each of its steps; doses in mg, lengths in days.
    "map_dose": pa.schema(
        [
            ("dose", _WHOLE),
            ("product", _WHOLE),
            ("sig", _TEXT),
            ("step", _WHOLE),
            ("steps", _WHOLE),
            ("last", _YES),
            ("after_low", _WHOLE),
            ("after_high", _WHOLE),
            ("days_low", _WHOLE),
            ("days_high", _WHOLE),
            ("dose_low", _NUMBER),
            ("dose_high", _NUMBER),
            ("units_day", _NUMBER),
        ]
    ),
    "map_stop": pa.schema([("text", _TEXT), ("reasons", IDS)]),
    "map_procedure": pa.schema(
        [
            *_SAID,
            ("treatment", _TEXT),
            ("kind", _TEXT),
            ("product_text", _TEXT),
            ("codes", CODES),
            ("formulation", _TEXT),
            ("detail", _TEXT),
            ("implant", _YES),
            ("removal", _YES),
        ]
    ),
    "map_condition": _CONDITION,
    # Conditions that are noted in the table observation.
    "map_noted": _CONDITION,
    # What a row of measurement or observation is: ``role`` total, item, observation, not_score, disagree.
    "map_result": pa.schema(
        [
            *_SAID,
            ("role", _TEXT),
            ("scale", _TEXT),
            ("item", _WHOLE),
            ("item_max", _WHOLE),
            ("low", _NUMBER),
            ("high", _NUMBER),
            ("meaning", _TEXT),
            ("kind", _TEXT),
            ("codes", CODES),
        ]
    ),
    "map_answer": pa.schema(
        [
            ("role", _TEXT),
            ("scale", _TEXT),
            ("value_concept", _KEY),
            ("value_text", _TEXT),
            ("number", _NUMBER),
        ]
    ),
    "map_value": pa.schema(
        [
            ("value_concept", _KEY),
            ("value_text", _TEXT),
            ("said", _TEXT),
            ("value_code", _TEXT),
            ("number", _NUMBER),
            ("negated", _YES),
        ]
    ),
    "map_unit": pa.schema(
        [("unit_concept", _KEY), ("unit_text", _TEXT), ("unit", _TEXT), ("of_score", _YES)]
    ),
    "map_scale": pa.schema([("scale", _TEXT), ("items", _WHOLE), ("suicide_item", _WHOLE)]),
    # Items that count together in a scale's total (the highest of them counts).
    "map_item": pa.schema([("scale", _TEXT), ("item", _WHOLE), ("together", _WHOLE)]),
    "map_short": pa.schema([("longer", _TEXT), ("scale", _TEXT), ("items", pa.list_(_WHOLE))]),
}


def make_maps(connection: duckdb.DuckDBPyConnection, knowledge: Knowledge) -> dict[str, pa.Table]:
    """Make all maps of the source that the views of a connection show (``opening.open_source``).

    Returns a table for each name in ``SCHEMAS``. Each distinct way of naming a drug, procedure, condition or
    result is looked up once, however many rows have it.
    """
    create_lines(connection, "result_row")
    maps = {
        "map_concept": _table("map_concept", concept_rows(knowledge)),
        "map_convention": _table(
            "map_convention", [(key, row.value) for key, row in knowledge.conventions.items()]
        ),
        "map_scale": _table("map_scale", results.scale_rows(knowledge)),
        "map_item": _table("map_item", results.item_rows(knowledge)),
        "map_short": _table("map_short", results.short_rows(knowledge)),
    }
    medicines = drugs.Drugs(connection, knowledge)
    maps["map_drug"] = _table("map_drug", medicines.said_rows())
    maps["map_product"] = _table("map_product", medicines.product_rows())
    maps["map_dose"] = _table("map_dose", doses.dose_rows(connection, maps["map_drug"], medicines.treated))
    maps["map_stop"] = _table("map_stop", doses.stop_rows(connection))
    maps["map_procedure"] = _table("map_procedure", procedures.rows(connection, knowledge))
    found = results.Results(connection, knowledge)
    maps["map_result"] = _table("map_result", found.rows())
    maps["map_answer"] = _table("map_answer", found.answers(maps["map_result"]))
    maps["map_value"] = _table("map_value", found.values(maps["map_result"]))
    maps["map_unit"] = _table("map_unit", found.units(maps["map_result"]))
    maps["map_condition"] = _table(
        "map_condition", conditions.rows(connection, knowledge, "condition_occurrence")
    )
    maps["map_noted"] = _table("map_noted", conditions.rows(connection, knowledge, "observation", found.said))
    return maps


def concept_rows(knowledge: Knowledge) -> Iterable[tuple[Any, ...]]:
    """Return the rows of ``map_concept``."""
    return [(row.concept_id, row.sort, row.meaning) for row in knowledge.omop_concepts.values()]


def _table(name: str, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    schema = SCHEMAS[name]
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
