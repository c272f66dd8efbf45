"""The report: one self-contained HTML file, for a phone, a desktop and paper."""

from opentrd.present.html.html import index, report

__all__ = ["index", "report"]
