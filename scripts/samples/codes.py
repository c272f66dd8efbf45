"""Codes and products that the sample records use, as real records write them."""

from __future__ import annotations

from typing import Final, NamedTuple

RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10ES: Final = "http://hl7.org/fhir/sid/icd-10-es"
ATC: Final = "http://www.whocc.no/atc"
DMD: Final = "https://dmd.nhs.uk"
CPT: Final = "http://www.ama-assn.org/go/cpt"
CVX: Final = "http://hl7.org/fhir/sid/cvx"
UCUM: Final = "http://unitsofmeasure.org"
TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"


class Product(NamedTuple):
    """A product: its code, its name in the record, the mg in one unit (``None`` where not named)."""

    system: str
    code: str
    display: str
    strength: float | None
    unit: str = "tablet"


def _rxnorm(code: str, display: str, strength: float | None, unit: str = "tablet") -> Product:
    return Product(RXNORM, code, display, strength, unit)


def _dmd(code: str, display: str, strength: float, unit: str = "tablet") -> Product:
    return Product(DMD, code, display, strength, unit)


PRODUCTS: Final[dict[str, Product]] = {
    "sertraline 25": _rxnorm("312940", "sertraline 25 MG Oral Tablet", 25),
    "sertraline 50": _rxnorm("312941", "sertraline 50 MG Oral Tablet", 50),
    "sertraline 100": _rxnorm("312938", "sertraline 100 MG Oral Tablet", 100),
    "citalopram 20": _rxnorm("200371", "citalopram 20 MG Oral Tablet", 20),
    "citalopram": _rxnorm("2556", "citalopram", None),
    "escitalopram 10": _rxnorm("349332", "escitalopram 10 MG Oral Tablet", 10),
    "escitalopram 20": _rxnorm("351250", "escitalopram 20 MG Oral Tablet", 20),
    "fluoxetine 20": _rxnorm("310385", "fluoxetine 20 MG Oral Capsule", 20, "capsule"),
    "paroxetine 10": _rxnorm("1738483", "paroxetine hydrochloride 10 MG Oral Tablet", 10),
    "paroxetine 20": _rxnorm("1738495", "paroxetine hydrochloride 20 MG Oral Tablet", 20),
    "venlafaxine": _rxnorm("39786", "venlafaxine", None, "capsule"),
    "venlafaxine 37.5": _rxnorm(
        "313583", "24 HR venlafaxine 37.5 MG Extended Release Oral Capsule", 37.5, "capsule"
    ),
    "venlafaxine 75": _rxnorm(
        "313585", "24 HR venlafaxine 75 MG Extended Release Oral Capsule", 75, "capsule"
    ),
    "venlafaxine 150": _rxnorm(
        "313581", "24 HR venlafaxine 150 MG Extended Release Oral Capsule", 150, "capsule"
    ),
    "duloxetine 60": _rxnorm("596934", "duloxetine 60 MG Delayed Release Oral Capsule", 60, "capsule"),
    "bupropion 150": _rxnorm(
        "993541", "24 HR bupropion hydrochloride 150 MG Extended Release Oral Tablet", 150
    ),
    "bupropion 300": _rxnorm(
        "993557", "24 HR bupropion hydrochloride 300 MG Extended Release Oral Tablet", 300
    ),
    "mirtazapine 15": _rxnorm("311725", "mirtazapine 15 MG Oral Tablet", 15),
    "mirtazapine 30": _rxnorm("314111", "mirtazapine 30 MG Oral Tablet", 30),
    "mirtazapine 45": _rxnorm("311726", "mirtazapine 45 MG Oral Tablet", 45),
    "vortioxetine 10": _rxnorm("1439808", "vortioxetine 10 MG Oral Tablet", 10),
    "nortriptyline 25": _rxnorm("317136", "nortriptyline 25 MG Oral Capsule", 25, "capsule"),
    "nortriptyline 75": _rxnorm("198047", "nortriptyline 75 MG Oral Capsule", 75, "capsule"),
    "tranylcypromine 10": _rxnorm("313447", "tranylcypromine 10 MG Oral Tablet", 10),
    "aripiprazole 2": _rxnorm("602964", "aripiprazole 2 MG Oral Tablet", 2),
    "aripiprazole 5": _rxnorm("402131", "aripiprazole 5 MG Oral Tablet", 5),
    "lithium 300": _rxnorm("197889", "lithium carbonate 300 MG Oral Capsule", 300, "capsule"),
    "lamotrigine 100": _rxnorm("198427", "lamotrigine 100 MG Oral Tablet", 100),
    "esketamine": _rxnorm("2119365", "esketamine", None),
    # The code is duloxetine 20 mg; a public example shows it under this name, and so does this record.
    "596926 shown as sertraline": _rxnorm("596926", "sertraline 50 MG Oral Tablet", 50),
    # Not for depression: a record holds these too.
    "lisinopril 10": _rxnorm("314076", "lisinopril 10 MG Oral Tablet", 10),
    "amlodipine 5": _rxnorm("197361", "amlodipine 5 MG Oral Tablet", 5),
    "omeprazole 20": _rxnorm("198051", "omeprazole 20 MG Delayed Release Oral Capsule", 20, "capsule"),
    "acetaminophen 500": _rxnorm("198440", "acetaminophen 500 MG Oral Tablet", 500),
    "propranolol": _rxnorm("8787", "propranolol", None),
    "ibuprofen": _rxnorm("5640", "ibuprofen", None),
    "tramadol": _rxnorm("10689", "tramadol", None),
    "atorvastatin 20": _rxnorm("617310", "atorvastatin 20 MG Oral Tablet", 20),
    # A record in Spanish: ATC codes and texts.
    "sertralina 50": Product(ATC, "N06AB06", "Sertralina 50 mg comprimidos recubiertos", 50, "comprimido"),
    "sertralina 100": Product(ATC, "N06AB06", "Sertralina 100 mg comprimidos recubiertos", 100, "comprimido"),
    "venlafaxina 75": Product(
        ATC, "N06AX16", "Venlafaxina 75 mg cápsulas de liberación prolongada", 75, "cápsula"
    ),
    "venlafaxina 150": Product(
        ATC, "N06AX16", "Venlafaxina 150 mg cápsulas de liberación prolongada", 150, "cápsula"
    ),
    "paracetamol 1 g": Product(ATC, "N02BE01", "Paracetamol 1 g comprimidos", 1000, "comprimido"),
    # A record of the United Kingdom: the dictionary of medicines and devices.
    "uk citalopram 20": _dmd("42269411000001107", "Citalopram 20mg tablets", 20),
    "uk sertraline 50": _dmd("39704111000001102", "Sertraline 50mg tablets", 50),
    "uk sertraline 100": _dmd("39704011000001103", "Sertraline 100mg tablets", 100),
    "uk mirtazapine 15": _dmd("42274511000001104", "Mirtazapine 15mg tablets", 15),
    "uk mirtazapine 30": _dmd("42274711000001109", "Mirtazapine 30mg tablets", 30),
}

#: Diagnoses: the codings of a condition, by a short name.
DIAGNOSES: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "moderate": (
        (ICD10CM, "F32.1", "Major depressive disorder, single episode, moderate"),
        (SNOMED, "15639000", "Moderate major depression, single episode"),
    ),
    "severe": (
        (ICD10CM, "F32.2", "Major depressive disorder, single episode, severe without psychotic features"),
        (SNOMED, "76441001", "Severe major depression, single episode, without psychotic features"),
    ),
    "recurrent severe": (
        (ICD10CM, "F33.2", "Major depressive disorder, recurrent severe without psychotic features"),
    ),
    "depression": ((ICD10CM, "F32.9", "Major depressive disorder, single episode, unspecified"),),
    "grave": ((ICD10ES, "F32.2", "Episodio depresivo grave sin síntomas psicóticos"),),
    "uk moderate": ((SNOMED, "310496002", "Moderate depression"),),
    "uk depression": ((SNOMED, "35489007", "Depressive disorder"),),
    "bipolar II": ((ICD10CM, "F31.81", "Bipolar II disorder"), (SNOMED, "83225003", "Bipolar II disorder")),
    "ocd": (
        (ICD10CM, "F42.2", "Mixed obsessional thoughts and acts"),
        (SNOMED, "191736004", "Obsessive-compulsive disorder"),
    ),
    "pain": ((SNOMED, "82423001", "Chronic pain"),),
    "coronary": (
        (
            ICD10CM,
            "I25.10",
            "Atherosclerotic heart disease of native coronary artery without angina pectoris",
        ),
        (SNOMED, "53741008", "Coronary arteriosclerosis"),
    ),
    "hypertension": (
        (ICD10CM, "I10", "Essential (primary) hypertension"),
        (SNOMED, "38341003", "Hypertensive disorder"),
    ),
    "sleep apnoea": ((ICD10CM, "G47.33", "Obstructive sleep apnea (adult) (pediatric)"),),
    "fibromyalgia": ((ICD10CM, "M79.7", "Fibromyalgia"),),
    "anxiety": ((ICD10CM, "F41.1", "Generalized anxiety disorder"),),
    "separation": ((ICD10CM, "Z63.5", "Disruption of family by separation and divorce"),),
    "dependent relative": ((ICD10CM, "Z63.6", "Dependent relative needing care at home"),),
    "epilepsy": ((ICD10CM, "G40.909", "Epilepsy, unspecified, not intractable, without status epilepticus"),),
    "pacemaker": ((ICD10CM, "Z95.0", "Presence of cardiac pacemaker"),),
    "asthma": ((SNOMED, "195967001", "Asthma"),),
}

#: The items of the PHQ-9 by number, and the answers by score.
PHQ9_ITEMS: Final = (
    ("44250-9", "Little interest or pleasure in doing things"),
    ("44255-8", "Feeling down, depressed, or hopeless"),
    ("44259-0", "Trouble falling or staying asleep, or sleeping too much"),
    ("44254-1", "Feeling tired or having little energy"),
    ("44251-7", "Poor appetite or overeating"),
    ("44258-2", "Feeling bad about yourself"),
    ("44252-5", "Trouble concentrating on things"),
    ("44253-3", "Moving or speaking slowly, or being restless"),
    ("44260-8", "Thoughts that you would be better off dead or of hurting yourself"),
)
ANSWERS: Final = (
    ("LA6568-5", "Not at all"),
    ("LA6569-3", "Several days"),
    ("LA6570-1", "More than half the days"),
    ("LA6571-9", "Nearly every day"),
)
