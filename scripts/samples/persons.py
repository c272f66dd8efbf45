"""All sample persons: the record files by name, as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Final

from scripts.samples import failed, helped, not_proper, sheets, sources, whole
from scripts.samples.fhir import Story

STORIES: Final[tuple[Callable[[], Story], ...]] = (
    not_proper.too_low,
    not_proper.too_short,
    not_proper.not_taken,
    failed.two_failures,
    not_proper.intolerance,
    helped.augmentation,
    helped.response_then_return,
    failed.psychotherapy_too,
    failed.ect_failed,
    failed.bipolar,
    failed.older_heart,
    helped.pain_duloxetine,
    not_proper.missing_doses,
    sources.conflicting,
    not_proper.wait,
    helped.remission_relapse,
    helped.ocd_sertraline,
    helped.sixteen,
    sources.orders_only,
    failed.tms_esketamine,
    failed.cross_taper,
    failed.older_classes,
    failed.safety,
    whole.whole_person,
    whole.many_medicines,
    sources.spanish,
    sources.uk,
)


def files() -> Iterator[tuple[str, str]]:
    """Yield every record file: its name and its text."""
    for story in STORIES:
        made = story()
        yield f"{made.sample}.json", json.dumps(made.finished(), ensure_ascii=False, indent=1) + "\n"
    yield "by-hand.csv", sheets.by_hand()
    yield "from-memory.yaml", sheets.from_memory()
