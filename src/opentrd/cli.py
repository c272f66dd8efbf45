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

from opentrd.cli_population import population
from opentrd.cli_shared import (
    BAD_INPUT,
    OTHER,
    day_of,
    instrument_of,
    load_knowledge,
    note,
    usage,
    words_of,
)
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
    Out,
    Patient,
    Prefer,
    Region,
    RegionOption,
)

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.knowledge.loader import Knowledge
    from opentrd.present.words import Words

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


app.add_typer(population)


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
    words = words_of(language, audience, knowledge)
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
    words = words_of(language, Audience.CLINICIAN, knowledge)
    found = _assessed(patient, words, as_of, region, instrument, prefer, answers)
    _write(found, words, f"letter-{format_.value}", out)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the reports go.")] = Path("opentrd-demo"),
    language: Language = "en",
) -> None:
    """Assess the bundled sample persons, show one, leave all their reports in a folder."""
    from opentrd.demo import run

    run(out, words_of(language, Audience.CLINICIAN, None))


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

    run(settings_for(config, host, port, folder), browser=browser, any_port=port is None, note=note)


@app.command()
def template(
    kind: Annotated[str, typer.Argument(metavar="yaml|csv", help="The form of the sheet.")] = "yaml",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where it goes; standard output.")] = None,
    language: Language = "en",
) -> None:
    """Write an empty history sheet with examples, to fill in by hand."""
    if kind not in ("yaml", "csv"):
        usage(f"a history sheet is yaml or csv, not {kind!r}")
    from opentrd.records.sheet import template as sheet

    if language not in ("en", "es"):
        usage(f"--language {language}: sheets are in en, es")
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

    words = words_of(language, audience, knowledge)
    found = _assessed(patient, words, as_of, region, instrument, prefer, answers)
    assessment = _one(found, person)
    try:
        console().print(explain_subject(assessment, subject, words))
    except UnknownSubjectError as error:
        usage(str(error))


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

    loaded = load_knowledge(folder)
    if check:
        loaded.check()
    try:
        console().print(lookup(loaded, tuple(what or ()), checked=check))
    except NotFoundError as error:
        usage(str(error))


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
        as_of=day_of(as_of),
        instrument=instrument_of(instrument, words.knowledge),
        region=region.value if region else None,
        answers=answers,
        preferences=_preferences(prefer, words.knowledge),
        note=note,
    )


def _write(found: Iterator[Assessment], words: Words, form: str, out: Path | None) -> None:
    """Write assessments in a format."""
    from opentrd.present import files

    try:
        files.write(found, words, form, out)
    except files.NeedsFolderError as error:
        usage(str(error))


def _preferences(given: list[str] | None, known: Knowledge) -> dict[str, float]:
    """Return preferences with their weights; one without a weight counts once."""
    from opentrd.review.preferences import preference_names

    names = preference_names(known)
    found: dict[str, float] = {}
    for text in given or ():
        name, equals, weight = text.partition("=")
        if name not in names:
            usage(f"--prefer {text}: there are {', '.join(names)}")
        try:
            found[name] = float(weight) if equals else 1.0
        except ValueError:
            usage(f"--prefer {text}: the weight is a number, such as {name}=2")
        if not math.isfinite(found[name]):
            usage(f"--prefer {text}: the weight is a number, such as {name}=2")
    return found


def _one(found: Iterator[Assessment], person: str | None) -> Assessment:
    """Return the one person asked for."""
    persons = [a for a in found if person is None or a.record.person.person_id == person]
    if not persons:
        usage(f"--person {person}: not in the input" if person else "there is no person in the input")
    if len(persons) > 1:
        ids = ", ".join(a.record.person.person_id for a in persons)
        usage(f"there are several persons; name one with --person: {ids}")
    return persons[0]


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
