"""The published measures run by ``cql-execution`` beside OpenTRD, on the same made-up patients.

    python -m bench.peers.cql.peer ECQM --measure CMS128 --persons 200 --seed 1

ECQM is a git directory of the repository cqframework/ecqm-content-qicore-2024, from which the compiled
measures (ELM) are read; nothing of it is kept. ``npm ci`` in this folder comes first. Prints how many persons
a second each manages and names every patient of whom the two say different things. Those with clocks of
another zone than the year's are counted apart: there the engine moves days, which CQL 1.5 says not to do.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.peers.cql.made import Maker
from opentrd.cohort.measures.measures import Measures
from opentrd.cohort.measures.reading import Reading
from opentrd.knowledge.loader import Knowledge, load
from opentrd.records.fhir.bundle import resources
from tests.measures.people import URLS

HERE = Path(__file__).parent
#: Folder of the compiled measure, its library, its version.
MEASURES = {
    "CMS128": ("CMS128FHIR-v0.1.001-FHIR4", "AntidepressantMedicationManagementFHIR", "0.1.001"),
    "CMS159": ("CMS159FHIR-v0.2.000-FHIR4", "DepressionRemissionatTwelveMonthsFHIR", "0.2.000"),
    "CMS2": ("CMS2FHIR-v0.2.000-FHIR4", "PCSDepressionScreenAndFollowUpFHIR", "0.2.000"),
}
POPULATIONS = {
    "Initial Population": "initial-population",
    "Denominator": "denominator",
    "Denominator Exclusions": "denominator-exclusion",
    "Denominator Exceptions": "denominator-exception",
    "Numerator": "numerator",
}


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("ecqm", type=Path)
    parser.add_argument("--measure", choices=MEASURES, default="CMS128")
    parser.add_argument("--persons", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print the patients of whom they differ")
    asked = parser.parse_args()
    maker = Maker(asked.measure, asked.seed)
    bundles = [maker.patient() for _ in range(asked.persons)]
    theirs, seconds = run_cql(asked.ecqm, asked.measure, bundles)
    began = time.perf_counter()
    ours = run_opentrd(asked.measure, bundles)
    own = time.perf_counter() - began
    differing = [number for number, pair in enumerate(zip(ours, theirs, strict=True)) if differs(*pair)]
    for number in differing:
        print(f"patient {number}: OpenTRD {ours[number]}, CQL {theirs[number]}")
        if asked.show:
            print(f"  {bundles[number].decode()}")
    other = sum(b"+09:00" in bundles[number] or b"-05:00" in bundles[number] for number in differing)
    print(f"{asked.measure}: {asked.persons} patients, {len(differing)} differ, {other} by the clock's zone")
    print(f"cql-execution {asked.persons / seconds:,.1f} a second (evaluation alone)")
    print(f"OpenTRD {asked.persons / own:,.1f} a second (reading and judging): {seconds / own:,.0f} times")


def differs(ours: dict[str, bool], theirs: dict[str, Any]) -> bool:
    """Say whether two answers differ. Who is not in the initial population is in no other: not compared."""
    if "populations" not in theirs:
        return True
    said = theirs["populations"]
    if ours["Initial Population"] != said["Initial Population"]:
        return True
    return ours["Initial Population"] and any(ours[name] != said[name] for name in ours)


def run_opentrd(measure: str, bundles: list[bytes]) -> list[dict[str, bool]]:
    """Return which criteria each patient meets."""
    knowledge = load()
    reading, measures = Reading(knowledge), Measures(knowledge, 2025, [measure])
    out = []
    for text in bundles:
        (person,) = reading.persons(resources(text, "made"))
        (judged,) = measures.judge(person)
        met = {name: judged.groups[0].get(key, False) for name, key in POPULATIONS.items()}
        if len(judged.groups) > 1:
            del met["Numerator"]
            met |= {
                f"Numerator {n}": group.get("numerator", False) for n, group in enumerate(judged.groups, 1)
            }
        if measure != "CMS2":
            del met["Denominator Exceptions"]
        out.append(met)
    return out


def run_cql(ecqm: Path, measure: str, bundles: list[bytes]) -> tuple[list[dict[str, Any]], float]:
    """Return what the published measure says of each patient, and the seconds of its evaluation."""
    _, library, version = MEASURES[measure]
    with tempfile.TemporaryDirectory() as folder:
        libraries = Path(folder) / "elm"
        libraries.mkdir()
        for name, text in compiled(ecqm, measure).items():
            (libraries / f"{name}.json").write_bytes(text)
        sets = Path(folder) / "sets.json"
        sets.write_text(json.dumps(value_sets(load())))
        done = subprocess.run(
            ["node", str(HERE / "run.js"), str(libraries), str(sets), library, version, "2025"],
            input=b"\n".join(bundles),
            capture_output=True,
            check=False,
        )
    if done.returncode:
        sys.exit(done.stderr.decode())
    *found, last = map(json.loads, done.stdout.splitlines())
    return found, last["seconds"]


def compiled(ecqm: Path, measure: str) -> dict[str, bytes]:
    """Return the compiled libraries (ELM as JSON) of a measure, by name."""
    folder = f"bundles/mat/{MEASURES[measure][0]}/resources/"
    listed = _git(ecqm, "ls-tree", "--name-only", "HEAD", folder).decode().split()
    found = {}
    for path in listed:
        if re.search(r"\.json$", path):
            library = json.loads(_git(ecqm, "show", f"HEAD:{path}"))
            (elm,) = [c for c in library["content"] if c["contentType"] == "application/elm+json"]
            found[Path(path).stem] = base64.b64decode(elm["data"])
    return found


def _git(ecqm: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(ecqm), *arguments], capture_output=True, check=True).stdout


def value_sets(knowledge: Knowledge) -> dict[str, dict[str, list[dict[str, str]]]]:
    """Return the value sets of the tables as the engine takes them."""
    out: dict[str, dict[str, list[dict[str, str]]]] = {}
    for row in knowledge.value_set_codes.values():
        of = knowledge.value_sets[row.value_set]
        if of.url and of.version:
            codes = out.setdefault(of.url, {}).setdefault(of.version, [])
            codes.append({"code": row.code, "system": URLS[row.system]})
    return out


if __name__ == "__main__":
    main()
