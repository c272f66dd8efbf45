"""The console: its width follows the terminal, colour only where it is wanted (``NO_COLOR``, pipes)."""

from __future__ import annotations

import os
from typing import IO

from rich.console import Console

#: The width of what goes to a pipe or a file.
PIPE_WIDTH = 100


def console(file: IO[str] | None = None) -> Console:
    """Return a console for standard output or a file."""
    made = Console(file=file, highlight=False, soft_wrap=False, markup=False, emoji=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made = Console(
            file=file, highlight=False, soft_wrap=False, markup=False, emoji=False, width=PIPE_WIDTH
        )
    return made
