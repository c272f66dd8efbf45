"""PDF, made offline by typst from our own templates: the report on one to three pages, and the letter."""

from opentrd.present.pdf.build import letter_pdf, report_pdf

__all__ = ["letter_pdf", "report_pdf"]
