"""What a bulk FHIR export lacks, and what that means for the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from opentrd.cohort.checking.telling import by_dose, told_of
from opentrd.cohort.sources.days import written
from opentrd.cohort.sources.model import ANSWER, Finding
from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge
from opentrd.records.bulk.files import HELP, export_files
from opentrd.records.bulk.looking import LINES, MEDICINES, SCORES, Look, look
from opentrd.records.fhir.bundle import Found
from opentrd.records.fhir.reader import Fhir
from opentrd.records.model import Exposure, Record, Score

#: What should be there, by the words for what is lacking without: types of which one is enough.
_WANTED: Final = {
    "medicines": MEDICINES[:-1],
    "supplies": ("MedicationDispense",),
    "scores": SCORES,
    "diagnoses": ("Condition",),
    "procedures": ("Procedure", "Encounter", "CarePlan", "ServiceRequest"),
    "patients": ("Patient",),
}


def check(source: Path, knowledge: Knowledge) -> list[Finding]:
    """Look at the first lines of each file of an export; the last findings say what can be computed."""
    try:
        files, others = export_files(source)
    except InputError as error:
        return [_error(error)]
    found = look(files)
    findings = [_error(problem) for problem in found.problems]
    if found.broken > len(found.problems):
        findings.append(
            Finding(
                level="error",
                place=str(source),
                what="source_found.broken",
                means="source_means.export_again",
                params={"lines": LINES, "named": len(found.problems)},
                rows=found.broken,
            )
        )
    if not found.named:
        findings.append(
            Finding(
                level="error",
                place=str(source),
                what="source_found.nobody" if files else "source_found.no_fhir",
                means="source_means.nothing_to_read",
                params={"help": HELP},
            )
        )
        return findings
    findings += _lacking(found)
    findings += _contents(found, {file.shown.removesuffix(".gz") for file in files})
    if others:
        findings.append(
            Finding(
                level="note",
                place=_some(others),
                what="source_found.other_files",
                means="source_means.other_files",
                rows=len(others),
            )
        )
    if any(finding.level == "error" for finding in findings):
        return findings
    reader = Fhir(knowledge)
    medicines, scores = (_read(lines, reader) for lines in (found.medicines, found.scores))
    until = written([file.path for file in files]).toordinal()
    return [*findings, *_to_come(medicines, scores, until), *_can(found), *_doses(medicines, knowledge)]


def _error(problem: InputError) -> Finding:
    return Finding(
        level="error",
        place=", ".join(part for part in (problem.file, problem.place) if part),
        what="source_found.said",
        means="source_means.export_advice" if problem.what_to_do else "source_means.export_again",
        params={"said": problem.what, "advice": problem.what_to_do},
    )


def _lacking(found: Look) -> Iterator[Finding]:
    for name, types in _WANTED.items():
        if not any(found.types[kind] for kind in types):
            yield Finding(
                level="warning",
                place=types[0],
                what=f"source_found.lacks.{name}",
                means=f"source_means.lacks.{name}",
                params={"lines": LINES},
            )


def _contents(found: Look, names: set[str]) -> Iterator[Finding]:
    """Hold the files against the table of contents of the export, where it was kept."""
    if found.manifest is None:
        return
    listed = [one for one in (*found.manifest.output, *found.manifest.deleted) if one.url]
    ends = {Path(name).name for name in names}
    missing = [one for one in listed if (one.url or "").rsplit("/", 1)[-1].removesuffix(".gz") not in ends]
    if missing:
        yield Finding(
            level="warning",
            place=_some([(one.url or "").rsplit("/", 1)[-1] for one in missing]),
            what="source_found.not_here",
            means="source_means.not_here",
            rows=len(missing),
        )
    if found.manifest.error:
        yield Finding(
            level="warning",
            place="manifest",
            what="source_found.server_problems",
            means="source_means.server_problems",
            rows=len(found.manifest.error),
        )


def _can(found: Look) -> Iterator[Finding]:
    medicines, scores = (any(found.types[kind] for kind in _WANTED[name]) for name in ("medicines", "scores"))
    what = "source_found.everything" if medicines else "source_found.scores_alone"
    yield Finding(level="note", place=ANSWER, what=what, means="source_means.not_in_export")
    if scores:
        what, means = "source_found.from_scores", "source_means.recorded"
        yield Finding(level="note", place=ANSWER, what=what, means=means)


def _read(lines: list[Found], reader: Fhir) -> list[Record]:
    """Read lines that were looked at as they are for the record; the conversion names what is malformed."""
    try:
        return reader.read(lines)[0]
    except InputError:
        return []


def _to_come(medicines: list[Record], scores: list[Record], until: int) -> Iterator[Finding]:
    """Say how many of the lines that were looked at are dated after the export was written."""
    starts = (row for record in medicines for row in record.exposures if (row.start_earliest or 0) > until)
    days = (row for record in scores for row in record.scores if row.day_earliest > until)
    for what, rows in (("source_found.starts_to_come", starts), ("source_found.scores_to_come", days)):
        for kind, count in sorted(_kinds(rows).items()):
            yield Finding(
                level="warning",
                place=kind,
                what=what,
                means="source_means.day_to_come",
                params={"lines": LINES},
                rows=count,
            )


def _kinds(rows: Iterable[Exposure | Score]) -> Counter[str]:
    """Count rows by the type of resource that they come from first."""
    return Counter(row.source_ids[0].partition("/")[0] for row in rows)


def _doses(records: list[Record], knowledge: Knowledge) -> Iterator[Finding]:
    """Say how many of the medicine lines that were looked at tell a dose."""
    rows = (row for record in records for row in record.exposures)
    lines = [row for row in rows if row.kind == "medicine" and row.treatment]
    if lines:
        dosed = sum(row.dose_low is not None or row.dose_high is not None for row in lines)
        yield told_of("source_found.doses_looked_at", dosed, len(lines), by_dose(knowledge), lines=LINES)


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" (+ {len(names) - 3})" if len(names) > 3 else "")
