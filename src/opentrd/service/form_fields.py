"""The fields of the form "write it down", and how what a browser sends becomes a draft.

A draft is the form as it stands: plain text in every field, empty where nothing was said. Names of fields
are those of the page: ``treatments.0.name``, ``conditions.bipolar``, ``phq9.1``. What the form has no field
for is left out; a text is kept as typed, but for signs that cannot be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from opentrd.errors import InputError

Draft: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, Any]

#: A form with more text than this, or more rows in a section, is no form that a person filled in.
MAX_TEXT: Final = 400_000
MAX_ROWS: Final = 60
UNSURE: Final = "unsure"

#: What a choice may hold, as the draft keeps it, and the word that says it in a history sheet.
CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "sex": {"female": "female", "male": "male", "other": "other"},
    "told": {"yes": "confirmed", "think": "?", UNSURE: ""},
    "kind": {
        "medicine": "medicine",
        "therapy": "talking therapy",
        "stimulation": "stimulation",
        "other": "other",
    },
    "still": {"yes": "still", "no": "", UNSURE: "?"},
    "taken": {
        "all": "yes",
        "most": "most days",
        "some": "missed some",
        "half": "half",
        "little": "sometimes",
        "never": "never started",
        UNSURE: "?",
    },
    "helped": {
        "none": "not at all",
        "little": "a little",
        "lot": "a lot",
        "well": "well again",
        "lost": "helped at first",
        "worse": "worse",
        UNSURE: "?",
    },
    "stopped": {
        "no_effect": "no effect",
        "lost_effect": "stopped working",
        "adverse": "side effects",
        "recovered": "recovered",
        "cost": "cost",
        "pregnancy": "pregnancy",
        "wish": "my wish",
        "other": "other",
    },
    "for": {
        "sleep": "sleep",
        "pain": "pain",
        "anxiety": "anxiety",
        "smoking": "to stop smoking",
        UNSURE: "?",
    },
    "allergy": {"none": "none", "some": "", UNSURE: "?"},
}
MONTHS: Final = tuple(f"{month:02}" for month in range(1, 13))
#: The sections with rows, and the columns of a row.
ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "treatments": (
        *("name", "kind", "dose", "sessions", "from_month", "from_year", "still", "to_month", "to_year"),
        *("taken", "helped", "stopped", "for"),
    ),
    "others": ("name", "dose", "from_month", "from_year", "still"),
    "illnesses": ("name",),
    "allergies": ("name", "reaction"),
    "scores": ("scale", "month", "year", "value"),
}
#: The column that may hold several choices.
SEVERAL: Final = "stopped"


class Scale(NamedTuple):
    """A scale that is filled in question by question: how the draft and how a sheet call it."""

    key: str
    name: str


SCALES: Final = (Scale("phq9", "PHQ-9"), Scale("gad7", "GAD-7"))
#: The answers of both scales, the mildest first.
ANSWERS: Final = ("0", "1", "2", "3")


class Asked(NamedTuple):
    """A question about an illness. ``kinds`` are the concepts that a yes may mean, each a choice of its own.

    A no denies every one of ``kinds`` and of ``denies``. ``device``: a thing that the person carries.
    """

    key: str
    group: str
    kinds: tuple[str, ...]
    denies: tuple[str, ...] = ()
    device: bool = False


#: What the checks look for, and what unlocks or rules out an option; tests hold it against the tables.
ASKED: Final = (
    Asked("bipolar", "mind", ("bipolar_disorder",)),
    Asked("psychosis", "mind", ("psychosis",)),
    Asked("eating", "mind", ("anorexia_nervosa", "bulimia_nervosa"), ("eating_disorder",)),
    Asked("alcohol", "mind", ("alcohol_use_disorder",)),
    Asked("thyroid", "body", ("hypothyroidism", "hyperthyroidism")),
    Asked("heart_attack", "body", ("myocardial_infarction", "coronary_heart_disease")),
    Asked("heart_failure", "body", ("heart_failure",)),
    Asked(
        "rhythm", "body", ("arrhythmia", "long_qt"), ("atrial_fibrillation", "heart_block", "prolonged_qt")
    ),
    Asked("pressure", "body", ("hypertension",)),
    Asked("stroke", "body", ("stroke", "intracranial_haemorrhage")),
    Asked("vessels", "body", ("cerebral_aneurysm", "aneurysm", "brain_avm")),
    Asked("epilepsy", "body", ("epilepsy", "seizure")),
    Asked(
        "metal",
        "body",
        ("metal_in_head", "cochlear_implant", "aneurysm_clip", "deep_brain_stimulator"),
        device=True,
    ),
    Asked("heart_device", "body", ("pacemaker", "defibrillator"), device=True),
    Asked("kidney", "body", ("chronic_kidney_disease",)),
    Asked("liver", "body", ("liver_disease",)),
    Asked("diabetes", "body", ("diabetes",)),
    Asked("apnoea", "body", ("sleep_apnoea",)),
    Asked("pregnancy", "body", ("pregnancy",)),
    Asked("breastfeeding", "body", ("breastfeeding",)),
)
#: Questions for those who can be pregnant.
PREGNANCY: Final = frozenset({"pregnancy", "breastfeeding"})
YES: Final = "yes"
NO: Final = "no"


def choices_of(asked: Asked) -> tuple[str, ...]:
    """Return the answers to a question about an illness, in the order of the page."""
    return (NO, *(asked.kinds if len(asked.kinds) > 1 else (YES,)), UNSURE)


def empty() -> Draft:
    """Return a form in which nothing is filled in yet."""
    return {
        "person": {"born": "", "sex": ""},
        "depression": {"told": "", "month": "", "year": ""},
        **{section: [] for section in ROWS},
        "conditions": {},
        "allergy": "",
        **{scale.key: {} for scale in SCALES},
        "removed": None,
    }


def empty_row(section: str) -> Row:
    """Return a row in which nothing is filled in yet."""
    return {column: [] if column == SEVERAL else "" for column in ROWS[section]}


def is_empty(row: Row) -> bool:
    """Say whether a row tells nothing."""
    return not any(row.values())


def parse(fields: Iterable[tuple[str, str]]) -> Draft:
    """Return the draft that a browser sent. Raises ``InputError`` where it is larger than any form."""
    draft = empty()
    rows: dict[str, dict[int, Row]] = {section: {} for section in ROWS}
    size = 0
    for name, value in fields:
        text = cleaned(value)
        size += len(text)
        if size > MAX_TEXT:
            raise InputError("form", "", f"more than {MAX_TEXT} letters", "shorten what you wrote")
        parts = name.split(".")
        if len(parts) == 3 and parts[0] in ROWS:
            _put(rows[parts[0]], parts[0], parts[1], parts[2], text)
        else:
            _set(draft, parts, text)
    for section, found in rows.items():
        draft[section] = [
            found.get(index) or empty_row(section) for index in range(max(found, default=-1) + 1)
        ]
    return draft


def cleaned(text: str) -> str:
    """Return a text without signs that cannot be shown, and without space around it."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _put(rows: dict[int, Row], section: str, number: str, column: str, text: str) -> None:
    """Put a value into its row; what is no row, no column or no choice is left out."""
    if not (number.isascii() and number.isdecimal() and len(number) < 4) or column not in ROWS[section]:
        return
    index = int(number)
    if index >= MAX_ROWS:
        raise InputError("form", section, f"more than {MAX_ROWS} lines", "leave out what matters least")
    row = rows.setdefault(index, empty_row(section))
    if column == SEVERAL:
        if text in CHOICES[column] and text not in row[column]:
            row[column].append(text)
    elif _allowed(column, text):
        row[column] = text


def _allowed(column: str, text: str) -> bool:
    if column.endswith("month"):
        return text in MONTHS
    return column not in CHOICES or text in CHOICES[column]


def _set(draft: Draft, parts: list[str], text: str) -> None:
    """Set a value outside the rows."""
    if parts == ["allergy"] and text in CHOICES["allergy"]:
        draft["allergy"] = text
    if len(parts) != 2:
        return
    group, name = parts
    if group in ("person", "depression") and name in draft[group] and _allowed(name, text):
        draft[group][name] = text
    elif group == "conditions":
        if any(asked.key == name and text in choices_of(asked) for asked in ASKED):
            draft[group][name] = text
    elif group in (scale.key for scale in SCALES):
        item = name.isascii() and name.isdecimal() and len(name) < 3 and text in (*ANSWERS, UNSURE)
        if (item or name == "day") and text:
            draft[group][name] = text


def tidy(draft: Draft) -> Draft:
    """Return the draft without empty rows, all of its parts there."""
    made = {**empty(), **draft}
    for section in ROWS:
        made[section] = [{**empty_row(section), **row} for row in made[section] if not is_empty(row)]
    return made
