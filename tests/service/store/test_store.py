"""What is kept comes back as it was; what one may not see is not there; what is deleted is gone."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect

from opentrd.service.store import Store
from opentrd.service.store import tables as t
from opentrd.service.store.shared import ReadingStore

BODY = bytes(range(256)) + "Ána 😀".encode()


def a_chart(store: Store, account: str = "ana") -> str:
    return store.add_chart("Ána 😀", "upload", account, {"record.json": BODY, "sheet.csv": b"what,name\n"})


def filled(store: Store) -> str:
    """A chart with something in every table."""
    chart = a_chart(store)
    store.save_answer(chart, "dose:sertraline-2026-01", 100, "ana")
    store.save_preferences(chart, {"weight_gain": 2.0}, "ana")
    store.save_draft(chart, {"treatments": [{"name": "sertraline"}]}, "ana", None, ("form.csv", b"a,b\n"))
    store.add_follow_up(chart, 739800, "score", {"scale": "PHQ-9", "items": {"1": 2}}, "ana")
    store.save_link(chart, "https://fhir.example", "p1", {"Observation": "refused"})
    ReadingStore(store).end(ReadingStore(store).add("browser", "patient", "en", None), {}, chart=chart)
    return chart


def test_everything_comes_back_as_it_was_kept(store: Store) -> None:
    chart = filled(store)
    assert {s.name: s.body for s in store.sources(chart)} == {
        "record.json": BODY,
        "sheet.csv": b"what,name\n",
        "form.csv": b"a,b\n",
    }
    assert store.answers(chart) == {"dose:sertraline-2026-01": 100}
    assert store.preferences(chart) == {"weight_gain": 2.0}
    draft = store.draft(chart)
    assert draft is not None
    assert (draft.version, draft.body) == (1, {"treatments": [{"name": "sertraline"}]})
    (entry,) = store.follow_ups(chart)
    assert (entry.day, entry.kind, entry.value) == (739800, "score", {"scale": "PHQ-9", "items": {"1": 2}})
    link = store.link(chart)
    assert link is not None
    assert (link.issuer, link.patient, link.missing) == (
        "https://fhir.example",
        "p1",
        {"Observation": "refused"},
    )
    assert store.linked_chart("https://fhir.example", "p1", "ana") == chart


def test_everything_is_still_there_after_it_was_closed(store: Store, address: str) -> None:
    chart = filled(store)
    before = store.answers(chart), store.preferences(chart), [s.body for s in store.sources(chart)]
    store.close()
    again = Store(address)
    assert (again.answers(chart), again.preferences(chart), [s.body for s in again.sources(chart)]) == before
    again.close()


def test_a_later_answer_stands_in_place_of_the_earlier_and_none_takes_it_back(store: Store) -> None:
    chart = a_chart(store)
    for value in (1, "no_effect", ["adverse", "no_effect"], True, 0):
        store.save_answer(chart, "q", value, "ana")
        assert store.answers(chart) == {"q": value}
    store.save_answer(chart, "q", None, "ana")
    assert store.answers(chart) == {}


def test_another_account_sees_nothing_and_a_clinician_sees_the_panel(store: Store) -> None:
    chart = a_chart(store)
    assert store.chart(chart, "ben", "read") is None
    assert store.charts("ben") == []
    assert store.linked_chart("https://fhir.example", "p1", "ben") is None
    seen = store.chart(chart, "doctor", "read", everyone=True)
    assert seen is not None
    assert [each.id for each in store.charts("doctor", everyone=True)] == [chart]


def test_every_reading_and_writing_is_a_row_of_the_audit(store: Store) -> None:
    chart = filled(store)
    (entry,) = store.follow_ups(chart)
    store.chart(chart, "doctor", "read", everyone=True)
    store.delete_follow_up(chart, entry.id, "ana")
    store.choose_person(chart, "p1", "Ana", "ana")
    store.replace_sources(chart, "ana", {"record.json": b"{}"})
    store.delete_chart(chart, "ana")
    found = [(row.account, row.action) for row in store.audit(chart)]
    assert found == [
        ("ana", "create"),
        ("ana", "answer"),
        ("ana", "preferences"),
        ("ana", "draft"),
        ("ana", "follow_up"),
        ("doctor", "read"),
        ("ana", "follow_up"),
        ("ana", "choose"),
        ("ana", "read_again"),
        ("ana", "delete"),
    ]


def test_a_deleted_chart_leaves_no_row_but_the_audit(store: Store) -> None:
    chart = filled(store)
    other = filled(store)
    tables = [table for table in t.Base.__subclasses__() if "chart" in table.__table__.columns]
    assert {table.__tablename__ for table in tables} >= {"source", "draft", "answer", "follow_up", "access"}
    store.delete_chart(chart, "ana")
    with store.reading() as session:
        for table in tables:
            column = table.__table__.columns["chart"]
            left = {row for (row,) in session.query(column)}
            assert chart not in left or table is t.Audit, table.__tablename__
            assert other in left, table.__tablename__
    assert [each.id for each in store.charts("ana")] == [other]


def test_a_form_that_another_window_saved_is_not_overwritten(store: Store) -> None:
    chart = a_chart(store)
    assert store.save_draft(chart, {"n": 1}, "ana") == 1
    assert store.save_draft(chart, {"n": 2}, "ana", 1) == 2
    assert store.save_draft(chart, {"n": 3}, "ana", 1) is None
    draft = store.draft(chart)
    assert draft is not None
    assert (draft.version, draft.body) == (2, {"n": 2})


def test_a_change_that_fails_leaves_nothing_of_it(store: Store) -> None:
    chart = a_chart(store)
    rows = store.count(t.Audit)

    def stumble() -> None:
        with store.transaction() as session:
            session.add(t.Answer(chart=chart, question="q", value=1, saved=0))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stumble()
    assert store.answers(chart) == {}
    assert store.count(t.Audit) == rows


def test_the_migrations_make_the_tables_that_the_code_has(store: Store) -> None:
    found = inspect(store.engine)
    for table in t.Base.metadata.sorted_tables:
        columns = {each["name"]: each["nullable"] for each in found.get_columns(table.name)}
        assert columns == {each.name: each.nullable for each in table.columns}, table.name
        keys = found.get_pk_constraint(table.name)["constrained_columns"]
        assert keys == [each.name for each in table.primary_key.columns], table.name
    assert set(found.get_table_names()) == {"alembic_version", *t.Base.metadata.tables}
