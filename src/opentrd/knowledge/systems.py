"""Code systems: the ways a record names one, as the short name that the tables use; how codes are written.

Nothing else in the project compares addresses of code systems.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

#: The short names, each with the addresses, object identifiers and names under which records know it.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "RxNorm": (
        "www.nlm.nih.gov/research/umls/rxnorm",
        "2.16.840.1.113883.6.88",
        "rxnorm in",
        "rxnorm pin",
        "rxnorm scd",
        "rxnorm sbd",
        "rxnorm scdc",
        "rxnorm sbdc",
        "rxnorm scdf",
        "rxnorm gpck",
        "rxnorm bpck",
        "rxcui",
    ),
    "SNOMED CT": ("snomed.info/sct", "2.16.840.1.113883.6.96", "snomed", "snomedct", "sct", "snomed ct (uk)"),
    "LOINC": ("loinc.org", "2.16.840.1.113883.6.1"),
    "ICD-10-CM": (
        "hl7.org/fhir/sid/icd-10-cm",
        "2.16.840.1.113883.6.90",
        "icd10cm",
        "icd-10-cm status",
        "hl7.org/fhir/sid/icd-10-es",
    ),
    "ICD-10": (
        "hl7.org/fhir/sid/icd-10",
        "2.16.840.1.113883.6.3",
        "icd10",
        "icd10gm",
        "icd-10 (who)",
        "icd.who.int/browse10",
        "hl7.org/fhir/sid/icd-10-uk",
        "fhir.de/codesystem/bfarm/icd-10-gm",
        "fhir.de/codesystem/dimdi/icd-10-gm",
        "hl7.org/fhir/sid/icd-10-de",
        "hl7.org/fhir/sid/icd-10-am",
        "hl7.org/fhir/sid/icd-10-ca",
    ),
    "ICD-9-CM": (
        "hl7.org/fhir/sid/icd-9-cm",
        "2.16.840.1.113883.6.103",
        "2.16.840.1.113883.6.104",
        "2.16.840.1.113883.6.2",
        "hl7.org/fhir/sid/icd-9",
        "hl7.org/fhir/sid/icd-9-cm/diagnosis",
        "icd9cm",
        "icd9proc",
        "icd-9-cm procedure",
    ),
    "ICD-10-PCS": (
        "hl7.org/fhir/sid/icd-10-pcs",
        "www.cms.gov/medicare/coding/icd10",
        "2.16.840.1.113883.6.4",
        "icd10pcs",
    ),
    "ICD-11": ("id.who.int/icd/release/11/mms", "id.who.int/icd11/mms", "hl7.org/fhir/sid/icd-11", "icd11"),
    "ATC": (
        "www.whocc.no/atc",
        "2.16.840.1.113883.6.73",
        "fhir.de/codesystem/bfarm/atc",
        "who atc",
        "whocc.no/atc",
    ),
    "NDC": ("hl7.org/fhir/sid/ndc", "2.16.840.1.113883.6.69"),
    "CPT": ("www.ama-assn.org/go/cpt", "2.16.840.1.113883.6.12", "cpt4", "cpt-4", "cpt ii"),
    "HCPCS": (
        "www.cms.gov/medicare/coding/hcpcsreleasecodesets",
        "www.cms.gov/medicare/coding/medhcpcsgeninfo",
        "terminology.hl7.org/codesystem/hcpcs-all-codes",
        "www.nlm.nih.gov/research/umls/hcpcs",
        "2.16.840.1.113883.6.285",
        "2.16.840.1.113883.6.14",
    ),
    "dm+d": ("dmd.nhs.uk", "read.dmd.nhs.uk", "dmd"),
    "OMOP": ("omop concept_id", "fhir-terminology.ohdsi.org", "athena.ohdsi.org", "omop concept id"),
    "Read v2": ("read.info/readv2", "read codes v2", "readv2", "read"),
    "CTV3": ("read.info/ctv3", "read v3", "ctv3 (read v3)"),
    "OPCS-4": ("fhir.nhs.uk/id/opcs-4", "fhir.hl7.org.uk/codesystem/opcs-4", "opcs4"),
    "BNF": ("www.nhsbsa.nhs.uk/bnf", "bnf chemical substance", "bnf section", "bnf code"),
    "UNII": ("fdasis.nlm.nih.gov", "2.16.840.1.113883.4.9"),
    "SKS": ("sks (denmark)", "medinfo.dk/sks"),
}

_SHORT: Final[dict[str, str]] = {
    alias: short for short, aliases in _NAMES.items() for alias in (*aliases, short.lower())
}

#: Systems whose codes are written with and without dots, and compared without.
_DOTLESS: Final = frozenset({"ICD-10-CM", "ICD-10", "ICD-9-CM", "OPCS-4", "BNF"})
_CASELESS: Final = frozenset({"ATC", "ICD-10-PCS", "CPT", "HCPCS", "LOINC", "UNII", "SKS"})

#: Where a system has no row for a code, these are asked next (same structure, shared categories).
SIBLINGS: Final[dict[str, tuple[str, ...]]] = {
    "ICD-10": ("ICD-10-CM",),
    "ICD-10-CM": ("ICD-10",),
    "SNOMED CT": ("dm+d",),
    "dm+d": ("SNOMED CT",),
    "CPT": ("HCPCS",),
    "HCPCS": ("CPT",),
}


@lru_cache(maxsize=1024)
def system_name(system: str | None) -> str:
    """Return the short name of a code system, or the text itself (trimmed) where it is not known."""
    if system is None:
        return ""
    found = _SHORT.get(system)
    if found is not None:
        return found
    bare = system.strip()
    text = bare.lower().rstrip("/")
    for start in ("urn:oid:", "https://", "http://"):
        text = text.removeprefix(start)
    return _SHORT.get(text.partition("|")[0].partition("?")[0].rstrip("/"), bare)


def code_key(system: str, code: str) -> str:
    """Return a code as it is compared: without the dots, case or padding that its system does not mean.

    ``system`` is a short name. Read codes keep their case; a term code after the fifth place falls away.
    """
    text = code.strip()
    if system in _DOTLESS:
        return text.replace(".", "").upper()
    if system in _CASELESS:
        return text.upper()
    if system in ("Read v2", "CTV3"):
        return (text[:5] if len(text) == 7 else text).rstrip(".")
    if system == "NDC":
        return text.replace("-", "")
    return text
