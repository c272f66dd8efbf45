"""Folders of work, dropped so that half of one is never taken for all of it; paths as SQL writes them."""

from __future__ import annotations

import shutil
from pathlib import Path


def drop(folder: Path) -> None:
    """Remove a folder, renamed first; what a run that was stopped here had renamed goes as well."""
    gone = folder.with_name(f"{folder.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    if folder.exists():
        folder.rename(gone)
        shutil.rmtree(gone)


def in_sql(path: Path | str) -> str:
    """Return a path as SQL writes a text, for statements of DuckDB that take no parameters."""
    return "'" + str(path).replace("'", "''") + "'"
