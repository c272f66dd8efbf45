"""``opentrd.assess``: the one public entry. A record goes in, an assessment comes out.

The command line, the pages, CDS Hooks and the population run all call it; nothing in it reads files, clocks
or the environment. What an assessment looks like is made by ``opentrd.present``, when somebody looks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from opentrd.records.model import Record
from opentrd.rules.model import Judged, SafetyFinding, Settings

if TYPE_CHECKING:
    import altair
    import pandas as pd


class Assessment(msgspec.Struct, kw_only=True):
    """One person's assessment: the record, what the rules say of it, safety, and the settings of the run."""

    record: Record
    settings: Settings
    judged: Judged
    safety: list[SafetyFinding]
    knowledge_version: str
    local_rows: int

    def to_json(self, texts: bool = True) -> str:
        """Return the JSON of the contract; ``texts`` false leaves the words out."""
        from opentrd.present.json import to_json
        from opentrd.present.words import default_words

        return to_json(self, default_words(self), texts).decode()

    def report(self, path: str | Path) -> Path:
        """Write the report, one self-contained HTML file, and return where it is."""
        from opentrd.present.html import report
        from opentrd.present.words import default_words

        written = Path(path)
        written.write_text(report(self, default_words(self)), encoding="utf-8")
        return written

    def timeline(self) -> altair.VConcatChart:
        """Return the timeline as an Altair chart."""
        from opentrd.present.timeline import timeline_chart
        from opentrd.present.words import default_words

        return timeline_chart(self, default_words(self))

    @property
    def trials(self) -> pd.DataFrame:
        """The trials, one a row."""
        return _frame(self, "trials")

    @property
    def episodes(self) -> pd.DataFrame:
        """The episodes, one a row."""
        return _frame(self, "episodes")

    @property
    def scores(self) -> pd.DataFrame:
        """The scores, one a row."""
        return _frame(self, "scores")

    @property
    def judgements(self) -> pd.DataFrame:
        """Each trial under each definition."""
        return _frame(self, "judgements")

    @property
    def status(self) -> pd.DataFrame:
        """The verdicts, one a row."""
        return _frame(self, "status")

    @property
    def staging(self) -> pd.DataFrame:
        """The staging scores, one a row."""
        return _frame(self, "staging")

    @property
    def questions(self) -> pd.DataFrame:
        """The facts that would settle something, one a row."""
        return _frame(self, "questions")

    def __repr__(self) -> str:
        from opentrd.present.short import one_line

        return one_line(self)

    def __str__(self) -> str:
        from opentrd.present.short import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from opentrd.present.short import framed

        return framed(self)


def _frame(assessment: Assessment, table: str) -> pd.DataFrame:
    from opentrd.present.frames import frame

    return frame(assessment, table)
