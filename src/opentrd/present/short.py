"""An assessment where it is looked at in passing: in an interpreter, in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from opentrd.present.words import default_words

if TYPE_CHECKING:
    from opentrd.assessment import Assessment


def one_line(a: Assessment) -> str:
    """Return who, when and the answer in one line."""
    from opentrd.present.answer import answer
    from opentrd.present.who import called

    words = default_words(a)
    found = answer(a, words)
    person, day = called(a, words), words.day(a.settings.as_of)
    return f"<Assessment of {person}, {day}: {' '.join(filter(None, (found.headline, found.verdicts)))}>"


def as_text(a: Assessment) -> str:
    """Return what the terminal shows, without colour."""
    from io import StringIO

    from opentrd.present.console import PIPE_WIDTH, console
    from opentrd.present.terminal import render

    text = StringIO()
    console(text).print(render(a, default_words(a), PIPE_WIDTH))
    return text.getvalue()


def framed(a: Assessment) -> str:
    """Return the report in a frame of its own, as notebooks show it."""
    from opentrd.present.html import report

    page = escape(report(a, default_words(a)), quote=True)
    return f'<iframe srcdoc="{page}" style="width:100%;height:44rem;border:0" sandbox=""></iframe>'
