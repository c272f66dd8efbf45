"""Run ``cardinal_pythonlib``'s two-antidepressant rule on mentions (CSV) for at most so many seconds.

    run.py MENTIONS SECONDS

Persons are handed over in small blocks: the function looks through all rows for each person, so that large
blocks would only slow it down. Runs in the environment of the peer; prints JSON.
"""

import csv
import itertools
import json
import sys
import time
from pathlib import Path

from cardinal_pythonlib.psychiatry.treatment_resistant_depression import (  # type: ignore[import-not-found, unused-ignore]
    two_antidepressant_episodes,
)
from pandas import DataFrame, to_datetime  # type: ignore[import-not-found, import-untyped, unused-ignore]

BLOCK = 50


def main() -> None:
    """Print how many persons were done in how many seconds, and who was found."""
    with Path(sys.argv[1]).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    least = float(sys.argv[2])
    persons = [(who, list(lines)) for who, lines in itertools.groupby(rows, lambda row: row["person_id"])]
    found: list[str] = []
    done, spent = 0, 0.0
    while done < len(persons) and spent < least:
        block = persons[done : done + BLOCK]
        frame = DataFrame([row for _, lines in block for row in lines])
        frame["day"] = to_datetime(frame["day"])
        start = time.perf_counter()
        result = two_antidepressant_episodes(
            frame, patient_colname="person_id", drug_colname="treatment", date_colname="day"
        )
        spent += time.perf_counter() - start
        found += [str(person) for person in result["patient_id"]]
        done += len(block)
    print(json.dumps({"persons": [who for who, _ in persons[:done]], "seconds": spent, "found": found}))


if __name__ == "__main__":
    main()
