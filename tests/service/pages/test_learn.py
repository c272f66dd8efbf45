"""The pages to understand: all of the founding article, with its sources, in words that are easy to read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import textstat
from starlette.testclient import TestClient

from opentrd.knowledge.loader import load
from opentrd.present.citations import cite
from opentrd.present.words import Words, messages
from opentrd.service.pages.learning import CATEGORIES, Topic, topics
from opentrd.statement import Statement
from tests.present.test_readability import GRADE, HARDEST, JARGON, LONGEST, SHORT, UNKIND, plain, sentences
from tests.service.pages.parts import client

TOPICS = ("what", "signs", "specialist", "options", "yourself", "talk", "hope")
#: From 60 on, a Spanish text is plain (Fernández Huerta).
PLAIN = 60
#: What the founding article says (/docs/article.md), by its numbers: where it can be read here.
ARTICLE = {
    1: "learn.two_courses",
    2: "learn.name",
    3: "learn.two_courses",
    4: "learn.take_time",
    5: "learn.does_sleep",
    6: "learn.founding_article",
    7: "learn.sign_returns",
    8: "learn.hope_new",
    9: "learn_kind.combination",
    10: "learn.way_there",
    11: "learn_look.life",
    12: "learn_kind.review",
    13: "learn_kind.psychotherapy",
    14: "learn_kind.neuromodulation",
    15: "learn_kind.investigational",
    16: "learn.own_walk",
    17: "learn.whole",
    18: "learn.not_heard",
}


def words(language: str) -> Words:
    return Words(language, "patient", load(), strict=True)


def said(topic: Topic) -> Iterator[Statement]:
    yield topic.short
    for section in topic.sections:
        yield from section.says
        for thing in section.things:
            yield from thing.says


def texts(topic: Topic, to: Words) -> list[str]:
    things = [thing.what for section in topic.sections for thing in section.things if thing.what]
    return [topic.title, *(to.say(each) for each in said(topic)), *things]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client(tmp_path_factory.mktemp("learn")) as made:
        yield made


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_is_a_page_with_data_beside_it(found: TestClient, name: str, language: str) -> None:
    page = found.get(f"/learn/{name}", params={"language": language})
    data = found.get(f"/learn/{name}.json", params={"language": language}).json()
    assert page.status_code == 200 and "crisis-bar" in page.text
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text)).replace("&#39;", "'")
    for section in data["sections"]:
        for each in section["says"]:
            assert re.sub(r"\s+", " ", each["text"]) in shown
            assert each["citations"], each["key"]
    assert "(" + data["short"]["key"] not in shown


def test_the_overview_leads_to_every_topic(found: TestClient) -> None:
    page = found.get("/learn").text
    assert re.findall(r'href="/learn/(\w+)\?', page) == list(TOPICS)
    assert [each["topic"] for each in found.get("/learn.json").json()["topics"]] == list(TOPICS)


def test_an_unknown_topic_is_not_there(found: TestClient) -> None:
    assert found.get("/learn/nothing").status_code == 404
    assert found.get("/learn/nothing.json").json()["error"] == "there is no such topic"


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_sentence_rests_on_a_row_that_is_there(language: str) -> None:
    to = words(language)
    for topic in topics(to):
        for each in said(topic):
            assert each.citations, each.key
            assert not [ref for ref in each.citations if not cite(ref, to).source], each.key
            assert "{" not in to.say(each) and "not known" not in to.say(each)


def test_all_options_and_all_that_a_specialist_looks_at_are_there() -> None:
    to = words("en")
    by_key = {topic.key: topic for topic in topics(to)}
    listed = [thing.citation for section in by_key["options"].sections for thing in section.things]
    assert sorted(listed) == sorted(f"option:{name}" for name in load().options)
    assert set(CATEGORIES) == {row.category for row in load().options.values()}
    cited = {ref for each in said(by_key["specialist"]) for ref in each.citations}
    assert {f"review:{name}" for name in load().checks} <= cited


def test_the_whole_of_the_founding_article_can_be_read_here() -> None:
    keys = {each.key for topic in topics(words("en")) for each in said(topic)}
    assert list(ARTICLE) == list(range(1, 19))
    assert set(ARTICLE.values()) <= keys


@pytest.mark.parametrize("name", TOPICS)
def test_it_reads_at_the_age_of_12(name: str) -> None:
    to = words("en")
    (topic,) = (each for each in topics(to) if each.key == name)
    lines = [plain(each) for each in texts(topic, to)]
    assert textstat.flesch_kincaid_grade(" ".join(lines)) <= GRADE
    parts = {part for line in lines for part in sentences(line)}
    assert not [part for part in parts if len(part.split()) > LONGEST]
    numbers = {part: re.sub(r"\d[\d.,]*", "two", part) for part in parts if len(part.split()) > SHORT}
    hard = [part for part, read in numbers.items() if textstat.flesch_kincaid_grade(read) > HARDEST]
    assert not hard


@pytest.mark.parametrize("name", TOPICS)
def test_spanish_is_plain_too(name: str) -> None:
    to = words("es")
    (topic,) = (each for each in topics(to) if each.key == name)
    assert textstat.fernandez_huerta(" ".join(texts(topic, to))) >= PLAIN


def test_no_word_is_left_unexplained_and_none_blames() -> None:
    told = {
        key: text
        for (_, key), text in messages("en").items()
        if key.startswith(("learn", "start.", "web.", "sample_story."))
    }
    bare = [
        (key, word)
        for key, text in told.items()
        for word, meaning in JARGON.items()
        if re.search(word, text) and not (meaning and meaning in text)
    ]
    assert not bare
    assert not [key for key, text in told.items() if re.search(UNKIND, text, re.IGNORECASE)]
