"""The sample persons: made the same each time, valid, accounted for, and assessed as worked out by hand."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from opentrd import assess, read
from opentrd.assessment import Assessment
from opentrd.kleene import NO, YES, Tri
from opentrd.records.model import Record
from opentrd.rules.model import Judged, Staging, Trial
from scripts.make_samples import FOLDER, PAGE, page
from scripts.samples.persons import files

SAMPLES: list[dict[str, Any]] = tomllib.loads((FOLDER / "index.toml").read_text("utf-8"))["sample"]
BUNDLES = sorted(FOLDER.glob("*.json"))


def by_id(sample: dict[str, Any]) -> str:
    return str(sample["id"])


def one(sample: dict[str, Any]) -> Record:
    (record,) = read(FOLDER / sample["file"])
    return record


def test_the_script_makes_the_committed_files() -> None:
    made = dict(files())
    kept = {
        path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in (".json", ".csv", ".yaml")
    }
    assert made.keys() == kept.keys()
    assert [name for name in made if made[name].encode() != kept[name]] == []
    assert page() == PAGE.read_text("utf-8"), "run python -m scripts.make_samples"


def test_every_record_has_its_place_in_the_index() -> None:
    named = [sample["file"] for sample in SAMPLES]
    assert sorted(named) == sorted(name for name, _ in files())
    assert len({sample["id"] for sample in SAMPLES}) == len(SAMPLES) >= 22
    assert all(sample["story"] and isinstance(sample["as_of"], date) for sample in SAMPLES)


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_bundle_is_valid_fhir(path: Path) -> None:
    Bundle.model_validate_json(path.read_bytes())


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_references_within_a_bundle_lead_somewhere(path: Path) -> None:
    bundle = json.loads(path.read_bytes())
    known = {entry["fullUrl"] for entry in bundle["entry"]}
    known |= {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in bundle["entry"]}
    assert [found for found in _references(bundle) if not found.startswith("#") and found not in known] == []


def _references(node: Any) -> Iterable[str]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


@pytest.mark.parametrize("sample", SAMPLES, ids=by_id)
def test_every_line_is_used_or_named_as_unused(sample: dict[str, Any]) -> None:
    record = one(sample)
    assert len(set(record.used)) == len(record.used)
    unused = [line.source_id for line in record.unused]
    assert not set(record.used) & set(unused)
    assert record.used
    path = FOLDER / sample["file"]
    if path.suffix == ".json":
        assert unused, "every bundle holds something that is not needed"
        bundle = json.loads(path.read_bytes())
        resources = [entry["resource"] for entry in bundle["entry"]]
        contained = sum(len(resource.get("contained", ())) for resource in resources)
        assert record.read == len(record.used) + len(unused) == len(resources) + contained


@pytest.mark.parametrize("sample", SAMPLES, ids=by_id)
def test_the_answers_worked_out_by_hand(sample: dict[str, Any]) -> None:
    expected = sample["expected"]
    judged = assess(one(sample), as_of=sample["as_of"])
    got = said(judged, expected)
    assert got == wanted(expected), _difference(got, wanted(expected))


def wanted(expected: dict[str, Any]) -> dict[str, str]:
    """Write the expected answers one a line, so that a difference reads as a list."""
    lines = {f"verdict {name}": verdict for name, verdict in expected.get("verdicts", {}).items()}
    for number, trial in enumerate(expected.get("trials", ())):
        lines |= {f"trial {number}: {key}": _word(value) for key, value in trial.items()}
    for model, answer in expected.get("staging", {}).items():
        lines[f"staging {model}"] = answer if isinstance(answer, str) else f"{answer[0]} to {answer[1]}"
    if "questions" in expected:
        lines["questions"] = ", ".join(expected["questions"])
    if "episodes" in expected:
        lines["episodes"] = str(expected["episodes"])
    if "episode_start" in expected:
        lines["episode_start"] = expected["episode_start"].isoformat()
    if "trials" in expected:
        lines["number of trials"] = str(len(expected["trials"]))
    if "safety" in expected:
        lines["safety"] = expected["safety"].isoformat()
    if "not_applicable" in expected:
        lines["verdicts"] = "not_applicable"
    return lines


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " or ".join(value) if isinstance(value, list) else str(value)


def said(assessment: Assessment, expected: dict[str, Any]) -> dict[str, str]:
    """Write what the program says to the same questions."""
    judged = assessment.judged
    lines: dict[str, str] = {}
    headline = _verdicts(judged)
    for name in expected.get("verdicts", {}):
        lines[f"verdict {name}"] = headline.get(name, "no such definition")
    for number, trial in enumerate(expected.get("trials", ())):
        if number < len(judged.trials):
            found = _trial(judged, judged.trials[number], trial["treatment"])
            lines |= {f"trial {number}: {key}": found[key] for key in trial}
    for model, answer in expected.get("staging", {}).items():
        lines[f"staging {model}"] = _staging(
            judged, model, isinstance(answer, list) and isinstance(answer[0], str)
        )
    if "questions" in expected:
        asked = expected.get("verdicts", {}).keys()
        fields = {question.field for question in judged.questions if asked & set(question.settles)}
        lines["questions"] = ", ".join(sorted(fields))
    if "episodes" in expected:
        lines["episodes"] = str(len(judged.episodes))
    if "episode_start" in expected:
        start = judged.episodes[-1].start if judged.episodes else 1
        lines["episode_start"] = date.fromordinal(start).isoformat()
    if "trials" in expected:
        lines["number of trials"] = str(len(judged.trials))
    if "safety" in expected:
        days = {date.fromordinal(f.day) for f in assessment.safety if f.day is not None}
        lines["safety"] = max(days, default=date.min).isoformat()
    if "not_applicable" in expected:
        lines["verdicts"] = ", ".join(sorted({status.verdict for status in judged.status}))
    return lines


def _verdicts(judged: Judged) -> dict[str, str]:
    """Return each definition's verdict for the current episode, or for life where it asks for no episode."""
    current = judged.episodes[-1].id if judged.episodes else None
    return {s.definition: s.verdict for s in judged.status if s.episode in (None, current)}


def _trial(judged: Judged, trial: Trial, asked: str | list[str]) -> dict[str, str]:
    either = isinstance(asked, list) and trial.treatment in asked
    return {
        "treatment": _word(asked) if either else trial.treatment,
        "role": trial.role,
        "adequate": _tri(judged.adequacy[trial.id].adequate) if trial.id in judged.adequacy else "?",
        "outcome": trial.outcome.result or "?",
        "lost_response": _tri(trial.outcome.lost_response),
    }


def _tri(value: Tri) -> str:
    return "yes" if value == YES else "no" if value == NO else "?"


def _staging(judged: Judged, model: str, levels: bool) -> str:
    current = judged.episodes[-1].id if judged.episodes else None
    rows: list[Staging] = [row for row in judged.staging if row.model == model and row.episode == current]
    if not rows:
        return "no such model"
    row = rows[-1]
    if not row.applies:
        return "none"
    if levels:
        return f"{row.level_low} to {row.level_high}"
    return f"{_number(row.low, model)} to {_number(row.high, model)}"


def _number(value: float | None, model: str) -> str:
    if value is None:
        return "?"
    return str(int(value)) if model == "MSM" else str(float(value))


def _difference(got: dict[str, str], want: dict[str, str]) -> str:
    names = [name for name in want | got if want.get(name) != got.get(name)]
    rows = [f"  {name}: expected {want.get(name)!r}, said {got.get(name)!r}" for name in names]
    return "\n".join(["differs from the answers worked out by hand:", *rows])
