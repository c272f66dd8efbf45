"""What is wrong in a sheet: all of it is said at once, each with its line, its column and a way out."""

from __future__ import annotations

from opentrd.errors import InputError, SeveralInputsError


class SheetError(SeveralInputsError):
    """A sheet that cannot be read: all its problems, in the order of the lines."""


class CellError(ValueError):
    """A cell that cannot be read: what is wrong, and what to write instead."""

    def __init__(self, what: str, what_to_do: str = "") -> None:
        self.what = what
        self.what_to_do = what_to_do
        super().__init__(what)


class Problems:
    """The problems found so far in one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[InputError] = []

    def add(self, place: str, what: str, what_to_do: str = "") -> None:
        """Add one problem."""
        self.found.append(InputError(self.file, place, what, what_to_do))

    def stop(self) -> None:
        """Raise what was found, if anything."""
        if self.found:
            raise SheetError(tuple(self.found))


def shown(text: str, length: int = 40) -> str:
    """Return a text as a message quotes it: on one line, printable, cut where it is long."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return f"'{flat[: length - 1]}…'" if len(flat) > length else f"'{flat}'"
