"""What a bulk FHIR export lacks, and what that means for the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from opentrd.cohort.sources.model import Finding
from opentrd.errors import InputError
from opentrd.records.bulk.files import HELP, export_files
from opentrd.records.bulk.looking import LINES, Look, look

#: Types of which at least one should be there, what is lacking without, what that means.
_WANTED: Final = (
    (
        ("MedicationRequest", "MedicationDispense", "MedicationStatement", "MedicationAdministration"),
        "no medicine lines",
        "trials of medicines cannot be seen, so no definition can be met",
    ),
    (
        ("MedicationDispense",),
        "no supplies (MedicationDispense)",
        "whether medicine was collected is unknown; rules on supplies go by orders or say unknown",
    ),
    (
        ("Observation", "QuestionnaireResponse"),
        "no scores (Observation, QuestionnaireResponse)",
        "response and remission can be judged only where a line says how it went",
    ),
    (
        ("Condition",),
        "no diagnoses (Condition)",
        "depression is inferred from treatment; bipolar disorder and the like cannot be excluded",
    ),
    (
        ("Procedure", "Encounter", "CarePlan", "ServiceRequest"),
        "no procedures or visits (Procedure, Encounter, CarePlan, ServiceRequest)",
        "psychotherapy, ECT and rTMS cannot be seen",
    ),
    (("Patient",), "no patients (Patient)", "age, sex and death are unknown"),
)
_CAN: Final = "what can be computed"


def check(source: Path) -> list[Finding]:
    """Look at the first lines of each file of an export; the last findings say what can be computed."""
    try:
        files, others = export_files(source)
    except InputError as error:
        return [_error(error)]
    found = look(files)
    findings = [_error(problem) for problem in found.problems]
    if not found.named:
        findings.append(
            Finding(
                level="error",
                place=str(source),
                what="nothing here names a person: no Patient, no subject"
                if files
                else "there is no FHIR in it",
                means=f"there is nothing to read; {HELP}",
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
                what="files that are not FHIR",
                means="they are listed among what was not used",
                rows=len(others),
            )
        )
    if any(finding.level == "error" for finding in findings):
        return findings
    return [*findings, *_can(found)]


def _error(problem: InputError) -> Finding:
    place = ", ".join(part for part in (problem.file, problem.place) if part)
    advice = problem.what_to_do or "repair or export it again"
    return Finding(
        level="error", place=place, what=problem.what, means=f"the export cannot be read: {advice}"
    )


def _lacking(found: Look) -> Iterator[Finding]:
    for types, what, means in _WANTED:
        if not any(found.types[kind] for kind in types):
            more = f" (looked at: the first {LINES:,} lines of each file)"
            yield Finding(level="warning", place=types[0], what=what + more, means=means)


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
            what="files that the table of contents names and that are not here by that name",
            means="lines may be missing; compare the folder with the export",
            rows=len(missing),
        )
    if found.manifest.error:
        yield Finding(
            level="warning",
            place="table of contents, error",
            what="the server reported problems while exporting",
            means="the export may lack lines; read the files of errors",
            rows=len(found.manifest.error),
        )


def _can(found: Look) -> Iterator[Finding]:
    counted = found.types
    medicines = any(counted[kind] for kind in _WANTED[0][0])
    scores = any(counted[kind] for kind in _WANTED[2][0])
    yield Finding(
        level="note",
        place=_CAN,
        what="trials, lines of treatment, verdicts and staging"
        if medicines
        else "scores and diagnoses alone",
        means="where something is not in the export, the answer is unknown and gives bounds",
    )
    if scores:
        yield Finding(
            level="note", place=_CAN, what="response and remission from scores", means="where recorded"
        )


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
