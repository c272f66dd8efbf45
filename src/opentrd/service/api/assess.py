"""``POST /assess`` and ``POST /fhir/$evaluate-trd``: a record in, its assessment out. Nothing is kept."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from opentrd.errors import InputError
from opentrd.present.json import to_json
from opentrd.service.api.answering import assessments
from opentrd.service.api.asking import Asked, Asking
from opentrd.service.api.caller import calling
from opentrd.service.api.described import ASSESS, OPERATION
from opentrd.service.api.given import LINES, Given, given
from opentrd.service.api.operation import operation
from opentrd.service.api.refusals import FHIR_JSON, ApiRoute
from opentrd.service.api.turns import each_in_turn, in_turn

router = APIRouter(route_class=ApiRoute, tags=["Assessments"], dependencies=[Depends(calling)])

#: So many persons are answered while the caller waits.
MOST_PERSONS: Final = 100
_NDJSON: Final = LINES[1]


@router.post("/assess", response_class=Response, **ASSESS)
async def assess(request: Request, ask: Asking, body: Annotated[Given, Depends(given)]) -> Response:
    """Assess the persons of a record: one as a JSON object, several as one object a line."""
    service = request.app.state.service
    persons = assessments(body, ask, service, MOST_PERSONS)
    made = await each_in_turn(to_json(each, ask.words(service), ask.texts) for each in persons)
    if len(made) == 1:
        return Response(made[0], media_type="application/json")
    return Response(b"\n".join((*made, b"")), media_type=_NDJSON)


@router.post("/fhir/$evaluate-trd", response_class=Response, **OPERATION)
async def evaluate(request: Request, call: Annotated[tuple[Given, Asked], Depends(operation)]) -> Response:
    """Assess one person as a FHIR operation: Parameters in, our FHIR output (a Bundle) out."""
    from opentrd.present.fhir import to_fhir

    service = request.app.state.service
    body, ask = call
    made = await each_in_turn(assessments(body, ask, service, MOST_PERSONS))
    if len(made) != 1:
        what = f"the record holds {len(made)} persons"
        raise InputError("record", "", what, "send the record of one person")
    told = await in_turn(lambda: to_fhir(made[0], ask.words(service)))
    return Response(told, media_type=FHIR_JSON)
