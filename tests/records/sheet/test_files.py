"""Files as spreadsheets and people write them: separators, encodings, headings, YAML, persons, template."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from opentrd import assess, read
from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from opentrd.records.model import Record
from opentrd.records.sheet import SheetError, kind_of, read_sheet, template

COMMAS = """what,name,dose,from,to,helped
treatment,sertraline,"37,5 mg",March 2023,still,a little
"""


def rows(record: Record) -> list[object]:
    """All rows of a record, without the names of the lines."""
    tables = (record.exposures, record.scores, record.conditions, record.observations)
    found = [msgspec.structs.replace(row, source_ids=()) for table in tables for row in table]
    return sorted(found, key=repr)


# ruff: noqa: E501
FORMS: dict[str, bytes] = {
    "commas": COMMAS.encode(),
    "semicolons": COMMAS.replace(",", ";").replace('"37;5 mg"', "37,5 mg").encode(),
    "tabs": COMMAS.replace(",", "\t").replace('"37\t5 mg"', "37,5 mg").encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + COMMAS.encode(),
    "UTF-16": COMMAS.encode("utf-16"),
    "CRLF": COMMAS.replace("\n", "\r\n").encode(),
    "CR alone": COMMAS.replace("\n", "\r").encode(),
    "empty lines": COMMAS.replace("\n", "\n\n,,,,,\n").encode(),
    "no end of line": COMMAS.rstrip().encode(),
    "other order of columns": b'helped,to,from,dose,name,what\n'
    b'a little,still,March 2023,"37,5 mg",sertraline,treatment\n',
    "without the column what": b'name,dose,from,to,helped\nsertraline,"37,5 mg",March 2023,still,a little\n',
    "Spanish headings": 'qué;nombre;dosis;desde;hasta;ayudó\ntratamiento;sertraline;37,5 mg;marzo 2023;todavía;un poco\n'.encode(),
    "capital headings": COMMAS.replace("what,name,dose", "What,NAME,Dose").encode(),
    "comments before": b"# my history\n" + COMMAS.encode(),
    "an empty column": b'what,name,dose,from,to,helped,\ntreatment,sertraline,"37,5 mg",March 2023,still,a little,\n',
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_way_to_save_a_table_reads_the_same(form: str) -> None:
    (expected,) = read_sheet(COMMAS, load(), name="history.csv")
    (record,) = read_sheet(FORMS[form], load(), name="history.csv")
    assert rows(record) == rows(expected)
    assert record.read == 1


YAML = """
person:
  born: 1980
  sex: female
treatments:
  - name: sertraline
    dose: "37,5 mg"
    from: 2023-03
    to: still
    helped: no
    stopped because: [side effects, no effect]
scores:
  - {name: PHQ-9, date: 2023-03-05, value: 19, item 9: 1}
  - {scale: PHQ-9, date: 2023-04-05, items: [2, 2, 2, 2, 2, 2, 2, 2, 1]}
conditions:
  - depression
  - no bipolar
family:
  - {name: bipolar, who: father}
allergies: none
life:
  - living alone
"""


def test_yaml() -> None:
    (record,) = read_sheet(YAML, load(), name="history.yaml")
    (exposure,) = record.exposures
    assert (exposure.treatment, exposure.dose_low, exposure.reported_response) == ("sertraline", 37.5, "none")
    assert exposure.stop_reasons == ("no_effect", "adverse")
    assert exposure.source_ids == ("history.yaml#treatments[1]",)
    assert [(x.value, x.suicide_item) for x in record.scores] == [(19, 1), (17, 1)]
    assert [x.concept for x in record.conditions] == [
        "depressive_episode_unspecified",
        "bipolar_disorder",
        "loneliness",
    ]
    assert [x.kind for x in record.observations] == ["stated", "allergy"]
    assert record.person.source_ids == ("history.yaml#person.born", "history.yaml#person.sex")
    assert record.read == 10


def test_yaml_in_spanish() -> None:
    text = "tratamientos:\n  - nombre: sertralina\n    desde: marzo de 2023\n    ayudó: nada\n"
    (record,) = read_sheet(text, load(), name="historia.yaml")
    assert (record.exposures[0].treatment, record.exposures[0].reported_response) == ("sertraline", "none")


def test_yaml_problems_name_line_and_field() -> None:
    text = "treatments:\n  - name: setraline\n    dose: 50 mg\n"
    with pytest.raises(InputError) as caught:
        read_sheet(text, load(), name="history.yaml")
    assert caught.value.place == "line 2, treatments[1].name"


def test_several_persons() -> None:
    table = "person,what,name,value\nA,treatment,sertraline,\nB,treatment,venlafaxine,\nA,person,sex,female\n"
    first, second = read_sheet(table, load(), name="clinic.csv")
    assert (first.person.person_id, first.person.sex, first.exposures[0].treatment) == (
        "A",
        "female",
        "sertraline",
    )
    assert (second.person.person_id, second.exposures[0].person_id) == ("B", "B")
    texts = "treatments: [sertraline]\n---\nperson: {id: B}\ntreatments: [venlafaxine]\n"
    one, two = read_sheet(texts, load(), name="clinic.yaml")
    assert (one.person.person_id, two.person.person_id) == ("clinic-1", "B")
    assert one.exposures[0].source_ids == ("clinic.yaml#1:treatments[1]",)


def test_the_name_of_the_file_is_the_person_where_nothing_else_is_said() -> None:
    (record,) = read_sheet("name\nsertraline\n", load(), name="folder/ana.csv")
    assert (record.person.person_id, record.used) == ("ana", ["ana.csv#2"])


def test_a_path_is_a_file_and_a_text_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "ana.csv"
    path.write_text(COMMAS, encoding="utf-8")
    (record,) = read_sheet(path, load())
    assert record.exposures[0].source_ids == ("ana.csv#2",)
    with pytest.raises(InputError) as caught:
        read_sheet(tmp_path / "none.csv", load())
    assert caught.value.file.endswith("none.csv")


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.csv", "x: 1", "csv"),
        ("a.yml", "a,b", "yaml"),
        ("-", "what,name\n", "csv"),
        ("-", "# my history\ntreatments:\n", "yaml"),
        ("-", "tratamientos:\n", "yaml"),
        ("-", "---\nperson:\n", "yaml"),
        ("-", "name;dose: a day\n", "csv"),
    ],
)
def test_csv_and_yaml_are_told_apart(name: str, text: str, kind: str) -> None:
    assert kind_of(name, text) == kind


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", ["csv", "yaml"])
def test_the_examples_of_the_template_can_be_read(
    kind: Literal["csv", "yaml"], language: Literal["en", "es"]
) -> None:
    lines = template(kind, language).splitlines()
    if kind == "csv":
        lines = [line.removeprefix("# ") for line in lines if not line.startswith('"#')]
    else:
        lines = [line.removeprefix("#") if line.startswith("#  ") else line for line in lines]
    (record,) = read_sheet("\n".join(lines), load(), name=f"history.{kind}")
    assert record.read == 13
    assert record.unused == []
    assert [x.treatment for x in record.exposures] == ["sertraline", "sertraline", "venlafaxine", "cbt", None]
    assert [(x.value, x.suicide_item) for x in record.scores] == [(19, 0)]
    assert all(x.concept for x in record.conditions)


@pytest.mark.parametrize("kind", ["csv", "yaml"])
def test_the_unedited_template_says_that_nothing_is_filled_in(kind: Literal["csv", "yaml"]) -> None:
    with pytest.raises(InputError, match="nothing is filled in"):
        read_sheet(template(kind), load(), name=f"history.{kind}")


def test_the_languages_of_the_template_say_the_same() -> None:
    tables = []
    for language in ("en", "es"):
        text = "\n".join(
            x.removeprefix("# ") for x in template("csv", language).splitlines() if '"#' not in x
        )
        (record,) = read_sheet(text, load(), name="history.csv")
        tables.append(
            [(x.treatment, x.start_earliest, x.end_latest, x.reported_response) for x in record.exposures]
        )
    assert tables[0] == tables[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "treatments:\n  - name: sertraline\nblood work:\n  - name: TSH\n",
            "line 3: there is no section 'blood work'",
        ),
        ("blood work:\ntreatments:\n  - name: sertraline\n", "line 1: there is no section 'blood work'"),
        ("person:\n  shoe size: 43\n", "'shoe size' is no fact that is known"),
        ("treatments:\n  - name: sertraline\n    colour: blue\n", "there is no such field"),
    ],
)
def test_what_a_sheet_has_no_place_for_is_told(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SheetError) as told:
        read(path)
    assert said in str(told.value)


def test_a_section_for_laboratory_results_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("laboratory:\n  - name: TSH\n    value: 3 mU/L\n    from: 2026-06-01\n", encoding="utf-8")
    record = read(path).one()
    assert [(row.concept, row.value) for row in record.observations] == [("tsh", 3.0)]
    assert record.used == ["own.yaml#laboratory[1]"]


@pytest.mark.parametrize("section", ["treatments", "other medicines"])
def test_a_name_that_no_table_knows_is_named(section: str, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    lines = (
        f"{section}:\n  - name: some pill\n    from: 2026-01-05\n  - name: ramipril\n    from: 2026-01-05\n"
    )
    path.write_text(lines, encoding="utf-8")
    record = read(path).one()
    assert [row.product_text for row in record.exposures] == ["some pill", "ramipril"]
    (said,) = assess(record, as_of=date(2026, 7, 1)).judged.set_aside
    assert (said.key, said.params["product"]) == ("set_aside.not_recognised", "some pill")
    assert said.sources == record.exposures[0].source_ids
