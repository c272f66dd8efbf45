"""The command ``opentrd``.

Everything heavy is imported when a command needs it, so that help and start are quick.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from opentrd.errors import InputError, OpenTRDError
from opentrd.options_cli import (
    Answers,
    AsOf,
    Audience,
    For,
    Format,
    InstrumentOption,
    KnowledgeDir,
    Language,
    LetterFormat,
    MeasureFormat,
    Memory,
    Out,
    Patient,
    Population,
    Prefer,
    Processes,
    Quality,
    RecordFormat,
    Region,
    RegionOption,
)

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.knowledge.loader import Knowledge
    from opentrd.present.words import Words

DONE, OTHER, USAGE, BAD_INPUT = 0, 1, 2, 3

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Reads a person's record and says which treatments for depression were proper trials, what they "
    "did, and what could come next. It informs and does not decide.",
)


def _version(asked: bool) -> None:
    if asked:
        from opentrd.version import __version__

        typer.echo(f"opentrd {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Read records, judge trials of treatment, show the reasons."""


@app.command()
def assess(
    patient: Patient,
    as_of: AsOf = None,
    format_: Annotated[
        Format, typer.Option("--format", help="pdf is one to three pages to print; fhir is an R4 Bundle.")
    ] = Format.TEXT,
    out: Out = None,
    audience: For = Audience.CLINICIAN,
    language: Language = "en",
    region: RegionOption = None,
    instrument: InstrumentOption = None,
    prefer: Prefer = None,
    answers: Answers = None,
    knowledge: KnowledgeDir = None,
) -> None:
    """Assess a person: which trials were proper, what they did, under which definitions this is TRD."""
    words = _words(language, audience, knowledge)
    found = _assessed(patient, words, as_of, region, instrument, prefer, answers)
    _write(found, words, format_.value, out)


@app.command()
def letter(
    patient: Patient,
    as_of: AsOf = None,
    format_: Annotated[LetterFormat, typer.Option("--format", help="pdf to print.")] = LetterFormat.TEXT,
    out: Out = None,
    language: Language = "en",
    region: RegionOption = None,
    instrument: InstrumentOption = None,
    prefer: Prefer = None,
    answers: Answers = None,
    knowledge: KnowledgeDir = None,
) -> None:
    """Draft a letter of referral to a specialist in depression, to check, complete and sign."""
    words = _words(language, Audience.CLINICIAN, knowledge)
    found = _assessed(patient, words, as_of, region, instrument, prefer, answers)
    _write(found, words, f"letter-{format_.value}", out)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the reports go.")] = Path("opentrd-demo"),
    language: Language = "en",
) -> None:
    """Assess the bundled sample persons, show one, leave all their reports in a folder."""
    from opentrd.demo import run

    run(out, _words(language, Audience.CLINICIAN, None))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Where it listens; 127.0.0.1, this machine alone.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="8321, or the next that is free.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where it keeps; the data folder of the user.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Settings in TOML: docs/service.md.")
    ] = None,
) -> None:
    """Open the web app: on this machine alone, until Ctrl-C."""
    from opentrd.service.serve import run, settings_for

    run(settings_for(config, host, port, folder), browser=browser, any_port=port is None, note=_note)


@app.command()
def template(
    kind: Annotated[str, typer.Argument(metavar="yaml|csv", help="The form of the sheet.")] = "yaml",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where it goes; standard output.")] = None,
    language: Language = "en",
) -> None:
    """Write an empty history sheet with examples, to fill in by hand."""
    if kind not in ("yaml", "csv"):
        _usage(f"a history sheet is yaml or csv, not {kind!r}")
    from opentrd.records.sheet import template as sheet

    if language not in ("en", "es"):
        _usage(f"--language {language}: sheets are in en, es")
    text = sheet("csv" if kind == "csv" else "yaml", "es" if language == "es" else "en")
    if out is None:
        typer.echo(text, nl=not text.endswith("\n"))
    else:
        out.write_text(text, encoding="utf-8")


@app.command()
def explain(
    patient: Patient,
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="[TRIAL|DEFINITION|review|CHECK|options|OPTION|cautions|ROW|background|unused]",
            help="Without it, what can be explained.",
        ),
    ] = None,
    as_of: AsOf = None,
    person: Annotated[str | None, typer.Option(help="Which person, where there are several.")] = None,
    audience: For = Audience.CLINICIAN,
    language: Language = "en",
    region: RegionOption = None,
    instrument: InstrumentOption = None,
    prefer: Prefer = None,
    answers: Answers = None,
    knowledge: KnowledgeDir = None,
) -> None:
    """Say step by step why something is judged, asked or placed as it is, down to the record lines."""
    from opentrd.present.console import console
    from opentrd.present.explain import UnknownSubjectError, explain_subject

    words = _words(language, audience, knowledge)
    found = _assessed(patient, words, as_of, region, instrument, prefer, answers)
    assessment = _one(found, person)
    try:
        console().print(explain_subject(assessment, subject, words))
    except UnknownSubjectError as error:
        _usage(str(error))


@app.command()
def knowledge(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TABLE | show ROW | search WORDS]", help="Without it, the list of tables."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Check every table and definition.")] = False,
    folder: KnowledgeDir = None,
) -> None:
    """List and search what is known, with its sources."""
    from opentrd.present.console import console
    from opentrd.present.tables import NotFoundError, lookup

    loaded = _load(folder)
    if check:
        loaded.check()
    try:
        console().print(lookup(loaded, tuple(what or ()), checked=check))
    except NotFoundError as error:
        _usage(str(error))


@app.command()
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
        _load(None),
        out,
        persons=persons,
        seed=seed,
        form=format_.value,
        quality=quality.value,
        without=tuple(without or ()),
        exposures=exposures,
        processes=processes,
    )


@app.command()
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
            _usage(f"--measure {each}: there are {', '.join(JUDGES)}")
    words = _words(language, Audience.CLINICIAN, None)
    run(source, period, words, tuple(measure or ()), format_.value, out, list_persons)


@app.command()
def convert(
    source: Population,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the record tables go.")],
    memory: Memory = 3000,
    processes: Processes = None,
    knowledge: KnowledgeDir = None,
) -> None:
    """Turn a population into record tables (Parquet), once, for all later runs."""
    from opentrd.cohort.commands_source import convert as run

    run(source, out, memory_mb=memory, processes=processes or os.cpu_count() or 1, knowledge=knowledge)


@app.command()
def check(
    source: Population,
    format_: Annotated[str, typer.Option("--format", metavar="text|json")] = "text",
    knowledge: KnowledgeDir = None,
) -> None:
    """Say what a population's source lacks, and what can be computed from it."""
    if format_ not in ("text", "json"):
        _usage(f"--format {format_}: there are text, json")
    from opentrd.cohort.commands_source import check as run

    run(source, form=format_, knowledge=knowledge)


def _assessed(
    patient: str,
    words: Words,
    as_of: str | None,
    region: Region | None,
    instrument: str | None,
    prefer: list[str] | None,
    answers: Path | None,
) -> Iterator[Assessment]:
    """Assess each person of the input as the options ask."""
    from opentrd.run import assess_all

    return assess_all(
        patient,
        words=words,
        as_of=_day(as_of),
        instrument=_instrument(instrument, words.knowledge),
        region=region.value if region else None,
        answers=answers,
        preferences=_preferences(prefer, words.knowledge),
        note=_note,
    )


def _write(found: Iterator[Assessment], words: Words, form: str, out: Path | None) -> None:
    """Write assessments in a format."""
    from opentrd.present import files

    try:
        files.write(found, words, form, out)
    except files.NeedsFolderError as error:
        _usage(str(error))


def _load(folder: Path | None) -> Knowledge:
    from opentrd.knowledge.loader import load

    return load(folder)


def _words(language: str, audience: Audience, folder: Path | None) -> Words:
    from opentrd.present.words import Words, languages

    if language not in languages():
        _usage(f"--language {language}: there are words in {', '.join(languages())}")
    return Words(language, audience.value, _load(folder))


def _day(text: str | None) -> int:
    """Return the day of the assessment; today where none is given."""
    from datetime import date, datetime

    if text is None:
        return datetime.now().astimezone().date().toordinal()
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        _usage(f"--as-of {text}: a date such as 2026-07-01 is needed")


def _instrument(asked: str | None, known: Knowledge) -> str | None:
    if asked is not None and asked not in known.instruments:
        _usage(f"--instrument {asked}: there are {', '.join(known.instruments)}")
    return asked


def _preferences(given: list[str] | None, known: Knowledge) -> dict[str, float]:
    """Return preferences with their weights; one without a weight counts once."""
    from opentrd.review.preferences import preference_names

    names = preference_names(known)
    found: dict[str, float] = {}
    for text in given or ():
        name, equals, weight = text.partition("=")
        if name not in names:
            _usage(f"--prefer {text}: there are {', '.join(names)}")
        try:
            found[name] = float(weight) if equals else 1.0
        except ValueError:
            _usage(f"--prefer {text}: the weight is a number, such as {name}=2")
        if not math.isfinite(found[name]):
            _usage(f"--prefer {text}: the weight is a number, such as {name}=2")
    return found


def _one(found: Iterator[Assessment], person: str | None) -> Assessment:
    """Return the one person asked for."""
    persons = [a for a in found if person is None or a.record.person.person_id == person]
    if not persons:
        _usage(f"--person {person}: not in the input" if person else "there is no person in the input")
    if len(persons) > 1:
        ids = ", ".join(a.record.person.person_id for a in persons)
        _usage(f"there are several persons; name one with --person: {ids}")
    return persons[0]


def _note(text: str) -> None:
    """Say something beside the output."""
    typer.echo(f"opentrd: {text}", err=True)


def _usage(message: str) -> NoReturn:
    typer.echo(f"opentrd: {message}", err=True)
    raise typer.Exit(USAGE)


def main() -> None:
    """Run the command; errors become a message and an exit code."""
    try:
        app()
    except InputError as error:
        _fail(str(error), BAD_INPUT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(OTHER)
    except OpenTRDError as error:
        _fail(str(error), OTHER)
    except OSError as error:
        _fail(f"{error.filename or 'file'}: {error.strerror or error}", OTHER)
    except Exception as error:
        if os.environ.get("OPENTRD_DEBUG"):
            raise
        _fail(
            f"an error of OpenTRD itself, not of your input: {type(error).__name__}: {error}\n"
            "Please report it; OPENTRD_DEBUG=1 shows where it happened.",
            OTHER,
        )


def _fail(message: str, code: int) -> NoReturn:
    from opentrd.present.words.formats import clean

    for line in message.splitlines():
        sys.stderr.write(f"opentrd: {clean(line)}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
