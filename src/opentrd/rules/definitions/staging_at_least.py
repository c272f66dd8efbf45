"""Definitions stated as a staging score: at least, or above, so many points or so high a stage."""

from __future__ import annotations

from opentrd.knowledge.definition import Definition
from opentrd.rules.case import Case, Count
from opentrd.rules.model import Episode
from opentrd.statement import Statement


def count_staging(definition: Definition, episode: Episode | None, case: Case) -> Count:
    """Read the score of the definition's model for the episode (the latest where none is named)."""
    needed = definition.above if definition.above is not None else definition.at_least
    assert needed is not None and definition.model is not None
    strict = definition.above is not None
    name = episode.id if episode is not None else case.episodes[-1].id if case.episodes else None
    for staging in case.staging.get(definition.model, ()):
        if (
            staging.episode == name
            and staging.applies
            and staging.low is not None
            and staging.high is not None
        ):
            said = Statement(
                "status.staging",
                {"model": staging.name, "low": staging.low, "high": staging.high, "needed": needed},
                citations=(staging.citation,),
            )
            return Count(staging.low, staging.high, needed, why=(said, *staging.why), strictly_above=strict)
    said = Statement("status.staging_not_applicable", {"model": definition.model}, searched=("staging",))
    return Count(0, 0, needed, why=(said,), strictly_above=strict)
