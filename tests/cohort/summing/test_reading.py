"""What was read of a source is told without small counts, and without what gives them away."""

from __future__ import annotations

from typing import Any

import pytest

from opentrd.cohort.sources.model import Converted, Finding, TableCount
from opentrd.cohort.summing.reading import read_counts, shown_findings
from opentrd.knowledge.loader import load
from opentrd.present.words import Words


def test_a_small_count_is_hidden_with_what_would_give_it_away() -> None:
    tables = [
        TableCount(table="drug_exposure", read=903, used=900, unused={"no_date": 3}),
        TableCount(table="person", read=40, used=40, unused={}),
        TableCount(table="death", read=2, used=2, unused={}),
    ]
    shown = {row.table: row for row in read_counts(Converted(tables=tables, persons=40, last_day=None))}
    drugs = shown["drug_exposure"]
    assert drugs.unused == {"no_date": None}
    assert drugs.read is None or drugs.used is None
    assert shown["person"].read == shown["person"].used == 40
    assert shown["death"].read is None and shown["death"].used is None


def found(**more: Any) -> Finding:
    return Finding(level="warning", place="drug_exposure.person_id", what="w", means="m", **more)


def test_a_finding_does_not_tell_a_count_that_is_hidden() -> None:
    """Seven rows of strangers, and ten that were not used, would tell of three others."""
    read = TableCount(table="drug_exposure", read=1338, used=1328, unused={"no_subject": 7, "no_product": 3})
    (drugs,) = read_counts(Converted(tables=[read], persons=40, last_day=None))
    assert (drugs.read, drugs.used, drugs.unused) == (1338, 1328, {"no_subject": None, "no_product": None})
    assert shown_findings([found(rows=7), found(rows=1321)]) == [found(), found()]


@pytest.mark.parametrize(
    ("have", "of", "told"),
    [
        (47, 50, False),
        (3, 50, False),
        (996, 1000, False),
        (40, 50, True),
        (497, 500, True),
        (5, 700, True),
        (1996, 2000, True),
        (0, 9, True),
    ],
)
def test_a_share_is_told_where_it_leaves_open_how_few(have: int, of: int, told: bool) -> None:
    """Of 50, 94 percent are 47; 99 percent of 500 may be 495 as well as 497."""
    share = {"share": round(have / of, 2)}
    assert shown_findings([found(rows=have, params=share)]) == [found(params=share if told else {})]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_share_that_is_not_told_leaves_a_sentence(language: str) -> None:
    words = Words(language, "clinician", load(), strict=True)
    assert "%" in words.text("source_means.known_in_part", share=0.5, definitions=None)
    assert words.text("source_means.known_in_part", definitions=None)
