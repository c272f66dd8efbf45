"""Encryption at rest, as docs/service.md describes it: the file tells nothing without the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from opentrd.service.serve import kept_in
from opentrd.service.settings import ServiceSettings
from opentrd.service.store import Store
from tests.service.pages.parts import sample

KEY = "a key made by a program"


def address(file: Path, key: str) -> str:
    return f"sqlite+pysqlcipher://:{key}@/{file}"


def test_what_is_kept_can_be_read_with_the_key_alone(tmp_path: Path) -> None:
    file = tmp_path / "kept.sqlite"
    store = Store(address(file, KEY))
    chart = store.add_chart("Lindqvist", "upload", "local", {"a.json": sample("two-failures.json")})
    store.close()
    again = Store(address(file, KEY))
    assert [each.id for each in again.charts("local")] == [chart]
    again.close()
    bytes_ = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert b"Lindqvist" not in bytes_ and b"SQLite format" not in bytes_ and b"sertraline" not in bytes_
    with pytest.raises(DatabaseError):
        Store(address(file, "another key"))


def test_without_it_the_file_can_be_read_by_anybody(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'kept.sqlite'}")
    store.add_chart("Lindqvist", "form", "local", {})
    store.close()
    assert b"Lindqvist" in b"".join(each.read_bytes() for each in tmp_path.iterdir())


def test_the_key_is_not_shown() -> None:
    settings = ServiceSettings(database=address(Path("/srv/kept.sqlite"), "secret"))
    assert "secret" not in kept_in(settings) and "kept.sqlite" in kept_in(settings)
