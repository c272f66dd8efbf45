"""Nothing that a report publishes gives a small count away: told by its meaning, not by the code that hides.

The same folder is summed up twice: as it is published, and with nothing hidden. The attacker knows what the
published numbers mean (what adds up to what) and tries to tell each count from 1 to 4.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from opentrd.cohort.summing import small_cells
from opentrd.cohort.summing.compare import VERDICTS
from opentrd.cohort.summing.summary import SumOptions, summarise
from opentrd.cohort.summing.sums import Count, Pair, Part, Sums
from opentrd.knowledge.loader import load
from tests.cohort.summing.attacker import Sum, differenced, span
from tests.cohort.summing.population import OTHER, TWO, Population, at_random

KNOWLEDGE = load()
#: So many small counts of a report are also attacked with whole-number programming, which takes longer.
ATTACKED = 12
#: Another definition of the same rule as ``TWO``: it says the same of everybody.
TWIN = "gaynes_2020"
#: A definition of which the tests say that all who meet it meet ``TWO``.
WITHIN = "thase_rush_2plus"


def published(folder: Path, *compared: str) -> Sums:
    return summarise(folder, KNOWLEDGE, SumOptions(compare=compared or (TWO, OTHER)))


def counts(sums: Sums) -> dict[str, Count]:
    """Every count of the sums by a name of the test's own."""
    found: dict[str, Count] = {
        "persons": sums.persons, "depressive": sums.depressive, "adult": sums.adult, "treated": sums.treated
    }  # fmt: skip

    def parts(stem: str, of: Sequence[Part]) -> None:
        found.update({f"{stem}/{part.key}": part.count for part in of})

    for size in sums.sizes:
        found |= {f"{size.definition}/met": size.certain, f"{size.definition}/possible": size.possible}
        found[f"{size.definition}/open"] = size.undetermined
    for each in sums.attrition:
        parts(f"left/{each.definition}", each.left)
        parts(f"lost/{each.definition}", each.lost)
    for waiting in sums.waiting:
        parts(f"wait/{waiting.definition}", waiting.bands)
    assert sums.flow is not None
    assert sums.following is not None
    parts("next", sums.following.kinds)
    for kind, bands in sums.following.within.items():
        parts(f"within/{kind}", bands)
    for gap in sums.gaps:
        found |= {f"gap/{gap.gap}/{key}": getattr(gap, key) for key in ("yes", "unknown", "no")}
    for model in sums.staging:
        found[f"stage/{model.model}"] = model.persons
        parts(f"stage/{model.model}", model.bands)
    assert sums.overlap is not None
    found |= {"both/" + "+".join(sorted(p.definitions)): p.persons for p in sums.overlap.patterns}
    found |= {"both/none": sums.overlap.none, "both/others": sums.overlap.others}
    for pair in sums.pairs:
        stem = stem_of(pair)
        found |= {f"{stem}/both": pair.both, f"{stem}/neither": pair.neither}
        for side in pair.differences:
            found[f"{stem}/{side.inside}"] = side.persons
            parts(f"{stem}/{side.inside}", side.verdicts)
            parts(f"{stem}/{side.inside}/why", side.reasons)
    found["flow"] = sums.flow.persons
    for line, nodes in enumerate(sums.flow.nodes, 1):
        parts(f"node/{line}", nodes)
        parts(f"end/{line}", sums.flow.ends[line - 1])
        found[f"on/{line}"] = sums.flow.on[line - 1]
    found |= {f"edge/{e.line}/{e.source}>{e.target}": e.persons for e in sums.flow.edges}
    return found


def stem_of(pair: Pair) -> str:
    return f"pair/{pair.first}/{pair.second}"


def meanings(sums: Sums) -> Iterator[Sum]:
    """What everybody can add up who reads the report."""
    for each in sums.attrition:
        steps = [part.key for part in each.left]
        named = [f"left/{each.definition}/{step}" for step in steps]
        for n, step in enumerate(steps[:4]):
            yield step, [named[n]]
        for n in range(1, len(steps)):
            yield named[n - 1], [named[n], f"lost/{each.definition}/{steps[n]}"]
        yield f"{each.definition}/met", [named[-1]]
        yield f"{each.definition}/possible", [f"{each.definition}/met", f"{each.definition}/open"]
        yield named[-2], [f"{each.definition}/possible"]
    for waiting in sums.waiting:
        yield f"{waiting.definition}/met", [f"wait/{waiting.definition}/{band.key}" for band in waiting.bands]
    assert sums.following is not None
    yield f"{sums.main}/met", [f"next/{kind.key}" for kind in sums.following.kinds]
    for kind, bands in sums.following.within.items():
        yield f"next/{kind}", [f"within/{kind}/{band.key}" for band in bands]
    for gap in sums.gaps:
        yield "persons", [f"gap/{gap.gap}/{key}" for key in ("yes", "unknown", "no")]
    for model in sums.staging:
        yield f"stage/{model.model}", [f"stage/{model.model}/{band.key}" for band in model.bands]
    assert sums.overlap is not None
    patterns = ["both/" + "+".join(sorted(p.definitions)) for p in sums.overlap.patterns]
    yield "treated", [*patterns, "both/none", "both/others"]
    for definition in sums.overlap.definitions:
        yield f"{definition}/met", [p for p in patterns if definition in p]
    for pair in sums.pairs:
        stem, names = stem_of(pair), (pair.first, pair.second)
        yield "treated", [f"{stem}/both", f"{stem}/neither", *(f"{stem}/{name}" for name in names)]
        for name in names:
            yield f"{name}/met", [f"{stem}/both", f"{stem}/{name}"]
            yield f"{stem}/{name}", [f"{stem}/{name}/{key}" for key in VERDICTS]
        if len(sums.overlap.definitions) == 2:
            yield f"{stem}/both", [p for p in patterns if "+" in p]
            yield f"{stem}/neither", ["both/none"]
    yield from _flows(sums)
    yield from _twins(sums)


def _twins(sums: Sums) -> Iterator[Sum]:
    """What is the same of two definitions of the same rule."""
    names = {size.definition for size in sums.sizes}
    if TWIN not in names:
        return
    for key in ("met", "possible", "open"):
        yield f"{TWO}/{key}", [f"{TWIN}/{key}"]
    (one,) = (each for each in sums.attrition if each.definition == TWO)
    for part in one.left:
        yield f"left/{TWO}/{part.key}", [f"left/{TWIN}/{part.key}"]
    for part in one.lost:
        yield f"lost/{TWO}/{part.key}", [f"lost/{TWIN}/{part.key}"]
    waiting = {each.definition: each.bands for each in sums.waiting}
    for band in waiting.get(TWIN, ()):
        yield f"wait/{TWO}/{band.key}", [f"wait/{TWIN}/{band.key}"]
    stems = {frozenset((pair.first, pair.second)): stem_of(pair) for pair in sums.pairs}
    if len(stems) > 1:
        stem, other = stems[frozenset((TWO, OTHER))], stems[frozenset((TWIN, OTHER))]
        for key in ("both", "neither"):
            yield f"{stem}/{key}", [f"{other}/{key}"]
        for name, twin in ((TWO, TWIN), (OTHER, OTHER)):
            for key in ("", *(f"/{verdict}" for verdict in VERDICTS)):
                yield f"{stem}/{name}{key}", [f"{other}/{twin}{key}"]


def _flows(sums: Sums) -> Iterator[Sum]:
    assert sums.flow is not None
    yield "flow", [f"node/1/{part.key}" for part in sums.flow.nodes[0]]
    edges = [(e.line, e.source, e.target, f"edge/{e.line}/{e.source}>{e.target}") for e in sums.flow.edges]
    for line, nodes in enumerate(sums.flow.nodes, 1):
        for part in nodes:
            yield f"node/{line}/{part.key}", [n for at, a, _, n in edges if (at, a) == (line, part.key)]
            if line > 1:
                yield (
                    f"node/{line}/{part.key}",
                    [n for at, _, b, n in edges if (at, b) == (line - 1, part.key)],
                )
        for end in sums.flow.ends[line - 1]:
            yield f"end/{line}/{end.key}", [n for at, _, b, n in edges if (at, b) == (line, end.key)]
        if line < len(sums.flow.nodes):
            yield f"on/{line}", [f"node/{line + 1}/{part.key}" for part in sums.flow.nodes[line]]


@pytest.mark.parametrize(("seed", "persons"), [(0, 150), (1, 150), (2, 150), (20, 60), (22, 60)])
@pytest.mark.parametrize("compared", [(TWO, OTHER), (TWO, OTHER, TWIN)], ids=len)
def test_no_small_count_can_be_told(
    seed: int, persons: int, compared: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = at_random(seed, persons).twin(TWO, TWIN).write(tmp_path)
    found = published(folder, *compared)
    shown, sums = counts(found), list(meanings(found))
    with monkeypatch.context() as nothing_hidden:
        nothing_hidden.setattr(small_cells, "LIMIT", 0)
        true = {n: count for n, count in counts(published(folder, *compared)).items() if count is not None}
    assert shown.keys() == true.keys()
    for total, parts in sums:
        assert true[total] == sum(true[part] for part in parts), (total, parts)
    small = sorted(name for name, count in true.items() if 0 < count < 5)
    assert len(small) > ATTACKED, "the population is too tame for the test"
    assert all(shown[name] is None for name in small)
    assert sum(count is not None for count in shown.values()) > len(shown) / 3
    for one, (twin,) in _twins(found):
        assert (shown[one] is None) == (shown[twin] is None), "what one hides its twin tells"
    told = differenced(shown, sums)
    assert not told.keys() & set(small)
    for name in random.Random(seed).sample(small, ATTACKED):
        low, high = span(name, shown, sums, set())
        assert low < 5 <= high, f"{name} lies in {low}..{high}"


def test_the_file_of_the_steps_hides_the_same(tmp_path: Path) -> None:
    folder = at_random(7, 40).write(tmp_path)
    published(folder)
    with (folder / "attrition.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    numbers = [int(row[key]) for row in rows for key in ("persons", "lost") if row[key]]
    assert not [number for number in numbers if 0 < number < 5]
    assert [row for row in rows if not row["persons"] or not row["lost"]]


def test_a_definition_does_not_tell_what_its_twin_hides(tmp_path: Path) -> None:
    """Two of 110 are undetermined: one definition shows who meets it, its twin who possibly does."""
    made = Population()
    for number in range(110):
        person = made.person()
        trial = made.trial(person, "sertraline", 0)
        for definition, met in ((TWO, 36), (OTHER, 17)):
            verdict = "met" if number < met else "not_met"
            if definition == TWO and number >= 108:
                verdict = "undetermined"
            made.judged(person, trial, definition, verdict == "met")
            made.status(person, definition, verdict, 20 if verdict == "met" else None)
    folder = made.twin(TWO, TWIN).write(tmp_path)
    found = published(folder)
    shown, sums = counts(found), list(meanings(found))
    assert not differenced(shown, sums).keys() & {f"{TWO}/open", f"{TWIN}/open"}
    low, high = span(f"{TWO}/open", shown, sums, set())
    assert low < 5 <= high


@pytest.mark.parametrize("key", ["met", "possible"])
def test_a_definition_does_not_tell_how_few_more_meet_a_wider_one(key: str, tmp_path: Path) -> None:
    """All who meet the third definition meet the first: of 40 and 37 the rest would be told."""
    made = Population()
    for number in range(110):
        person = made.person()
        trial = made.trial(person, "sertraline", 0)
        for definition, many in ((TWO, 40), (OTHER, 17), (WITHIN, 37)):
            verdict = "not_met" if number >= many else "met"
            if key == "possible" and number >= 8:
                verdict = "undetermined" if number < many else "not_met"
            made.judged(person, trial, definition, verdict == "met")
            made.status(person, definition, verdict, 20 if verdict == "met" else None)
    found = published(made.write(tmp_path))
    shown = counts(found)
    sums = [*meanings(found), (f"{TWO}/{key}", [f"{WITHIN}/{key}", "more"])]
    assert "more" not in differenced(shown, sums)
    low, high = span("more", shown, sums, set())
    assert low < 5 <= high
