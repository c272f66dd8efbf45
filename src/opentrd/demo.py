"""``opentrd demo``: assess the bundled sample persons, show one, leave all their reports in a folder."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from opentrd.assessing import assess
from opentrd.present.answer import answer
from opentrd.present.console import console
from opentrd.present.files import file_name
from opentrd.present.html import index, report
from opentrd.present.terminal import show
from opentrd.records.read import read

if TYPE_CHECKING:
    from opentrd.present.words import Words

SAMPLES: Final = Path(__file__).parent / "samples"


def samples() -> list[dict[str, Any]]:
    """Return the list of the sample persons: id, file, name, story, day, what should be said of them."""
    found = tomllib.loads((SAMPLES / "index.toml").read_text(encoding="utf-8"))
    return list(found["sample"])


def run(folder: Path, words: Words) -> None:
    """Assess the samples with a line each, show the first, write all reports and a page that lists them."""
    out = console()
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[str, str, str, str]] = []
    names: dict[str, int] = {}
    first = None
    listed = samples()
    for number, sample in enumerate(listed, 1):
        day: date = sample["as_of"]
        for record in read(SAMPLES / sample["file"], words.knowledge):
            found = assess(record, as_of=day, knowledge=words.knowledge, language=words.language)
            said = answer(found, words)
            path = folder / f"{file_name(sample['id'], names)}.html"
            path.write_text(report(found, words), encoding="utf-8")
            rows.append(
                (path.name, sample["name"], sample["story"], " ".join((said.headline, said.verdicts)))
            )
            line = Text(f"{number:2}/{len(listed)} ", style="dim")
            line.append(f"{sample['name']}  ", style="bold")
            line.append(sample["story"])
            line.truncate(out.width, overflow="ellipsis")
            out.print(line)
            first = first or found
    (folder / "index.html").write_text(index(rows, words), encoding="utf-8")
    if first is not None:
        out.rule(style="dim")
        show(first, words, out)
        out.rule(style="dim")
    out.print(
        Text(words.text("demo.reports", n=len(rows), folder=str(folder), index=str(folder / "index.html")))
    )
