"""What the rules cost a person, beside making the same rows: one definition, all of them, and every stage.

``python -m bench.rules``. Persons have twenty supplies of one to three medicines, as issue 6 counts them:
refills early, on the day and late. Each figure is processor time, the least of several runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import date

import msgspec

from opentrd.assessing import rule_book
from opentrd.knowledge.loader import load
from opentrd.records.model import Condition, Exposure, Person, Record
from opentrd.rules.episodes import build_episodes
from opentrd.rules.eras import build_eras
from opentrd.rules.judge import Asked, judge_record
from opentrd.rules.outcomes import judge_outcomes
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.streams import build_streams
from opentrd.rules.trials import build_trials

FIRST = date(2018, 1, 1).toordinal()
AS_OF = FIRST + 1500
SUPPLIES = 20
TREATMENTS = ("sertraline", "venlafaxine", "mirtazapine")
BETWEEN = (30, 28, 35, 30, 26, 31)
"""Days from one supply of thirty days to the next."""


def person(number: int) -> Record:
    """Return a person with twenty supplies, of one, two or three medicines one after the other."""
    treatments = TREATMENTS[: 1 + number % len(TREATMENTS)]
    day = FIRST + number
    exposures = []
    for n in range(SUPPLIES):
        exposures.append(
            Exposure(
                person_id=str(number),
                source_ids=(f"supply-{n:02d}",),
                treatment=treatments[n * len(treatments) // SUPPLIES],
                kind="medicine",
                origin="dispense",
                start_earliest=day,
                start_latest=day,
                supply_days=30,
                dose_low=100.0,
                dose_high=100.0,
                dose_unit="mg/d",
                strength=100.0,
                strength_unit="mg",
            )
        )
        day += BETWEEN[(number + n) % len(BETWEEN)]
    depression = Condition(
        person_id=str(number),
        source_ids=("diagnosis",),
        concept="depression",
        onset_earliest=FIRST,
        onset_latest=FIRST,
        verification="confirmed",
    )
    born = FIRST - 40 * 365
    who = Person(person_id=str(number), birth_earliest=born, birth_latest=born)
    return Record(person=who, exposures=exposures, conditions=[depression])


def least(work: Callable[[], object], people: int, times: int = 30) -> float:
    """Return the least processor time of some runs, in microseconds a person."""
    work()
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found) / people * 1e6


def measure(people: Iterable[Record], book: RuleBook) -> dict[str, float]:
    """Return microseconds a person: making the rows, one definition, all, and the stages up to outcomes."""
    records = list(people)
    count = len(records)
    rows = msgspec.msgpack.encode(records)
    decoder = msgspec.msgpack.Decoder(list[Record])
    instrument = book.default_instrument
    first = next(d.definition for d in book.definitions.values() if d.kind == "failed_trials")
    one = Asked(frozenset([first]), staging=False, questions=False)
    found = {
        "rows": least(lambda: decoder.decode(rows), count),
        "one": least(lambda: [judge_record(r, book, AS_OF, instrument, one) for r in records], count),
        "all": least(lambda: [judge_record(r, book, AS_OF, instrument) for r in records], count),
    }
    end = AS_OF + 1
    streams = [build_streams(r.exposures, book, end) for r in records]
    eras = [build_eras(s, r.exposures, book) for s, r in zip(streams, records, strict=True)]
    episodes = [build_episodes(e, [], r.conditions, book, end) for e, r in zip(eras, records, strict=True)]
    told = list(zip(records, streams, eras, episodes, strict=True))
    trials = [build_trials(e, p, r.person, r.conditions, book) for r, _, e, p in told]

    def outcomes() -> None:
        for made, places in zip(trials, episodes, strict=True):
            judge_outcomes(made, [], places, book, end)

    stages: dict[str, Callable[[], object]] = {
        "streams": lambda: [build_streams(r.exposures, book, end) for r in records],
        "eras": lambda: [build_eras(s, r.exposures, book) for r, s, _, _ in told],
        "episodes": lambda: [build_episodes(e, [], r.conditions, book, end) for r, _, e, _ in told],
        "trials": lambda: [build_trials(e, p, r.person, r.conditions, book) for r, _, e, p in told],
        "outcomes": outcomes,
    }
    return found | {name: least(work, count) for name, work in stages.items()}


def main() -> None:
    """Print microseconds a person and the ratio to making the same rows."""
    book = rule_book(load())
    found = measure((person(n) for n in range(12)), book)
    names = {
        "rows": f"making a person of {SUPPLIES} supplies from MessagePack",
        "one": "rules, one definition",
        "all": "rules, all definitions, staging, questions",
    }
    print(f"{'what':50} {'µs a person':>11} {'ratio':>7}")
    for key, value in found.items():
        print(f"{names.get(key, '  stage: ' + key):50} {value:11.0f} {value / found['rows']:7.1f}")


if __name__ == "__main__":
    main()
