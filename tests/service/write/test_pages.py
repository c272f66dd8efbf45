"""The form by plain requests, as a browser without JavaScript sends them, and its twin as data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from opentrd.present.words import messages
from opentrd.service.app import create_app
from opentrd.service.form_fields import ASKED
from opentrd.service.service import Service
from opentrd.service.settings import ServiceSettings
from opentrd.service.store import tables as t
from opentrd.service.view import View, today

SCRIPT = "<script>alert(1)</script>"


class Page(HTMLParser):
    """What a browser would send of a page, and what its labels and links point to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.points: set[str] = set()
        self.unnamed: list[str] = []
        self.scripts: list[str] = []
        self._select = ""
        self._depth = 0
        self._labelled: set[str] = set()
        self._inputs: list[str] = []
        self._in_label = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self._depth += tag == "template"
        if self._depth:
            return
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("aria-describedby", "aria-labelledby", "for"):
            self.points |= set(given.get(name, "").split())
        if given.get("href", "").startswith("#"):
            self.points.add(given["href"][1:])
        if tag == "script":
            self.scripts.append(given.get("src", "inline"))
        if tag == "label":
            self._in_label = True
            self._labelled.add(given.get("for", ""))
        if tag == "input" and given.get("name"):
            self._control(given)
            if given.get("type") not in ("radio", "checkbox") or "checked" in given:
                self.fields.append((given["name"], given.get("value", "")))
        if tag == "select":
            self._control(given)
            self._select = given["name"]
            self.fields.append((given["name"], ""))
        if tag == "option" and self._select and "selected" in given:
            self.fields[-1] = (self._select, given["value"])

    def _control(self, given: dict[str, str]) -> None:
        if given.get("type") != "hidden" and not self._in_label:
            self._inputs.append(given.get("id", ""))

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "template"
        if tag == "label":
            self._in_label = False
        if tag == "select":
            self._select = ""

    @property
    def without_label(self) -> list[str]:
        """Controls that no label names."""
        return [name for name in self._inputs if name not in self._labelled]

    def value(self, name: str) -> str | None:
        """Return what a field holds."""
        return next((value for key, value in self.fields if key == name), None)


class Person:
    """Somebody with a browser without JavaScript."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.answer: Response = client.get("/write?language=en")
        self.path = self.answer.url.path

    @property
    def page(self) -> Page:
        return Page(self.answer.text)

    @property
    def token(self) -> str:
        return str(self.page.value("csrf"))

    def press(self, button: str, **typed: str) -> Response:
        """Fill in fields of the page that is open and press a button; follow where it leads."""
        new = {name.replace("__", "."): value for name, value in typed.items()}
        fields = [(name, value) for name, value in self.page.fields if name not in new]
        data: dict[str, Any] = {}
        for name, value in [*fields, *new.items(), ("do", button)]:
            data.setdefault(name, []).append(value)
        url = f"{self.path}?for=patient&language=en"
        sent = self.client.post(url, data=data, follow_redirects=False)
        self.went = sent.headers.get("location", "")
        if sent.status_code == 303 and self.went.startswith("/write"):
            self.answer = self.client.get(self.went)
        else:
            self.answer = sent
        return sent

    def open(self, query: str = "language=en") -> Page:
        """Open the form anew."""
        self.answer = self.client.get(f"{self.path}?{query}")
        return self.page

    def twin(self) -> Any:
        """Return the form as data."""
        return self.client.get(f"{self.path}.json").json()

    def type_on(self, version: int, fields: dict[str, str], token: str | None = None) -> Response:
        """Save while typing, as the script does."""
        body = {"version": version, "fields": list(fields.items())}
        headers = {"x-csrf-token": self.token if token is None else token}
        return self.client.put(f"{self.path}/draft?language=en", json=body, headers=headers)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    """A service of its own, in a folder of its own."""
    made = create_app(ServiceSettings(folder=str(tmp_path)))
    yield made
    made.state.service.close()


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1:8321", headers={"accept": "text/html"})


@pytest.fixture
def person(client: TestClient) -> Person:
    return Person(client)


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser at a service that several tests share, each with a form of its own."""
    made = create_app(ServiceSettings(folder=str(tmp_path_factory.mktemp("shared"))))
    yield TestClient(made, base_url="http://127.0.0.1:8321", headers={"accept": "text/html"})
    made.state.service.close()


def rows(app: FastAPI, table: type[t.Base]) -> list[Any]:
    """Return all rows of a table."""
    service: Service = app.state.service
    with service.store.transaction() as transaction:
        return list(transaction.scalars(select(table)))


def test_the_whole_way_without_scripts(person: Person, app: FastAPI) -> None:
    person.press(
        "add:treatments",
        person__born="1980",
        treatments__0__name="Zoloft",
        treatments__0__dose="100 mg",
        treatments__0__from_year="2024",
        treatments__0__from_month="03",
        treatments__0__still="no",
        treatments__0__to_year="2024",
        treatments__0__to_month="08",
        treatments__0__helped="none",
        treatments__0__stopped="no_effect",
    )
    assert person.went.endswith("#f-treatments-1") and "f-treatments-1" in person.page.ids
    assert person.page.value("treatments.0.name") == "Zoloft"
    therapy = {"treatments__1__name": "CBT", "treatments__1__still": "yes"}
    person.press("none:body", treatments__1__from_year="2026", **therapy)
    assert person.page.value("conditions.epilepsy") == "no"
    assert person.page.value("conditions.psychosis") is None
    assert person.page.value("conditions.pregnancy") is None
    person.press("add:others")
    answers = {f"phq9__{item}": "2" for item in range(1, 9)}
    person.press("stay", others__0__name="ramipril", phq9__9="0", **answers)
    assert "Total: 16 of 27" in person.answer.text
    sent = person.press("answer")
    chart = person.path.rpartition("/")[2]
    assert (sent.status_code, person.went) == (303, f"/chart/{chart}?for=patient&language=en")
    service: Service = app.state.service
    kept = service.store.chart(chart, "local", "read")
    assert kept is not None and kept.kind == "form"
    made = service.assess(kept, View(as_of=today()))
    assert {trial.treatment for trial in made.judged.trials} == {"cbt", "sertraline"}
    assert [score.value for score in made.record.scores] == [16]


def test_a_misspelt_name_is_asked_back_and_mended_by_one_button(person: Person) -> None:
    person.press("answer", treatments__0__name="setraline", treatments__0__dose="50 mg")
    assert person.went.endswith("#problems")
    assert "sertraline" in person.answer.text
    assert person.page.value("treatments.0.name") == "setraline"
    assert [p["field"] for p in person.twin()["problems"]] == ["treatments.0.name"]
    person.press("use:treatments.0.name:sertraline")
    assert person.page.value("treatments.0.name") == "sertraline"
    assert person.page.value("treatments.0.dose") == "50 mg"
    assert person.twin()["problems"] == []


#: What was typed, the field that the reader's word comes back to.
PROBLEMS = [
    ({"treatments__0__dose": "50 mg"}, "treatments.0.name"),
    ({"treatments__0__name": "sertraline", "treatments__0__dose": "a blue one"}, "treatments.0.dose"),
    (
        {"treatments__0__name": "sertraline", "treatments__0__from_year": "03/04/2024"},
        "treatments.0.from_year",
    ),
    ({"treatments__0__name": "sertraline", "treatments__0__from_month": "03"}, "treatments.0.from_year"),
    (
        {
            "treatments__0__name": "sertraline",
            "treatments__0__still": "yes",
            "treatments__0__to_year": "2024",
        },
        "treatments.0.to_year",
    ),
    (
        {
            "treatments__0__name": "sertraline",
            "treatments__0__from_year": "2024",
            "treatments__0__to_year": "2022",
        },
        "treatments.0.name",
    ),
    ({"treatments__0__name": "CBT", "treatments__0__sessions": "lots and lots"}, "treatments.0.sessions"),
    ({"person__born": "long ago"}, "person.born"),
    ({"depression__told": "yes", "depression__year": "ages"}, "depression.year"),
    ({"scores__0__scale": "PHQ-9", "scores__0__value": "40", "scores__0__year": "2024"}, "scores.0.value"),
    ({"scores__0__scale": "PHQ-9", "scores__0__value": "4"}, "scores.0.scale"),
    ({"scores__0__scale": "XYZ-5", "scores__0__value": "4", "scores__0__year": "2024"}, "scores.0.scale"),
    ({"phq9__1": "1", "phq9__day": "yesterday"}, "phq9.day"),
    ({"allergy": "none", "allergies__0__name": "penicillin"}, "allergy"),
    ({"illnesses__0__name": "hypothyroidsm"}, "illnesses.0.name"),
]


@pytest.mark.parametrize(("typed", "field"), PROBLEMS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_cannot_be_read_is_said_beside_its_field(
    guest: TestClient, typed: dict[str, str], field: str, language: str
) -> None:
    person = Person(guest)
    person.press("stay", **typed)
    page = person.open(f"language={language}")
    assert [p["field"] for p in person.twin()["problems"]] == [field]
    assert f"i-{field.replace('.', '-')}" in page.ids
    assert page.points <= {*page.ids, ""}
    said = re.search(rf'data-problem="{re.escape(field)}">([^<]+)', person.answer.text)
    assert said is not None and said[1].strip()
    assert {name: page.value(name.replace("__", ".")) for name in typed} == typed


def test_a_row_taken_out_can_be_put_back(person: Person) -> None:
    person.press("add:treatments", treatments__0__name="sertraline", treatments__0__dose="50 mg")
    person.press("stay", treatments__1__name="CBT")
    person.press("remove:treatments.0")
    assert person.page.value("treatments.0.name") == "CBT"
    assert person.page.value("treatments.1.name") is None
    assert "sertraline" not in person.twin()["sheet"]
    person.press("stay", person__born="1980")
    person.press("restore")
    assert person.page.value("treatments.1.name") == "sertraline"
    assert person.page.value("treatments.1.dose") == "50 mg"


def test_the_answer_to_nothing_is_kind(person: Person) -> None:
    person.press("answer")
    assert "Nothing is filled in yet" in person.answer.text
    assert person.twin()["sheet"] is None


def test_what_is_cleared_again_leaves_no_sheet(person: Person, app: FastAPI) -> None:
    person.press("stay", treatments__0__name="sertraline")
    assert [source.name for source in rows(app, t.Source)] == ["history.yaml"]
    person.press("stay", treatments__0__name="")
    assert rows(app, t.Source) == []


def test_two_windows(client: TestClient) -> None:
    one = Person(client)
    other = Person(client)
    assert one.path == other.path
    one.press("stay", treatments__0__name="sertraline")
    sent = other.press("stay", treatments__0__name="venlafaxine")
    assert sent.status_code == 409
    assert other.page.value("treatments.0.name") == "venlafaxine"
    assert 'id="conflict" role="alert" tabindex="-1">' in other.answer.text
    assert "sertraline" in one.twin()["sheet"]
    other.press("stay")
    assert "venlafaxine" in one.twin()["sheet"]


def test_two_windows_while_typing(person: Person) -> None:
    first = person.type_on(0, {"treatments.0.name": "sertraline"})
    assert (first.status_code, first.json()["version"]) == (200, 1)
    late = person.type_on(0, {"treatments.0.name": "venlafaxine"})
    assert late.status_code == 409
    assert late.json()["draft"]["treatments"][0]["name"] == "sertraline"
    assert late.json()["version"] == 1
    assert person.type_on(1, {"treatments.0.name": "venlafaxine"}).status_code == 200


def test_typing_on_says_problems_totals_and_where_help_is(person: Person) -> None:
    told = person.type_on(0, {"treatments.1.name": "setraline", "phq9.9": "1", "gad7.1": "3"}).json()
    assert [p["field"] for p in told["problems"]] == ["treatments.1.name"]
    assert told["problems"][0]["names"] == ["sertraline"]
    assert told["totals"] == {"phq9": "1 of 9 answered", "gad7": "1 of 7 answered"}
    assert told["help"] is True
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", told["days"]["phq9"])
    assert person.type_on(1, {"phq9.9": "0"}).json()["help"] is False


def test_thoughts_of_death_show_help_at_once(person: Person) -> None:
    assert 'class="help-now"' in person.answer.text
    person.press("stay", phq9__9="1")
    assert 'class="help-now on"' in person.answer.text
    shown = person.answer.text.split('class="help-now on"')[1].split("</div>")[0]
    assert "988" in shown and "116 123" in shown


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_word_is_there_and_every_control_has_a_label(person: Person, language: str) -> None:
    fields = {f"conditions__{asked.key}": "no" for asked in ASKED}
    person.press(
        "stay", illnesses__0__name="asthma", allergies__0__name="x", scores__0__scale="MDQ", **fields
    )
    page = person.open(f"language={language}&add=others")
    assert not re.findall(r"form: [a-z]", person.answer.text)
    assert page.without_label == []
    assert len(page.ids) == len(set(page.ids))
    assert page.points <= {*page.ids, ""}
    assert page.scripts and all(source.startswith("/static/") for source in page.scripts)
    assert len(person.answer.text) < 250_000
    used = set(re.findall(r'name="(phq9|gad7)\.(\d)"', person.answer.text))
    for scale, item in used:
        assert messages(language)["any", f"form.{scale}.{item}"] in person.answer.text.replace("&#39;", "'")


def test_scripts_in_texts_are_texts(person: Person) -> None:
    names = [
        name for name, _ in person.page.fields if name.startswith(("treatments", "person", "depression"))
    ]
    typed = {name.replace(".", "__"): f'"{SCRIPT}' for name in names}
    more = {"illnesses__0__name": SCRIPT, "others__0__name": SCRIPT, "allergies__0__reaction": SCRIPT}
    person.press("stay", **{**typed, **more, "scores__0__scale": SCRIPT})
    assert SCRIPT not in person.answer.text
    assert "inline" not in person.page.scripts
    assert person.page.value("illnesses.0.name") == SCRIPT
    person.press(f"use:treatments.0.name:{SCRIPT}")
    person.press("remove:treatments.0")
    assert SCRIPT not in person.answer.text


def test_long_texts_and_odd_signs_are_kept_and_said(person: Person) -> None:
    person.press("stay", treatments__0__name="x" * 3000, others__0__name="a\x00b\x1b[31m\u202e😀")
    assert person.page.value("treatments.0.name") == "x" * 3000
    assert [p["field"] for p in person.twin()["problems"]] == ["treatments.0.name"]
    assert person.page.value("others.0.name") == "a b [31m 😀"
    refused = person.press("stay", treatments__0__name="y" * 500_000)
    assert refused.status_code == 422
    assert person.open().value("treatments.0.name") == "x" * 3000


#: Bodies that are no form.
BODIES = [
    b"",
    b"{",
    b"[" * 100_000,
    b"null",
    b'{"version": "1", "fields": []}',
    b'{"version": 1}',
    b'{"version": 1, "fields": {"a": 1}}',
    b'{"version": 1, "fields": [["a"]]}',
    b'{"version": 1, "fields": [["treatments.0.name", {"x": 1}]]}',
    b'{"version": 99999999999999999999999999, "fields": []}',
    b"\xff\xfe",
]


@pytest.mark.parametrize("body", BODIES)
def test_a_broken_body_is_refused_clearly(person: Person, body: bytes, app: FastAPI) -> None:
    headers = {"x-csrf-token": person.token, "content-type": "application/json", "accept": "application/json"}
    sent = person.client.put(f"{person.path}/draft", content=body, headers=headers)
    assert sent.status_code == 422
    assert sent.json()["error"]
    assert rows(app, t.Draft) == []


def test_a_lone_half_of_a_sign_is_kept_out(person: Person) -> None:
    body = b'{"version": 0, "fields": [["treatments.0.name", "a\\ud800\\u0000b"]]}'
    headers = {"x-csrf-token": person.token, "content-type": "application/json"}
    sent = person.client.put(f"{person.path}/draft", content=body, headers=headers)
    assert sent.status_code in (200, 422)
    assert "\ud800" not in json.dumps(person.twin(), ensure_ascii=False)


def test_without_the_token_nothing_is_saved(person: Person, app: FastAPI) -> None:
    assert person.type_on(0, {"treatments.0.name": "x"}, token="").status_code == 403
    assert person.type_on(0, {"treatments.0.name": "x"}, token="x" * 43).status_code == 403
    plain = person.client.post(person.path, data={"treatments.0.name": "x", "do": "stay", "version": "0"})
    assert plain.status_code == 403
    assert person.client.post("/write", data={}).status_code == 403
    assert rows(app, t.Draft) == []


def test_a_form_that_was_open_too_long_comes_back_as_it_was(person: Person, app: FastAPI) -> None:
    person.press("stay", person__born="1980")
    person.client.cookies.clear()
    late = person.press("see", treatments__0__name="sertraline")
    assert late.status_code == 403 and "Please save once more" in late.text
    assert [row.body["person"]["born"] for row in rows(app, t.Draft)] == ["1980"]
    assert person.page.value("treatments.0.name") == "sertraline"
    assert person.press("stay").status_code == 303
    assert person.twin()["draft"]["treatments"][0]["name"] == "sertraline"


def test_an_empty_form_is_used_before_a_new_one_is_made(client: TestClient, app: FastAPI) -> None:
    first, second = Person(client), Person(client)
    assert first.path == second.path
    first.press("stay", person__born="1980")
    third = Person(client)
    assert third.path != first.path
    sent = client.post("/write", data={"csrf": third.token}, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"].split("?")[0]) == (303, third.path)
    assert len(rows(app, t.Chart)) == 2


def test_forms_that_are_not_there(person: Person, app: FastAPI) -> None:
    service: Service = app.state.service
    upload = service.store.add_chart("x", "upload", "local", {"a.csv": b"name\nsertraline\n"})
    hers = service.store.add_chart("x", "form", "somebody else", {})
    for chart in ("none", upload, hers):
        assert person.client.get(f"/write/{chart}").status_code == 404
        assert person.client.get(f"/write/{chart}.json").status_code == 404
        person.path, token = f"/write/{chart}", person.token
        assert person.type_on(0, {"person.born": "1980"}, token).status_code == 404
        data = {"csrf": token, "do": "stay"}
        assert person.client.post(f"/write/{chart}", data=data).status_code == 404
    assert rows(app, t.Draft) == []


SUGGESTED = [
    ("zol", "zoloft", "sertraline"),
    ("sert", "sertraline", ""),
    ("setraline", "sertraline", ""),
    ("cognit", "cognitive behavioural therapy", None),
    ("", None, None),
    ("<>", None, None),
    ("q" * 100, None, None),
]


@pytest.mark.parametrize(("typed", "name", "means"), SUGGESTED)
def test_suggestions(guest: TestClient, typed: str, name: str | None, means: str | None) -> None:
    found = guest.get("/write/suggest", params={"q": typed, "language": "en"}).json()
    names = {row["name"]: row["means"] for row in found}
    if name is None:
        assert found == []
    else:
        assert name in names and means in (None, names[name])
    assert len(found) <= 8


def test_pregnancy_is_asked_where_it_can_be(person: Person) -> None:
    field = 'name="conditions.pregnancy"'
    assert field in person.answer.text
    person.press("stay", person__sex="female", person__born="1985", conditions__pregnancy="no")
    assert field in person.answer.text
    person.press("stay", person__sex="male")
    assert f'type="hidden" {field} value="no"' in person.answer.text
    person.press("stay", person__sex="female", person__born="1940", conditions__pregnancy="")
    assert field not in person.answer.text or 'type="hidden"' in person.answer.text


@pytest.mark.parametrize(("language", "name"), [("en", "Zoloft"), ("en", "sertraline"), ("es", "sertralina")])
def test_names_are_offered_without_scripts(person: Person, language: str, name: str) -> None:
    person.open(f"language={language}")
    listed = re.findall(
        r'<option value="([^"]+)">', person.answer.text.split('id="names"')[1].split("</datalist>")[0]
    )
    once = {each.casefold() for each in listed}
    assert name.casefold() in once and len(once) == len(listed)
    person.press("stay", treatments__0__name=name)
    assert person.twin()["problems"] == []


def test_a_save_and_its_sheet_are_one_transaction(person: Person, app: FastAPI) -> None:
    """Where the sheet can't be kept, the draft is not kept either."""
    service: Service = app.state.service
    chart = person.path.rpartition("/")[2]
    with pytest.raises(Exception, match="body"):
        service.store.save_draft(chart, {"x": 1}, "local", 0, ("history.yaml", "text"))  # type: ignore[arg-type]
    assert rows(app, t.Draft) == []
    assert rows(app, t.Source) == []
