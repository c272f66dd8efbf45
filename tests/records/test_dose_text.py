"""Dose instructions: every form of the project's own texts, and those collected from real records."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentrd.records.dose_text import DoseText, daily_dose, parse_dose_text, phase_dose
from opentrd.records.dose_text.words import _load_words

OWN = Path(__file__).parent / "dose_texts.csv"
COLLECTED = Path(__file__).resolve().parents[3] / "shared" / "codes" / "sig_texts.csv"

Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def number(cell: str) -> float | None:
    return float(cell) if cell else None


def phases_as_written(found: DoseText | None) -> str:
    """``0.5@7;1@``: half a day for 7 days, then 1 a day without an end; ``?`` is an unknown length."""
    parts = []
    for at, phase in enumerate(found.phases if found else ()):
        amount = f"{phase.low:g}" if phase.low == phase.high else f"{phase.low:g}-{phase.high:g}"
        last = found is not None and at == len(found.phases) - 1
        days = ("" if last else "?") if phase.days_low is None else f"{phase.days_low}"
        if phase.days_high != phase.days_low:
            days += f"-{phase.days_high}"
        parts.append(f"{amount}@{days}")
    return ";".join(parts)


def strength_of(row: Row) -> tuple[float | None, str | None]:
    cell = row["strength_mg_per_unit"]
    if not cell:
        return None, None
    amount, _, per = cell.partition(" per ")
    return float(amount), f"mg/{per.replace(' ', '')}" if per else "mg"


def check(row: Row) -> None:
    found = parse_dose_text(row["text"])
    single = found.phases[0] if found and len(found.phases) == 1 else None
    units = (single.low, single.high) if single else (None, None)
    assert units == (number(row["expected_daily_units_low"]), number(row["expected_daily_units_high"]))
    if row["expected_daily_mg_low"]:
        strength, unit = strength_of(row)
        assert found is not None
        dose = daily_dose(found, strength, unit, bare_unit="mg")
        assert dose == (number(row["expected_daily_mg_low"]), number(row["expected_daily_mg_high"]), "mg")
    written = phases_as_written(found)
    if row["phases_daily_units_at_days"]:
        assert written == row["phases_daily_units_at_days"]
    else:
        assert single is None or written.endswith("@")
        assert single is not None or written == ""
    if found:
        assert found.as_needed == (row["prn"] == "y")


@pytest.mark.parametrize("row", rows(OWN), ids=lambda row: row["text"])
def test_own_texts(row: Row) -> None:
    check(row)


@pytest.mark.parametrize("row", rows(COLLECTED), ids=lambda row: row["id"])
def test_collected_texts(row: Row) -> None:
    """Runs where the collected texts lie beside the checkout."""
    check(row)


def test_what_says_nothing_is_none_and_what_says_no_frequency_keeps_its_take() -> None:
    assert parse_dose_text("as directed") is None
    assert parse_dose_text("") is None
    found = parse_dose_text("take 2 tablets")
    assert found is not None
    assert (found.take_low, found.take_unit, found.takes_low, found.phases) == (2.0, "tablet", None, ())
    assert daily_dose(found, 50.0, "mg") is None


def test_a_frequency_alone_keeps_its_takes() -> None:
    found = parse_dose_text("up to 3 times daily prn")
    assert found is not None
    assert (found.takes_low, found.takes_high, found.take_low, found.as_needed) == (0.0, 3.0, None, True)


@pytest.mark.parametrize(
    ("text", "strength", "unit", "expected"),
    [
        ("1 tablet daily", 50.0, "mg", (50.0, 50.0, "mg")),
        ("1 tablet daily", None, None, None),
        ("1-2 tablets daily", 0.5, "g", (500.0, 1000.0, "mg")),
        ("2 tablets daily", 25.0, "mcg", (50.0, 50.0, "mcg")),
        ("25 mcg daily", None, None, (25.0, 25.0, "mcg")),
        ("5 ml bd", 4.0, "mg/ml", (40.0, 40.0, "mg")),
        ("5 ml bd", 50.0, "mg", None),
        ("1 teaspoonful daily", 4.0, "mg/ml", (20.0, 20.0, "mg")),
        ("5 ml daily (20 mg/5 ml)", None, None, (20.0, 20.0, "mg")),
        ("1 patch daily", 0.25, "mg/hr", (6.0, 6.0, "mg")),
        ("1 patch every 72 hours", 6.0, "mg/24h", (6.0, 6.0, "mg")),
        ("1 tab tid prn, max 60 mg a day", 25.0, "mg", (0.0, 60.0, "mg")),
        ("2 x 75 mg capsules daily", None, None, (150.0, 150.0, "mg")),
        ("100 daily", 50.0, "mg", None),
        ("stop", 50.0, "mg", (0.0, 0.0, "mg")),
        ("25 mg for 1 week then 50 mg", None, None, None),
    ],
)
def test_daily_dose(
    text: str, strength: float | None, unit: str | None, expected: tuple[float, float, str] | None
) -> None:
    found = parse_dose_text(text)
    assert found is not None
    assert daily_dose(found, strength, unit) == expected


def test_each_phase_has_its_dose() -> None:
    found = parse_dose_text("1/2 tab daily for 7 days then 1 tab daily")
    assert found is not None
    assert [phase_dose(found, phase, 50.0, "mg") for phase in found.phases] == [
        (25.0, 25.0, "mg"),
        (50.0, 50.0, "mg"),
    ]


def test_case_and_spaces_do_not_matter() -> None:
    for row in rows(OWN):
        text = row["text"]
        if text.isascii() and " on" not in text.lower():
            assert parse_dose_text(f"  {text.upper()} ") == parse_dose_text(text.lower()), text


PIECES = sorted(
    {" ".join(phrase) for phrase in _load_words()} | {"1", "2", "0.5", "50", "1/2", "1-0-1", "7", "8:30"}
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)))
def test_any_text_is_read_without_error_and_within_bounds(text: str) -> None:
    found = parse_dose_text(text)
    if found is None:
        return
    for phase in found.phases:
        assert 0 <= phase.low <= phase.high < float("inf")
        assert phase.days_low is None or (
            phase.days_high is not None and 1 <= phase.days_low <= phase.days_high
        )
        dose = phase_dose(found, phase, 50.0, "mg", bare_unit="mg")
        assert dose is None or 0 <= dose[0] <= dose[1]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz ,.-/()123456789", max_size=60))
def test_zero_is_never_made_of_what_cannot_be_read(text: str) -> None:
    found = parse_dose_text(text)
    for phase in found.phases if found else ():
        assert phase.high > 0 or any(item[1][0] in ("stop", "wean", "decrease") for item in known(text))


def known(text: str) -> list[tuple[str, tuple[str, str]]]:
    """Return the words of the table that occur in a text."""
    return [(" ".join(p), meaning) for p, meaning in _load_words().items() if " ".join(p) in text]


def test_every_word_has_a_source() -> None:
    path = Path(__file__).resolve().parents[2] / "src" / "opentrd" / "knowledge" / "tables" / "dose_word.csv"
    found = rows(path)
    assert len(found) == len({row["word"] for row in found})
    assert all(row["source"] and row["status"] in ("seen", "from_memory", "ours") for row in found)
