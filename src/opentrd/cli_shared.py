"""What the commands of ``opentrd`` share: the knowledge, the words, the day, messages, and how they end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from opentrd.options_cli import Audience

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge
    from opentrd.present.words import Words

OTHER, USAGE, BAD_INPUT = 1, 2, 3


def load_knowledge(folder: Path | None) -> Knowledge:
    """Return what is known, with a clinic's own rows where there are some."""
    from opentrd.knowledge.loader import load

    return load(folder)


def words_of(language: str, audience: Audience, folder: Path | None) -> Words:
    """Return the words in a language, for an audience."""
    from opentrd.present.words import Words, languages

    if language not in languages():
        usage(f"--language {language}: there are words in {', '.join(languages())}")
    return Words(language, audience.value, load_knowledge(folder))


def day_of(text: str | None) -> int:
    """Return the day of the assessment; today where none is given."""
    from datetime import date, datetime

    if text is None:
        return datetime.now().astimezone().date().toordinal()
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        usage(f"--as-of {text}: a date such as 2026-07-01 is needed")


def instrument_of(asked: str | None, known: Knowledge) -> str | None:
    """Return an instrument that is known."""
    if asked is not None and asked not in known.instruments:
        usage(f"--instrument {asked}: there are {', '.join(known.instruments)}")
    return asked


def note(text: str) -> None:
    """Say something beside the output."""
    typer.echo(f"opentrd: {text}", err=True)


def usage(message: str) -> NoReturn:
    """Say what is wrong with how the command was called, and end with the code for it."""
    typer.echo(f"opentrd: {message}", err=True)
    raise typer.Exit(USAGE)
