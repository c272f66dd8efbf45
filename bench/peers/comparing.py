"""OpenTRD and a peer on the same mentions: who is found by which, and what makes the difference."""

from __future__ import annotations

import csv
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import msgspec
import pyarrow.parquet as pq

from bench.peers.cardinal import rule
from bench.peers.circe import cohort
from bench.peers.environment import ask
from bench.peers.mentions import CARDINAL, CIRCE, MENTIONS, Mention
from opentrd.cohort.tables import FILES
from opentrd.knowledge.loader import Knowledge

UNEXPLAINED = "unexplained"


class Compared(msgspec.Struct, kw_only=True):
    """What a peer did: the persons it was given, its seconds, and how its persons and ours differ.

    ``both``, ``neither``: persons of whom both say the same. ``differing``: persons by the names of the
    clauses that make the difference. ``out_of_scope``: persons to whom OpenTRD's rules for depressive
    disorders do not apply, and why; the peers do not ask. ``whole_rate``: persons a second where the peer has
    all of them in one table, if that makes a difference to it.
    """

    persons: int
    seconds: float
    both: int
    neither: int
    differing: dict[str, int]
    out_of_scope: dict[str, int]
    whole_rate: float | None = None


def cardinal(mentions: Path, results: Path, budget: float) -> Compared:
    """Run ``cardinal_pythonlib`` for at most ``budget`` seconds and a block, and compare with our results."""
    said = ask("cardinal", str(mentions / MENTIONS), str(budget))
    asked = set(said["persons"])
    rows = {person: lines for person, lines in _by_person(mentions) if person in asked}
    found = set(said["found"])
    met = met_in(results, CARDINAL)

    def name(person: str) -> str:
        told = rule.meets(rows[person], rule.THEIRS), rule.meets(rows[person], rule.OURS)
        if told != (person in found, person in met):
            return UNEXPLAINED
        return " + ".join(rule.why(rows[person]))

    compared = _compare(asked, found, met, results, said["seconds"], name)
    return msgspec.structs.replace(compared, whole_rate=said["whole_rate"])


def circe(mentions: Path, results: Path, work: Path, knowledge: Knowledge, threads: int) -> Compared:
    """Run the Circe cohort on the same mentions and compare with our results."""
    base, text = work / "cdm.duckdb", work / "cohort.json"
    gap = knowledge.conventions["era_gap_days"].value
    count = cohort.make_cdm(mentions, base, int(gap))
    text.write_text(json.dumps(cohort.expression(count)))
    said = ask("circe", str(text), str(base), str(threads))
    asked = set(_column(results / FILES["person"], "person_id"))
    found = set(said["found"])
    return _compare(asked, found, met_in(results, CIRCE), results, said["seconds"], lambda _: UNEXPLAINED)


def met_in(results: Path, definition: str) -> set[str]:
    """Return the persons who meet a definition for certain."""
    rows = pq.read_table(
        results / FILES["status"],
        columns=["person_id"],
        filters=[("definition", "=", definition), ("verdict", "=", "met")],
    )
    return set(rows.column(0).to_pylist())


def _compare(
    asked: set[str], found: set[str], met: set[str], results: Path, seconds: float, name: Callable[[str], str]
) -> Compared:
    rows = pq.read_table(results / FILES["person"], columns=["person_id", "applicable"]).to_pylist()
    reasons = {r["person_id"]: r["applicable"] for r in rows if r["applicable"] and r["person_id"] in asked}
    judged = asked - set(reasons)
    return Compared(
        persons=len(asked),
        seconds=seconds,
        both=len(judged & found & met),
        neither=len(judged - found - met),
        differing=dict(Counter(name(person) for person in sorted(judged & (found ^ met)))),
        out_of_scope=dict(Counter(reasons.values())),
    )


def _by_person(mentions: Path) -> Iterable[tuple[str, list[Mention]]]:
    with (mentions / MENTIONS).open(newline="") as stream:
        for person, rows in itertools.groupby(csv.DictReader(stream), lambda row: row["person_id"]):
            yield person, [(person, r["treatment"], date.fromisoformat(r["day"])) for r in rows]


def _column(path: Path, name: str) -> list[str]:
    found: list[str] = pq.read_table(path, columns=[name]).column(0).to_pylist()
    return found
