"""An assessment as data frames: one row a trial, a verdict, a judgement, named as in the JSON."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

    from opentrd.assessment import Assessment

#: The tables of an assessment and the columns that hold days.
TABLES: Final[dict[str, tuple[str, ...]]] = {
    "trials": ("start", "end"),
    "episodes": ("start", "end"),
    "scores": ("day",),
    "judgements": (),
    "status": ("first_met",),
    "staging": (),
    "questions": (),
}


def frame(a: Assessment, table: str) -> pd.DataFrame:
    """Return one of ``TABLES`` as a data frame.

    Nested values become columns joined by ``_``, lists one text with commas, statements their words.
    """
    import msgspec
    import pandas as pd

    from opentrd.present.json import to_contract
    from opentrd.present.words import default_words

    rows = msgspec.to_builtins(getattr(to_contract(a, default_words(a)), table))
    made = pd.DataFrame([_flat(row) for row in rows])
    for column in TABLES[table]:
        if column in made:
            made[column] = (
                pd.to_datetime(made[column], errors="coerce") if _fits(made[column]) else made[column]
            )
    return made


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a nested row as one level; statements as their words; dose steps are left to the JSON."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and "key" in value and "text" in value:
            flat[prefix + name] = value["text"]
        elif isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}_")
        elif not isinstance(value, (list, tuple)):
            flat[prefix + name] = value
        elif not value or not isinstance(value[0], dict):
            flat[prefix + name] = ", ".join(map(str, value))
        elif "text" in value[0]:
            flat[prefix + name] = " ".join(str(item["text"]) for item in value)
    return flat


def _fits(column: Any) -> bool:
    """Say whether all days of a column lie in the years that data frames can hold."""
    days = [date.fromisoformat(day) for day in column if isinstance(day, str)]
    return all(1700 <= day.year <= 2200 for day in days)
