"""Writes the picture of the README: what ``opentrd assess`` shows of a sample person."""

import io
import re
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.text import Text

from opentrd import assess, read
from opentrd.knowledge.loader import load
from opentrd.present.terminal import render
from opentrd.present.words import Words

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "src" / "opentrd" / "samples" / "two-failures.json"
PICTURE = ROOT / "docs" / "images" / "assess.svg"
AS_OF = date(2026, 7, 1)
WIDTH = 100
LINES = 34


def main() -> None:
    """Render the sample and keep the first lines: the answer, the timeline, the trials."""
    knowledge = load()
    assessment = assess(read(SAMPLE).one(), as_of=AS_OF, region="us", knowledge=knowledge)
    console = Console(
        file=io.StringIO(), record=True, width=WIDTH, force_terminal=True, color_system="truecolor"
    )
    with console.capture() as whole:
        console.print(render(assessment, Words("en", "clinician", knowledge), WIDTH))

    shown = Text.from_ansi("\n".join(whole.get().splitlines()[:LINES]))
    picture = Console(file=io.StringIO(), record=True, width=WIDTH)
    picture.print(shown)
    svg = picture.export_svg(title="opentrd assess", unique_id="opentrd")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!-- Generated with Rich .*? -->\s*", "", svg)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
