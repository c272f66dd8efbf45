"""The ClinicalImpression: the answer, every headline verdict with its basis, questions, and where help is."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from opentrd.present.answer import Answer, answer, asked, headline_status
from opentrd.present.citations import cite
from opentrd.present.fhir.making import Making, references
from opentrd.present.fhir.parts import Json, concept, system
from opentrd.present.safety import contact_lines, contacts
from opentrd.present.terminal import score_text
from opentrd.rules.model import Staging, Status


def impression(
    made: Making, verdicts: Json | None, staged: list[tuple[Staging, Json]], others: Iterable[Json]
) -> Json:
    """Add the main resource and return the reference to it.

    ``verdicts`` and ``staged``: where the verdicts and scores stand with all the lines behind them;
    ``others``: what else belongs to the assessment.
    """
    a = made.a
    found = answer(a, made.words)
    rows = headline_status(a)
    trials = [source for trial in a.judged.trials for source in trial.sources]
    lines = [source for row in rows for said in row.why for source in said.sources]
    sources = list(dict.fromkeys((*lines, *trials)))
    findings = [_finding(made, row, verdicts) for row in rows] + [
        _staging(made, row, ref) for row, ref in staged
    ]
    basis = made.basis(
        *([a.judged.applicable] if a.judged.applicable is not None else []),
        sources=sources,
        citations=[row.citation for row in rows],
    )
    return made.add(
        "ClinicalImpression",
        {
            **({"extension": basis} if basis else {}),
            "status": "completed",
            "code": concept(system("assessment"), "trd", made.words.text("top.title")),
            "subject": made.subject,
            "effectiveDateTime": made.day,
            "date": made.day,
            "summary": " ".join(_answer(made, found)),
            **({"finding": findings} if findings else {}),
            "supportingInfo": [*others, *references(sources)],
            "note": [_help(made), *_questions(made), made.note(_disclaimer(made), [])],
        },
        _narrative(made, found),
    )


def _answer(made: Making, found: Answer) -> list[str]:
    """Return the answer's sentences; how definitions add up is for clinicians, as in every output."""
    verdicts = found.verdicts if made.words.audience == "clinician" else ""
    return list(filter(None, (found.headline, found.short, verdicts, found.next_line)))


def _finding(made: Making, row: Status, verdicts: Json | None) -> Json:
    """Return a verdict in words; the lines behind it stand once, in the component of the same definition."""
    words = made.words
    name = words.write("definition", row.definition)
    source = cite(row.citation, words).source or row.citation
    said = made.sentences([*row.why, *row.assumptions])
    return {
        "extension": made.basis(citations=[row.citation]),
        **({"itemReference": verdicts} if verdicts else {}),
        "itemCodeableConcept": {"text": f"{name}: {words.text(f'verdict.{row.verdict}')}"},
        "basis": " ".join((*said, f"({source})")),
    }


def _staging(made: Making, row: Staging, ref: Json) -> Json:
    text = score_text(row, made.words) if row.applies else " ".join(made.sentences(row.why))
    source = cite(row.citation, made.words).source or row.citation
    return {
        "extension": made.basis(*row.why, citations=[row.citation]),
        "itemReference": ref,
        "basis": f"{text} ({source})".strip(),
    }


def _help(made: Making) -> Json:
    """Return where help is: it stands in every assessment."""
    rows = contacts(made.words.knowledge, made.a.settings.region)
    cited = [made.words.knowledge.row_ref("contact", row) for row in rows]
    return made.note(" ".join(_help_lines(made)), made.basis(citations=cited))


def _help_lines(made: Making) -> list[str]:
    lines = contact_lines(made.a.settings.region, made.words)
    return [made.words.text("safety.general"), *(f"{line}." for line in lines)]


def _questions(made: Making) -> list[Json]:
    return [made.note(made.words.say(q.text), made.basis(q.text)) for q in asked(made.a)]


def _disclaimer(made: Making) -> str:
    return made.words.text("foot.disclaimer")


def _narrative(made: Making, found: Answer) -> Json:
    """Return the assessment for eyes: safety and help first, then the answer, scores and questions."""
    words = made.words
    parts = [f"<p><b>{escape(words.say(finding.statement))}</b></p>" for finding in made.a.safety]
    parts.append(f"<p>{escape(' '.join(_help_lines(made)))}</p>")
    headline, *rest = _answer(made, found)
    parts.append(f"<p><b>{escape(headline)}</b></p>")
    parts += [f"<p>{escape(text)}</p>" for text in rest]
    if words.audience == "clinician":
        parts += _list(score_text(row, words) for row in found.staging if row.applies)
    parts += _list(words.say(question.text) for question in asked(made.a))
    parts.append(f"<p>{escape(_disclaimer(made))}</p>")
    language = words.language
    space = "http://www.w3.org/1999/xhtml"
    div = f'<div xmlns="{space}" xml:lang="{language}" lang="{language}">{"".join(parts)}</div>'
    return {"status": "generated", "div": div}


def _list(lines: Iterable[str]) -> list[str]:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return [f"<ul>{items}</ul>"] if items else []
