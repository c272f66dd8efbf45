"""The commands of ``opentrd`` for populations; each imports what it needs when it is called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from opentrd.cli_shared import day_of, instrument_of, load_knowledge, stoppable, usage, words_of
from opentrd.options_cli import (
    Audience,
    Engine,
    InstrumentOption,
    KnowledgeDir,
    Language,
    MeasureFormat,
    Memory,
    Population,
    Processes,
    Quality,
    RecordFormat,
)

population = typer.Typer(add_completion=False)


@population.command()
@stoppable(lambda _: "whole")
def simulate(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="A new folder for record and truth.")],
    persons: Annotated[int, typer.Option(min=1, help="How many persons.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same persons.")] = 1,
    format_: Annotated[
        RecordFormat, typer.Option("--format", help="OMOP CDM 5.4 in Parquet, or FHIR R4 in NDJSON.")
    ] = RecordFormat.OMOP,
    quality: Annotated[Quality, typer.Option(help="How much of the truth it keeps.")] = Quality.MIDDLE,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="SWITCH", help="What the record must not do to the truth; all for nothing."),
    ] = None,
    exposures: Annotated[
        float | None,
        typer.Option("--exposures-per-person", min=0.1, help="Make records long enough for about so many."),
    ] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="As many as there are processors.")] = None,
) -> None:
    """Simulate persons whose truth is known, and what a record keeps of it."""
    from opentrd.simulate.command import run

    run(
        load_knowledge(None),
        out,
        persons=persons,
        seed=seed,
        form=format_.value,
        quality=quality.value,
        without=tuple(without or ()),
        exposures=exposures,
        processes=processes,
    )


@population.command()
@stoppable(lambda _: "whole")
def measures(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="A FHIR R4 Bundle, NDJSON, or a folder of them; - for input."),
    ],
    period: Annotated[int, typer.Option(min=1900, max=2999, metavar="YEAR", help="The calendar year.")],
    measure: Annotated[
        list[str] | None,
        typer.Option(
            "--measure", metavar="CMS128|CMS159|CMS2", help="One or several; all where none is named."
        ),
    ] = None,
    format_: Annotated[
        MeasureFormat, typer.Option("--format", help="fhir is a Bundle of MeasureReports, a person each.")
    ] = MeasureFormat.TEXT,
    out: Annotated[Path | None, typer.Option(metavar="PATH", help="A file; standard output.")] = None,
    list_persons: Annotated[
        bool, typer.Option("--list-persons", help="Show every person with the reasons, and all counts.")
    ] = False,
    language: Language = "en",
) -> None:
    """Compute the quality measures of depression care that clinics report, with the reasons by person."""
    from opentrd.cohort.measures.measures import JUDGES
    from opentrd.cohort.measures.run import run

    for each in measure or ():
        if each not in JUDGES:
            usage(f"--measure {each}: there are {', '.join(JUDGES)}")
    words = words_of(language, Audience.CLINICIAN, None)
    run(source, period, words, tuple(measure or ()), format_.value, out, list_persons)


@population.command()
@stoppable(lambda options: "again" if options["engine"] == Engine.SPARK else "goes_on")
def cohort(
    source: Population,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the results go.")],
    definition: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="A definition; all of them where none is named."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="The day of the assessment; the last in the source."),
    ] = None,
    instrument: InstrumentOption = None,
    staging: Annotated[
        bool | None,
        typer.Option("--staging/--no-staging", help="Staging scores; with all definitions they are there."),
    ] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Tell pairwise who is in one definition and not in the other."),
    ] = None,
    list_persons: Annotated[
        bool, typer.Option("--list-persons", help="Care gaps and differences by person too.")
    ] = False,
    verdicts_only: Annotated[
        bool,
        typer.Option(
            "--verdicts-only", help="Only who meets a definition; no trials, lines or gaps. Faster."
        ),
    ] = False,
    truth: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="What opentrd simulate left: how often is a definition right?"),
    ] = None,
    engine: Annotated[Engine, typer.Option(help="duckdb on this machine, or spark.")] = Engine.DUCKDB,
    master: Annotated[str, typer.Option(help="Where Spark runs.")] = "local[*]",
    partitions: Annotated[int | None, typer.Option(min=1, help="Tasks of Spark.")] = None,
    memory: Memory = 3000,
    processes: Processes = None,
    language: Language = "en",
    knowledge: KnowledgeDir = None,
) -> None:
    """Find who has treatment-resistant depression in a database, under any or all definitions."""
    words = words_of(language, Audience.CLINICIAN, knowledge)
    for each in (*(definition or ()), *(compare or ())):
        if each not in words.knowledge.definitions:
            usage(f"{each}: there is no such definition (opentrd knowledge definition lists them)")
    if compare and len(set(compare)) < 2:
        usage(f"--compare {compare[0]}: two or more are compared, so name another one with --compare too")
    of_trials = {"--compare": compare, "--list-persons": list_persons, "--staging": staging, "--truth": truth}
    for name, given in of_trials.items():
        if given and verdicts_only:
            usage(f"--verdicts-only makes no trials, which {name} needs: leave one of the two out")
    if engine == Engine.SPARK and as_of is None:
        usage("--engine spark: the day of the assessment is needed, --as-of DATE")
    from opentrd.cohort.commands import Request
    from opentrd.cohort.commands import cohort as run
    from opentrd.cohort.run import Options
    from opentrd.cohort.summing.summary import SumOptions

    cores = processes or os.cpu_count() or 1
    options = Options(
        definitions=tuple(dict.fromkeys((*definition, *(compare or ())))) if definition else None,
        as_of=None if as_of is None else day_of(as_of),
        instrument=instrument_of(instrument, words.knowledge),
        staging=staging,
        trials=not verdicts_only,
        knowledge_folder=None if knowledge is None else str(knowledge),
        memory_mb=memory,
        processes=cores,
        partitions=partitions,
    )
    sums = SumOptions(
        compare=tuple(compare or ()), list_persons=list_persons, memory_mb=memory, threads=cores
    )
    request = Request(
        source=source,
        out=out,
        engine=engine.value,
        master=master,
        options=options,
        sums=sums,
        truth=truth,
    )
    run(request, words)


@population.command()
@stoppable(lambda _: "again")
def convert(
    source: Population,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the record tables go.")],
    memory: Memory = 3000,
    processes: Processes = None,
    language: Language = "en",
    knowledge: KnowledgeDir = None,
) -> None:
    """Turn a population into record tables (Parquet), once, for all later runs."""
    words = words_of(language, Audience.CLINICIAN, knowledge)
    from opentrd.cohort.commands_source import convert as run

    run(source, out, words, memory_mb=memory, processes=processes or os.cpu_count() or 1)


@population.command()
@stoppable(lambda _: "whole")
def check(
    source: Population,
    format_: Annotated[str, typer.Option("--format", metavar="text|json")] = "text",
    language: Language = "en",
    knowledge: KnowledgeDir = None,
) -> None:
    """Say what a population's source lacks, and what can be computed from it."""
    if format_ not in ("text", "json"):
        usage(f"--format {format_}: there are text, json")
    words = words_of(language, Audience.CLINICIAN, knowledge)
    from opentrd.cohort.commands_source import check as run

    run(source, words, form=format_)
