"""A service of its own for each test, with an empty folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from opentrd.demo import SAMPLES
from opentrd.service.app import create_app
from opentrd.service.service import Service
from opentrd.service.settings import ServiceSettings
from opentrd.service.store import tables as t

URL = "http://127.0.0.1:8321"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(
        create_app(ServiceSettings(folder=str(tmp_path))), base_url=URL, raise_server_exceptions=False
    ) as made:
        yield made


@pytest.fixture
def two_failures() -> bytes:
    return (SAMPLES / "two-failures.json").read_bytes()


def service_of(client: TestClient) -> Service:
    found: Service = client.app.state.service  # type: ignore[attr-defined]
    return found


def kept(client: TestClient) -> dict[str, int]:
    """How many rows each table has that keeps something of persons."""
    store = service_of(client).store
    tables = (t.Chart, t.Source, t.Draft, t.Answer, t.FollowUp, t.Job, t.JobPart, t.Audit, t.Session)
    return {table.__tablename__: store.count(table) for table in tables}
