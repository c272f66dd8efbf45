"""The words of the review: those of the product, and of the files beside the review."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import opentrd.review
from opentrd.knowledge.loader import load
from opentrd.present.words import Words, messages
from opentrd.present.words.template import Template

FOLDER = Path(opentrd.review.__file__).parent


@cache
def all_messages() -> dict[tuple[str, str], str]:
    from babel.messages.pofile import read_po

    found = dict(messages("en"))
    for path in sorted(FOLDER.glob("words_*en.po")):
        with path.open("rb") as file:
            found |= {(str(m.context), str(m.id)): str(m.string) for m in read_po(file) if m.id and m.string}
    return found


class AllWords(Words):
    """Words that know those files too; a missing message is an error."""

    def __init__(self, audience: str) -> None:
        super().__init__("en", audience, load(), strict=True)

    def template(self, key: str) -> Template | None:
        found = all_messages()
        text = found.get((self.audience, key), found.get(("any", key)))
        return None if text is None else Template(text)
