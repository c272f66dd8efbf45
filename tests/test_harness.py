"""The specification harness itself: it must read what is right, refuse what is not, and be able to fail."""

from datetime import date
from pathlib import Path

import pytest

from tests.spec.harness import SpecError, assert_table, columns, load_cases, load_specs, parse_table, shown

GOOD = '''
title = "Doses"

[[case]]
title = "An unknown dose stays unknown"
note = "Never zero."
settings = { as_of = "2026-07-01" }
exposures = """
  treatment  | start      | mg
  sertraline | 2026-01-05 |
"""
expected = """
  treatment  | adequate
  sertraline | ?
"""
expected_notes = """
  note
"""
'''


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    (tmp_path / "doses.toml").write_text(GOOD)
    return tmp_path


def test_empty_cells_are_none_and_question_marks_stay() -> None:
    rows = parse_table("""
        treatment  | mg | taken
        sertraline |    | ?
                   | 50 |
    """)
    assert rows == [
        {"treatment": "sertraline", "mg": None, "taken": "?"},
        {"treatment": None, "mg": "50", "taken": None},
    ]


def test_a_header_alone_is_a_table_without_rows() -> None:
    assert parse_table("treatment | mg") == []
    assert columns("treatment | mg") == ["treatment", "mg"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not even a header"),
        ("a | | c", "without a name"),
        ("a | b | a", "twice: a, b, a"),
        ("a | b\n1 | 2\n3", "row 2 has 1 cells, the header has 2: 3"),
        ("a | b\n1 | 2 | 3", "row 1 has 3 cells"),
    ],
)
def test_a_malformed_table_is_refused(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        parse_table(text)


def test_a_case_is_read_whole(stage: Path) -> None:
    (case,) = load_cases(stage)
    assert str(case) == "doses: An unknown dose stays unknown"
    assert case.note == "Never zero."
    assert case.settings == {"as_of": "2026-07-01"}
    assert case.tables == {"exposures": [{"treatment": "sertraline", "start": "2026-01-05", "mg": None}]}
    assert case.expected == {"expected": [{"treatment": "sertraline", "adequate": "?"}], "notes": []}
    assert list(case.drawn) == ["exposures", "expected", "expected_notes"]
    assert [spec.title for spec in load_specs(stage)] == ["Doses"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("sertraline | 2026-01-05 |", "sertraline | 2026-01-05"),
            r"doses.toml: case 'An.*exposures: row 1",
        ),
        (('title = "Doses"', ""), "doses.toml: title is missing"),
        (('title = "An unknown dose stays unknown"', ""), "doses.toml: case 1: title is missing"),
        (('title = "Doses"', 'titel = "Doses"\ntitle = "Doses"'), "not titel"),
        (('note = "Never zero."', "as_of = 2026-07-01"), "as_of is no table"),
        (('{ as_of = "2026-07-01" }', '"a"'), "settings are names with values"),
        (("[[case]]", "[[case"), "doses.toml: "),
        (("expected", "outcome"), "nothing is expected"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(
    stage: Path, change: tuple[str, str], message: str
) -> None:
    (stage / "doses.toml").write_text(GOOD.replace(*change))
    with pytest.raises(SpecError, match=message):
        load_cases(stage)


def test_one_title_twice_is_refused(stage: Path) -> None:
    (stage / "more.toml").write_text(GOOD)
    with pytest.raises(SpecError, match=r"more.toml: the title .* is already in .*doses.toml"):
        load_cases(stage)


def test_a_stage_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no cases here"):
        load_cases(tmp_path)
    (tmp_path / "empty.toml").write_text('title = "Empty"')
    with pytest.raises(SpecError, match=r"empty.toml: no \[\[case\]\]"):
        load_cases(tmp_path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", None),
        (True, "yes"),
        (False, "no"),
        (100.0, "100"),
        (37.5, "37.5"),
        (7, "7"),
        (date(2026, 1, 5), "2026-01-05"),
        (("cost", "adverse"), "cost, adverse"),
        ((), None),
    ],
)
def test_values_are_shown_as_tables_draw_them(value: object, text: str | None) -> None:
    assert shown(value) == text


def test_only_the_expected_columns_are_compared() -> None:
    assert_table(parse_table("mg\n100"), [{"mg": 100.0, "treatment": "sertraline"}])


def test_unknown_agrees_with_an_empty_cell_and_a_question_mark() -> None:
    for cell in ("", "?"):
        assert_table([{"mg": cell or None}], [{"mg": None}])
    with pytest.raises(AssertionError):
        assert_table([{"mg": "?"}], [{"mg": 0}])


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("mg\n100", [{"mg": 50}]),
        ("mg\n100", []),
        ("mg\n100", [{"mg": 100}, {"mg": 100}]),
        ("mg", [{"mg": 100}]),
        ("a | mg\nx | 1\ny | 2", [{"a": "y", "mg": 2}, {"a": "x", "mg": 1}]),
    ],
    ids=["another value", "a row missing", "a row too many", "none expected", "another order"],
)
def test_what_differs_fails(expected: str, actual: list[dict[str, object]]) -> None:
    with pytest.raises(AssertionError):
        assert_table(parse_table(expected), actual)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(AssertionError, match="no column mg"):
        assert_table([{"mg": None}], [{"treatment": "sertraline"}])


def test_a_difference_is_drawn_as_two_tables() -> None:
    expected = parse_table("""
        treatment  | mg
        sertraline | 100
        lithium    | 900
    """)
    with pytest.raises(AssertionError) as failure:
        assert_table(
            expected, [{"treatment": "sertraline", "mg": 100}, {"treatment": "lithium", "mg": 600}], "doses"
        )
    assert str(failure.value).splitlines() == [
        "doses",
        "expected",
        "  treatment  | mg",
        "  sertraline | 100",
        "> lithium    | 900",
        "found",
        "  treatment  | mg",
        "  sertraline | 100",
        "> lithium    | 600",
    ]
