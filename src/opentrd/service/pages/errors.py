"""What the readers and the service refuse, in the language of the page, as far as there are words for it.

Readers speak English to programs and the command. A page says the frequent reasons in its own language; the
others stay as they are, marked as English.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from opentrd.errors import InputError
    from opentrd.present.words import Words

ENGLISH: Final = "en"
#: What is said, after the place, by the message that says it; a group becomes a value of the message.
_SAID: Final = {
    re.compile(pattern): key
    for pattern, key in {
        r"no file was chosen": "no_file",
        r"choose a file, or write down what you tried": "choose_file",
        r"it is empty|the file is empty": "empty",
        r"it is a PDF, not a record": "other_file",
        r"there is no record in this archive": "empty_archive",
        r"there is no record of a person here": "no_person",
        r"the archive cannot be opened: .*": "broken_archive",
        r"unpack it and choose the files in it": "unpack",
        r"it cannot be unpacked: .*|it ends too soon": "broken_file",
        r"copy it again": "copy_again",
        r"unpacked it is larger than what is read \((?P<n>\d+) bytes\)": "too_large",
        r"(?:these are|it holds) more than (?P<n>\d+) files": "too_many",
        r"open fewer or smaller files; .*": "fewer",
        r"the JSON ends in the middle: it was cut off": "cut_off",
        r"export it again|repair or export it again": "export_again",
        r"it does not begin as JSON does|it is a list, not a FHIR resource": "no_fhir",
        r"give a FHIR R4 Bundle.*": "give_record",
        r"nothing is filled in yet": "nothing_filled",
        r"(?P<what>.{1,80}) is not known": "not_known",
        r"did you mean (?P<what>[^?]{1,120})\?.*": "did_you_mean",
        r"there is no such (?:chart here|chart|form)": "no_chart",
        r"open it from the start page": "from_start",
        r"there is no such page": "no_page",
        r"this is no page to open": "not_opened",
        r"begin on the start page": "begin",
        r"the form is too old or came from elsewhere": "old_form",
        r"open the page anew and try again": "open_anew",
        r"an error of OpenTRD itself, not of your input": "own_error",
        r"nothing was lost; try again": "nothing_lost",
        r"(?P<what>.{1,40}) is not a measured value": "no_value",
        r"(?P<what>.{1,40}) is not a number(?: from 0 up)?": "no_number",
        r"give a number(?:, | )such as (?P<n>\d+)": "give_number",
        r"(?P<what>.{1,40}) is not a date": "no_date",
        r"the end lies before the start": "end_before_start",
    }.items()
}
_PLACED: Final = re.compile(r"(?P<place>[^:]{1,200}): (?P<rest>.+)", re.DOTALL)


class Reason(NamedTuple):
    """A reason as a page shows it, and the language that it is in."""

    text: str
    language: str


def reason(text: str, words: Words) -> Reason:
    """Return a reason in the language of the page, else as it is."""
    if words.language == ENGLISH or not text:
        return Reason(text, words.language)
    placed = _PLACED.fullmatch(text)
    for place, said in ((placed["place"], placed["rest"]) if placed else ("", ""), ("", text)):
        for pattern, key in _SAID.items():
            found = pattern.fullmatch(said)
            if found is not None:
                values = {name: value for name, value in found.groupdict().items() if value is not None}
                told = words.text(f"error.{key}", **values)
                return Reason(f"{place}: {told}" if place else told, words.language)
    return Reason(text, ENGLISH)


def refusal(error: InputError, words: Words) -> Reason:
    """Return what was refused and what to do, without the place; English where one of both is."""
    parts = [reason(part, words) for part in (error.what, error.what_to_do) if part]
    language = words.language if all(part.language == words.language for part in parts) else ENGLISH
    return Reason(" ".join(part.text for part in parts), language)
