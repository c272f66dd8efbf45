"""What was found in the terminal: a table for each measure, and the persons where they are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from opentrd.cohort.measures.counting import Rate
from opentrd.cohort.measures.data import Found, Person, counted, lacking, population_name, rate_name
from opentrd.cohort.measures.model import Judged, Step
from opentrd.cohort.summing.small_cells import LIMIT

if TYPE_CHECKING:
    from opentrd.present.words import Words

_MARKS = {True: ("✓", "green"), False: ("·", "dim"), None: ("?", "yellow")}


def to_text(found: Found, words: Words) -> RenderableType:
    """Return what was found, to print."""
    hide = found.persons is None
    parts: list[RenderableType] = [Text(text, style="yellow") for text in lacking(found, words)]
    if parts:
        parts.append(Text())
    for measure in found.counts.measures:
        rates = found.counts.rates(measure, hide=hide)
        parts += [_title(measure, found.year, words), _table(measure, rates, words), Text()]
    persons = found.counts.shown_persons(hide=hide)
    if persons is not None:
        parts.append(Text(words.text("measures.persons", persons=persons)))
    if hide:
        parts.append(Text(words.text("measures.hidden", limit=LIMIT), style="dim"))
    if found.persons:
        parts += [Text(), Text(words.text("measures.marks"), style="dim")]
    for person in found.persons or ():
        parts += [Text(), *_person(person, words)]
    return Group(*parts)


def _title(measure: str, year: int, words: Words) -> Text:
    row = words.knowledge.measures[measure]
    out = Text(f"{measure} {row.name}", style="bold")
    out.append(f"  {words.text('measures.about', year=str(year), version=row.version)}", style="not bold dim")
    return out


def _table(measure: str, rates: list[Rate], words: Words) -> RenderableType:
    table = Table(box=None, padding=(0, 3, 0, 0), show_header=True, header_style="dim")
    table.add_column()
    for rate in rates:
        table.add_column(rate_name(measure, rate.group, words), justify="right")
    for population in rates[0].populations:
        cells = [_count(rate.populations[population], words) for rate in rates]
        table.add_row(population_name(population, words), *cells)
    table.add_row(
        Text(words.text("measures.rate"), style="bold"),
        *(Text(_share(rate, words), "bold") for rate in rates),
    )
    return Padding(table, (0, 0, 0, 2))


def _count(count: int | None, words: Words) -> str:
    return words.text("measures.not_shown") if count is None else words.write("number", count)


def _share(rate: Rate, words: Words) -> str:
    if rate.eligible == 0:
        return words.text("measures.nobody")
    if rate.share is None:
        return words.text("measures.not_shown")
    return words.text(
        "measures.share", part=rate.populations["numerator"], all=rate.eligible, percent=rate.share * 100
    )


def _person(person: Person, words: Words) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(person.person_id, style="bold")]
    for judged in person.judged:
        parts.append(Padding(_where(judged, words), (0, 0, 0, 2)))
        steps = Table.grid(padding=(0, 1))
        for step in judged.steps:
            mark, style = _MARKS[step.met]
            about = Text(population_name(step.population, words), style="dim")
            steps.add_row(Text(mark, style=style), about, _step(step, words))
        parts.append(Padding(steps, (0, 0, 0, 4)))
    if person.adopted:
        said = words.text("measures.adopted", lines=person.adopted)
        parts.append(Padding(Text(said, style="dim"), (0, 0, 0, 2)))
    return parts


def _where(judged: Judged, words: Words) -> Text:
    """Return in which populations a person counts, by rate where there are several."""
    out = Text(judged.measure, style="bold")
    for group in range(1, len(judged.groups) + 1):
        is_in = [name for name, yes in counted(judged, group, words.knowledge).items() if yes]
        names = ", ".join(population_name(name, words) for name in is_in)
        rate = f" ({rate_name(judged.measure, group, words)})" if len(judged.groups) > 1 else ""
        out.append(f"{rate}: {names or words.text('measures.in_none')}", style="not bold")
        if group < len(judged.groups):
            out.append(";")
    return out


def _step(step: Step, words: Words) -> Text:
    out = Text(words.say(step.said))
    if step.said.sources:
        out.append(f"  {', '.join(step.said.sources)}", style="dim")
    return out
