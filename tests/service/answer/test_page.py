"""The answer: every route, answers and wishes in place, what is refused, what is never executed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opentrd.demo import SAMPLES
from tests.service.answer.parts import Browser, Page

MOST_BYTES = 500_000
SCRIPT = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    made = Browser(tmp_path)
    with made.client:
        yield made


def questions(page: Page) -> list[str]:
    """The ids of the questions of a page, in their order."""
    names = [
        found.get("name", "")
        for tag, found in page.tags
        if tag in ("input", "select") and found.get("id", "").startswith("q-")
    ]
    return list(dict.fromkeys(name for name in names if name))


@pytest.mark.parametrize(
    ("end", "media_type", "begins"),
    [
        (".json", "application/json", b"{"),
        (".fhir.json", "application/fhir+json", b"{"),
        (".pdf", "application/pdf", b"%PDF"),
        ("/letter.pdf", "application/pdf", b"%PDF"),
        ("/letter.txt", "text/plain; charset=utf-8", b""),
    ],
)
def test_every_file_of_an_answer_comes_and_is_audited(
    browser: Browser, end: str, media_type: str, begins: bytes
) -> None:
    path = browser.sample("two-failures")
    found = browser.client.get(f"{path}{end}?language=es&region=us")
    assert (found.status_code, found.headers["content-type"]) == (200, media_type)
    assert found.content.startswith(begins)
    assert len(found.content) > 1000
    trail = [row.action for row in browser.service.store.audit(path.rpartition("/")[2])]
    assert trail[-1] == f"read_{end.lstrip('./')}"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("audience", ["patient", "clinician"])
@pytest.mark.parametrize("name", ["orders-only", "older-heart", "bipolar", "safety"])
def test_the_page_is_whole_for_both_readers_in_both_languages(
    browser: Browser, name: str, audience: str, language: str
) -> None:
    path = browser.sample(name)
    found = browser.client.get(f"{path}?for={audience}&language={language}&region=us")
    assert found.status_code == 200
    assert len(found.content) < MOST_BYTES
    page = Page(found.text)
    assert page.named("html")[0]["lang"] == language
    assert page.named("body")[0]["class"] == audience
    assert "asked." not in found.text
    ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    targets = [a["href"][1:] for a in page.named("a") if a.get("href", "").startswith("#")]
    assert set(targets) - {"closed"} <= set(ids)
    assert all(script.get("src", "").startswith("/static/") for script in page.named("script"))
    for link in page.named("link"):
        assert browser.client.get(link["href"]).status_code == 200


def test_a_bar_of_the_picture_says_what_it_is_and_leads_to_its_reasons(browser: Browser) -> None:
    path = browser.sample("two-failures")
    page = Page(browser.client.get(path).text)
    bars = [a for a in page.named("a") if "data-trial" in a]
    wide = bars[: len(bars) // 2]
    assert [bar["href"] for bar in wide] == ["#why-1", "#why-2", "#why-3"]
    assert "sertraline" in wide[0]["aria-label"]
    assert "sertraline" in page.at["why-1"].casefold()


def test_an_answer_changes_the_verdict_on_the_same_page_and_can_be_taken_back(browser: Browser) -> None:
    path = browser.sample("orders-only")
    before = Page(browser.client.get(path).text)
    asked = [key for key in questions(before) if key.startswith("outcome:")]
    verdicts = {row["definition"]: row["verdict"] for row in browser.contract(path)["status"]}

    after = browser.post(f"{path}/answers", **dict.fromkeys(asked, "none"))
    assert "ways to define it now say yes" in after.at["changed"]
    assert not set(asked) & set(questions(after))
    assert "not at all" in after.at["main"]
    changed = {row["definition"]: row["verdict"] for row in browser.contract(path)["status"]}
    assert changed != verdicts
    assert "changed" not in Page(browser.client.get(path).text).at

    back = browser.post(f"{path}/answers", **dict.fromkeys(asked, ""))
    assert set(asked) <= set(questions(back))
    assert {row["definition"]: row["verdict"] for row in browser.contract(path)["status"]} == verdicts
    trail = [row.action for row in browser.service.store.audit(path.rpartition("/")[2])]
    assert trail.count("answer") == 2 * len(asked)


def test_several_answers_come_together_and_what_is_left_open_stays_open(browser: Browser) -> None:
    path = browser.sample("orders-only")
    asked = questions(Page(browser.client.get(path).text))
    sent = dict.fromkeys(asked, "") | {asked[0]: "none", asked[1]: "none"}
    browser.post(f"{path}/answers", **sent)
    assert set(browser.service.store.answers(path.rpartition("/")[2])) == set(asked[:2])


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("outcome:nobody", "none", "no such question"),
        ("check:nothing", "yes", "no such question"),
        ("check:anxiety", "perhaps", "not one of the choices"),
        ("caution:kidney", "no", "no such question"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_nothing_of_its_sending_is_kept(
    browser: Browser, field: str, value: str, says: str
) -> None:
    path = browser.sample("orders-only")
    good = questions(Page(browser.client.get(path).text))[0]
    sent = {"csrf": browser.csrf, field: value, good: "none"}
    found = browser.client.post(f"{path}/answers", data=sent)
    assert found.status_code == 422
    assert says in found.text
    assert browser.service.store.answers(path.rpartition("/")[2]) == {}


def test_an_answer_that_fits_no_more_is_named_and_the_rest_is_shown(browser: Browser) -> None:
    path = browser.sample("orders-only")
    chart = path.rpartition("/")[2]
    browser.service.store.save_answer(chart, "outcome:paroxetine@2019-01-01", "none", "local")
    found = browser.client.get(path)
    assert found.status_code == 200
    assert "no such question" in found.text
    assert questions(Page(found.text))


@pytest.mark.parametrize(
    ("field", "value", "check", "finding"),
    [
        ("check:anxiety", "yes", "anxiety", "present"),
        ("check:anxiety", "no", "anxiety", "absent"),
        ("check:violence", "no", "violence", "absent"),
        ("check:bipolar_family", "yes", "bipolar_family", "present"),
    ],
)
def test_a_question_of_the_review_is_answered_in_place(
    browser: Browser, field: str, value: str, check: str, finding: str
) -> None:
    path = browser.sample("older-heart")
    buttons = Page(browser.client.get(f"{path}?for=clinician").text).named("button")
    assert any(b.get("name") == field and b.get("value") == value and b["form"] == "replies" for b in buttons)
    browser.post(f"{path}/answers", **{field: value})
    line = next(row for row in browser.contract(path)["review"] if row["check"] == check)
    assert line["finding"] == finding
    assert f"answer#{field}" in line["sources"]


def test_a_question_of_a_caution_is_answered_in_place_and_the_steps_wait_no_more(browser: Browser) -> None:
    path = browser.sample("older-heart")

    def waiting() -> int:
        asks = [c["ask"] for option in browser.contract(path)["options"] for c in option["cautions"]]
        return sum(ask is not None and ask["key"] == "caution.ask.seizure" for ask in asks)

    assert waiting()
    after = browser.post(f"{path}/answers", **{"caution:seizure": "no"})
    assert "no longer wait for this answer" in after.at["changed"]
    assert waiting() == 0


def test_a_wish_puts_the_steps_in_another_order_and_says_why(browser: Browser) -> None:
    path = browser.sample("two-failures")
    order = [option["option"] for option in browser.contract(path)["options"]]
    after = browser.post(f"{path}/preferences", **{"weight.weight": "3"})
    assert "new order" in after.at["changed"]
    assert "weight" in after.at["wishes"]
    slider = next(found for found in after.named("input") if found.get("id") == "w-weight")
    assert (slider["value"], slider["aria-valuetext"]) == ("3", "very much")
    options = browser.contract(path)["options"]
    assert [option["option"] for option in options] != order
    reasons = {why["key"] for option in options for why in option["why"]}
    assert "preference.effect" in reasons
    browser.post(f"{path}/preferences", **{"weight.weight": "0"})
    assert [option["option"] for option in browser.contract(path)["options"]] == order


@pytest.mark.parametrize(
    ("field", "value"), [("weight.weight", "4"), ("weight.weight", "nan"), ("weight.nothing", "1")]
)
def test_a_wish_that_is_not_known_is_refused(browser: Browser, field: str, value: str) -> None:
    path = browser.sample("two-failures")
    found = browser.client.post(f"{path}/preferences", data={"csrf": browser.csrf, field: value})
    assert found.status_code == 422
    assert browser.service.store.preferences(path.rpartition("/")[2]) == {}


@pytest.mark.parametrize("end", ["/answers", "/preferences"])
def test_a_change_without_the_token_is_refused(browser: Browser, end: str) -> None:
    path = browser.sample("two-failures")
    data = {"check:anxiety": "yes", "weight.weight": "1"}
    assert browser.client.post(path + end, data=data).status_code == 403
    chart = path.rpartition("/")[2]
    assert not browser.service.store.answers(chart)
    assert not browser.service.store.preferences(chart)


@pytest.mark.parametrize("end", ["", ".json", ".pdf", ".fhir.json", "/letter.pdf", "/letter.txt"])
def test_the_chart_of_somebody_else_is_not_there(browser: Browser, end: str) -> None:
    body = (SAMPLES / "two-failures.json").read_bytes()
    chart = browser.service.store.add_chart("theirs", "upload", "somebody", {"a.json": body})
    assert browser.client.get(f"/chart/{chart}{end}").status_code == 404
    browser.sample("two-failures")
    for change in ("answers", "preferences"):
        assert browser.client.post(f"/chart/{chart}/{change}", data={"csrf": browser.csrf}).status_code == 404


def test_a_chart_that_cannot_be_read_says_why_and_leads_back_to_the_form(browser: Browser) -> None:
    store = browser.service.store
    empty = store.add_chart("mine", "form", "local", {})
    broken = store.add_chart("broken", "upload", "local", {"a.json": b"{not json"})
    for chart, back in ((empty, f"/write/{empty}"), (broken, f"/open/{broken}")):
        found = browser.client.get(f"/chart/{chart}?language=es")
        assert found.status_code == 422
        links = [a.get("href", "").partition("?")[0] for a in Page(found.text).named("a")]
        assert back in links


def planted(value: Any) -> Any:
    """A FHIR resource with a script in every text that is no code, date or reference."""
    if isinstance(value, dict):
        texts = ("text", "display", "family", "title", "description", "name")
        return {
            key: SCRIPT if key in texts and isinstance(each, str) else planted(each)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [SCRIPT if isinstance(each, str) else planted(each) for each in value]
    return value


def hostile() -> dict[str, Any]:
    """The sample with most kinds of resources, its texts replaced by scripts."""
    record: dict[str, Any] = planted(json.loads((SAMPLES / "whole-person.json").read_text(encoding="utf-8")))
    for entry in record["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["name"] = [{"family": SCRIPT, "given": [SCRIPT]}]
            entry["resource"]["id"] = "p"
        note = {"text": SCRIPT}
        entry["resource"].setdefault("note", [note])
    return record


@pytest.mark.parametrize("audience", ["patient", "clinician"])
def test_scripts_in_a_record_are_words_and_nothing_else(browser: Browser, audience: str) -> None:
    path = browser.upload(hostile())
    found = browser.client.get(f"{path}?for={audience}")
    page = Page(found.text)
    assert found.status_code == 200, found.text
    assert "window.hacked" in found.text
    assert not page.named("img")
    assert all(script.get("src", "").startswith("/static/") for script in page.named("script"))
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    policy = found.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    data = browser.client.get(f"{path}.json?for={audience}")
    assert data.headers["content-type"] == "application/json"
    assert data.headers["x-content-type-options"] == "nosniff"
    assert browser.client.get(f"{path}.pdf?for={audience}").content.startswith(b"%PDF")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("wish", ["talking_therapy", "no_hospital", "sleep", "dizziness"])
def test_what_moved_a_step_is_said_in_words_not_in_keys(browser: Browser, language: str, wish: str) -> None:
    path = browser.sample("two-failures")
    query = f"?language={language}&for=clinician"
    browser.post(f"{path}/preferences{query}", **{f"weight.{wish}": "3"})
    said = re.sub(r"<[^>]+>", " ", browser.client.get(f"{path}{query}").text)
    assert browser.service.words(language, "clinician").text(f"asked.wish.{wish}") in said
    keys = ("talking_therapy", "no_hospital", "insomnia_activation", "orthostatic_hypotension", "none_or_low")
    assert [key for key in keys if key in said] == []
