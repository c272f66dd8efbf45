"""Staging: how persons spread over the bands or levels of each model, in their latest episode."""

from __future__ import annotations

from typing import Final

from opentrd.cohort.summing.results import Draft, Results
from opentrd.cohort.summing.small_cells import Cells
from opentrd.cohort.summing.sums import Part, Stages

#: A score that lies in one band or another, by what the record does not say.
BETWEEN: Final = "between"

_SQL: Final = f"""
    WITH last AS (
      SELECT person_id, model, arg_max(s, e.start) AS row
      FROM staging s JOIN people p USING (person_id) LEFT JOIN episode e USING (person_id, episode)
      WHERE p.treated AND s.applies GROUP BY person_id, model
    )
    SELECT row.model, CASE
             WHEN row.band_low IS NOT NULL THEN
               CASE WHEN row.band_low = row.band_high THEN row.band_low ELSE '{BETWEEN}' END
             WHEN row.level_low IS NOT NULL THEN
               CASE WHEN row.level_low = row.level_high THEN row.level_low ELSE '{BETWEEN}' END
             WHEN row.low = row.high THEN printf('%g', row.low) ELSE '{BETWEEN}' END AS band,
           count(*)
    FROM last GROUP BY ALL
"""


def draft_stages(results: Results, cells: Cells) -> Draft[list[Stages]]:
    """Count the persons of each model by band."""
    models: dict[str, dict[str, int]] = {}
    for model, band, count in results.rows(_SQL):
        models.setdefault(model, {})[band] = count
    kept = [model for model in results.knowledge.staging_models if model in models]
    for model in kept:
        parts = [cells.add(f"stages.{model}.{band}", count) for band, count in models[model].items()]
        cells.total(cells.add(f"stages.{model}", sum(models[model].values())), parts)
        rest = results.one("SELECT count(*) FILTER (treated) FROM people")[0] - sum(models[model].values())
        cells.total("treated", [f"stages.{model}", cells.add(f"stages.{model}:not", rest)])
    order = {model: _ranked(results, model, models[model]) for model in kept}
    return lambda shown: [
        Stages(
            model=model,
            persons=shown[f"stages.{model}"],
            bands=[Part(key=band, count=shown[f"stages.{model}.{band}"]) for band in order[model]],
        )
        for model in kept
    ]


def _ranked(results: Results, model: str, found: dict[str, int]) -> list[str]:
    """Return the bands of a model from the mildest on, those that lie between two last."""
    lows = {band: row.low for (of, band), row in results.knowledge.staging_bands.items() if of == model}
    levels = {
        level: row.order for (of, _, level), row in results.knowledge.staging_items.items() if of == model
    }

    def rank(band: str) -> tuple[bool, float, str]:
        number = float(band) if band.replace(".", "", 1).isdigit() else 0.0
        return band == BETWEEN, lows.get(band, levels.get(band, number)), band

    return sorted(found, key=rank)
