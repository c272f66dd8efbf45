"""``opentrd.assess``: the one public entry. A record goes in, an assessment comes out.

The command line, the pages, CDS Hooks and the population run all call it; nothing in it reads files, clocks
or the environment. What an assessment looks like is made by ``opentrd.present``, when somebody looks.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from opentrd.records.model import Record
from opentrd.rules.model import Judged, SafetyFinding, Settings

if TYPE_CHECKING:
    import altair
    import pandas as pd

    from opentrd.knowledge.loader import Knowledge
    from opentrd.review.context import ReviewContext
    from opentrd.review.model import Caution, Option, ReviewLine
    from opentrd.statement import Statement


class Assessment(msgspec.Struct, kw_only=True, dict=True):
    """One person's assessment: the record, what the rules say of it, safety, and the settings of the run."""

    record: Record
    settings: Settings
    judged: Judged
    safety: list[SafetyFinding]
    knowledge: Knowledge

    @cached_property
    def context(self) -> ReviewContext:
        """What the review and the options look up of the person."""
        from opentrd.assessing import rule_book
        from opentrd.review.context import ReviewContext

        return ReviewContext(
            self.record,
            self.judged,
            rule_book(self.knowledge),
            self.knowledge,
            self.settings.as_of,
            self.settings.region,
            dict(self.settings.preferences),
        )

    @cached_property
    def review(self) -> list[ReviewLine]:
        """What a specialist looks at, a line each; made when somebody asks."""
        from opentrd.review.checklist import review

        return review(self.context)

    @cached_property
    def options(self) -> list[Option]:
        """The next steps to weigh, in their order; made when somebody asks."""
        from opentrd.review.cautions import find_cautions
        from opentrd.review.options import options

        return options(self.context, find_cautions, self.review, self.safety)

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """What asks for care with what is taken now; made when somebody asks."""
        from opentrd.review.cautions import current_cautions, merged

        return merged(current_cautions(self.context))

    @cached_property
    def background(self) -> tuple[Statement, ...]:
        """What is known of many people, and what gives hope in this person's place."""
        from opentrd.review.background import background

        return background(self.context)

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
