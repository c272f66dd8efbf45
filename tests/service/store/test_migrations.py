"""A database of the first version is brought up to date with all that is in it."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from opentrd.service.store import Store, migrations


def first_version(address: str) -> None:
    """Make the tables as the first version had them, with a chart."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(address)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO chart VALUES ('c1', NULL, 'Ana', 'upload', 1, 2)"))
        connection.execute(text("INSERT INTO access VALUES ('c1', 'ana')"))
        connection.execute(
            text("INSERT INTO answer (chart, question, value, saved) VALUES ('c1', 'q', '50', 3)")
        )
    engine.dispose()


def test_a_database_of_the_first_version_keeps_what_is_in_it(address: str) -> None:
    first_version(address)
    store = Store(address)
    (chart,) = store.charts("ana")
    assert (chart.id, chart.label, chart.created, chart.changed) == ("c1", "Ana", 1, 2)
    assert store.answers("c1") == {"q": 50}
    store.save_link("c1", "https://fhir.example", "p1", {})
    assert store.linked_chart("https://fhir.example", "p1", "ana") == "c1"
    store.close()


def _open(address: str, done: str) -> None:
    store = Store(address)
    store.add_chart(done, "upload", "ana", {})
    store.close()


def test_services_that_start_at_the_same_moment_make_the_tables_once(address: str) -> None:
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=_open, args=(address, str(n))) for n in range(3)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0, 0, 0]
    store = Store(address)
    assert sorted(chart.label for chart in store.charts("ana")) == ["0", "1", "2"]
    store.close()
