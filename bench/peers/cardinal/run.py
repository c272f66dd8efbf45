"""Run ``cardinal_pythonlib``'s two-antidepressant rule on mentions (CSV) for at most so many seconds.

    run.py MENTIONS SECONDS

Persons are handed over in small blocks: the function looks through all rows for each person, so that large
blocks only slow it down. How much is told beside it: the same for some persons with all rows in one table, as
its signature has it. Runs in the environment of the peer; prints JSON.
"""

import csv
import itertools
import json
import sys
import time
from pathlib import Path

from cardinal_pythonlib.psychiatry.treatment_resistant_depression import (  # type: ignore[import-not-found, unused-ignore]
    two_antidepressant_episodes,
    two_antidepressant_episodes_single_patient,
)
from pandas import DataFrame, to_datetime  # type: ignore[import-not-found, import-untyped, unused-ignore]

BLOCK = 50
COLUMNS = {"patient_colname": "person_id", "drug_colname": "treatment", "date_colname": "day"}


def table(rows: list[dict[str, str]]) -> DataFrame:
    """Return mentions as the functions want them."""
    frame = DataFrame(rows)
    frame["day"] = to_datetime(frame["day"])
    return frame


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
        frame = table([row for _, lines in block for row in lines])
        start = time.perf_counter()
        result = two_antidepressant_episodes(frame, **COLUMNS)
        spent += time.perf_counter() - start
        found += [str(person) for person in result["patient_id"]]
        done += len(block)
    told = {"persons": [who for who, _ in persons[:done]], "seconds": spent, "found": found}
    print(json.dumps(told | {"whole_rate": whole_rate(rows, [who for who, _ in persons[:done]], least)}))


def whole_rate(rows: list[dict[str, str]], persons: list[str], least: float) -> float:
    """Return persons a second where each is looked for in the table of all persons."""
    frame = table(rows)
    done, start = 0, time.perf_counter()
    while done < len(persons) and time.perf_counter() - start < least:
        two_antidepressant_episodes_single_patient(persons[done], frame, **COLUMNS)
        done += 1
    return done / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
