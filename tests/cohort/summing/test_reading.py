"""What was read of a source is told without small counts, and without what gives them away."""

from __future__ import annotations

from opentrd.cohort.sources.model import Converted, Finding, TableCount
from opentrd.cohort.summing.reading import read_counts, shown_findings


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


def test_a_finding_of_few_rows_keeps_what_it_says_without_the_number() -> None:
    few, many, none = (
        Finding(
            level="warning",
            place="person",
            what="source_found.born_late",
            means="source_means.wrong_ages",
            rows=rows,
        )
        for rows in (3, 30, None)
    )
    assert [f.rows for f in shown_findings([few, many, none])] == [None, 30, None]
