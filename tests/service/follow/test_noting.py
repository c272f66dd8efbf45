"""Noting how things are going, without JavaScript: each kind, its bounds, its removal, who may do it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from opentrd.service.pages.follow_fields import DRINKS, FELT, HOURS, MINUTES, PLAN_TEXT
from tests.service.follow.parts import TODAY, ago, browser, chart, csrf, note, sheet, tags_of, text_of, twin

Fields = dict[str, Any]
#: What is pictured under the scores, in its order.
NAMES = ["Sleep", "Moving", "Alcohol", "Therapy", "Medicine taken", "Side effects"]
ITEMS = {f"phq9.{n}": 1 for n in range(1, 9)}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One service; every test has a chart of its own."""
    with browser(tmp_path_factory.mktemp("service")) as found:
        yield found


#: Fields; the entry that they become; what the page says of it.
KINDS: tuple[tuple[Fields, str, dict[str, Any], str], ...] = (
    ({"phq9.total": 14}, "score", {"scale": "PHQ-9", "value": 14}, "PHQ-9, 14 points"),
    (
        {**ITEMS, "phq9.9": 0},
        "score",
        {"scale": "PHQ-9", "value": 8, "items": {**{str(n): 1 for n in range(1, 9)}, "9": 0}},
        "PHQ-9, 8 points",
    ),
    ({"phq9.3": 2}, "score", {"scale": "PHQ-9", "value": None, "items": {"3": 2}}, "1 of 9 questions"),
    ({"gad7.total": 21}, "score", {"scale": "GAD-7", "value": 21}, "GAD-7, 21 points"),
    (
        {"sleep.hours": "6,5", "sleep.quality": "poor"},
        "sleep",
        {"hours": 6.5, "quality": "poor"},
        "6.5 hours",
    ),
    ({"exercise": "30"}, "exercise", {"minutes": 30}, "30 minutes"),
    ({"alcohol": "0"}, "alcohol", {"drinks": 0}, "0 drinks"),
    ({"session": "yes"}, "session", {"had": "yes"}, "1 session"),
    ({"taken": "half"}, "taken", {"how": "half"}, "About half"),
    (
        {"effect.sedation": "hard", "effect.tremor": "none"},
        "effects",
        {"sedation": "hard", "tremor": "none"},
        "Hard to bear: sleepiness",
    ),
    (
        {"plan": "Walk with Ben", "next": ago(-14)},
        "plan",
        {"text": "Walk with Ben", "next": ago(-14)},
        "Walk",
    ),
)


@pytest.mark.parametrize(("fields", "kind", "value", "said"), KINDS)
def test_each_kind_is_noted_shown_and_removed(
    client: TestClient, fields: Fields, kind: str, value: dict[str, Any], said: str
) -> None:
    where = chart(client)
    page = note(client, where, day=ago(2), **fields)
    assert "Thank you. It is saved." in text_of(page) and said in text_of(page)
    (entry,) = twin(client, where)["entries"]
    assert (entry["kind"], entry["value"], entry["day"]) == (kind, value, ago(2))
    gone = client.post(f"/chart/{where}/follow/{entry['id']}/delete", data={"csrf": csrf(client, where)})
    assert gone.status_code == 200 and "It is removed." in text_of(gone.text)
    assert twin(client, where)["entries"] == []


#: Fields that can't be right, and what is said of them.
WRONG: tuple[tuple[Fields, str], ...] = (
    ({"day": ago(-1), "phq9.total": 3}, "This day has not come yet"),
    ({"day": "1900-01-01", "phq9.total": 3}, "too long ago"),
    ({"day": "2026-02-30", "phq9.total": 3}, "can't be read"),
    ({"phq9.total": 28}, "from 0 to 27"),
    ({"phq9.total": -1}, "from 0 to 27"),
    ({"phq9.total": "²"}, "from 0 to 27"),
    ({"gad7.total": 22}, "from 0 to 21"),
    ({"phq9.1": 4}, "0 to 3"),
    ({"phq9.1": "NaN"}, "0 to 3"),
    ({**ITEMS, "phq9.9": 0, "phq9.total": 9}, "come to 8"),
    ({"phq9.1": 3, "phq9.total": 2}, "come to 3 to 27"),
    ({"sleep.hours": HOURS + 1}, "from 0 to 24"),
    ({"sleep.hours": "1e3"}, "from 0 to 24"),
    ({"exercise": MINUTES + 1}, "from 0 to 1,440"),
    ({"alcohol": DRINKS + 1}, "from 0 to 99"),
    ({"next": ago(1)}, "This day is over"),
    ({"plan": "x" * (PLAN_TEXT + 1)}, "longer than"),
    ({}, "Nothing is filled in yet"),
    ({"taken": "always", "effect.sedation": "9", "effect.nothing": "hard"}, "Nothing is filled in yet"),
)


@pytest.mark.parametrize(("fields", "said"), WRONG)
def test_what_cannot_be_right_is_said_and_nothing_is_kept(
    client: TestClient, fields: Fields, said: str
) -> None:
    where = chart(client)
    page = note(client, where, expect=422, **fields)
    assert said in text_of(page), text_of(page)
    assert twin(client, where)["entries"] == []


def test_what_was_typed_stands_in_the_form_again(client: TestClient) -> None:
    where = chart(client)
    page = note(client, where, expect=422, **{"exercise": "25", "phq9.1": 2, "alcohol": "-3", "taken": "no"})
    assert 'name="exercise" type="text" value="25"' in page
    assert re.search(r'name="phq9.1" value="2"[^>]* checked', page)
    assert re.search(r'name="taken" value="no"[^>]* checked', page)
    assert re.search(r'name="alcohol"[^>]*aria-invalid="true" aria-describedby="e-alcohol"', page)


def test_a_check_in_sent_twice_is_kept_once(client: TestClient) -> None:
    where, other = chart(client), chart(client)
    for minutes in (20, 20, 35):
        note(client, where, form="one", exercise=minutes)
    note(client, other, form="one", exercise=50)
    assert [entry["value"]["minutes"] for entry in twin(client, where)["entries"]] == [35]
    assert [entry["value"]["minutes"] for entry in twin(client, other)["entries"]] == [50]


def test_days_of_a_week_come_together(client: TestClient) -> None:
    where = chart(client)
    monday = 14 + _weekday()
    first: Fields = {"exercise": 20, "sleep.hours": 6, "effect.sedation": "mild"}
    last: Fields = {"exercise": 25, "sleep.hours": 7, "effect.sedation": "hard"}
    note(client, where, day=ago(monday), **first)
    note(client, where, day=ago(monday - 6), **last)
    note(client, where, day=ago(monday - 7), exercise=5)
    weeks = twin(client, where)["weeks"]
    lines = [{line["kind"]: line["text"] for line in week["lines"]} for week in weeks]
    assert [week["monday"] for week in weeks] == [ago(monday - 7), ago(monday)]
    assert lines[0] == {"exercise": "5 minutes"}
    assert lines[1]["exercise"] == "45 minutes" and "6.5 hours a night" in lines[1]["sleep"]
    assert lines[1]["effects"].strip() == "Hard to bear: sleepiness."


def _weekday() -> int:
    return TODAY.weekday()


def test_scores_feed_the_assessment(client: TestClient) -> None:
    where = chart(client, sheet(("sertraline", 60, None), scores={61: 20}))
    note(client, where, day=ago(2), **{"phq9.total": 9})
    last = twin(client, where)["scores"]["PHQ-9"][-1]
    assert (last["mark"], last["treatment"], last["band"]) == ("response", "sertraline", "mild")
    assert all(said["sources"] and said["citations"] for said in last["says"])
    assert "helped a lot" in text_of(client.get(f"/chart/{where}/follow").text)


def test_a_score_of_a_day_that_cannot_be_is_drawn_too(client: TestClient) -> None:
    text = sheet(("sertraline", 60, None), scores={30: 18}).replace(ago(30), "0001-01-02")
    assert client.get(f"/chart/{chart(client, text)}/follow").status_code in (200, 422)


@pytest.mark.parametrize("alone", (True, False))
def test_thoughts_of_death_put_help_on_top(client: TestClient, alone: bool) -> None:
    where = chart(client)
    fields = {"phq9.9": 1} if alone else {**ITEMS, "phq9.9": 1}
    page = text_of(note(client, where, **fields))
    assert page.index("Help now", page.index("How are things going?")) < page.index("It is saved")
    assert "You do not have to carry this alone" in page
    assert twin(client, where)["safety"]


def test_help_stands_under_the_question_itself(client: TestClient) -> None:
    page = client.get(f"/chart/{chart(client)}/follow").text
    item = page.index('id="f-phq9-9"')
    assert 0 < page.index("help-now", item) - item < 2500
    assert page.count('class="danger"') == 3


#: Treatment begun, last PHQ-9, planned (all days ago); the next look in days from now, whether due, why.
LOOKS = {
    "no score yet": (40, None, None, 0, True, "first"),
    "a score of today": (100, 0, None, 28, False, "regular"),
    "a score of five weeks ago": (200, 35, None, -7, True, "regular"),
    "four weeks come first": (10, 9, None, 18, False, "treatment"),
    "four weeks are covered by a score about them": (30, 10, None, 18, False, "regular"),
    "eight weeks come first": (40, 20, None, 8, False, "regular"),
    "eight weeks before the usual time": (30, 1, None, 26, False, "treatment"),
    "planned": (40, 10, -3, 3, False, "planned"),
}


@pytest.mark.parametrize("name", LOOKS)
def test_the_next_look(client: TestClient, name: str) -> None:
    begun, last, planned, days, due, why = LOOKS[name]
    scores = None if last is None else {last: 15}
    where = chart(client, sheet(("sertraline", begun, None), scores=scores))
    if planned is not None:
        note(client, where, next=ago(planned))
    look = twin(client, where)["next"]
    assert (look["day"], look["due"], look["why"]["key"]) == (ago(-days), due, f"follow.look.{why}")
    assert look["why"]["citations"] or look["why"]["sources"]
    page = text_of(client.get(f"/chart/{where}/follow").text)
    assert ("It is time for a look." in page) == due


def test_a_questionnaire_settles_the_planned_look(client: TestClient) -> None:
    where = chart(client)
    note(client, where, next=ago(0))
    assert twin(client, where)["next"]["why"]["key"] == "follow.look.planned"
    note(client, where, **{"phq9.total": 12})
    assert twin(client, where)["next"]["why"]["key"] != "follow.look.planned"


def test_without_the_token_nothing_changes(client: TestClient) -> None:
    where = chart(client)
    note(client, where, exercise=20)
    (entry,) = twin(client, where)["entries"]
    for path in ("", f"/{entry['id']}/delete"):
        for data in ({"exercise": "9"}, {"exercise": "9", "csrf": "wrong"}):
            assert client.post(f"/chart/{where}/follow{path}", data=data).status_code == 403
    assert [each["value"] for each in twin(client, where)["entries"]] == [{"minutes": 20}]


def test_a_form_that_was_open_too_long_comes_back_as_it_was(client: TestClient) -> None:
    where = chart(client)
    data = {"csrf": "of another session", **ITEMS, "plan": "call <b>them</b>", "sleep.hours": "6"}
    answer = client.post(f"/chart/{where}/follow", data=data)
    assert answer.status_code == 403 and "Please save once more" in answer.text
    assert twin(client, where)["entries"] == []
    shown = re.findall(r'<input type="radio" name="(phq9\.\d)" value="1"[^>]* checked', answer.text)
    assert shown == list(ITEMS) and "call &lt;b&gt;them" in answer.text and 'value="6"' in answer.text


def test_days_of_the_twin_are_dates_as_in_the_contract(client: TestClient) -> None:
    where = chart(client)
    note(client, where, phq9__total=12, next=ago(-9), plan="call")
    found = twin(client, where)
    assert found["next"]["day"] == ago(-9) and found["scores"]["PHQ-9"]
    (planned,) = [line for week in found["weeks"] for line in week["lines"] if line["kind"] == "plan"]
    assert planned["params"]["next"] == ago(-9)


def pictured(page: str) -> list[str]:
    """The words of the picture of scores, in their order."""
    picture = page.split('class="wide"')[1].partition("</svg>")[0]
    return re.findall(r"<text[^>]*>([^<]+)</text>", picture)


def test_the_picture_shows_beside_the_scores_what_was_noted_on_the_same_days(client: TestClient) -> None:
    where = chart(client)
    note(client, where, day=ago(60), phq9__total=18, sleep__hours="4,5", alcohol=0, taken="half")
    alone = pictured(note(client, where, day=ago(90), phq9__total=19))
    assert [each for each in alone if each in NAMES] == ["Sleep", "Alcohol", "Medicine taken"]
    fields: Fields = {"exercise": 45, "session": "yes", "effect__nausea_gi": "hard"}
    both = pictured(note(client, where, day=ago(30), phq9__total=9, sleep__hours=7, **fields))
    assert [each for each in both if each in NAMES] == NAMES
    assert {"4.5", "7", "0", "45"} <= set(both)
    months = [each for each in both if re.fullmatch(r"[A-Z][a-z]{2} \d{4}", each)]
    assert months and len(months) == len(set(months))


def test_the_picture_is_of_scores_alone_where_nothing_else_was_noted(client: TestClient) -> None:
    where = chart(client)
    assert not set(pictured(note(client, where, phq9__total=19))) & set(NAMES)


def test_an_entry_of_another_chart_is_left_alone(client: TestClient) -> None:
    where, other = chart(client), chart(client)
    note(client, where, exercise=20)
    (entry,) = twin(client, where)["entries"]
    client.post(f"/chart/{other}/follow/{entry['id']}/delete", data={"csrf": csrf(client, where)})
    assert len(twin(client, where)["entries"]) == 1


def test_a_chart_that_is_not_there(client: TestClient) -> None:
    token = csrf(client, chart(client))
    assert client.get("/chart/none/follow").status_code == 404
    assert client.get("/chart/none/follow.json").status_code == 404
    assert client.get("/chart/none/follow.ics").status_code == 404
    assert client.post("/chart/none/follow", data={"csrf": token, "exercise": "1"}).status_code == 404


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} {text} [{next:date}] %s",
    "'; DROP TABLE follow_up; --",
    "\u202eevil\x00\x1b[31m",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_only_texts(client: TestClient, text: str) -> None:
    where = chart(client)
    plain = tags_of(note(client, where, plan="good", exercise=1))
    page = note(client, where, plan=text)
    assert tags_of(page) == plain
    assert "49" not in text_of(page).split() and "\x1b" not in page and "\u202e" not in page
    refused = note(client, where, expect=422, plan=text, day=text, taken=text, **{"phq9.total": text})
    assert tags_of(refused) - plain <= {"small"}
    assert len(twin(client, where)["entries"]) == 3


@pytest.mark.parametrize("language", ("en", "es"))
@pytest.mark.parametrize("audience", ("patient", "clinician"))
def test_every_word_is_there(client: TestClient, language: str, audience: str) -> None:
    where = chart(client, sheet(("sertraline", 200, 100), ("venlafaxine", 90, None), scores={95: 20, 40: 19}))
    fields = {field: value for each, *_ in KINDS for field, value in each.items()}
    note(client, where, **{**fields, "phq9.total": 8, "phq9.3": 1, "gad7.total": 5})
    page = client.get(f"/chart/{where}/follow?for={audience}&language={language}").text
    assert f'<html lang="{language}">' in page
    assert not re.search(
        r"\b(?:follow|how_bad|sleep_quality|was_taken|outcome_word|effect|form)[.:] ?\w", text_of(page)
    )
    assert len(re.sub(r"<svg.*?</svg>", "", page, flags=re.S)) < 100_000


def test_side_effects_are_those_of_the_table(client: TestClient) -> None:
    rows = client.app.state.service.knowledge.table("side_effect").values()  # type: ignore[attr-defined]
    assert set(FELT) <= {row.effect for row in rows}


def test_the_page_is_small_and_draws_what_it_says(client: TestClient) -> None:
    where = chart(client, sheet(("sertraline", 60, None), scores={61: 20, 30: 18, 2: 9}))
    answer = client.get(f"/chart/{where}/follow")
    assert len(answer.content) < 200_000
    assert answer.text.count("<svg") == 2 and answer.text.count('role="img"') == 2
    pictures = " ".join(re.findall(r"<svg.*?</svg>", answer.text, flags=re.S))
    for shown in ("20", "18 –!", "9 ✓", "sertraline", "moderately severe"):
        assert shown in text_of(pictures), shown
    assert "script" not in tags_of(pictures)
