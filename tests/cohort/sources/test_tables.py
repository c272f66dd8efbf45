"""Record tables from elsewhere: checked, sorted, linked; one person out of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opentrd.cohort.sources.model import Finding
from opentrd.cohort.sources.tables import TablesSource, is_sorted
from opentrd.errors import InputError
from opentrd.records.model import Exposure, Person, Record, Score
from opentrd.records.tables.columns import SCHEMAS
from opentrd.records.tables.write import arrow, table_file, write
from tests.records.bulk.exports import of_tables
from tests.spec.rows import KNOWLEDGE

DAY = date(2024, 3, 1).toordinal()


def _person(person_id: str, **more: Any) -> Record:
    exposure: dict[str, Any] = {
        "person_id": person_id,
        "source_ids": ("a",),
        "treatment": "sertraline",
        "kind": "medicine",
        "origin": "dispense",
        "start_earliest": DAY,
        "start_latest": DAY,
    }
    score = Score(
        person_id=person_id, source_ids=("s",), scale="PHQ-9", day_earliest=DAY, day_latest=DAY, value=9.0
    )
    return Record(
        person=Person(person_id=person_id),
        exposures=[Exposure(**(exposure | more))],
        scores=[score],
        used=["a", "s"],
    )


PEOPLE = [_person(name) for name in ("c", "a", "é", "b")]


def _findings(folder: Path) -> list[Finding]:
    return TablesSource(str(folder), KNOWLEDGE).check()


def _convert(folder: Path, out: Path) -> Any:
    source = TablesSource(str(folder), KNOWLEDGE)
    return source.convert(out, memory_mb=500, processes=1, progress=lambda *_: None)


def test_sound_tables_have_nothing_but_what_can_be_computed(tmp_path: Path) -> None:
    write(PEOPLE, tmp_path)
    assert [finding.place for finding in _findings(tmp_path)] == ["answer"]


BROKEN = (
    ({"treatment": "no such"}, "exposure.treatment", "error"),
    ({"kind": "no such"}, "exposure.kind", "error"),
    ({"origin": "no such"}, "exposure.origin", "error"),
    ({"start_earliest": 1_000_000, "start_latest": 1_000_000}, "exposure.start_earliest", "warning"),
    ({"end_earliest": DAY - 9, "end_latest": DAY - 9}, "exposure.start_latest", "warning"),
    ({"dose_low": 50.0, "dose_high": 25.0, "dose_unit": "mg/d"}, "exposure.dose_low", "warning"),
    ({"dose_low": 50.0, "dose_high": 50.0}, "exposure.dose_low", "warning"),
)


@pytest.mark.parametrize(("more", "place", "level"), BROKEN)
def test_rows_that_break_a_rule_are_counted(
    more: dict[str, Any], place: str, level: str, tmp_path: Path
) -> None:
    write([*PEOPLE, _person("d", **more)], tmp_path)
    found = [finding for finding in _findings(tmp_path) if finding.level != "note"]
    assert [(f.place, f.level, f.rows) for f in found] == [(place, level, 1)]


def test_columns_and_types(tmp_path: Path) -> None:
    write(PEOPLE, tmp_path)
    path = table_file(tmp_path, "exposure")
    table = pq.read_table(path)
    wrong = table.set_column(
        table.schema.get_field_index("start_earliest"), "start_earliest", pa.array(["2024"] * 4)
    )
    pq.write_table(wrong.drop_columns(["origin", "supply_days"]), path)
    found = {finding.place: finding.level for finding in _findings(tmp_path)}
    assert found == {"exposure.origin": "error", "exposure.start_earliest": "error"}
    with pytest.raises(InputError, match="origin"):
        _convert(tmp_path, tmp_path / "out")


def test_missing_tables(tmp_path: Path) -> None:
    write(PEOPLE, tmp_path)
    table_file(tmp_path, "score").unlink()
    assert [(f.place, f.level) for f in _findings(tmp_path)][:1] == [("score", "warning")]
    _convert(tmp_path, tmp_path / "out")
    assert [record.scores for record in of_tables(tmp_path / "out")] == [[]] * 4
    table_file(tmp_path, "person").unlink()
    assert ("person", "error") in [(f.place, f.level) for f in _findings(tmp_path)]


def test_whose_rows_are(tmp_path: Path) -> None:
    write(PEOPLE, tmp_path)
    persons = pq.read_table(table_file(tmp_path, "person"))
    pq.write_table(persons.slice(1), table_file(tmp_path, "person"))
    found = [(f.place, f.level, f.rows) for f in _findings(tmp_path) if f.level != "note"]
    assert found == [("exposure.person_id", "warning", 1), ("score.person_id", "warning", 1)]
    counted = {count.table: count.unused for count in _convert(tmp_path, tmp_path / "out").tables}
    assert counted["exposure"] == counted["score"] == {"unknown_person": 1}
    scores = pq.read_table(table_file(tmp_path, "score"))
    nobodys = scores.set_column(
        scores.column_names.index("person_id"), "person_id", pa.nulls(len(scores), pa.string())
    )
    pq.write_table(nobodys, table_file(tmp_path, "score"))
    counted = {count.table: count.unused for count in _convert(tmp_path, tmp_path / "nobodys").tables}
    assert counted["score"] == {"unknown_person": len(scores)}
    pq.write_table(pa.concat_tables([persons, persons]), table_file(tmp_path, "person"))
    assert [(f.place, f.rows) for f in _findings(tmp_path) if f.level == "error"] == [("person.person_id", 4)]


def test_sorted_tables_are_linked_others_are_sorted(tmp_path: Path) -> None:
    source, out = tmp_path / "tables", tmp_path / "out"
    write(PEOPLE, source)
    for name, table in arrow(PEOPLE).items():
        if name != "score":
            pq.write_table(table, table_file(source, name))
    done = _convert(source, out)
    assert done.persons == 4
    assert done.last_day == DAY
    assert table_file(out, "score").samefile(table_file(source, "score"))
    assert all(is_sorted(table_file(out, table)) for table in SCHEMAS)
    assert not is_sorted(table_file(source, "exposure"))
    assert of_tables(out) == sorted(PEOPLE, key=lambda record: record.person.person_id)
    assert {path.suffix for path in out.iterdir()} == {".parquet"}


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["a", "a", "b"], True),
        (["a", "b", None, None], True),
        ([], True),
        (["b", "a"], False),
        (["a", None, "b"], False),
        ([None, "a"], False),
    ],
)
def test_is_sorted(ids: list[str | None], expected: bool, tmp_path: Path) -> None:
    pq.write_table(pa.table({"person_id": pa.array(ids, pa.string())}), tmp_path / "t.parquet")
    assert is_sorted(tmp_path / "t.parquet") is expected


def test_the_fingerprint_changes_with_a_table(tmp_path: Path) -> None:
    write(PEOPLE, tmp_path)
    before = TablesSource(str(tmp_path), KNOWLEDGE).fingerprint()
    assert TablesSource(str(tmp_path), KNOWLEDGE).fingerprint() == before
    write(PEOPLE[:1], tmp_path)
    assert TablesSource(str(tmp_path), KNOWLEDGE).fingerprint() != before


def test_a_future_day_is_not_the_last_day(tmp_path: Path) -> None:
    late = msgspec.structs.replace(PEOPLE[0], exposures=[])
    late.scores = [msgspec.structs.replace(late.scores[0], day_earliest=1_000_000, day_latest=1_000_000)]
    write([late, *PEOPLE[1:]], tmp_path / "tables")
    assert _convert(tmp_path / "tables", tmp_path / "out").last_day == DAY
