"""Times as the measures compare them: to the precision that is known, on one clock, days as written."""

import pytest

from opentrd.cohort.measures.times import GOES_ON, Moment, Stretch, age, compare, moment
from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.records.fhir.dates import BadValueError


def at(text: str) -> Moment:
    """Return a time that is there."""
    found = moment(text, "field")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "other", "days", "expected"),
    [
        ("2025-01-01", "2025-01-02", False, -1),
        ("2025-01-01", "2025-01-01", False, 0),
        ("2025-01", "2025-02-01", False, -1),
        ("2025-01", "2025-01-31", False, None),
        ("2025", "2025", False, 0),
        ("2025-01-01", "2025-01-01T12:00:00Z", False, None),
        ("2025-01-01", "2025-01-01T12:00:00Z", True, 0),
        ("2025-01-01T00:00:00Z", "2024-12-31T19:00:00-05:00", False, 0),
        ("2025-01-01T04:30:00Z", "2024-12-31T23:30:00-05:00", False, 0),
        ("2025-01-01T04:30:00Z", "2024-12-31T23:30:00-05:00", True, 1),
        ("2025-01-01T10:00:00Z", "2025-01-01T10:00:00.001Z", False, -1),
        ("2025-01-01T10:00Z", "2025-01-01T10:00:30Z", False, None),
    ],
)
def test_compare(one: str, other: str, days: bool, expected: int | None) -> None:
    assert compare(at(one), at(other), days=days) == expected
    assert compare(at(other), at(one), days=days) == (None if expected is None else -expected)


def test_a_day_is_the_day_as_written() -> None:
    assert str(at("2025-04-30T23:30:00-04:00").day) == "2025-04-30"
    assert str(at("2025-04-30T23:30:00-04:00")) == "2025-04-30"
    assert at("2025-04-30T23:30:00-04:00").parts[:3] == (2025, 5, 1)


@pytest.mark.parametrize(
    ("start", "days", "months", "expected"),
    [
        ("2024-02-28", 1, 0, "2024-02-29"),
        ("2024-02-29", 0, 12, "2025-02-28"),
        ("2024-12-31", 0, 2, "2025-02-28"),
        ("2025-01-01", -105, 0, "2024-09-18"),
        ("2025-01-01", 0, -14, "2023-11-01"),
    ],
)
def test_later(start: str, days: int, months: int, expected: str) -> None:
    assert str(at(start).plus(days=days, months=months)) == expected


def test_a_month_has_no_day_after() -> None:
    assert at("2025-01").plus(days=1) is None
    assert GOES_ON.plus(days=1) is None


def test_midnight_is_the_next_day() -> None:
    assert at("2025-01-01T24:00:00Z") == at("2025-01-02T00:00:00Z")


@pytest.mark.parametrize("text", ["2025-02-30", "2025-1-1", "soon", "2025-01-01T25:00:00Z", ""])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadValueError):
        moment(text, "field")


def test_stretches() -> None:
    year = Stretch(at("2025-01-01T00:00:00Z"), at("2025-12-31T23:59:59.999Z"))
    assert year.holds(at("2025-12-31")) == UNKNOWN
    assert year.holds(at("2025-12-31"), days=True) == YES
    assert year.overlaps(Stretch(None, at("2025-06-01"))) == UNKNOWN
    assert year.overlaps(Stretch(None, at("2024-06-01"))) == NO
    assert year.overlaps(Stretch(at("2024-06-01"), GOES_ON)) == YES
    assert year.holds_all(Stretch(at("2024-06-01"), at("2025-01-01")), days=True) == NO


@pytest.mark.parametrize(
    ("born", "on", "expected"),
    [
        ("2007-01-01", "2025-01-01", 18),
        ("2007-01-02", "2025-01-01", 17),
        ("2004-02-29", "2025-02-28", 20),
        ("2007", "2025-06-01", None),
        ("2006", "2025-12-31", 19),
        ("2007-06", "2025-06-15", None),
        ("2007-05", "2025-06-15", 18),
        ("2007-06-15", "2025", None),
        ("2007-06-15", "2025-06-14T23:00:00-05:00", 17),
    ],
)
def test_age(born: str, on: str, expected: int | None) -> None:
    assert age(at(born), at(on)) == expected
