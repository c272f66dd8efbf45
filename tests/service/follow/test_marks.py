"""What each score tells on its day: a row a score, by days since the treatment began."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from opentrd.assessing import assess
from opentrd.assessment import Assessment
from opentrd.knowledge.loader import load
from opentrd.records.read import read_files
from opentrd.rules.course import course
from opentrd.rules.scores import depression_points

KNOWN = load()
AS_OF = date(2026, 7, 1)

#: treatments (name, first day, last day), then scores: day, points, mark, whether it is time to decide.
CASES = {
    "help comes step by step": (
        "sertraline 0-120",
        """
         -3 20 -          no
          7 19 too_soon   no
         20 14 too_soon   no
         30 14 partial    no
         45 13 partial    yes
         60 10 response   no
         80  4 remission  no
        """,
    ),
    "nothing happens": (
        "sertraline 0-120",
        """
          0 20 -          no
         27 20 too_soon   no
         28 20 none       yes
         60 19 none       yes
        """,
    ),
    "an early response is told early, a worsening is not yet a failure": (
        "sertraline 0-120",
        """
          0 16 -          no
         14  8 response   no
         20 20 lost       no
         35 20 lost       yes
        """,
    ),
    "worse by a quarter": (
        "sertraline 0-120",
        """
          0 16 -          no
         40 20 worse      yes
         50 19 none       yes
        """,
    ),
    "without a baseline only remission can be told": (
        "sertraline 0-120",
        """
         40 12 -          no
         60  4 remission  no
        """,
    ),
    "the second treatment is measured by its own baseline": (
        "sertraline 0-60, venlafaxine 61-150",
        """
          0 20 -          no
         58 18 none       yes
        100  9 response   no
        """,
    ),
    "no treatment: nothing to compare with": (
        "",
        """
         10 18 -          no
         40  3 remission  no
        """,
    ),
    "a score beside talking therapy is read for the medicine first": (
        "sertraline 0-120, cognitive behavioural therapy 20-110",
        """
          0 20 -          no
         60 20 none       yes
        """,
    ),
    "talking therapy with few sessions so far is given time": (
        "cognitive behavioural therapy 0-50",
        """
          0 20 -          no
         45 20 none       no
        """,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_marks(name: str) -> None:
    treatments, table = CASES[name]
    rows = [line.split() for line in table.strip().splitlines()]
    found = _told(treatments, [(int(day), int(points)) for day, points, *_ in rows])
    assert found == [(mark, decide) for _, _, mark, decide in rows]


def test_marks_are_those_of_history_on_its_last_score() -> None:
    """The last score of a trial tells what the trial did."""
    treatments, table = CASES["help comes step by step"]
    scores = [(int(row.split()[0]), int(row.split()[1])) for row in table.strip().splitlines()]
    for number in range(2, len(scores) + 1):
        a = _assessed(treatments, scores[:number])
        told = course(
            "PHQ-9",
            a.judged,
            depression_points(a.record.scores, a.context.book, a.settings.as_of + 1),
            a.context.book,
            a.settings.instrument,
            a.settings.as_of + 1,
        )
        last, result = told[-1].mark, a.judged.trials[0].outcome.result
        assert last == (result or "too_soon")


def _told(treatments: str, scores: list[tuple[int, int]]) -> list[tuple[str, str]]:
    a = _assessed(treatments, scores)
    horizon, book = a.settings.as_of + 1, a.context.book
    points = depression_points(a.record.scores, book, horizon)
    told = course("PHQ-9", a.judged, points, book, a.settings.instrument, horizon)
    for each in told:
        assert each.citations, "a mark without its basis"
    return [(each.mark or "-", "yes" if each.decide else "no") for each in told]


def _assessed(treatments: str, scores: list[tuple[int, int]]) -> Assessment:
    start = AS_OF - timedelta(days=160)
    lines = ["person:", "  born: 1985", "conditions:", "  - name: depression"]
    if treatments:
        lines.append("treatments:")
    for each in filter(None, treatments.split(", ")):
        name, _, days = each.rpartition(" ")
        begin, end = (start + timedelta(days=int(day)) for day in days.split("-"))
        lines += [f"  - name: {name}", f"    from: {begin}", f"    to: {end}", "    taken: 'yes'"]
        lines.append("    sessions: 4" if "therapy" in name else "    dose: 150 mg")
    lines.append("scores:")
    for day, points in scores:
        lines += ["  - name: PHQ-9", f"    from: {start + timedelta(days=day)}", f"    value: {points}"]
    record = read_files({"history.yaml": ("\n".join(lines) + "\n").encode()}, KNOWN).one()
    return assess(record, as_of=AS_OF.toordinal(), knowledge=KNOWN)
