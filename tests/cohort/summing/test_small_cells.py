"""Small cells never leak: whatever is shown, nobody can tell a count from 1 to 4 by differencing totals."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentrd.cohort.summing.small_cells import LIMIT, Cells
from tests.cohort.summing.attacker import Sum, differenced, span


class Publication:
    """Cells with their sums, kept beside the code under test so that the attacker has its own copy."""

    def __init__(self) -> None:
        self.cells = Cells()
        self.values: dict[str, int] = {}
        self.sums: list[Sum] = []
        self.unshown: set[str] = set()

    def add(self, name: str, value: int, shown: bool = True) -> str:
        self.values[name] = value
        if not shown:
            self.unshown.add(name)
        return self.cells.add(name, value, shown=shown)

    def total(self, name: str, parts: list[str]) -> str:
        self.add(name, sum(self.values[part] for part in parts))
        self.cells.total(name, parts)
        self.sums.append((name, parts))
        return name

    def attack(self) -> dict[str, int | None]:
        """Show it, attack it; fail where a small count can be told."""
        protected = self.cells.protect()
        shown = {name: protected[name] for name in self.values}
        for name, value in shown.items():
            assert value is None or value == self.values[name]
            assert value is None or not 0 < value < LIMIT
        small = [name for name, value in self.values.items() if 0 < value < LIMIT]
        told = differenced(shown, self.sums)
        for name in small:
            assert name not in told, f"{name} is {told.get(name)} by subtraction"
            low, high = span(name, shown, self.sums, self.unshown)
            assert high >= LIMIT > low, f"{name} lies in {low}..{high}"
        return shown


counts = st.lists(st.one_of(st.integers(0, 9), st.integers(0, 200)), min_size=2, max_size=6)


@given(counts)
@settings(max_examples=40, deadline=None)
def test_a_total_and_its_parts(values: list[int]) -> None:
    page = Publication()
    page.total("all", [page.add(f"part {n}", value) for n, value in enumerate(values)])
    page.attack()


@given(st.lists(counts, min_size=2, max_size=4))
@settings(max_examples=40, deadline=None)
def test_totals_of_totals(groups: list[list[int]]) -> None:
    page = Publication()
    totals = [
        page.total(f"group {g}", [page.add(f"{g}.{n}", value) for n, value in enumerate(values)])
        for g, values in enumerate(groups)
    ]
    page.total("all", totals)
    page.attack()


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_successive_steps(lost: list[int]) -> None:
    """An attrition: each step is the next and those lost between them."""
    page = Publication()
    left = page.add("step 0", 40)
    for n, value in reversed(list(enumerate(lost))):
        left = page.total(f"step {len(lost) - n}", [left, page.add(f"lost {n}", value)])
    page.attack()


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_flows_in_are_flows_out(data: st.DataObject) -> None:
    """Between two lines of treatment: rows and columns of one table both have totals."""
    page = Publication()
    size = data.draw(st.integers(2, 4))
    cell = {
        (a, b): page.add(f"{a} to {b}", data.draw(st.one_of(st.integers(0, 6), st.integers(0, 60))))
        for a in range(size)
        for b in range(size)
    }
    out = [page.total(f"from {a}", [cell[a, b] for b in range(size)]) for a in range(size)]
    page.sums.append(("all", out))
    page.add("all", sum(page.values[name] for name in out))
    page.cells.total("all", out)
    into = [page.total(f"into {b}", [cell[a, b] for a in range(size)]) for b in range(size)]
    page.cells.total("all", into)
    page.sums.append(("all", into))
    page.attack()


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_sets_and_their_intersections(data: st.DataObject) -> None:
    """An overlap: each set is the sum of the intersections it is part of, of which only some are shown."""
    page = Publication()
    sets = "abc"
    patterns = ["".join(p) for n in range(1, 4) for p in combinations(sets, n)]
    for pattern in patterns:
        value = data.draw(st.one_of(st.integers(0, 6), st.integers(0, 40)))
        page.add(pattern, value, shown=data.draw(st.booleans()))
    for name in sets:
        page.total(f"set {name}", [pattern for pattern in patterns if name in pattern])
    page.total("any", patterns)
    page.attack()


def test_a_small_part_takes_another_with_it() -> None:
    page = Publication()
    page.total("all", [page.add("a", 3), page.add("b", 60), page.add("c", 40)])
    assert page.attack() == {"a": None, "b": 60, "c": None, "all": 103}


def test_two_small_parts_do_not_protect_each_other() -> None:
    """1 and 1 of 2: whoever knows the total would know both."""
    page = Publication()
    page.total("all", [page.add("a", 1), page.add("b", 1), page.add("c", 40)])
    assert page.attack() == {"a": None, "b": None, "c": None, "all": 42}


def test_nothing_small_nothing_hidden() -> None:
    page = Publication()
    page.total("all", [page.add("a", 5), page.add("b", 0), page.add("c", 40)])
    assert page.attack() == page.values


def test_the_attacker_finds_what_is_left_open() -> None:
    """The test itself can fail: one hidden part of a shown total is told."""
    sums: list[Sum] = [("all", ["a", "b"])]
    assert differenced({"all": 10, "a": None, "b": 7}, sums) == {"a": 3}
    assert span("a", {"all": 10, "a": None, "b": 7}, sums, set()) == (3, 3)
    assert span("a", {"all": 2, "a": None, "b": None}, sums, set()) == (1, 1)


def test_a_cell_has_one_value() -> None:
    cells = Cells()
    cells.add("all", 7)
    with pytest.raises(ValueError, match="the cell all is 7 and 8"):
        cells.add("all", 8)


def test_parts_add_up() -> None:
    cells = Cells()
    with pytest.raises(ValueError, match="add up to 3, not 7"):
        cells.total(cells.add("all", 7), [cells.add("a", 3)])


def test_a_count_below_zero_is_an_error() -> None:
    with pytest.raises(ValueError, match="-1"):
        Cells().add("lost", -1)


def test_what_is_alike_is_hidden_together() -> None:
    cells = Cells()
    for name in ("one", "other"):
        cells.add(name, 30, keep=name == "one")
        parts = [cells.add(f"{name}.some", 2), cells.add(f"{name}.rest", 28, keep=name == "other")]
        cells.total(name, parts)
    for part in ("", ".some", ".rest"):
        cells.alike(f"one{part}", f"other{part}")
    cells.alike("one", "nothing there")
    shown = cells.protect()
    assert (shown["one"], shown["one.rest"]) == (shown["other"], shown["other.rest"])
    assert shown["one"] is None or shown["one.rest"] is None
