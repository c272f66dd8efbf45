"""What is written as record tables and read back is the same record."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.records.model import Condition, Exposure, Observation, Person, Record, Score, Unused
from opentrd.records.read import read
from opentrd.records.tables.columns import CODES, IDS, ITEMS, ROWS, SCHEMAS, is_answer, is_day
from opentrd.records.tables.rows import accounted
from opentrd.records.tables.write import RecordWriter, arrow, table_file, write
from tests.laws.people import people
from tests.spec.rows import KNOWLEDGE

SAMPLES = sorted((Path(__file__).parents[3] / "src/opentrd/samples").glob("*.json"))
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)


def _values(table: str, field: msgspec.structs.FieldInfo) -> st.SearchStrategy[Any]:
    """Anything that a field may hold, by the type of its column; unknown where it may be unknown."""
    kind = SCHEMAS[table].field(field.name).type
    found: st.SearchStrategy[Any] = TEXT
    if kind == IDS:
        return TEXTS
    if kind == CODES:
        return st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
    if kind == ITEMS:
        return st.dictionaries(st.integers(0, 30), st.integers(0, 9), max_size=4)
    if is_answer(field):
        return st.sampled_from((NO, UNKNOWN, YES))
    if is_day(field.name):
        found = st.integers(1, 3_000_000)
    elif pa.types.is_int32(kind):
        found = st.integers(0, 73_050)
    elif pa.types.is_float64(kind):
        found = st.floats(allow_nan=False)
    needed = field.required and "None" not in str(field.type)
    return found if needed or field.default not in (None, msgspec.NODEFAULT) else st.none() | found


def _rows(cls: type[Any], person_id: str) -> st.SearchStrategy[Any]:
    table = next(name for name, row in ROWS.items() if row is cls)
    fields = {field.name: _values(table, field) for field in msgspec.structs.fields(cls)}
    if "person_id" in fields:
        fields["person_id"] = st.just(person_id)
    return st.builds(cls, **fields)


def _record(person_id: str) -> st.SearchStrategy[Record]:
    return st.builds(
        Record,
        person=_rows(Person, person_id),
        exposures=st.lists(_rows(Exposure, person_id), max_size=3),
        scores=st.lists(_rows(Score, person_id), max_size=3),
        conditions=st.lists(_rows(Condition, person_id), max_size=3),
        observations=st.lists(_rows(Observation, person_id), max_size=3),
        used=st.lists(TEXT, max_size=4),
        unused=st.lists(_rows(Unused, person_id), max_size=3),
    )


def _back(found: list[Record]) -> list[Record]:
    with tempfile.TemporaryDirectory() as folder:
        write(found, Path(folder))
        return list(accounted({table: pq.read_table(table_file(Path(folder), table)) for table in SCHEMAS}))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from("abcé"), unique=True, max_size=3).flatmap(
        lambda ids: st.tuples(*map(_record, ids))
    )
)
def test_anything_that_a_record_may_hold_comes_back(found: tuple[Record, ...]) -> None:
    assert _back(list(found)) == sorted(found, key=lambda one: one.person.person_id)


@settings(max_examples=30, deadline=None)
@given(people())
def test_generated_persons_come_back(record: Record) -> None:
    assert _back([record]) == [record]


def test_the_samples_come_back() -> None:
    found = [record for path in SAMPLES for record in read(path, KNOWLEDGE)]
    assert len(found) >= 25
    assert _back(found) == sorted(found, key=lambda one: one.person.person_id)


def test_the_columns_are_those_of_the_schema() -> None:
    found = arrow([Record(person=Person(person_id="p"))])
    assert {name: table.schema for name, table in found.items()} == SCHEMAS


def test_a_writer_left_with_an_error_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), RecordWriter(tmp_path) as writer:
        writer.write(Record(person=Person(person_id="p")))
        raise KeyError("stop")
    assert list(tmp_path.iterdir()) == []


def test_lines_of_nobody_have_no_person(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        writer.nobody([Unused(source_id="Group/1", resource="Group", reason="not_relevant_resource")])
    assert pq.read_table(table_file(tmp_path, "unused")).to_pylist() == [
        {
            "source_id": "Group/1",
            "resource": "Group",
            "reason": "not_relevant_resource",
            "detail": "",
            "person_id": None,
        }
    ]


def test_the_page_names_every_table_and_column() -> None:
    page = (Path(__file__).parents[3] / "docs/record-tables.md").read_text()
    rows = {line.split("|")[1].strip(" `"): line for line in page.splitlines() if line.startswith("| `")}
    assert rows.keys() == SCHEMAS.keys()
    for table, schema in SCHEMAS.items():
        assert [name for name in schema.names if f"`{name}`" not in rows[table]] == []
