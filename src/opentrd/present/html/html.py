"""Fills ``report.html.j2``. Escaping is always on: texts of the record are not trusted."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from markupsafe import Markup

from opentrd.kleene import Tri, to_bool
from opentrd.present.answer import answer, asked, current_status, headline_settled, merged, to_bring
from opentrd.present.citations import Citation
from opentrd.present.html.basis import Basis, Said
from opentrd.present.html.glossary import Glossary
from opentrd.present.html.review import find_help, gather
from opentrd.present.html.sentences import Sentences
from opentrd.present.safety import alarming, help_line, statements
from opentrd.present.terminal import score_text, verdict_groups, verdict_reason
from opentrd.present.timeline import NARROW, WIDE, svg
from opentrd.present.unused import unused_text
from opentrd.present.view import TrialView, trial_views
from opentrd.present.who import called
from opentrd.present.words.formats import clean
from opentrd.rules.model import Judgement, Staging, Status
from opentrd.version import __version__

if TYPE_CHECKING:
    from jinja2 import Template

    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

_FOLDER: Final = Path(__file__).parent
#: How many suggested steps are shown in full to a person, and named beside the answer to a clinician.
_FIRST: Final = 4


class TrialBlock(msgspec.Struct, kw_only=True):
    """A trial with its reasons."""

    view: TrialView
    why: list[Said]


class JudgedTrial(msgspec.Struct, kw_only=True):
    """A trial as a definition sees it; ``number`` is its place in the list of reasons."""

    name: str
    counts: str
    parts: list[tuple[str, str]]
    number: int


class Verdict(msgspec.Struct, kw_only=True):
    """A definition with all that its verdict rests on."""

    status: Status
    name: str
    short: str
    count: str
    first_met: str
    assumptions: str
    why: list[Said]
    opened: list[Said]
    trials: list[JudgedTrial]
    citation: Citation
    note: str


class VerdictGroup(msgspec.Struct, kw_only=True):
    """The definitions of one verdict; ``others`` are not counted in the summary."""

    verdict: str
    title: str
    headline: list[Verdict]
    others: list[Verdict]


class StagingBlock(msgspec.Struct, kw_only=True):
    """A staging model with its items."""

    name: str
    score: str
    items: list[tuple[str, str, list[Said]]]
    why: list[Said]
    citation: Citation


def report(a: Assessment, words: Words) -> str:
    """Return the report of an assessment as one HTML file."""
    return _template("report.html.j2").render(page_context(a, words))


def page_context(a: Assessment, words: Words) -> dict[str, Any]:
    """Return what ``report.html.j2`` shows of an assessment, for it and for templates that extend it."""
    return _Page(a, words).context()


def index(rows: list[tuple[str, str, str, str]], words: Words) -> str:
    """Return a page that lists reports: file, person, story, answer."""
    return _template("index.html.j2").render(rows=rows, t=words.text, css=_css(), words=words)


@cache
def _template(name: str) -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


@cache
def _css() -> Markup:
    return Markup((_FOLDER / "report.css").read_text(encoding="utf-8"))  # noqa: S704 (our own file)


class _Page:
    """Gathers what the template shows of one assessment."""

    def __init__(self, a: Assessment, words: Words) -> None:
        self.a = a
        self.words = words
        self._basis = Basis(words)
        self._numbers: dict[tuple[object, ...], int] = {}
        self._questions = {question.id: n for n, question in enumerate(asked(a), 1)}
        self._reasons: list[tuple[int, str, list[Said]]] = []

    def context(self) -> dict[str, Any]:
        a, words = self.a, self.words
        found = answer(a, words)
        views = trial_views(a, words)
        clinician = words.audience == "clinician"
        glossary = Glossary(words, active=not clinician)
        verdicts = self.verdicts() if clinician and a.judged.applicable is None else []
        return {
            "t": words.text,
            "words": words,
            "css": _css(),
            "version": __version__,
            "clinician": clinician,
            "a": a,
            "person": called(a, words),
            "top_safety": alarming(a.safety),
            "findings": [self._basis.said(statement) for statement in statements(a)],
            "help": find_help(a, words),
            "help_line": help_line(a.settings.region, words),
            "review": gather(a, words, self._basis),
            "first": _FIRST,
            "basis": self._basis,
            "glossary": glossary,
            "mark": glossary.mark,
            "sentences": Sentences(words, self._basis, glossary.mark),
            "answer": found,
            "answer_basis": self._basis.said(found.basis),
            "assumptions": self._basis.all_said(found.assumptions) if found.verdicts else [],
            "bring": self._basis.all_said(to_bring(found)),
            "wide": Markup(svg(a, words, WIDE)),  # noqa: S704 (made by Vega, which escapes texts)
            "narrow": Markup(svg(a, words, NARROW)),  # noqa: S704
            "picture": self.picture(views),
            "trials": [TrialBlock(view=view, why=self.trial_why(view)) for view in views],
            "groups": verdicts,
            "others": sum(len(group.others) for group in verdicts),
            "reasons": self._reasons,
            "staging": [self.staging(row) for row in found.staging] if clinician and verdicts else [],
            "episodes": [self._basis.all_said(episode.why) for episode in a.judged.episodes],
            "questions": [
                (n, question.id, self._basis.said(question.text), headline_settled(question, words))
                for n, question in enumerate(asked(a), 1)
            ],
            "unused": self.unused(),
            "set_aside": self._basis.all_said(a.judged.set_aside),
            "instrument": words.write("instrument", a.settings.instrument),
        }

    def picture(self, views: list[TrialView]) -> str:
        """Return the words that stand for the picture."""
        from opentrd.present.timeline import describe

        return describe(views, self.words)

    def trial_why(self, view: TrialView) -> list[Said]:
        """Return the reasons of a trial by the chosen instrument."""
        trial, judgement = view.trial, view.judgement
        judged = (*judgement.why, *judgement.assumptions) if judgement else ()
        return self._basis.all_said((*trial.why, *trial.era.notes, *judged, *trial.outcome.why))

    def verdicts(self) -> list[VerdictGroup]:
        """Return the verdicts in groups."""
        return [
            VerdictGroup(
                verdict=verdict,
                title=self.words.text(f"verdict.{verdict}"),
                headline=[self.verdict(row) for row in rows if row.headline],
                others=[self.verdict(row) for row in rows if not row.headline],
            )
            for verdict, rows in verdict_groups(current_status(self.a), self.words)
        ]

    def verdict(self, status: Status) -> Verdict:
        """Return a verdict with all that it rests on."""
        words = self.words
        definition = words.knowledge.definitions.get(status.definition)
        return Verdict(
            status=status,
            name=words.write("definition", status.definition),
            short=verdict_reason(status, words, self._questions),
            count=words.text(
                "page.count", certain=status.certain, possible=status.possible, needed=status.needed
            ),
            first_met="" if status.first_met is None else words.day(status.first_met),
            assumptions=" ".join(words.say(statement) for statement in merged(status.assumptions)),
            why=self._basis.all_said(status.why),
            opened=self._basis.all_said(status.opened),
            trials=[
                self.judged(judgement)
                for judgement in self.a.judged.judgements.get(status.definition, [])
                if status.episode is None or self._episode(judgement.trial) == status.episode
            ],
            citation=self._basis.cite(status.citation),
            note=words.write("definition_note", status.definition) if definition else "",
        )

    def _episode(self, trial: str) -> str | None:
        return next((t.episode for t in self.a.judged.trials if t.id == trial), None)

    def judged(self, judgement: Judgement) -> JudgedTrial:
        """Return a trial as a definition sees it; its reasons go to the list that definitions share."""
        said = (*judgement.why, *judgement.assumptions)
        key = (judgement.trial, *((statement.key, repr(statement.params)) for statement in said))
        name = self.words.write("trial", judgement.trial)
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers) + 1
            self._reasons.append((self._numbers[key], name, self._basis.all_said(said)))
        parts = ("dose", "duration", "intake", "outcome")
        values = (judgement.dose, judgement.duration, judgement.intake, judgement.outcome)
        return JudgedTrial(
            name=name,
            counts=self.tri(judgement.counts),
            parts=[
                (self.words.text(f"part.{part}"), self.tri(value))
                for part, value in zip(parts, values, strict=True)
            ],
            number=self._numbers[key],
        )

    def tri(self, value: Tri) -> str:
        """Return yes, no or can't tell."""
        return self.words.text({True: "tri.yes", False: "tri.no", None: "tri.unknown"}[to_bool(value)])

    def staging(self, row: Staging) -> StagingBlock:
        """Return a staging model's score with its items."""
        words = self.words
        return StagingBlock(
            name=words.write("model", row.model),
            score=score_text(row, words) if row.applies else words.text("stage.not"),
            items=[
                (
                    words.write("item", item.item),
                    words.text(
                        "stage.points", low=item.low, high=item.high, level=item.level_low.replace("_", " ")
                    ),
                    self._basis.all_said(item.why),
                )
                for item in row.items
            ],
            why=self._basis.all_said(row.why),
            citation=self._basis.cite(row.citation),
        )

    def unused(self) -> list[tuple[str, list[str]]]:
        """Return the lines that were not used, by reason."""
        groups: dict[str, list[str]] = {}
        for line in self.a.record.unused:
            groups.setdefault(unused_text(line.reason, line.detail, self.words), []).append(
                clean(line.source_id)
            )
        return sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
