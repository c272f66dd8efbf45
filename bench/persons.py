"""Persons to measure with who are all different: the bundled samples in turn, their days and ids moved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

from bench.record import SAMPLES

KINDS = {".json": "application/json", ".csv": "text/csv", ".yaml": "application/yaml"}
_DAY = re.compile(r"\b(?:19|20)\d{2}-\d{2}-\d{2}\b")
_ID = re.compile(r"\b[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)")


def persons(named: str = "*") -> Iterator[tuple[bytes, str]]:
    """Yield bodies with their content types without end, each sample as often as the others, none twice.

    Each round moves the days one back, as far as four weeks: what is remembered of one person seldom fits
    another.
    """
    files = [path for path in sorted(SAMPLES.glob(named)) if path.suffix in KINDS]
    texts = [(path.read_text(encoding="utf-8"), KINDS[path.suffix]) for path in files]
    for turn in count(1):
        for text, kind in texts:
            yield _another(text, turn).encode(), kind


def _another(text: str, number: int) -> str:
    moved = timedelta(days=number % 28)
    text = _DAY.sub(lambda found: (date.fromisoformat(found[0]) - moved).isoformat(), text)
    return _ID.sub(f"{number:08x}", text)
