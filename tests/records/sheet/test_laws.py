"""Laws: any text is read or refused with a message; the order of lines does not matter; the sum holds."""

from __future__ import annotations

import random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from opentrd.records.model import Record
from opentrd.records.sheet import read_sheet
from opentrd.records.sheet.words import table

HEAD = "what;name;dose;from;to;sessions;taken;helped;stopped because;value;for;note\n"
words = st.sampled_from(sorted(word for rows in table().values() for word in rows))
names = st.sampled_from(
    ["sertraline", "Zoloft", "venlafaxine XR", "CBT", "ECT", "PHQ-9", "bipolar", "ramipril", "MADRS"]
)
dates = st.sampled_from(
    ["2023", "March 2023", "about 2022", "2023-05-04", "?", "", "still", "early 2021", "04/04/2023"]
)
doses = st.sampled_from(
    ["50 mg", "", "?", "20-40 mg", "up to 150", "50 mg for 2 weeks then 100 mg", "1 g", "0.7 mmol/L"]
)
scraps = st.one_of(
    words, names, dates, doses, st.text(max_size=12), st.from_regex(r"[0-9.,/%-]{1,8}", fullmatch=True)
)
cells = scraps.map(lambda text: text.replace(";", " ").replace("\n", " ").replace('"', " "))
lines = st.lists(cells, min_size=1, max_size=12).map(";".join)
good = st.tuples(
    st.just("treatment"),
    st.sampled_from(["sertraline", "venlafaxine", "CBT", "ramipril"]),
    st.sampled_from(["", "50 mg", "20-40 mg", "?"]),
    st.sampled_from(["2023", "March 2023", "about 2022", ""]),
    st.sampled_from(["", "still", "2024", "2021"]),
    st.sampled_from(["", "8", "about 10"]),
    st.sampled_from(["", "yes", "half", "never started"]),
    st.sampled_from(["", "a little", "worse", "at first"]),
    st.sampled_from(["", "no effect", "side effects, cost"]),
).map(";".join)  # fmt: skip
scores = st.builds(
    "score;PHQ-9{};;2023-03-0{};;;;;;{}".format,
    st.sampled_from(["", " item 9"]),
    st.integers(1, 4),
    st.integers(0, 3),
)


def rows(record: Record) -> list[str]:
    tables = (record.exposures, record.scores, record.conditions, record.observations)
    return sorted(repr(msgspec.structs.replace(row, source_ids=())) for table_ in tables for row in table_)


def refused_or_read(text: str, name: str) -> None:
    try:
        records = read_sheet(text, load(), name=name)
    except InputError as error:
        assert error.file == name
        assert error.place or "MB" in error.what or "two persons" in error.what
        assert error.what
        return
    for record in records:
        assert record.read == len(record.used) + len(record.unused)
        refs = [*record.used, *(x.source_id for x in record.unused)]
        assert len(refs) == len(set(refs))
        for x in record.exposures:
            assert set(x.source_ids) <= set(record.used)
            assert x.start_earliest is None or x.start_latest is None or x.start_earliest <= x.start_latest
            assert x.end_earliest is None or x.end_latest is None or x.end_earliest <= x.end_latest
            assert x.dose_low is None or x.dose_high is None or 0 <= x.dose_low <= x.dose_high
            assert x.taken_low is None or x.taken_high is None or 0 <= x.taken_low <= x.taken_high <= 1


@given(st.lists(lines, min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_table_is_read_or_refused(found: list[str]) -> None:
    refused_or_read(HEAD + "\n".join(found), "history.csv")


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    refused_or_read(text, "history.csv")
    refused_or_read(text, "history.yaml")


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for name in ("history.csv", "history.yaml"):
        try:
            read_sheet(data, load(), name=name)
        except InputError as error:
            assert error.file == name


keys = st.sampled_from(
    ["name", "dose", "from", "to", "helped", "items", "item 9", "stopped because", "value", "x"]
)
sections = st.sampled_from(
    ["treatments", "scores", "conditions", "person", "family", "allergies", "life", "tests", "x"]
)
values = st.recursive(
    scraps.map(repr), lambda inner: st.lists(inner, max_size=3).map(lambda x: f"[{', '.join(x)}]")
)
entries = st.dictionaries(keys, values, max_size=4).map(
    lambda x: "{" + ", ".join(f"{k}: {v}" for k, v in x.items()) + "}"
)


@given(
    st.dictionaries(
        sections, st.one_of(values, st.lists(entries, max_size=3).map(lambda x: f"[{', '.join(x)}]"))
    )
)
@settings(max_examples=300, deadline=None)
def test_any_yaml_is_read_or_refused(found: dict[str, str]) -> None:
    refused_or_read("\n".join(f"{key}: {value}" for key, value in found.items()), "history.yaml")


@given(st.lists(st.one_of(good, scores), min_size=1, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_order_of_lines_does_not_matter(found: list[str], chance: random.Random) -> None:
    (first,) = read_sheet(HEAD + "\n".join(found), load(), name="history.csv")
    shuffled = chance.sample(found, len(found))
    (second,) = read_sheet(HEAD + "\n".join(shuffled), load(), name="history.csv")
    assert rows(first) == rows(second)
    assert first.read == second.read == len(found)


@given(st.lists(st.one_of(good, scores), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_repeating_the_lines_changes_nothing(found: list[str]) -> None:
    (once,) = read_sheet(HEAD + "\n".join(found), load(), name="history.csv")
    (twice,) = read_sheet(HEAD + "\n".join(found + found), load(), name="history.csv")
    assert rows(once) == rows(twice)
