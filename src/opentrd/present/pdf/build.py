"""The documents: the report at the first density that keeps it short, and the letter of referral."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentrd.present.pdf.compiling import Sheet
from opentrd.present.pdf.density import CLINICIAN, MOST_PAGES, PATIENT
from opentrd.present.pdf.report import Report, frame

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

_REPORT: Final = "report.typ"
_LETTER: Final = "referral.typ"


def report_pdf(a: Assessment, words: Words) -> bytes:
    """Return the report as PDF, on at most three pages."""
    return _report(a, words).pdf()


def letter_pdf(a: Assessment, words: Words) -> bytes:
    """Return the draft of the letter of referral as PDF."""
    from opentrd.present.letter import letter

    data = {**frame(a, words), **letter(a, words).data()}
    return Sheet(_LETTER, data, a.settings.as_of).pdf()


def _report(a: Assessment, words: Words) -> Sheet:
    """Return the report at the first density that fits, else at the tightest."""
    densities = CLINICIAN if words.audience == "clinician" else PATIENT
    pictures: dict[int, str] = {}
    for density in densities:
        report = Report(a, words, density)
        if density.bars not in pictures:
            pictures[density.bars] = report.picture()
        sheet = Sheet(_REPORT, report.data(), a.settings.as_of, pictures[density.bars])
        if sheet.pages <= MOST_PAGES:
            break
    return sheet
