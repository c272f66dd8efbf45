"""Templates and data to PDF. Record text is not trusted: it goes in as JSON and is never read as markup.

Nothing outside this folder is read: no fonts of the system, no packages, no clock. The same data give the
same bytes.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opentrd.present.words.formats import clean

if TYPE_CHECKING:
    import typst

_FOLDER: Final = Path(__file__).parent


class Sheet:
    """A template with its data, laid out once: how many pages it takes, and its PDF."""

    def __init__(self, template: str, data: dict[str, Any], as_of: int, picture: str = "") -> None:
        import typst

        day = date.fromordinal(as_of)
        self._day = datetime.combine(day, time(), UTC)
        shown = {**_cleaned(data), "day": [day.year, day.month, day.day], "picture": picture}
        self._compiler = typst.Compiler(
            _FOLDER / template,
            root=_FOLDER,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": msgspec.json.encode(shown).decode()},
        )

    @property
    def pages(self) -> int:
        """How many pages it takes."""
        return int(msgspec.json.decode(self._compiler.query("<pages>", field="value", one=True)))

    def pdf(self) -> bytes:
        """Return the PDF, tagged for those who listen to it."""
        made = self._compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=self._day)
        assert isinstance(made, bytes)
        return made


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def _cleaned(value: Any) -> Any:
    """Return data without characters that steer or turn text."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {name: _cleaned(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(item) for item in value]
    return value
