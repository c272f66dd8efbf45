"""The documentation that is made from other files."""

from pathlib import Path

import pytest

from scripts import make_docs

SPEC = '''
title = "Gaps"
about = "When two stretches are one course."

[[case]]
title = "A short gap joins"
note = "Thirty days."
settings = { gap_days = 30 }
dose_steps = """
  treatment  | start
  sertraline |
"""
expected = """
  treatment
"""
'''


def test_a_specification_becomes_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tests" / "spec" / "dose_step"
    folder.mkdir(parents=True)
    (folder / "gaps.toml").write_text(SPEC)
    monkeypatch.setattr(make_docs, "ROOT", tmp_path)
    stage, index = make_docs.rule_pages()
    assert (stage.path, index.path) == ("rules/dose_step.md", "rules/index.md")
    assert "- [Dose step](dose_step.md): 1 cases" in index.text
    assert stage.text.splitlines() == [
        "# Dose step",
        "",
        "## Gaps",
        "",
        "When two stretches are one course.",
        "",
        "### A short gap joins",
        "",
        "Thirty days.",
        "",
        "Settings: gap days: 30",
        "",
        "**Dose steps**",
        "",
        "| treatment | start |",
        "| --- | --- |",
        "| sertraline |  |",
        "",
        "**Expected**",
        "",
        "| treatment |",
        "| --- |",
        "| (none) |",
    ]


def test_links_of_the_top_pages_lead_to_pages() -> None:
    pages = {page.path: page.text for page in make_docs.top_pages()}
    assert "](safety.md)" in pages["index.md"]
    assert "](glossary.md)" in pages["contributing.md"]
    assert not any("](docs/" in text for text in pages.values())


def test_the_navigation_lists_a_folder_after_its_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules").mkdir()
    for name in ("index", "era", "trial"):
        (tmp_path / "rules" / f"{name}.md").write_text("# A page\n")
    monkeypatch.setattr(make_docs, "DOCS", tmp_path)
    config = make_docs.on_config({"nav": [{"Home": "index.md"}, {"Rules": "rules/index.md"}]})
    assert config["nav"] == [
        {"Home": "index.md"},
        {"Rules": ["rules/index.md", "rules/era.md", "rules/trial.md"]},
    ]
