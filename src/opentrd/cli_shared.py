"""What the commands of ``opentrd`` share: the knowledge, the words, the day, messages, and how they end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, ParamSpec

import typer

from opentrd.options_cli import Audience

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge
    from opentrd.present.words import Words

OTHER, USAGE, BAD_INPUT = 1, 2, 3
#: What shells say of a command that an interrupt from the keyboard ended.
INTERRUPTED = 130

P = ParamSpec("P")


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


def stoppable(
    what: Callable[[Mapping[str, object]], str],
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Let a command end in one line when it is interrupted from the keyboard, with the code 130.

    ``what`` returns the key of the line for the options of the command, which are all named. What fails once
    the interrupt came fails because of it, whatever it says: libraries give it other names.
    """

    def decorate(command: Callable[P, None]) -> Callable[P, None]:
        @wraps(command)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            with _heeded() as came:
                try:
                    command(*args, **kwargs)
                except BaseException as error:
                    if not (came or isinstance(error, KeyboardInterrupt)):
                        raise
                    _say_stopped(f"stopped.{what(kwargs)}", str(kwargs.get("language", "en")))
                    raise typer.Exit(INTERRUPTED) from None

        return run

    return decorate


@contextmanager
def _heeded() -> Iterator[list[int]]:
    """Give a list in which an interrupt is noted; it is raised as ever."""
    came: list[int] = []

    def raised(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    own = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    if not own or before is signal.SIG_IGN:
        yield came
        return
    signal.signal(signal.SIGINT, raised)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)


def _say_stopped(key: str, language: str) -> None:
    from opentrd.present.words import languages, messages

    note(messages(language if language in languages() else "en")["any", key])


def note(text: str) -> None:
    """Say something beside the output."""
    typer.echo(f"opentrd: {text}", err=True)


def usage(message: str) -> NoReturn:
    """Say what is wrong with how the command was called, and end with the code for it."""
    typer.echo(f"opentrd: {message}", err=True)
    raise typer.Exit(USAGE)
