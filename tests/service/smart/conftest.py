"""One FHIR server for all tests of a worker; an authority and an app of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.smart.authority import Authority
from tests.service.smart.browsing import BASE, Browsing
from tests.service.smart.servers import bring_in, fhir_server, serving


@pytest.fixture(scope="session")
def fhir() -> Iterator[str]:
    with fhir_server() as url:
        yield url


@pytest.fixture(scope="session")
def patient(fhir: str) -> str:
    return bring_in(fhir, "two-failures")


@pytest.fixture
def authority(fhir: str) -> Iterator[Authority]:
    made = Authority(fhir, (f"{BASE}/smart/callback", f"{BASE}/sign-in/callback"))
    with serving(made.app) as url:
        made.url = url
        yield made


@pytest.fixture
def browsing(authority: Authority, tmp_path: Path) -> Iterator[Browsing]:
    with Browsing(authority, tmp_path) as made:
        yield made
