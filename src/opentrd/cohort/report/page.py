"""``report.html``: one file of a population, made of its sums; nothing in it asks for anything outside."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from markupsafe import Markup

from opentrd.cohort.report import caring, defining
from opentrd.cohort.report.comparing import compared
from opentrd.cohort.report.telling import Picture, Telling
from opentrd.cohort.sources.findings import meaning_of, place_of, what_of
from opentrd.cohort.sources.model import Finding
from opentrd.cohort.summing.reading import ReadCount
from opentrd.cohort.summing.sums import Count, Size, Sums
from opentrd.cohort.target import SETTINGS
from opentrd.present.words import Words, capital
from opentrd.version import __version__

if TYPE_CHECKING:
    from jinja2 import Template

REPORT: Final = "report.html"
_FOLDER: Final = Path(__file__).parent


class Facts(msgspec.Struct, kw_only=True):
    """What the report shows of ``settings.json``: on what the results rest. Absent: not known."""

    opentrd: str = __version__
    knowledge: str = ""
    local_rows: int = 0
    source: str = ""
    source_kind: str = ""
    engine: str = ""
    as_of: str = ""
    instrument: str = ""
    definitions: list[str] = []
    findings: list[Finding] = []
    read: list[ReadCount] = []


def write_report(folder: Path, sums: Sums, words: Words) -> Path:
    """Write ``report.html`` into a folder of results, from the sums and ``settings.json`` there."""
    settings = folder / SETTINGS
    facts = msgspec.json.decode(settings.read_bytes(), type=Facts) if settings.exists() else Facts()
    path = folder / REPORT
    path.write_text(report(sums, facts, words), encoding="utf-8")
    return path


def report(sums: Sums, facts: Facts, words: Words) -> str:
    """Return the report as one HTML file."""
    tell = Telling(words)
    main = next(size for size in sums.sizes if size.definition == sums.main)
    day = _day(sums)
    return _template().render(
        t=words.text,
        words=words,
        css=_css(),
        sums=sums,
        facts=facts,
        version=__version__,
        day=day,
        first=first_line(sums, main, tell),
        under=second_line(sums, main, tell),
        pictures=_pictures(sums, tell),
        pairs=[compared(pair, tell) for pair in sums.pairs if sums.treated != 0],
        findings=_findings(facts, words, notes=False),
        notes=_findings(facts, words, notes=True),
        tables=_tables(facts, tell),
        settings=_settings(facts, day, words),
    )


def _day(sums: Sums) -> int:
    return date.fromisoformat(sums.as_of).toordinal()


def _pictures(sums: Sums, tell: Telling) -> list[Picture]:
    """Return the pictures; where nobody was treated, only the one of the steps in which people drop out."""
    if sums.treated == 0:
        return [defining.attrition(sums, tell)]
    return [*defining.pictures(sums, tell), *caring.pictures(sums, tell)]


def first_line(sums: Sums, main: Size, tell: Telling) -> str:
    """Return the answer with its bounds: how many meet the definition for certain, and up to how many."""
    if sums.treated == 0:
        return tell.t("cohort.first_nobody")
    if sums.treated is None:
        return tell.t("cohort.first_none_shown", limit=sums.limit)
    if main.certain is None:
        return tell.t("cohort.first_hidden", n=tell.number(sums.treated), limit=sums.limit)
    key = "cohort.first_same" if main.undetermined == 0 else "cohort.first"
    key = "cohort.first_open" if main.possible is None else key
    return tell.t(
        key,
        n=tell.number(sums.treated),
        certain=tell.number(main.certain),
        percent=tell.percent(main.certain, sums.treated),
        possible=tell.number(main.possible),
        most=tell.percent(main.possible, sums.treated),
    )


def second_line(sums: Sums, main: Size, tell: Telling) -> str:
    """Say which definition speaks, and how much the answer depends on it."""
    if sums.treated == 0:
        return tell.t("cohort.under_nobody", day=_day(sums))
    sizes = [size for size in sums.sizes if size.headline] or sums.sizes
    if len(sizes) == 1:
        return tell.t("cohort.under_one", definition=main.definition)
    numbers = (main.certain, main.undetermined)
    same = 0 if None in numbers else sum((s.certain, s.undetermined) == numbers for s in sizes) - 1
    case, said = defining.spread(sizes, sums, tell)
    speaks = tell.t("cohort.under", definition=main.definition, same=same or None)
    return f"{speaks} {tell.t(f'cohort.under_{case}', **said)}"


def _findings(facts: Facts, words: Words, *, notes: bool) -> list[tuple[str, str]]:
    """Return what the check of the source found, warnings or notes: what, and what it means here."""
    told = [each for each in facts.findings if (each.level == "note") == notes]
    return [
        (f"{place_of(each, words)}: {what_of(each, words)}", capital(meaning_of(each, words)))
        for each in told
    ]


def _tables(facts: Facts, tell: Telling) -> list[list[str]]:
    """Return how many rows of the source were read and used, as far as they may be shown."""
    return [
        [row.table, tell.number(row.read), tell.number(row.used), _unused(row.unused, tell)]
        for row in facts.read
    ]


def _unused(counts: dict[str, Count], tell: Telling) -> str:
    ranked = sorted(counts, key=lambda key: (-(counts[key] or 0), key))
    return ", ".join(f"{tell.key('unused', key)} ({tell.number(counts[key])})" for key in ranked)


def _settings(facts: Facts, day: int, words: Words) -> list[tuple[str, str]]:
    pairs = (
        ("source", f"{facts.source} ({facts.source_kind})" if facts.source else ""),
        ("as_of", words.day(day)),
        ("instrument", words.write("instrument", facts.instrument) if facts.instrument else ""),
        ("definitions", str(len(facts.definitions)) if facts.definitions else ""),
        ("engine", facts.engine),
        ("version", f"OpenTRD {facts.opentrd}"),
        ("knowledge", facts.knowledge),
        ("local", words.text("cohort.local_rows", n=facts.local_rows) if facts.local_rows else ""),
    )
    return [(words.text(f"cohort.setting.{key}"), value) for key, value in pairs if value]


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("cohort.html.j2")


@cache
def _css() -> Markup:
    return Markup((_FOLDER / "cohort.css").read_text(encoding="utf-8"))  # noqa: S704 (our own file)
