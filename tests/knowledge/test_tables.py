"""The shipped tables: they hold together, keep their sources, and say what the facts say."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from opentrd.knowledge.loader import Knowledge, load
from opentrd.knowledge.schema import TABLES

FACTS = Path(__file__).resolve().parents[3] / "shared"

#: Names of the fact tables that say more than the generic name.
CLEANED = {
    "dosulepin (dothiepin)": "dosulepin",
    "gepirone ER": "gepirone",
    "esketamine nasal": "esketamine",
    "esketamine intranasal": "esketamine",
    "St John's wort (hypericum)": "st john's wort",
    "St John's wort": "st john's wort",
    "quetiapine XR (monotherapy)": "quetiapine",
    "quetiapine XR": "quetiapine",
    "olanzapine-fluoxetine (OFC)": "olanzapine-fluoxetine",
    "liothyronine (T3)": "liothyronine",
    "ketamine IV": "ketamine",
    "levothyroxine high dose": "levothyroxine",
    "L-methylfolate": "l-methylfolate",
    "psilocybin (investigational)": "psilocybin",
    "celecoxib / minocycline / others": "celecoxib",
    "dextromethorphan (part of dextromethorphan-bupropion)": "dextromethorphan",
}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """Return what is shipped."""
    return load()


def facts(name: str) -> list[dict[str, str]]:
    """Return a fact table, where the facts lie beside the checkout."""
    path = FACTS / name
    if not path.exists():
        pytest.skip("the facts are not beside this checkout")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_all_holds_together(knowledge: Knowledge) -> None:
    """Types, keys, joins, ranges, sources, definitions."""
    knowledge.check()


def test_every_row_has_a_source(knowledge: Knowledge) -> None:
    """And nothing of the machine that made it."""
    for name in TABLES:
        for row in knowledge.table(name).values():
            assert row.source.strip(), (name, row)
            assert row.checked.year >= 2026, (name, row)
            assert "/work" not in row.source, (name, row)
            assert "/tmp" not in row.source, (name, row)
            assert "code index" not in row.source, (name, row)


def test_citations_of_shipped_rows(knowledge: Knowledge) -> None:
    """Each leads back to its row, and no two rows have the same."""
    refs = set()
    for name in TABLES:
        for row in knowledge.table(name).values():
            ref = knowledge.row_ref(name, row)
            assert knowledge.row(ref) is row
            assert ref not in refs
            refs.add(ref)


def test_every_treatment_of_the_facts_is_there(knowledge: Knowledge) -> None:
    """By the generic name, or the id of the option."""
    for name in ("knowledge/antidepressant_dosing.csv", "knowledge/augmentation_dosing.csv"):
        for row in facts(name):
            key = CLEANED.get(row["generic_name"], row["generic_name"])
            assert key in knowledge.treatments, key
    for name in ("codes/treatment_codes.csv", "codes/brand_names.csv"):
        for row in facts(name):
            key = CLEANED.get(row["treatment"], row["treatment"])
            assert key in knowledge.treatments or key == "any antidepressant", key
    kinds = {"psychotherapy", "neuromodulation", "lifestyle"}
    for row in facts("knowledge/interventions.csv"):
        assert row["category"] not in kinds or row["id"] in knowledge.treatments, row["id"]


def test_options_are_those_of_the_facts(knowledge: Knowledge) -> None:
    """So that the review can join."""
    options = {row["id"] for row in facts("knowledge/interventions.csv")}
    assert {row.option for row in knowledge.treatments.values()} - {None} <= options


def test_minimum_doses_of_the_default_instrument(knowledge: Knowledge) -> None:
    """As read, where they were read."""
    found = {
        key[1]: row
        for key, row in knowledge.adequacy.items()
        if key[0] == "MGH-ATRQ" and key[2:] == (None, None)
    }
    for row in facts("knowledge/antidepressant_dosing.csv"):
        key = CLEANED.get(row["generic_name"], row["generic_name"])
        dose = row["min_adequate_mg_mgh_atrq"]
        if dose and key != "dextromethorphan-bupropion":
            assert found[key].min_dose == float(dose.split()[0].removesuffix("mg/24h")), key
            assert found[key].stand_in is None, key
    assert knowledge.instruments["MGH-ATRQ"].min_weeks == 6
    assert [row.instrument for row in knowledge.instruments.values() if row.default == "yes"] == ["MGH-ATRQ"]


@pytest.mark.parametrize(
    ("key", "dose", "unit", "sessions", "months", "stand_in"),
    [
        (("MGH-ATRQ", "sertraline", None, None), 50, "mg/d", None, None, None),
        (("MGH-ATRQ", "paroxetine", "ir", None), 20, "mg/d", None, None, None),
        (("MGH-ATRQ", "paroxetine", "cr", None), 25, "mg/d", None, None, None),
        (("MGH-ATRQ", "venlafaxine", None, None), 150, "mg/d", None, None, None),
        (("MGH-ATRQ", "quetiapine", None, None), 150, "mg/d", None, None, None),
        (("MGH-ATRQ", "aripiprazole", None, None), 2, "mg/d", None, None, "CANMAT-2023"),
        (("MGH-ATRQ", "lithium", "level", None), 0.5, "mmol/L", None, None, "CANMAT-2023"),
        (("MGH-ATRQ", "liothyronine", None, None), 25, "mcg/d", None, None, "CANMAT-2023"),
        (("MGH-ATRQ", "esketamine", None, None), 56, "mg/session", 8, None, "usual"),
        (("MGH-ATRQ", "ect", "bilateral", None), None, None, 6, None, "CANMAT-2023"),
        (("MGH-ATRQ", "rtms", None, None), None, None, 20, None, "CANMAT-2023"),
        (("MGH-ATRQ", "cbt", None, None), None, None, 12, None, "CANMAT-2023"),
        (("MGH-ATRQ", "vns", None, None), None, None, None, 12, "usual"),
        (("CANMAT-2023", "trazodone", None, None), 150, "mg/d", None, None, None),
        (("ATHF-LF", "sertraline", None, None), 100, "mg/d", None, None, None),
        (("usual", "venlafaxine", None, None), 75, "mg/d", None, None, None),
    ],
)
def test_minimum(
    knowledge: Knowledge,
    key: tuple[str, str, str | None, int | None],
    dose: float | None,
    unit: str | None,
    sessions: int | None,
    months: float | None,
    stand_in: str | None,
) -> None:
    """Spot values."""
    row = knowledge.adequacy[key]
    assert (row.min_dose, row.dose_unit, row.min_sessions, row.min_months, row.stand_in) == (
        dose,
        unit,
        sessions,
        months,
        stand_in,
    )


def test_what_was_not_read_says_so(knowledge: Knowledge) -> None:
    """The long form of the ATHF is from memory; what stands in is named."""
    rows = knowledge.adequacy.values()
    assert {row.status for row in rows if row.instrument == "ATHF-LF"} == {"from_memory"}
    treated = {row.treatment for row in rows if row.instrument == "MGH-ATRQ"}
    for row in rows:
        assert row.treatment in treated or row.treatment == "l-methylfolate", (
            "the default stands in for all others"
        )
    for instrument in knowledge.instruments.values():
        assert (instrument.default == "yes") == (instrument.stand_in is None)


def test_units_are_those_of_the_treatment(knowledge: Knowledge) -> None:
    """Doses can be compared; lithium has its level besides."""
    for row in knowledge.adequacy.values():
        unit = "mmol/L" if row.formulation == "level" else knowledge.treatments[row.treatment].dose_unit
        assert row.dose_unit in (None, unit), row
    for key, use in knowledge.other_uses.items():
        assert use.dose_unit in (None, knowledge.treatments[use.treatment].dose_unit), key


@pytest.mark.parametrize(
    ("region", "age", "treatment", "dose"),
    [
        ("us", 61, "citalopram", 20),
        ("uk", 66, "citalopram", 20),
        ("us", None, "citalopram", 40),
        ("uk", 66, "escitalopram", 10),
        ("us", 65, "gepirone", 36.3),
    ],
)
def test_largest_dose(
    knowledge: Knowledge, region: str, age: int | None, treatment: str, dose: float
) -> None:
    """Limits by region and age."""
    assert knowledge.dose_ranges[treatment, None, region, age].max_dose == dose


@pytest.mark.parametrize(
    ("treatment", "use", "rule", "below", "reason"),
    [
        ("trazodone", "sleep", "dose", 101, None),
        ("quetiapine", "sleep", "dose", 101, None),
        ("mirtazapine", "sleep", "dose", 15, None),
        ("amitriptyline", "sleep or pain", "dose", 50, None),
        ("bupropion", "smoking", "reason", None, "smoking"),
        ("liothyronine", "replacement", "dose_or_reason", 25, "hypothyroidism"),
        ("duloxetine", "pain, no depression", "reason_without_depression", None, "chronic_pain"),
        ("sertraline", "anxiety", "reason", None, "ocd"),
        ("lithium", "bipolar", "reason", None, "bipolar_disorder"),
    ],
)
def test_other_use(
    knowledge: Knowledge, treatment: str, use: str, rule: str, below: float | None, reason: str | None
) -> None:
    """A medicine is not always tried against depression."""
    row = knowledge.other_uses[treatment, use]
    assert (row.rule, row.dose_below) == (rule, below)
    assert reason is None or reason in (row.reasons or "").split(";")


def test_combinations_name_both_parts(knowledge: Knowledge) -> None:
    """Strengths stand in the order of the parts."""
    treatments = knowledge.treatments
    assert treatments["olanzapine-fluoxetine"].parts == "olanzapine+fluoxetine"
    assert treatments["perphenazine-amitriptyline"].parts == "perphenazine+amitriptyline"
    assert treatments["dextromethorphan-bupropion"].parts is None
    code = knowledge.by_code("RxNorm", "403969")
    assert code is not None
    assert (code.treatment, code.strength, code.strengths) == ("olanzapine-fluoxetine", 6, "6+25")


@pytest.mark.parametrize(
    ("system", "code", "treatment", "strength"),
    [
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "36437", "sertraline", None),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "312938", "sertraline", 100),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "596926", "duloxetine", 20),
        ("http://www.whocc.no/atc", "N06AB06", "sertraline", None),
        ("http://www.whocc.no/atc", "N07BA02", "bupropion", None),
        ("https://dmd.nhs.uk", "321988009", None, None),
        ("http://snomed.info/sct", "321991008", "citalopram", 40),
        ("OMOP", "739138", "sertraline", None),
        ("RxNorm", "865206", "selegiline transdermal", 0.25),
    ],
)
def test_code(
    knowledge: Knowledge, system: str, code: str, treatment: str | None, strength: float | None
) -> None:
    """Spot codes, by the addresses that FHIR uses."""
    row = knowledge.by_code(system, code)
    if treatment is not None:
        assert row is not None
        assert (row.treatment, row.strength) == (treatment, strength)


def test_wrong_codes_seen(knowledge: Knowledge) -> None:
    """A code means what it means, whatever was shown with it in public records."""
    for row in facts("codes/wrong_codes_seen.csv"):
        found = knowledge.by_code(row["system"], row["code"])
        if found is not None:
            assert (
                found.treatment.split("-")[0] in row["true_meaning"].lower()
                or "amitriptyline" in found.treatment
            )


def test_procedures(knowledge: Knowledge) -> None:
    """Exact codes, prefixes, placement; the narrower row first."""

    def found(system: str, code: str) -> tuple[str, str | None] | None:
        row = knowledge.procedure_by_code(system, code)
        return None if row is None else (row.treatment, row.detail)

    assert found("http://www.ama-assn.org/go/cpt", "90870") == ("ect", None)
    assert found("http://snomed.info/sct", "23835007") == ("ect", None)
    assert found("ICD-10-PCS", "GZB2ZZZ") == ("ect", "bilateral")
    assert found("ICD-10-PCS", "GZB9ZZZ") == ("ect", None)
    assert found("ICD-10-PCS", "GZ58ZZZ") == ("cbt", None)
    assert found("ICD-10-PCS", "GZ59ZZZ") == ("psychotherapy", "individual")
    assert found("CPT", "90868") == ("rtms", None)
    assert found("CPT", "90853") == ("group", "group")
    assert found("CPT", "99999") is None


def test_no_descriptions_of_cpt(knowledge: Knowledge) -> None:
    """Numbers and own words only: nothing longer than a few words."""
    for row in knowledge.table("procedure_code").values():
        if getattr(row, "system", "") == "CPT":
            assert len(getattr(row, "display", "") or "") < 60, row


def test_every_brand_resolves(knowledge: Knowledge) -> None:
    """To its treatment, in its region."""
    for row in facts("codes/brand_names.csv"):
        found = {name.treatment for name in knowledge.by_name(row["brand"], row["region"].lower())}
        key = CLEANED.get(row["treatment"], row["treatment"])
        assert found == {"selegiline transdermal" if row["brand"] == "Emsam" else key}, row


@pytest.mark.parametrize(
    ("text", "treatment"),
    [
        ("Sertralina", "sertraline"),
        ("Zoloft", "sertraline"),
        ("citalopram hydrobromide", "citalopram"),
        ("St. John's Wort", "st john's wort"),
        ("TEC", "ect"),
        ("terapia cognitivo-conductual", "cbt"),
        ("cognitive behavior therapy", "cbt"),
        ("Terapia electroconvulsiva", "ect"),
        ("estimulación magnética transcraneal", "rtms"),
        ("T3", "liothyronine"),
        ("psicoterapia", "psychotherapy"),
        ("dothiepin", "dosulepin"),
        ("divalproex sodium", "valproate"),
    ],
)
def test_names(knowledge: Knowledge, text: str, treatment: str) -> None:
    """As written in two languages."""
    assert {row.treatment for row in knowledge.by_name(text)} == {treatment}


def test_names_in_products(knowledge: Knowledge) -> None:
    """The displays of all product codes name their treatment, or nothing."""
    wrong = []
    for row in knowledge.table("treatment_code").values():
        display, key = getattr(row, "display", None), getattr(row, "treatment", "")
        parts = (knowledge.treatments[key].parts or key).split("+")
        for name in knowledge.names.within((display or "").replace("NON-VALPROATE", "")):
            known = {key, *parts, key.split(" ")[0], *key.split("-")}
            if name.treatment not in known:
                wrong.append((key, display, name.treatment))
    assert wrong == []


def test_every_treatment_has_a_name(knowledge: Knowledge) -> None:
    """Its own key or words for it."""
    named = {getattr(row, "treatment", "") for row in knowledge.table("name").values()}
    assert named == set(knowledge.treatments)


def test_loading_is_lazy_and_fast() -> None:
    """Nothing is read before it is asked for; the largest tables take a fraction of a second."""
    start = time.perf_counter()
    knowledge = Knowledge()
    assert time.perf_counter() - start < 0.01
    knowledge.by_code("RxNorm", "36437")
    knowledge.by_name("sertraline")
    assert time.perf_counter() - start < 1
