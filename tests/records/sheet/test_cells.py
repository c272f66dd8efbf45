"""How single cells are read: dates, doses, sessions, the share taken. Rows: as written, as meant."""

from __future__ import annotations

from datetime import date

import pytest

from opentrd.knowledge.loader import load
from opentrd.knowledge.schema import TakenShare
from opentrd.records.sheet.amounts import number, read_doses, read_sessions, read_taken
from opentrd.records.sheet.dates import read_date
from opentrd.records.sheet.problems import CellError

DATES = """
    2024                        | 2024-01-01 | 2024-12-31
    2024-03                     | 2024-03-01 | 2024-03-31
    2024-3                      | 2024-03-01 | 2024-03-31
    2024-03-05                  | 2024-03-05 | 2024-03-05
    2024/03/05                  | 2024-03-05 | 2024-03-05
    2024-03-05 00:00:00         | 2024-03-05 | 2024-03-05
    2024-03-05T10:30:00Z        | 2024-03-05 | 2024-03-05
    03/2024                     | 2024-03-01 | 2024-03-31
    3.2024                      | 2024-03-01 | 2024-03-31
    March 2024                  | 2024-03-01 | 2024-03-31
    march, 2024                 | 2024-03-01 | 2024-03-31
    Mar 2024                    | 2024-03-01 | 2024-03-31
    Mar. 2024                   | 2024-03-01 | 2024-03-31
    2024 March                  | 2024-03-01 | 2024-03-31
    Mar-24                      | 2024-03-01 | 2024-03-31
    ene-24                      | 2024-01-01 | 2024-01-31
    Nov-98                      | 1998-11-01 | 1998-11-30
    marzo 2024                  | 2024-03-01 | 2024-03-31
    marzo de 2024               | 2024-03-01 | 2024-03-31
    Septiembre del 2023         | 2023-09-01 | 2023-09-30
    5 March 2024                | 2024-03-05 | 2024-03-05
    5th of March, 2024          | 2024-03-05 | 2024-03-05
    March 5, 2024               | 2024-03-05 | 2024-03-05
    5 de marzo de 2024          | 2024-03-05 | 2024-03-05
    15/03/2024                  | 2024-03-15 | 2024-03-15
    03/15/2024                  | 2024-03-15 | 2024-03-15
    04.04.2024                  | 2024-04-04 | 2024-04-04
    February 2024               | 2024-02-01 | 2024-02-29
    about March 2024            | 2024-01-30 | 2024-05-01
    around 2023                 | 2022-12-01 | 2024-01-31
    ~2024-03-05                 | 2024-02-03 | 2024-04-05
    c. 2023                     | 2022-12-01 | 2024-01-31
    hacia marzo de 2024         | 2024-01-30 | 2024-05-01
    I think March 2024          | 2024-01-30 | 2024-05-01
    2019 or 2020                | 2019-01-01 | 2020-12-31
    between 2019 and March 2020 | 2019-01-01 | 2020-03-31
    entre 2019 y 2020           | 2019-01-01 | 2020-12-31
    spring 2021                 | 2021-01-01 | 2021-12-31
    fall 2021                   | 2021-01-01 | 2021-12-31
    summer 2022                 | 2021-12-01 | 2023-03-31
    invierno de 2022            | 2021-12-01 | 2023-03-31
    early 2022                  | 2022-01-01 | 2022-05-31
    mid 2022                    | 2022-04-01 | 2022-09-30
    end of 2022                 | 2022-08-01 | 2022-12-31
    a principios de 2022        | 2022-01-01 | 2022-05-31
    ?                           |            |
    not sure                    |            |
    no sé                       |            |
    don't know                  |            |
"""

NO_DATES = {
    "03/04/2024": "2024-04-03 or 2024-03-04",
    "3-4-2024": "2024-04-03 or 2024-03-04",
    "2024-13": "no month 13",
    "2024-13-45": "no month 13",
    "2024-02-30": "no day 30",
    "31 June 2024": "no day 31",
    "0000": "year 0",
    "3024": "year 3024",
    "March": "no date",
    "March 24": "no date",
    "yesterday": "no date",
    "before 2019": "no date",
    "2019-2021": "no date",
    "when I was 30": "no date",
    "20240305": "no date",
}

DOSES = """
    50 mg                                | 50   | 50   | mg
    50mg                                 | 50   | 50   | mg
    50                                   | 50   | 50   |
    50 mg a day                          | 50   | 50   | mg
    50 mg/day                            | 50   | 50   | mg
    50 mg daily                          | 50   | 50   | mg
    50 mg at night                       | 50   | 50   | mg
    50 mg al día                         | 50   | 50   | mg
    37,5 mg                              | 37.5 | 37.5 | mg
    37.5 mg                              | 37.5 | 37.5 | mg
    0.125 mg                             | 0.125 | 0.125 | mg
    1 g                                  | 1    | 1    | g
    25 mcg                               | 25   | 25   | mcg
    25 µg                                | 25   | 25   | mcg
    50-100 mg                            | 50   | 100  | mg
    50 - 100 mg daily                    | 50   | 100  | mg
    50 mg to 100 mg                      | 50   | 100  | mg
    de 50 a 100 mg                       | 50   | 100  | mg
    between 50 and 100 mg                | 50   | 100  | mg
    50 mg twice a day                    | 100  | 100  | mg
    50 mg bid                            | 100  | 100  | mg
    50 mg dos veces al día               | 100  | 100  | mg
    20 mg every other day                | 10   | 10   | mg
    20 mg as needed                      | 0    | 20   | mg
    2 x 50 mg                            | 100  | 100  | mg
    50 mg x 2                            | 100  | 100  | mg
    up to 150 mg                         |      | 150  | mg
    max. 150 mg                          |      | 150  | mg
    hasta 150 mg                         |      | 150  | mg
    at least 50 mg                       | 50   |      | mg
    about 50 mg                          | 50   | 50   | mg
    20 mg then 40 mg                     | 20   | 40   | mg
    20 mg, then 40 mg, then 60 mg        | 20   | 60   | mg
    20 then 40 mg                        | 20   | 40   | mg
    20 mg luego 40 mg                    | 20   | 40   | mg
    20 -> 40 mg                          | 20   | 40   | mg
    0.7 mmol/L                           | 0.7  | 0.7  | mmol/L
    ?                                    |      |      |
    not sure                             |      |      |
    a small one                          | x    |      |
    1 tablet                             | x    |      |
    1,200 mg                             | x    |      |
    100-50 mg                            | x    |      |
    fifty                                | x    |      |
    -50 mg                               | x    |      |
    50 bananas                           | x    |      |
    99999999999 mg                       | x    |      |
"""

SESSIONS = """
    8              | 8  | 8
    8 sessions     | 8  | 8
    6-8            | 6  | 8
    6 to 8         | 6  | 8
    8 of 12        | 8  | 8
    8 out of 12    | 8  | 8
    8/12           | 8  | 8
    about 8        | 6  | 10
    ~20            | 15 | 25
    more than 10   | 10 |
    10+            | 10 |
    10 or more     | 10 |
    up to 12       |    | 12
    a few          | 2  | 6
    one            | 1  | 1
    8 sesiones     | 8  | 8
    ?              |    |
    8-6            | x  |
    weekly         | x  |
    8.5            | x  |
"""

TAKEN = """
    yes            | 0.95 | 1
    every day      | 0.95 | 1
    most days      | 0.8  | 0.95
    half           | 0.4  | 0.6
    missed some    | 0.3  | 0.8
    sometimes      | 0.05 | 0.3
    no             | 0    | 0
    80%            | 0.8  | 0.8
    80 - 90 %      | 0.8  | 0.9
    about 80 %     | 0.8  | 0.8
    5 of 10 days   | 0.5  | 0.5
    sí             | 0.95 | 1
    casi siempre   | 0.8  | 0.95
    ?              |      |
    120%           | x    |
    bananas        | x    |
    3 of 0         | x    |
"""


SHARES = {told: row for told, row in load().table("taken_share").items() if isinstance(row, TakenShare)}


def rows(table: str) -> list[tuple[str, ...]]:
    return [tuple(cell.strip() for cell in line.split("|")) for line in table.strip().splitlines()]


@pytest.mark.parametrize(("text", "first", "last"), rows(DATES), ids=lambda x: str(x) or "-")
def test_dates(text: str, first: str, last: str) -> None:
    span = read_date(text, about_days=31)
    found = ("", "") if span is None else tuple(date.fromordinal(day).isoformat() for day in span)
    assert found == (first, last)


@pytest.mark.parametrize(("text", "said"), NO_DATES.items())
def test_what_is_no_date_is_asked_back(text: str, said: str) -> None:
    with pytest.raises(CellError) as caught:
        read_date(text, about_days=31)
    assert said in f"{caught.value.what} {caught.value.what_to_do}"


@pytest.mark.parametrize(("text", "low", "high", "unit"), rows(DOSES), ids=lambda x: str(x) or "-")
def test_doses(text: str, low: str, high: str, unit: str) -> None:
    if low == "x":
        with pytest.raises(CellError):
            read_doses(text)
        return
    steps = read_doses(text)
    expected = tuple(float(x) if x else None for x in (low, high))
    assert [(step.low, step.high, step.unit or "") for step in steps] == (
        [] if expected == (None, None) else [(*expected, unit)]
    )


def test_dose_steps_of_known_length_stay_steps() -> None:
    first, second = read_doses("50 mg for 2 weeks then 100 mg")
    assert (first.low, first.days, second.low, second.days) == (50, (14, 14), 100, None)
    first, second = read_doses("20 mg 1 month; 40 mg")
    assert (first.days, second.low) == ((28, 31), 40)


@pytest.mark.parametrize(("text", "low", "high"), rows(SESSIONS), ids=lambda x: str(x) or "-")
def test_sessions(text: str, low: str, high: str) -> None:
    if low == "x":
        with pytest.raises(CellError):
            read_sessions(text, about_share=0.25)
        return
    assert read_sessions(text, about_share=0.25) == tuple(int(x) if x else None for x in (low, high))


@pytest.mark.parametrize(("text", "low", "high"), rows(TAKEN), ids=lambda x: str(x) or "-")
def test_share_taken(text: str, low: str, high: str) -> None:
    if low == "x":
        with pytest.raises(CellError):
            read_taken(text, SHARES)
        return
    assert read_taken(text, SHARES)[:2] == tuple(float(x) if x else None for x in (low, high))


def test_a_number_that_can_be_two_is_asked_back() -> None:
    with pytest.raises(CellError, match="two numbers"):
        number("1.200")
    assert number("1200") == 1200
    assert number("1.1250") == 1.125
