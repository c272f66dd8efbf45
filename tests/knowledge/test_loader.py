"""Broken knowledge is refused with file, row and column; local rows are laid over; citations lead back."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import msgspec
import pytest

from opentrd.errors import InputError, KnowledgeError, OpenTRDError
from opentrd.knowledge.definition import Definition
from opentrd.knowledge.loader import SHIPPED, Knowledge, load
from opentrd.knowledge.lookup import Codes, Names, plain
from opentrd.knowledge.reading import columns
from opentrd.knowledge.schema import TABLES, Adequacy, ConditionCode, Name
from opentrd.knowledge.systems import code_key, system_name

BASIS = {"source": "test", "status": "seen", "checked": "2026-11-23"}

#: A small sound knowledge base, from which each test breaks one thing.
SOUND: dict[str, list[dict[str, str]]] = {
    "treatment": [
        {"treatment": key, "name": key, "kind": "medicine", "class": cls, "main": "yes", "add_on": "no"}
        for key, cls in (("sertraline", "SSRI"), ("venlafaxine", "SNRI"))
    ],
    "name": [{"name": "zoloft", "treatment": "sertraline", "sort": "brand", "region": "us"}],
    "treatment_code": [{"system": "RxNorm", "code": "36437", "treatment": "sertraline"}],
    "instrument": [{"instrument": "A", "name": "A", "min_weeks": "6", "default": "yes"}],
    "adequacy": [{"instrument": "A", "treatment": "sertraline", "min_dose": "50", "dose_unit": "mg/d"}],
    "scale": [
        {
            "scale": "S",
            "name": "S",
            "measures": "depression",
            "rater": "self",
            "min_score": "0",
            "max_score": "27",
            "text_shippable": "yes",
        }
    ],
    "scale_band": [{"scale": "S", "low": "0", "high": "4", "band": "none", "severity": "none"}],
    "condition": [{"concept": "insomnia", "name": "Insomnia", "group": "sleep"}],
    "other_use": [
        {"treatment": "sertraline", "use": "sleep", "rule": "reason", "reasons": "insomnia"},
    ],
}

DEFINITION = """
definition = "two"
name = "Two failures"
kind = "failed_trials"
source_kind = "test"
headline = true
reads = "judgements"
source = "test"
status = "seen"
checked = 2026-11-23
"""


def write(path: Path, rows: list[dict[str, str]], header: list[str]) -> None:
    """Write a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Return a folder with the small sound knowledge base."""
    for name, (cls, _) in TABLES.items():
        rows = [BASIS | row for row in SOUND.get(name, [])]
        write(tmp_path / "base" / "tables" / f"{name}.csv", rows, list(columns(cls)))
    definitions = tmp_path / "base" / "definitions"
    definitions.mkdir()
    (definitions / "two.toml").write_text(DEFINITION, encoding="utf-8")
    return tmp_path / "base"


def problems(base: Path, overlay: Path | None = None) -> list[str]:
    """Return what is wrong, one line a problem."""
    try:
        Knowledge(base, overlay).check()
    except KnowledgeError as error:
        assert [str(problem) for problem in error.problems] == str(error).splitlines()
        return str(error).splitlines()
    return []


def append(base: Path, name: str, /, **cells: str) -> None:
    """Add a row to a table."""
    path = base / "tables" / f"{name}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        header = list(reader.fieldnames or [])
    write(path, [*rows, BASIS | cells], header)


def test_sound(base: Path) -> None:
    """The base that the other tests break is sound."""
    assert problems(base) == []


@pytest.mark.parametrize(
    ("table", "cells", "row", "column", "words"),
    [
        ("adequacy", {"min_dose": "fifty"}, 3, "min_dose", "'fifty'"),
        ("adequacy", {"min_dose": "-5", "dose_unit": "mg/d"}, 3, "min_dose", "below zero"),
        ("adequacy", {"min_dose": "nan", "dose_unit": "mg/d"}, 3, "min_dose", "not a number"),
        ("adequacy", {"min_weeks": "4", "age_from": "65", "age_to": "65"}, 3, "age_from", "below age_to 65"),
        ("adequacy", {"min_weeks": "4", "age_from": "6.5"}, 3, "age_from", "'6.5'"),
        ("adequacy", {"min_weeks": "4", "source": ""}, 3, "source", "must be given"),
        ("adequacy", {"min_weeks": "4", "source": "  "}, 3, "source", "must be given"),
        ("adequacy", {"min_weeks": "4", "checked": ""}, 3, "checked", "must be given"),
        ("adequacy", {"min_weeks": "4", "checked": "23.11.2026"}, 3, "checked", "'23.11.2026'"),
        ("adequacy", {"min_weeks": "4", "status": "sure"}, 3, "status", "'sure'"),
        ("adequacy", {"instrument": "B", "min_weeks": "4"}, 3, "instrument", "not in instrument.csv"),
        ("adequacy", {"treatment": "sertralin", "min_weeks": "4"}, 3, "treatment", "not in treatment.csv"),
        ("adequacy", {"stand_in": "B", "min_weeks": "4"}, 3, "stand_in", "not in instrument.csv"),
        ("adequacy", {"min_dose": "50"}, 3, "dose_unit", "needs a unit"),
        ("adequacy", {}, 3, "min_dose", "no minimum"),
        (
            "adequacy",
            {"formulation": "", "min_weeks": "4"},
            3,
            "instrument+treatment+formulation+age_from",
            "row 2",
        ),
        ("instrument", {"instrument": "B", "name": "B", "default": "yes"}, 0, "default", "2 rows"),
        (
            "instrument",
            {"instrument": "B", "name": "B", "default": "no", "stand_in": "C"},
            3,
            "stand_in",
            "'C'",
        ),
        ("scale_band", {"scale": "S", "low": "9", "high": "5", "band": "mild"}, 3, "low", "below high 5"),
        (
            "scale_band",
            {"scale": "T", "low": "5", "high": "9", "band": "mild"},
            3,
            "scale",
            "not in scale.csv",
        ),
        (
            "treatment",
            {"treatment": "x", "name": "x", "kind": "medicine", "class": "x", "main": "1", "add_on": "no"},
            4,
            "main",
            "'1'",
        ),
        (
            "treatment",
            {
                "treatment": "x",
                "name": "x",
                "kind": "medicine",
                "class": "x",
                "main": "yes",
                "add_on": "no",
                "parts": "sertraline+y",
            },
            4,
            "parts",
            "'y'",
        ),
        ("condition", {"concept": "a", "name": "A", "group": "moods"}, 3, "group", "no group"),
        (
            "other_use",
            {"treatment": "sertraline", "use": "b", "rule": "reason", "reasons": "insomnia; pain"},
            3,
            "reasons",
            "'pain'",
        ),
        (
            "other_use",
            {"treatment": "sertraline", "use": "b", "rule": "dose"},
            3,
            "dose_below",
            "needs dose_below",
        ),
        (
            "other_use",
            {"treatment": "sertraline", "use": "b", "rule": "reason"},
            3,
            "reasons",
            "needs reasons",
        ),
    ],
)
def test_broken_row(base: Path, table: str, cells: dict[str, str], row: int, column: str, words: str) -> None:
    """Each kind of broken row is refused with file, row and column."""
    if table == "adequacy":
        cells = {"instrument": "A", "treatment": "sertraline", "formulation": "xr"} | cells
    append(base, table, **cells)
    found = problems(base)
    place = f"{table}.csv, row {row}, column {column}: " if row else f"{table}.csv, column {column}: "
    assert len(found) == 1
    assert found[0].startswith(place)
    assert words in found[0]


def test_all_problems_are_told(base: Path) -> None:
    """Not only the first."""
    append(base, "adequacy", instrument="A", treatment="sertraline", min_dose="a", min_weeks="b")
    append(base, "name", name="", treatment="sertraline", sort="label")
    places = [line.partition(": ")[0] for line in problems(base)]
    assert places == [
        "name.csv, row 3, column name",
        "name.csv, row 3, column sort",
        "adequacy.csv, row 3, column min_dose",
        "adequacy.csv, row 3, column min_weeks",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "name.csv, row 1: the file is empty"),
        (
            "name,treatment,sort,color,source,status,checked\n",
            "name.csv, row 1, column color: unknown column",
        ),
        ("name,treatment,source,status,checked\n", "name.csv, row 1, column sort: missing column"),
        ("name,name,treatment,sort,source,status,checked\n", "name.csv, row 1, column name: column twice"),
        (
            "name,treatment,sort,local,source,status,checked\n",
            "name.csv, row 1, column local: unknown column",
        ),
        (
            "name,treatment,sort,source,status,checked\na,sertraline,brand,x,seen,2026-11-23,more\n",
            "name.csv, row 2: 7 cells where the header has 6",
        ),
        ('name,treatment\n"a,b\n', "name.csv: cannot be read: "),
        ("name;treatment\n", "name.csv, row 1, column name;treatment: unknown column"),
    ],
)
def test_broken_file(base: Path, text: str, line: str) -> None:
    """Files without the right columns are refused."""
    (base / "tables" / "name.csv").write_text(text, encoding="utf-8")
    assert any(found.startswith(line) for found in problems(base))


def test_wrong_encoding_and_missing_file(base: Path) -> None:
    """A file in another encoding, or none, is named without a path of this machine."""
    (base / "tables" / "name.csv").write_bytes("café".encode("latin-1"))
    (base / "tables" / "figure.csv").unlink()
    found = problems(base)
    assert found[0].startswith("name.csv: cannot be read: ")
    assert found[1] == "figure.csv: cannot be read: No such file or directory"
    assert str(base) not in "".join(found)


def test_byte_order_mark_and_blank_lines(base: Path) -> None:
    """What spreadsheets write is read."""
    path = base / "tables" / "name.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n,,,,,,\r\n")
    assert problems(base) == []
    assert [row.name for row in Knowledge(base).by_name("Zoloft")] == ["zoloft"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ('kind = "any"', "two.toml, kind: Invalid enum value 'any'"),
        ('kind = "any_of"', "two.toml, any_of: kind any_of needs it"),
        ('kind = "any_of"\nany_of = ["three"]', "two.toml, any_of: 'three' is not a definition"),
        ('kind = "any_of"\nany_of = ["two"]', "two.toml, any_of: names itself"),
        ('kind = "staging_at_least"', "two.toml, model: kind staging_at_least needs it"),
        (
            'kind = "staging_at_least"\nmodel = "M"\nabove = 3',
            "two.toml, model: 'M' is not in staging_model.csv",
        ),
        ('kind = "staging_at_least"', "two.toml, at_least: kind staging_at_least needs at_least or above"),
        ('kind = "failed_trials"\nat_least = 3', "two.toml, at_least: means nothing to kind failed_trials"),
        ('kind = "failed_trials"\nsame_as = "one"', "two.toml, same_as: 'one' is not a definition"),
        ('kind = "failed_trials"\ninstrument = "B"', "two.toml, instrument: 'B' is not in instrument.csv"),
        ('kind = "failed_trials"\nexclude = ["sleep", "x"]', "two.toml, exclude: 'x' is not a condition"),
        ('kind = "failed_trials"\ntreatments = ["x"]', "two.toml, treatments: 'x' is not in treatment.csv"),
        ('kind = "failed_trials"\nclasses = ["x"]', "two.toml, classes: 'x' is not a class"),
        ('kind = "failed_trials"\nfigure = "x"', "two.toml, figure: 'x' is not in figure.csv"),
        ('kind = "failed_trials"\nnumber = 0', "two.toml, number: must be 1 or more"),
        ('kind = "failed_trials"\nscope = "window"', "two.toml, window_days: is given with scope window"),
        ('kind = "failed_trials"\nmin_weeks = -1', "two.toml, min_weeks: is below zero"),
        ('kind = "failed_trials"\nmin_age = 65\nmax_age = 18', "two.toml, min_age: is above max_age"),
        ('kind = "failed_trials"\nweeks = 4', "two.toml, top level: Object contains unknown field `weeks`"),
        ('kind = "failed_trials"\nopen = [{parameter = "x", reading = "y"}]', "two.toml, open: 'x' is not"),
        ('kind = "failed_trials', "two.toml: cannot be read: "),
    ],
)
def test_broken_definition(base: Path, change: str, line: str) -> None:
    """Each kind of broken definition is refused with its file and parameter."""
    text = DEFINITION.replace('kind = "failed_trials"', change)
    (base / "definitions" / "two.toml").write_text(text, encoding="utf-8")
    assert any(found.startswith(line) for found in problems(base))


def test_definition_is_named_as_its_file(base: Path) -> None:
    """Else an overlay could not replace it."""
    (base / "definitions" / "two.toml").rename(base / "definitions" / "three.toml")
    assert problems(base) == ["three.toml, definition: 'two' is not the name of the file"]


def test_rows_are_checked_whenever_a_table_is_read(base: Path) -> None:
    """Without a full check too, and only when the table is asked for."""
    append(base, "adequacy", instrument="A", treatment="sertraline", min_dose="a")
    knowledge = Knowledge(base)
    assert list(knowledge.treatments) == ["sertraline", "venlafaxine"]
    with pytest.raises(KnowledgeError, match=r"adequacy\.csv, row 3, column min_dose"):
        _ = knowledge.adequacy


def test_errors_are_bad_input() -> None:
    """Exit code 3 goes by this class."""
    error = InputError("a.csv", "row 3", "is wrong", "do this")
    assert str(error) == "a.csv, row 3: is wrong (do this)"
    assert issubclass(KnowledgeError, InputError)
    assert issubclass(InputError, OpenTRDError)


# Overlay


def overlay(tmp_path: Path, /, **tables: list[dict[str, str]]) -> Path:
    """Write a clinic's own tables."""
    for name, rows in tables.items():
        write(tmp_path / "own" / f"{name}.csv", [BASIS | row for row in rows], list(columns(TABLES[name][0])))
    return tmp_path / "own"


def test_overlay_replaces_and_adds(base: Path, tmp_path: Path) -> None:
    """A row of the same key replaces, a new one adds; both are marked."""
    own = overlay(
        tmp_path,
        adequacy=[
            {"instrument": "A", "treatment": "sertraline", "min_dose": "100", "dose_unit": "mg/d"},
            {"instrument": "A", "treatment": "venlafaxine", "min_dose": "75", "dose_unit": "mg/d"},
        ],
    )
    (own / "definitions").mkdir()
    (own / "definitions" / "three.toml").write_text(DEFINITION.replace('"two"', '"three"'), encoding="utf-8")
    knowledge = Knowledge(base, own)
    knowledge.check()
    doses = {key[1]: (row.min_dose, row.local) for key, row in knowledge.adequacy.items()}
    assert doses == {"sertraline": (100, True), "venlafaxine": (75, True)}
    assert not knowledge.treatments["sertraline"].local
    assert knowledge.local_rows == 3
    assert list(knowledge.definitions) == ["three", "two"]
    assert knowledge.is_local("adequacy:A/sertraline")
    assert knowledge.is_local("definition:three")
    assert not knowledge.is_local("definition:two")
    assert knowledge.version == Knowledge(base).version
    assert Knowledge(base).local_rows == 0


def test_overlay_is_checked_against_the_whole(base: Path, tmp_path: Path) -> None:
    """A local row must join too."""
    own = overlay(tmp_path, name=[{"name": "x", "treatment": "nothing", "sort": "brand"}])
    assert problems(base, own) == ["name.csv, row 2, column treatment: 'nothing' is not in treatment.csv"]


def test_overlay_folder_must_hold_something(base: Path, tmp_path: Path) -> None:
    """A wrong folder or a misspelt file is not silently nothing."""
    missing = tmp_path / "missing"
    assert [one.partition(" (")[0] for one in problems(base, missing)] == [
        f"{missing}: there is no such folder"
    ]
    (tmp_path / "file").write_text("")
    assert problems(base, tmp_path / "file")[0].startswith(f"{tmp_path / 'file'}: it is no folder")
    (tmp_path / "own").mkdir()
    assert problems(base, tmp_path / "own")[0].startswith(f"{tmp_path / 'own'}: no tables")
    (tmp_path / "own" / "names.csv").write_text("a\n", encoding="utf-8")
    assert problems(base, tmp_path / "own")[0].startswith("names.csv: there is no such table")


def test_load(tmp_path: Path) -> None:
    """What is shipped is one object; an overlay is checked before anything is done with it."""
    assert load() is load()
    with pytest.raises(KnowledgeError):
        load(tmp_path / "missing")


def test_version_changes_with_the_tables(base: Path) -> None:
    """And with nothing else."""
    before = Knowledge(base).version
    assert Knowledge(base).version == before
    append(base, "name", name="lustral", treatment="sertraline", sort="brand", region="uk")
    assert Knowledge(base).version != before


# Citations


def test_citations_lead_back(base: Path) -> None:
    """A row's citation finds the row, whatever its key is made of."""
    append(
        base,
        "adequacy",
        instrument="A",
        treatment="sertraline",
        formulation="a/b %",
        min_dose="1",
        dose_unit="x",
    )
    append(
        base, "adequacy", instrument="A", treatment="sertraline", age_from="65", min_dose="1", dose_unit="x"
    )
    knowledge = Knowledge(base)
    refs = {ref for _, ref, _ in knowledge.search("test")}
    for table in TABLES:
        for row in knowledge.table(table).values():
            assert knowledge.row(knowledge.row_ref(table, row)) is row
    assert "adequacy:A/sertraline" in refs
    assert "adequacy:A/sertraline//65" in refs
    assert "adequacy:A/sertraline/a%2Fb %25" in refs
    assert "scale_band:S/0" in refs
    assert isinstance(knowledge.row("definition:two"), Definition)


@pytest.mark.parametrize(
    "ref", ["", "adequacy", "adequacy:B", "adequacy:A/sertraline/x/y/z", "nothing:a", "definition:x"]
)
def test_citation_of_nothing(base: Path, ref: str) -> None:
    """A citation without its row is an error, never another row."""
    with pytest.raises(KeyError):
        Knowledge(base).row(ref)


def test_search_puts_keys_first(base: Path) -> None:
    """And asks for all the words."""
    knowledge = Knowledge(base)
    found = knowledge.search("Sertraline")
    assert [ref for _, ref, _ in found][:2] == ["treatment:sertraline", "name:zoloft/sertraline/us"]
    assert knowledge.search("sertraline nothing") == []
    assert knowledge.search("") == []


# Codes and names


@pytest.mark.parametrize(
    ("system", "short"),
    [
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "RxNorm"),
        ("https://www.nlm.nih.gov/research/umls/rxnorm/", "RxNorm"),
        ("urn:oid:2.16.840.1.113883.6.88", "RxNorm"),
        ("2.16.840.1.113883.6.88", "RxNorm"),
        ("RxNorm SCD", "RxNorm"),
        ("rxnorm", "RxNorm"),
        ("http://snomed.info/sct", "SNOMED CT"),
        ("http://snomed.info/sct|http://snomed.info/sct/731000124108", "SNOMED CT"),
        ("http://loinc.org", "LOINC"),
        ("LOINC", "LOINC"),
        ("http://hl7.org/fhir/sid/icd-10-cm", "ICD-10-CM"),
        ("http://hl7.org/fhir/sid/icd-10", "ICD-10"),
        ("ICD-10 (WHO)", "ICD-10"),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "ICD-10"),
        ("http://hl7.org/fhir/sid/icd-9-cm", "ICD-9-CM"),
        ("http://www.cms.gov/Medicare/Coding/ICD10", "ICD-10-PCS"),
        ("http://www.whocc.no/atc", "ATC"),
        ("http://hl7.org/fhir/sid/ndc", "NDC"),
        ("http://www.ama-assn.org/go/cpt", "CPT"),
        ("urn:oid:2.16.840.1.113883.6.12", "CPT"),
        ("https://dmd.nhs.uk", "dm+d"),
        ("OMOP concept_id", "OMOP"),
        ("Read v2", "Read v2"),
        ("CTV3", "CTV3"),
        ("OPCS-4", "OPCS-4"),
        ("BNF chemical substance", "BNF"),
        ("http://example.org/local", "http://example.org/local"),
        ("", ""),
        (None, ""),
    ],
)
def test_system_name(system: str | None, short: str) -> None:
    """Every way to name a system becomes the one of the tables."""
    assert system_name(system) == short
    assert system_name(short) == short


def test_code_key() -> None:
    """Dots, case and padding that mean nothing do not count."""
    assert code_key("ICD-10-CM", " f32.1 ") == code_key("ICD-10-CM", "F321") == "F321"
    assert code_key("ATC", "n06ab06") == "N06AB06"
    assert code_key("Read v2", "E2B..") == code_key("Read v2", "E2B..00") == "E2B"
    assert code_key("Read v2", "Eu32z") != code_key("Read v2", "EU32Z")
    assert code_key("NDC", "0049-4960-30") == "0049496030"


def condition(system: str, code: str, match: str, concept: str) -> ConditionCode:
    """Return a row of the table."""
    row = BASIS | {"system": system, "code": code, "match": match, "concept": concept}
    return msgspec.convert(row, ConditionCode, strict=False)


def test_prefixes_find_the_narrowest_first() -> None:
    """Exact before prefix, long before short; a sister system where its own has none, save some chapters."""
    codes = Codes(
        [
            condition("ICD-10-CM", "F32", "prefix", "depression"),
            condition("ICD-10-CM", "F32.2", "prefix", "severe depression"),
            condition("ICD-10-CM", "Z91.5", "prefix", "self-harm before"),
            condition("ICD-10 (WHO)", "F33.1", "exact", "recurrent"),
            condition("SNOMED CT", "370143000", "descendants", "depression"),
        ]
    )

    def found(system: str, code: str) -> list[str]:
        return [row.concept for row in codes.find(system, code)]

    assert found("http://hl7.org/fhir/sid/icd-10-cm", "F32.21") == ["severe depression", "depression"]
    assert found("ICD-10-CM", "f329") == ["depression"]
    assert found("ICD-10-CM", "F3") == []
    assert found("http://hl7.org/fhir/sid/icd-10", "F32.2") == ["severe depression", "depression"]
    assert found("ICD-10-CM", "F33.1") == ["recurrent"]
    assert found("ICD-10", "F33.11") == []
    assert found("ICD-10", "Z91.5") == []
    assert found("http://snomed.info/sct", "370143000") == ["depression"]
    assert found("LOINC", "F32") == []


def test_names_in_text() -> None:
    """Whole words, the longest name, no abbreviation unless asked for, the region's own."""
    rows = [
        ("olanzapine", "olanzapine", "generic", None),
        ("olanzapine-fluoxetine", "olanzapine-fluoxetine", "generic", None),
        ("fluoxetine", "fluoxetine", "generic", None),
        ("citalopram", "citalopram", "generic", None),
        ("fluoxétine", "fluoxetine", "generic", None),
        ("brand", "citalopram", "brand", "us"),
        ("brand", "fluoxetine", "brand", "uk"),
        ("li", "lithium", "abbreviation", None),
        ("st john's wort", "st john's wort", "generic", None),
    ]
    names = Names(
        Name(name=a, treatment=b, sort=c, region=d, source="x", status="seen", checked=date(2026, 11, 23))  # type: ignore[arg-type]
        for a, b, c, d in rows
    )

    def within(text: str, *, abbreviations: bool = False) -> list[str]:
        return [row.treatment for row in names.within(text, abbreviations=abbreviations)]

    assert within("Olanzapine/Fluoxetine 6 MG / 25 MG Oral Capsule") == ["olanzapine-fluoxetine"]
    assert within("olanzapine 5 mg, then fluoxetine") == ["olanzapine", "fluoxetine"]
    assert within("escitalopram 10mg") == []
    assert within("FLUOXÉTINE 20") == ["fluoxetine"]
    assert within("St John\u2019s Wort tablets") == ["st john's wort"]
    assert within("Li 300") == []
    assert within("Li 300", abbreviations=True) == ["lithium"]
    assert [row.treatment for row in names.find("BRAND", "uk")] == ["fluoxetine"]
    assert len(names.find("brand")) == 2
    assert names.suggest("citalopran") == ("citalopram",)
    assert names.suggest("xyz") == ()
    assert plain("  Café-au  lait ") == "cafe au lait"


def test_shipped_files_are_known() -> None:
    """The overlay's list of tables is the list of shipped ones."""
    assert {f"{name}.csv" for name in TABLES} <= {path.name for path in (SHIPPED / "tables").iterdir()}


def test_rows_keep_their_order(base: Path, tmp_path: Path) -> None:
    """Tables are shown in the order of the file, local additions last."""
    shutil.copytree(base, tmp_path / "copy")
    own = overlay(tmp_path, name=[{"name": "a", "treatment": "sertraline", "sort": "brand"}])
    assert [row.name for row in Knowledge(base, own).table("name").values() if isinstance(row, Name)] == [
        "zoloft",
        "a",
    ]
    assert [type(row) for row in Knowledge(base).adequacy.values()] == [Adequacy]
