"""What the report on paper shows, in the order of the page: answer, why, what a specialist looks at, next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from opentrd.present.answer import (
    Answer,
    answer,
    asked,
    current_status,
    headline_settled,
    headline_status,
    to_bring,
)
from opentrd.present.pdf.density import Density
from opentrd.present.pdf.notes import Notes, Said
from opentrd.present.pdf.steps import Steps
from opentrd.present.review import Domain, domains, found_in, unrecorded_in
from opentrd.present.safety import alarming, contact_lines, help_line, statements
from opentrd.present.terminal import score_text, staging_line, verdict_groups, verdict_reason
from opentrd.present.view import ADEQUATE_LETTER, TrialView, trial_views
from opentrd.present.who import called
from opentrd.rules.model import Question
from opentrd.version import __version__

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

_COLUMNS: Final = ("trial", "when", "dose", "time", "adequate", "result")


class Report:
    """Gathers what the template shows of one assessment at a density."""

    def __init__(self, a: Assessment, words: Words, density: Density) -> None:
        self.a = a
        self.words = words
        self.density = density
        self.notes = Notes(words, density.brief, density.lines)
        self.clinician = words.audience == "clinician"
        self.views = trial_views(a, words)

    def data(self) -> dict[str, Any]:
        """Return all that the template shows; texts only, nothing to interpret."""
        a, words = self.a, self.words
        found = answer(a, words)
        judged = self.clinician and a.judged.applicable is None
        known = [said for said in a.background if words.tells(said)]
        made = {
            **frame(a, words),
            "size": self.density.size,
            "clinician": self.clinician,
            "person": called(a, words),
            "as_of": words.text("top.as_of", as_of=a.settings.as_of),
            "alarm": alarming(a.safety),
            "help_line": help_line(a.settings.region, words),
            "findings": self.notes.all_said(statements(a)),
            "answer": self.answer(found),
            "hope": self.notes.all_said(known[:1]),
            "picture_alt": self.picture_alt(),
            "picture_note": self.picture_note(),
            "bring": [] if self.clinician else self.notes.all_said(to_bring(found)),
            "columns": [words.text(f"column.{name}") for name in _COLUMNS],
            "trials": [self.trial(view) for view in self.shown()],
            "trials_note": self.trials_note(),
            "verdicts": self.verdicts() if judged else [],
            "staging": self.staging(found) if judged else [],
            "questions": self.questions(),
            "review": self.review(),
            "steps": Steps(a, words, self.notes, self.density).data(),
            "background": self.notes.all_said(known[1:] if self.density.background else []),
        }
        return {**made, "notes": self.notes.entries}

    def answer(self, found: Answer) -> dict[str, Any]:
        """Return what is said first, with what it rests on."""
        clinician = self.clinician and bool(found.verdicts)
        rows = [row for row in found.basis.citations if not row.startswith("definition:")]
        status = headline_status(self.a)
        return {
            "headline": found.headline,
            "marks": self.notes.marks(rows, found.basis.sources, found.basis.searched),
            "short": found.short,
            "verdicts": found.verdicts if clinician else "",
            "verdict_marks": self.notes.together(row.citation for row in status) if clinician else [],
            "next": found.next_line,
            "staging": staging_line(found.staging, self.words) if clinician else "",
            "assumed": self.notes.all_said(found.assumptions) if clinician else [],
        }

    # the trials

    def shown(self) -> list[TrialView]:
        """Return the trials of the table, the latest where there are too many."""
        return self.views[-(self.density.trials or len(self.views) or 1) :]

    def trials_note(self) -> str:
        """Say how many earlier trials the table leaves out."""
        left = len(self.views) - len(self.shown())
        return self.words.text("pdf.trials_left", n=left) if left > 0 else ""

    def trial(self, view: TrialView) -> dict[str, Any]:
        """Return a row of the table."""
        letter = ADEQUATE_LETTER[view.adequate] if view.attempt else ""
        judged = view.judgement.why if view.judgement else ()
        refs = [ref for said in (*judged, *view.trial.outcome.why) for ref in said.citations]
        return {
            "name": view.name[:1].upper() + view.name[1:],
            "role": view.role if self.clinician else "",
            "when": view.when,
            "dose": view.dose,
            "time": view.time,
            "taken": view.taken,
            "letter": letter,
            "adequate": view.adequate_text,
            "result": view.result_text,
            "tone": view.tone,
            "marks": [*self.notes.marks((), view.trial.sources), *self.notes.together(refs)],
        }

    def picture(self) -> str:
        """Return the timeline of the latest trials as SVG, in the letters of the document."""
        return picture(self.a, self.words, self.density.bars)

    def picture_alt(self) -> str:
        """Return the picture in words."""
        from opentrd.present.timeline import describe

        return describe(self.views[-self.density.bars :], self.words)

    def picture_note(self) -> str:
        """Say what the signs mean, and where the picture shows a part."""
        legend = self.words.text("page.legend")
        if len(self.views) <= self.density.bars:
            return legend
        part = self.words.text("pdf.picture_part", n=self.density.bars, all=len(self.views))
        return f"{part} {legend}"

    # the definitions

    def verdicts(self) -> list[dict[str, Any]]:
        """Return the definitions that summaries count, by verdict."""
        numbers = {question.id: n for n, question in enumerate(asked(self.a), 1)}
        return [
            {
                "title": f"{self.words.text(f'verdict.{verdict}')} ({len(rows)})",
                "names": [
                    {
                        "text": self.words.text(
                            "verdict.named",
                            name=self.words.write("definition", row.definition),
                            why=verdict_reason(row, self.words, numbers) or None,
                        ),
                        "marks": self.notes.marks((row.citation,)),
                    }
                    for row in rows
                ],
            }
            for verdict, found in verdict_groups(current_status(self.a), self.words)
            if (rows := [row for row in found if row.headline])
        ]

    def staging(self, found: Answer) -> list[dict[str, Any]]:
        """Return the staging models with their points, or why one does not apply."""
        words = self.words
        rows = []
        for row in found.staging:
            points = [
                words.text("stage.item", item=item.item, low=item.low, high=item.high)
                for item in row.items
                if item.low or item.high
            ]
            rows.append(
                {
                    "name": score_text(row, words) if row.applies else words.write("model", row.model),
                    "text": " · ".join(points) if row.applies else " ".join(map(words.say, row.why)),
                    "marks": self.notes.marks((row.citation,)),
                }
            )
        return rows

    def questions(self) -> list[Said]:
        """Return the open questions in their order."""
        shown = [q for q in asked(self.a) if headline_settled(q, self.words)]
        limit = int(self.words.knowledge.conventions["questions_at_once"].value)
        return [self.question(question) for question in shown[:limit]]

    def question(self, question: Question) -> Said:
        """Return a question with what it rests on and the definitions that it could settle."""
        said = self.notes.said(question.text)
        settles = self.notes.together(f"definition:{name}" for name in question.settles)
        return {**said, "marks": [*said["marks"], *settles]}

    # what a specialist looks at

    def review(self) -> list[dict[str, Any]]:
        """Return each domain: what was found in sentences, what is not written down by name.

        A person reads of what is not written down in one line.
        """
        rows = []
        silent: list[Domain] = []
        for domain in domains(self.a, self.words):
            found = self.notes.all_said(found_in(domain))
            unrecorded = unrecorded_in(domain)
            if unrecorded and not self.clinician:
                silent.append(domain)
            if found or (unrecorded and self.clinician):
                names = dict.fromkeys(self.words.write("check", line.check) for line in unrecorded)
                ask = ", ".join(names) if self.clinician else ""
                marks = self.notes.together(line.citation for line in unrecorded) if ask else []
                rows.append({"title": domain.title, "present": found, "ask": ask, "ask_marks": marks})
        return rows + ([self.silent(silent)] if silent else [])

    def silent(self, found: list[Domain]) -> dict[str, Any]:
        """Return in one line of which domains a record tells too little."""
        refs = [line.citation for domain in found for line in unrecorded_in(domain)]
        titles = " · ".join(domain.title for domain in found)
        present = [{"text": titles, "marks": self.notes.together(refs)}]
        return {"title": self.words.text("pdf.silent"), "present": present, "ask": "", "ask_marks": []}


def picture(a: Assessment, words: Words, bars: int) -> str:
    """Return the timeline of the latest trials as SVG, in the letters of the document."""
    from opentrd.present.timeline import svg

    latest = sorted(a.judged.trials, key=lambda trial: (trial.start, trial.id))[-bars:]
    part = msgspec.structs.replace(a, judged=msgspec.structs.replace(a.judged, trials=latest))
    return svg(part, words).replace("currentColor", INK)


#: The colour of the letters.
INK: Final = "#1b1f22"


def frame(a: Assessment, words: Words) -> dict[str, Any]:
    """Return what every document has: its language and title, headings, help and settings in the foot."""
    contacts = contact_lines(a.settings.region, words)
    return {
        "language": words.language,
        "title": words.text("top.title"),
        "contacts": contacts,
        "general": words.text("safety.general"),
        "help_first": words.text("safety.small") if words.audience == "patient" else "",
        "help": f"{words.text('page.help')} {' · '.join(contacts)}",
        "disclaimer": words.text("page.disclaimer"),
        "settings": words.text(
            "page.settings",
            as_of=a.settings.as_of,
            instrument=words.write("instrument", a.settings.instrument),
            version=__version__,
            knowledge=a.knowledge.version,
            local_rows=a.knowledge.local_rows or None,
        ),
        "t": headings(words),
    }


def headings(words: Words) -> dict[str, str]:
    """Return the headings and short words of the templates."""
    return {
        "safety": words.text("safety.top"),
        "assumed": words.text("page.assumed"),
        "timeline": words.text("page.timeline"),
        "trials": words.text("page.trials"),
        "bring": words.text("bring.title"),
        "verdicts": words.text("page.verdicts"),
        "staging": words.text("page.staging"),
        "questions": words.text("questions.title"),
        "review": words.text("pdf.review"),
        "ask": words.text("pdf.ask"),
        "now": words.text("pdf.now"),
        "steps": words.text("pdf.steps"),
        "steps_note": words.text("pdf.steps_note"),
        "first": words.text("pdf.first"),
        "first_card": words.text("pdf.first_card"),
        "yourself": words.text("pdf.yourself"),
        "help": words.text("pdf.help"),
        "background": words.text("pdf.background"),
        "notes": words.text("pdf.notes"),
        "page": words.text("pdf.page", page="@1", pages="@2"),
    }
