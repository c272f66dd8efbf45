"""The check of an OMOP CDM: its shape, its rows, and what can be computed from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import duckdb
import pyarrow as pa

from opentrd.cohort.checking.omop import content, rows, shape
from opentrd.cohort.sources.days import written
from opentrd.cohort.sources.model import ANSWER, Finding
from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop.maps import make_maps
from opentrd.records.omop.opening import broken, open_source


class Checked(NamedTuple):
    """What a check found, and the maps of the source (``None`` where an error came first)."""

    findings: list[Finding]
    maps: Mapping[str, pa.Table] | None


def check(address: str, knowledge: Knowledge) -> Checked:
    """Return what a check finds, errors first; the last findings say what can and cannot be computed.

    With an error the source cannot be used, and what could be computed from it is left out.
    """
    maps = None
    try:
        with open_source(address) as cdm:
            try:
                found = shape.findings(cdm)
                if not any(finding.level == "error" for finding in found):
                    found += rows.findings(cdm, written(cdm.files, cdm.released()))
                    maps = make_maps(cdm.connection, knowledge)
                    found += content.findings(cdm, maps, knowledge)
            except duckdb.Error as error:
                raise broken(cdm.name, "", error) from None
    except InputError as error:
        said = Finding(
            level="error",
            place=error.place or "source",
            what="source_found.said",
            means="source_means.said" if error.what_to_do else "source_means.unusable",
            params={"said": error.what, "advice": error.what_to_do},
        )
        return Checked([said], None)
    order = ("error", "warning", "note")
    ends = [finding for finding in found if finding.place == ANSWER]
    rest = [finding for finding in found if finding.place != ANSWER]
    return Checked(sorted(rest, key=lambda finding: order.index(finding.level)) + ends, maps)
