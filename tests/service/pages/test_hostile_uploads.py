"""What is sent to do harm is refused with a clear answer: nothing is kept, run or written."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from opentrd.service.store import tables as t
from opentrd.service.unpack import plain_name
from tests.service.pages.parts import client, sample, service, upload

ANA = "two-failures.json"
MB = 1 << 20
SMALL = {"unpacked_bytes": 8 * MB, "files": 5, "ratio": 100}


@pytest.fixture
def found(tmp_path: Path) -> Iterator[TestClient]:
    with client(tmp_path, **SMALL) as made:
        yield made


def zipped(*files: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files:
            archive.writestr(name, body)
    return made.getvalue()


def lying(body: bytes) -> bytes:
    """Return an archive whose directory says that its file is small."""
    whole = zipped(("a.json", body))
    return whole.replace(len(body).to_bytes(4, "little"), (100).to_bytes(4, "little"))


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)

HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "zip bomb": ("a.zip", zipped(("a.json", b"[" * 64 * MB)), "unpacked it is larger"),
    "zip of many": ("a.zip", zipped(*((f"{n}.json", b"{}") for n in range(40))), "more than 5 files"),
    "zip that lies": ("a.zip", lying(b"[" * 64 * MB), ""),
    "zip of nothing to read": ("a.zip", zipped(("a.exe", b"MZ")), "no record in this archive"),
    "zip in a zip": ("a.zip", zipped(("b.json", zipped(("c.json", b"{}")))), "ZIP archive"),
    "broken zip": ("a.zip", b"PK\x03\x04" + b"\x00" * 200, "cannot be opened"),
    "gzip bomb": ("a.json.gz", gzip.compress(b" " * 64 * MB), "unpacked it is larger"),
    "cut gzip": ("a.json.gz", gzip.compress(sample(ANA))[:2000], "ends too soon"),
    "deep JSON": ("a.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, ""),
    "deep list": ("a.json", b"[" * 100_000, ""),
    "billion laughs": ("a.yaml", LAUGHS.encode(), ""),
    "YAML that makes objects": ("a.yaml", b"!!python/object/apply:os.system ['touch hacked']", ""),
    "XML entities": ("a.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "XML"),
    "empty": ("a.json", b"", "empty"),
    "not text": ("a.csv", bytes(range(256)) * 40, ""),
    "JSON of another kind": ("a.json", b'{"resourceType": "Nonsense"}', ""),
    "numbers without end": ("a.json", b'{"resourceType": "Patient", "id": ' + b"9" * 50_000 + b"}", ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_of_it_is_kept(found: TestClient, name: str, tmp_path: Path) -> None:
    called, body, said = HOSTILE[name]
    before = time.monotonic()
    answer = upload(found, (called, body))
    assert time.monotonic() - before < 20
    assert answer.status_code == 422, answer.text[-1500:]
    assert said in answer.text and 'role="alert"' in answer.text
    assert "Nothing of it was kept." in answer.text and "crisis-bar" in answer.text
    store = service(found).store
    assert store.count(t.Chart) == store.count(t.Source) == 0
    assert {path.name.partition(".")[0] for path in tmp_path.rglob("*")} == {"opentrd"}
    assert not Path("hacked").exists()


def test_what_is_honest_passes_the_same_limits(found: TestClient) -> None:
    assert upload(found, ("a.zip", zipped((ANA, sample(ANA))))).status_code == 303


def test_more_files_than_the_limit_are_refused(found: TestClient) -> None:
    answer = upload(found, *((f"{n}.json", b"{}") for n in range(6)))
    assert answer.status_code == 422 and "more than 5 files" in answer.text
    assert upload(found).status_code in (403, 422)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.json", "passwd.json"),
        ("C:\\Users\\a\\b.json", "b.json"),
        ("/absolute.csv", "absolute.csv"),
        ("a\x00b.json", "a b.json"),
        ("a\u202egpj.json", "a gpj.json"),
        ("..", "file"),
        ("", "file"),
        ("x" * 300 + ".yaml", "x" * 115 + ".yaml"),
        ("<script>alert(1)</script>", "script>"),
    ],
)
def test_a_name_is_shown_and_is_no_path(given: str, kept: str) -> None:
    assert plain_name(given) == kept


@pytest.mark.parametrize("name", ["../../../tmp/x.json", "a\x00.json", "<img src=x onerror=alert(1)>.json"])
def test_names_of_files_and_persons_are_text(found: TestClient, name: str, tmp_path: Path) -> None:
    record = sample(ANA).replace(b"Lindqvist", b"<script>alert(2)</script>")
    assert upload(found, (name, record)).status_code == 303
    shown = found.get("/").text
    assert "<script>alert" not in shown and "<img src=x" not in shown
    assert "&lt;script&gt;" in shown
    broken = upload(found, (name, b"{}")).text
    assert "<img src=x" not in broken and "\x00" not in broken
    chart = service(found).store.charts("local")[0]
    archive = zipfile.ZipFile(io.BytesIO(found.get(f"/chart/{chart.id}/export.zip").content))
    assert all(".." not in each and each.count("/") <= 1 for each in archive.namelist())
    assert {path.name.partition(".")[0] for path in tmp_path.rglob("*")} == {"opentrd"}


def test_two_files_of_one_name_are_both_kept(found: TestClient) -> None:
    upload(found, ("a/x.json", sample(ANA)), ("b/x.json", sample("wait.json")))
    store = service(found).store
    (chart,) = store.charts("local")
    assert {source.name for source in store.sources(chart.id)} == {"x.json", "x (2).json"}
