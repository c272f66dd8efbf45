"""What is worth a card, and what it says: a record and an order go in, a card or silence comes out."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from opentrd.service.hooks.cards import markdown, short
from tests.service.hooks import parts as p

OLD = p.person("1945-01-01")
LOW_AND_SHORT = [
    p.depression(),
    *p.supplies("sertraline", 25, 300, 200),
    *p.supplies("venlafaxine", 225, 150, 130),
    p.score(20, 310),
    p.score(20, 100),
]
GOING = [p.depression(), *p.supplies("sertraline", 100, 200, 0)]
MAYBE = [
    p.depression(),
    *p.supplies("sertraline", 150, 330, 230),
    *p.supplies("venlafaxine", 225, 215, 110),
]
BIPOLAR = p.depression("F31.9", "Bipolar disorder")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with p.client(tmp_path_factory.mktemp("hooks"), region="us") as made:
        yield made


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (p.two_failures(), [("resistant", "info", "2 adequate treatments")]),
        (MAYBE, [("resistant", "info", "May meet TRD")]),
        ([*GOING, p.score(20, 190)], [("follow_up", "info", "the last PHQ-9 was 20")]),
        (GOING, [("follow_up", "info", "without a depression score")]),
        ([*GOING, p.score(12, 20, item9=0)], []),
        ([*GOING, p.score(12, 28, item9=0)], []),
        ([*GOING, p.score(12, 29, item9=0)], [("follow_up", "info", "the last PHQ-9 was 12")]),
        ([p.depression(), *p.supplies("sertraline", 100, 20, 0)], []),
        ([*GOING, p.score(12, 3, item9=1)], [("safety", "warning", "Ask today")]),
        ([p.depression(), p.score(9, 30, item9=0)], []),
    ],
    ids=[
        "met",
        "likely",
        "old score",
        "no score",
        "recent score",
        "last day",
        "day after",
        "just begun",
        "item 9",
        "no treatment",
    ],
)
def test_a_record_is_opened(
    browser: TestClient, record: list[p.Resource], expected: list[tuple[str, str, str]]
) -> None:
    found = p.cards(browser, "patient-view", *record)
    assert [(card["source"]["topic"]["code"], card["indicator"]) for card in found] == [
        (kind, indicator) for kind, indicator, _ in expected
    ]
    for card, (_, _, words) in zip(found, expected, strict=True):
        assert words in card["summary"]


@pytest.mark.parametrize(
    ("record", "who", "ordered", "expected"),
    [
        (p.two_failures(), None, ("sertraline", 50), [("failed", "warning", "adequate trial in this")]),
        (p.two_failures(), None, ("escitalopram", 10), [("failed", "info", "same class")]),
        (p.two_failures(), None, ("mirtazapine", 30), []),
        (LOW_AND_SHORT, None, ("mirtazapine", 15), [("inadequate", "warning", "would be number 3")]),
        (
            [p.depression(), *p.supplies("phenelzine", 45, 60, 10)],
            None,
            ("fluoxetine", 20),
            [("care", "critical", "wash-out")],
        ),
        (
            [p.depression(), p.statement("phenelzine", 60)],
            None,
            ("fluoxetine", 20),
            [("care", "critical", "a combination to avoid")],
        ),
        (
            [p.depression(), p.statement("ibuprofen", 9)],
            None,
            ("sertraline", 50),
            [("care", "warning", "Sertraline with ibuprofen: needs care")],
        ),
        ([p.depression()], OLD, ("citalopram", 40), [("care", "warning", "above the limit of 20 mg")]),
        ([p.depression()], OLD, ("citalopram", 20), []),
        ([p.depression()], None, ("citalopram", 40), []),
        ([BIPOLAR], None, ("sertraline", 50), [("bipolar", "warning", "Bipolar disorder is in the record")]),
        (p.two_failures(), None, ("amoxicillin", 500), []),
        (
            [*GOING, p.score(12, 3, item9=2), p.statement("phenelzine", 60)],
            None,
            ("fluoxetine", 20),
            [("care", "critical", "avoid"), ("safety", "warning", "Ask today")],
        ),
    ],
    ids=[
        "failed before",
        "class failed",
        "another class",
        "third without a full one",
        "wash-out",
        "both at once",
        "an interaction",
        "dose above the limit of the age",
        "dose within the limit of the age",
        "dose at another age",
        "bipolar",
        "no antidepressant",
        "two cards",
    ],
)
@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_an_antidepressant_is_ordered(
    browser: TestClient,
    hook: str,
    record: list[p.Resource],
    who: p.Resource | None,
    ordered: tuple[str, int],
    expected: list[tuple[str, str, str]],
) -> None:
    found = p.cards(browser, hook, *record, who=who, drafts=[p.order(*ordered)])
    assert [(card["source"]["topic"]["code"], card["indicator"]) for card in found] == [
        (kind, indicator) for kind, indicator, _ in expected
    ], [card["summary"] for card in found]
    for card, (_, _, words) in zip(found, expected, strict=True):
        assert words in card["summary"]


def test_only_what_was_selected_is_looked_at(browser: TestClient) -> None:
    drafts = [p.order("mirtazapine", 30, "one"), p.order("sertraline", 50, "two")]
    assert p.cards(browser, "order-select", *p.two_failures(), drafts=drafts) == []
    assert len(p.cards(browser, "order-sign", *p.two_failures(), drafts=drafts)) == 1


def test_an_order_that_goes_on_is_no_new_attempt(browser: TestClient) -> None:
    record = [*p.two_failures(), *p.supplies("sertraline", 150, 90, 0)]
    found = p.cards(browser, "order-sign", *record, drafts=[p.order("sertraline", 150)])
    assert [card for card in found if card["source"]["topic"]["code"] in ("failed", "inadequate")] == []


def test_an_alarm_says_what_to_do_and_where_help_is(browser: TestClient) -> None:
    card = p.cards(browser, "patient-view", *GOING, p.score(12, 3, item9=2))[0]
    assert "Today: ask about suicide" in card["detail"]
    assert "988" in card["detail"] and "116 123" not in card["detail"]


def test_help_of_every_country_where_none_is_set(tmp_path_factory: pytest.TempPathFactory) -> None:
    with p.client(tmp_path_factory.mktemp("anywhere")) as anywhere:
        card = p.cards(anywhere, "patient-view", *GOING, p.score(12, 3, item9=2))[0]
    assert "US 988" in card["detail"] and "UK Samaritans" in card["detail"]


def test_a_suggestion_is_a_resource_for_this_person(browser: TestClient) -> None:
    card = p.cards(browser, "patient-view", *GOING)[0]
    action = card["suggestions"][0]["actions"][0]
    assert card["selectionBehavior"] == "at-most-one"
    assert action["type"] == "create" and action["resource"]["resourceType"] == "ServiceRequest"
    assert action["resource"]["subject"] == p.SUBJECT and action["resource"]["intent"] == "proposal"
    assert action["resource"]["code"]["coding"][0]["code"] == "44249-1"


@pytest.mark.parametrize(
    ("record", "ordered", "suggested"),
    [
        (LOW_AND_SHORT, "mirtazapine", True),
        ([*LOW_AND_SHORT, p.score(14, 61, item9=0)], "mirtazapine", True),
        ([*LOW_AND_SHORT, p.score(14, 60, item9=0)], "mirtazapine", False),
        (MAYBE, "sertraline", None),
        (p.two_failures(), "sertraline", False),
    ],
    ids=["old score", "one day too old", "new enough", "no card", "score of last month"],
)
def test_a_new_attempt_starts_from_a_score(
    browser: TestClient, record: list[p.Resource], ordered: str, suggested: bool | None
) -> None:
    found = p.cards(browser, "order-sign", *record, drafts=[p.order(ordered, 15)])
    made = [card.get("suggestions", []) for card in found]
    assert [bool(each) for each in made] == ([] if suggested is None else [suggested])
    for suggestion in (each for suggestions in made for each in suggestions):
        (action,) = suggestion["actions"]
        assert action["type"] == "create" and action["resource"]["subject"] == p.SUBJECT
        assert action["resource"]["code"]["coding"][0]["code"] == "44249-1"


def test_only_a_critical_order_may_be_taken_back(browser: TestClient) -> None:
    record = [p.depression(), *p.supplies("phenelzine", 45, 60, 10)]
    card = p.cards(browser, "order-sign", *record, drafts=[p.order("fluoxetine", 20, "x1")])[0]
    action = card["suggestions"][0]["actions"][0]
    assert (action["type"], action["resourceId"]) == ("delete", "MedicationRequest/x1")
    card = p.cards(browser, "order-sign", p.depression(), who=OLD, drafts=[p.order("citalopram", 40)])[0]
    assert "suggestions" not in card


def test_every_card_has_its_basis_and_where_to_go_on(browser: TestClient) -> None:
    card = p.cards(browser, "patient-view", *p.two_failures())[0]
    basis = card["extension"]["org.opentrd.basis"]
    assert "MedicationDispense/sertraline-330" in basis["sources"]
    assert "definition:sforzini_2022" in basis["citations"]
    assert [(link["type"], link["url"]) for link in card["links"]] == [
        ("absolute", f"{p.URL}/"),
        ("absolute", f"{p.URL}/learn"),
    ]
    assert len(card["detail"].splitlines()) == 3


def test_what_a_record_says_is_shown_not_run(browser: TestClient) -> None:
    evil = p.statement("phenelzine <img src=x onerror=alert(1)> [go](http://evil.example)", 60)
    found = p.cards(browser, "order-sign", p.depression(), evil, drafts=[p.order("fluoxetine", 20)])
    assert found
    for card in found:
        assert "<" not in card["detail"] and "](" not in card["detail"] and "http://" not in card["detail"]


def test_markdown_and_short_texts() -> None:
    assert markdown("a <b> *c* [d](e)\n# f") == "a &lt;b&gt; \\*c\\* \\[d\\](e) # f"
    assert short("x" * 139) == "x" * 139
    cut = short("word " * 40)
    assert len(cut) < 140 and cut.endswith("word…")


def test_why_it_is_silent_is_logged_without_the_person(
    browser: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert p.cards(browser, "patient-view", *GOING, p.score(12, 20, item9=0)) == []
        p.cards(browser, "order-sign", *p.two_failures(), drafts=[p.order("amoxicillin", 500)])
    told = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("opentrd"))
    assert "opentrd-patient-view: cards none; silent: no_alarm, not_resistant." in told
    assert "opentrd-order-sign: cards none; silent: no_antidepressant_ordered" in told
    for of_the_person in (p.PERSON, "sertraline", "amoxicillin", "1980", "venlafaxine"):
        assert of_the_person not in "\n".join(record.getMessage() for record in caplog.records)
