"""Folders of work that a run may be stopped in: dropped so that half of one is never taken for all of it."""

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
