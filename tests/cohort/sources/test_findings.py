"""What a check finds has words in every language, whatever table or type it is about."""

from __future__ import annotations

import pytest

from opentrd.cohort.checking import fhir, tables
from opentrd.cohort.checking.omop import shape
from opentrd.present.words import languages, messages
from opentrd.records.omop.cdm import TABLES


@pytest.mark.parametrize("language", languages())
def test_what_is_lacking_has_words(language: str) -> None:
    keys = {f"source_means.without.{name}" for name in TABLES if name not in ("person", "drug_exposure")}
    keys |= {f"source_means.without.{t}.{name}" for t, names in shape._COLUMNS.items() for name in names}
    keys |= {f"{start}.lacks.{name}" for name in fhir._WANTED for start in ("source_found", "source_means")}
    keys |= {f"source_means.lacks_table.{name}" for name in tables._OPTIONAL}
    assert not keys - {key for _, key in messages(language)}
