"""The table of ratios, and its place in the page."""

from __future__ import annotations

from pathlib import Path

from bench.peers.table import Row, figure, markdown, text
from bench.population import BEGIN, END, put

ROWS = [Row("the floor", "2.00 s", 1, "itself", ""), Row("not run", "", None, "a peer", "at least 1,000")]


def test_figures_are_short() -> None:
    assert [figure(x) for x in (1, 0.1834, 14.96, 99.96, 1234.5)] == ["1", "0.183", "15", "100", "1,234"]


def test_rows_stand_in_columns_and_notes_below() -> None:
    assert text(ROWS, ["a note"]).splitlines() == [
        "what       measured  ratio  beside  aim",
        "the floor  2.00 s    1      itself",
        "not run                     a peer  at least 1,000",
        "a note",
    ]


def test_a_page_keeps_all_but_the_old_table(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    put(page, markdown(ROWS[:1], ["a note"]))
    table = "| what | measured | ratio | beside | aim |\n| --- | --- | ---: | --- | --- |\n"
    row = "| the floor | 2.00 s | 1 | itself |  |\n\n- a note\n"
    assert page.read_text() == f"before\n{BEGIN}\n{table}{row}{END}\nafter\n"
