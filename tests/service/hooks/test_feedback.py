"""What became of cards: what is kept, what is refused, what is never kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from opentrd.service.hooks.cards import KINDS, OVERRIDES, card_id, kind_of
from opentrd.service.store import tables as t
from tests.service.hooks import parts as p

WHEN = "2026-11-23T10:05:31Z"


def kept(browser: TestClient) -> list[tuple[str, str, list[str]]]:
    store = browser.app.state.service.store  # type: ignore[attr-defined]
    with store.transaction() as transaction:
        rows = list(transaction.scalars(select(t.Feedback).order_by(t.Feedback.id)))
    return [(row.service, row.outcome, row.reasons) for row in rows]


def give(browser: TestClient, *entries: dict[str, Any], hook: str = "patient-view") -> int:
    path = f"/cds-services/opentrd-{hook}/feedback"
    return browser.post(path, json={"feedback": list(entries)}).status_code


def test_cards_are_accepted_and_set_aside(tmp_path: Path) -> None:
    with p.client(tmp_path) as browser:
        record = [p.depression(), *p.supplies("sertraline", 100, 200, 0)]
        card = p.cards(browser, "patient-view", *record)[0]
        accepted = {
            "card": card["uuid"],
            "outcome": "accepted",
            "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}],
            "outcomeTimestamp": WHEN,
        }
        aside = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": WHEN}
        reason = {"reason": {"code": "later", "system": OVERRIDES}, "userComment": "Ana is on holiday"}
        foreign = {"reason": {"code": "Ana said no", "system": "https://ehr.example"}}
        assert give(browser, accepted, aside) == 200
        assert give(browser, {**aside, "overrideReason": reason}) == 200
        assert give(browser, {**aside, "overrideReason": foreign}) == 200
        assert give(browser) == 200
        service = "opentrd-patient-view"
        assert kept(browser) == [
            (service, "accepted", ["follow_up"]),
            (service, "overridden", ["follow_up"]),
            (service, "overridden", ["follow_up", "later"]),
            (service, "overridden", ["follow_up", "other"]),
        ]
    assert b"Ana" not in b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


@pytest.mark.parametrize(
    "change",
    [
        {"card": "Ana Perez, born 1980"},
        {"card": "4e0a3a1e-3283-4575-ab82-028d55fe2719"},
        {"card": None},
        {"outcome": "ignored"},
        {"outcome": "accepted"},
        {"outcomeTimestamp": None},
        {"overrideReason": "no"},
    ],
)
def test_what_is_no_feedback_is_refused_whole(tmp_path: Path, change: dict[str, Any]) -> None:
    good = {"card": card_id("failed"), "outcome": "overridden", "outcomeTimestamp": WHEN}
    bad = {name: value for name, value in {**good, **change}.items() if value is not None}
    with p.client(tmp_path) as browser:
        assert give(browser, good, bad) == 400
        assert kept(browser) == []


def test_not_endlessly_many(tmp_path: Path) -> None:
    good = {"card": card_id("failed"), "outcome": "overridden", "outcomeTimestamp": WHEN}
    with p.client(tmp_path) as browser:
        assert give(browser, *([good] * 101)) == 400


def test_the_id_of_a_card_says_its_kind_and_nothing_else() -> None:
    for kind in KINDS:
        made = {card_id(kind) for _ in range(50)}
        assert len(made) == 50 and {kind_of(each) for each in made} == {kind}
    assert kind_of("nonsense") is None
