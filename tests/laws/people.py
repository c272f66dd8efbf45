"""Generated persons: records with everything that makes real ones hard."""

from datetime import date

from hypothesis import strategies as st

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.records.model import Condition, Exposure, Person, Record, Score
from tests.spec.rows import KNOWLEDGE

FIRST = date(2022, 1, 1).toordinal()
LAST = date(2026, 7, 1).toordinal()
AS_OF = LAST
MAIN = (
    "sertraline",
    "citalopram",
    "venlafaxine",
    "mirtazapine",
    "amitriptyline",
    "bupropion",
    "trazodone",
    "phenelzine",
)
ADDED = ("aripiprazole", "lithium", "quetiapine", "liothyronine")
OTHER = ("cbt", "ect", "rtms")
DOSES = (10.0, 25.0, 50.0, 75.0, 100.0, 150.0, 225.0, 300.0)
ORIGINS = ("dispense", "statement", "order", "administration")


@st.composite
def medicine_lines(draw: st.DrawFn, number: int) -> Exposure:
    """A line of a medicine: a supply, a told time or an order, with or without dose, end and outcome."""
    treatment = draw(st.sampled_from(MAIN + MAIN + ADDED))
    origin = draw(st.sampled_from(ORIGINS))
    start = draw(st.integers(FIRST, LAST - 5))
    spread = draw(st.sampled_from((0, 0, 0, 15)))
    length = draw(st.sampled_from((7, 14, 28, 30, 41, 42, 56, 84, 120, 200)))
    shape = draw(st.sampled_from(("end", "end", "supply", "open")))
    dose = draw(st.sampled_from((None, *DOSES)))
    wide = draw(st.booleans()) and dose is not None
    taken = draw(st.sampled_from((None, None, (0.9, 1.0), (0.4, 0.6), (0.7, 0.9))))
    return Exposure(
        person_id="p",
        source_ids=(f"line-{number:02d}",),
        treatment=treatment,
        kind="medicine",
        origin=origin,
        start_earliest=start - spread,
        start_latest=start + spread,
        end_earliest=start + spread + length if shape == "end" else None,
        end_latest=start + spread + length + spread if shape == "end" else None,
        supply_days=length if shape == "supply" else None,
        ongoing=draw(st.sampled_from((UNKNOWN, NO))),
        dose_low=dose,
        dose_high=dose * 2 if wide and dose is not None else dose,
        dose_unit="mg/d",
        taken_low=taken[0] if taken else None,
        taken_high=taken[1] if taken else None,
        reported_response=draw(st.sampled_from((None, None, None, "none", "little", "lot", "well"))),
        stop_reasons=draw(st.sampled_from(((), (), ("no_effect",), ("adverse",)))),
    )


@st.composite
def refills(draw: st.DrawFn) -> list[Exposure]:
    """Supplies of one medicine in some strengths, collected early, late, together or days apart."""
    treatment = draw(st.sampled_from(MAIN))
    day = draw(st.integers(FIRST, LAST - 200))
    lines = []
    for number in range(draw(st.integers(3, 6))):
        day += draw(st.sampled_from((0, 1, 3, 4, 21, 28, 40)))
        dose = draw(st.sampled_from((25.0, 50.0, 100.0)))
        lines.append(
            Exposure(
                person_id="p",
                source_ids=(f"refill-{number:02d}",),
                treatment=treatment,
                kind="medicine",
                origin="dispense",
                start_earliest=day,
                start_latest=day,
                supply_days=draw(st.sampled_from((2, 28, 30, 60))),
                dose_low=dose,
                dose_high=dose,
                dose_unit="mg/d",
            )
        )
    return lines


@st.composite
def session_lines(draw: st.DrawFn, number: int) -> Exposure:
    """A course counted in sessions."""
    treatment = draw(st.sampled_from(OTHER))
    start = draw(st.integers(FIRST, LAST - 60))
    low = draw(st.sampled_from((None, 2, 8, 12, 20)))
    return Exposure(
        person_id="p",
        source_ids=(f"line-{number:02d}",),
        treatment=treatment,
        kind=KNOWLEDGE.treatments[treatment].kind,
        origin="statement",
        start_earliest=start,
        start_latest=start,
        end_earliest=start + 60,
        end_latest=start + 60,
        sessions_low=low,
        sessions_high=low,
        session_detail=draw(st.sampled_from((None, "bilateral"))) if treatment == "ect" else None,
        reported_response=draw(st.sampled_from((None, "none", "lot"))),
    )


@st.composite
def scores(draw: st.DrawFn, number: int) -> Score:
    """A PHQ-9 or MADRS total."""
    scale = draw(st.sampled_from(("PHQ-9", "PHQ-9", "PHQ-9", "MADRS")))
    day = draw(st.integers(FIRST - 30, LAST))
    top = 27 if scale == "PHQ-9" else 60
    return Score(
        person_id="p",
        source_ids=(f"score-{number:02d}",),
        scale=scale,
        day_earliest=day,
        day_latest=day,
        value=float(draw(st.integers(0, top))),
    )


@st.composite
def people(draw: st.DrawFn) -> Record:
    """A person with up to eight lines and eight scores."""
    exposures = [draw(medicine_lines(n)) for n in range(draw(st.integers(1, 7)))]
    exposures += [draw(session_lines(20 + n)) for n in range(draw(st.integers(0, 2)))]
    conditions = [
        Condition(
            person_id="p",
            source_ids=("condition-01",),
            concept=draw(st.sampled_from(("mdd_recurrent", "mdd_single"))),
            onset_earliest=FIRST - 10,
            onset_latest=FIRST - 10,
            verification="confirmed",
        )
    ]
    if draw(st.integers(0, 5)) == 0:
        conditions.append(
            Condition(
                person_id="p",
                source_ids=("condition-02",),
                concept=draw(st.sampled_from(("bipolar_disorder", "dementia", "insomnia", "chronic_pain"))),
                verification=draw(st.sampled_from(("confirmed", "provisional"))),
            )
        )
    birth = draw(st.sampled_from((date(1960, 2, 29), date(1985, 6, 1), date(2005, 3, 1), None)))
    born = birth.toordinal() if birth else None
    return Record(
        person=Person(person_id="p", source_ids=("patient",), birth_earliest=born, birth_latest=born),
        exposures=exposures,
        scores=[draw(scores(n)) for n in range(draw(st.integers(0, 8)))],
        conditions=conditions,
    )


__all__ = ["ADDED", "AS_OF", "DOSES", "MAIN", "NO", "UNKNOWN", "YES", "people", "refills"]
