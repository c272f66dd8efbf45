"""Writes the pages of the documentation that are made from other files of the project.

Rules are documented by their own specifications, decisions by their files, and the pages at the top of the
repository by themselves: nothing is written twice. Each function of ``GENERATORS`` yields pages; to add some,
write such a function and name it there. ``make docs`` runs this, and MkDocs calls ``on_config`` to list the
pages of a folder after the folder's own index.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.knowledge_pages import knowledge_pages
from tests.spec.harness import Case, columns, load_specs, parse_table

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Page:
    """A page of the documentation: where it goes below ``docs``, and its Markdown."""

    path: str
    text: str


# The pages at the top of the repository

TOP_PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "GLOSSARY.md": "glossary.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}


def top_pages() -> Iterator[Page]:
    """Bring the pages of the repository's top into the documentation, with their links set right."""
    for name, path in TOP_PAGES.items():
        text = (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
        for other, target in TOP_PAGES.items():
            text = text.replace(f"]({other}", f"]({target}")
        yield Page(path, text)


# The decisions


def decision_pages() -> Iterator[Page]:
    """List the decisions by number."""
    links = [
        f"- [{_heading(path)}]({path.name})"
        for path in sorted((DOCS / "decisions").glob("*.md"))
        if path.name != "index.md"
    ]
    yield Page("decisions/index.md", _lines("# Decisions", "", "What was decided, and why.", "", *links))


def _heading(path: Path) -> str:
    return path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").strip()


# The rules, from their specifications


def rule_pages() -> Iterator[Page]:
    """Print every stage's specified cases as tables."""
    links = []
    for folder in sorted(path for path in (ROOT / "tests" / "spec").iterdir() if any(path.glob("*.toml"))):
        specs = load_specs(folder)
        count = sum(len(spec.cases) for spec in specs)
        title = folder.name.replace("_", " ").capitalize()
        links.append(f"- [{title}]({folder.name}.md): {count} cases")
        lines = [f"# {title}", ""]
        for spec in specs:
            lines += [f"## {spec.title}", ""]
            lines += [spec.about.strip(), ""] if spec.about else []
            lines += [line for case in spec.cases for line in _case_lines(case)]
        yield Page(f"rules/{folder.name}.md", _lines(*lines))
    about = (
        "Each rule is shown by cases: the rows that go in and the rows that come out. The same tables are "
        "run as tests. An empty cell is something the record does not say; `?` is a judgement that cannot "
        "be made."
    )
    yield Page("rules/index.md", _lines("# Rules", "", about, "", *links))


def _case_lines(case: Case) -> Iterator[str]:
    yield from (f"### {case.title}", "")
    if case.note:
        yield from (case.note.strip(), "")
    if case.settings:
        settings = "; ".join(f"{_words(name)}: {_setting(value)}" for name, value in case.settings.items())
        yield from (f"Settings: {settings}", "")
    for name, text in case.drawn.items():
        yield from (f"**{_words(name).capitalize()}**", "", *markdown_table(text), "")


def markdown_table(drawn: str) -> list[str]:
    """Return a drawn table as the lines of a Markdown table."""
    names = columns(drawn)
    rows = [[row[name] or "" for name in names] for row in parse_table(drawn)]
    lines = [
        [_words(name) for name in names],
        ["---"] * len(names),
        *(rows or [["(none)"] + [""] * (len(names) - 1)]),
    ]
    return [f"| {' | '.join(line)} |" for line in lines]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _setting(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


# The knowledge, from its tables


def table_pages() -> Iterator[Page]:
    """Print the knowledge tables, the definitions and the staging models with their sources."""
    for path, text in knowledge_pages():
        yield Page(path, text)


# Writing

GENERATORS: tuple[Callable[[], Iterator[Page]], ...] = (top_pages, decision_pages, rule_pages, table_pages)


def write_pages() -> int:
    """Write all pages, leaving alone what is already right; return how many there are."""
    pages = [page for generator in GENERATORS for page in generator()]
    for page in pages:
        path = DOCS / page.path
        if not path.exists() or path.read_text(encoding="utf-8") != page.text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page.text, encoding="utf-8")
    return len(pages)


def on_config(config: Any) -> Any:
    """List in the navigation, after a folder's index, the other pages of the folder (called by MkDocs)."""
    config["nav"] = [{name: _with_folder(target)} for item in config["nav"] for name, target in item.items()]
    return config


def _with_folder(target: str) -> str | list[str]:
    if not re.search(r"/index\.md$", target):
        return target
    folder = (DOCS / target).parent
    others = sorted(path.name for path in folder.glob("*.md") if path.name != "index.md")
    return [target, *(f"{folder.name}/{name}" for name in others)]


def _lines(*lines: str) -> str:
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    print(f"docs: wrote {write_pages()} pages")
