"""An assessment in the terminal: the answer first, then why, then what would settle the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from opentrd.present import bars
from opentrd.present.answer import (
    VERDICTS,
    Answer,
    answer,
    asked,
    headline_settled,
    headline_status,
    to_bring,
)
from opentrd.present.safety import ALARMS, alarming, contact_lines, do_now, help_line, notes
from opentrd.present.terminal_person import next_lines, taking_lines, together_lines
from opentrd.present.terminal_review import current_lines, review_lines, steps_lines
from opentrd.present.view import ADEQUATE_LETTER, TrialView, trial_views
from opentrd.present.who import called
from opentrd.rules.model import Staging, Status

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

_INDENT: Final = (0, 0, 0, 2)
_MOST_WIDE: Final = 132
_WIDE: Final = 108
_ASSUMED: Final = 4
_MOST_NAMES: Final = 9
#: Sources of definitions, those that decide on approvals and guidelines first.
SOURCE_KINDS: Final = ("regulatory", "label", "guideline", "hta", "consensus", "review", "staging")
_VERDICT_STYLE: Final = {
    "met": "bold",
    "not_met": "",
    "undetermined": "yellow",
    "excluded": "",
    "not_applicable": "dim",
}


def render(a: Assessment, words: Words, width: int = 100) -> RenderableType:
    """Return what is shown of an assessment at a width."""
    width = min(width, _MOST_WIDE)
    found = answer(a, words)
    views = trial_views(a, words)
    parts: list[RenderableType] = [Text(top_line(a, words), style="bold")]
    if alarming(a.safety):
        parts += ["", _block(safety_lines(a, words))]
    else:
        parts.append(Text(help_line(a.settings.region, words)))
    parts += ["", _block(list(_answer(found, words)))]
    if a.safety and not alarming(a.safety):
        parts += ["", _block(beside_lines(a, words))]
    picture = bars.timeline(a, views, words, width - 2)
    if picture:
        legend = Text(words.text("terminal.legend"), style="dim")
        parts += ["", _block([*picture, legend])]
    if views:
        parts += ["", _block([trials_table(views, words, width - 2)])]
    if words.audience == "patient":
        parts += ["", _block(list(_to_bring(a, found, words)))]
    elif a.judged.applicable is None and a.judged.status:
        parts += ["", _block([verdicts_table(a, words)])]
        if found.staging:
            parts += ["", _block([staging_table(found.staging, words)])]
    if any(headline_settled(question, words) for question in a.judged.questions):
        parts += ["", _block(list(_questions(a, words)))]
    for section in _after_the_history(a, words, width - 2):
        parts += ["", _block(section)] if section else []
    parts += ["", _block([Text(line, style="dim") for line in foot_lines(a, words)])]
    return Group(*parts)


def _after_the_history(a: Assessment, words: Words, width: int) -> list[list[RenderableType]]:
    """Return the review, what is taken now and the next steps, for whoever reads."""
    if words.audience == "patient":
        made = (together_lines(a, words), taking_lines(a, words), next_lines(a, words))
    else:
        made = (review_lines(a, words, width), current_lines(a, words), steps_lines(a, words, width))
    return [list(lines) for lines in made]


def show(a: Assessment, words: Words, console: Console) -> None:
    """Print an assessment."""
    console.print(render(a, words, console.width))


def _block(lines: list[RenderableType]) -> RenderableType:
    return Padding(Group(*lines), _INDENT)


def top_line(a: Assessment, words: Words) -> str:
    """Say who, the day, and how much was read."""
    record = a.record
    return words.text(
        "top.line",
        person=called(a, words),
        as_of=a.settings.as_of,
        read=record.read,
        used=len(record.used),
        unused=len(record.unused) or None,
    )


def safety_lines(a: Assessment, words: Words) -> list[RenderableType]:
    """Return the findings and where help is, the general sentence first where no region is known."""
    first = do_now(a)
    lines: list[RenderableType] = [Text("⚠ " + words.say(first), style="bold red")] if first else []
    lines += _found(a, words)
    lines.append(Text("  " + words.text("safety.general")))
    lines += [Text("  " + line) for line in contact_lines(a.settings.region, words)]
    return lines


def beside_lines(a: Assessment, words: Words) -> list[RenderableType]:
    """Return what is kept in view where nothing presses."""
    return [Text(words.text("safety.beside"), style="bold"), *_found(a, words)]


def _found(a: Assessment, words: Words) -> list[RenderableType]:
    """Return the findings, the most pressing first, and what is said under them."""
    lines: list[RenderableType] = [
        Text("  " + words.say(finding.statement), style="bold red" if finding.level in ALARMS else "")
        for finding in a.safety
    ]
    return [*lines, *(Text("  " + words.say(note), style="dim") for note in notes(a))]


def _answer(found: Answer, words: Words) -> Iterator[RenderableType]:
    yield Text(found.headline, style="bold")
    if found.short:
        yield Text(found.short)
    clinician = words.audience == "clinician"
    if found.verdicts and clinician:
        yield Text(found.verdicts)
    yield Text(found.next_line)
    if found.verdicts and clinician:
        shown = [words.say(statement) for statement in found.assumptions[:_ASSUMED]]
        more = len(found.assumptions) - len(shown)
        if shown:
            text = words.text("answer.assumed", assumptions=" ".join(shown), more=more or None)
            yield Text(text, style="dim")
        line = staging_line(found.staging, words)
        if line:
            yield Text(line)


def staging_line(staging: list[Staging], words: Words) -> str:
    """Return the scores of the staging models that apply, in one line."""
    return " · ".join(score_text(row, words) for row in staging if row.applies and row.low is not None)


def score_text(row: Staging, words: Words) -> str:
    """Return a model's score in words: its name, score or level, of how many, band."""
    tops = [band.high for band in words.knowledge.staging_bands.values() if band.model == row.model]
    band_high = row.band_high if row.band_high != row.band_low else None
    if row.level_low is not None:
        return words.text("stage.level", model=row.model, low=row.level_low, high=row.level_high)
    return words.text(
        "stage.score",
        model=row.model,
        low=row.low,
        high=row.high,
        top=max(tops) if tops else None,
        band_low=row.band_low,
        band_high=band_high,
    )


def trials_table(views: list[TrialView], words: Words, width: int) -> Table:
    """Return the trials, one a row."""
    wide = width >= _WIDE
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False, expand=False)
    columns = ["trial", "when", "dose", "time", *(["taken"] if wide else []), "adequate", "result"]
    for name in columns:
        table.add_column(words.text(f"column.{name}"), overflow="fold", no_wrap=name in ("dose",) and wide)
    for view in views:
        label = Text(view.label)
        if view.trial.role not in ("first", "switch", "psychotherapy", "stimulation"):
            label.append(f"\n{view.role}", style="dim")
        cells: list[RenderableType] = [label, view.when, view.dose, view.time]
        if wide:
            cells.append(view.taken)
        letter = ADEQUATE_LETTER[view.adequate] + " " if view.attempt else ""
        cells.append(Text(letter + view.adequate_text))
        cells.append(Text(view.result_text, style=bars.STYLES.get(view.tone, "")))
        table.add_row(*cells)
    return table


def verdicts_table(a: Assessment, words: Words) -> Table:
    """Return the verdicts that the summary counts, one row a verdict, the weightiest sources first."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(words.text("column.verdict"), no_wrap=True)
    table.add_column(words.text("column.definitions"))
    numbers = {question.id: n for n, question in enumerate(asked(a), 1)}
    for verdict, group in verdict_groups(headline_status(a), words):
        shown = group[:_MOST_NAMES]
        whys = [verdict_reason(row, words, numbers) for row in shown]
        alike = len(shown) > 1 and len(set(whys)) == 1
        names = Text(
            " · ".join(
                words.text(
                    "verdict.named",
                    name=words.write("definition", row.definition),
                    why=None if alike else why or None,
                )
                for row, why in zip(shown, whys, strict=True)
            )
        )
        if alike and whys[0]:
            names.append(f"\n{whys[0]}", style="dim")
        if len(group) > len(shown):
            names.append(" " + words.text("verdict.more", n=len(group) - len(shown)), style="dim")
        label = words.text(f"verdict.{verdict}")
        table.add_row(Text(f"{label} ({len(group)})", style=_VERDICT_STYLE.get(verdict, "")), names)
    return table


def verdict_groups(status: list[Status], words: Words) -> list[tuple[str, list[Status]]]:
    """Return verdicts in the order met, not yet, needs a fact, excluded; weighty sources first in each."""
    groups: dict[str, list[Status]] = defaultdict(list)
    for row in status:
        groups[row.verdict].append(row)
    for rows in groups.values():
        rows.sort(key=lambda row: (not row.headline, _weight(row, words), row.name))
    return [(verdict, groups[verdict]) for verdict in VERDICTS if verdict in groups]


def _weight(row: Status, words: Words) -> int:
    definition = words.knowledge.definitions.get(row.definition)
    kind = definition.source_kind if definition else ""
    return SOURCE_KINDS.index(kind) if kind in SOURCE_KINDS else len(SOURCE_KINDS)


def verdict_reason(row: Status, words: Words, numbers: dict[str, int]) -> str:
    """Return in a few words why a verdict is what it is; nothing for what is met."""
    if row.verdict == "met":
        return ""
    if row.verdict == "undetermined":
        asks = ", ".join(str(numbers[q]) for q in row.questions if q in numbers)
        number = asks.count(",") + 1
        return words.text(
            "verdict.ask", asks=asks or None, n=number, certain=row.certain, possible=row.possible
        )
    if row.verdict == "excluded":
        return words.text("verdict.exclusion", exclusion=row.exclusion)
    if row.verdict == "not_met":
        return words.text("verdict.count", certain=row.certain, possible=row.possible, needed=row.needed)
    return ""


def staging_table(staging: list[Staging], words: Words) -> Table:
    """Return the staging models: score and items, or why a model does not apply."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for name in ("staging", "items"):
        table.add_column(words.text(f"column.{name}"))
    for row in staging:
        if not row.applies:
            table.add_row(
                words.write("model", row.model), Text(" ".join(map(words.say, row.why)), style="dim")
            )
            continue
        items = [
            words.text("stage.item", item=item.item, low=item.low, high=item.high)
            for item in row.items
            if item.low or item.high
        ]
        table.add_row(score_text(row, words), Text(" · ".join(items), style="dim"))
    return table


def _to_bring(a: Assessment, found: Answer, words: Words) -> Iterator[RenderableType]:
    yield Text(words.text("bring.title"), style="bold")
    for n, line in enumerate(map(words.say, to_bring(found)), 1):
        yield Text(f" {n}. {line}")


def _questions(a: Assessment, words: Words) -> Iterator[RenderableType]:
    yield Text(words.text("questions.title"), style="bold")
    limit = int(words.knowledge.conventions["questions_at_once"].value)
    questions = [question for question in asked(a) if headline_settled(question, words)]
    for n, question in enumerate(questions[:limit], 1):
        settles = words.text("questions.settles", n=headline_settled(question, words) or None)
        line = Text(f" {n}. {words.say(question.text)}")
        if settles and words.audience == "clinician":
            line.append(f"  {settles}", style="dim")
        yield line
    if len(questions) > limit:
        yield Text(" " + words.text("questions.more", n=len(questions) - limit), style="dim")
    first = questions[0]
    example = {"number": "100", "date": "2026-01-31"}.get(first.type) or next(iter(first.choices), "...")
    yield Text(" " + words.text("questions.how", id=first.id, example=example), style="dim")


def foot_lines(a: Assessment, words: Words) -> list[str]:
    """Return what was not used and how to see it, the settings, and what this is not."""
    lines = []
    shown = a.judged.set_aside if words.audience == "clinician" else []
    if a.record.unused or shown:
        lines.append(
            words.text(
                "foot.unused", unused=len(a.record.unused) or None, set_aside=len(a.judged.set_aside) or None
            )
        )
    lines.append(
        words.text(
            "foot.settings",
            as_of=a.settings.as_of,
            instrument=a.settings.instrument,
            knowledge=a.knowledge.version,
            local_rows=a.knowledge.local_rows or None,
        )
    )
    lines.append(words.text("foot.disclaimer"))
    patient = words.audience == "patient"
    if patient or not alarming(a.safety):
        lines.append(words.text("safety.small"))
        if patient or a.settings.region is not None:
            lines += contact_lines(a.settings.region, words)
    return lines


__all__ = ["render", "show"]
