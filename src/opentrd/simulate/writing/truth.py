"""The truth of a block of persons as rows: who is resistant and since when, and every trial as it was."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from opentrd.simulate.course.state import ONGOING, REASONS, RESULTS, ROLES
from opentrd.simulate.course.treating import PARTS
from opentrd.simulate.course.weeks import Course
from opentrd.simulate.parameters import Parameters
from opentrd.simulate.people import People
from opentrd.simulate.products import Medicines
from opentrd.simulate.writing.columns import days, table, words

#: Table to its columns. ``resistant_on`` is null without resistance, ``end`` where a trial goes on.
TRUTH: dict[str, pa.Schema] = {
    "truth": pa.schema(
        [
            ("person_id", pa.int64()),
            ("depressed", pa.bool_()),
            ("bipolar", pa.bool_()),
            ("treated", pa.bool_()),
            ("resistant", pa.bool_()),
            ("resistant_on", pa.date32()),
        ]
    ),
    "truth_trials": pa.schema(
        [
            ("person_id", pa.int64()),
            ("episode", pa.int64()),
            ("treatment", pa.string()),
            ("role", pa.string()),
            ("start", pa.date32()),
            ("end", pa.date32()),
            ("dose", pa.float64()),
            ("weeks", pa.int64()),
            ("weeks_adequate", pa.int64()),
            ("taken", pa.float64()),
            ("adequate", pa.bool_()),
            ("response", pa.string()),
            ("failed", pa.bool_()),
            ("ended_for", pa.string()),
        ]
    ),
}


def truth_rows(course: Course, who: People, p: Parameters, m: Medicines) -> dict[str, pa.Table]:
    """Return the truth of the wanted persons. ``dose`` is the last one, in mg a day."""
    places = np.arange(who.wanted)
    on = course.resistant_on[places]
    treated = np.isin(places, course.trials["person"])
    persons = {
        "person_id": who.ids(places),
        "depressed": course.ill[places],
        "bipolar": course.bipolar[places],
        "treated": treated,
        "resistant": on >= 0,
        "resistant_on": days(who.days(on), on < 0),
    }
    order = np.lexsort((course.trials["trial"], course.trials["start"], course.trials["person"]))
    order = order[course.trials["person"][order] < who.wanted]
    t = {key: column[order] for key, column in course.trials.items()}
    trials = {
        "person_id": who.ids(t["person"]),
        "episode": t["episode"],
        "treatment": words(m.names, t["treatment"]),
        "role": words(ROLES, t["role"]),
        "start": days(who.days(t["start"])),
        "end": days(who.days(t["end"]), t["reason"] == ONGOING),
        "dose": m.dose[t["treatment"], t["level"]],
        "weeks": t["weeks"],
        "weeks_adequate": t["adequate"],
        "taken": t["taken"] / PARTS,
        "adequate": t["adequate"] >= p["adequate_weeks"],
        "response": words(RESULTS, t["result"]),
        "failed": t["failed"] > 0,
        "ended_for": words(REASONS, t["reason"]),
    }
    return {
        "truth": table(TRUTH["truth"], len(places), persons),
        "truth_trials": table(TRUTH["truth_trials"], len(order), trials),
    }
