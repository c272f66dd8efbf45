"""What is said of an option whoever the person is: guidelines, approvals, practice, evidence. Made once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from opentrd.knowledge.schema import OptionRow
from opentrd.review.checks.line import cells
from opentrd.review.figures import cited, people
from opentrd.statement import Param, Standing

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

REGIONS: Final = ("us", "eu", "uk", "ca", "au")
#: The regions of which the table says more than whether it is approved.
NOTED: Final = ("us", "eu", "uk")
GUIDELINES: Final = (
    ("canmat", "canmat", "canmat_2023"),
    ("va_dod", "va_dod", "va_dod_2022"),
    ("nice", "nice", "nice_ng222"),
)


@lru_cache(maxsize=1024)
def standing(knowledge: Knowledge, key: str, region: str | None) -> tuple[Standing, ...]:
    """Say where an option stands in the guidelines, what the authority says, and what it takes."""
    option = knowledge.options[key]
    return (*_guideline_places(option), *_approvals(option, region), *_practice(option))


def _guideline_places(option: OptionRow) -> list[Standing]:
    """Say where the guidelines put an option, with what was read there."""
    said = []
    for name, position, text in GUIDELINES:
        where, read = getattr(option, position), getattr(option, text)
        if where is not None:
            params: dict[str, Param] = {"position": where, "option": option.option if read else None}
            said.append(Standing(f"option.guideline.{name}", params, (), _cite(option)))
    return said


def _approvals(option: OptionRow, region: str | None) -> list[Standing]:
    """Say what the authority of the person's region says; of all regions that are known where none is set."""
    notes: dict[str, Param] = {n: option.option for n in NOTED if getattr(option, f"{n}_note") is not None}
    if region is not None:
        said = getattr(option, region, None)
        if said is None:
            params: dict[str, Param] = {"region": region}
            return [Standing("option.approval_unknown", params, (), _cite(option), ("approval",))]
        here = {name: note for name, note in notes.items() if name == region}
        params = {"region": region, "approval": said, **here}
        return [] if said == "not_needed" else [Standing("option.approval", params, (), _cite(option))]
    noted: dict[str, Param] = {f"{name}_note": note for name, note in notes.items()}
    known: dict[str, Param] = {name: getattr(option, name) for name in REGIONS}
    if any(value not in (None, "not_needed") for value in known.values()):
        return [Standing("option.approvals", {**known, **noted}, (), _cite(option))]
    return []


def _practice(option: OptionRow) -> list[Standing]:
    """Say how long until it works, how long it takes, what has to be watched, and what was not confirmed."""
    said = []
    if option.weeks_low is not None:
        weeks: dict[str, Param] = {"low": option.weeks_low, "high": option.weeks_high}
        said.append(Standing("option.time_to_effect", weeks, (), _cite(option)))
    said += [
        Standing(f"option.{column}", {"option": option.option}, (), _cite(option))
        for column in ("course", "monitoring", "harms")
        if getattr(option, column) is not None
    ]
    if option.investigational == "yes":
        said.append(Standing("option.investigational", {}, (), _cite(option)))
    if option.unconfirmed is not None:
        columns: dict[str, Param] = {"columns": cells(option.unconfirmed)}
        said.append(Standing("option.not_confirmed", columns, (), _cite(option)))
    return said


@lru_cache(maxsize=1024)
def evidence(knowledge: Knowledge, key: str) -> tuple[Standing, ...]:
    """Say what evidence there is: the published figures, and the main effect of the options table."""
    option = knowledge.options[key]
    said = []
    if option.evidence_level is not None:
        level: dict[str, Param] = {"level": option.evidence_level}
        said.append(Standing("option.evidence_level", level, (), _cite(option)))
    for name in cells(option.figures):
        figure = knowledge.figures[name]
        params: dict[str, Param] = {
            "figure": name,
            "statement": name if figure.statement else None,
            "value": figure.value,
            "range": name if figure.range else None,
            "population": name if figure.population else None,
            "year": figure.year,
            "caution": name if figure.caution else None,
        }
        said.append(Standing("option.figure", params, (), cited(figure)))
        if figure.people is not None:
            said.append(Standing(f"figure_told.{name}", people(figure), (), cited(figure)))
    if option.effect is not None:
        effect: dict[str, Param] = {
            "option": option.option,
            "range": option.option if option.effect_range else None,
        }
        said.append(Standing("option.effect", effect, (), _cite(option)))
    if not said:
        said.append(Standing("option.no_figure", {"option": option.option}, (), _cite(option), ("figure",)))
    return tuple(said)


def _cite(option: OptionRow) -> tuple[str, ...]:
    return (f"option:{option.option}",)
