"""The options that the commands of ``opentrd`` share: their names, their values, their help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class RecordFormat(StrEnum):
    """Forms of a simulated record."""

    OMOP = "omop"
    FHIR = "fhir"


class Engine(StrEnum):
    """Where the rules of a population run."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class Quality(StrEnum):
    """How much of the truth a simulated record keeps."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class Format(StrEnum):
    """What ``assess`` writes."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    PDF = "pdf"
    FHIR = "fhir"


class LetterFormat(StrEnum):
    """What ``letter`` writes."""

    TEXT = "text"
    PDF = "pdf"


class MeasureFormat(StrEnum):
    """What ``measures`` writes."""

    TEXT = "text"
    JSON = "json"
    FHIR = "fhir"


class Audience(StrEnum):
    """For whom it writes."""

    CLINICIAN = "clinician"
    PATIENT = "patient"


class Region(StrEnum):
    """Where help is looked for."""

    US = "us"
    UK = "uk"
    EU = "eu"
    CA = "ca"
    AU = "au"


Patient = Annotated[
    str,
    typer.Argument(
        metavar="PATIENT",
        help="A FHIR R4 Bundle, NDJSON or a folder of them, a history sheet (CSV or YAML), "
        "or - for standard input.",
    ),
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="The day of the assessment; today.")
]
For = Annotated[Audience, typer.Option("--for", help="For whom the words are.")]
Language = Annotated[str, typer.Option(help="Language of the words.")]
RegionOption = Annotated[
    Region | None,
    typer.Option("--region", help="Where the person lives: for approvals, names and help lines."),
]
InstrumentOption = Annotated[
    str | None,
    typer.Option(
        "--instrument",
        metavar="ID",
        help="Whose least doses and times count where a definition leaves it open.",
    ),
]
Answers = Annotated[
    Path | None,
    typer.Option("--answers", metavar="FILE", help="Answers to open questions: YAML or JSON, id to value."),
]
Out = Annotated[
    Path | None, typer.Option(metavar="PATH", help="A file; a folder where there are several persons.")
]
Prefer = Annotated[
    list[str] | None,
    typer.Option(
        "--prefer",
        metavar="EFFECT=WEIGHT",
        help="What matters to the person, such as weight_gain=2; may be given several times. "
        "opentrd knowledge preference lists them.",
    ),
]
KnowledgeDir = Annotated[
    Path | None,
    typer.Option(
        "--knowledge",
        metavar="DIR",
        help="A folder of a clinic's own rows, laid over the shipped ones (docs/own-knowledge.md).",
    ),
]
Population = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="An OMOP CDM (a DuckDB file, a folder of Parquet or CSV, a postgresql:// address), a folder of "
        "FHIR NDJSON as a server exports it, or record tables.",
    ),
]
Memory = Annotated[int, typer.Option("--memory", metavar="MB", min=500, help="Memory to work in, in MB.")]
Processes = Annotated[
    int | None, typer.Option("--processes", metavar="N", min=1, help="Processes; as many as there are cores.")
]
