"""Scripts in every text of a record are words on every page, and nothing more."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page

from opentrd.demo import SAMPLES
from tests.service.e2e.windows import DESK, PHONE, Kind

#: A window in which the pages' Content-Security-Policy stops nothing: only their escaping does.
UNGUARDED: Final = replace(DESK, open_policy=True)
FLAG: Final = "window.planted"
SCRIPT: Final = f"\"'><script>{FLAG}=1</script><img src=x onerror={FLAG}=1><svg onload={FLAG}=1>"
#: Fields that hold what a person wrote or reads. Codes, dates and references stay: the record is still read.
TEXTS: Final = ("text", "display", "family", "title", "description", "name", "comment", "patientInstruction")
HAVE_NAMES: Final = ("Patient", "Practitioner", "Organization")
OPENED: Final = "for (const each of document.querySelectorAll('details')) each.open = true"
#: What a script of a record would have left on a page.
TRACES: Final = """() => [...document.querySelectorAll('*')].filter(each =>
  each.matches('img, iframe, object, embed, base, script:not([src^="/static/"])') ||
  [...each.attributes].some(found => found.name.startsWith('on') || /^\\s*javascript:/i.test(found.value))
).map(each => each.outerHTML.slice(0, 100))"""


def planted(value: Any, field: str = "") -> Any:
    """A FHIR value with a script in every text of it."""
    if isinstance(value, dict):
        return {key: planted(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [planted(each, field) for each in value]
    return SCRIPT if isinstance(value, str) and field in TEXTS else value


def hostile() -> bytes:
    """A record of every kind of resource that is read, with scripts as names, texts, notes and displays."""
    record: dict[str, Any] = planted(json.loads((SAMPLES / "whole-person.json").read_text(encoding="utf-8")))
    for entry in record["entry"]:
        resource = entry["resource"]
        resource["note"] = [{"text": SCRIPT}]
        if resource["resourceType"] in HAVE_NAMES:
            resource["name"] = [{"family": SCRIPT, "given": [SCRIPT], "text": SCRIPT}]
        for dosage in resource.get("dosageInstruction", resource.get("dosage", [])):
            dosage.setdefault("text", SCRIPT)
    return json.dumps(record).encode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The record under a name that is a script as well."""
    made = tmp_path / "<img src=x onerror=window.planted=1>.json"
    made.write_bytes(hostile())
    return made


@pytest.mark.parametrize("kind", [PHONE, UNGUARDED], ids=["as it is", "without the policy"])
def test_no_script_of_a_record_runs_on_any_page(
    opened: Callable[[Kind], Page], file: Path, kind: Kind
) -> None:
    page = opened(kind)
    page.goto("/")
    page.locator("#files").set_input_files(file)
    page.get_by_role("button", name="Open", exact=False).click()
    page.wait_for_url("**/chart/*")
    chart = page.url.partition("?")[0]
    seen = 0
    for path in (chart, f"{chart}/follow", "/"):
        for audience in ("patient", "clinician"):
            page.goto(f"{path}?for={audience}")
            seen += "onerror=window.planted" in page.locator("body").inner_text()
            clean(page)
    assert seen >= 4, "the scripts are not there at all: this test looks at nothing"


def clean(page: Page) -> None:
    """Nothing of the scripts is alive on a page, wherever it is opened or pointed at."""
    page.evaluate(OPENED)
    for bar in page.locator("svg a:visible").all():
        bar.focus()
    assert page.evaluate(FLAG) is None
    assert page.evaluate(TRACES) == []


def test_what_is_typed_is_words_too(opened: Callable[[Kind], Page]) -> None:
    page = opened(UNGUARDED)
    page.goto("/write")
    page.locator("[name='treatments.0.name']").fill(SCRIPT)
    page.locator("[name='treatments.0.dose']").fill(SCRIPT)
    page.get_by_role("button", name="See the answer").click()
    page.locator("#problems:not([hidden])").wait_for()
    clean(page)
    page.goto("/sample/wait")
    page.get_by_role("link", name="Follow up").click()
    plan = page.locator("#f-plan")
    plan.locator("xpath=ancestor::details").locator("> summary").click()
    plan.fill(SCRIPT)
    page.get_by_role("button", name="Save").click()
    page.locator("p.done").wait_for()
    assert "onerror=window.planted" in page.locator("main").inner_text()
    clean(page)
