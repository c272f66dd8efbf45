"""What is deleted is gone from the disk: its bytes are in no file of the data folder any more."""

from __future__ import annotations

from pathlib import Path

from opentrd.service.store import Store
from opentrd.service.store.jobs import JobStore

WORDS = (
    "Zarathustra-label",
    "Zarathustra-body",
    "Zarathustra-draft",
    "Zarathustra-answer",
    "Zarathustra-plan",
)


def on_disk(folder: Path) -> list[str]:
    """The words of the person that stand somewhere in the files of a folder."""
    text = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return [word for word in WORDS if word.encode() in text]


def test_nothing_of_a_deleted_chart_is_left_on_the_disk(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'opentrd.sqlite'}")
    long = b"Zarathustra-body " * 5000  # more than a page of the database
    kept = store.add_chart("Ben", "upload", "local", {"record.json": b"Beethoven" * 5000})
    chart = store.add_chart("Zarathustra-label", "upload", "local", {"record.json": long, "b.json": long})
    store.save_draft(chart, {"note": "Zarathustra-draft"}, "local", None, ("form.csv", b"Zarathustra-body"))
    store.save_answer(chart, "q", "Zarathustra-answer", "local")
    store.save_answer(chart, "q", "Zarathustra-answer again", "local")
    store.add_follow_up(chart, 739800, "plan", {"text": "Zarathustra-plan"}, "local")
    store.replace_sources(chart, "local", {"record.json": long[:-17]})
    assert on_disk(tmp_path) == list(WORDS)

    store.delete_chart(chart, "local")
    assert on_disk(tmp_path) == []  # the service still runs: its journal too is clean
    store.close()
    assert on_disk(tmp_path) == []
    again = Store(f"sqlite:///{tmp_path / 'opentrd.sqlite'}")
    assert [each.id for each in again.charts("local")] == [kept]
    assert again.sources(kept)[0].body == b"Beethoven" * 5000
    again.close()


def test_nothing_of_a_deleted_job_is_left_on_the_disk(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'opentrd.sqlite'}")
    jobs = JobStore(store)
    job = jobs.add("local", {}, [("Zarathustra-label", b"Zarathustra-body")])
    assert on_disk(tmp_path) == ["Zarathustra-label"]  # bodies are packed
    jobs.delete(job, "local")
    assert on_disk(tmp_path) == []
    store.close()
