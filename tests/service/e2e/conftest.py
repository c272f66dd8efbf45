"""A real service and a real Chromium for the tests of a file; what goes wrong in a window fails its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.service.e2e.windows import Kind, Watched, window
from tests.service.pages.parts import served


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a service listens that keeps in a folder of its own."""
    with served(tmp_path_factory.mktemp("service"), requests_per_minute=1_000_000) as made:
        yield made


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Callable[[Kind], Page]]:
    """Open windows; at the end none has asked another machine for anything, and no script has failed."""
    watched: list[Watched] = []

    def make(kind: Kind) -> Page:
        watched.append(window(browser, address, kind))
        return watched[-1].page

    yield make
    for each in watched:
        each.page.context.close()
    assert [url for each in watched for url in each.elsewhere] == []
    assert [fault for each in watched for fault in each.faults] == []
    assert all(each.asked for each in watched)
