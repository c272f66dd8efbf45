"""``POST /assess``: the same answer as ``opentrd.assess``, for every form of a record; nothing is kept."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import jsonschema
import msgspec
import pytest
from starlette.testclient import TestClient

from opentrd.assessing import assess
from opentrd.present.contract import AssessmentOut
from opentrd.present.json import to_json
from opentrd.present.words import Words
from opentrd.records.read import read
from tests.service.api.conftest import kept, service_of

DAY = "2026-07-01"
CSV = (
    "what,name,dose,from,to,helped,value\n"
    "treatment,sertraline,100 mg,2023-03-01,2023-08-01,not at all,\n"
    "score,PHQ-9,,2023-03-05,,,19\n"
)
YAML = """
treatments:
  - name: sertraline
    dose: 100 mg
    from: 2023-03-01
    to: 2023-08-01
    helped: not at all
scores:
  - name: PHQ-9
    from: 2023-03-05
    value: 19
"""
SHEET: dict[str, Any] = {
    "treatments": [
        {
            "name": "sertraline",
            "dose": "100 mg",
            "from": "2023-03-01",
            "to": "2023-08-01",
            "helped": "not at all",
        }
    ],
    "scores": [{"name": "PHQ-9", "from": "2023-03-05", "value": 19}],
}


def post(client: TestClient, body: Any, kind: str = "application/json", query: str = f"?as_of={DAY}") -> Any:
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(f"/assess{query}", content=content, headers={"content-type": kind})


def test_the_answer_is_that_of_the_library_byte_for_byte(client: TestClient, two_failures: bytes) -> None:
    knowledge = service_of(client).knowledge
    asked = f"?as_of={DAY}&for=patient&language=es&region=us&instrument=ATHF-SF&prefer=weight_gain=2"
    answer = post(client, two_failures, query=asked)
    assert answer.status_code == 200, answer.text
    expected = assess(
        read(two_failures, knowledge).one(),
        as_of=date.fromisoformat(DAY),
        knowledge=knowledge,
        instrument="ATHF-SF",
        region="us",
        language="es",
        audience="patient",
        preferences={"weight_gain": 2.0},
    )
    assert answer.content == to_json(expected, Words("es", "patient", knowledge))
    assert answer.headers["content-type"] == "application/json"


def test_the_answer_is_as_the_contract_and_the_description_have_it(
    client: TestClient, two_failures: bytes
) -> None:
    answer = post(client, two_failures)
    found = msgspec.json.decode(answer.content, type=AssessmentOut)
    assert (found.as_of, found.settings.audience, found.settings.language) == (DAY, "clinician", "en")
    described = client.get("/openapi.json").json()
    content = described["paths"]["/assess"]["post"]["responses"]["200"]["content"]["application/json"]
    jsonschema.validate(answer.json(), {**content["schema"], "components": described["components"]})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/csv", CSV),
        ("text/csv; charset=utf-8", CSV),
        ("application/yaml", YAML),
        ("application/json", {"sheet": SHEET}),
        ("application/json", {"sheet": CSV}),
        ("application/json", {"sheet": YAML}),
    ],
)
def test_a_sheet_is_read_in_each_of_its_forms(client: TestClient, kind: str, body: Any) -> None:
    answer = post(client, body, kind)
    assert answer.status_code == 200, answer.text
    (trial,) = answer.json()["trials"]
    assert (trial["treatment"], trial["dose_max"]["low"], trial["start"]) == ("sertraline", 100, "2023-03-01")
    assert [score["value"] for score in answer.json()["scores"]] == [19]


def test_fhir_is_read_as_bundle_as_lines_and_as_part_of_an_object(
    client: TestClient, two_failures: bytes
) -> None:
    plain = post(client, two_failures, "application/fhir+json").json()
    lines = b"\n".join(json.dumps(e["resource"]).encode() for e in json.loads(two_failures)["entry"])
    assert post(client, lines, "application/fhir+ndjson").json()["trials"] == plain["trials"]
    assert post(client, {"record": json.loads(two_failures)}).json() == plain


def test_an_answer_settles_its_question(client: TestClient) -> None:
    sheet = {**SHEET, "treatments": [{**SHEET["treatments"][0], "dose": "?"}]}
    asked = post(client, {"sheet": sheet}).json()
    assert "dose:sertraline-2023-03" in [each["id"] for each in asked["questions"]]
    answered = post(client, {"sheet": sheet, "answers": {"dose:sertraline-2023-03": 100}}).json()
    assert "dose:sertraline-2023-03" not in [each["id"] for each in answered["questions"]]
    assert answered["trials"][0]["adequate"]["dose"] is True


PRESSURE = "value:systolic_blood_pressure"


def pressures(found: Any) -> set[tuple[Any, bool]]:
    """Whether cautions of the upper blood pressure apply, and whether they rest on what was told."""
    cautions = [each for option in found["options"] for each in option["cautions"]]
    return {
        (each["applies"], f"answer#{PRESSURE}" in each["statement"]["sources"])
        for each in cautions
        if "caution:esketamine_systolic" in each["citations"]
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (162, {(True, True)}),
        ("162", {(True, True)}),
        (120, set()),
        ({"value": 162, "unit": "mmHg", "day": "2026-06-20"}, {(True, True)}),
        ({"value": 162, "unit": "mmHg", "day": "2025-12-20"}, {(None, True)}),
    ],
)
def test_a_measured_value_settles_what_waits_for_it(
    client: TestClient, two_failures: bytes, value: Any, expected: set[Any]
) -> None:
    record = json.loads(two_failures)
    assert pressures(post(client, {"record": record}).json()) == {(None, False)}
    told = post(client, {"record": record, "answers": {PRESSURE: value}})
    assert told.status_code == 200, told.text
    assert pressures(told.json()) == expected


def test_the_description_lists_the_values_that_can_be_told(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["components"]["schemas"]["Answers"]["properties"]
    assert described[PRESSURE]["description"] == "Systolic blood pressure, in mm[Hg]."
    for key, schema in described.items():
        jsonschema.validate({"value": 60, "day": "2026-06-20"}, schema)
        assert post(client, {"sheet": SHEET, "answers": {key: 60}}).status_code == 200


def test_a_preference_changes_the_order_wherever_it_stands(client: TestClient, two_failures: bytes) -> None:
    usual = post(client, two_failures).json()
    asked = post(client, two_failures, query=f"?as_of={DAY}&prefer=weight_gain=3&prefer=sexual=1")
    beside = {
        "record": json.loads(two_failures),
        "preferences": {"weight_gain": 3, "sexual": 1},
    }
    assert asked.json() == post(client, beside).json()
    assert asked.json()["settings"]["preferences"] == {"sexual": 1.0, "weight_gain": 3.0}
    assert [o["option"] for o in asked.json()["options"]] != [o["option"] for o in usual["options"]]


def test_without_texts_the_data_stay_and_the_words_go(client: TestClient, two_failures: bytes) -> None:
    words = post(client, two_failures).json()
    data = post(client, two_failures, query=f"?as_of={DAY}&texts=false").json()
    assert words["status"][0]["why"][0]["text"]
    assert data["status"][0]["why"][0]["text"] is None
    assert [s["verdict"] for s in data["status"]] == [s["verdict"] for s in words["status"]]


def test_several_persons_come_as_one_object_a_line(client: TestClient, two_failures: bytes) -> None:
    def person(name: str) -> list[dict[str, Any]]:
        return [
            {"resourceType": "Patient", "id": name},
            {
                "resourceType": "Observation",
                "id": f"{name}-1",
                "status": "final",
                "subject": {"reference": f"Patient/{name}"},
                "code": {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]},
                "effectiveDateTime": "2024-01-01",
                "valueQuantity": {"value": 20},
            },
        ]

    lines = "\n".join(json.dumps(r) for name in ("ana", "ben") for r in person(name))
    answer = post(client, lines, "application/fhir+ndjson")
    assert answer.headers["content-type"] == "application/x-ndjson"
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["person"]["id"] for each in found] == ["ana", "ben"]
    many = "\n".join(json.dumps(r) for n in range(101) for r in person(f"p{n}"))
    refused = post(client, many, "application/fhir+ndjson")
    assert refused.status_code == 413
    assert refused.json()["what_to_do"] == "send them to /assess/batch"


REFUSED = {
    "no JSON": (b'{"record": ', "application/json", "", 400, "record.json", ""),
    "nothing": (b"  ", "application/json", "", 400, "", ""),
    "no such type": (b"{}", "text/html", "", 415, "", ""),
    "no type": (b"{}", "", "", 415, "", ""),
    "neither record nor sheet": (b"{}", "application/json", "", 422, "record.json", ""),
    "both": (b'{"record": {}, "sheet": {}}', "application/json", "", 422, "record.json", ""),
    "an unknown field": (b'{"recrod": {}}', "application/json", "", 422, "record.json", ""),
    "a misspelt medicine": (b"what,name\ntreatment,setraline\n", "text/csv", "", 422, "sheet.csv", "line 2"),
    "no such question": (
        json.dumps({"sheet": SHEET, "answers": {"dose:x": 1}}).encode(),
        "application/json",
        "",
        422,
        "answers",
        "dose:x",
    ),
    "no day": (CSV.encode(), "text/csv", "?as_of=tomorrow", 422, "request", "as_of"),
    "a day far away": (CSV.encode(), "text/csv", "?as_of=9999-12-31", 422, "request", "as_of"),
    "no such language": (CSV.encode(), "text/csv", "?language=xx", 422, "request", "language"),
    "no such reader": (CSV.encode(), "text/csv", "?for=dog", 422, "request", "for"),
    "no such instrument": (CSV.encode(), "text/csv", "?instrument=x", 422, "settings", "instrument"),
    "no weight": (CSV.encode(), "text/csv", "?prefer=weight_gain", 422, "request", "prefer"),
    "no number": (
        CSV.encode(),
        "text/csv",
        "?prefer=weight_gain=nan",
        422,
        "settings",
        "preferences.weight_gain",
    ),
    "no such preference": (CSV.encode(), "text/csv", "?prefer=x=1", 422, "settings", "preferences"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_says_where_what_and_what_to_do(client: TestClient, case: str) -> None:
    body, kind, query, status, file, place = REFUSED[case]
    answer = client.post(f"/assess{query}", content=body, headers={"content-type": kind} if kind else {})
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert (told["file"], told["place"].split(", ")[0]) == (file, place)
    assert told["what"]
    assert told["what_to_do"]
    assert told["problems"][0]["what"] == told["what"]


def test_all_problems_of_a_sheet_are_told(client: TestClient) -> None:
    body = "what,name,from\ntreatment,setraline,2020\ntreatment,sertraline,31 February 2020\n"
    problems = post(client, body, "text/csv").json()["problems"]
    assert [each["place"].split(",")[0] for each in problems] == ["line 2", "line 3"]


def test_nothing_is_kept(client: TestClient, two_failures: bytes) -> None:
    before = kept(client)
    post(client, two_failures)
    post(client, CSV, "text/csv")
    post(client, b"broken")
    assert kept(client) == before


@pytest.mark.parametrize("path", ["/assess", "/assess/batch", "/fhir/$evaluate-trd"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://127.0.0.1:8321", "sec-fetch-site": "same-origin"}, 0),
        ({"sec-fetch-site": "none"}, 0),
    ],
)
def test_pages_of_other_sites_are_refused(
    client: TestClient, path: str, headers: dict[str, str], status: int
) -> None:
    kind = "application/x-ndjson" if path == "/assess/batch" else "application/json"
    answer = client.post(path, content=b"{}", headers={"content-type": kind, **headers})
    assert (answer.status_code == 403) == (status == 403)
    assert "access-control-allow-origin" not in answer.headers
