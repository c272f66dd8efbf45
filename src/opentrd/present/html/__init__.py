"""The report: one self-contained HTML file, for a phone, a desktop and paper."""

from opentrd.present.html.html import index, page_context, report

__all__ = ["index", "page_context", "report"]
