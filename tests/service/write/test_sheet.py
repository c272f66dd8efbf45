"""A draft of the form becomes a history sheet: rows in, sheet out, and what the one reader makes of it."""

from __future__ import annotations

from datetime import date

import pytest

from opentrd.errors import InputError
from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.knowledge.loader import load
from opentrd.records.model import Condition, Observation, Record
from opentrd.records.read import read_files
from opentrd.records.sheet.words import is_unknown, meaning
from opentrd.service.form import ITEMS, SHEET, Written, dated, sheet
from opentrd.service.form_fields import (
    ASKED,
    CHOICES,
    MAX_ROWS,
    MAX_TEXT,
    SCALES,
    Draft,
    choices_of,
    parse,
)
from opentrd.service.form_fields import (
    NO as SAYS_NO,
)
from opentrd.service.form_fields import (
    YES as SAYS_YES,
)

TODAY = date(2026, 11, 23).toordinal()


def draft(**fields: str) -> Draft:
    """Return the draft of fields; ``__`` stands for the dot in their names."""
    return parse([(name.replace("__", "."), value) for name, value in fields.items()])


def written(**fields: str) -> Written:
    """Return the sheet of fields, as of today."""
    made = sheet(dated(draft(**fields), TODAY), TODAY)
    assert made is not None
    return made


def record(**fields: str) -> Record:
    """Return what the reader makes of fields."""
    return read_files({SHEET: written(**fields).text.encode()}, load()).one()


def day(year: int, month: int, number: int = 1) -> int:
    """Return a day as an ordinal."""
    return date(year, month, number).toordinal()


#: Fields of the form, and the lines of the sheet that they make.
ROWS = [
    ("born", {"person__born": "1980"}, 'person:\n  born: "1980"'),
    (
        "born and sex",
        {"person__born": "about 1980", "person__sex": "female"},
        'person:\n  born: "about 1980"\n  sex: "female"',
    ),
    ("a name alone", {"treatments__0__name": "Zoloft"}, 'treatments:\n  - name: "Zoloft"'),
    (
        "month and year, still taken",
        {
            "treatments__0__name": "sertraline",
            "treatments__0__from_month": "03",
            "treatments__0__from_year": "2024",
            "treatments__0__still": "yes",
        },
        'treatments:\n  - name: "sertraline"\n    from: "2024-03"\n    to: "still"',
    ),
    (
        "the year alone, ended, no reason known",
        {
            "treatments__0__name": "sertraline",
            "treatments__0__from_year": "2024",
            "treatments__0__to_year": "2025",
            "treatments__0__to_month": "02",
            "treatments__0__still": "no",
        },
        'treatments:\n  - name: "sertraline"\n    from: "2024"\n    to: "2025-02"',
    ),
    (
        "ended, nobody remembers when",
        {
            "treatments__0__name": "sertraline",
            "treatments__0__from_year": "2024",
            "treatments__0__still": "no",
        },
        'treatments:\n  - name: "sertraline"\n    from: "2024"\n    to: "2024 or 2026-11-23"',
    ),
    (
        "ended, not even the begin is known",
        {"treatments__0__name": "sertraline", "treatments__0__still": "no"},
        'treatments:\n  - name: "sertraline"\n    to: "?"',
    ),
    (
        "not sure of anything",
        {
            "treatments__0__name": "sertraline",
            "treatments__0__still": "unsure",
            "treatments__0__taken": "unsure",
            "treatments__0__helped": "unsure",
        },
        'treatments:\n  - name: "sertraline"\n    to: "?"\n    taken: "?"\n    helped: "?"',
    ),
    (
        "a therapy",
        {
            "treatments__0__name": "CBT",
            "treatments__0__kind": "therapy",
            "treatments__0__sessions": "about 8",
        },
        'treatments:\n  - name: "CBT"\n    sessions: "about 8"\n    note: "talking therapy"',
    ),
    (
        "other medicines",
        {"others__0__name": "ramipril", "others__0__still": "yes"},
        'other medicines:\n  - name: "ramipril"\n    to: "still"',
    ),
    (
        "depression, told since",
        {"depression__told": "yes", "depression__year": "2023"},
        'conditions:\n  - name: "depression"\n    from: "2023"\n    value: "confirmed"',
    ),
    ("yes to an illness", {"conditions__bipolar": "yes"}, 'conditions:\n  - name: "bipolar disorder"'),
    ("no to an illness", {"conditions__psychosis": "no"}, 'conditions:\n  - name: "no psychosis"'),
    ("one of two", {"conditions__thyroid": "hypothyroidism"}, 'conditions:\n  - name: "hypothyroidism"'),
    (
        "no device",
        {"conditions__heart_device": "pacemaker"},
        'tests:\n  - name: "pacemaker"\n    value: "yes"',
    ),
    ("no allergy", {"allergy": "none"}, 'allergies:\n  - name: "none"'),
    (
        "an allergy",
        {"allergy": "some", "allergies__0__name": "penicillin", "allergies__0__reaction": "rash"},
        'allergies:\n  - name: "penicillin"\n    value: "rash"',
    ),
    (
        "a total",
        {"scores__0__scale": "QIDS-SR16", "scores__0__year": "2025", "scores__0__value": "17"},
        'scores:\n  - name: "QIDS-SR16"\n    from: "2025"\n    value: "17"',
    ),
    (
        "single answers, dated by their first saving",
        {"phq9__1": "3", "phq9__9": "0", "phq9__2": "unsure"},
        'scores:\n  - name: "PHQ-9"\n    from: "2026-11-23"\n    items: "3 ? ? ? ? ? ? ? 0"',
    ),
]


@pytest.mark.parametrize(("fields", "text"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_rows_in_sheet_out(fields: dict[str, str], text: str) -> None:
    assert written(**fields).text == text + "\n"
    read_files({SHEET: (text + "\n").encode()}, load())


#: What says nothing makes no sheet at all.
NOTHING = [
    {},
    {"treatments__0__name": "", "treatments__3__name": "   "},
    {"conditions__bipolar": "unsure", "allergy": "unsure"},
    {"phq9__1": "unsure", "phq9__day": "2026-01-01"},
    {"depression__told": "unsure"},
    {"conditions__bipolar": "maybe", "treatments__0__still": "perhaps", "who": "me", "a__b__c": "d"},
]


@pytest.mark.parametrize("fields", NOTHING)
def test_nothing_said_is_no_sheet(fields: dict[str, str]) -> None:
    assert sheet(draft(**fields), TODAY) is None


def test_the_record_is_what_was_meant() -> None:
    made = record(
        person__born="1980",
        person__sex="female",
        depression__told="yes",
        depression__year="2023",
        treatments__0__name="Zoloft",
        treatments__0__kind="medicine",
        treatments__0__dose="50 mg",
        treatments__0__from_month="03",
        treatments__0__from_year="2023",
        treatments__0__to_month="08",
        treatments__0__to_year="2023",
        treatments__0__still="no",
        treatments__0__taken="most",
        treatments__0__helped="little",
        treatments__0__stopped="adverse",
        treatments__1__name="CBT",
        treatments__1__sessions="8",
        treatments__1__still="yes",
        treatments__2__name="mirtazapine",
        treatments__2__for="sleep",
        others__0__name="ramipril",
        conditions__bipolar="no",
        conditions__liver="yes",
        conditions__epilepsy="unsure",
        allergy="none",
        phq9__1="2",
        phq9__9="1",
        **{f"gad7__{item}": "1" for item in range(1, 8)},
    )
    sertraline, cbt, mirtazapine, ramipril = made.exposures
    assert (made.person.birth_earliest, made.person.sex) == (day(1980, 1), "female")
    assert (sertraline.treatment, sertraline.dose_low, sertraline.dose_high) == ("sertraline", 50, 50)
    assert (sertraline.start_earliest, sertraline.start_latest) == (day(2023, 3), day(2023, 3, 31))
    assert (sertraline.end_earliest, sertraline.end_latest) == (day(2023, 8, 2), day(2023, 9))
    assert (sertraline.ongoing, sertraline.reported_response) == (NO, "little")
    assert sertraline.stop_reasons == ("adverse",)
    assert sertraline.taken_low is not None and sertraline.taken_low >= 0.8
    assert (cbt.treatment, cbt.sessions_low, cbt.ongoing, cbt.start_earliest) == ("cbt", 8, YES, None)
    assert (mirtazapine.indication, mirtazapine.ongoing) == ("insomnia", UNKNOWN)
    assert (mirtazapine.dose_low, mirtazapine.taken_low, mirtazapine.reported_response) == (None, None, None)
    assert ramipril.product_text == "ramipril"
    assert {c.concept for c in made.conditions} == {"depressive_episode_unspecified", "liver_disease"}
    assert {o.concept for o in made.observations if o.kind == "stated"} == {"bipolar_disorder"}
    assert [o.negated for o in made.observations if o.kind == "allergy"] == [YES]
    phq9, gad7 = made.scores
    assert (phq9.value, phq9.items, phq9.suicide_item) == (None, {1: 2, 9: 1}, 1)
    assert (gad7.value, len(gad7.items)) == (7, 7)
    assert not made.unused


def test_ended_at_an_unknown_time_is_over_and_its_length_open() -> None:
    (taken,) = record(
        treatments__0__name="sertraline", treatments__0__from_year="2022", treatments__0__still="no"
    ).exposures
    assert taken.ongoing == NO
    assert taken.end_earliest is not None and taken.end_earliest <= day(2022, 1, 2)
    assert taken.end_latest == TODAY + 1


#: Texts that try to be more than a text.
HOSTILE = [
    "x\nconditions:\n  - name: mania",
    'x" : [{mania: 1}]\n---\nperson:\n  born: 1900',
    "x: !!python/object/apply:os.system ['id']",
    "&a [*a, *a]",
    "- - - - -",
    "# comment",
    "<script>alert(1)</script>",
    "\\u0022 \\x00 \\",
    "'; DROP TABLE chart; --",
    "{{ 7 * 7 }} {% raw %}",
    "\x00\x07\x1b[31mred\x7f\u2028\u202eback",
    "\ud800 lone",
    "émoji 😀 ñ 漢字",
    "null",
    "~",
    "%YAML 1.2",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["others__0__name", "treatments__0__name", "illnesses__0__name"])
def test_hostile_text_stays_one_text(field: str, text: str) -> None:
    made = written(**{field: text, "person__born": "1980"})
    assert made.text.count("\n") == 4
    assert made.text.startswith('person:\n  born: "1980"\n')
    assert [made.fields[4]] == [field.replace("__", ".")]
    try:
        read = read_files({SHEET: made.text.encode()}, load()).one()
    except InputError as error:
        assert "line 4" in error.place
    else:
        assert len(read.exposures) + len(read.conditions) + len(read.unused) <= 1
        assert not any(c.concept == "mania" for c in read.conditions)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_is_refused_or_read(text: str) -> None:
    names = [f"treatments__0__{column}" for column in ("name", "dose", "sessions", "from_year", "to_year")]
    names += ["person__born", "depression__year", "allergies__0__name", "allergies__0__reaction"]
    names += ["scores__0__scale", "scores__0__value", "scores__0__year", "phq9__day"]
    made = written(**dict.fromkeys(names, text), phq9__1="1")
    try:
        read_files({SHEET: made.text.encode()}, load())
    except InputError as error:
        problems = getattr(error, "problems", (error,))
        assert all(problem.place.startswith("line ") for problem in problems)


def test_a_draft_is_not_endless() -> None:
    with pytest.raises(InputError, match="letters"):
        draft(treatments__0__name="x" * (MAX_TEXT + 1))
    with pytest.raises(InputError, match="lines"):
        parse([(f"treatments.{MAX_ROWS}.name", "x")])
    odd = [
        ("treatments.-1.name", "x"),
        ("treatments.².name", "x"),
        ("treatments.99999.name", "x"),
        ("..", "x"),
    ]
    assert sheet(parse(odd), TODAY) is None


def test_every_choice_is_a_word_of_the_sheet() -> None:
    columns = {"sex": "sex", "taken": "taken", "helped": "helped", "stopped": "stop"}
    for name, column in columns.items():
        for key, word in CHOICES[name].items():
            known = meaning(column, word)
            assert is_unknown(word) if key == "unsure" else known is not None and known.meaning == key, word
    assert meaning("end", CHOICES["still"]["yes"])
    assert meaning("nothing", CHOICES["allergy"]["none"])


def test_every_question_is_understood_either_way() -> None:
    known = load()
    for asked in ASKED:
        for answer in choices_of(asked):
            if answer == "unsure":
                continue
            made = record(**{f"conditions__{asked.key}": answer})
            if answer == SAYS_NO:
                denied = {o.concept for o in made.observations if o.negated == YES}
                assert denied == {*asked.kinds, *asked.denies}, asked.key
                assert not made.conditions
            else:
                meant = asked.kinds[0] if answer == SAYS_YES else answer
                rows: list[Condition | Observation] = [
                    *made.conditions,
                    *(o for o in made.observations if o.negated != YES),
                ]
                assert [row.concept for row in rows] == [meant], asked.key
        assert {*asked.kinds, *asked.denies} <= known.conditions.keys() | known.observations.keys()


def test_the_questions_settle_what_cautions_ask() -> None:
    """Whoever answers no to all of them is not asked again about an illness or a device, but for bones."""
    denied = {concept for asked in ASKED for concept in (*asked.kinds, *asked.denies)}
    open_ = []
    for row in load().cautions.values():
        if row.unknown != "ask" or row.kind not in ("condition", "device"):
            continue
        concepts = [c for c in (row.trigger or "").split(";") if ":" not in c and not c.startswith("-")]
        answered = set((row.answered_by or "").split(";")) & denied
        if concepts and not answered and not set(concepts) <= denied:
            open_.append((row.caution, sorted(set(concepts) - denied)))
    assert open_ == [("t3_rhythm_bone", ["osteoporosis"])]


def test_the_questionnaires_are_those_of_the_tables() -> None:
    for scale in SCALES:
        row = load().scales[scale.name]
        assert (row.items, row.max_score) == (ITEMS[scale.key], 3 * ITEMS[scale.key])
        assert row.text_shippable == "yes"
