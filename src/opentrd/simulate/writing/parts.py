"""Tables and lines written block by block: one file each, a folder of parts where a table is large."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

#: Tables that are written as a folder of parts, and the blocks of persons in a part.
IN_PARTS = frozenset({"drug_exposure"})
BLOCKS_OF_A_PART = 10


class Parts:
    """Writes tables into a folder. A file has its name only when it is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tables: dict[Path, pq.ParquetWriter] = {}
        self._lines: dict[Path, BinaryIO] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, rows: pa.Table, block: int) -> None:
        """Write the rows of a block; blocks come in their order."""
        if name in IN_PARTS:
            path = self._folder / name / f"part-{block // BLOCKS_OF_A_PART:05d}.parquet"
            for other in [one for one in self._tables if one.parent == path.parent and one != path]:
                self._tables.pop(other).close()
                _unfinished(other).replace(other)
        else:
            path = self._folder / f"{name}.parquet"
        if path not in self._tables:
            path.parent.mkdir(exist_ok=True)
            self._tables[path] = pq.ParquetWriter(_unfinished(path), rows.schema, compression="zstd")
        self._tables[path].write_table(rows, row_group_size=max(rows.num_rows, 1))

    def append(self, name: str, lines: bytes) -> None:
        """Append lines to a file of lines of JSON."""
        path = self._folder / f"{name}.ndjson"
        if path not in self._lines:
            self._lines[path] = _unfinished(path).open("wb")
        self._lines[path].write(lines)

    def __enter__(self) -> Parts:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the files; after an error, take the unfinished ones away."""
        for file in (*self._tables.values(), *self._lines.values()):
            file.close()
        for path in (*self._tables, *self._lines):
            if kind is None:
                _unfinished(path).replace(path)
            else:
                _unfinished(path).unlink(missing_ok=True)


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.unfinished")
