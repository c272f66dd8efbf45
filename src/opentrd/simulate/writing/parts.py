"""Tables written block by block: one file each, or a folder of parts where a table is large."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

#: Tables that are written as a folder of parts, and the blocks of persons in a part.
IN_PARTS = frozenset({"drug_exposure"})
BLOCKS_OF_A_PART = 10


class Parts:
    """Writes tables into a folder. A file has its name only when it is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[Path, pq.ParquetWriter] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, rows: pa.Table, block: int) -> None:
        """Write the rows of a block; blocks come in their order."""
        if name in IN_PARTS:
            path = self._folder / name / f"part-{block // BLOCKS_OF_A_PART:05d}.parquet"
            for other in [one for one in self._open if one.parent == path.parent and one != path]:
                self._finish(other)
        else:
            path = self._folder / f"{name}.parquet"
        if path not in self._open:
            path.parent.mkdir(exist_ok=True)
            self._open[path] = pq.ParquetWriter(_unfinished(path), rows.schema, compression="zstd")
        self._open[path].write_table(rows, row_group_size=max(rows.num_rows, 1))

    def _finish(self, path: Path) -> None:
        self._open.pop(path).close()
        _unfinished(path).replace(path)

    def __enter__(self) -> Parts:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the files; after an error, take the unfinished ones away."""
        for path in list(self._open):
            if kind is None:
                self._finish(path)
            else:
                self._open.pop(path).close()
                _unfinished(path).unlink(missing_ok=True)


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.unfinished")
