"""The command: formats, folders, exit codes, messages without tracebacks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from opentrd.cli import main
from opentrd.demo import SAMPLES, samples

ANA = str(SAMPLES / "two-failures.json")
DOSES = str(SAMPLES / "missing-doses.json")
DAY = ("--as-of", "2026-07-01")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process and return exit code, output, messages."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["opentrd", *arguments])
        code = 0
        try:
            main()
        except SystemExit as leave:
            code = int(leave.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def two(tmp_path: Path) -> str:
    """A folder with two persons."""
    folder = tmp_path / "persons"
    folder.mkdir()
    for name in ("two-failures.json", "missing-doses.json"):
        (folder / name).write_bytes((SAMPLES / name).read_bytes())
    return str(folder)


def test_text_is_the_default_and_says_its_day(run: Run) -> None:
    code, out, _ = run("assess", ANA, *DAY, "--region", "us")
    assert code == 0 and "as of 1 July 2026" in out and "988" in out and "116 123" not in out


def test_today_stands_in_the_output_where_no_day_is_given(run: Run) -> None:
    code, out, _ = run("assess", ANA, "--format", "json")
    assert code == 0 and json.loads(out)["as_of"] > "2026-01-01"


def test_several_persons(run: Run, two: str, tmp_path: Path) -> None:
    code, out, _ = run("assess", two, *DAY, "--format", "json")
    assert code == 0 and len([json.loads(line) for line in out.splitlines()]) == 2
    code, _, err = run("assess", two, *DAY)
    assert code == 2 and "--out" in err
    (Path(two) / "notes.txt").write_text("no record", encoding="utf-8")
    code, _, err = run("assess", two, *DAY, "--format", "json")
    assert code == 0 and "belong to no person" in err and "no record of a person. (1)" in err
    code, _, err = run("assess", two, *DAY, "--format", "html", "--out", str(tmp_path / "out"))
    assert code == 0 and len(list((tmp_path / "out").glob("*.html"))) == 2
    code, _, err = run("explain", two, *DAY)
    assert code == 2 and "--person" in err


def test_html_and_json_to_a_file(run: Run, tmp_path: Path) -> None:
    for form in ("html", "json", "text", "fhir"):
        path = tmp_path / f"a.{form}"
        code, out, _ = run("assess", ANA, *DAY, "--format", form, "--out", str(path), "--for", "patient")
        assert code == 0 and not out and path.stat().st_size > 500


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "doc"), "doc"),
        (("--as-of", "yesterday"), "2026-07-01"),
        (("--instrument", "mine"), "MGH-ATRQ"),
        (("--language", "xx"), "en"),
        (("--region", "mars"), "mars"),
        (("--nonsense",), "nonsense"),
    ],
)
def test_wrong_usage_is_two(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, _, err = run("assess", ANA, *arguments)
    assert code == 2 and said in err and "Traceback" not in err


def test_bad_input_is_three_and_names_file_and_place(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(Path(ANA).read_text(encoding="utf-8")[:5000], encoding="utf-8")
    for path in (str(broken), str(tmp_path / "absent.json")):
        code, out, err = run("assess", path)
        assert code == 3 and not out and Path(path).name in err and "Traceback" not in err
    code, _, err = run("assess", ANA, "--knowledge", str(tmp_path))
    assert code == 3 and "Traceback" not in err


def test_answers(run: Run, tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    code, out, _ = run("assess", DOSES, *DAY, "--format", "json")
    before = json.loads(out)
    question = before["questions"][0]
    assert question["field"] == "dose" and question["text"].endswith("?")
    answers.write_text(f"{question['id']}: 40\n", encoding="utf-8")
    code, out, _ = run("assess", DOSES, *DAY, "--format", "json", "--answers", str(answers))
    after = json.loads(out)
    assert code == 0 and question["id"] not in [q["id"] for q in after["questions"]]
    assert [t["id"] for t in after["trials"]] == [t["id"] for t in before["trials"]]


@pytest.mark.parametrize(
    "text",
    ["dose:nobody-2020-01: 40", "{question}: a lot", "[1, 2]", "a: [", "\x00", "1: 2", "{question}: -4"],
)
def test_bad_answers_are_three(run: Run, tmp_path: Path, text: str) -> None:
    _, out, _ = run("assess", DOSES, *DAY, "--format", "json")
    question = json.loads(out)["questions"][0]["id"]
    answers = tmp_path / "answers.yaml"
    answers.write_text(text.replace("{question}", question), encoding="utf-8")
    code, _, err = run("assess", DOSES, *DAY, "--answers", str(answers))
    assert code == 3 and "answers.yaml" in err and "Traceback" not in err


def test_explain(run: Run) -> None:
    code, out, _ = run("explain", ANA, *DAY)
    assert code == 0 and "sertraline-2026-01" in out and "sforzini_2022" in out
    code, out, _ = run("explain", ANA, "sertraline-2026-01", *DAY)
    assert code == 0 and "50 mg" in out and "MedicationDispense/" in out
    code, out, _ = run("explain", ANA, "unused", *DAY)
    assert code == 0 and "not used" in out
    code, _, err = run("explain", ANA, "nothing", *DAY)
    assert code == 2 and "sertraline-2026-01" in err


def test_template_can_be_read_again(run: Run, tmp_path: Path) -> None:
    for kind in ("yaml", "csv"):
        code, out, _ = run("template", kind)
        assert code == 0 and out
        code, _, _ = run("template", kind, "--out", str(tmp_path / f"sheet.{kind}"))
        code, _, err = run("assess", str(tmp_path / f"sheet.{kind}"))
        assert code == 3 and "nothing is filled in" in err
    assert run("template", "docx")[0] == 2


def test_knowledge(run: Run) -> None:
    code, out, _ = run("knowledge", "--check")
    assert code == 0 and "treatment" in out and "definition" in out
    code, out, _ = run("knowledge", "search", "sertraline")
    assert code == 0 and "sertraline" in out
    code, out, _ = run("knowledge", "show", "sforzini_2022")
    assert code == 0 and "EU-PEARL" in out and "PMC9095475" in out
    code, out, _ = run("knowledge", "show", "convention")
    assert code == 0 and "era_gap_days" in out
    assert run("knowledge", "show", "no such thing at all")[0] == 2


def test_version_and_help(run: Run) -> None:
    code, out, _ = run("--version")
    assert code == 0 and out.startswith("opentrd ")
    code, out, _ = run("--help")
    for command in ("assess", "demo", "template", "explain", "knowledge", "serve"):
        assert command in out
    for command in ("cohort", "measures", "check", "convert", "simulate"):
        assert command in out


def test_demo(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("demo", "--out", str(tmp_path / "demo"))
    assert code == 0 and "index.html" in out
    for sample in samples():
        assert sample["name"] in out
    assert len(list((tmp_path / "demo").glob("*.html"))) == len(samples()) + 1


def test_standard_input_and_a_closed_pipe() -> None:
    command = [sys.executable, "-m", "opentrd", "assess", "-", *DAY, "--format", "json"]
    done = subprocess.run(command, input=Path(ANA).read_bytes(), capture_output=True, check=False)
    assert done.returncode == 0 and json.loads(done.stdout)["trials"]
    piped = f"'{sys.executable}' -m opentrd knowledge search a | head -1"
    done = subprocess.run(["/bin/sh", "-c", piped], capture_output=True, check=False)
    assert b"Traceback" not in done.stderr


def test_an_error_of_our_own_is_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr("opentrd.run.assess", broken)
    code, _, err = run("assess", ANA)
    assert code == 1 and "a mistake" in err and "Traceback" not in err


def test_the_package_offers_what_it_says() -> None:
    code = (
        "import opentrd.run, opentrd\n"
        f"a = opentrd.assess(opentrd.read({ANA!r}).one(), as_of=739798)\n"
        "assert isinstance(a, opentrd.Assessment) and opentrd.__version__ and 'sertraline' in repr(a)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    code = (
        "import sys, opentrd; assert not {'rich', 'babel', 'pandas', 'altair', 'jinja2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
