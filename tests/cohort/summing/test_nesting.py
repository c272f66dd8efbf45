"""Which sets lie within which, as small tables: patterns in, pairs out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentrd.cohort.summing.nesting import nested

PATTERNS = [
    # sets with the persons in just these      inner, outer, how many more
    ([("ab", 3), ("b", 2)], [("a", "b", 2)]),
    ([("ab", 3), ("b", 2), ("a", 1)], []),
    ([("ab", 3)], []),
    ([("abc", 4), ("bc", 1), ("c", 7)], [("a", "b", 1), ("b", "c", 7)]),
    ([("abc", 4), ("b", 1), ("c", 7)], [("a", "b", 1), ("a", "c", 7)]),
    ([("abc", 4), ("c", 9)], [("a", "c", 9), ("b", "c", 9)]),
    ([], []),
]


@pytest.mark.parametrize(("patterns", "found"), PATTERNS)
def test_each_set_lies_within_the_next_larger_ones(
    patterns: list[tuple[str, int]], found: list[tuple[str, str, int]]
) -> None:
    assert [tuple(each) for each in nested(patterns)] == found


@given(st.lists(st.sets(st.sampled_from("abcde"), min_size=1), max_size=12))
def test_every_pair_follows_from_those_told(persons: list[set[str]]) -> None:
    """Told from persons one by one; what is left out is the sum of what is told on the way."""
    patterns: Counter[Sequence[str]] = Counter(tuple(sorted(each)) for each in persons)
    steps: dict[str, dict[str, int]] = {}
    for inner, outer, rest in nested(patterns.items()):
        steps.setdefault(inner, {})[outer] = rest
    for one, other in combinations("abcde", 2):
        for inner, outer in ((one, other), (other, one)):
            inside = {n for n, each in enumerate(persons) if inner in each}
            within = {n for n, each in enumerate(persons) if outer in each}
            if inside and inside < within:
                assert len(within - inside) in _ways(steps, inner, outer)
            else:
                assert outer not in steps.get(inner, {})


def _ways(steps: dict[str, dict[str, int]], inner: str, outer: str) -> set[int]:
    """The sums of the steps from one set to another."""
    own = steps.get(inner, {})
    found = {own[outer]} if outer in own else set()
    return found | {rest + more for middle, rest in own.items() for more in _ways(steps, middle, outer)}
