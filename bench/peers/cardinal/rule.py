"""The text of ``cardinal_pythonlib``'s rule, clause by clause, to name why an answer differs from OpenTRD's.

Both ask for a medicine A and another one B, each for a course of 28 days, A before B. They differ in the
clauses below; each can be read the peer's way or ours. Nothing here judges anybody: the answers that are
compared come from the peer itself and from OpenTRD itself, and a reading that gives neither is told as
unexplained.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from bench.peers.mentions import Mention

#: A course of 28 days, the first and the last one counted.
DAYS: Final = 28
#: Clause to what it says: the peer's reading, then ours.
CLAUSES: Final[dict[str, tuple[str, str]]] = {
    "same day": (
        "B may begin on the 28th day of A",
        "B begins once A has lasted 28 days",
    ),
    "complete before B": (
        "A is mentioned again, a course later, before B is mentioned",
        "a medicine that is mentioned again goes on between the mentions, so A may be mentioned again later",
    ),
    "any mention begins": (
        "a course of A or B may begin at any mention, also after the other medicine",
        "a course begins at the first mention, as nothing tells that it ended",
    ),
    "first rows": (
        "A is looked for only in the person's first rows: one fewer than there are rows of other medicines "
        "up to B, whatever medicine these first rows name",
        "A is looked for in all rows up to B",
    ),
}
THEIRS: Final = frozenset(CLAUSES)
OURS: Final = frozenset[str]()
Row = tuple[int, str]


def meets(mentions: list[Mention], theirs: frozenset[str]) -> bool:
    """Tell whether a person's mentions meet the rule with some clauses read the peer's way, the rest ours."""
    rows = sorted((day.toordinal(), medicine) for _, medicine, day in mentions)
    return any(_follows(rows, begin, theirs) for begin in _begins(rows, theirs) if _lasts(rows, begin))


def why(mentions: list[Mention]) -> tuple[str, ...]:
    """Return the fewest clauses that, read our way, turn the peer's answer into ours."""
    ours = meets(mentions, OURS)
    for size in range(1, len(CLAUSES) + 1):
        for clauses in combinations(CLAUSES, size):
            if meets(mentions, THEIRS - set(clauses)) == ours:
                return clauses
    raise AssertionError("all clauses read our way are our reading")


def _begins(rows: list[Row], theirs: frozenset[str]) -> Iterator[Row]:
    """Return the mentions at which a course may begin."""
    known: set[str] = set()
    for day, medicine in rows:
        if "any mention begins" in theirs or medicine not in known:
            yield day, medicine
        known.add(medicine)


def _lasts(rows: list[Row], begin: Row) -> bool:
    return any(medicine == begin[1] and day - begin[0] >= DAYS - 1 for day, medicine in rows)


def _follows(rows: list[Row], b: Row, theirs: frozenset[str]) -> bool:
    """Tell whether a course of another medicine lies before B."""
    others = sum(medicine != b[1] and day <= b[0] for day, medicine in rows)
    seen = rows[: max(others - 1, 0)] if "first rows" in theirs else rows
    least = DAYS - 1 if "same day" in theirs else DAYS
    for begin in _begins(seen, theirs):
        if begin[1] == b[1] or b[0] - begin[0] < least or not _lasts(rows, begin):
            continue
        if "complete before B" not in theirs or _complete(rows, begin, b[1]):
            return True
    return False


def _complete(rows: list[Row], begin: Row, other: str) -> bool:
    """Tell whether the other medicine stays unmentioned from the begin of a course until it is complete."""
    again = min(day for day, medicine in rows if medicine == begin[1] and day - begin[0] >= DAYS - 1)
    return not any(medicine == other and begin[0] <= day < again for day, medicine in rows)
