"""``make bench``: what the product costs beside plain JSON decoding and a bare interpreter, in one run."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bench import hooks, population, service
from bench import rules as rules_bench
from bench.peers import table
from bench.record import SAMPLES, busy_bundle, large_bundle
from opentrd.assessing import assess, rule_book
from opentrd.knowledge.loader import load
from opentrd.present.json import to_json
from opentrd.present.words import Words
from opentrd.records.read import read
from opentrd.rules.judge import judge_record

AS_OF = date(2021, 3, 1)


def main() -> None:
    """Print the ratios as a table: what, median, 99th percentile, ratio, aim."""
    knowledge = load()
    book = rule_book(knowledge)
    words = Words("en", "clinician", knowledge)
    with tempfile.TemporaryDirectory() as folder:
        large, busy = Path(folder) / "large.json", Path(folder) / "busy.json"
        large.write_bytes(large_bundle())
        busy.write_text(json.dumps(busy_bundle()))
        text = large.read_bytes()
        record = next(iter(read(str(busy), knowledge)))
        day = AS_OF.toordinal()

        decode = timed(lambda: json.loads(text), 30)
        reading = timed(lambda: list(read(str(large), knowledge)), 30)
        through = timed(
            lambda: [
                to_json(assess(r, as_of=AS_OF, knowledge=knowledge), words)
                for r in read(str(large), knowledge)
            ],
            30,
        )
        data = timed(
            lambda: [
                to_json(assess(r, as_of=AS_OF, knowledge=knowledge), words, texts=False)
                for r in read(str(large), knowledge)
            ],
            30,
        )
        rules = timed(lambda: judge_record(record, book, day, book.default_instrument), 500)
        bare = timed(lambda: run("-c", "pass"), 9)
        imported = timed(lambda: run("-c", "import opentrd"), 9)
        small = SAMPLES / "two-failures.json"
        whole = timed(lambda: run("-m", "opentrd", "assess", str(small), "--as-of", "2026-07-01"), 9)

    size = f"{len(text) / 1e6:.1f} MB"
    lines = len(record.exposures)
    print(f"{'what':62} {'median ms':>10} {'99th ms':>9} {'ratio':>7}  of")
    show(f"plain JSON decoding of a bundle of {size}", decode, decode, "itself")
    show(f"reading the bundle of {size}", reading, decode, "JSON decoding")
    show("bundle in, assessment, JSON out (aim: at most 5)", through, decode, "JSON decoding")
    show("the same without words: data only", data, decode, "JSON decoding")
    show(
        f"rules, {lines} exposures and {len(record.scores)} scores (aim: at most 3 ms)",
        rules,
        decode,
        "JSON decoding",
    )
    show("a bare interpreter as a process", bare, bare, "itself")
    show("import opentrd (aim: under 300 ms more)", imported, bare, "bare interpreter")
    show("opentrd assess on a small bundle (aim: under 1000 ms)", whole, bare, "bare interpreter")
    service.show(service.measure())
    hook = hooks.measure()
    show("the same record of parts: reading and assessing", hook["bare"], hook["bare"], "itself")
    show("CDS Hooks patient-view, call to cards (aim: at most 2)", hook["cards"], hook["bare"], "assessing")
    show("the same through the web app", hook["web"], hook["bare"], "assessing")
    print(table.text(*population.measure(population.persons(), population.BUDGET, population.RUNS)))
    rules_bench.main()


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Run some work after a warm-up and return the milliseconds of each run, sorted."""
    work()
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append((time.perf_counter() - start) * 1000)
    return sorted(found)


def run(*arguments: str) -> None:
    """Run this interpreter as a process of its own."""
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def show(what: str, found: list[float], beside: list[float], of: str) -> None:
    """Print one row."""
    late = found[min(len(found) - 1, int(len(found) * 0.99))]
    ratio = statistics.median(found) / statistics.median(beside)
    print(f"{what:62} {statistics.median(found):10.2f} {late:9.2f} {ratio:7.2f}  {of}")


if __name__ == "__main__":
    main()
