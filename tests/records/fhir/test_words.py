"""The reader's own small tables: what they name is known, and every reason that is given has its sentence."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from opentrd.knowledge.loader import SHIPPED, load
from opentrd.records.fhir import statuses, words
from opentrd.records.model import STOP_REASONS
from opentrd.records.reasons import REASONS

SOURCE = Path(words.__file__).parent


def rows(name: str) -> list[dict[str, str]]:
    with (SHIPPED / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["scale_name", "link_id", "answer_word", "item_word"])
def test_scales_are_known(name: str) -> None:
    assert {row["scale"] for row in rows(name)} <= set(load().scales)


def test_conditions_and_reasons_are_known() -> None:
    assert {row["concept"] for row in rows("condition_name")} <= set(load().conditions)
    assert {row["reason"] for row in rows("stop_reason_word")} <= set(STOP_REASONS)


@pytest.mark.parametrize(
    "name", ["scale_name", "link_id", "answer_word", "item_word", "condition_name", "stop_reason_word"]
)
def test_every_row_has_a_source(name: str) -> None:
    assert all(row["source"] and row["checked"] for row in rows(name))
    assert {row["status"] for row in rows(name)} <= {"seen", "derived", "from_memory", "ours"}


def test_every_reason_has_its_sentence() -> None:
    given: set[str] = set()
    for path in SOURCE.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        given |= set(re.findall(r'(?:skip\(\s*\w+,|_aside\(\w+,|reason=|reason = )\s*"(\w+)"', text))
    for table in vars(statuses).values():
        if isinstance(table, dict):
            given |= {
                found[1:] for found in table.values() if isinstance(found, str) and found.startswith("!")
            }
    assert given <= set(REASONS)
    assert all(sentence.endswith(".") for sentence in REASONS.values())
