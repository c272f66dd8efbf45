"""Reasons of a refusal are in the language of the page where there are words; else they say that not."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from opentrd.knowledge.loader import load
from opentrd.present.words import Words
from opentrd.service.pages.errors import Reason, reason
from tests.service.pages.parts import client, upload

PAGE = {"accept": "text/html"}
SPANISH = Words("es", "patient", load(None))


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("no file was chosen", "No se eligió ningún archivo."),
        ("record.json: it is empty", "record.json: Está vacío."),
        (
            "sheet.csv, line 3, name: 'setraline' is not known",
            "sheet.csv, line 3, name: No se conoce 'setraline'.",
        ),
        ("did you mean sertraline? or another", "¿Quiso decir sertraline?"),
        ("a.zip: it holds more than 200 files", "a.zip: Son más de 200 archivos."),
        ("there is no such chart here", "No está aquí, o no es suyo para verlo."),
        ("", ""),
    ],
)
def test_frequent_reasons_are_told_in_spanish(english: str, spanish: str) -> None:
    assert reason(english, SPANISH) == Reason(spanish, "es")


def test_another_reason_stays_and_says_that_it_is_english() -> None:
    said = "record.json, entry 3, status: expected one of 4 codes"
    assert reason(said, SPANISH) == Reason(said, "en")


def test_english_pages_say_what_the_readers_say() -> None:
    said = "record.json: it is empty"
    assert reason(said, Words("en", "patient", load(None))) == Reason(said, "en")


@pytest.mark.parametrize(
    ("body", "said", "marked"),
    [(b"", "Está vacío.", False), (b'{"resourceType": 4}', "El motivo solo se da en inglés:", True)],
)
def test_a_refused_upload(tmp_path: Path, body: bytes, said: str, marked: bool) -> None:
    with client(tmp_path) as found:
        answer = upload(found, ("record.json", body), params={"language": "es"}, headers=PAGE)
    assert answer.status_code == 422 and said in answer.text
    assert ('<p lang="en">' in answer.text) is marked
    assert "Eso no ha funcionado" in answer.text


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/static/none.css", 404), ("/assess", 405)])
def test_an_address_that_is_no_page_is_told_kindly(tmp_path: Path, path: str, status: int) -> None:
    with client(tmp_path) as found:
        page = found.get(path, params={"language": "es"}, headers=PAGE)
        data = found.get(path, headers={"accept": "application/json"})
    assert page.status_code == data.status_code == status
    assert "Empiece en la página de inicio." in page.text and 'href="/' in page.text
    assert data.json()["what_to_do"] == "begin on the start page"
    assert data.headers.get("allow") == ("POST" if status == 405 else None)


def test_an_error_of_the_service_is_told_without_what_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Ana")

    monkeypatch.setattr("opentrd.service.pages.start._samples", fail)
    with client(tmp_path) as found:
        outside = TestClient(found.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
        answer = outside.get("/", headers=PAGE)
    assert answer.status_code == 500 and "nothing was lost" in answer.text and "Ana" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_stories_of_samples_are_in_the_language_of_the_page(tmp_path: Path) -> None:
    with client(tmp_path) as found:
        told = found.get("/start.json", params={"language": "es"}).json()["samples"]
        english = found.get("/start.json", params={"language": "en"}).json()["samples"]
    assert {each["language"] for each in told} == {"es"}
    assert not {each["story"] for each in told} & {each["story"] for each in english}
