"""Exports made of the bundled samples, as servers write them, and how they are read here."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from opentrd.records.bulk.convert import Export, convert
from opentrd.records.model import Record
from opentrd.records.tables.columns import SCHEMAS
from opentrd.records.tables.rows import accounted
from opentrd.records.tables.write import table_file
from tests.spec.rows import KNOWLEDGE

J = dict[str, Any]
SAMPLES = sorted((Path(__file__).parents[3] / "src/opentrd/samples").glob("*.json"))


def of_bundle(path: Path) -> list[J]:
    """The resources of a bundle with literal references (``Type/id``), as an export has them."""
    bundle = json.loads(path.read_text())
    text = json.dumps(bundle)
    for entry in bundle["entry"]:
        name = f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        text = text.replace(f'"{entry["fullUrl"]}"', f'"{name}"')
    return [entry["resource"] for entry in json.loads(text)["entry"]]


def samples() -> list[J]:
    return [resource for path in SAMPLES for resource in of_bundle(path)]


def export(
    folder: Path, resources: list[J], *, packed: bool = False, lines: int = 500, seed: int | None = None
) -> Path:
    """Write resources as an export: a file for each type, several where there are many lines."""
    folder.mkdir(parents=True, exist_ok=True)
    if seed is not None:
        resources = random.Random(seed).sample(resources, len(resources))
    by_type: dict[str, list[str]] = {}
    for one in resources:
        by_type.setdefault(one["resourceType"], []).append(json.dumps(one))
    for kind, texts in by_type.items():
        for number, at in enumerate(range(0, len(texts), lines)):
            data = "".join(f"{text}\n" for text in texts[at : at + lines]).encode()
            name = f"{kind}.{number:03d}.ndjson"
            (folder / (name + ".gz" if packed else name)).write_bytes(gzip.compress(data) if packed else data)
    return folder


def converted(source: Path, out: Path, *, memory_mb: int = 500, processes: int = 1) -> Export:
    return convert(source, out, KNOWLEDGE, memory_mb=memory_mb, processes=processes, told=lambda *_: None)


def tables(folder: Path) -> dict[str, Any]:
    return {table: pq.read_table(table_file(folder, table)) for table in SCHEMAS}


def of_tables(folder: Path) -> list[Record]:
    return list(accounted(tables(folder)))


def nobody(folder: Path) -> list[J]:
    """The lines of nobody."""
    found = pq.read_table(table_file(folder, "unused")).to_pylist()
    return [
        {key: value for key, value in row.items() if key != "person_id"}
        for row in found
        if row["person_id"] is None
    ]
