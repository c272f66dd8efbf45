"""The draft of a letter of referral, filled from the record: nothing is invented, what is unknown says so.

The letter is data first, as every output: parts of sentences with their record lines and rows of knowledge.
``letter_text`` and ``present.pdf`` set the same parts. A clinician checks, completes and signs it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opentrd.kleene import UNKNOWN, YES
from opentrd.present.answer import (
    Answer,
    answer,
    asked,
    current_status,
    headline_settled,
    headline_status,
)
from opentrd.present.review import Card, by_fit, cards, cares, domains, found_in, held, unrecorded_in
from opentrd.present.safety import alarming
from opentrd.present.terminal import staging_line, verdict_groups
from opentrd.present.terminal_review import named
from opentrd.present.view import TrialView, result_text, trial_views
from opentrd.present.words.formats import clean
from opentrd.records.model import Observation, Score
from opentrd.review.taking import Taking
from opentrd.statement import Param, Statement
from opentrd.version import __version__

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

COLUMNS: Final = ("trial", "when", "dose", "time", "taken", "adequate", "result", "stopped")
#: The option that this letter already takes.
_REFERRAL: Final = "refer"
#: What the table of treatments says already.
_IN_TABLE: Final = ("response",)
_BLANKS: Final = ("signature", "name", "place", "contact", "date")


class Line(msgspec.Struct, kw_only=True):
    """A sentence of the letter with its record lines and rows of knowledge; ``label`` stands before it."""

    text: str
    label: str = ""
    sources: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()


class Part(msgspec.Struct, kw_only=True):
    """A part of the letter: sentences, and for the treatments the rows of their table."""

    title: str
    lines: list[Line]
    rows: list[tuple[str, ...]] = []
    row_sources: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The record lines behind the part."""
        found = [source for line in self.lines for source in line.sources]
        return tuple(dict.fromkeys((*self.row_sources, *found)))

    @property
    def citations(self) -> tuple[str, ...]:
        """The rows of knowledge behind the part."""
        return tuple(dict.fromkeys(ref for line in self.lines for ref in line.citations))


class Letter(msgspec.Struct, kw_only=True):
    """The letter; ``blanks`` are labels of what the clinician fills in, ``basis`` what each part rests on."""

    title: str
    draft: str
    address: list[str]
    about: list[tuple[str, str]]
    greeting: str
    columns: list[str]
    parts: list[Part]
    closing: str
    blanks: list[str]
    consent: str
    basis_title: str
    basis: list[tuple[str, str]]

    def data(self) -> dict[str, Any]:
        """Return the letter as plain values, for a template."""
        made: dict[str, Any] = msgspec.to_builtins(self)
        parts = [
            {"title": part.title, "rows": part.rows, "said": by_label(part.lines)} for part in self.parts
        ]
        return {**made, "parts": parts}


def letter(a: Assessment, words: Words) -> Letter:
    """Return the draft of the letter."""
    parts = [part for part in _Writer(a, words).parts() if part.lines or part.rows]
    return Letter(
        title=words.text("letter.title"),
        draft=words.text(
            "letter.draft",
            as_of=a.settings.as_of,
            version=__version__,
            knowledge=a.knowledge.version,
            used=len(a.record.used),
            read=a.record.read,
        ),
        address=[words.text("letter.to"), words.text("letter.from")],
        about=_about(a, words),
        greeting=words.text("letter.greeting"),
        columns=[words.text(f"letter.column.{name}") for name in COLUMNS],
        parts=parts,
        closing=words.text("letter.closing"),
        blanks=[words.text(f"letter.blank.{name}") for name in _BLANKS],
        consent=words.text("letter.consent"),
        basis_title=words.text("letter.basis"),
        basis=_Basis(parts, words).rows,
    )


def _about(a: Assessment, words: Words) -> list[tuple[str, str]]:
    """Return who the letter is about; what the record lacks is said to be unknown."""
    person = a.record.person
    unknown = words.text("letter.unknown")
    born = unknown
    if person.birth_earliest is not None or person.birth_latest is not None:
        born = words.write("date", person.birth_earliest, person.birth_latest)
    values = {
        "name": clean(person.name) if person.name else unknown,
        "born": born,
        "sex": words.write("letter_sex", person.sex) if person.sex else unknown,
        "record": unknown if person.person_id == person.name else clean(person.person_id),
    }
    return [(words.text(f"letter.about.{name}"), value) for name, value in values.items()]


class _Basis:
    """Numbers record lines, each once, and says which of them and which rows a part rests on."""

    def __init__(self, parts: list[Part], words: Words) -> None:
        self._words = words
        lines = dict.fromkeys(source for part in parts for source in part.sources)
        self._numbers = {source: number for number, source in enumerate(lines, 1)}
        self.rows = [(part.title, self._of(part)) for part in parts if part.sources or part.citations]
        if lines:
            listed = " · ".join(f"{number} {clean(source)}" for source, number in self._numbers.items())
            self.rows.append((words.text("letter.lines"), listed))

    def _of(self, part: Part) -> str:
        said = []
        if part.sources:
            numbers = spans([self._numbers[source] for source in part.sources])
            said.append(self._words.text("letter.basis_lines", numbers=numbers))
        tables: dict[str, list[str]] = {}
        for ref in part.citations:
            table, _, key = clean(ref).partition(":")
            tables.setdefault(table, []).append(key)
        said += [
            self._words.text("letter.basis_rows", table=table, keys=", ".join(keys))
            for table, keys in tables.items()
        ]
        return "; ".join(said)


def spans(numbers: Iterable[int]) -> str:
    """Return numbers with neighbours as spans: ``1-3, 7``."""
    made: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if made and made[-1][1] == number - 1:
            made[-1] = (made[-1][0], number)
        else:
            made.append((number, number))
    return ", ".join(str(low) if low == high else f"{low}\u2013{high}" for low, high in made)


class _Writer:
    """Writes the parts of one letter."""

    def __init__(self, a: Assessment, words: Words) -> None:
        self.a = a
        self.words = words

    def parts(self) -> Iterable[Part]:
        """Return the parts in their order."""
        safety = self.part("safety", self.safety())
        alarm = alarming(self.a.safety)
        if alarm:
            yield safety
        yield self.part("reason", self.reason(answer(self.a, self.words)))
        yield self.treatments()
        yield self.part("present", self.present())
        if not alarm:
            yield safety
        yield self.part("findings", self.findings())
        yield self.part("open", self.open())
        yield self.part("asked", self.asked_of_the_specialist())

    def part(self, name: str, lines: Iterable[Line]) -> Part:
        return Part(title=self.words.text(f"letter.part.{name}"), lines=list(lines))

    def line(self, said: Statement, label: str = "") -> Line:
        return Line(
            text=self.words.say(said),
            label=label,
            sources=said.sources,
            citations=said.citations,
            searched=said.searched,
        )

    # the parts

    def reason(self, found: Answer) -> Iterable[Line]:
        """Say the answer, how many definitions say so and which, the staging, what was assumed."""
        trials = found.failed or found.possible
        sources = tuple(dict.fromkeys(source for trial in trials for source in trial.sources))
        status = headline_status(self.a)
        refs = tuple(row.citation for row in status)
        yield Line(
            text=" ".join(filter(None, (found.headline, found.short))), sources=sources, citations=refs
        )
        if not found.verdicts:
            return
        yield Line(text=found.verdicts, citations=refs)
        for verdict, rows in verdict_groups(current_status(self.a), self.words):
            names = [self.words.write("definition", row.definition) for row in rows if row.headline]
            if names and (verdict != "not_met" or found.counts["met"]):
                label = f"{self.words.text(f'verdict.{verdict}')} ({len(names)})"
                yield Line(text="; ".join(names), label=label, citations=refs)
        stages = staging_line(found.staging, self.words)
        if stages:
            models = tuple(row.citation for row in found.staging)
            yield Line(text=stages, label=self.words.text("column.staging"), citations=models)
        for said in found.assumptions:
            yield self.line(said, self.words.text("letter.assumed"))

    def treatments(self) -> Part:
        """Return the table of what was tried."""
        views = trial_views(self.a, self.words)
        lines = [] if views else [self.line(Statement("letter.no_trials", {}, (), (), ("exposure",)))]
        return Part(
            title=self.words.text("letter.part.treatments"),
            lines=lines,
            rows=[self.row(view) for view in views],
            row_sources=tuple(dict.fromkeys(source for view in views for source in view.trial.sources)),
        )

    def row(self, view: TrialView) -> tuple[str, ...]:
        """Return a treatment: what, when, dose, time, taken, adequate, what it did, why stopped."""
        words, unknown = self.words, self.words.text("letter.unknown")
        kept = msgspec.structs.replace(view.trial, stopped_for=())
        stopped = words.text("letter.goes_on") if view.running else unknown
        if view.trial.stopped_for:
            stopped = words.write("stop_reason", view.trial.stopped_for)
        name = view.name[:1].upper() + view.name[1:]
        return (
            words.text("letter.trial", name=name, role=None if view.trial.role == "first" else view.role),
            view.when,
            view.dose or unknown,
            view.time,
            view.taken or unknown,
            view.adequate_text,
            result_text(kept, view.outcome, words),
            stopped,
        )

    def present(self) -> Iterable[Line]:
        """Say what is taken now, or may be, and what asks for care with it."""
        current = self.a.context.current
        for taking in current:
            yield self.line(self.taken(taking))
        if not current:
            yield self.line(Statement("letter.nothing_now", {}, (), (), ("exposure",)))
        for care, said in held(cares(self.a.cautions, self.words)):
            yield self.line(said, care.mark)

    def taken(self, taking: Taking) -> Statement:
        """Return what is taken, from when, at which dose, and whether that is certain."""
        known = taking.dose_low is not None or taking.dose_high is not None
        return Statement(
            "letter.taken_perhaps" if taking.now == UNKNOWN else "letter.taken",
            {
                "treatment": taking.name,
                "low": taking.dose_low,
                "high": taking.dose_high,
                "unit": self.words.write("unit", taking.dose_unit) if taking.dose_unit else None,
                "unknown_dose": None
                if known or taking.kind not in ("medicine", "comedication")
                else "unknown",
                "since": taking.first,
            },
            taking.sources,
        )

    def safety(self) -> Iterable[Line]:
        """Say each finding with its day, or that none is recorded."""
        for finding in self.a.safety:
            yield self.line(finding.statement)
        if not self.a.safety:
            yield self.line(Statement("letter.safety_none", {}, (), (), ("score", "condition")))

    def findings(self) -> Iterable[Line]:
        """Say the latest scores, allergies, and what the review found, by domain."""
        for score in self.latest_scores():
            params: dict[str, Param] = {"scale": score.scale, "value": score.value, "low": score.day_earliest}
            params["high"] = score.day_latest
            said = Statement("letter.score", params, score.source_ids, (f"scale:{score.scale}",))
            yield self.line(said, self.words.text("letter.scores"))
        yield self.allergies()
        for domain in domains(self.a, self.words):
            if domain.domain not in _IN_TABLE:
                for said in found_in(domain):
                    yield self.line(said, domain.title)

    def latest_scores(self) -> list[Score]:
        """Return the latest score of each scale."""
        latest: dict[str, Score] = {}
        for score in sorted(self.a.record.scores, key=lambda s: (s.day_latest, s.source_ids)):
            if score.value is not None and score.scale in self.words.knowledge.scales:
                latest[score.scale] = score
        return list(latest.values())

    def allergies(self) -> Line:
        """Name what the person does not bear, or say that nothing is recorded on it."""
        rows = [row for row in self.a.record.observations if row.kind == "allergy"]
        borne = [row for row in rows if row.negated != YES]
        names = dict.fromkeys(name for row in borne if (name := row.substance or row.value_text))
        said = Statement("letter.no_allergies", {}, (), (), ("allergy",))
        if names:
            said = Statement("letter.allergies", {"names": tuple(names)}, _lines_of(borne))
        elif rows:
            said = Statement("letter.allergies_denied", {}, _lines_of(rows))
        return self.line(said, self.words.text("letter.allergy"))

    def open(self) -> Iterable[Line]:
        """Ask what would settle a definition, and name what the record says nothing on."""
        for question in asked(self.a):
            if headline_settled(question, self.words):
                yield self.line(question.text)
        for domain in domains(self.a, self.words):
            unrecorded = unrecorded_in(domain)
            names = dict.fromkeys(self.words.write("check", line.check) for line in unrecorded)
            if names:
                refs = tuple(dict.fromkeys(line.citation for line in unrecorded))
                text = self.words.text("letter.not_recorded", names=", ".join(names))
                yield Line(text=text, label=domain.title, citations=refs)

    def asked_of_the_specialist(self) -> Iterable[Line]:
        """Ask for advice, with the names of the options to weigh."""
        yield Line(text=self.words.text("letter.ask"))
        shown = [card for card in cards(self.a, self.words) if card.option.option != _REFERRAL]
        for fit, group in by_fit(shown):
            if fit in ("suggested", "possible", "avoid"):
                yield self.names(fit, group)

    def names(self, fit: str, group: list[Card]) -> Line:
        """Return the names of options, with the rows that placed them."""
        return Line(
            text="; ".join(named(card, self.words) for card in group),
            label=self.words.text(f"letter.options.{fit}"),
            sources=tuple(dict.fromkeys(source for card in group for source in card.place.sources)),
            citations=tuple(dict.fromkeys(ref for card in group for ref in card.place.citations)),
        )


def _lines_of(rows: Iterable[Observation]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for row in rows for source in row.source_ids))


def by_label(lines: list[Line]) -> list[tuple[str, list[str]]]:
    """Return sentences by their label, those without one each on its own; the same words once."""
    made: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.label and made and made[-1][0] == line.label:
            if line.text not in made[-1][1]:
                made[-1][1].append(line.text)
        else:
            made.append((line.label, [line.text]))
    return made
