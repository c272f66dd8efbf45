"""What can go wrong, in words that say where and what to do. ``InputError``: the command ends with code 3."""

from __future__ import annotations

from typing import Final

#: At most this many problems are written out; the rest is counted.
SHOWN: Final = 50


class OpenTRDError(Exception):
    """Anything that OpenTRD itself reports."""


class InputError(OpenTRDError):
    """An input that cannot be read: which file, where in it, what is wrong, what to do."""

    def __init__(self, file: str, place: str, what: str, what_to_do: str = "") -> None:
        self.file = file
        self.place = place
        self.what = what
        self.what_to_do = what_to_do
        super().__init__(file, place, what, what_to_do)

    def __str__(self) -> str:
        where = f"{self.file}, {self.place}" if self.place else self.file
        advice = f" ({self.what_to_do})" if self.what_to_do else ""
        return f"{where}: {self.what}{advice}"


class SeveralInputsError(InputError):
    """Several problems of one input: all that were found, in the order of the files and lines."""

    def __init__(self, problems: tuple[InputError, ...]) -> None:
        self.problems = problems
        first = problems[0]
        super().__init__(first.file, first.place, first.what, first.what_to_do)
        self.args = (problems,)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"{self.file}: and {len(self.problems) - SHOWN} more problems")
        return "\n".join(lines)


class KnowledgeError(SeveralInputsError):
    """Tables or definitions that do not hold."""
