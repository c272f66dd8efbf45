"""The real Chromium of the tests: where it is, how it is started, how long a page may take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, expect, sync_playwright

CHROMIUM: Final = os.environ.get("OPENTRD_CHROMIUM", "/usr/bin/chromium")
QUIET: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
#: Milliseconds; long enough for a machine that has other work.
PATIENCE: Final = 20_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a Chromium without a screen that asks nothing of another machine by itself."""
    assert Path(CHROMIUM).exists(), "no Chromium here: scripts/ensure_system.sh chromium installs it"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield made
        made.close()
