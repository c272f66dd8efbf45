"""The page on a clinic's own rows: its examples can be laid over what is shipped."""

from __future__ import annotations

import re
from pathlib import Path

from opentrd.knowledge.loader import load

PAGE = (Path(__file__).parents[2] / "docs" / "own-knowledge.md").read_text()


def test_the_examples_can_be_laid_over(tmp_path: Path) -> None:
    (tmp_path / "definitions").mkdir()
    examples = re.findall(r"as `([\w/.]+)`[^`]*```\w+\n(.*?)```", PAGE, re.DOTALL)
    for name, text in examples:
        (tmp_path / name).write_text(text)
    assert [name for name, _ in examples] == ["adequacy.csv", "name.csv", "definitions/our_two.toml"]
    known = load(tmp_path)
    assert known.local_rows == 3
    [row] = [row for row in known.adequacy.values() if row.local]
    assert (row.treatment, row.min_dose) == ("sertraline", 100)
    assert "adequacy:MGH-ATRQ/sertraline" in PAGE and known.is_local("adequacy:MGH-ATRQ/sertraline")
    assert known.by_name("sertra house 50")[0].treatment == "sertraline"
    assert known.definitions["our_two"].min_weeks == 8
