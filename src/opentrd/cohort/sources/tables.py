"""Record tables, as ``opentrd convert`` writes them, as a source of a population."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq

from opentrd.cohort.checking import tables as checking
from opentrd.cohort.sources.days import last_days, written
from opentrd.cohort.sources.model import ANSWER, Converted, Finding, Progress, TableCount
from opentrd.cohort.sources.refusal import refuse
from opentrd.cohort.state import kept_findings
from opentrd.folders import in_sql
from opentrd.knowledge.loader import Knowledge
from opentrd.records.tables.columns import SCHEMAS
from opentrd.records.tables.write import ROW_GROUP, table_file


class TablesSource:
    """A folder with one Parquet file for each table of the record (docs/record-tables.md)."""

    kind = "tables"

    def __init__(self, path: str, knowledge: Knowledge) -> None:
        self.name = path
        self._path = Path(path)
        self._knowledge = knowledge

    def fingerprint(self) -> str:
        """Return what changes when a table does: names, sizes and times of the files."""
        total = hashlib.sha256()
        for table in self._tables():
            status = table_file(self._path, table).stat()
            total.update(f"{table}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
        return total.hexdigest()

    def check(self) -> list[Finding]:
        """Hold the tables to their columns, types and rules; the last findings say what can be computed.

        Tables that ``opentrd convert`` made come with what the check of their source found.
        """
        own = checking.check(self._path, self._knowledge)
        kept = kept_findings(self._path)
        if not kept or any(finding.level == "error" for finding in own):
            return own
        return [*(finding for finding in own if finding.place != ANSWER), *kept]

    def convert(self, folder: Path, *, memory_mb: int, processes: int, progress: Progress) -> Converted:
        """Put the tables into ``folder``: linked where they are sorted by person, else sorted.

        Raises ``InputError`` for tables that fail their check.
        """
        refuse(self.name, self.check(), self._knowledge)
        folder.mkdir(parents=True, exist_ok=True)
        counts = []
        tables = self._tables()
        for number, table in enumerate(tables):
            progress("sorting tables by person", number, len(tables))
            own, made = table_file(self._path, table), table_file(folder, table)
            if not (made.exists() and made.samefile(own)):
                _place(own, made, memory_mb, processes)
            counts.append(self._counted(table))
        for table, schema in SCHEMAS.items():
            if table not in tables:
                pq.write_table(schema.empty_table(), table_file(folder, table))
        progress("sorting tables by person", len(tables), len(tables))
        persons = pq.read_metadata(table_file(folder, "person")).num_rows
        until = written([table_file(self._path, table) for table in tables])
        days = last_days(folder, until)
        return Converted(tables=counts, persons=persons, last_day=days.row, observed=days.observed)

    prepare = convert

    def _tables(self) -> list[str]:
        return [table for table in SCHEMAS if table_file(self._path, table).exists()]

    def _counted(self, table: str) -> TableCount:
        """Count the rows of a table, and those of nobody in the table of persons.

        Of lines that were not used some are nobody's, as is told there.
        """
        path = table_file(self._path, table)
        read = int(pq.read_metadata(path).num_rows)
        with duckdb.connect() as base:
            row = base.execute(
                "SELECT count(*) FROM read_parquet($rows) AS t "
                "WHERE (t.person_id IS NOT NULL OR $table <> 'unused') AND NOT EXISTS "
                "(FROM read_parquet($persons) AS p WHERE p.person_id = t.person_id)",
                {"rows": str(path), "persons": str(table_file(self._path, "person")), "table": table},
            ).fetchone()
        strangers = int(row[0]) if row else 0
        unused = {"unknown_person": strangers} if strangers else {}
        return TableCount(table=table, read=read, used=read - strangers, unused=unused)


def _place(own: Path, made: Path, memory_mb: int, processes: int) -> None:
    """Put a table in place, whole or not at all: a link or copy where it is sorted, else sorted."""
    part = made.with_name(f"{made.name}.part")
    part.unlink(missing_ok=True)
    if not is_sorted(own):
        _sort(own, part, memory_mb, processes)
    else:
        try:
            os.link(own, part)
        except OSError:  # another disk, or one without links
            shutil.copyfile(own, part)
    part.replace(made)


def is_sorted(path: Path) -> bool:
    """Say whether a table is sorted by person, rows of nobody last."""
    last: str | None = None
    ended = False
    for batch in pq.ParquetFile(path).iter_batches(batch_size=ROW_GROUP, columns=["person_id"]):
        ids = batch.column(0)
        known = ids.drop_null()
        if len(known) == 0:
            ended = ended or len(ids) > 0
            continue
        nulls_last = ids.null_count == 0 or pc.all(pc.is_valid(ids.slice(0, len(known)))).as_py()
        inside = (
            len(known) < 2 or pc.all(pc.less_equal(known.slice(0, len(known) - 1), known.slice(1))).as_py()
        )
        if ended or not nulls_last or not inside or (last is not None and known[0].as_py() < last):
            return False
        last = known[-1].as_py()
        ended = ids.null_count > 0
    return True


def _sort(own: Path, made: Path, memory_mb: int, processes: int) -> None:
    """Sort a table by person, the rows of each in the order in which they stand."""
    spill = made.with_name(f"{made.name}.spill")
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mb}MB",
        "temp_directory": str(spill),
        "threads": max(processes, 1),
    }
    with duckdb.connect(config=settings) as base:
        base.execute(
            "COPY (SELECT * EXCLUDE (file_row_number) FROM read_parquet($file, file_row_number = true) "  # noqa: S608
            f"ORDER BY person_id NULLS LAST, file_row_number) TO {in_sql(made)} "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})",
            {"file": str(own)},
        )
    shutil.rmtree(spill, ignore_errors=True)
