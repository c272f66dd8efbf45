"""The pages to understand: what it is, what is looked at, what there is, how to speak of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from opentrd.present.citations import Citation, cite
from opentrd.present.html.glossary import Glossary
from opentrd.service.pages.learning import Section, Topic, topic, topics
from opentrd.service.pages.refusals import refused
from opentrd.service.pages.rendering import page
from opentrd.service.pages.viewing import Viewing
from opentrd.service.view import View
from opentrd.service.visit import Visit, Visiting
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.present.words import Words

router = APIRouter(include_in_schema=False)


@router.get("/learn")
def overview(visit: Visiting, view: Viewing) -> Response:
    """Show the topics with the sentence that says each."""
    to = _words(visit, view)
    shown = [(each.key, each.title, to.say(each.short)) for each in topics(to)]
    return page("learn.html.j2", visit, view, topics=shown)


@router.get("/learn.json")
def overview_data(visit: Visiting, view: Viewing) -> Response:
    """Return the topics with all that they say."""
    to = _words(visit, view)
    return visit.set_cookie(JSONResponse({"topics": [_data(each, to) for each in topics(to)]}))


@router.get("/learn/{key}.json")
def one_topic_data(key: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Return what a topic says, with the basis of each sentence."""
    to = _words(visit, view)
    try:
        return visit.set_cookie(JSONResponse(_data(topic(key, to), to)))
    except KeyError:
        return JSONResponse({"error": "there is no such topic", "what_to_do": "see /learn.json"}, 404)


@router.get("/learn/{key}")
def one_topic(key: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Show a topic."""
    to = _words(visit, view)
    listed = topics(to)
    place = next((n for n, each in enumerate(listed) if each.key == key), None)
    if place is None:
        return refused(request, 404, "there is no such page to read", "choose one from the list")
    glossary = Glossary(to, active=True)
    return page(
        "topic.html.j2",
        visit,
        view,
        topic=listed[place],
        before=listed[place - 1] if place else None,
        after=listed[place + 1] if place + 1 < len(listed) else None,
        say=to.say,
        mark=glossary.mark,
        glossary=glossary,
        sources=lambda section: _citations(section, to),
    )


def _words(visit: Visit, view: View) -> Words:
    """Return the words of a person: also where a clinician looks, to read together or to hand on."""
    return visit.service.words(view.language, "patient")


def _statements(section: Section) -> Iterable[Statement]:
    yield from section.says
    for thing in section.things:
        yield from thing.says


def _citations(section: Section, to: Words) -> list[Citation]:
    """Return what a section rests on, each row once."""
    refs = [ref for said in _statements(section) for ref in said.citations]
    refs += [thing.citation for thing in section.things]
    return [cite(ref, to) for ref in dict.fromkeys(refs)]


def _data(shown: Topic, to: Words) -> dict[str, Any]:
    return {
        "topic": shown.key,
        "title": shown.title,
        "short": _sentence(shown.short, to),
        "sections": [
            {
                "title": section.title,
                "says": [_sentence(said, to) for said in section.says],
                "things": [
                    {
                        "name": thing.name,
                        "what": thing.what,
                        "says": [_sentence(said, to) for said in thing.says],
                        "citation": thing.citation,
                    }
                    for thing in section.things
                ],
            }
            for section in shown.sections
        ],
    }


def _sentence(said: Statement, to: Words) -> dict[str, Any]:
    return {"text": to.say(said), "key": said.key, "citations": list(said.citations)}
