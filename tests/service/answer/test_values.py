"""A measured value is told in place: the cautions that waited for it are settled at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opentrd.assessing import rule_book
from opentrd.rules.measured import askable
from tests.service.answer.parts import Browser, Page

PRESSURE = "caution:esketamine_systolic"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    made = Browser(tmp_path)
    with made.client:
        yield made


def applies(browser: Browser, path: str, row: str) -> list[str]:
    """What the answer says of a row of the cautions: where it stands, and whether it applies."""
    found = browser.contract(path)
    cautions = [each for option in found["options"] for each in option["cautions"]] + found.get(
        "cautions", []
    )
    return sorted({str(each["applies"]) for each in cautions if row in str(each)})


def fields(page: Page) -> set[str]:
    return {each["name"] for each in page.named("input") if each.get("form") == "values"}


def told(browser: Browser, path: str) -> dict[str, Any]:
    return browser.service.store.answers(path.rpartition("/")[2])


def test_the_values_that_steps_wait_for_are_asked_in_place(browser: Browser) -> None:
    path = browser.sample("many-medicines")
    page = Page(browser.client.get(path).text)
    assert {"value:systolic_blood_pressure", "value:diastolic_blood_pressure"} <= fields(page)
    assert fields(page) <= {f"value:{each}" for each in askable(rule_book(browser.service.knowledge))}


@pytest.mark.parametrize(("value", "expected"), [("150", ["True"]), ("120", []), ("120,5", [])])
def test_a_value_settles_what_waited_for_it(browser: Browser, value: str, expected: list[str]) -> None:
    path = browser.sample("many-medicines")
    assert applies(browser, path, PRESSURE) == ["None"]
    page = browser.post(f"{path}/answers", **{"value:systolic_blood_pressure": value})
    assert page.at["changed"]
    assert applies(browser, path, PRESSURE) == expected
    kept = told(browser, path)["value:systolic_blood_pressure"]
    assert kept["value"] == float(value.replace(",", ".")) and kept["unit"] == "mm[Hg]"
    assert "Upper blood pressure" in browser.client.get(path).text


def test_what_was_told_is_not_asked_any_more(browser: Browser) -> None:
    path = browser.sample("many-medicines")
    values = {"value:systolic_blood_pressure": "120", "value:diastolic_blood_pressure": "75"}
    page = browser.post(f"{path}/answers", **values)
    assert not fields(page) & set(values)


def test_an_empty_field_says_nothing_and_a_value_can_be_taken_back(browser: Browser) -> None:
    path = browser.sample("many-medicines")
    browser.post(f"{path}/answers", **{"value:systolic_blood_pressure": "150"})
    browser.post(f"{path}/answers", **{"value:systolic_blood_pressure": "", "value:qtc": ""})
    assert applies(browser, path, PRESSURE) == ["True"]
    browser.post(f"{path}/answers", **{"value:systolic_blood_pressure": "unsure"})
    assert told(browser, path) == {}
    assert applies(browser, path, PRESSURE) == ["None"]


@pytest.mark.parametrize("value", ["high", "-3", "0", "1e3", "12345", "<script>", "12.5.1", "٣٤"])
def test_what_is_no_measured_value_is_refused_and_not_kept(browser: Browser, value: str) -> None:
    path = browser.sample("many-medicines")
    found = browser.client.post(f"{path}/answers", data={"csrf": browser.csrf, "value:qtc": value})
    assert found.status_code == 422 and "is not a measured value" in found.text
    assert "<script>&" not in found.text and told(browser, path) == {}


def test_a_value_that_nobody_asks_for_is_refused(browser: Browser) -> None:
    path = browser.sample("many-medicines")
    found = browser.client.post(f"{path}/answers", data={"csrf": browser.csrf, "value:shoe_size": "42"})
    assert found.status_code == 422 and told(browser, path) == {}


def test_a_value_is_in_the_export(browser: Browser) -> None:
    path = browser.sample("many-medicines")
    browser.post(f"{path}/answers", **{"value:egfr": "55"})
    said = browser.client.get(f"{path}/export.json").json()
    assert said["answers"]["value:egfr"]["value"] == 55
